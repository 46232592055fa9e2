"""A folder of any pictures with a table: prepared, or refused with what to do."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.__main__ import main
from data.errors import DataError
from data.labelled import Options, held_out, read_labelled
from data.prepare import prepare
from data.prepared import load_prepared
from data.schema import SCHEMA

COLOURS = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (30, 30, 220)}
COUNT = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """30 pictures of 40x20, each of one colour, with a brighter middle; and what they are."""
    root = tmp_path / "pets"
    root.mkdir()
    lines = ["file,colour,round,weight"]
    for k in range(COUNT):
        name = list(COLOURS)[k % 3]
        picture = Image.new("RGB", (40, 20), COLOURS[name])
        picture.paste((250, 250, 250), (15, 5, 25, 15))
        picture.save(root / f"pet {k}.png")
        lines.append(f"pet {k}.png,{name},{k % 2},{k / 4}")
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


def test_pictures_and_labels_come_together(folder: Path, tmp_path: Path):
    source = read_labelled(folder, Options("labels.csv", one="pet", many="pets"))
    found = prepare(source, tmp_path / "out", 16, workers=1)
    assert found.schema.labels == (
        "colour_blue", "colour_green", "colour_red", "round", "weight_high",
    )  # fmt: skip
    assert (found.schema.dataset, found.schema.one) == ("pets", "pet")
    assert found.labels.shape == (COUNT, 5)
    assert found.pictures.shape == (COUNT, 16, 16, 3)
    for row, name in enumerate(found.table["id"]):
        k = int(name.removeprefix("pet ").removesuffix(".png"))
        colour = list(COLOURS)[k % 3]
        assert found.table[f"colour_{colour}"][row]
        assert found.table["round"][row] == k % 2
        assert found.pictures[row, 0, 0].tolist() == list(COLOURS[colour])
        assert found.pictures[row, 8, 8].min() > 240  # the middle of the picture
    again = load_prepared(found.root)
    assert (again.schema, again.fingerprint) == (found.schema, found.fingerprint)
    counts = found.table["partition"].value_counts().to_dict()
    assert counts == {"train": 24, "validation": 3, "test": 3}


def test_the_schema_is_part_of_what_must_not_change(folder: Path, tmp_path: Path):
    source = read_labelled(folder, Options("labels.csv"))
    found = prepare(source, tmp_path / "out", 16, workers=1)
    path = found.root / SCHEMA
    path.write_text(path.read_text().replace('"pets"', '"pests"'))
    with pytest.raises(DataError, match="as they were written"):
        load_prepared(found.root)


def test_grey_whole_and_boxed_pictures(folder: Path, tmp_path: Path):
    def first(name: str, **options) -> np.ndarray:
        source = read_labelled(folder, Options("labels.csv", **options))
        made = prepare(source, tmp_path / name, 16, workers=1)
        return made.pictures[made.table["id"] == "pet 0.png"][0]

    whole = first("whole", cut="whole")
    assert whole[0].max() == 0  # black above
    assert whole[8, 0].tolist() == list(COLOURS["red"])
    grey = first("grey", grey=True)
    assert grey.shape == (16, 16, 1)
    assert abs(int(grey[0, 0, 0]) - (0.299 * 220 + 0.587 * 30 + 0.114 * 30)) < 1.5
    assert load_prepared(tmp_path / "grey").channels == 1
    box = first("box", cut=(15, 5, 25, 15))
    assert box.min() == 250


def test_without_a_table_there_are_no_labels(folder: Path, tmp_path: Path):
    found = prepare(read_labelled(folder, Options()), tmp_path / "out", 16, workers=1)
    assert found.schema.labels == ()
    assert found.labels.shape == (COUNT, 0)
    assert load_prepared(found.root).schema == found.schema


def test_who_is_held_out_hangs_on_names_alone():
    names = [f"{k}.png" for k in range(50)]
    found = dict(zip(names, held_out(names), strict=True))
    assert sorted(found.values()).count("validation") == 5
    turned = names[::-1]
    assert dict(zip(turned, held_out(turned), strict=True)) == found


def test_a_column_tells_partitions(folder: Path):
    path = folder / "labels.csv"
    head, *rows = path.read_text().splitlines()
    told = ["train", "val", "test"]
    rows = [f"{row},{told[k % 3]}" for k, row in enumerate(rows)]
    path.write_text("\n".join([f"{head},split", *rows]))
    source = read_labelled(folder, Options("labels.csv"))
    assert source.table["partition"].value_counts().to_dict() == {
        "train": 10, "validation": 10, "test": 10,
    }  # fmt: skip
    assert "split" not in source.schema.labels


@pytest.mark.parametrize(
    ("options", "change", "told"),
    [
        ({"columns": ("size",)}, None, r"--columns of the columns colour, round, weight.*\n"
         "found: unknown size"),
        ({"factors": ("size",)}, None, "--factors of the columns"),
        ({"table": "others.csv"}, None, r"found: no such file; labels.csv in"),
        ({}, lambda text: text + "pet 99.png,red,1,2\n",
         r"a picture in .* for each of the 31 rows of .*\nfound: none for 1 of them: pet 99.png"),
        ({}, lambda text: text + "pet 1.png,red\n", "one row for each picture"),
        ({}, lambda text: text.replace("pet 3.png,red,1,0.75", "pet 3.png,red,1"),
         r"3 values beside the picture's name in line 5"),
        ({}, lambda text: text.replace(",0,", ",1,"), r"different values of round"),
        ({}, lambda text: text.split("\n", 1)[1], r"a header and a row|a header names every"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_are_refused(folder: Path, options, change, told):
    path = folder / "labels.csv"
    if change:
        path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match=told):
        read_labelled(folder, Options(**{"table": "labels.csv"} | options))


def test_folders_without_pictures_are_refused(tmp_path: Path, folder: Path):
    with pytest.raises(DataError, match="no such folder"):
        read_labelled(tmp_path / "none", Options())
    deeper = tmp_path / "classes"
    shutil.copytree(folder, deeper / "cats")
    with pytest.raises(DataError, match="none, but in folders within it"):
        read_labelled(deeper, Options())


def test_the_command_line_and_the_folders_own_options(folder: Path, tmp_path: Path, capsys):
    out = str(tmp_path / "out")
    given = ["prepare", str(folder), "--out", out, "--size", "8", "--workers", "1"]
    assert main([*given, "--table", "labels.csv", "--columns", "colour", "--grey"]) == 0
    assert "3 labels: colour_blue, colour_green, colour_red" in capsys.readouterr().out
    assert load_prepared(out).pictures.shape == (COUNT, 8, 8, 1)
    told = {"table": "labels.csv", "size": 16, "many": "pets"}
    (folder / "dataset.json").write_text(json.dumps(told))
    assert main(["prepare", str(folder), "--out", str(tmp_path / "b"), "--workers", "1"]) == 0
    found = load_prepared(tmp_path / "b")
    assert (found.size, found.schema.many) == (16, "pets")
    (folder / "dataset.json").write_text(json.dumps({"tables": "labels.csv"}))
    assert main(["prepare", str(folder), "--out", str(tmp_path / "c")]) == 2
    assert "unknown tables" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--crop", "left"], "centre, whole or a box"),
        (["--crop", "0", "0", "10", "20"], "a square box LEFT TOP RIGHT BOTTOM"),
        (["--partition-file", "x.txt"], "in a column `partition` of the table"),
    ],
)
def test_options_that_cannot_be_are_refused(folder: Path, tmp_path: Path, given, told, capsys):
    command = ["prepare", str(folder), "--out", str(tmp_path / "out"), "--table", "labels.csv"]
    assert main([*command, *given]) == 2
    assert told in capsys.readouterr().err
