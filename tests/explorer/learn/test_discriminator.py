"""One code drawn in several ways, and what the report tells of all."""

from pathlib import Path

import numpy as np

from explorer.learn.discriminator import drawn_ways, measured
from explorer.learn.pictures import pictures
from explorer.run.loaded import Loaded, open_run
from training.model.figures import likeness


def test_every_renderer_draws_the_refined_code(drawn_sharp_run: Path):
    opened = open_run(drawn_sharp_run)
    picture = pictures(opened, np.array([2]), noise=False).pixels[0]
    mean, sample, sharp = drawn_ways(opened, picture)
    code = opened.encoder.refined(picture[None])
    for name, way in (("mean", mean), ("sharp", sharp)):
        expected = opened.named(name).decode(code)[0].astype(int)
        assert np.abs(way.picture - expected).max() <= 1
    assert mean.psnr > sample.psnr  # no noise is nearer than some
    assert mean.sharpness < sample.sharpness  # noise counts as detail
    assert sharp.psnr == float(likeness(picture, sharp.picture))


def test_a_run_without_a_sharp_renderer_has_two_ways(loaded: Loaded):
    picture = pictures(loaded, np.array([2]), noise=False).pixels[0]
    assert [way.name for way in drawn_ways(loaded, picture)] == [
        "the mean of p(x|z)",
        "a sample of p(x|z)",
    ]


def test_the_table_tells_what_the_report_tells():
    report = {"psnr_mean_db": 26.949, "sharpness_mean": 0.347, "frechet": {"reconstructions": 0.34}}
    assert measured(report | {"sharp": None}) == measured(report) == []
    sharp = {"psnr_db": 24.76, "sharpness": 0.871, "frechet_reconstructions": 0.371}
    assert [list(row.values()) for row in measured(report | {"sharp": sharp})] == [
        ["mean", 26.95, 0.35, 0.34],
        ["sharp", 24.76, 0.87, 0.37],
    ]
