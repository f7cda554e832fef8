"""The standard normal law: density, distribution and quantile, relatively accurate far into the lower tail."""

from __future__ import annotations

import math

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import bits_of, double_of, exp_of_sum, fused_multiply_add, log

INVERSE_SQRT_TWO_PI = 0.3989422804014327
# Clears the lower half of a mantissa: the square of what remains is exact.
UPPER_HALF = np.int64(-0x8000000)
# t = (y - CENTRE) / (y + CENTRE). Beyond TAIL_END the tail is 0; it is so from 37.6 on, for want of normal doubles.
CENTRE = 4.5
TAIL_END = 40.0


@kernel(inline=True)
def exp_minus_half_square(x: float) -> float:
    """exp(-x^2/2), relative error 2e-16 for abs(x) < 37.6, 0 beyond: the square is carried in two parts."""
    upper = double_of(bits_of(x) & UPPER_HALF)
    return exp_of_sum(-0.5 * upper * upper, -0.5 * (x - upper) * (x + upper))


@kernel(inline=True)
def scaled_tail(y: float) -> float:
    """exp(y^2/2) (1 - cdf(y)) for y >= 0, relative error 5e-16: the Mills ratio over sqrt(2 pi)."""
    fma = fused_multiply_add
    y = y if y < TAIL_END else TAIL_END
    above, plus_one = y + CENTRE, y + 1.0
    inverse = 1.0 / (above * plus_one)
    t = (y - CENTRE) * (plus_one * inverse)
    # (1 + y) exp(y^2/2) (1 - cdf(y)) as a polynomial in t, the form of Shepherd and Laframboise (1981) with our own
    # coefficients for 0 <= y <= 40: relative error 7.7e-17
    t2 = t * t
    t4 = t2 * t2
    q0 = fma(-0.09445675888818672, t, 0.46641865659290194)
    q1 = fma(0.01892265666270255, t, 0.023842964769114877)
    q2 = fma(0.02261631044750492, t, -0.03037689096559219)
    q3 = fma(0.00271124609712237, t, -0.010591085340544738)
    q4 = fma(-0.00035300175886796844, t, 0.00011925573024680565)
    q5 = fma(3.383496311626417e-05, t, 7.095188121458242e-05)
    q6 = fma(-3.5856110651722897e-06, t, -1.4895134690970243e-05)
    q7 = fma(5.25400849070695e-07, t, 2.5482899205994987e-06)
    q8 = fma(-1.063254545334381e-07, t, -4.2337707856496405e-07)
    q9 = fma(2.2162406026539902e-08, t, 6.421739613025035e-08)
    q10 = fma(-2.9529370722343926e-09, t, -6.465698697865262e-09)
    h0 = fma(q1, t2, q0)
    h1 = fma(q3, t2, q2)
    h2 = fma(q5, t2, q4)
    h3 = fma(q7, t2, q6)
    h4 = fma(q9, t2, q8)
    p = fma(fma(fma(fma(fma(q10, t4, h4), t4, h3), t4, h2), t4, h1), t4, h0)
    return p * (above * inverse)


@kernel(inline=True)
def pdf(x: float) -> float:
    """Standard normal density at x, relative error 3e-16; 0 for abs(x) above 37.6."""
    return INVERSE_SQRT_TWO_PI * exp_minus_half_square(x)


@kernel(inline=True)
def cdf_pdf(x: float) -> tuple[float, float]:
    """(cdf, pdf) of the standard normal at x for the price of one exponential, each relatively accurate to 1e-15.

    The cdf stays relatively accurate down to x = -37.6 and is 0 below; NaN gives NaN.
    """
    density = exp_minus_half_square(x)
    tail = density * scaled_tail(abs(x))
    return (1.0 - tail if x > 0.0 else tail), INVERSE_SQRT_TWO_PI * density


@kernel(inline=True)
def cdf(x: float) -> float:
    """Probability that a standard normal is at most x, relative error 1e-15 also in the lower tail; 0 below -37.6."""
    return cdf_pdf(x)[0]


@kernel(inline=True)
def _horner7(r: float, high: tuple[float, ...]) -> float:
    """Polynomial of degree 7 in r, coefficients from the highest power down."""
    value = high[0]
    for i in range(1, 8):
        value = value * r + high[i]
    return value


# Wichura (1988), algorithm AS 241 (PPND16): numerators and denominators of the three ranges, highest power first.
CENTRAL_NUMERATOR = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
CENTRAL_DENOMINATOR = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
MIDDLE_NUMERATOR = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
MIDDLE_DENOMINATOR = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
FAR_NUMERATOR = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
FAR_DENOMINATOR = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)


@kernel(inline=True)
def inverse_cdf(p: float) -> float:
    """The x at which cdf(x) = p, relative error 1e-15; -inf at 0, inf at 1, NaN outside [0, 1]. Branches."""
    if not 0.0 <= p <= 1.0:
        return math.nan
    if p == 0.0 or p == 1.0:
        return math.inf if p == 1.0 else -math.inf
    centred = p - 0.5
    if abs(centred) <= 0.425:
        r = 0.180625 - centred * centred
        return centred * _horner7(r, CENTRAL_NUMERATOR) / _horner7(r, CENTRAL_DENOMINATOR)
    r = math.sqrt(-log(p if centred < 0.0 else 1.0 - p))
    if r <= 5.0:
        x = _horner7(r - 1.6, MIDDLE_NUMERATOR) / _horner7(r - 1.6, MIDDLE_DENOMINATOR)
    else:
        x = _horner7(r - 5.0, FAR_NUMERATOR) / _horner7(r - 5.0, FAR_DENOMINATOR)
    return -x if centred < 0.0 else x
