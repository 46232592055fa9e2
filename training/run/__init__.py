"""The run folder: its keys, whole files, checkpoints. Knows of training the model alone."""
