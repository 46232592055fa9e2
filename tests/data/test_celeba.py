"""Reading the official layout and its variants, and every way in which it can be wrong."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.attributes import ATTRIBUTES
from data.celeba import read_celeba
from data.errors import DataError
from data.picture_files import PictureFolder, PictureZip


def edit(path: Path, line: int, change: Callable[[str], str]) -> None:
    """Change one line, counted from 1."""
    lines = path.read_text().splitlines()
    lines[line - 1] = change(lines[line - 1])
    path.write_text("\n".join(lines) + "\n")


def zip_pictures(root: Path, inside: str = "img_align_celeba") -> Path:
    """Replace the folder of pictures by the zip."""
    path = root / "img_align_celeba.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for picture in sorted((root / "img_align_celeba").iterdir()):
            archive.write(picture, f"{inside}/{picture.name}")
    shutil.rmtree(root / "img_align_celeba")
    return path


def tables_to_csv(root: Path) -> None:
    """Replace the .txt tables by the .csv tables of the Kaggle copy, which has no identities."""
    attributes = (root / "list_attr_celeba.txt").read_text().splitlines()[1:]
    rows = [",".join(line.split()) for line in attributes]
    rows[0] = "image_id," + rows[0]
    (root / "list_attr_celeba.csv").write_text("\n".join(rows))
    partitions = (root / "list_eval_partition.txt").read_text().splitlines()
    rows = ["image_id,partition"] + [",".join(line.split()) for line in partitions]
    (root / "list_eval_partition.csv").write_text("\n".join(rows))
    for name in ("list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt"):
        (root / name).unlink()


def test_reads_the_official_layout(drawn: Path):
    celeba = read_celeba(drawn)
    table = celeba.table
    assert isinstance(celeba.pictures, PictureFolder)
    assert list(table.columns) == ["id", "partition", "identity", *ATTRIBUTES]
    assert table["id"].tolist() == [f"{k + 1:06d}.jpg" for k in range(96)]
    assert table["identity"].dtype == np.int32
    assert all(table[a].dtype == bool for a in ATTRIBUTES)
    # Values against the lines of the file itself.
    for line in (drawn / "list_attr_celeba.txt").read_text().splitlines()[2:]:
        name, *signs = line.split()
        row = table[table["id"] == name].iloc[0]
        assert [bool(row[a]) for a in ATTRIBUTES] == [sign == "1" for sign in signs]


def test_summary_counts_by_partition(drawn: Path):
    summary = read_celeba(drawn).summary()
    assert "96 of the 96 listed in list_eval_partition.txt are here" in summary
    assert "77 train, 10 validation, 9 test" in summary
    assert "left out" not in summary


@pytest.mark.parametrize("inside", ["img_align_celeba", "img_align_celeba/img_align_celeba"])
def test_zip_equals_folder(own: Path, inside: str):
    folder = read_celeba(own)
    read_folder = folder.pictures.reader()
    expected = [read_folder(name) for name in folder.table["id"]]
    zip_pictures(own, inside)
    zipped = read_celeba(own)
    assert isinstance(zipped.pictures, PictureZip)
    assert zipped.table.equals(folder.table)
    read_zip = zipped.pictures.reader()
    assert [read_zip(name) for name in zipped.table["id"]] == expected


def test_csv_equals_txt(own: Path):
    expected = read_celeba(own).table
    tables_to_csv(own)
    table = read_celeba(own).table
    assert (table["identity"] == -1).all()
    assert table.drop(columns="identity").equals(expected.drop(columns="identity"))


def test_kaggle_nests_the_pictures(own: Path):
    expected = read_celeba(own).table
    (own / "img_align_celeba").rename(own / "inner")
    (own / "img_align_celeba").mkdir()
    (own / "inner").rename(own / "img_align_celeba" / "img_align_celeba")
    assert read_celeba(own).table.equals(expected)


def test_folders_of_the_official_drive(own: Path):
    expected = read_celeba(own).table
    zip_pictures(own)
    for folder, name in {
        "Img": "img_align_celeba.zip",
        "Anno": "list_attr_celeba.txt",
        "Eval": "list_eval_partition.txt",
    }.items():
        (own / folder).mkdir()
        (own / name).rename(own / folder / name)
    (own / "identity_CelebA.txt").rename(own / "Anno" / "identity_CelebA.txt")
    assert read_celeba(own).table.equals(expected)


def test_windows_line_ends(own: Path):
    expected = read_celeba(own).table
    for path in own.glob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_celeba(own).table.equals(expected)


def test_attributes_in_another_order_are_sorted(own: Path):
    expected = read_celeba(own).table
    path = own / "list_attr_celeba.txt"
    count, header, *rows = path.read_text().splitlines()
    turned = [" ".join(reversed(header.split()))]
    for row in rows:
        name, *signs = row.split()
        turned.append(" ".join([name, *reversed(signs)]))
    path.write_text("\n".join([count, *turned]))
    assert read_celeba(own).table.equals(expected)


@pytest.mark.parametrize("where", ["relative to the source", "absolute", "working directory"])
def test_another_partition_file(own: Path, where: str, tmp_path: Path, monkeypatch):
    folder = own if where == "relative to the source" else tmp_path
    (folder / "mine.txt").write_text("000001.jpg 1\n000002.jpg 0\n")
    monkeypatch.chdir(tmp_path)
    given = tmp_path / "mine.txt" if where == "absolute" else "mine.txt"
    celeba = read_celeba(own, given)
    assert celeba.table["partition"].tolist() == ["validation", "train"]
    assert celeba.partition_file == "mine.txt"
    assert "2 of the 2 listed in mine.txt" in celeba.summary()
    assert "94 more are left out: no partition or no attributes" in celeba.summary()


def test_a_part_of_the_pictures_is_enough(own: Path):
    for k in range(40):
        (own / "img_align_celeba" / f"{k + 1:06d}.jpg").unlink()
    celeba = read_celeba(own)
    assert len(celeba.table) == len(celeba.stamps) == 56
    assert "56 of the 96 listed in list_eval_partition.txt are here" in celeba.summary()


def without(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def in_line(name: str, line: int, old: str, new: str) -> Callable[[Path], None]:
    return lambda root: edit(root / name, line, lambda text: text.replace(old, new, 1))


def no_pictures(root: Path) -> None:
    shutil.rmtree(root / "img_align_celeba")


def other_pictures(root: Path) -> None:
    for path in list((root / "img_align_celeba").iterdir()):
        path.rename(path.with_name("x" + path.name))


def half_a_zip(root: Path) -> None:
    path = zip_pictures(root)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def unrelated(root: Path) -> None:
    shutil.rmtree(root)
    root.mkdir()
    (root / "holiday.png").touch()


def cut_short(root: Path) -> None:
    lines = (root / "list_attr_celeba.txt").read_text().splitlines()
    (root / "list_attr_celeba.txt").write_text("\n".join(lines[:52]))


def a_line_again(root: Path) -> None:
    edit(root / "list_attr_celeba.txt", 4, lambda text: text.replace("000002", "000001"))


ATTR, PART, WHO = "list_attr_celeba.txt", "list_eval_partition.txt", "identity_CelebA.txt"


@pytest.mark.parametrize(
    ("damage", "expected", "found", "todo"),
    [
        (without(ATTR), "list_attr_celeba.txt or list_attr_celeba.csv", WHO, "data download"),
        (without(PART), "list_eval_partition.txt or list_eval_partition.csv", ATTR, "page"),
        (in_line(ATTR, 7, " 1", ""), "40 values in line 7", "39 values", "download the file"),
        (in_line(ATTR, 7, " 1", " 1 1"), "40 values in line 7", "41 values", "download the file"),
        (in_line(ATTR, 9, " 1", " 0"), "-1 and 1 in line 9", "'0'", "-1 for absent"),
        (in_line(ATTR, 2, "Bald", "Blad"), "40 official", "unknown: Blad; missing: Bald", "again"),
        (in_line(ATTR, 2, "Young", ""), "40 official", "39 names; missing: Young", "again"),
        (cut_short, "96 rows", "50", "download the file again"),
        (a_line_again, "one row for each", "000001.jpg in line 3 and, with other", "delete"),
        (in_line(PART, 5, " 0", " 3"), "1 (validation) or 2 (test) in line 5", "3", "correct"),
        (in_line(PART, 5, " 0", ""), "in line 5", "000005.jpg", "--partition-file"),
        (in_line(WHO, 2, " 2", " two"), "person in line 2", "two", "optional"),
        (no_pictures, "img_align_celeba.zip or a folder", ATTR, "put the pictures there"),
        (other_pictures, "96 ids listed", "none of them among the 96 pictures", "in the wild"),
        (half_a_zip, "a whole zip", "File is not a zip file", "interrupted download"),
        (unrelated, "CelebA in", "none of them, but holiday.png", "data download"),
    ],
)
def test_says_what_is_wrong(
    own: Path, damage: Callable[[Path], None], expected: str, found: str, todo: str
):
    damage(own)
    with pytest.raises(DataError) as error:
        read_celeba(own)
    for part, words in zip(error.value.args, (expected, found, todo), strict=True):
        assert words in part


def test_says_when_the_source_is_no_folder(tmp_path: Path):
    with pytest.raises(DataError, match=r"no such folder\nnext: .*python -m data download"):
        read_celeba(tmp_path / "nowhere")
    (tmp_path / "celeba.zip").touch()
    with pytest.raises(DataError, match=r"found: a file\nnext: give the folder"):
        read_celeba(tmp_path / "celeba.zip")


def test_says_when_the_given_partition_file_is_missing(drawn: Path):
    with pytest.raises(DataError, match=r"partition file mine\.txt") as error:
        read_celeba(drawn, "mine.txt")
    assert "identity_CelebA.txt" in str(error.value)  # what is there
    assert "correct --partition-file" in str(error.value)


def test_says_when_a_table_is_not_text(own: Path):
    (own / "list_attr_celeba.txt").write_bytes(b"\x81\x00\xff" * 9)
    with pytest.raises(DataError, match=r"expected: text in .*list_attr_celeba"):
        read_celeba(own)


@pytest.mark.celeba
def test_real_celeba(celeba_root: Path):
    celeba = read_celeba(celeba_root)
    table = celeba.table
    assert len(table) <= celeba.listed
    assert set(table["partition"]) <= {"train", "validation", "test"}
    # Known of CelebA: more women, few hats, bald people are men.
    assert 0.3 < table["Male"].mean() < 0.55
    assert 0.02 < table["Wearing_Hat"].mean() < 0.1
    assert table.loc[table["Bald"], "Male"].mean() > 0.95
