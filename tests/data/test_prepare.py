"""From CelebA to a prepared folder: the pixels, continuing, skipping, refusing."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import data.prepare
from data.celeba import read_celeba
from data.draw import draw_celeba
from data.errors import DataError
from data.files import RoomError
from data.picture import face_crop, resized
from data.prepare import prepare
from data.prepared import Prepared, load_prepared


def same(a: Prepared, b: Prepared) -> bool:
    return (
        np.array_equal(a.pictures, b.pictures)
        and a.table.equals(b.table)
        and a.fingerprint == b.fingerprint
    )


def damage_pictures(root: Path, *numbers: int) -> None:
    """Cut pictures in half."""
    for number in numbers:
        path = root / "img_align_celeba" / f"{number:06d}.jpg"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def resize_pictures(root: Path, width: int, height: int) -> None:
    for path in (root / "img_align_celeba").iterdir():
        with Image.open(path) as picture:
            picture.resize((width, height), Image.Resampling.LANCZOS).save(path, quality=95)


def test_equals_pillow_one_by_one(drawn: Path, drawn_prepared: Prepared):
    """To within the rounding of the two kernels: one level, and not often."""
    for row, name in enumerate(drawn_prepared.table["id"]):
        with Image.open(drawn / "img_align_celeba" / name) as picture:
            face = picture.crop((15, 35, 163, 183)).resize((64, 64), Image.Resampling.BICUBIC)
        apart = np.abs(drawn_prepared.pictures[row].astype(int) - np.asarray(face))
        assert apart.max() <= 1
        assert apart.mean() < 0.05


def test_processes_and_zip_make_no_difference(
    own: Path, drawn_prepared: Prepared, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(data.prepare, "CHUNK", 20)  # several chunks, the last one short
    shutil.make_archive(str(own / "img_align_celeba"), "zip", own, "img_align_celeba")
    shutil.rmtree(own / "img_align_celeba")
    assert same(prepare(read_celeba(own), tmp_path / "out", workers=2), drawn_prepared)


# 44x54 and 45x55 are what a quarter of 178x218 rounds to.
@pytest.mark.parametrize("frame", [(356, 436), (89, 109), (45, 55), (44, 54)])
def test_a_resized_source_is_cropped_at_the_same_place(
    own: Path, drawn: Path, tmp_path: Path, frame: tuple[int, int]
):
    full = prepare(read_celeba(drawn), tmp_path / "full", size=24, workers=1)
    resize_pictures(own, *frame)
    other = prepare(read_celeba(own), tmp_path / "other", size=24, workers=1)
    difference = np.abs(full.pictures.astype(float) - other.pictures)
    shifted = np.abs(full.pictures[:, :, 1:].astype(float) - full.pictures[:, :, :-1])
    assert difference.mean() < 3
    assert difference.mean() < shifted.mean() / 2  # a pixel off would show


def test_pictures_of_several_resolutions_are_each_as_if_alone(own: Path, tmp_path: Path):
    """The fourth is cropped between its pixels."""
    names = read_celeba(own).table["id"]
    for name, frame in zip(names[:4], [(356, 436), (178, 218), (356, 436), (89, 109)], strict=True):
        path = own / "img_align_celeba" / name
        with Image.open(path) as picture:
            picture.resize(frame).save(path)
    found = prepare(read_celeba(own), tmp_path / "out", size=24, workers=1).pictures
    contents = [(own / "img_align_celeba" / name).read_bytes() for name in names]
    alone = [resized([face_crop(content, 24)], 24)[0] for content in contents]
    np.testing.assert_array_equal(found, alone)


def test_a_grey_picture_becomes_rgb(own: Path, tmp_path: Path):
    path = own / "img_align_celeba" / "000001.jpg"
    with Image.open(path) as picture:
        picture.convert("L").save(path)
    (face,) = resized([face_crop(path.read_bytes(), 64)], 64)
    assert face.shape == (64, 64, 3)
    assert (face[..., 0] == face[..., 2]).all()


def test_another_aspect_ratio_is_a_bad_picture(own: Path, tmp_path: Path):
    resize_pictures(own, 178, 178)
    with pytest.raises(DataError, match="178x178 is not the aligned frame 178x218"):
        prepare(read_celeba(own), tmp_path / "out", workers=1)


def test_interrupted_then_continued_equals_uninterrupted(
    drawn: Path, drawn_prepared: Prepared, tmp_path: Path, monkeypatch
):
    decoded = []

    def stop_after(count):
        def decode(jpeg: bytes, size: int) -> np.ndarray:
            if len(decoded) == count:
                raise KeyboardInterrupt
            decoded.append(jpeg)
            return face_crop(jpeg, size)

        monkeypatch.setattr(data.prepare, "face_crop", decode)

    monkeypatch.setattr(data.prepare, "CHUNK", 20)
    out = tmp_path / "out"
    stop_after(50)
    with pytest.raises(KeyboardInterrupt):
        prepare(read_celeba(drawn), out, workers=1)
    with pytest.raises(DataError, match="an unfinished one"):
        load_prepared(out)

    with (out / "journal.jsonl").open("a") as journal:
        journal.write('{"chunk": 4, "ba')  # the line being written when the power went
    decoded.clear()
    stop_after(None)
    said = []
    prepared = prepare(read_celeba(drawn), out, workers=1, say=said.append)
    assert len(decoded) == 96 - 40
    assert said[0] == "continuing: 2 of 5 chunks are done"
    assert same(prepared, drawn_prepared)
    assert sorted(p.name for p in out.iterdir()) == ["pictures.npy", "prepared.json", "table.csv"]


def test_a_full_disk_is_told_and_what_was_written_is_kept(
    drawn: Path, drawn_prepared: Prepared, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(data.prepare, "CHUNK", 20)
    out, sync, writes = tmp_path / "out", os.fsync, []

    def full_later(file: int):
        writes.append(os.readlink(f"/proc/self/fd/{file}"))
        if len([name for name in writes if name.endswith("pictures.partial.npy")]) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", full_later)
        with pytest.raises(DataError, match="No space left on device\nnext: free some space"):
            prepare(read_celeba(drawn), out, workers=1)
    said = []
    prepared = prepare(read_celeba(drawn), out, workers=1, say=said.append)
    assert said[0] == "continuing: 2 of 5 chunks are done"
    assert same(prepared, drawn_prepared)


def test_changed_input_does_not_continue(own: Path, tmp_path: Path, monkeypatch):
    """Half of the chunks done, then another size is asked for."""
    monkeypatch.setattr(data.prepare, "CHUNK", 20)
    out = tmp_path / "out"
    stop_at = read_celeba(own).table["id"][50]
    path = own / "img_align_celeba" / stop_at
    jpeg = path.read_bytes()
    path.write_bytes(b"not a picture")
    with pytest.raises(DataError, match=stop_at):
        prepare(read_celeba(own), out, workers=1)
    path.write_bytes(jpeg)
    said = []
    prepared = prepare(read_celeba(own), out, size=32, workers=1, say=said.append)
    assert prepared.pictures.shape == (96, 32, 32, 3)
    assert not any("continuing" in line for line in said)
    assert prepared.pictures.any(axis=(1, 2, 3)).all()  # none left black


def test_second_run_decodes_nothing(drawn: Path, tmp_path: Path, monkeypatch):
    out = tmp_path / "out"
    first = prepare(read_celeba(drawn), out, workers=1)
    stamps = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    monkeypatch.setattr(data.prepare, "face_crop", None)  # any call would fail
    said = []
    second = prepare(read_celeba(drawn), out, workers=1, say=said.append)
    assert said == [f"{out} is up to date: nothing to do"]
    assert stamps == {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
    assert same(first, second)


def test_pictures_that_a_disk_has_changed_are_made_anew(
    drawn: Path, drawn_prepared: Prepared, tmp_path: Path
):
    out = shutil.copytree(drawn_prepared.root, tmp_path / "out")
    with (out / "pictures.npy").open("r+b") as file:
        file.seek(200_000)
        file.write(bytes(500_000))
    said = []
    assert same(prepare(read_celeba(drawn), out, workers=1, say=said.append), drawn_prepared)
    assert said[0] == f"{out} is made anew: others: a disk or a copy has changed them"


def test_more_or_larger_pictures_are_not_replaced_unasked(
    own: Path, drawn_prepared: Prepared, tmp_path: Path
):
    out = shutil.copytree(drawn_prepared.root, tmp_path / "out")
    with pytest.raises(DataError, match=r"the 96 pictures of 64x64 .*\nfound: 96 of 32x32\n"):
        prepare(read_celeba(own), out, size=32, workers=1)
    (own / "img_align_celeba" / "000001.jpg").unlink()
    with pytest.raises(DataError, match=r"found: 95 of 64x64\nnext: .*--out, or add --replace"):
        prepare(read_celeba(own), out, workers=1)
    assert same(load_prepared(out), drawn_prepared)
    assert len(prepare(read_celeba(own), out, workers=1, replace=True).table) == 95


def test_a_preparation_killed_while_it_replaces_another_leaves_either_whole(
    own: Path, drawn_prepared: Prepared, tmp_path: Path, monkeypatch
):
    """The old stays until all of the new is there; what was decoded is not decoded again."""
    out = shutil.copytree(drawn_prepared.root, tmp_path / "out")
    labels = own / "list_attr_celeba.txt"
    labels.write_text(labels.read_text().replace(" 1", "-1", 1))
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", None)  # the commit point cannot be passed
        with pytest.raises(TypeError):
            prepare(read_celeba(own), out, workers=1)
    assert same(load_prepared(out), drawn_prepared)
    monkeypatch.setattr(data.prepare, "face_crop", None)  # any call would fail
    found = prepare(read_celeba(own), out, workers=1)
    assert found.fingerprint != drawn_prepared.fingerprint
    assert sorted(p.name for p in out.iterdir()) == ["pictures.npy", "prepared.json", "table.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a small disk in memory")
def test_a_disk_that_fills_is_a_message_not_the_end_of_the_process(drawn: Path, tmp_path: Path):
    """A real one of 2 MB, whose room another file takes while pictures are decoded."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        options = ["prepare", str(drawn), "--out", str(disk / "out"), "--workers", "1"]
        full = "from data.__main__ import main; import sys; sys.exit(main({!r}))"
        filler = (
            "import data.files; room = data.files.check_room\n"
            "from pathlib import Path\n"
            "import data.prepare\n"
            "def taken(*given):\n"
            "    room(*given)\n"
            f"    Path({str(disk / 'other')!r}).write_bytes(bytes(1_500_000))\n"
            "data.prepare.check_room = taken\n"
        )
        run = [sys.executable, "-c", filler + full.format(options)]
        done = subprocess.run(run, capture_output=True, text=True)
        assert done.returncode == 2
        assert "found: No space left on device\nnext: free some space" in done.stderr
        (disk / "other").unlink()
        done = subprocess.run([sys.executable, "-m", "data", *options], capture_output=True)
        assert done.returncode == 0
        assert len(load_prepared(disk / "out").table) == 96
    finally:
        subprocess.run(["umount", str(disk)])


