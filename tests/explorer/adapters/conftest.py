"""A foreign model as torch has it."""

import pytest

from data.prepared import Prepared
from tests.explorer.adapters.foreign import ForeignVae, trained


@pytest.fixture(scope="session")
def foreign(drawn_many: Prepared) -> ForeignVae:
    """Of 64x64 drawn faces. Shared."""
    return trained(drawn_many)
