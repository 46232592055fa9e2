"""A published run: what models computed, and nothing of CelebA's pictures and annotation."""

import errno
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.files import LOCK, STAGED
from explorer.run.loaded import open_run
from training.codes.flow import CHECKPOINT, make_flow
from training.codes.flow_file import load_flow
from training.codes.probes import fit_probes
from training.release.card import CARD
from training.release.publish import COPIED, publish
from training.run.files import read_npz, write_npz
from training.run.latents import load_latents, save_latents
from training.run.run_folder import (
    EDITS,
    FLOW,
    LATENTS,
    MAP,
    SHARP,
    SHARP_CHECKPOINT,
    SHARP_METRICS,
    WEIGHTS,
    RunError,
    read_config,
)
from training.run.sharp import SharpDecoder, load_sharp, save_sharp


@pytest.fixture
def published(drawn_run: Path, tmp_path: Path) -> Path:
    """The drawn run as it may be given to others."""
    publish(drawn_run, tmp_path / "published")
    return tmp_path / "published"


def test_nothing_but_the_seven_files_of_a_run_and_a_card_are_published(
    drawn_run: Path, published: Path
):
    assert {p.name for p in drawn_run.iterdir()} > {*COPIED, LATENTS}  # checkpoint and pictures
    assert {p.name for p in published.iterdir()} == {*COPIED, LATENTS, CARD}
    for name in COPIED:
        assert (published / name).read_bytes() == (drawn_run / name).read_bytes()


