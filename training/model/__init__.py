"""Networks, likelihoods, objectives and their options. Knows no other room."""
