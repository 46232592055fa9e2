"""How fast codes become pictures: one, a batch of 64, and the same 64 one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measure import median_ms
from explorer.decoder import Decoder
from training.latents import load_latents

BATCH = 64  # an 8x8 grid


def decode(run: Path) -> tuple[list[str], dict[str, Any]]:
    """Measure the decoder of `run` on the best device. Raises RunError."""
    decoder = Decoder(run)
    mean = load_latents(run).mean
    codes = np.resize(mean, (BATCH, mean.shape[1]))  # repeated where there are fewer
    one = median_ms(lambda: decoder.decode(codes[:1]))
    batch = median_ms(lambda: decoder.decode(codes))
    one_by_one = median_ms(lambda: [decoder.decode(z[None]) for z in codes], repeats=5, warm_up=1)
    device = torch.cuda.get_device_name() if decoder.device == "cuda" else decoder.device
    lines = [
        f"decoding 1 face                 {one:9.1f} ms",
        f"decoding {BATCH} faces as one batch  {batch:9.1f} ms",
        f"decoding {BATCH} faces one by one    {one_by_one:9.1f} ms, "
        f"{one_by_one / batch:.1f} times as long",
        f"on {device}, {torch.get_num_threads()} threads, torch {torch.__version__}",
    ]
    return lines, {
        "decode_1_ms": one,
        f"decode_{BATCH}_ms": batch,
        f"decode_{BATCH}_one_by_one_ms": one_by_one,
        "batch_ratio": one_by_one / batch,
        "device": device,
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
    }
