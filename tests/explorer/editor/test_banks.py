"""Banks list every slider once, in an order and with hints that follow from the codes."""

import numpy as np
import pytest

from data import ATTRIBUTES
from explorer.editor.banks import banks, correlations
from explorer.recipe.attributes import GROUP_OF
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import open_run


@pytest.fixture
def run(drawn_run):
    return open_run(drawn_run).run


def sliders(run, bank):
    return next(b["sliders"] for b in banks(run, Recipe(), {}) if b["bank"] == bank)


def test_every_attribute_of_celeba_has_one_group():
    assert sorted(GROUP_OF) == sorted(ATTRIBUTES)


def test_a_bank_has_each_of_its_sliders_once(run):
    assert {s["name"] for s in sliders(run, "attributes")} == set(run.space.vectors)
    assert [s["label"] for s in sliders(run, "components")][:2] == ["PC 1", "PC 2"]
    dimensions = [s["name"] for s in sliders(run, "dimensions")]
    assert sorted(dimensions) == list(range(run.space.latent))


def test_dimensions_come_with_the_most_informative_first(run):
    kl = run.space.kl[[s["name"] for s in sliders(run, "dimensions")]]
    assert (np.diff(kl) <= 0).all()


def test_correlations_equal_numpys_and_are_zero_for_a_constant():
    generator = np.random.default_rng(0)
    codes = generator.standard_normal((50, 3)).astype(np.float32)
    labels = np.column_stack([codes[:, 0] > 0, np.ones(50, bool)])
    found = correlations(codes, labels)
    for dimension in range(3):
        expected = np.corrcoef(codes[:, dimension], labels[:, 0])[0, 1]
        assert found[dimension, 0] == pytest.approx(expected, abs=1e-5)
    assert (found[:, 1] == 0).all()
