"""Step 5: ellipses, rates and active dimensions."""

import numpy as np
import pytest

from explorer.figures.charts import ORANGE
from explorer.learn.posterior import (
    close_up,
    ellipse,
    inside,
    plane_figure,
    use_figure,
    use_of_dimensions,
)


def test_an_ellipse_lies_so_many_deviations_from_the_mean():
    mean, logvar = np.array([1.0, -2.0]), np.array([0.5, -3.0])
    for deviations in (1, 2, 3.5):
        scaled = (ellipse(mean, logvar, deviations) - mean) / np.exp(0.5 * logvar)
        assert np.linalg.norm(scaled, axis=1) == pytest.approx(deviations)


def test_the_share_inside_an_ellipse_is_the_share_of_draws():
    draws = np.random.default_rng(0).standard_normal((100_000, 2))
    for deviations in (1, 2):
        share = (np.linalg.norm(draws, axis=1) < deviations).mean()
        assert share == pytest.approx(inside(deviations), abs=0.005)


def test_use_of_the_model_that_ships_is_as_reported(shipped):
    faces, report = shipped.run.faces, shipped.run.report
    use = use_of_dimensions(faces.mean, faces.logvar)
    assert use.active.sum() == report["active_units"]
    assert use.rate.sum() == pytest.approx(report["rate_nats"], rel=1e-3)
    assert (np.diff(use.rate[use.order]) <= 0).all()


def test_a_dimension_that_says_nothing_is_not_active():
    rng = np.random.default_rng(0)
    mean = np.stack([rng.normal(size=500), 0.05 * rng.normal(size=500)], 1)
    use = use_of_dimensions(mean, np.array([[-4.0, 0.0]] * 500))
    assert use.active.tolist() == [True, False]
    assert use.rate[0] > 1 > 0.01 > use.rate[1]


def test_figures_show_the_two_dimensions_asked_for(shipped):
    faces = shipped.run.faces
    mean, logvar = faces.mean[:3], faces.logvar[:3]
    made = plane_figure(faces.mean, mean, logvar, (7, 2))
    assert made.option["xAxis"]["name"] == "z 7"
    assert made.option["yAxis"]["name"] == "z 2"
    near = close_up(mean[1], logvar[1], mean[:1], 1, (7, 2))
    low, high = (near.option["xAxis"][end] for end in ("min", "max"))
    assert low < mean[1, 7] < high
    assert high - low < 12 * np.exp(0.5 * logvar[1, 7])  # a close-up
    bars = use_figure(use_of_dimensions(faces.mean, faces.logvar), (7, 2)).series[0]["data"]
    assert {bar["name"] for bar in bars if bar["itemStyle"]["color"] == ORANGE} == {"z 2", "z 7"}
