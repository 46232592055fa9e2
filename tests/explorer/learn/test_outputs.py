"""Step 8: one face under each likelihood, by the layers that ship."""

import shutil

import numpy as np
import pytest

from explorer.learn.distributions import (
    as_levels,
    bits_per_dim,
    level_probabilities,
    level_spread,
    marked,
    mean_picture,
    moments,
    sample_picture,
    widened,
)
from explorer.learn.model_access import batch_of, distribution
from explorer.learn.outputs import (
    COLOURS,
    RAW_BITS,
    Outputs,
    bits_figure,
    calibration_figure,
    levels_figure,
    load_outputs,
)
from explorer.page.learn.likelihood_text import TEXTS
from training.model.likelihoods import LIKELIHOODS, ContinuousBernoulli, Gaussian, Laplace
from training.run.last_layers_file import read_last_layers
from training.run.run_folder import CONFIG, WEIGHTS, RunError


@pytest.fixture(scope="module")
def outputs(shipped) -> Outputs:
    return load_outputs(shipped)


@pytest.fixture(scope="module")
def found(shipped, outputs):
    """p(x|z) of one face under each likelihood."""
    return outputs.of(shipped, shipped.run.faces.mean[7])


def test_every_likelihood_has_a_colour_and_a_text():
    assert COLOURS.keys() == TEXTS.keys() == set(LIKELIHOODS)


def test_better_distributions_need_fewer_bits(outputs):
    bits = outputs.bits_per_dim
    assert tuple(bits) == LIKELIHOODS
    assert bits["learned"] < bits["optimal"] - 0.1
    assert bits["laplace"] < bits["optimal"] - 0.05
    # A squared error is worse than no model.
    assert max(bits["optimal"], bits["logistic-mixture"]) < RAW_BITS < bits["fixed"]


def test_the_layer_like_the_runs_own_is_as_good_as_it(shipped, outputs):
    own = shipped.run.report["encoder"]  # layers are measured on codes that are not refined
    assert outputs.bits_per_dim["optimal"] == pytest.approx(own["bits_per_dim"], abs=0.05)
    assert outputs.psnr["optimal"] == pytest.approx(own["psnr_sample_db"], abs=0.3)


def test_a_learned_sigma_is_as_large_as_the_error(outputs):
    given, made = outputs.calibration
    assert (np.diff(given) > 0).all()
    assert np.abs(made / given - 1).max() < 0.3
    assert given[-1] > 3 * given[0]  # and it knows where


def test_all_of_them_draw_the_same_face(shipped, found):
    own = mean_picture(distribution(shipped.model, shipped.run.faces.mean[7])).astype(float)
    for name, p in found.items():
        assert np.abs(mean_picture(p) - own).mean() < 10, name
        assert (sample_picture(p, 1) == sample_picture(p, 1)).all()
        assert (sample_picture(p, 1) != sample_picture(p, 2)).any()


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_texts_say_of_each_what_its_code_does(found, name):
    told, p = TEXTS[name], found[name]
    assert isinstance(p, told.cls)
    mean, deviation = moments(p)
    assert told.shared == (np.ptp(deviation) < 1e-6)
    wider = moments(widened(p, 2.0))[1]
    assert (told.scale is None) == (wider == deviation).all()
    # The formulas, written once more in numpy.
    x = as_levels(mean) / 255
    own = p.log_density(batch_of(as_levels(mean))).sum(dtype=np.float64)
    if told.cls is Gaussian:
        expected = (-((x - mean) ** 2) / (2 * deviation**2) - np.log(deviation)).sum()
        expected -= x.size / 2 * np.log(2 * np.pi)
    elif told.cls is Laplace:
        b = deviation.max() / np.sqrt(2)
        expected = -np.abs(x - mean).sum() / b - x.size * np.log(2 * b)
    elif told.cls is ContinuousBernoulli:
        a = p.logit[0].transpose(1, 2, 0).astype(np.float64)
        expected = (a * x + np.log(a / np.expm1(a))).sum()
    else:
        chances = level_probabilities(p, 5, 9)
        at = as_levels(mean)[5, 9]
        own = p.log_density(batch_of(as_levels(mean)))[0, :, 5, 9].sum(dtype=np.float64)
        expected = np.log(255 * chances[np.arange(3), at]).sum()
    assert own == pytest.approx(expected, rel=1e-4)


