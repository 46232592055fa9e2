"""Files of tensors: what is read is what was written, or an error says that it is not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from training.run.files import LfsPointer
from training.run.tensors import BAD_TENSORS, load_tensors, save_tensors

TENSORS = {"weight": torch.linspace(-1, 1, 12).view(3, 4), "count": torch.tensor(7)}
ABOUT = {"step": "12", "about": "é"}


def test_tensors_and_texts_survive(tmp_path: Path):
    save_tensors(tmp_path / "file", TENSORS, ABOUT)
    found, about = load_tensors(tmp_path / "file")
    assert about == ABOUT
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], value) for name, value in TENSORS.items())


def test_arrays_of_numpy_survive(tmp_path: Path):
    arrays = {name: value.numpy() for name, value in TENSORS.items()}
    save_tensors(tmp_path / "file", arrays, ABOUT)
    found, about = load_tensors(tmp_path / "file", numpy=True)
    assert about == ABOUT
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype


def test_no_flipped_bit_gives_other_values(tmp_path: Path):
    """Every byte once: it is refused, or it hit the word that says that there is a checksum."""
    path = tmp_path / "file"
    save_tensors(path, TENSORS, ABOUT)
    whole = path.read_bytes()
    read = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            found, about = load_tensors(path)
        except BAD_TENSORS:
            continue
        read += 1
        assert ABOUT.items() <= about.items()
        assert all(torch.equal(found[name], value) for name, value in TENSORS.items())
    assert read <= len("checksum")


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path):
    path = tmp_path / "file"
    save_tensors(path, TENSORS, ABOUT)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BAD_TENSORS):
            load_tensors(path)


def test_a_file_without_a_checksum_is_read(tmp_path: Path):
    save_file(TENSORS, tmp_path / "file", metadata=ABOUT)
    assert load_tensors(tmp_path / "file").about == ABOUT
    save_file(TENSORS, tmp_path / "file")
    assert load_tensors(tmp_path / "file").about == {}


def test_a_git_lfs_pointer_is_named_as_such(tmp_path: Path):
    (tmp_path / "file").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    with pytest.raises(LfsPointer):
        load_tensors(tmp_path / "file")
