"""CelebA -> a prepared folder (data/prepared.py): decode, crop, resize, in parallel.

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
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data.attributes import ATTRIBUTES
from data.celeba import Celeba, PictureFolder, PictureZip
from data.errors import DataError
from data.json_text import parse_json
from data.picture import BAD_PICTURE, CROP, FILTER, FRAME, face_crop, resized
from data.prepared import (
    ABOUT,
    FORMAT,
    JOURNAL,
    PARTITIONS,
    PICTURES,
    TABLE,
    Prepared,
    load_prepared,
    read_about,
)

CHUNK = 256  # pictures per task and per line of the journal
MAX_BAD = 0.01  # share of unreadable pictures that is still skipped
PARTIAL = "pictures.partial.npy"


def prepare(
    celeba: Celeba,
    out: str | Path,
    size: int = 64,
    workers: int | None = None,
    say: Callable[[str], None] = print,
) -> Prepared:
    """Write the prepared folder `out`, or return at once when it is already what it would become.

    size: side of the pictures in pixels.
    workers: number of processes; all cores when None. With 1 no process is started.
    say: receives the lines meant for people.

    Raises DataError when `out` holds something else or cannot be written, when more than 1 % of
    the pictures are unreadable, and when a worker process is killed.
    """
    out = Path(out)
    preparation = {"format": FORMAT, "size": size, "frame": FRAME, "crop": CROP}
    preparation["filter"] = FILTER.name
    plan = _digest(
        json.dumps(preparation), *celeba.stamps, celeba.table.to_csv(), celeba.partition_file
    )
    if _already(out, plan):
        say(f"{out} is up to date: nothing to do")
        return load_prepared(out)

    _open_folder(out)
    bad = _fill(celeba, out, size, plan, workers or os.cpu_count() or 1, say)
    good = ~celeba.table["id"].isin(bad).to_numpy()
    table = celeba.table[good]

    # Without prepared.json the folder counts as unfinished while its files change.
    (out / ABOUT).unlink(missing_ok=True)
    _keep_rows(out / PARTIAL, good, out / PICTURES)
    text = table.astype(dict.fromkeys(ATTRIBUTES, np.uint8)).to_csv(
        index=False, lineterminator="\n"
    )
    _write(out / TABLE, text)
    counts = table["partition"].value_counts()
    about = preparation | {
        "fingerprint": _fingerprint(json.dumps(preparation), text, out / PICTURES),
        "plan": plan,
        "source": celeba.root.resolve().name,
        "partition_file": celeba.partition_file,
        "listed": celeba.listed,
        "counts": {p: int(counts.get(p, 0)) for p in PARTITIONS},
        "skipped": bad,
    }
    _write(out / ABOUT, json.dumps(about, indent=2) + "\n")
    (out / JOURNAL).unlink()
    for name, reason in bad.items():
        say(f"skipped {name}: {reason}")
    say(f"{len(table):,} pictures of {size}x{size} in {out}, {len(bad)} unreadable ones skipped")
    return load_prepared(out)


@dataclass(frozen=True)
class _Chunk:
    """One task: pictures `names` go to the rows from `first` on of the array at `path`."""

    number: int
    first: int
    names: list[str]
    path: Path
    size: int


def _fill(
    celeba: Celeba, out: Path, size: int, plan: str, workers: int, say: Callable[[str], None]
) -> dict[str, str]:
    """Bring every chunk into the partial array; returns unreadable pictures with the reason."""
    names = celeba.table["id"].tolist()
    done = _read_journal(out, plan)
    if done is None:
        shape = (len(names), size, size, 3)
        _check_space(out, math.prod(shape))
        _write(out / JOURNAL, "")  # another plan's chunks are void from here on
        np.lib.format.open_memmap(out / PARTIAL, "w+", np.uint8, shape)  # all zero, sparse
        _write(out / JOURNAL, json.dumps({"plan": plan}) + "\n")
        done = {}
    elif done:
        say(f"continuing: {len(done)} of {-(-len(names) // CHUNK)} chunks are done")

    chunks = [
        _Chunk(n, first, names[first : first + CHUNK], out / PARTIAL, size)
        for n, first in enumerate(range(0, len(names), CHUNK))
        if n not in done
    ]
    bad = {name: reason for part in done.values() for name, reason in part.items()}
    _check_bad(bad, len(names))
    start = sum(len(names[n * CHUNK : (n + 1) * CHUNK]) for n in done)
    with (
        open(out / JOURNAL, "a", encoding="utf-8") as journal,
        tqdm(total=len(names), initial=start, unit="picture", desc="prepare") as progress,
        closing(_run(chunks, celeba.pictures, workers)) as results,
    ):
        for chunk, bad_here in results:
            journal.write(json.dumps({"chunk": chunk.number, "bad": bad_here}) + "\n")
            journal.flush()
            progress.update(len(chunk.names))
            bad |= bad_here
            _check_bad(bad, len(names))
    return dict(sorted(bad.items()))


def _run(
    chunks: list[_Chunk], pictures: PictureFolder | PictureZip, workers: int
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


def _start_worker(pictures: PictureFolder | PictureZip) -> None:
    """Open the pictures once per process, and leave Ctrl-C to the parent."""
    global _read
    _read = pictures.reader()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(chunk: _Chunk) -> dict[str, str]:
    return _prepare_chunk(chunk, _read)


def _prepare_chunk(chunk: _Chunk, read: Callable[[str], bytes]) -> dict[str, str]:
    """Write the pictures of one chunk; returns {name: reason} of those that cannot be read."""
    faces = np.zeros((len(chunk.names), chunk.size, chunk.size, 3), np.uint8)
    crops, bad = {}, {}
    for row, name in enumerate(chunk.names):
        try:
            crops[row] = face_crop(read(name), chunk.size)
        except BAD_PICTURE as error:
            bad[name] = f"{type(error).__name__}: {error}"
    faces[list(crops)] = resized(list(crops.values()), chunk.size)
    start = np.load(chunk.path, mmap_mode="r").offset
    try:
        with chunk.path.open("r+b") as file:
            file.seek(start + chunk.first * faces[0].nbytes)
            file.write(faces.data)
            file.flush()
            os.fsync(file.fileno())  # on the disk before the journal says so
    except OSError as error:
        raise DataError(
            f"a disk that {chunk.path} can be written to",
            str(error),
            "free some space, then run the same command again: it continues where it stopped.",
        ) from error
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


def _already(out: Path, plan: str) -> bool:
    return (out / ABOUT).is_file() and read_about(out)["plan"] == plan


def _open_folder(out: Path) -> None:
    """Make `out`, or accept it when a preparation made it; anything else there is left alone."""
    if out.is_file() or (
        out.is_dir()
        and any(out.iterdir())
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


def _check_space(out: Path, bytes_needed: int) -> None:
    """Told at the start, not in the middle of the work."""
    free = shutil.disk_usage(out).free
    if free < bytes_needed:
        raise DataError(
            f"{bytes_needed / 1e9:.1f} GB of free disk for {out}",
            f"{free / 1e9:.1f} GB",
            "free some, or name a folder on another disk with --out.",
        )


def _keep_rows(partial: Path, good: np.ndarray, final: Path) -> None:
    """Turn the partial array into the final one, without the rows where `good` is False."""
    if good.all():
        os.replace(partial, final)
        return
    old = np.load(partial, mmap_mode="r")
    rows = np.flatnonzero(good)
    temporary = final.with_suffix(".tmp")
    new = np.lib.format.open_memmap(temporary, "w+", old.dtype, (len(rows), *old.shape[1:]))
    for first in range(0, len(rows), CHUNK):
        new[first : first + CHUNK] = old[rows[first : first + CHUNK]]
    os.replace(temporary, final)
    partial.unlink()


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8", newline="")
    os.replace(temporary, path)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _fingerprint(preparation: str, table: str, pictures: Path) -> str:
    digest = hashlib.blake2b(f"{preparation}\n{table}\n".encode(), digest_size=8)
    with pictures.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
