"""Black-Scholes-Merton value of a European option and its twelve sensitivities (Black and Scholes, 1973; Merton, 1973).

Formulas as in Haug (2007). Every scalar function takes (kind_sign, spot, strike, time_to_expiry, rate, dividend_yield,
implied_vol): kind_sign +1.0 for a call and -1.0 for a put, spot and strike in $ and positive, time in years, rates
continuously compounded per year, vol per sqrt(year). All are per share of the underlying. Those in time (theta, charm,
color) are derivatives in calendar time, which is minus the derivative in time to expiry, per year.

At expiry every function gives its limit: value is intrinsic, delta is 1{S > K} for a call and -1{S < K} for a put, the
carry of an option in the money is left in theta and charm, the others are 0. At the strike itself value is 0 and delta
is 1/2 (put: -1/2), so that parity holds there too; gamma, theta and others whose limit there is infinite are huge but
finite, so that no position of 0 makes a NaN of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import exp, log_of_normal
from simhedge.kernels.normal import cdf, cdf_pdf, pdf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# Least time (years) and vol: so small that half a total vol adds nothing to a cdf, so large that no product overflows.
LEAST_TIME = 1e-60
LEAST_VOL = 1e-30


@kernel(inline=True)
def at_least(x: float, floor: float) -> float:
    """x, or the floor where x is below it."""
    return x if x > floor else floor


@kernel(inline=True)
def total_vol(time_to_expiry: float, implied_vol: float) -> float:
    """Vol over the time to expiry, dimensionless, kept above 0 so that it can divide."""
    return at_least(implied_vol, LEAST_VOL) * math.sqrt(at_least(time_to_expiry, LEAST_TIME))


@kernel(inline=True)
def d1_d2(
    spot: float, strike: float, time_to_expiry: float, rate: float, dividend_yield: float, implied_vol: float
) -> tuple[float, float]:
    """(d1, d2): log-moneyness of the forward in total vols, plus and minus half a total vol."""
    moneyness = log_of_normal(spot / strike) + (rate - dividend_yield) * time_to_expiry
    deviation = total_vol(time_to_expiry, implied_vol)
    centre, half = moneyness / deviation, 0.5 * deviation
    return centre + half, centre - half


@kernel(inline=True)
def price(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Value of the option in $ per share."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    stock = spot * exp(-dividend_yield * time_to_expiry) * cdf(kind_sign * d1)
    bond = strike * exp(-rate * time_to_expiry) * cdf(kind_sign * d2)
    return kind_sign * (stock - bond)


@kernel(inline=True)
def delta(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of value per $ of spot, in shares: positive for calls, negative for puts."""
    d1, _ = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return kind_sign * exp(-dividend_yield * time_to_expiry) * cdf(kind_sign * d1)


