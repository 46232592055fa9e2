"""One code drawn in several ways, and what the report tells of all."""

from pathlib import Path

import numpy as np
import pytest

from data.prepared import Prepared
from explorer.learn.discriminator import drawn_ways, kept, table
from explorer.run.loaded import Loaded, open_run


def test_every_renderer_draws_the_code(drawn_sharp_run: Path):
    opened = open_run(drawn_sharp_run)
    code = opened.run.faces.mean[2]
    ways = drawn_ways(opened, code)
    assert list(ways) == ["the mean of p(x|z)", "a sample of p(x|z)", "sharp"]
    for name, way in (("mean", "the mean of p(x|z)"), ("sharp", "sharp")):
        expected = opened.named(name).decode(code[None])[0].astype(int)
        assert np.abs(ways[way] - expected).max() <= 1


def test_a_run_without_a_sharp_renderer_has_two_ways(loaded: Loaded):
    ways = drawn_ways(loaded, loaded.run.faces.mean[2])
    assert list(ways) == ["the mean of p(x|z)", "a sample of p(x|z)"]


def test_noise_counts_as_detail_and_blur_takes_it_away(drawn_many: Prepared):
    picture = np.array(drawn_many.pictures[0])
    assert kept(picture, picture) == (99.0, pytest.approx(1))
    noise = np.random.default_rng(0).integers(-20, 21, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    soft = ((picture.astype(int) + np.roll(picture, 1, 0) + np.roll(picture, 1, 1)) // 3).astype(
        np.uint8
    )
    assert kept(picture, noisy).sharpness > 1 > kept(picture, soft).sharpness
    assert kept(picture, noisy).psnr < 99


def test_the_table_tells_what_the_report_tells():
    report = {"psnr_mean_db": 26.949, "sharpness_mean": 0.347, "frechet": {"reconstructions": 0.34}}
    mean = ["mean", "26.95", "0.35", "0.34"]
    for without in (report, report | {"sharp": None}):
        assert [list(row.values()) for row in table(without)] == [mean]
    sharp = {"psnr_db": 24.76, "ssim": 0.79, "sharpness": 0.871, "frechet_reconstructions": 0.371}
    told = table(report | {"sharp": sharp | {"frechet_samples": None}})
    assert [list(row.values()) for row in told] == [mean, ["sharp", "24.76", "0.87", "0.37"]]
