"""Optimizer, schedule, averages. Knows devices, no loss and no network."""
