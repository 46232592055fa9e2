"""Step 8: output distributions around the means of one decoder, in bits."""

import numpy as np
import pytest
import torch
from scipy import stats

from explorer.learn.model_access import means
from explorer.learn.output_fits import (
    KINDS,
    SHARINGS,
    _log_scale,
    level_probabilities,
    load_outputs,
    logit_of_mean,
    make_outputs,
    output,
    sampled,
)
from explorer.learn.outputs import bits_figure, bits_of, levels_figure, scale_picture
from training.likelihoods import ContinuousBernoulli
from training.run_folder import RunError

SCIPY = {"Gaussian": stats.norm, "Laplace": stats.laplace, "logistic": stats.logistic}


@pytest.fixture(scope="module")
def outputs(drawn_run, drawn_many, tmp_path_factory):
    """outputs.npz of the drawn faces, in a copy of their run."""
    import shutil

    run = shutil.copytree(drawn_run, tmp_path_factory.mktemp("outputs") / "run")
    made = make_outputs(run, drawn_many)
    return run, made


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_of_all_levels_sum_to_one(kind: str):
    for mean, log_scale in ((0.5, -3.0), (0.02, -1.0), (0.98, -5.0)):
        assert level_probabilities(kind, mean, log_scale).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("kind", SCIPY)
def test_a_level_is_an_interval_of_the_distribution(kind: str):
    found, scale = level_probabilities(kind, 0.4, np.log(0.1)), SCIPY[kind](0.4, 0.1)
    edges = (np.arange(257) - 0.5) / 255
    expected = np.diff(scale.cdf(edges))
    expected[0], expected[-1] = scale.cdf(edges[1]), scale.sf(edges[-2])
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_continuous_bernoulli_has_the_mean_asked_for():
    mean = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    assert ContinuousBernoulli(logit_of_mean(mean)).mean.numpy() == pytest.approx(
        mean.numpy(), abs=1e-5
    )
    ends = logit_of_mean(torch.tensor([0.0, 1.0]))
    assert torch.isfinite(ends).all()


@pytest.mark.parametrize("kind", SCIPY)
def test_scales_are_those_of_maximum_likelihood(kind: str):
    drawn = SCIPY[kind](0, [0.05, 0.2, 0.1]).rvs((6000, 1, 1, 3), random_state=0)
    size = np.abs(drawn)
    per_value = np.exp(_log_scale(kind, SHARINGS[1], size))
    assert per_value[0, 0] == pytest.approx([0.05, 0.2, 0.1], rel=0.05)
    one = np.exp(_log_scale(kind, SHARINGS[0], size))
    assert (one == one[0, 0, 0]).all()

    def likelihood(scale: float) -> float:
        return SCIPY[kind](0, scale).logpdf(drawn).sum()

    best = float(one[0, 0, 0])
    assert likelihood(best) > max(likelihood(0.97 * best), likelihood(1.03 * best))


def test_a_scale_for_each_value_costs_fewer_bits(outputs):
    _, made = outputs
    for kind in SCIPY:
        one, each = (made.bits[made.find(kind, sharing)] for sharing in SHARINGS)
        assert each < one
    assert 1 < made.bits.min() < made.bits.max() < 8
    assert made.fitted + made.measured == 32


def test_bits_are_the_mean_over_pictures_that_were_not_fitted(outputs, drawn_many):
    run, made = outputs
    from explorer.loaded import loaded

    model = loaded(run)
    rows = drawn_many.rows("validation")[1::2]
    x = torch.from_numpy(drawn_many.pictures[rows] / 255.0).permute(0, 3, 1, 2)
    mean = torch.from_numpy(means(model.decoder, model.run.faces.mean[1::2])).permute(0, 3, 1, 2)
    k = made.find("Laplace", SHARINGS[1])
    log_scale = torch.from_numpy(made.log_scale[k]).permute(2, 0, 1)
    p = output("Laplace", mean.double(), log_scale.double())
    expected = -p.log_probability(x).mean().item() / np.log(2)
    assert made.bits[k] == pytest.approx(expected, rel=1e-4)


def test_it_is_read_back_and_refused_for_other_weights(outputs, own_run, drawn_many):
    run, made = outputs
    again = load_outputs(run)
    assert (again.bits == made.bits).all()
    assert again.weights == made.weights
    with pytest.raises(RunError, match="python -m explorer outputs"):
        load_outputs(own_run)


def test_other_pictures_are_refused(own_run, drawn_prepared):
    with pytest.raises(RunError, match="others in"):
        make_outputs(own_run, drawn_prepared)


def test_the_shipped_file_belongs_to_the_model(shipped):
    found = load_outputs(shipped.run.root)
    k = found.find("Gaussian", SHARINGS[0])
    assert np.exp(found.log_scale[k]).max() == pytest.approx(shipped.run.report["sigma"], rel=0.02)
    best = found.bits.argmin()
    assert found.sharings[best] == SHARINGS[1]
    assert found.bits[found.kinds == "continuous Bernoulli"] > found.bits[best] + 0.5
    # The background is harder than the middle of the face.
    scale = found.log_scale[found.find("Gaussian", SHARINGS[1])].mean(2)
    assert scale[:8, :8].mean() > scale[28:36, 28:36].mean()


def test_samples_scatter_by_their_scale():
    mean, log_scale = np.full((16, 16, 3), 0.5, np.float32), np.full((16, 16, 3), np.log(0.05))
    for kind, expected in (("Gaussian", 0.05), ("Laplace", 0.05 * 2**0.5)):
        drawn = sampled(kind, mean, log_scale.astype(np.float32), 0) / 255
        assert drawn.std() == pytest.approx(expected, rel=0.1)
    assert (
        sampled("logistic", mean, log_scale, 1) == sampled("logistic", mean, log_scale, 1)
    ).all()


def test_figures():
    probabilities = {kind: level_probabilities(kind, 0.5, -3.0) for kind in KINDS}
    assert [trace.name for trace in levels_figure(probabilities, 7).data] == list(KINDS)
    bars = bits_figure(np.array(["Gaussian", "Laplace"]), np.array(SHARINGS), np.array([5.0, 4.0]))
    assert list(bars.data[0].x) == [5.0, 4.0]
    assert bits_of(0.25) == 2
    shown = scale_picture(np.log([[[0.1, 0.2, 0.4]]]))
    assert shown.tolist() == [[[64, 128, 255]]]
