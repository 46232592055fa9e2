"""Codes to pictures and back, in batches. Knows torch and training's networks, no recipe."""
