"""Groups of faces: counts are counts, and small groups claim little."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.faces.groups import GroupError, check_two, mean_code, profile
from training.run.latents import Latents


def some(counts: dict[str, tuple[int, int]], group: int, others: int) -> tuple[Latents, np.ndarray]:
    """Faces, `group` of them in the group; of each attribute how many have it there and outside."""
    labels = np.zeros((group + others, len(counts)), bool)
    for k, (inside, outside) in enumerate(counts.values()):
        labels[:inside, k] = True
        labels[group : group + outside, k] = True
    n = group + others
    rng = np.random.default_rng(0)
    faces = Latents(
        ids=np.array([f"{k:06d}.jpg" for k in range(n)]),
        partition=np.full(n, "validation"),
        mean=rng.standard_normal((n, 4)).astype(np.float32),
        logvar=np.zeros((n, 4), np.float32),
        attributes=np.array(list(counts)),
        labels=labels,
        label_source="celeba",
        weights="0" * 16,
        data="0" * 16,
    )
    return faces, np.arange(n) < group


def test_a_profile_counts_faces_and_ranks_what_is_over_represented():
    faces, rows = some({"Male": (10, 500), "Bald": (60, 30), "Young": (50, 450)}, 100, 900)
    bald, young, male = profile(faces, rows)
    assert [s.attribute for s in (bald, young, male)] == ["Bald", "Young", "Male"]
    assert (bald.in_group, bald.group, bald.in_all, bald.all) == (60, 100, 90, 1000)
    assert (bald.share, bald.share_of_all) == (0.6, 0.09)
    # Close to the plain odds ratio where counts are large.
    assert bald.log_odds == pytest.approx(np.log(60 / 40 / (30 / 870)), abs=0.03)
    assert bald.error == pytest.approx(np.sqrt(1 / 60 + 1 / 40 + 1 / 30 + 1 / 870), rel=0.02)
    assert young.log_odds == pytest.approx(0, abs=0.01)
    assert [s.sure for s in (bald, young, male)] == [True, False, True]
    assert male.lower_bound < 0 == young.lower_bound < bald.lower_bound


def test_three_of_three_do_not_outrank_three_hundred_of_four_hundred():
    faces, rows = some({"Hat": (3, 200)}, 3, 3000)
    (hat,) = profile(faces, rows)
    many, many_rows = some({"Smile": (300, 200)}, 400, 3000)
    (smile,) = profile(many, many_rows)
    assert 0 <= hat.lower_bound < smile.lower_bound
    assert np.isfinite(hat.log_odds)


def test_a_group_of_one_is_sure_of_nothing_common():
    faces, rows = some({"Male": (1, 450), "Bald": (0, 20)}, 1, 999)
    shares = profile(faces, rows)
    assert not any(s.sure for s in shares)


def test_all_faces_differ_from_nobody():
    faces, rows = some({"Male": (99, 0), "Bald": (1, 0)}, 100, 0)
    assert {s.log_odds for s in profile(faces, rows)} == {0}


def test_groups_drawn_by_lot_are_rarely_sure():
    """Of 95 % intervals about one in twenty misses."""
    rng = np.random.default_rng(0)
    faces, _ = some({str(k): (0, 200 + 10 * k) for k in range(40)}, 0, 2000)
    faces = replace(faces, labels=np.stack([rng.permutation(label) for label in faces.labels.T], 1))
    sure = [
        s.sure
        for _ in range(50)
        for s in profile(faces, np.isin(np.arange(2000), rng.choice(2000, 150, replace=False)))
    ]
    assert 0.01 < np.mean(sure) < 0.08


def test_the_mean_code_is_that_of_the_group():
    faces, rows = some({"Male": (1, 1)}, 5, 7)
    np.testing.assert_allclose(mean_code(faces, rows), faces.mean[:5].mean(0), atol=1e-6)
    one = np.arange(12) == 3
    np.testing.assert_array_equal(mean_code(faces, one), faces.mean[3])


def test_nothing_is_made_of_nobody():
    faces, rows = some({"Male": (1, 1)}, 5, 7)
    for make in (profile, mean_code):
        with pytest.raises(GroupError, match="expected a group of at least one face; found none"):
            make(faces, np.zeros(12, bool))
    with pytest.raises(GroupError, match="expected faces in group B; found none"):
        check_two(rows, ~rows & rows)
    with pytest.raises(GroupError, match="expected faces in group A; found none"):
        check_two(~rows & rows, rows)


def test_two_identical_groups_make_no_direction():
    _, rows = some({"Male": (1, 1)}, 5, 7)
    with pytest.raises(GroupError) as caught:
        check_two(rows, rows.copy())
    assert str(caught.value) == (
        "expected two groups that differ; found the same 5 faces twice: select others for one of "
        "them"
    )
    check_two(rows, ~rows)
