"""Streaming mean and co-moments of many per-path numbers, always added up in the same order."""

from simhedge.kernels.compiler import kernel


@kernel()
def batch_moments(rows, mean, comoment):
    """Fill mean (p,) and comoment (p, p), the sum of products of deviations, of rows (n, p); upper triangle only."""
    n, p = rows.shape
    mean[:] = 0.0
    for k in range(n):
        for a in range(p):
            mean[a] += rows[k, a]
    for a in range(p):
        mean[a] /= n
    comoment[:] = 0.0
    for k in range(n):
        for a in range(p):
            deviation = rows[k, a] - mean[a]
            for b in range(a, p):
                comoment[a, b] += deviation * (rows[k, b] - mean[b])
