"""An own photo, read and put into the aligned frame. Knows training's aligner, no run."""
