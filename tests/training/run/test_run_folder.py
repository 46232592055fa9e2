"""The run folder: what is written is what is read, and every damage names its remedy."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from training.model.config import ModelConfig
from training.model.networks import build
from training.run.files import write_npz
from training.run.run_folder import (
    CONFIG,
    MAP,
    REPORT,
    WEIGHTS,
    RunError,
    load_model,
    own_report,
    read_config,
    read_derived,
    weights_key,
    write_config,
    write_weights,
)

WHOLE = '{"model": {"latent": 8}, "training": {}, "data": {}, "versions": {}}'
MAP_COMMAND = "python -m explorer map RUN"


def fit_command(run: Path) -> str:
    return f"train one: python -m training fit --data DIR --model vae --out {run}"


def message(expected: str, found: str, next: str) -> str:
    return f"expected: {expected}\nfound: {found}\nnext: {next}"


def test_the_loaded_model_decodes_as_the_written_one(run: Path, tiny: ModelConfig):
    written = build(tiny)
    write_weights(run, written)
    loaded = load_model(run)
    z = torch.randn(3, 8)
    assert torch.equal(loaded.decode(z), written.decode(z))
    assert loaded.config == tiny


def test_the_loaded_model_is_frozen(run: Path):
    model = load_model(run)
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_weights_are_float32_and_readable_by_whoever_can_read_the_config(run: Path):
    assert {tensor.dtype for tensor in load_file(run / WEIGHTS).values()} == {torch.float32}
    modes = {stat.S_IMODE((run / name).stat().st_mode) for name in (CONFIG, WEIGHTS)}
    assert len(modes) == 1


def test_config_survives(run: Path):
    config = read_config(run)
    changed = replace(config, data={"fingerprint": "f" * 16}, versions={"torch": "3.0"})
    write_config(run, changed)
    assert read_config(run) == changed != config


def test_a_missing_folder_is_named_with_the_command_that_makes_one(tmp_path: Path):
    missing = tmp_path / "none"
    with pytest.raises(RunError) as caught:
        load_model(missing)
    expected = message(f"a run folder at {missing}", "no such folder", fit_command(missing))
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("names", "found"), [([], "an empty folder"), (["b.txt", "a.txt"], "a.txt, b.txt")]
)
def test_a_folder_without_config_is_shown_by_what_it_holds(
    tmp_path: Path, names: list[str], found: str
):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(RunError) as caught:
        load_model(tmp_path)
    expected = message(f"{CONFIG} in {tmp_path}", found, fit_command(tmp_path))
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "Expecting property name"),
        ("[]", "list indices must be integers"),
        ("{}", "no entry 'model'"),
        pytest.param("[" * 100_000, "maximum recursion depth exceeded", id="deep"),
        (WHOLE.replace("latent", "depth"), "found unknown depth"),
        (WHOLE.replace('"latent": 8', '"size": 100'), "expected --size a multiple of 16"),
        (WHOLE.replace("8", "100000000"), "expected --latent at most 65,536"),
        ('{"model": {"latent": "8"}}', "no entry 'training'"),
        ('{"model": {"latent": "8"}, "training": {}, "data": {}, "versions": {}}', "found '8'"),
        ('{"model": [], "training": {}, "data": {}, "versions": {}}', "that holds options"),
        ('{"model": {}, "training": {}, "data": "x", "versions": {}}', "data that holds options"),
        pytest.param("\udcff", "can't decode byte", id="no text"),
    ],
)
def test_a_damaged_config_is_refused_with_the_reason(run: Path, text: str, found: str):
    (run / CONFIG).write_text(text, errors="surrogateescape")
    with pytest.raises(RunError) as caught:
        load_model(run)
    assert caught.value.expected == f"a readable {run / CONFIG}"
    assert found in caught.value.found
    assert caught.value.next == fit_command(run)


def test_missing_weights_are_named(run: Path):
    (run / WEIGHTS).unlink()
    expected = message(f"{WEIGHTS} in {run}", "no such file", fit_command(run))
    for use in (load_model, weights_key):
        with pytest.raises(RunError) as caught:
            use(run)
        assert str(caught.value) == expected


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9999])
def test_truncated_weights_are_refused(run: Path, share: float):
    whole = (run / WEIGHTS).read_bytes()
    (run / WEIGHTS).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RunError) as caught:
        load_model(run)
    assert caught.value.expected == f"weights of vae in {run / WEIGHTS}"
    assert "cut short or damaged" in caught.value.found
    assert caught.value.next == f"copy it again from where it is whole, or {fit_command(run)}"


def test_one_flipped_bit_in_the_weights_is_refused(run: Path):
    content = bytearray((run / WEIGHTS).read_bytes())
    content[-100] ^= 1  # the last digit of some weight
    (run / WEIGHTS).write_bytes(content)
    with pytest.raises(RunError, match="found: content that is not as it was written"):
        load_model(run)


def test_weights_of_before_there_were_checksums_are_read(run: Path):
    before = {k: v.contiguous() for k, v in load_model(run).state_dict().items()}
    save_file(before, run / WEIGHTS)
    assert all(torch.equal(v, before[k]) for k, v in load_model(run).state_dict().items())


def test_a_git_lfs_pointer_in_place_of_weights_is_named_with_what_fetches_them(run: Path):
    (run / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n")
    with pytest.raises(RunError) as caught:
        load_model(run)
    assert "a git-lfs pointer in place of the file" in caught.value.found
    assert caught.value.next.startswith("git lfs pull")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"latent": 9}, "size mismatch for encoder.head.weight"),
        ({"blocks": 2}, "Missing key(s) in state_dict"),
    ],
)
def test_weights_of_another_network_are_refused_with_the_first_difference(
    run: Path, tiny: ModelConfig, options: dict[str, int], found: str
):
    write_weights(run, build(replace(tiny, **options)))
    with pytest.raises(RunError) as caught:
        load_model(run)
    assert found in caught.value.found
    assert "\n" not in caught.value.found
    assert len(caught.value.found) <= 200


def test_weights_key_follows_the_content_and_nothing_else(run: Path):
    before = weights_key(run)
    model = load_model(run)
    write_weights(run, model)
    assert weights_key(run) == before
    model.log_sigma += 1e-6
    write_weights(run, model)
    assert weights_key(run) != before


def test_a_derived_file_of_these_weights_is_read(run: Path):
    write_npz(run / MAP, {"weights": np.array(weights_key(run)), "positions": np.eye(2)})
    np.testing.assert_array_equal(read_derived(run, MAP, MAP_COMMAND)["positions"], np.eye(2))


def test_a_derived_file_of_other_weights_is_refused_with_both_keys(run: Path, tiny: ModelConfig):
    old = weights_key(run)
    write_npz(run / MAP, {"weights": np.array(old)})
    write_weights(run, build(tiny))
    with pytest.raises(RunError) as caught:
        read_derived(run, MAP, MAP_COMMAND)
    assert str(caught.value) == message(
        f"map.npz made with the weights in {run} ({weights_key(run)})",
        f"map.npz of other weights ({old})",
        MAP_COMMAND,
    )


def test_a_missing_derived_file_names_its_command(run: Path):
    with pytest.raises(RunError) as caught:
        read_derived(run, MAP, MAP_COMMAND)
    assert str(caught.value) == message(f"map.npz in {run}", "no such file", MAP_COMMAND)


def test_a_damaged_derived_file_names_its_command(run: Path):
    write_npz(run / MAP, {"positions": np.eye(2)})
    with pytest.raises(RunError) as caught:
        read_derived(run, MAP, MAP_COMMAND)
    expected = message(f"a readable {run / MAP}", "no entry 'weights'", MAP_COMMAND)
    assert str(caught.value) == expected

    (run / MAP).write_bytes((run / MAP).read_bytes()[:-30])
    with pytest.raises(RunError, match=r"found: a file that is cut short .*\nnext: copy it again"):
        read_derived(run, MAP, MAP_COMMAND)


def test_config_json_is_plain_data(run: Path):
    values = json.loads((run / CONFIG).read_text())
    assert values["model"]["widths"] == [8, 16]
    assert set(values) == {"model", "training", "data", "versions"}
    assert set(values["versions"]) == {"python", "torch", "numpy"}


NO_REPORTS = ["{", "[]", "{}", "[" * 100_000, '{"weights": "0"}']


@pytest.mark.parametrize("text", NO_REPORTS, ids=lambda text: text[:9])
def test_a_report_that_cannot_be_believed_tells_nothing(run: Path, text: str):
    assert own_report(run) == {}
    (run / REPORT).write_text(text)
    assert own_report(run) == {}
    (run / REPORT).write_text(json.dumps({"weights": weights_key(run), "rate_nats": 1.0}))
    assert own_report(run)["rate_nats"] == 1.0
