"""Figures hold what they were given, and units are as long as they claim."""

import json

import numpy as np
import pytest

from explorer.figures.charts import BLUE, WIDTHS, Figure, curve


def test_a_histogram_counts_every_value_once():
    values = np.array([0.0, 0.1, 0.1, 0.9])
    made = Figure("four values").histogram(values, BLUE, "values", (0.0, 1.0), bins=2)
    outline = made.series[0]["data"]
    assert outline == [[0, 0], [0, 0.75], [0.5, 0.75], [0.5, 0.25], [1, 0.25], [1, 0]]
    dense = Figure("").histogram(values, BLUE, ends=(0.0, 1.0), bins=2, share=False)
    assert dense.series[0]["data"][1] == [0, 1.5]  # 3 of 4 values in half a unit


@pytest.mark.parametrize(("x", "y"), [((-2, 2), (-2, 2)), ((0, 10), (3, 6)), ((0, 1), (0, 9))])
def test_equal_units_are_equal_at_every_width(x, y):
    made = Figure("", 400, "x", "y", equal=True).limit(x, y)
    assert len(made.option["media"]) == len(WIDTHS)
    for size in made.option["media"]:
        grid = size["option"]["grid"]
        per_unit = [grid["width"] / (x[1] - x[0]), grid["height"] / (y[1] - y[0])]
        assert per_unit[0] == pytest.approx(per_unit[1])
        assert grid["height"] < made.height
        assert 0 < grid["width"] < size["query"]["minWidth"]


def test_long_numbers_stay_off_the_ends_of_an_axis():
    label = Figure("").limit(x=(-0.5, 5.508112263679504)).option["xAxis"]["axisLabel"]
    assert label["showMinLabel"]
    assert not label["showMaxLabel"]


def test_a_figure_is_plain_data():
    made = curve("a curve", np.arange(3), np.arange(3.0), 1, 1.0, "x", "y")
    made.bars({"a": np.float32(1)}, [BLUE], ["1"]).rule(np.float64(2), text="here")
    made.cloud(np.zeros((2, 2), np.float32), BLUE).label([1], [2], ["one"], [BLUE])
    assert json.loads(json.dumps(made.option)) == made.option
