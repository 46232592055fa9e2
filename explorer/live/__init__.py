"""The route /live: messages, and whose turn it is. Knows runs, the map and the decode queue."""
