"""Pictures to codes, and what is fitted to codes. Knows the model and its run, no judge."""
