"""The map of a run: layouts, places, colours, and the route /map. Knows runs and faces, no page."""
