"""Recipes, and `compose`, which makes codes of them: data and numpy. Knows no run, no network."""
