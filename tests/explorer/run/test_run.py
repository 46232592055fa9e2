"""A run folder as the explorer sees it: whole, or refused with the command that mends it."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from data import ATTRIBUTES
from explorer.run import loaded
from explorer.run.loaded import open_run
from explorer.run.run import READ_FILES, load_run, run_id, run_key
from training.codes.flow_file import save_flow
from training.model.networks import build
from training.run.files import read_npz, write_json, write_npz
from training.run.latents import Latents, save_latents
from training.run.run_folder import (
    CONFIG,
    FLOW,
    LATENTS,
    MAP,
    METRICS,
    REPORT,
    VECTORS,
    WEIGHTS,
    RunError,
    read_config,
    weights_key,
    write_weights,
)

COMMANDS = {
    CONFIG: "train one: python -m training fit --data DIR --model vae --out {}",
    WEIGHTS: "train one: python -m training fit --data DIR --model vae --out {}",
    LATENTS: "python -m training encode {} --data DIR",
    VECTORS: "python -m explorer vectors {}",
    MAP: "python -m explorer map {}",
    REPORT: "python -m training evaluate {} --data DIR",
}


def test_a_whole_run_is_read_and_belongs_together(drawn_run: Path, latents: Latents):
    run = load_run(drawn_run)
    assert run.root == drawn_run
    assert run.config == read_config(drawn_run)
    assert run.faces.ids.tolist() == run.face_map.ids.tolist()
    assert set(run.faces.partition) == {"validation"}
    assert run.report["weights"] == weights_key(drawn_run)

    assert run.space.ids.tolist() == latents.ids.tolist()
    np.testing.assert_array_equal(run.space.codes, latents.mean)
    assert list(run.space.vectors) == run.vectors.attributes.tolist()
    black_hair = run.vectors.vectors[0, run.vectors.row_of["Black_Hair"]]
    np.testing.assert_array_equal(run.space.vectors["Black_Hair"]["mean_difference"], black_hair)
    for name in ("center", "spread", "components", "component_spread", "kl"):
        np.testing.assert_array_equal(getattr(run.space, name), getattr(run.vectors, name))
    assert run.space.mixture is run.vectors.mixture


def test_the_files_read_are_those_that_can_be_made():
    assert set(READ_FILES) == set(COMMANDS)


def assert_refused(run: Path, name: str) -> str:
    """The run does not open, the file is named, and so is what makes it; returns what is found."""
    with pytest.raises(RunError) as caught:
        open_run(run)
    assert name in caught.value.expected
    assert caught.value.next.endswith(COMMANDS[name].format(run))
    return caught.value.found


@pytest.mark.parametrize("name", READ_FILES)
def test_a_missing_file_is_named_with_the_command_that_makes_it(own_run: Path, name: str):
    (own_run / name).unlink()
    found = assert_refused(own_run, name)
    assert found == "no such file" or (name == CONFIG and LATENTS in found)


@pytest.mark.parametrize("name", READ_FILES)
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(own_run: Path, name: str, share: float):
    whole = (own_run / name).read_bytes()
    (own_run / name).write_bytes(whole[: int(share * len(whole))])
    assert assert_refused(own_run, name)


@pytest.mark.parametrize("name", READ_FILES)
def test_a_file_of_garbage_is_refused(own_run: Path, name: str):
    (own_run / name).write_bytes(np.random.default_rng(0).bytes(2000))
    assert assert_refused(own_run, name)


@pytest.mark.parametrize("name", READ_FILES[2:])
def test_a_file_made_with_other_weights_is_refused(own_run: Path, name: str):
    if name == REPORT:
        write_json(own_run / name, json.loads((own_run / name).read_text()) | {"weights": "0" * 16})
    else:
        arrays = read_npz(own_run / name)
        write_npz(own_run / name, arrays | {"weights": np.array("0" * 16)})
    assert "other" in assert_refused(own_run, name)


def test_after_training_again_everything_is_to_be_encoded_anew(own_run: Path):
    write_weights(own_run, build(read_config(own_run).model))
    assert "other weights" in assert_refused(own_run, LATENTS)


@pytest.mark.parametrize("text", ["[]", "null", "7", '{"psnr_mean_db": 20}'])
def test_a_report_of_another_shape_is_refused(own_run: Path, text: str):
    (own_run / REPORT).write_text(text)
    assert_refused(own_run, REPORT)


def test_a_map_of_other_faces_is_refused(own_run: Path, latents: Latents):
    save_latents(own_run, latents.take(np.arange(200)))
    with pytest.raises(RunError) as caught:
        load_run(own_run)
    assert str(caught.value) == (
        f"expected: a map of the 20 validation faces in {own_run}\n"
        "found: a map of 32 other faces\n"
        f"next: python -m explorer map {own_run}"
    )


@pytest.mark.parametrize(("name", "array"), [(LATENTS, "mean"), (VECTORS, "vectors")])
def test_codes_of_other_dimensions_are_refused(own_run: Path, name: str, array: str):
    arrays = read_npz(own_run / name)
    shorter = {k: arrays[k][..., :5] for k in (array, "logvar") if k in arrays}
    write_npz(own_run / name, arrays | shorter)
    with pytest.raises(RunError) as caught:
        load_run(own_run)
    assert caught.value.expected == f"codes of 8 dimensions in {own_run / name}"
    assert caught.value.found == "5"
    assert caught.value.next == COMMANDS[name].format(own_run)


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(RunError) as caught:
        open_run(tmp_path / "none")
    assert caught.value.expected == f"a run folder at {tmp_path / 'none'}"
    assert caught.value.found == "no such folder"


@pytest.mark.parametrize("name", READ_FILES)
def test_the_id_of_a_run_changes_with_every_file_that_is_read(own_run: Path, name: str):
    before = run_id(own_run)
    assert run_id(own_run) == before
    touched = (own_run / name).stat().st_mtime_ns + 1
    os.utime(own_run / name, ns=(touched, touched))
    assert run_id(own_run) != before
    (own_run / name).unlink()
    assert name not in run_id(own_run)


def test_the_id_of_a_run_does_not_change_while_it_is_trained_on(own_run: Path):
    before = run_id(own_run)
    (own_run / METRICS).write_text("{}\n")
    (own_run / ".map.npz.123.tmp").touch()  # a file being written
    assert run_id(own_run) == before


def test_copies_of_a_run_have_one_key_and_another_content_has_another(own_run: Path, tmp_path):
    key = run_key(load_run(own_run))
    copy = shutil.copytree(own_run, tmp_path / "elsewhere", copy_function=shutil.copyfile)
    os.utime(copy / READ_FILES[-1], ns=(1, 1))
    assert run_key(load_run(copy)) == key
    report = json.loads((copy / REPORT).read_text())
    (copy / REPORT).write_text(json.dumps(report | {"pictures": report["pictures"] + 1}))
    assert run_key(load_run(copy)) != key


def test_a_broken_run_is_read_once_in_a_while_and_again_when_its_files_change(
    own_run: Path, monkeypatch
):
    whole = (own_run / MAP).read_bytes()
    (own_run / MAP).write_bytes(whole[:-100])
    reads = []
    monkeypatch.setattr(loaded, "load_run", lambda root: reads.append(root) or load_run(root))
    said = []
    for _ in range(3):
        with pytest.raises(RunError) as caught:
            open_run(own_run)
        said.append(str(caught.value))
    assert (len(reads), len(set(said))) == (1, 1)
    (own_run / MAP).write_bytes(whole)
    assert open_run(own_run).run.root == own_run
    (own_run / MAP).write_bytes(whole[:-200])
    monkeypatch.setattr(loaded, "BROKEN_FOR", 0.0)
    reads.clear()
    for _ in range(2):
        with pytest.raises(RunError):
            open_run(own_run)
    assert len(reads) == 2


def test_a_report_without_the_figures_of_the_page_is_refused(own_run: Path):
    path = own_run / "report.json"
    report = json.loads(path.read_text())
    del report["sigma"]
    path.write_text(json.dumps(report))
    with pytest.raises(RunError, match="found: no sigma\nnext: python -m training evaluate"):
        load_run(own_run)


@pytest.mark.parametrize("text", ["{", "[]", "{}", "[" * 100_000], ids=lambda text: text[:4])
def test_a_report_that_is_none_is_refused(own_run: Path, text: str):
    path = own_run / "report.json"
    path.write_text(text)
    with pytest.raises(RunError) as caught:
        load_run(own_run)
    assert caught.value.expected == f"a readable {path}"
    assert caught.value.next == f"python -m training evaluate {own_run} --data DIR"


def test_a_flow_belongs_to_its_run(drawn_flow: Path, drawn_run: Path, own_run: Path):
    assert load_run(drawn_run).space.flow is None
    assert load_run(drawn_flow).space.flow.latent == 8
    before = run_id(own_run)
    (own_run / FLOW).write_bytes((drawn_flow / FLOW).read_bytes())
    assert run_id(own_run) != before
    (own_run / FLOW).write_bytes(b"{}")
    with pytest.raises(RunError, match=f"or python -m training flow {own_run}"):
        load_run(own_run)
    weights = load_run(drawn_flow).space.flow.weights
    shorter = {"center": weights["center"][:5], "spread": weights["spread"][:5]}
    shorter |= {"into.weight": weights["into.weight"][:, :5]}
    shorter |= {name: weights[name][:5] for name in ("out.weight", "out.bias")}
    save_flow(own_run, {**weights, **shorter}, ATTRIBUTES, weights_key(own_run), {})
    with pytest.raises(RunError, match="found: 5"):
        load_run(own_run)
