"""Colours of the map: every byte means what the column says."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.map.columns import MOST_PERSONS, TAIL, Column, ColumnError, column, columns
from explorer.recipe.code_text import direction_to_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import open_run
from explorer.run.run import Run


@pytest.fixture(scope="module")
def run(drawn_run) -> Run:
    return open_run(drawn_run).run


def read(found: Column) -> np.ndarray:
    """The values that the bytes of a scale stand for."""
    low, high = found.about["range"]
    return low + found.values / 255 * (high - low)


def assert_scale(found: Column, expected: np.ndarray) -> None:
    """As expected to half a step, but for the ends."""
    low, high = found.about["range"]
    assert found.values.dtype == np.uint8
    np.testing.assert_allclose(
        read(found), np.clip(expected, low, high), atol=0.51 * (high - low) / 255
    )


def test_all_columns_of_the_menu_are_a_byte_a_face(run: Run):
    names = [entry["name"] for entry in columns(run)]
    assert len(set(names)) == len(names)
    for entry in columns(run):
        found = column(run, entry["name"])
        assert (found.values.dtype, found.values.shape) == (np.uint8, (len(run.faces),))
        assert found.about["title"] == entry["title"]
        assert found.about["note"]
        if found.about["kind"] == "categories":
            assert found.values.max() < len(found.about["labels"])


def test_labels_are_those_of_the_faces_and_say_whose(run: Run):
    found = column(run, "Smiling")
    np.testing.assert_array_equal(found.values, run.faces.label("Smiling"))
    assert found.about["labels"] == ["not Smiling", "Smiling"]
    assert found.about["note"] == "CelebA's annotation"
    predicted = replace(run, faces=replace(run.faces, label_source="predicted"))
    assert column(predicted, "Smiling").about["note"] == "predicted by probes"
    assert columns(predicted)[0]["group"] == "Attributes, predicted"


def test_a_score_is_presence(run: Run):
    name = str(run.face_map.lenses.attributes[1])
    found = column(run, f"score/{name}")
    assert found.about["range"] == [-1, 1]
    assert_scale(found, run.face_map.lenses.presence(run.faces.mean)[:, 1])


def test_errors_and_kl_are_those_of_the_pictures(run: Run):
    assert_scale(column(run, "error"), 255 * np.sqrt(run.faces.error))
    mean, variance = run.faces.mean.astype(float), np.exp(run.faces.logvar.astype(float))
    kl = 0.5 * (mean**2 + variance - 1 - np.log(variance)).sum(1)
    assert_scale(column(run, "kl"), kl)
    low, high = column(run, "kl").about["range"]
    np.testing.assert_allclose([low, high], np.quantile(kl, [TAIL, 1 - TAIL]), rtol=1e-5)


def test_what_is_not_known_is_not_offered(run: Run):
    n = len(run.faces)
    bare = replace(
        run.faces,
        error=None,
        identity=None,
        logvar=np.full_like(run.faces.logvar, -np.inf),
        partition=np.full(n, "test"),
    )
    poor = replace(run, faces=bare)
    names = {entry["name"] for entry in columns(poor)}
    for name in ("error", "kl", "identity", "partition"):
        assert name not in names
        with pytest.raises(ColumnError, match=f"expected a column of this run; found '{name}'"):
            column(poor, name)


def test_partitions_and_persons_are_told_apart(run: Run):
    n = len(run.faces)
    partition = np.array(["train", "test"])[np.arange(n) % 2]
    identity = np.array([0, 9, 9, 5, *[3] * (n - 4)], np.int32)
    identity[-1] = -1
    found = replace(run, faces=replace(run.faces, partition=partition, identity=identity))
    values, about = column(found, "partition")
    assert [about["labels"][value] for value in values] == partition.tolist()
    values, about = column(found, "identity")
    assert about["labels"] == ["other persons", "person 3", "person 9", "person 0", "person 5"]
    assert values.tolist() == [3, 2, 2, 4, *[1] * (n - 5), 0]
    many = replace(found, faces=replace(found.faces, identity=np.arange(n, dtype=np.int32)))
    assert len(column(many, "identity").about["labels"]) == MOST_PERSONS + 1


@pytest.mark.parametrize("bank", ["attributes", "components", "dimensions", "directions"])
def test_a_slider_is_told_in_what_it_counts(run: Run, bank: str):
    """A face moved by a slider from the mean face has moved by as much on the column."""
    vector = run.faces.mean[0] - run.faces.mean[1]
    text = direction_to_text("from / to", vector)
    name, recipe = {
        "attributes": ("balanced/Smiling", Recipe(attributes={"Smiling": 1.5}, method="balanced")),
        "components": ("2", Recipe(components={2: 1.5})),
        "dimensions": ("3", Recipe(dimensions={3: 1.5})),
        "directions": (text, Recipe(directions={text: 1.5})),
    }[bank]
    moved = run.faces.mean.copy()
    moved[0], moved[1] = run.space.center, compose(recipe, run.space)
    moved = moved.repeat(40, 0)  # so that the ends are not cut off
    faces = run.faces.take(np.arange(len(run.faces)).repeat(40))
    found = column(replace(run, faces=replace(faces, mean=moved)), f"slider/{bank}/{name}")
    low, high = found.about["range"]
    assert read(found)[[0, 40]] == pytest.approx([0, 1.5], abs=0.01 * (high - low))


def test_values_that_are_all_alike_have_one_colour(run: Run):
    alike = replace(run.faces, error=np.full(len(run.faces), 0.25, np.float32))
    found = column(replace(run, faces=alike), "error")
    assert set(found.values) == {0}
    assert found.about["range"] == [127.5, 127.5]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Wings",
        "score/Wings",
        "score",
        "slider",
        "slider/tea/1",
        "slider/attributes/Smiling",
        "slider/attributes/balanced/Wings",
        "slider/components/0",
        "slider/dimensions/8",
        "slider/dimensions/x",
        "slider/directions/x",
    ],
)
def test_what_is_no_column_is_refused(run: Run, name: str):
    with pytest.raises(ColumnError, match=r"expected a (column|slider) of this run; found"):
        column(run, name)
