"""Pure functions on latent codes: numpy in, numpy out, nothing remembered."""

import numpy as np

NEARLY_PARALLEL = 1e-6  # sine of an angle; arc and line are the same to float32


def mean_difference(codes: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Mean code with the attribute minus mean code without it: (D,) float32.

    codes: (N, D), has: (N,) bool with both values present. Source: Larsen et al. 2016, section 4.
    """
    return (codes[has].mean(0) - codes[~has].mean(0)).astype(np.float32)


def weighted_mean_difference(codes: np.ndarray, has: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean difference of codes that count unequally: (D,) float64.

    codes: (N, D), has: (N,) bool, weights: (N,), at least 0, some of both classes above.
    """
    with_it, without = (np.average(codes[k], axis=0, weights=weights[k]) for k in (has, ~has))
    return with_it - without


def strength_along(codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """How many times codes (..., D) hold a vector (D,): (...) float64.

    Adding the vector s times adds s. 0 for a vector of length 0.
    """
    vector = vector.astype(np.float64)
    length = vector @ vector
    return codes @ vector / length if length > 0 else np.zeros(codes.shape[:-1])


def principal_components(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (D,), directions (K, D) with unit rows, standard deviations (K,), widest first.

    codes: (N, D), or features of any kind. K = min(N - 1, D). A direction's sign is chosen so that
    its largest entry is positive, because a decomposition leaves it open.
    """
    mean = codes.mean(0, dtype=np.float64)
    deviation = codes - mean.astype(codes.dtype)
    # Of the covariance: it is small however many codes there are.
    variance, columns = np.linalg.eigh(deviation.T @ deviation.astype(np.float64))
    k = min(len(codes) - 1, codes.shape[1])
    rows, variance = columns.T[::-1][:k], variance[::-1][:k]
    largest = rows[np.arange(k), np.abs(rows).argmax(1)]
    rows = rows * np.sign(largest)[:, None]
    spread = np.sqrt(variance.clip(0) / (len(codes) - 1))
    return mean.astype(np.float32), rows.astype(np.float32), spread.astype(np.float32)


def lerp(start: np.ndarray, end: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Codes on the straight line from `start` at t = 0 to `end` at t = 1.

    start, end: (D,). t: () or (N,). Returns (D,) or (N, D) float32.
    """
    t = np.asarray(t, np.float64)[..., None]
    return ((1 - t) * start + t * end).astype(np.float32)


def slerp(start: np.ndarray, end: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Codes on the arc around the origin from `start` at t = 0 to `end` at t = 1.

    Shapes as in `lerp`. Between codes of equal length the length stays and the angle grows evenly,
    where the straight line cuts through codes shorter than the prior has them. Parallel and
    opposite codes, and a code of length 0, span no arc: `lerp` joins them.
    Source: Shoemake 1985; White 2016, Sampling Generative Networks.
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0:
        return lerp(start, end, t)
    u, v = start / lengths[0], end / lengths[1]
    # Unlike the arc cosine, exact for small angles, too (Kahan).
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.sin(angle) < NEARLY_PARALLEL:
        return lerp(start, end, t)
    t = np.asarray(t, np.float64)[..., None]
    arc = np.sin((1 - t) * angle) * start + np.sin(t * angle) * end
    return (arc / np.sin(angle)).astype(np.float32)
