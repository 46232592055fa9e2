"""CelebA as files: official layout -> prepared pictures and labels; drawn stand-in faces.

Command line: `python -m data --help`. Names imported here need numpy and pandas only.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # told before what older ones cannot read
    sys.exit("expected Python 3.11 or newer; found " + sys.version.split()[0])

from data.attributes import ATTRIBUTES
from data.errors import DataError
from data.prepared import Prepared, load_prepared

__all__ = ["ATTRIBUTES", "DataError", "Prepared", "load_prepared"]
