"""Sensitivities of listed options, one by one at a spot and summed over a grid of spots; European, Merton (1973)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simhedge.kernels.black_scholes import charm, delta, gamma, vanna
from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log
from simhedge.kernels.normal import pdf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.int64]


@kernel()
def sensitivities(
    spot: float,
    rate: float,
    kind_sign: Array,
    strike: Array,
    time_to_expiry: Array,
    dividend_yield: Array,
    implied_vol: Array,
    out: Array,
) -> None:
    """Writes gamma (shares per $), delta (shares), vanna and charm (shares per 1.00 of vol, per year) to `out` (4, n).

    Arrays of shape (n,), contiguous; per share under option.
    """
    for i in range(strike.size):
        c, k, t, q, v = kind_sign[i], strike[i], time_to_expiry[i], dividend_yield[i], implied_vol[i]
        out[0, i] = gamma(c, spot, k, t, rate, q, v)
        out[1, i] = delta(c, spot, k, t, rate, q, v)
        out[2, i] = vanna(c, spot, k, t, rate, q, v)
        out[3, i] = charm(c, spot, k, t, rate, q, v)


@kernel(inline=True)
def first_not_below(logs: Array, edge: float) -> int:
    """The first place of the ascending `logs` that is not below `edge`."""
    low, high = 0, logs.size
    while low < high:
        middle = (low + high) // 2
        if logs[middle] < edge:
            low = middle + 1
        else:
            high = middle
    return low


@kernel()
def gamma_profile(
    spots: Array,
    rate: float,
    shares: Array,
    strike: Array,
    time_to_expiry: Array,
    dividend_yield: Array,
    implied_vol: Array,
    group: Numbers,
    reach: float,
    logs: Array,
    out: Array,
) -> None:
    """Writes to `out` (groups, m) the gamma (shares per $) of each group of n options at ascending `spots` (m,).

    `group` (n,) numbers the rows of `out`, `shares` (n,) is signed, `logs` (m,) working space. An option further than
    `reach` standard deviations from a spot adds nothing there.
    """
    for j in range(spots.size):
        logs[j] = log(spots[j])
    for g in range(out.shape[0]):
        for j in range(spots.size):
            out[g, j] = 0.0
    for i in range(strike.size):
        t = time_to_expiry[i]
        total_vol = implied_vol[i] * math.sqrt(t)
        inverse = 1.0 / total_vol
        shift = ((rate - dividend_yield[i]) * t - math.log(strike[i])) * inverse + 0.5 * total_vol
        density = shares[i] * math.exp(-dividend_yield[i] * t) * inverse
        first = first_not_below(logs, (-reach - shift) * total_vol)
        last = first_not_below(logs, (reach - shift) * total_vol)
        # Slices, so that the loop counts from 0 and becomes vector code.
        near, row = logs[first:last], out[group[i], first:last]
        for j in range(near.size):
            row[j] += density * pdf(near[j] * inverse + shift)
    for g in range(out.shape[0]):
        for j in range(spots.size):
            out[g, j] /= spots[j]


@kernel()
def gamma_matrix(
    spots: Array,
    rate: float,
    strike: Array,
    time_to_expiry: Array,
    dividend_yield: Array,
    implied_vol: Array,
    out: Array,
) -> None:
    """Writes to `out` (n, m) the gamma (shares per $ and share) of each of n options at each of `spots` (m,)."""
    for i in range(strike.size):
        t, q = time_to_expiry[i], dividend_yield[i]
        inverse = 1.0 / (implied_vol[i] * math.sqrt(t))
        centre = (rate - q) * t - math.log(strike[i])
        for j in range(spots.size):
            d1 = (math.log(spots[j]) + centre) * inverse + 0.5 / inverse
            out[i, j] = math.exp(-q * t) * pdf(d1) * inverse / spots[j]
