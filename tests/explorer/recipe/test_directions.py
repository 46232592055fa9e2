"""Own directions: from group to group, there and back through a file, and what is refused."""

import json
import re

import numpy as np
import pytest

from explorer.recipe.code_text import direction_to_text
from explorer.recipe.compose import compose
from explorer.recipe.directions import (
    LARGEST_FILE,
    Direction,
    DirectionError,
    direction_between,
    direction_json,
    read_direction,
)
from explorer.recipe.recipe import Recipe, Source
from explorer.run.run import load_run

WEIGHTS = "0123456789abcdef"
AWAY = np.array([1.0, -2, 0.5])


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of codes, (400, 3) and (300, 3) float32, AWAY from each other."""
    generator = np.random.default_rng(0)
    start, end = generator.normal(size=(400, 3)), generator.normal(size=(300, 3)) + AWAY
    return start.astype(np.float32), end.astype(np.float32)


@pytest.fixture
def direction(groups: tuple) -> Direction:
    return direction_between(" My   glasses ", *groups, WEIGHTS)


def test_strength_1_leads_from_one_mean_to_the_other(groups: tuple, direction: Direction):
    start, end = groups
    assert direction.name == "My glasses"
    np.testing.assert_allclose(direction.vector, end.mean(0) - start.mean(0), rtol=1e-3)
    np.testing.assert_allclose(direction.vector, AWAY, atol=0.2)


def test_statistics_are_those_of_the_groups(groups: tuple, direction: Direction):
    found = direction.statistics
    assert (found.faces_from, found.faces_to) == (400, 300)
    assert found.length == pytest.approx(np.linalg.norm(direction.vector), rel=1e-3)
    unit = direction.vector / np.linalg.norm(direction.vector)
    spreads = [(codes @ unit).std() / found.length for codes in groups]
    assert (found.spread_from, found.spread_to) == pytest.approx(spreads, rel=1e-2)
    pairs = groups[1] @ unit > (groups[0] @ unit)[:, None]
    assert found.auc == pytest.approx(pairs.mean(), abs=2e-3)


def test_two_single_faces_make_a_direction(groups: tuple):
    made = direction_between("a", groups[0][:1], groups[1][:1], WEIGHTS)
    np.testing.assert_allclose(made.vector, groups[1][0] - groups[0][0], rtol=2e-3)
    assert made.statistics.auc == 1


def test_a_file_gives_the_equal_direction_back(direction: Direction):
    text = direction_json(direction)
    assert read_direction(text.encode(), 3, WEIGHTS) == direction
    values = json.loads(text)
    assert values["direction"] == "My glasses"
    assert values["weights"] == WEIGHTS
    assert values["latent"] == 3


def test_a_slider_of_it_moves_a_face_by_its_vector(drawn_run):
    run = load_run(drawn_run)
    male = run.faces.label("Male")
    codes = run.faces.mean
    made = direction_between("Male", codes[~male], codes[male], run.vectors.weights)
    before = compose(Recipe(Source("seed", 1)), run.space)
    after = compose(Recipe(Source("seed", 1), directions={made.text: 1.5}), run.space)
    expected = 1.5 * (codes[male].mean(0) - codes[~male].mean(0))
    np.testing.assert_allclose(after - before, expected, atol=2e-3)


@pytest.mark.parametrize(
    ("name", "rows", "taken", "message"),
    [
        (
            "a",
            (slice(0), slice(3)),
            (),
            "faces in the first group\nfound: none\nnext: choose fewer",
        ),
        (
            "a",
            (slice(3), slice(0)),
            (),
            "faces in the second group\nfound: none\nnext: choose fewe",
        ),
        (
            "  ",
            (slice(3), slice(3)),
            (),
            "a name of 1 to 40 characters\nfound: 0 characters\nnext:",
        ),
        ("x" * 41, (slice(3),) * 2, (), "a name of 1 to 40 characters\nfound: 41 characters\nnext"),
        ("a\0", (slice(3),) * 2, (), "a name of 1 to 40 characters\nfound: 'a\\x00'\nnext: type"),
        (
            "a",
            (slice(3),) * 2,
            ("b", "a"),
            "that no other own direction has\nfound: 'a'\nnext: typ",
        ),
    ],
)
def test_groups_and_names_that_cannot_be_are_refused(
    groups: tuple, name: str, rows: tuple, taken: tuple, message: str
):
    start, end = (codes[k] for codes, k in zip(groups, rows, strict=True))
    with pytest.raises(DirectionError, match=re.escape(message)):
        direction_between(name, start, end, WEIGHTS, taken)


def test_a_group_and_itself_have_no_direction(groups: tuple):
    with pytest.raises(DirectionError, match="two groups whose mean codes differ"):
        direction_between("a", groups[0], groups[0], WEIGHTS)


@pytest.mark.parametrize(
    ("latent", "weights", "expected", "found"),
    [
        (4, WEIGHTS, "a direction of 4 latent dimensions", "one of 3, 'My glasses'"),
        (
            3,
            "f" * 16,
            f"of this model's weights, {'f' * 16}",
            f"'My glasses' of the {'weights'} 012",
        ),
    ],
)
def test_a_direction_of_another_model_is_refused(
    direction: Direction, latent: int, weights: str, expected: str, found: str
):
    with pytest.raises(DirectionError) as caught:
        read_direction(direction_json(direction).encode(), latent, weights)
    assert expected in caught.value.expected
    assert found in caught.value.found
    assert "open the model that it was made with, or make the direction here" in caught.value.next


CHANGES = [
    {"direction": ""},
    {"direction": None},
    {"vector": "?"},
    {"vector": direction_to_text("a", np.ones(2)).rpartition(":")[2]},  # another length
    {"latent": "3"},
    {"latent": True},
    {"weights": "abc"},
    {"weights": 7},
    {"statistics": {}},
    {"statistics": None},
    {"statistics": {"faces_from": 1}},
    {"more": 1},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_files_that_hold_no_direction_are_refused(direction: Direction, change: dict):
    content = json.dumps(json.loads(direction_json(direction)) | change).encode()
    with pytest.raises(DirectionError, match="expected: the file of a direction, as Export makes"):
        read_direction(content, 3, WEIGHTS)


@pytest.mark.parametrize("content", [b"", b"7", b"[]", b"\xff", b"[" * 9000, b'{"direction": 1}'])
def test_other_files_are_refused(content: bytes):
    with pytest.raises(DirectionError, match="expected: the file of a direction, as Export makes"):
        read_direction(content, 3, WEIGHTS)


def test_statistics_that_are_no_numbers_are_refused(direction: Direction):
    text = re.sub(r'"auc": [\d.]+', '"auc": NaN', direction_json(direction))
    assert "NaN" in text
    with pytest.raises(DirectionError, match="expected: the file of a direction"):
        read_direction(text.encode(), 3, WEIGHTS)


def test_a_file_too_large_is_refused_unread():
    with pytest.raises(DirectionError, match=r"expected: a file of at most 16,384 bytes"):
        read_direction(b" " * (LARGEST_FILE + 1), 3, WEIGHTS)
