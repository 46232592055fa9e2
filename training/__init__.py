"""Networks, their training and their evaluation; leaves a run folder. Knows data, no explorer."""
