"""Implied vols per sqrt(year) from prices: Newton's method on the logarithm of the price, kept safe by bisection.

The price is first turned into that of the out-of-the-money option by put-call parity, and the search starts at the vol
where vega is largest (Manaster & Koehler, 1982). The logarithm keeps the steps sensible for prices near zero.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simhedge.kernels.black_scholes import price
from simhedge.kernels.compiler import kernel

LARGEST_TOTAL_VOL = 40.0
ITERATIONS_AT_MOST = 200
INVERSE_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


@kernel()
def implied_vols(
    kind_sign: NDArray[np.float64],
    option_price: NDArray[np.float64],
    forward: NDArray[np.float64],
    strike: NDArray[np.float64],
    time_to_expiry: NDArray[np.float64],
    discount: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Writes to `out` the vols (per sqrt(year)) at which options are worth `option_price` ($); NaN where none does.

    All of shape (n,). `kind_sign` is +1 for calls and -1 for puts, `discount` the price of $1 at expiry. No vol gives a
    price outside the bounds of no arbitrage. Deep in the money the time value, and so the vol, is mostly rounding.
    """
    for i in range(option_price.size):
        out[i] = np.nan
        sign = 1.0 if strike[i] >= forward[i] else -1.0
        intrinsic = max(kind_sign[i] * (forward[i] - strike[i]), 0.0)
        target = option_price[i] / discount[i] - (0.0 if kind_sign[i] == sign else intrinsic)
        if not (target > 0.0 and target < min(forward[i], strike[i]) and time_to_expiry[i] > 0.0):
            continue
        moneyness = math.log(forward[i] / strike[i])
        low, high = 0.0, LARGEST_TOTAL_VOL
        total_vol = max(math.sqrt(2.0 * abs(moneyness)), 0.01)
        for _ in range(ITERATIONS_AT_MOST):
            value = price(sign, forward[i], strike[i], 1.0, 0.0, 0.0, total_vol)
            if value < target:
                low = total_vol
            else:
                high = total_vol
            d1 = moneyness / total_vol + 0.5 * total_vol
            vega = forward[i] * INVERSE_SQRT_TWO_PI * math.exp(-0.5 * d1 * d1)
            newton = total_vol - math.log(value / target) * value / vega if value > 0.0 and vega > 0.0 else -1.0
            if abs(newton - total_vol) <= 1e-15 * total_vol or high - low <= 1e-15 * high:
                break
            total_vol = newton if newton > low and newton < high else 0.5 * (low + high)
        out[i] = total_vol / math.sqrt(time_to_expiry[i])
