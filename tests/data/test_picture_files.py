"""Pictures are matched by what they are called, wherever they lie; two of one name are refused."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from data.celeba import read_celeba
from data.errors import DataError
from data.picture_files import PictureFolder, PictureZip
from data.prepare import prepare

IMAGES = "img_align_celeba"


def packed(path: Path, members: dict[str, bytes]) -> PictureZip:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is: a constructor would turn backslashes
            archive.writestr(info, content)
    return PictureZip(path)


def test_a_zip_made_on_windows_or_on_a_mac_is_read(tmp_path: Path):
    pictures = packed(
        tmp_path / "a.zip",
        {
            "img_align_celeba\\000001.jpg": b"one",
            "img_align_celeba/000002.JPG": b"two",
            "__MACOSX/img_align_celeba/._000001.jpg": b"resource fork",
            "img_align_celeba/._000002.jpg": b"resource fork",
            "img_align_celeba/.DS_Store": b"",
            "img_align_celeba/readme.txt": b"",
        },
    )
    assert set(pictures.files) == {"000001", "000002"}
    read = pictures.reader()
    assert (read("000001.jpg"), read("000002.jpg")) == (b"one", b"two")


def test_of_two_folders_in_a_zip_the_aligned_pictures_are_taken(tmp_path: Path):
    pictures = packed(
        tmp_path / "a.zip",
        {"in_the_wild/000001.jpg": b"wild", "img_align_celeba/000001.jpg": b"aligned"},
    )
    assert pictures.reader()("000001.jpg") == b"aligned"


def test_two_that_may_differ_are_refused_by_name(tmp_path: Path):
    pictures = packed(tmp_path / "a.zip", {"a/000001.jpg": b"one", "b/000001.jpg": b"other"})
    with pytest.raises(DataError, match=r"1 with two, such as a/000001.jpg and b/000001.jpg"):
        _ = pictures.files
    same = packed(tmp_path / "b.zip", {"a/000001.jpg": b"one", "b/000001.jpg": b"one"})
    assert set(same.files) == {"000001"}


def test_a_zip_with_a_password_is_told(tmp_path: Path):
    path = tmp_path / "a.zip"
    packed(path, {"000001.jpg": b"one"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the list of members
    path.write_bytes(content)
    with pytest.raises(DataError, match="found: pictures with a password"):
        _ = PictureZip(path).files


def test_jpeg_is_preferred_to_another_ending_of_the_same_picture(tmp_path: Path):
    (tmp_path / "000001.png").write_bytes(b"png")
    (tmp_path / "000001.jpg").write_bytes(b"jpg")
    assert PictureFolder(tmp_path).reader()("000001.png") == b"jpg"


def test_the_png_copy_prepares_as_the_pictures_it_was_made_of(own: Path, tmp_path: Path):
    """The same ids, so that codes of either are codes of the same faces."""
    expected = prepare(read_celeba(own), tmp_path / "jpg", 16, workers=1)
    folder = own / "img_align_celeba_png"
    folder.mkdir()
    for path in (own / IMAGES).iterdir():
        with Image.open(path) as picture:
            picture.save(folder / f"{path.stem}.png")
    shutil.rmtree(own / IMAGES)
    found = prepare(read_celeba(own), tmp_path / "png", 16, workers=1)
    assert found.table.equals(expected.table)
    assert (found.pictures == expected.pictures).all()
    assert found.fingerprint == expected.fingerprint


@pytest.mark.parametrize("fuller", ["zip", "folder"])
def test_the_fuller_of_zip_and_folder_is_used_and_said(own: Path, fuller: str):
    with zipfile.ZipFile(own / f"{IMAGES}.zip", "w") as archive:
        for path in sorted((own / IMAGES).iterdir())[: 96 if fuller == "zip" else 50]:
            archive.write(path, f"{IMAGES}/{path.name}")
    if fuller == "zip":
        for path in sorted((own / IMAGES).iterdir())[5:]:
            path.unlink()
    celeba = read_celeba(own)
    assert isinstance(celeba.pictures, PictureZip if fuller == "zip" else PictureFolder)
    assert len(celeba.table) == 96
    told = celeba.summary()
    assert "of 2 places with pictures the one with most of the listed ones is used, 96" in told
    assert f"has {5 if fuller == 'zip' else 50}" in told


def test_pictures_unpacked_among_the_tables_are_found(own: Path):
    for path in list((own / IMAGES).iterdir()):
        path.rename(own / path.name)
    (own / IMAGES).rmdir()
    assert len(read_celeba(own).table) == 96


def test_a_picture_packed_in_an_unknown_way_is_a_bad_one_not_the_end(own: Path, tmp_path: Path):
    """Of 96, one is more than may be skipped: so it is named."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted((own / IMAGES).iterdir()):
            archive.write(path, f"{IMAGES}/{path.name}")
    packed = bytearray(content.getvalue())
    for place in (packed.index(b"PK\x03\x04") + 8, packed.index(b"PK\x01\x02") + 10):
        packed[place] = 97  # the first member's method
    shutil.rmtree(own / IMAGES)
    (own / f"{IMAGES}.zip").write_bytes(packed)
    with pytest.raises(DataError, match=r"000001.jpg \(NotImplementedError"):
        prepare(read_celeba(own), tmp_path / "out", workers=1)
