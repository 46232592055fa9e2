"""How much fine detail a picture has, whatever it shows; blur takes it away."""

from training.model.arrays import Array


def sharpness(x: Array) -> Array:
    """Mean square of the Laplacian of pictures x (B, C, S, S), S >= 3: (B,), 0 where flat.

    Over channels and the pixels that have four neighbours; x is of numpy or torch. Compare it
    between pictures of the same things only: noise counts as detail. Source: the focus measure of
    Pech-Pacheco et al. 2000.
    """
    across = x[:, :, 1:-1, :-2] + x[:, :, 1:-1, 2:]
    down = x[:, :, :-2, 1:-1] + x[:, :, 2:, 1:-1]
    edges = across + down - 4 * x[:, :, 1:-1, 1:-1]
    return (edges * edges).mean((1, 2, 3))
