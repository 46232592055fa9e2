"""CelebA as files: official layout -> prepared pictures and labels; drawn stand-in faces.

Command line: `python -m data --help`. Names imported here need numpy and pandas only.
"""

from data.attributes import ATTRIBUTES
from data.errors import DataError
from data.prepared import Prepared, load_prepared

__all__ = ["ATTRIBUTES", "DataError", "Prepared", "load_prepared"]