def test_chances_of_one_value_are_those_of_the_whole_picture(found):
    picture = mean_picture(found["learned"])
    for p in found.values():
        chances = level_probabilities(p, 20, 31)
        assert chances.sum(1) == pytest.approx(1, abs=1e-4)
        x = np.full((64, 64, 3), picture[20, 31, 1])
        whole = p.log_probability(batch_of(x))[0, 1, 20, 31]
        assert np.log(chances[1, picture[20, 31, 1]]) == pytest.approx(float(whole), abs=1e-4)


def test_a_sample_of_a_likelihood_is_told_in_fewest_bits_by_it(shipped, found):
    q = shipped.run.faces.mean[7], shipped.run.faces.logvar[7]
    for drawn in ("optimal", "learned", "laplace"):
        picture = sample_picture(found[drawn], 0)
        bits = {name: bits_per_dim(p, picture, *q) for name, p in found.items()}
        assert min(bits, key=bits.get) == drawn


def test_a_scale_of_zero_leaves_the_mean(found):
    p = found["optimal"]
    assert (sample_picture(widened(p, 0), 0) == mean_picture(p)).all()
    assert float(widened(p, 2).deviation.mean()) == pytest.approx(2 * float(p.deviation.mean()))
    bounded = found["continuous-bernoulli"]
    assert widened(bounded, 2) is bounded


def test_the_spread_of_levels():
    chances = np.zeros(256)
    chances[[10, 14]] = 0.5
    assert level_spread(chances) == pytest.approx(2)


def test_a_mark_leaves_the_place_itself():
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    shown = marked(picture, 0, 3)
    assert shown.shape == (16, 16, 3)
    assert (shown[:4, 12:] == picture[0, 3]).all()
    assert (shown[4, 12] == 0).all()
    assert (shown[8:, :8:4][::4] == picture[2:, :2]).all()


def test_figures_say_what_was_computed(outputs, found):
    bars = bits_figure(outputs.bits_per_dim, "laplace").series[0]["data"]
    assert {bar["name"]: bar["value"] for bar in bars} == outputs.bits_per_dim
    chances = {name: level_probabilities(p, 3, 4)[0] for name, p in found.items()}
    curves = {c.get("name"): c["data"] for c in levels_figure(chances, 80, "fixed").series}
    assert (np.array(curves["learned"])[:, 1] == chances["learned"]).all()
    points = calibration_figure(outputs.calibration, 0.06).series[1]["data"]
    assert (outputs.calibration == np.array(points).T).all()


def test_a_run_without_layers_says_how_to_make_them(shipped, tmp_path):
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(shipped.run.root / name, tmp_path / name)
    with pytest.raises(RunError, match="python -m training layers"):
        read_last_layers(tmp_path)


def test_the_mixture_has_longer_tails_than_the_gaussian_and_sigma_knows_the_place(found, outputs):
    beyond = {"learned": [], "logistic-mixture": []}
    for name, shares in beyond.items():
        for place in [(15, 31), (31, 22), (31, 42), (45, 32), (50, 20)]:
            for chances in level_probabilities(found[name], *place):
                level = np.arange(256)
                away = np.abs(level - (chances * level).sum())
                shares.append(chances[away > 3 * level_spread(chances)].sum())
    assert np.mean(beyond["logistic-mixture"]) > 2 * np.mean(beyond["learned"])
    cheek, eye = outputs.sigma[40, 22], outputs.sigma[31, 22]
    assert eye > 1.5 * cheek
