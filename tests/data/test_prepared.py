"""Loading a prepared folder, and refusing one that is not whole."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data import ATTRIBUTES, DataError, Prepared, load_prepared


@pytest.fixture
def folder(drawn_prepared: Prepared, tmp_path: Path) -> Path:
    """A private copy of the prepared folder, to damage."""
    return shutil.copytree(drawn_prepared.root, tmp_path / "prepared")


def test_what_is_loaded(drawn_prepared: Prepared):
    assert drawn_prepared.pictures.shape == (96, 64, 64, 3)
    assert drawn_prepared.pictures.dtype == np.uint8
    assert drawn_prepared.size == 64
    table = drawn_prepared.table
    assert list(table.columns) == ["id", "partition", "identity", *ATTRIBUTES]
    assert table["id"][0] == "000001.jpg"
    assert table["identity"].dtype == np.int32
    assert all(table[a].dtype == bool for a in ATTRIBUTES)
    assert int(drawn_prepared.fingerprint, 16) >= 0


def test_loading_again_gives_the_same(drawn_prepared: Prepared):
    again = load_prepared(str(drawn_prepared.root))
    assert np.array_equal(again.pictures, drawn_prepared.pictures)
    assert again.table.equals(drawn_prepared.table)
    assert again.fingerprint == drawn_prepared.fingerprint


def test_pictures_cannot_be_changed(drawn_prepared: Prepared):
    assert isinstance(drawn_prepared.pictures, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        drawn_prepared.pictures[0] = 0


def test_rows_of_the_partitions_cover_all_rows_once(drawn_prepared: Prepared):
    parts = [drawn_prepared.rows(p) for p in ("train", "validation", "test")]
    assert all(part.dtype == np.int64 for part in parts)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(96))
    assert (drawn_prepared.table["partition"].iloc[parts[1]] == "validation").all()


def test_rows_of_an_unknown_partition(drawn_prepared: Prepared):
    with pytest.raises(DataError, match="train, validation or test\nfound: 'valid'\nnext: ask"):
        drawn_prepared.rows("valid")


def test_rows_of_an_empty_partition(folder: Path):
    text = (folder / "table.csv").read_text().replace(",test,", ",train,")
    (folder / "table.csv").write_text(text)
    with pytest.raises(DataError, match=r"found: 86 train, 10 validation\n.*--partition-file"):
        load_prepared(folder, check=False).rows("test")


@pytest.mark.parametrize("name", ["pictures.npy", "table.csv"])
def test_one_flipped_bit_is_noticed(folder: Path, name: str):
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1  # a blue value, or a label
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=r"as they were written.*\nfound: others: a disk"):
        load_prepared(folder)
    load_prepared(folder, check=False)  # what is looked at one by one


def test_a_folder_of_before_everything_was_told_is_read(folder: Path):
    """Of the first format, which had no numbers of what is missing or named otherwise."""
    about = json.loads((folder / "prepared.json").read_text())
    del about["missing"], about["otherwise"]
    (folder / "prepared.json").write_text(json.dumps(about))
    assert load_prepared(folder).fingerprint == about["fingerprint"]


def test_the_folder_tells_how_it_was_made(drawn_prepared: Prepared):
    about = json.loads((drawn_prepared.root / "prepared.json").read_text())
    assert about["format"] == 1
    assert about["size"] == 64
    assert about["crop"] == [15, 35, 163, 183]
    assert about["source"] == "celeba"
    assert about["partition_file"] == "list_eval_partition.txt"
    assert about["listed"] == 96
    assert about["counts"] == {"train": 77, "validation": 10, "test": 9}
    assert about["skipped"] == {}
    assert about["fingerprint"] == drawn_prepared.fingerprint


def unfinished(root: Path) -> None:
    (root / "prepared.json").unlink()
    (root / "journal.jsonl").touch()


def newer(root: Path) -> None:
    about = json.loads((root / "prepared.json").read_text()) | {"format": 2}
    (root / "prepared.json").write_text(json.dumps(about))


def shorter_array(root: Path) -> None:
    np.save(root / "pictures.npy", np.load(root / "pictures.npy")[:-1])


def cut_array(root: Path) -> None:
    path = root / "pictures.npy"
    path.write_bytes(path.read_bytes()[:-1000])


def pickled_array(root: Path) -> None:
    np.save(root / "pictures.npy", np.array([{"a": 1}]), allow_pickle=True)


def other_columns(root: Path) -> None:
    text = (root / "table.csv").read_text()
    (root / "table.csv").write_text(text.replace("Young", "Old", 1))


def other_values(root: Path) -> None:
    text = (root / "table.csv").read_text()
    (root / "table.csv").write_text(text.replace(",train,1,", ",train,one,", 1))


@pytest.mark.parametrize(
    ("damage", "expected", "found", "todo"),
    [
        (shutil.rmtree, "a prepared folder at", "no such folder", "make it: python -m data prep"),
        (unfinished, "a prepared folder at", "an unfinished one", "finish it"),
        (lambda r: (r / "prepared.json").unlink(), "prepared.json in it", "table.csv", "another"),
        (lambda r: (r / "prepared.json").write_text("{"), "format 1", "unreadable", "delete"),
        (lambda r: (r / "prepared.json").write_text("[]"), "format 1", "unreadable", "delete"),
        (newer, "of format 1", "format 2", "make it again: python -m data prepare"),
        (shorter_array, "(96, 64, 64, 3)", "(95, 64, 64, 3) uint8", "make it again"),
        (cut_array, "a whole array in", "mmap", "make it again"),
        (pickled_array, "a whole array in", "", "make it again"),
        (lambda r: (r / "pictures.npy").unlink(), "a whole array", "No such file", "again"),
        (lambda r: (r / "table.csv").unlink(), "a table in", "No such file", "make it again"),
        (lambda r: (r / "table.csv").write_text(""), "a table in", "No columns", "make it again"),
        (other_columns, "and the 40 attributes", "43 columns starting id", "make it again"),
        (other_values, "a table in", "one", "make it again"),
    ],
)
def test_says_what_is_wrong(
    folder: Path, damage: Callable[[Path], None], expected: str, found: str, todo: str
):
    damage(folder)
    with pytest.raises(DataError) as error:
        load_prepared(folder)
    for part, words in zip(error.value.args, (expected, found, todo), strict=True):
        assert words in part


HEAVY = "{'PIL', 'torch', 'torchvision', 'tqdm', 'streamlit', 'umap', 'plotly', 'sklearn'}"


def imported_by(statement: str) -> str:
    """Which heavy packages a statement imports in a fresh process."""
    code = f"import sys; {statement}; print(sorted({HEAVY} & set(sys.modules)))"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_loading_needs_numpy_and_pandas_only():
    assert imported_by("import data; import data.prepared") == "[]"


def test_that_the_rule_above_can_fail():
    assert "PIL" in imported_by("import data.picture")