@kernel(inline=True)
def gamma(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of delta per $ of spot, in shares per $, never negative; `kind_sign` plays no part."""
    d1, _ = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    density = exp(-dividend_yield * time_to_expiry) * pdf(d1)
    return density / (spot * total_vol(time_to_expiry, implied_vol))


@kernel(inline=True)
def vega(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of value per 1.00 of implied vol, in $ per share, never negative; `kind_sign` plays no part."""
    d1, _ = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return spot * exp(-dividend_yield * time_to_expiry) * pdf(d1) * math.sqrt(time_to_expiry)


@kernel(inline=True)
def theta(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of value per year that passes, in $ per share; negative for most options."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    stock = spot * exp(-dividend_yield * time_to_expiry)
    bond = strike * exp(-rate * time_to_expiry)
    decay = stock * pdf(d1) * implied_vol / (2.0 * math.sqrt(at_least(time_to_expiry, LEAST_TIME)))
    carry = dividend_yield * stock * cdf(kind_sign * d1) - rate * bond * cdf(kind_sign * d2)
    return kind_sign * carry - decay


@kernel(inline=True)
def rho(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of value per 1.00 of interest rate, in $ per share: positive for calls, negative for puts."""
    _, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return kind_sign * strike * time_to_expiry * exp(-rate * time_to_expiry) * cdf(kind_sign * d2)


@kernel(inline=True)
def vanna(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of delta per 1.00 of implied vol, in shares; `kind_sign` plays no part."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return -exp(-dividend_yield * time_to_expiry) * pdf(d1) * d2 / at_least(implied_vol, LEAST_VOL)


@kernel(inline=True)
def charm(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of delta per year that passes, in shares (many texts give the opposite sign)."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    held = kind_sign * dividend_yield * cdf(kind_sign * d1)
    drift = (rate - dividend_yield) / total_vol(time_to_expiry, implied_vol)
    pull = d2 / (2.0 * at_least(time_to_expiry, LEAST_TIME))
    return exp(-dividend_yield * time_to_expiry) * (held - pdf(d1) * (drift - pull))


@kernel(inline=True)
def volga(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of vega per 1.00 of implied vol, in $ per share; `kind_sign` plays no part."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return (
        vega(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
        * d1
        * d2
        / at_least(implied_vol, LEAST_VOL)
    )


@kernel(inline=True)
def speed(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of gamma per $ of spot, in shares per $ squared; `kind_sign` plays no part."""
    d1, _ = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    slope = 1.0 + d1 / total_vol(time_to_expiry, implied_vol)
    return -gamma(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol) / spot * slope


@kernel(inline=True)
def zomma(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of gamma per 1.00 of implied vol, in shares per $; `kind_sign` plays no part."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    curvature = gamma(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    return curvature * (d1 * d2 - 1.0) / at_least(implied_vol, LEAST_VOL)


@kernel(inline=True)
def color(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> float:
    """Change of gamma per year that passes, in shares per $ (many texts give the opposite sign)."""
    d1, d2 = d1_d2(spot, strike, time_to_expiry, rate, dividend_yield, implied_vol)
    drift = (rate - dividend_yield) / total_vol(time_to_expiry, implied_vol)
    least_time = at_least(time_to_expiry, LEAST_TIME)
    growth = dividend_yield + 0.5 / least_time + d1 * (drift - d2 / (2.0 * least_time))
    return gamma(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol) * growth


@kernel()
def prices(
    kind_sign: Array,
    spot: Array,
    strike: Array,
    time_to_expiry: Array,
    rate: float,
    dividend_yield: float,
    implied_vol: Array,
    out: Array,
) -> None:
    """Writes `price` of n options to `out`, in $ per share; arrays contiguous, shape (n,), of one underlying."""
    for i in range(out.size):
        out[i] = price(kind_sign[i], spot[i], strike[i], time_to_expiry[i], rate, dividend_yield, implied_vol[i])


@kernel(inline=True)
def delta_gamma_before_growth(
    kind_sign: float, spot: float, strike: float, time_to_expiry: float, carry: float, implied_vol: float
) -> tuple[float, float]:
    """(delta, gamma) without their factor exp(-dividend_yield * time_to_expiry); `carry` is rate less that yield."""
    deviation = total_vol(time_to_expiry, implied_vol)
    inverse = 1.0 / (spot * deviation)
    moneyness = log_of_normal(spot / strike) + carry * time_to_expiry
    probability, density = cdf_pdf(kind_sign * (moneyness * spot * inverse + 0.5 * deviation))
    return kind_sign * probability, density * inverse


@kernel()
def delta_gamma(
    kind_sign: Array,
    spot: Array,
    strike: Array,
    time_to_expiry: Array,
    rate: float,
    dividend_yield: float,
    implied_vol: Array,
    out_delta: Array,
    out_gamma: Array,
) -> None:
    """Writes delta (shares) and gamma (shares per $) of n options of one underlying; arrays contiguous, shape (n,)."""
    carry = rate - dividend_yield
    for i in range(out_delta.size):
        out_delta[i], out_gamma[i] = delta_gamma_before_growth(
            kind_sign[i], spot[i], strike[i], time_to_expiry[i], carry, implied_vol[i]
        )
    if dividend_yield != 0.0:
        for i in range(out_delta.size):
            growth = exp(-dividend_yield * time_to_expiry[i])
            out_delta[i] *= growth
            out_gamma[i] *= growth
