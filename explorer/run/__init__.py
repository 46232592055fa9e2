"""The open run, its twin and the runs beside it. Knows what a run is made of, not who shows it."""
