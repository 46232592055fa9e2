"""What ends a training that has come to nothing."""


class Diverged(RuntimeError):
    """The loss is no longer a finite number, or stays far from what it was."""
