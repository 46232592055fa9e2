"""How fast pictures are prepared: pictures a second of one core, beside plain decoding.

Plain is what the decoder needs for the same files, through Pillow, without cropping or resizing;
the way of `python -m data prepare` does both and writes. Both are counted in seconds of a core's
time, so that nothing else the machine does counts. Without `--data` the files are drawn faces.
"""

import io
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, features

from data.celeba import Celeba, read_celeba
from data.draw import draw_celeba
from data.picture_files import PictureFolder
from data.prepare import prepare as prepare_folder

DRAWN = 1000


def prepare(
    source: Path | None = None, count: int = 6000, rounds: int = 5, size: int = 64
) -> tuple[list[str], dict[str, Any]]:
    """Measure both in turns on the first `count` pictures: lines for people, and figures.

    Raises DataError for a source that is not CelebA.
    """
    ours, plain = [], []
    with tempfile.TemporaryDirectory() as scratch:
        celeba = read_celeba(source or draw_celeba(Path(scratch) / "celeba", DRAWN))
        celeba = unpacked(replace(celeba, table=celeba.table.head(count)), Path(scratch))
        names, read = celeba.table["id"].tolist(), celeba.pictures.reader()
        for turn in range(rounds + 1):  # the first reads files from the disk
            started = time.process_time()
            for name in names:
                with Image.open(io.BytesIO(read(name))) as picture:
                    picture.load()
                    kind = picture.format
            decoded = time.process_time()
            out = Path(scratch) / f"prepared{turn}"
            prepare_folder(celeba, out, size, workers=1, say=lambda _: None)
            if turn:
                plain.append(len(names) / (decoded - started))
                ours.append(len(names) / (time.process_time() - decoded))
    ratio = statistics.median(o / p for o, p in zip(ours, plain, strict=True))
    jpeg = "libjpeg-turbo" if features.check("libjpeg_turbo") else "libjpeg"
    decoder = jpeg if kind == "JPEG" else f"Pillow's of {kind}"  # the names end in .jpg anyway
    figures = {
        "ours_per_s": statistics.median(ours),
        "decoding_per_s": statistics.median(plain),
        "ratio": ratio,
        "decoder": decoder,
        "pictures": len(names),
        "size": size,
    }
    lines = [
        f"{len(names):,} pictures, one core, to {size}x{size}",
        f"prepare          {figures['ours_per_s']:8.0f} pictures/s",
        f"plain decoding   {figures['decoding_per_s']:8.0f} pictures/s, {decoder}",
        f"ratio            {ratio:8.2f}",
    ]
    return lines, figures


def unpacked(celeba: Celeba, scratch: Path) -> Celeba:
    """The same pictures as files of their own: no zip is opened while time is taken."""
    folder, read = scratch / "jpegs", celeba.pictures.reader()
    folder.mkdir()
    for name in celeba.table["id"]:
        (folder / name).write_bytes(read(name))
    return replace(celeba, pictures=PictureFolder(folder))
