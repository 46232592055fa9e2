"""The latent space of a trained model. For notebooks: `from explorer import load, show`."""

from typing import Any

__all__ = ["load", "show"]


def __getattr__(name: str) -> Any:
    """`load` and `show` of explorer/notebook.py, read when asked for: they bring much along."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from explorer import notebook

    return getattr(notebook, name)
