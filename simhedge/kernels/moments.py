"""Streaming mean and co-moments of many per-path numbers, always added up in the same order."""

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import Floats


@kernel()
def batch_moments(rows: Floats, mean: Floats, deviation: Floats, comoment: Floats) -> None:
    """Fill mean (p,) and comoment (p, p), the sum of products of deviations, of rows (n, p).

    `deviation` (p,) is working space.
    """
    n, p = rows.shape
    mean[:] = 0.0
    comoment[:] = 0.0
    for k in range(n):
        for a in range(p):
            mean[a] += rows[k, a]
    for a in range(p):
        mean[a] /= n
    for k in range(n):
        row = rows[k]
        for a in range(p):
            deviation[a] = row[a] - mean[a]
        for a in range(p):
            factor = deviation[a]
            line = comoment[a]
            for b in range(p):
                line[b] += factor * deviation[b]
