"""What the steps of Learn show: pure functions on codes, pictures and a model, without a page."""
