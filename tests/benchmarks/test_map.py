"""The maps that the benchmark measures are whole runs of as many faces as it says."""

from pathlib import Path

import numpy as np

from benchmarks.many_faces import NOISE, many_faces
from data.shipped import SHIPPED
from explorer.run.run import load_run


def test_many_faces_are_a_run_drawn_around_real_ones(tmp_path: Path):
    real, made = load_run(SHIPPED), load_run(many_faces(SHIPPED, 5000, tmp_path / "many"))
    assert len(made.faces) == len(set(made.faces.ids)) == 5000
    squares = (made.faces.mean**2).sum(1)[:, None] + (real.faces.mean**2).sum(1)
    away = squares - 2 * made.faces.mean @ real.faces.mean.T
    around = away.argmin(1)
    noise = made.faces.mean - real.faces.mean[around]
    expected = NOISE * real.faces.mean.std(0)
    np.testing.assert_allclose(noise.std(0), expected, rtol=0.1)
    # Some faces have a double, which may lie nearer than the one they were drawn around.
    assert (made.faces.labels == real.faces.labels[around]).all(1).mean() > 0.99
    for layout in ("attributes/umap2", "codes/umap3"):
        places = real.face_map.positions(layout)
        moved = made.face_map.positions(layout) - places[around]
        assert (np.abs(moved) < 0.06 * np.ptp(places, axis=0)).all(1).mean() > 0.99
