"""The report card's figure: a row for each change, largest first, and targets stand out."""

from explorer.figures.charts import ORANGE
from explorer.figures.report_figure import AFTER, SCORES_SHOWN, report_figure
from explorer.recipe.attributes import attribute_name

CHANGES = [("Eyeglasses", 0.1, 0.99), ("Male", 0.5, 0.25), ("Young", 0.75, 0.7)]


def test_each_score_has_a_line_from_before_to_after():
    option = report_figure(CHANGES, ["Eyeglasses"]).option
    assert option["yAxis"]["data"] == ["Eyeglasses", "Male", "Young"]
    assert option["yAxis"]["inverse"]  # the largest change on top
    *lines, before, after = option["series"]
    assert [line["data"] for line in lines] == [
        [[10.0, "Eyeglasses"], [99.0, "Eyeglasses"]],
        [[50.0, "Male"], [25.0, "Male"]],
        [[75.0, "Young"], [70.0, "Young"]],
    ]
    for series, k in ((before, 0), (after, 1)):
        assert [mark["value"] for mark in series["data"]] == [line["data"][k] for line in lines]
        assert not series["silent"]  # the pointer reads it
    assert option["legend"]["data"] == [before["name"], after["name"]] == ["before", "after"]


def test_a_target_has_another_colour():
    *lines, _, after = report_figure(CHANGES, ["Male"]).series
    colours = [AFTER, ORANGE, AFTER]
    assert [line["lineStyle"]["color"] for line in lines] == colours
    assert [mark["itemStyle"]["color"] for mark in after["data"]] == colours


def test_only_the_largest_changes_are_shown():
    many = [(f"attribute_{k}", 0.5, 0.4) for k in range(SCORES_SHOWN + 3)]
    last = report_figure(many, [many[-1][0]])
    assert len(last.option["yAxis"]["data"]) == SCORES_SHOWN
    assert attribute_name(many[-1][0]) in last.option["yAxis"]["data"]
    made = report_figure(many, [])
    assert len(made.option["yAxis"]["data"]) == SCORES_SHOWN
    assert made.height == report_figure(many[:SCORES_SHOWN], []).height
    assert made.height > report_figure(many[:2], []).height
