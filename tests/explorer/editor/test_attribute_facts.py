"""What the page tells about an attribute, against counts by hand."""

from dataclasses import replace

import numpy as np
import pytest

from data import ATTRIBUTES
from explorer.derived.vectors import Vectors, load_vectors
from explorer.editor.attribute_facts import NOTES, attribute_facts, most_together
from training.run.latents import Latents


@pytest.fixture(scope="module")
def vectors(drawn_run) -> Vectors:
    return load_vectors(drawn_run)


@pytest.fixture(scope="module")
def train(latents: Latents) -> Latents:
    return latents.take(latents.rows("train"))


def test_notes_are_on_attributes_of_celeba():
    assert set(NOTES) <= set(ATTRIBUTES)
    assert {"Attractive", "Big_Nose", "Pale_Skin", "Big_Lips", "Chubby"} <= set(NOTES)


def test_shares_are_those_of_the_training_labels(vectors: Vectors, train: Latents):
    glasses = train.label("Eyeglasses")
    told = most_together(vectors, "Eyeglasses")
    assert [name for name, _, _ in told][:2] == ["Male", "Young"]
    for name, share, of_all in told:
        assert share == pytest.approx(train.label(name)[glasses].mean())
        assert of_all == pytest.approx(train.label(name).mean())
    changes = [abs(share - of_all) for _, share, of_all in told]
    assert changes[0] > 0.15  # drawn so
    largest = max(
        abs(train.label(name)[glasses].mean() - train.label(name).mean())
        for name in ATTRIBUTES
        if name not in ("Eyeglasses", "Male", "Young")
    )
    assert changes[2] == pytest.approx(largest)


def test_the_lines_tell_count_auc_company_and_a_note(vectors: Vectors, train: Latents):
    lines = attribute_facts(vectors, "Male")
    count = int(train.label("Male").sum())
    assert lines[0] == f"{count} of 256 faces ({count / 256:.1%}) are labelled Male."
    auc = vectors.auc[0, vectors.row_of["Male"]]
    assert f"mean difference {auc:.2f}" in lines[1]
    assert "linear discriminant" in lines[1]
    glasses = train.label("Eyeglasses")
    share = glasses[train.label("Male")].mean()
    told = (
        f"Of the faces with Male {share:.0%} are labelled Eyeglasses, against {glasses.mean():.0%}"
    )
    assert any(line.startswith(told) for line in lines)
    assert lines[-1] == f"Note: {NOTES['Male']}"
    assert not attribute_facts(vectors, "Smiling")[-1].startswith("Note")


def test_an_attribute_whose_auc_is_unknown_is_not_said_to_have_one(vectors: Vectors):
    unknown = replace(vectors, auc=np.full_like(vectors.auc, np.nan))
    assert not any("AUC" in line for line in attribute_facts(unknown, "Male"))
