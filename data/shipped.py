"""Where the networks are that ship with the code."""

from pathlib import Path

PRETRAINED = Path(__file__).parent / "pretrained"
SHIPPED = PRETRAINED / "celeba64"  # the run folder that is opened where none is named
