"""A selection on the map: which rows its text names, and what is refused."""

import numpy as np
import pytest

from explorer.faces.selection import selected_rows


def test_a_selection_is_rows():
    assert not selected_rows("", 9).any()
    assert list(np.flatnonzero(selected_rows("AQE=", 9))) == [0, 8]


@pytest.mark.parametrize("text", ["AQ==", "AQM=", "AQEB"])
def test_a_selection_of_other_faces_is_refused(text):
    with pytest.raises(ValueError, match="expected a selection of 9 faces"):
        selected_rows(text, 9)
