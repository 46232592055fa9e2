"""Keep what is loaded for good out of the collection of garbage.

Streamlit collects garbage after every run of a script, also of a fragment, and before its last
messages leave. Walking through all of torch each time holds up every session for a tenth of a
second and more.
"""

import gc
import sys

_modules = 0  # that were loaded when it was last frozen


def freeze_loaded() -> None:
    """Exempt all that lives from later collections, if modules were loaded since the last call.

    Pages import some only when they are opened, and torch some only when it is used.
    """
    global _modules
    if len(sys.modules) != _modules:
        _modules = len(sys.modules)
        gc.collect()
        gc.freeze()
