"""The figures of each renderer, from reports old and new."""

from explorer.run.measured import Measured, guess_psnr, measured

OLD = {"psnr_mean_db": 26.1}
NEW = OLD | {
    "ssim_mean": 0.85,
    "sharpness_mean": 0.35,
    "frechet": {"reconstructions": 0.34, "samples": {"mixture": 8.0, "flow": 4.3}},
    "sharp": {
        "psnr_db": 24.8,
        "ssim": 0.79,
        "sharpness": None,
        "frechet_reconstructions": 0.36,
        "frechet_samples": {"flow": 4.0},
    },
}


def test_the_guess_is_told_apart_from_refined_codes():
    assert guess_psnr(OLD) == 26.1
    assert guess_psnr({"psnr_mean_db": 26.9, "encoder": {"psnr_mean_db": 26.4}}) == 26.4


def test_each_renderer_has_its_own():
    assert measured(NEW) == {
        "mean": Measured(26.1, 0.85, 0.35, 0.34, {"mixture": 8.0, "flow": 4.3}),
        "sharp": Measured(24.8, 0.79, None, 0.36, {"flow": 4.0}),
    }


def test_what_was_not_measured_is_none():
    bare = {"mean": Measured(26.1, None, None, None, {})}
    assert measured(OLD) == measured(OLD | {"frechet": None, "sharp": None}) == bare
    without_samples = NEW | {"sharp": NEW["sharp"] | {"frechet_samples": None}}
    assert measured(without_samples)["sharp"].samples == {}
