"""The networks as ONNX graphs, written from their weights: what draws and sees without torch."""
