"""`fit` and what calls it: presets, sweeps, last layers. Knows the judge, no release."""
