"""Files are whole or not there, and nothing in them is a pickle."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from training.run.files import LfsPointer, read_npz, write_atomically, write_json, write_npz

ARRAYS = {
    "ids": np.array(["000001.jpg", "2.jpg"]),
    "mean": np.arange(6, dtype=np.float32).reshape(2, 3),
    "key": np.array("0123"),
}


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
def test_an_interrupted_writer_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
):
    path = tmp_path / "weights"
    path.write_text("old")

    def write_half(temporary: Path) -> None:
        temporary.write_text("ne")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, write_half)
    assert [p.name for p in tmp_path.iterdir()] == ["weights"]
    assert path.read_text() == "old"


def test_the_new_file_takes_the_place_of_the_old_one_and_folders_are_made(tmp_path: Path):
    path = tmp_path / "new" / "folder" / "file"
    for text in ("first", "second"):
        write_atomically(path, lambda temporary, text=text: temporary.write_text(text))
        assert path.read_text() == text
    assert [p.name for p in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_with_nan_or_infinity_is_refused_before_the_file_is_touched(
    tmp_path: Path, value: float
):
    path = tmp_path / "report.json"
    write_json(path, {"rate": 1.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"rate": value})
    assert path.read_text() == '{\n  "rate": 1.5\n}\n'


def test_arrays_survive_with_their_types(tmp_path: Path):
    path = tmp_path / "latents.npz"
    write_npz(path, ARRAYS)
    found = read_npz(path)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_arrays_of_objects_are_refused(tmp_path: Path):
    objects = np.array(["a", None], dtype=object)
    with pytest.raises(ValueError, match="ids: an array of objects would be stored as a pickle"):
        write_npz(tmp_path / "latents.npz", {"ids": objects})
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_not_opened(tmp_path: Path):
    plain, inside = tmp_path / "plain.npz", tmp_path / "inside.npz"
    plain.write_bytes(pickle.dumps({"mean": [1.0]}))
    np.savez(inside, mean=np.array([None], dtype=object))
    for path, found in ((plain, "not a zip file"), (inside, "a pickle, which is not opened")):
        with pytest.raises(ValueError, match=found):
            read_npz(path)


def test_a_git_lfs_pointer_is_named_as_such(tmp_path: Path):
    path = tmp_path / "latents.npz"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12\n")
    with pytest.raises(LfsPointer, match="a git-lfs pointer in place of the file"):
        read_npz(path)


def test_an_archive_that_unfolds_into_gigabytes_is_refused_before_it_does(
    tmp_path: Path, monkeypatch
):
    path = tmp_path / "latents.npz"
    write_npz(path, {"mean": np.zeros(200_000)})
    assert path.stat().st_size < 10_000
    monkeypatch.setattr("training.run.files.LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(ValueError, match="arrays of"):
        read_npz(path)


def test_an_array_that_says_it_is_larger_than_its_bytes_takes_no_memory(tmp_path: Path):
    """A header of 8 TB, for which memory would be asked before a byte is read."""
    header = io.BytesIO()
    about = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(header, about)
    path = tmp_path / "latents.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mean.npy", header.getvalue() + bytes(80))
    with pytest.raises(ValueError, match="cut short or too long"):
        read_npz(path)


def test_a_single_array_is_not_taken_for_a_file_of_arrays(tmp_path: Path):
    path = tmp_path / "latents.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match="not a zip file"):
        read_npz(path)


def test_damage_anywhere_is_an_error_of_the_documented_kind(tmp_path: Path):
    path = tmp_path / "latents.npz"
    write_npz(path, ARRAYS)
    whole = path.read_bytes()
    cut_short = [whole[:length] for length in range(len(whole))]
    flipped = [
        whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :]
        for at in range(len(whole))
        for mask in (1, 255)
    ]
    for content in cut_short:
        path.write_bytes(content)
        with pytest.raises((OSError, ValueError)):
            read_npz(path)
    refused = 0
    for content in flipped:
        path.write_bytes(content)
        try:
            found = read_npz(path)
        except (OSError, ValueError):
            refused += 1
            continue
        # What is left hit dates, or a name: no value is ever another.
        assert all(np.array_equal(found[name], ARRAYS[name]) for name in found.keys() & ARRAYS)
    assert refused > len(flipped) / 2


def test_a_missing_file_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "latents.npz")
