"""Copies of a run to share, and ONNX. Knows the model, its run and codes, not the loop."""
