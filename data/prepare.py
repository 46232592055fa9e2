"""Pictures -> a prepared folder (data/prepared.py): decode, crop, resize, in parallel.

Pictures are worked on in chunks. Each chunk is written into its place of a partial array, then
noted in a journal, so an interrupted run continues where it stopped. Finished files are renamed
into place and prepared.json comes last. Memory stays flat whatever the number of pictures.
"""

import hashlib
import json
import math
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from data.errors import DataError
from data.files import check_room, is_own_leftover, write_text, write_together
from data.json_text import parse_json
from data.machine import end_with_parent, workers_for
from data.picture import BAD_PICTURE, CROP, FILTER, FRAME, face_crop, resized, square
from data.picture_files import Pictures
from data.prepared import (
    ABOUT,
    FORMAT,
    JOURNAL,
    PARTIAL,
    PARTITIONS,
    PICTURES,
    TABLE,
    Prepared,
    fingerprint_of,
    load_prepared,
    read_about,
)
from data.schema import SCHEMA, Schema
from data.source import Cut, Source

CHUNK = 256  # pictures per task and per line of the journal
MAX_BAD = 0.01  # share of unreadable pictures that is still skipped
WORKER_MEMORY = 400 * 2**20  # bytes that a worker process takes, torch among them


def prepare(
    source: Source,
    out: str | Path,
    size: int = 64,
    workers: int | None = None,
    say: Callable[[str], None] = print,
    replace: bool = False,
) -> Prepared:
    """Write the prepared folder `out`, or return at once when it is already what it would become.

    size: side of the pictures in pixels.
    workers: number of processes; where None, as many as there are cores and memory for. With 1 no
        process is started.
    say: receives the lines meant for people.
    replace: whether fewer or smaller pictures may take the place of those in `out`.

    Raises DataError when `out` holds something else or cannot be written, when more than 1 % of
    the pictures are unreadable, and when a worker process is killed. What `out` held stays whole
    until all of the new is there.
    """
    out = Path(out)
    own, channels = source.schema, 1 if source.grey else 3
    preparation: dict[str, Any] = {"format": FORMAT, "size": size, "frame": FRAME, "crop": CROP}
    if source.cut is not None:
        preparation |= {"frame": None, "crop": source.cut, "channels": channels}
    preparation["filter"] = FILTER.name
    plan = _digest(
        json.dumps(preparation),
        *source.stamps,
        source.table.to_csv(),
        source.partition_file,
        *([] if own.is_celeba else [own.to_text()]),
    )
    if (same := _already(out, plan, say)) is not None:
        say(f"{out} is up to date: nothing to do")
        return same

    if _read_journal(out, plan) is None:
        partial = out / PARTIAL  # of another plan, which makes room
        held = partial.stat().st_size if partial.is_file() else 0
        check_room(out, len(source.table) * size * size * channels - held)
    _open_folder(out)
    if not replace:
        _refuse_smaller(out, len(source.table), size)
    bad = _fill(source, out, size, plan, workers, say)
    good = ~source.table["id"].isin(bad).to_numpy()
    table = source.table[good]
    counts = table["partition"].value_counts()

    def write(staged: Path) -> None:
        _keep_rows(out / PARTIAL, good, staged / PICTURES)
        (staged / TABLE).write_text(_as_text(table, own), encoding="utf-8", newline="")
        if not own.is_celeba:
            (staged / SCHEMA).write_text(own.to_text(), encoding="utf-8", newline="")
        about = preparation | {
            "fingerprint": fingerprint_of(preparation, staged / TABLE, staged / PICTURES),
            "plan": plan,
            "source": source.root.resolve().name,
            "partition_file": source.partition_file,
            "listed": source.listed,
            "missing": len(source.missing),
            "otherwise": len(source.otherwise),
            "counts": {p: int(counts.get(p, 0)) for p in PARTITIONS},
            "skipped": bad,
        }
        (staged / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    with _disk_told(out):
        write_together(out, write, without=(PARTIAL, JOURNAL, SCHEMA), last=ABOUT)
    for name, reason in bad.items():
        say(f"skipped {name}: {reason}")
    say(f"{len(table):,} pictures of {size}x{size} in {out}, {len(bad)} unreadable ones skipped")
    return load_prepared(out, check=False)  # its fingerprint has just been taken


def _as_text(table: pd.DataFrame, schema: Schema) -> str:
    flags = dict.fromkeys(schema.labels, np.uint8)
    return table.astype(flags).to_csv(index=False, lineterminator="\n")


@dataclass(frozen=True)
class _Chunk:
    """One task: pictures `names` go to `place`, in bytes, of the array at `path`.

    cut, grey: as those of `Source`.
    """

    number: int
    place: int
    names: list[str]
    path: Path
    size: int
    cut: Cut | None = None
    grey: bool = False


def _fill(
    source: Source,
    out: Path,
    size: int,
    plan: str,
    workers: int | None,
    say: Callable[[str], None],
) -> dict[str, str]:
    """Bring every chunk into the partial array; returns unreadable pictures with the reason."""
    names = source.table["id"].tolist()
    done = _read_journal(out, plan)
    shape = (len(names), size, size, 1 if source.grey else 3)
    if done is None:
        (out / PARTIAL).unlink(missing_ok=True)
        with _disk_told(out):
            write_text(out / JOURNAL, "")  # another plan's chunks are void from here on
            _reserve(out / PARTIAL, shape)
            write_text(out / JOURNAL, json.dumps({"plan": plan}) + "\n")
        done = {}
    elif done:
        say(f"continuing: {len(done)} of {-(-len(names) // CHUNK)} chunks are done")

    start, picture = (out / PARTIAL).stat().st_size - math.prod(shape), math.prod(shape[1:])
    chunks = [
        _Chunk(
            n,
            start + first * picture,
            names[first : first + CHUNK],
            out / PARTIAL,
            size,
            source.cut,
            source.grey,
        )
        for n, first in enumerate(range(0, len(names), CHUNK))
        if n not in done
    ]
    bad = {name: reason for part in done.values() for name, reason in part.items()}
    _check_bad(bad, len(names))
    initial = sum(len(names[n * CHUNK : (n + 1) * CHUNK]) for n in done)
    if workers is None:
        workers = workers_for(len(chunks) or 1, WORKER_MEMORY)
    with (
        open(out / JOURNAL, "a", encoding="utf-8") as journal,
        tqdm(total=len(names), initial=initial, unit="picture", desc="prepare") as progress,
        closing(_run(chunks, source.pictures, workers)) as results,
    ):
        for chunk, bad_here in results:
            with _disk_told(out):
                journal.write(json.dumps({"chunk": chunk.number, "bad": bad_here}) + "\n")
                journal.flush()
            progress.update(len(chunk.names))
            bad |= bad_here
            _check_bad(bad, len(names))
    return dict(sorted(bad.items()))


def _run(
    chunks: list[_Chunk], pictures: Pictures, workers: int
) -> Generator[tuple[_Chunk, dict[str, str]]]:
    """Yield each chunk with its unreadable pictures as it gets done."""
    if workers == 1:
        read = pictures.reader()
        yield from ((chunk, _prepare_chunk(chunk, read)) for chunk in chunks)
        return
    # spawn: forking a process that has threads (torch, a server) can hang
    context = multiprocessing.get_context("spawn")
    workers = min(workers, len(chunks) or 1)
    pool = ProcessPoolExecutor(workers, context, _start_worker, (pictures,))
    try:
        tasks = {pool.submit(_work, chunk): chunk for chunk in chunks}
        for task in as_completed(tasks):
            yield tasks[task], task.result()
    except BrokenProcessPool as error:
        raise DataError(
            "worker processes that finish",
            "one was killed, often because memory ran out",
            "run the same command again with --workers 1: it continues where it stopped.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_read: Callable[[str], bytes]  # of a worker process, see below


def _start_worker(pictures: Pictures) -> None:
    """Open the pictures once per process, leave Ctrl-C to the parent, and end with it."""
    global _read
    end_with_parent()
    _read = pictures.reader()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(chunk: _Chunk) -> dict[str, str]:
    return _prepare_chunk(chunk, _read)


def _prepare_chunk(chunk: _Chunk, read: Callable[[str], bytes]) -> dict[str, str]:
    """Write the pictures of one chunk; returns {name: reason} of those that cannot be read."""
    shape = (chunk.size, chunk.size, 1 if chunk.grey else 3)
    faces = np.zeros((len(chunk.names), *shape), np.uint8)
    crops, bad = {}, {}
    for row, name in enumerate(chunk.names):
        try:
            if chunk.cut is None:
                crops[row] = face_crop(read(name), chunk.size)
            else:
                crops[row] = square(read(name), chunk.cut, chunk.grey)
        except BAD_PICTURE as error:
            bad[name] = f"{type(error).__name__}: {error}"
    if crops:
        faces[list(crops)] = resized(list(crops.values()), chunk.size)
    with _disk_told(chunk.path), chunk.path.open("r+b") as file:
        file.seek(chunk.place)
        file.write(faces.data)
        file.flush()
        os.fsync(file.fileno())  # on the disk before the journal says so
    return bad


def _read_journal(out: Path, plan: str) -> dict[int, dict[str, str]] | None:
    """Unreadable pictures by finished chunk; None when there is no journal of this very plan."""
    if not ((out / JOURNAL).is_file() and (out / PARTIAL).is_file()):
        return None
    done = {}
    first, *lines = (out / JOURNAL).read_text(encoding="utf-8").splitlines() or [""]
    if first != json.dumps({"plan": plan}):
        return None
    for line in lines:
        try:
            entry = parse_json(line)
        except ValueError:  # the line being written when the run was stopped
            continue
        done[entry["chunk"]] = entry["bad"]
    return done


def _check_bad(bad: dict[str, str], total: int) -> None:
    if len(bad) > MAX_BAD * total:
        shown = [f"{name} ({reason})" for name, reason in sorted(bad.items())[:10]]
        more = f" and {len(bad) - 10} more" if len(bad) > 10 else ""
        raise DataError(
            f"at most {MAX_BAD:.0%} of {total:,} pictures unreadable",
            f"{len(bad)} so far: {', '.join(shown)}{more}",
            "download these pictures again, then run the same command.",
        )


def _already(out: Path, plan: str, say: Callable[[str], None]) -> Prepared | None:
    """What is in `out` where it is whole and of this plan."""
    if not (out / ABOUT).is_file() or read_about(out)["plan"] != plan:
        return None
    try:
        return load_prepared(out)
    except DataError as error:
        say(f"{out} is made anew: {error.found}")
        return None


def _refuse_smaller(out: Path, pictures: int, size: int) -> None:
    """Raises DataError where more pictures, or larger ones, would be lost."""
    if not (out / ABOUT).is_file():
        return
    about = read_about(out)
    before = sum((about.get("counts") or {}).values())
    if pictures < before or size < about["size"]:
        raise DataError(
            f"at least the {before:,} pictures of {about['size']}x{about['size']} that are "
            f"already in {out}",
            f"{pictures:,} of {size}x{size}",
            "name another folder with --out, or add --replace to give up those there.",
        )


def _open_folder(out: Path) -> None:
    """Make `out`, or accept it when a preparation made it; anything else there is left alone."""
    if out.is_file() or (
        out.is_dir()
        and not all(is_own_leftover(p.name) for p in out.iterdir())
        and not (out / ABOUT).is_file()
        and not (out / JOURNAL).is_file()
    ):
        raise DataError(
            f"a new, empty or prepared folder for the result at {out}",
            "a file" if out.is_file() else "a folder with other things in it",
            "name another one with --out.",
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / JOURNAL).touch()
    except OSError as error:
        raise DataError(
            f"a folder that can be written at {out}", str(error), "name another one with --out."
        ) from error


@contextmanager
def _disk_told(out: Path) -> Iterator[None]:
    """DataError, with what remains true, in place of an OSError while writing."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"a disk that {out} can be written to",
            error.strerror or str(error),
            "free some space, then run the same command again: it continues where it stopped.",
        ) from error


def _reserve(path: Path, shape: tuple[int, ...]) -> None:
    """An array of zeros, uint8, whose bytes the disk has set aside: writing them cannot fail.

    It is never mapped into memory to be written: a full disk would end the process.
    """
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        end = file.tell() + math.prod(shape)
        file.flush()
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, end)
        else:  # macOS, Windows
            file.truncate(end)


def _keep_rows(partial: Path, good: np.ndarray, final: Path) -> None:
    """Make the partial array the final one, without the rows where `good` is False."""
    if good.all():
        try:
            os.link(partial, final)  # under both names until all is renamed
        except OSError:  # a disk without such links
            shutil.copyfile(partial, final)
        return
    old = np.load(partial, mmap_mode="r")
    rows = np.flatnonzero(good)
    check_room(final.parent, len(rows) * old[0].nbytes)
    with final.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *old.shape[1:])}
        np.lib.format.write_array_header_1_0(file, header)
        for first in range(0, len(rows), CHUNK):
            file.write(old[rows[first : first + CHUNK]].tobytes())


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