def test_figures_of_edits_are_published_where_there_are_some(drawn_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    (run / EDITS).write_text("{}")
    for _ in range(2):  # a second time into the same folder
        publish(run, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*COPIED, LATENTS, CARD, EDITS}
    assert (tmp_path / "out" / EDITS).read_text() == "{}"


def test_a_sharp_renderer_is_published_and_not_what_its_training_left(
    drawn_run: Path, tmp_path: Path
):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    save_sharp(run, SharpDecoder(read_config(run).model, (8, 8, 8, 16), 1), {"steps": 3})
    for name in (SHARP_CHECKPOINT, SHARP_METRICS):
        (run / name).write_text("")
    publish(run, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*COPIED, LATENTS, CARD, SHARP}
    assert load_sharp(tmp_path / "out").figures == {"steps": 3}


def test_a_flow_is_published_and_its_checkpoint_is_not(drawn_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    make_flow(run, steps=3, batch=8)
    make_flow(run, steps=3, batch=8, stop_after=1)
    assert (run / CHECKPOINT).is_file()
    publish(run, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*COPIED, LATENTS, CARD, FLOW}
    assert load_flow(tmp_path / "out").sample(7).tolist() == load_flow(run).sample(7).tolist()


def test_validation_codes_alone_are_published(drawn_run: Path, published: Path):
    whole, found = load_latents(drawn_run), load_latents(published)
    validation = whole.take(whole.rows("validation"))
    assert set(found.partition) == {"validation"}
    assert found.ids.tolist() == validation.ids.tolist()
    np.testing.assert_array_equal(found.mean, validation.mean)
    np.testing.assert_array_equal(found.logvar, validation.logvar)
    np.testing.assert_array_equal(found.error, validation.error)
    assert (validation.identity >= 0).all()
    assert (found.identity == -1).all()


def test_labels_are_what_probes_predict_and_not_celebas(drawn_run: Path, published: Path):
    whole, found = load_latents(drawn_run), load_latents(published)
    validation = whole.take(whole.rows("validation"))
    assert found.label_source == "predicted"
    predicted = fit_probes(whole.take(whole.rows("train"))).labels(validation.mean)
    np.testing.assert_array_equal(found.labels, predicted)
    assert (found.labels != validation.labels).any()  # probes are wrong about some faces


def test_a_change_of_validation_labels_changes_nothing_published(drawn_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    latents = load_latents(run)
    labels = latents.labels.copy()
    labels[latents.rows("validation")] ^= True
    publish(run, tmp_path / "before")
    save_latents(run, replace(latents, labels=labels))
    publish(run, tmp_path / "after")
    before, after = (tmp_path / name / LATENTS for name in ("before", "after"))
    assert after.read_bytes() == before.read_bytes()


def test_a_published_run_opens_in_the_explorer(published: Path):
    run = open_run(published).run
    assert len(run.faces) == len(run.space.ids) == 32
    assert run.faces.label_source == "predicted"


def test_its_card_names_the_library_and_what_it_tells_runs(published: Path):
    text = (published / CARD).read_text(encoding="utf-8")
    head = text.split("---")[1]
    assert "library_name: latent-space-explorer" in head
    assert "| latent dimensions | 8 |" in text
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    *lines, last = block.replace("FOLDER", str(published)).rstrip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)
    assert eval(last, names).width > 6 * 64


def test_publishing_again_replaces_what_was_published(drawn_run: Path, published: Path):
    (published / "report.json").write_text("{}")
    publish(drawn_run, published)
    assert (published / "report.json").read_bytes() == (drawn_run / "report.json").read_bytes()


@pytest.mark.parametrize("name", COPIED[2:])
def test_a_run_that_lacks_a_file_is_refused(drawn_run: Path, tmp_path: Path, name: str):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    (run / name).unlink()
    with pytest.raises(RunError) as caught:
        publish(run, tmp_path / "out")
    assert str(caught.value) == (
        "expected: config.json, weights.safetensors, metrics.jsonl, report.json, vectors.npz, "
        f"map.npz in {run}\nfound: no {name}\n"
        f"next: python -m training evaluate {run} --data DIR; python -m explorer vectors {run}; "
        f"python -m explorer map {run}"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("partition", "source", "found"),
    [
        ("train", "predicted", "256 training codes, labels predicted"),
        ("validation", "celeba", "0 training codes, labels celeba"),
    ],
)
def test_probes_need_celebas_labels_of_training_codes(
    drawn_run: Path, tmp_path: Path, partition: str, source: str, found: str
):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    latents = load_latents(run)
    save_latents(run, replace(latents.take(latents.rows(partition)), label_source=source))
    with pytest.raises(RunError) as caught:
        publish(run, tmp_path / "out")
    assert str(caught.value) == (
        f"expected: codes of training pictures with CelebA's labels in {run}\nfound: {found}\n"
        f"next: python -m training encode {run} --data DIR"
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_refused(drawn_run: Path, tmp_path: Path):
    (tmp_path / "000001.jpg").touch()
    with pytest.raises(RunError) as caught:
        publish(drawn_run, tmp_path)
    assert str(caught.value) == (
        f"expected: a new folder at {tmp_path}, or one that was published before\n"
        "found: 000001.jpg in it\nnext: name another --out"
    )
    with pytest.raises(RunError, match=r"found: checkpoint\.safetensors"):
        publish(drawn_run, drawn_run)


def test_a_map_of_faces_that_are_not_published_is_refused(drawn_run: Path, tmp_path: Path):
    run = shutil.copytree(drawn_run, tmp_path / "run")
    arrays = read_npz(run / MAP)
    write_npz(run / MAP, arrays | {"ids": arrays["ids"][::-1]})
    with pytest.raises(RunError) as caught:
        publish(run, tmp_path / "out")
    assert str(caught.value) == (
        "expected: a map of the validation faces, the only ones published\n"
        f"found: another\nnext: python -m explorer map {run}"
    )
    assert not (tmp_path / "out").exists()


def test_publishing_again_over_what_a_killed_one_left(drawn_run: Path, tmp_path: Path):
    """An earlier copy stays whole until all of the new one is there."""
    out = tmp_path / "published"
    publish(drawn_run, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / STAGED).mkdir()
    (out / STAGED / WEIGHTS).write_bytes(b"half")
    (out / f".{LATENTS}.12.tmp").write_bytes(b"half")
    (out / LOCK).touch()
    publish(drawn_run, out)
    (out / LOCK).unlink()
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_an_error_while_publishing_leaves_the_earlier_copy(
    drawn_run: Path, tmp_path: Path, monkeypatch
):
    out = tmp_path / "published"
    publish(drawn_run, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    copied = []

    def full(source: Path, target: Path) -> None:
        copied.append(target)
        if len(copied) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        Path(target).write_bytes(b"other")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        publish(drawn_run, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
