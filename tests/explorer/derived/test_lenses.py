"""What lenses see of codes: fitted on training codes alone, weighted by what can be relied on."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.derived.lenses import LENSES, fit_lenses
from training.codes.probes import fit_probes
from training.run.latents import Latents


@pytest.fixture(scope="module")
def made() -> Latents:
    """600 training and 300 validation codes: the first dimension decides Bald, the second decides
    Smiling with noise, Young is drawn by lot, and everyone is Male.
    """
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((900, 6)).astype(np.float32)
    labels = [
        codes[:, 0] > 1,
        codes[:, 1] + 2 * rng.standard_normal(900) > 0,
        rng.random(900) > 0.5,
        np.ones(900, bool),
    ]
    return Latents(
        ids=np.array([f"{k:06d}.jpg" for k in range(900)]),
        partition=np.repeat(["train", "validation"], [600, 300]),
        mean=codes,
        logvar=np.zeros((900, 6), np.float32),
        attributes=np.array(["Bald", "Smiling", "Young", "Male"]),
        labels=np.stack(labels, 1),
        label_source="celeba",
        weights="0" * 16,
        data="0" * 16,
    )


def test_as_many_training_faces_lie_beyond_the_border_as_have_the_attribute(made: Latents):
    lenses = fit_lenses(made)
    assert list(lenses.attributes) == ["Bald", "Smiling", "Young"]  # all are Male
    margins = lenses.margins(made.mean[:600])
    np.testing.assert_allclose(margins.std(0), 1, rtol=1e-3)
    np.testing.assert_allclose((margins > 0).mean(0), made.labels[:600, :3].mean(0), atol=0.005)
    probes = fit_probes(made.take(made.rows("train")))
    np.testing.assert_array_equal(margins > 0, probes.labels(made.mean[:600])[:, :3])


def test_presence_is_between_surely_not_and_surely(made: Latents):
    lenses = fit_lenses(made)
    codes = np.zeros((2, 6), np.float32)
    codes[:, 0] = -3, 5
    without, with_it = lenses.presence(codes)[:, 0]
    assert -1 <= without < -0.9
    assert 0.9 < with_it <= 1


def test_a_score_weighs_as_much_as_it_can_be_relied_on(made: Latents):
    lenses = fit_lenses(made)
    codes, labels = made.mean[:600], made.labels[:600]
    variance = lenses.scores(codes).var(0)
    assert variance[0] > variance[1] > variance[2]
    assert variance.sum() == pytest.approx(1, rel=1e-3)
    presence = lenses.presence(codes)
    reliability = [np.corrcoef(presence[:, k], labels[:, k])[0, 1] ** 2 for k in range(3)]
    np.testing.assert_allclose(variance, reliability / np.sum(reliability), rtol=1e-3)


def test_a_mix_is_half_of_each(made: Latents):
    lenses = fit_lenses(made)
    codes = made.mean[:600]
    mixed = lenses.features("mix", codes)
    scores, rest = np.split(mixed, [3], axis=1)
    np.testing.assert_array_equal(scores, lenses.features("attributes", codes))
    assert rest.var(0).sum() == pytest.approx(1, rel=1e-3)
    np.testing.assert_allclose(rest / rest[0, 0], codes / codes[0, 0], rtol=1e-4)
    np.testing.assert_array_equal(lenses.features("codes", codes), codes)
    for lens in LENSES:
        assert lenses.features(lens, codes).dtype == np.float32


def test_lenses_are_fitted_on_training_codes_alone(made: Latents):
    labels, codes = made.labels.copy(), made.mean.copy()
    labels[600:] = ~labels[600:]
    codes[600:] *= 3
    for name, value in vars(fit_lenses(replace(made, labels=labels, mean=codes))).items():
        np.testing.assert_array_equal(value, getattr(fit_lenses(made), name))


def test_lenses_are_fitted_on_all_codes_where_none_is_for_training(made: Latents):
    published = made.take(made.rows("validation"))
    margins = fit_lenses(published).margins(published.mean)
    assert ((margins[:, 0] > 0) == published.labels[:, 0]).mean() > 0.95


def test_columns_are_found_by_name(made: Latents):
    lenses = fit_lenses(made)
    assert lenses.columns(["Young", "Bald"]) == [2, 0]
    with pytest.raises(KeyError, match="Male"):
        lenses.columns(["Male"])


def test_attributes_that_all_or_none_have_leave_nothing_to_see(made: Latents):
    with pytest.raises(ValueError, match="some faces have and others have not"):
        fit_lenses(replace(made, labels=np.zeros((900, 4), bool)))
