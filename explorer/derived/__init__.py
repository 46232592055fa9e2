"""What `python -m explorer` makes of codes: vectors, lenses, maps. Knows recipes, no decoder."""