def test_fingerprint_follows_labels_pixels_and_size(
    own: Path, drawn_prepared: Prepared, tmp_path: Path
):
    def fingerprint(size: int = 64) -> str:
        return prepare(read_celeba(own), tmp_path / "out", size, workers=1).fingerprint

    seen = [drawn_prepared.fingerprint, fingerprint(size=32)]
    labels = own / "list_attr_celeba.txt"
    original = labels.read_text()
    labels.write_text(original.replace(" 1", "-1", 1))
    seen.append(fingerprint())
    labels.write_text(original)
    path = own / "img_align_celeba" / "000001.jpg"
    with Image.open(path) as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    seen.append(fingerprint())
    assert len(set(seen)) == len(seen)


def test_corrupt_pictures_are_skipped_and_named(tmp_path: Path, capsys):
    root = draw_celeba(tmp_path / "celeba", 210)
    whole = prepare(read_celeba(root), tmp_path / "whole", size=16, workers=1)
    damage_pictures(root, 7, 200)
    said = []
    out = tmp_path / "out"
    prepared = prepare(read_celeba(root), out, size=16, workers=1, say=said.append)
    assert said[0].startswith("skipped 000007.jpg: OSError: ")
    assert said[-1] == f"208 pictures of 16x16 in {out}, 2 unreadable ones skipped"
    assert list(json.loads((out / "prepared.json").read_text())["skipped"]) == [
        "000007.jpg",
        "000200.jpg",
    ]
    kept = ~whole.table["id"].isin(["000007.jpg", "000200.jpg"]).to_numpy()
    assert np.array_equal(prepared.pictures, whole.pictures[kept])
    assert prepared.table.equals(whole.table[kept].reset_index(drop=True))


