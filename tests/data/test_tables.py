"""Tables as people have them give what the official ones give; the others are refused by name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.attributes import ATTRIBUTES
from data.celeba import ATTRIBUTE_LIST, PARTITION_LIST, read_attributes, read_celeba
from data.celeba import read_partitions as partitions_of
from data.errors import DataError
from data.tables import picture_id, picture_key

FLAGS = np.random.default_rng(0).random((5, 40)) < 0.3
NAMES = [f"{k + 1:06d}.jpg" for k in range(5)]
AGAIN = "the file again"

Spelling = Callable[[str, bool], str]  # of a value, of a picture and of what it is


def csv_of(
    spelling: Callable[[bool], str] = lambda has: "1" if has else "-1",
    separator: str = ",",
    names: list[str] = NAMES,
    head: str = "image_id",
) -> list[str]:
    rows = [separator.join([head, *ATTRIBUTES])]
    for name, flags in zip(names, FLAGS, strict=True):
        rows.append(separator.join([name, *(spelling(bool(has)) for has in flags)]))
    return rows


def official() -> list[str]:
    signs = [["1" if has else "-1" for has in flags] for flags in FLAGS]
    rows = [" ".join([name, *row]) for name, row in zip(NAMES, signs, strict=True)]
    return ["5", " ".join(ATTRIBUTES) + " ", *rows]


def with_index(rows: list[str]) -> list[str]:
    head, *rest = rows
    return [f",{head}", *(f"{k},{row}" for k, row in enumerate(rest))]


def quoted(rows: list[str]) -> list[str]:
    return [",".join(f'"{cell}"' for cell in row.split(",")) for row in rows]


CASES = {
    "official": official(),
    "comma": csv_of(),
    "semicolon": csv_of(separator=";"),
    "tab": csv_of(separator="\t"),
    "0 and 1": csv_of(lambda has: str(int(has))),
    "fractions": csv_of(lambda has: "1.0" if has else "-1.0"),
    "0.0 and 1.0": csv_of(lambda has: "1.0" if has else "0.0"),
    "decimal commas": csv_of(lambda has: "1,0" if has else "-1,0", separator=";"),
    "truth": csv_of(lambda has: "True" if has else "False"),
    "shouted": csv_of(lambda has: "TRUE" if has else "FALSE"),
    "quotes": quoted(csv_of()),
    "index": with_index(csv_of()),
    "index of pandas": csv_of(head=""),
    "filename": csv_of(head="filename"),
    "file": csv_of(head="File"),
    "id, no ending": csv_of(head="id", names=[name[:-4] for name in NAMES]),
    "numbers": csv_of(head="id", names=["1", "2", "3", "4", "5"]),
    "png": csv_of(names=[name.replace("jpg", "png") for name in NAMES]),
    "folders": csv_of(names=[f"img_align_celeba/{name}" for name in NAMES]),
    "folders of Windows": csv_of(names=[f"C:\\faces\\{name.upper()}" for name in NAMES]),
    "doubled": [*csv_of(), csv_of()[2]],
    "empty lines": [line for row in csv_of() for line in (row, "", " , ")],
    "spaces in names": [csv_of()[0].replace("_", " ").replace("image id", "id"), *csv_of()[1:]],
}
ENCODINGS = {
    "utf-8": "utf-8",
    "with a mark": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16 without a mark": "utf-16-le",
}


@pytest.mark.parametrize("rows", CASES.values(), ids=CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["Unix", "Windows"])
def test_every_spelling_says_the_same(tmp_path: Path, rows: list[str], end: str):
    for encoding in ENCODINGS.values():
        path = tmp_path / f"{ATTRIBUTE_LIST}.csv"
        path.write_bytes(end.join(rows).encode(encoding))
        found = read_attributes(path)
        assert list(found.ids.values()) == NAMES
        np.testing.assert_array_equal(found.flags, FLAGS)


def test_a_row_that_is_there_twice_is_said(tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(CASES["doubled"]))
    assert read_attributes(path).notes == ("1 rows of table.csv are there twice",)


PARTITIONS = {
    "official": "000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n",
    "words": "image_id,partition\n000001.jpg,train\n000002.jpg,val\n000003.jpg,test\n",
    "other words": "filename;split\n000001;Training\n000002;validation\n000003;TEST\n",
    "fractions": "id\tpartition\n1\t0.0\n2\t1.0\n3\t2.0\n",
    "index": ",image_id,partition\n0,000001.jpg,0\n1,000002.jpg,1\n2,000003.jpg,2\n",
    "index, no header": "0,000001.jpg,0\n1,000002.jpg,1\n2,000003.jpg,2\n",
    "last column": "partition,image_id\n0,000001.jpg\n1,000002.jpg\n2,000003.jpg\n",
}


@pytest.mark.parametrize("text", PARTITIONS.values(), ids=PARTITIONS)
def test_every_partition_says_the_same(tmp_path: Path, text: str):
    path = tmp_path / f"{PARTITION_LIST}.csv"
    path.write_text(text)
    assert partitions_of(path) == {"000001": "train", "000002": "validation", "000003": "test"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("000001.jpg 0\n000001.jpg 1\n", "000001.jpg in line 1 and, with other values, in line 2"),
        ("000001.jpg 0\n000001.png 1\n", "000001.jpg in line 1 and, with other values, in line 2"),
        ("000001.jpg 0\n000002.jpg 7\n", "000002.jpg 7"),
        ("000001.jpg 7\n", "000001.jpg 7"),
        ("image_id,partition\n000001.jpg\n", "000001.jpg"),
        ("PK\x03\x04 a workbook", "a spreadsheet or an archive"),
        ("000001.jpg\0 0\n", "something else"),
        ('000001.jpg,"' + 200_000 * "0", "field larger than field limit"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, text: str, found: str):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    with pytest.raises(DataError) as error:
        partitions_of(path)
    assert found in error.value.found


def test_0_beside_minus_1_is_refused(tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(csv_of()).replace("-1", "0", 1))
    with pytest.raises(DataError, match=r"in line 2 of .*\nfound: '0'"):
        read_attributes(path)


@pytest.mark.parametrize(
    ("name", "key", "called"),
    [
        ("000001.jpg", "000001", "000001.jpg"),
        ("img\\000001.JPEG", "000001", "000001.jpg"),
        ("a/b/1", "000001", "000001.jpg"),
        ("Cat 1.PNG", "cat 1", "Cat 1.PNG"),
        ("v1.2", "v1.2", "v1.2.jpg"),
        (" 000001.png ", "000001", "000001.jpg"),
    ],
)
def test_names_of_one_picture(name: str, key: str, called: str):
    assert (picture_key(name), picture_id(name)) == (key, called)


def rewritten(root: Path, name: str, change: Callable[[str], str]) -> None:
    text = (root / f"{name}.txt").read_text()
    (root / f"{name}.txt").write_text(change(text))


def test_conflicting_rows_are_refused_by_the_whole_reader(own: Path):
    rewritten(own, PARTITION_LIST, lambda text: text + "000003.jpg 2\n")
    with pytest.raises(DataError, match=r"found: 000003.jpg in line 3 and"):
        read_celeba(own)


def test_every_listed_id_is_accounted_for(own: Path):
    pictures = own / "img_align_celeba"
    for k in (4, 9, 11, 30):
        (pictures / f"{k:06d}.jpg").unlink()
    (pictures / "000007.jpg").rename(pictures / "000007.JPG")
    (pictures / "000008.jpg").rename(pictures / "000008.jpeg")
    shutil.copy(pictures / "000001.jpg", pictures / "stranger.jpg")
    celeba = read_celeba(own)
    assert len(celeba.table) + len(celeba.missing) == celeba.listed == 96
    assert celeba.missing == ("000004.jpg", "000009.jpg", "000011.jpg", "000030.jpg")
    assert celeba.otherwise == ("000007.JPG", "000008.jpeg")
    assert celeba.unlabelled == 1
    told = celeba.summary()
    assert "4 are listed, and their picture or attributes are missing: 000004.jpg, 000009" in told
    assert "2 pictures have another ending" in told
    read = celeba.pictures.reader()
    assert read("000007.jpg") == (pictures / "000007.JPG").read_bytes()
