"""sharp.safetensors: what is written is what is read, and every damage names its remedy."""

import re
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from training.model.config import ModelConfig
from training.model.networks import build
from training.run.run_folder import SHARP, WEIGHTS, RunError, weights_key, write_weights
from training.run.sharp import SharpDecoder, has_sharp, load_sharp, load_start, save_sharp

FIGURES = {"steps": 7, "sharp": {"sharpness": 0.9}, "widths": [16, 8]}


@pytest.fixture
def network(tiny: ModelConfig) -> SharpDecoder:
    torch.manual_seed(2)
    return SharpDecoder(tiny, (16, 8), 2)


@pytest.fixture
def sharp(run: Path, network: SharpDecoder) -> Path:
    """A run folder with a sharp renderer."""
    save_sharp(run, network, FIGURES)
    return run


def test_what_is_written_is_what_is_read(sharp: Path, network: SharpDecoder):
    found = load_sharp(sharp)
    assert found.figures == FIGURES
    assert (found.network.widths, found.network.blocks) == ((16, 8), 2)
    z = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    drawn = found.network(z)
    assert drawn.shape == (3, 3, 16, 16)
    assert drawn.dtype == torch.float32
    torch.testing.assert_close(drawn, network(z), atol=2e-3, rtol=0)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert not found.network.training
    assert not any(p.requires_grad for p in found.network.parameters())


def test_it_is_kept_in_half_precision_with_the_key_of_the_weights(sharp: Path):
    with safe_open(sharp / SHARP, framework="pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118
        assert file.metadata()["weights"] == weights_key(sharp)


def test_a_run_without_one_says_how_to_make_it(run: Path):
    assert not has_sharp(run)
    with pytest.raises(RunError, match="found: no such file") as told:
        load_sharp(run)
    assert str(told.value).endswith(f"next: python -m training sharpen {run} --data DIR")


def damage_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def damage_text(path: Path) -> None:
    path.write_text("no tensors")


def damage_metadata(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"widths":"', b'"heigth":"', 1))


@pytest.mark.parametrize("damage", [damage_end, damage_text, damage_metadata])
def test_a_damaged_one_is_refused(sharp: Path, damage):
    damage(sharp / SHARP)
    assert has_sharp(sharp)
    with pytest.raises(RunError, match=re.escape(f"expected: a readable {sharp / SHARP}")):
        load_sharp(sharp)


def test_one_of_other_weights_is_refused_but_may_be_begun_with(sharp: Path, tiny: ModelConfig):
    before = weights_key(sharp)
    torch.manual_seed(9)
    write_weights(sharp, build(tiny))
    assert (sharp / WEIGHTS).is_file()
    with pytest.raises(RunError, match=rf"found: sharp\.safetensors of other weights \({before}\)"):
        load_sharp(sharp)
    for start in (sharp, sharp / SHARP):
        network, key = load_start(start, tiny, (16, 8), 2)
        assert key == before
        assert network.widths == (16, 8)


def test_a_start_of_other_widths_or_codes_is_refused(sharp: Path, tiny: ModelConfig):
    with pytest.raises(RunError, match="found: --widths 16 8 --blocks 2"):
        load_start(sharp, tiny, (16, 8), 1)
    with pytest.raises(RunError, match="expected: a readable"):
        load_start(sharp, ModelConfig(size=16, latent=9, widths=(8, 16)), (16, 8), 2)
    with pytest.raises(RunError, match="found: no such file"):
        load_start(sharp / "other.safetensors", tiny, (16, 8), 2)