def test_too_many_corrupt_pictures_are_an_error(own: Path, tmp_path: Path):
    damage_pictures(own, 3, 5)
    with pytest.raises(DataError) as error:
        prepare(read_celeba(own), tmp_path / "out", workers=1)
    expected, found, todo = error.value.args
    assert expected == "at most 1% of 96 pictures unreadable"
    assert found.startswith("2 so far: 000003.jpg (OSError: ")
    assert "000005.jpg (OSError: " in found
    assert todo == "download these pictures again, then run the same command."


def test_corrupt_pictures_in_the_zip(own: Path, tmp_path: Path):
    path = shutil.make_archive(str(own / "img_align_celeba"), "zip", own, "img_align_celeba")
    shutil.rmtree(own / "img_align_celeba")
    packed = bytearray(Path(path).read_bytes())
    packed[len(packed) // 2 : len(packed) // 2 + 9] = b"\0" * 9
    Path(path).write_bytes(packed)
    with pytest.raises(DataError, match=r"1 so far: \d+\.jpg "):
        prepare(read_celeba(own), tmp_path / "out", workers=1)


def test_refuses_a_folder_with_other_things(drawn: Path, tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DataError, match=r"a folder with other things in it\nnext: .*--out"):
        prepare(read_celeba(drawn), tmp_path, workers=1)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_refuses_a_file_and_a_place_that_cannot_be_made(drawn: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="found: a file\nnext: name another one with --out"):
        prepare(read_celeba(drawn), tmp_path / "file", workers=1)
    with pytest.raises(DataError, match=r"can be written at .*\nfound: .*Not a directory"):
        prepare(read_celeba(drawn), tmp_path / "file" / "out", workers=1)


def test_refuses_when_the_disk_is_too_small(drawn: Path, tmp_path: Path):
    with pytest.raises(RoomError, match=r"GB of free disk for .*\nfound: .* free\nnext: free"):
        prepare(read_celeba(drawn), tmp_path / "out", size=10**6, workers=1)


@pytest.mark.celeba
def test_real_celeba_killed_then_continued(celeba_root: Path, tmp_path: Path):
    """Three hundred real pictures; the whole process is killed after the first chunk."""
    names = read_celeba(celeba_root).table["id"][:300]
    subset = tmp_path / "subset.txt"
    subset.write_text("".join(f"{name} {k % 3}\n" for k, name in enumerate(names)))
    celeba = read_celeba(celeba_root, subset)
    expected = prepare(celeba, tmp_path / "expected", workers=1)

    out = tmp_path / "out"
    command = [sys.executable, "-m", "data", "prepare", str(celeba_root), "--workers", "2"]
    command += ["--partition-file", str(subset), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    for line in process.stderr:  # the progress bar moves when a chunk is in the journal
        if "256/" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with pytest.raises(DataError, match="an unfinished one"):
        load_prepared(out)
    said = []
    prepared = prepare(celeba, out, workers=1, say=said.append)
    assert said[0].startswith("continuing: ")
    assert same(prepared, expected)
    assert 60 < expected.pictures.mean() < 180
    assert len(expected.rows("validation")) == 100
