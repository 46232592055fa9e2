"""Reports of others: what is no figure is never shown as one."""

import pytest

from data.json_text import read_json
from data.shipped import PRETRAINED
from explorer.run.report import LISTS, NUMBERS, OBJECTS, believable, wrong_figures

STRANGE = ["12.5", True, [1], {"a": 1}, [[1.0]], {"a": "b"}, float("inf"), 10**400, "x" * 10_000]


@pytest.mark.parametrize("run", ["celeba64", "celeba64_ae"])
def test_the_reports_that_ship_are_in_order(run: str):
    report = read_json(PRETRAINED / run / "report.json")
    assert wrong_figures(report) == []
    assert believable(report) == report


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
def test_whatever_is_no_figure_is_found(value: object):
    for name in NUMBERS:
        assert wrong_figures({name: value}) == [name]
    for name in LISTS:
        assert (wrong_figures({name: value}) == [name]) != (value == [1])
    for name, inner in OBJECTS.items():
        if not isinstance(value, dict):
            assert wrong_figures({name: value}) == [name]
        for key in inner:
            found = wrong_figures({name: {key: value}})
            assert (found == [f"{name}.{key}"]) != (value == {"a": 1})
    assert wrong_figures({"map": {"attributes/umap2": value}}) == (
        [] if value == {"a": 1} else ["map.attributes/umap2"]
    )


def test_what_was_not_measured_is_no_fault():
    names = (*NUMBERS, *LISTS, *OBJECTS)
    assert wrong_figures(dict.fromkeys(names)) == []
    assert wrong_figures({}) == []


def test_the_rest_of_a_report_is_still_shown():
    report = {"psnr_mean_db": 20.0, "rate_nats": "many", "frechet": {"samples": {"prior": None}}}
    assert believable(report) == {k: v for k, v in report.items() if k != "rate_nats"}
