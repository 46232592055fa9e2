"""Devices, precision, batches, processes. Knows no other room."""
