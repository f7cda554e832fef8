"""Exponential, logarithm and sine for inner loops: branch-free, so that a loop over flat arrays becomes vector code.

Everything here is built from IEEE additions, multiplications, divisions, explicit fused multiply-adds and bit casts, in
a fixed order: a lane of a vector and a scalar give the same bits, on any processor with fused multiply-add. Run as
plain Python the fused multiply-add rounds twice, which moves results by less than 1e-15 relative.

Every polynomial is our own: the Chebyshev interpolant, computed with 60 digits, its coefficients rounded to doubles.
The error quoted beside it is the largest of the rounded polynomial on the reduced range, before rounding of the
arithmetic.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float64, int64, types
from numba.extending import intrinsic, overload

from simhedge.kernels.compiler import kernel

# Adding 1.5 * 2^52 rounds a double to the nearest integer and leaves that integer in the lowest bits of the sum.
ROUND_MAGIC = 6755399441055744.0
EXPONENT_ONE = np.int64(0x3FF0000000000000)
MANTISSA_MASK = np.int64(0x000FFFFFFFFFFFFF)
MANTISSA_BITS = np.int64(52)

LOG2_E = 1.4426950408889634
# ln 2 in two parts; the first has 21 trailing zero bits, so that its product with any exponent is exact.
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10

SMALLEST_NORMAL = 2.2250738585072014e-308
EXP_UNDERFLOW = -708.3964185322641
EXP_OVERFLOW = 709.782712893384
SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
LOG_SHIFT = np.int64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
# 2^52 + 1023: with the biased exponent in the low bits of 2^52, subtracting it leaves the exponent as a double.
TWO_52_BITS = np.int64(0x4330000000000000)
TWO_52_PLUS_BIAS = 4503599627371519.0
ONE, TWO = np.int64(1), np.int64(2)
SIGN_SHIFT = np.int64(62)
SIGN_BIT = np.int64(-0x8000000000000000)


def fused_multiply_add(a: float, b: float, c: float) -> float:
    """a * b + c, rounded once where compiled (rounded twice as plain Python)."""
    return a * b + c


def bits_of(x: float) -> np.int64:
    """The 64 bits of a double as a signed integer."""
    return np.int64(struct.unpack("<q", struct.pack("<d", x))[0])


def double_of(bits: np.int64) -> float:
    """The double with these 64 bits."""
    return float(struct.unpack("<d", struct.pack("<q", int(bits)))[0])


def _fma_signature(context: Any, a: Any, b: Any, c: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return float64(float64, float64, float64), generate


def _bits_signature(context: Any, x: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return int64(float64), generate


def _double_signature(context: Any, bits: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return float64(int64), generate


_FMA: Any = intrinsic(_fma_signature)
_BITS: Any = intrinsic(_bits_signature)
_DOUBLE: Any = intrinsic(_double_signature)


@overload(fused_multiply_add, strict=False, jit_options={"forceinline": True})
def _compiled_fused_multiply_add(a: Any, b: Any, c: Any) -> Callable[..., Any]:
    return lambda a, b, c: _FMA(a, b, c)


@overload(bits_of, strict=False, jit_options={"forceinline": True})
def _compiled_bits_of(x: Any) -> Callable[..., Any]:
    return lambda x: _BITS(x)


@overload(double_of, strict=False, jit_options={"forceinline": True})
def _compiled_double_of(bits: Any) -> Callable[..., Any]:
    return lambda bits: _DOUBLE(bits)


@kernel(inline=True)
def exp_of_sum(high: float, low: float) -> float:
    """exp(high + low) for abs(low) below 1e-3, the sum not rounded before it is reduced; flushed as `exp`."""
    fma = fused_multiply_add
    shifted = fma(high, LOG2_E, ROUND_MAGIC)
    exponent = shifted - ROUND_MAGIC
    r = fma(exponent, -LN2_LOW, fma(exponent, -LN2_HIGH, high) + low)
    # (exp(r) - 1 - r) / r^2 on abs(r) <= ln(2)/2: relative error in exp(r) 1.6e-17
    r2 = r * r
    p01 = fma(0.16666666666666669, r, 0.5000000000000001)
    p23 = fma(0.008333333333330062, r, 0.04166666666662413)
    p45 = fma(0.00019841269863053618, r, 0.0013888888917213717)
    p67 = fma(2.7557268459997064e-06, r, 2.4801521295954376e-05)
    p89 = fma(2.510038549551032e-08, r, 2.7620088445409746e-07)
    p = fma(fma(fma(fma(p89, r2, p67), r2, p45), r2, p23), r2, p01)
    fraction = 1.0 + fma(r2, p, r)
    scaled = double_of(bits_of(fraction) + (bits_of(shifted) << MANTISSA_BITS))
    flushed = 0.0 if high < EXP_UNDERFLOW else scaled
    return math.inf if high > EXP_OVERFLOW else flushed


@kernel(inline=True)
def exp(x: float) -> float:
    """e to the x, within 1 ulp; 0 below -708.39 (no subnormal results), inf above 709.78, NaN for NaN."""
    return exp_of_sum(x, -0.0)


@kernel(inline=True)
def log_of_normal(x: float) -> float:
    """Natural logarithm within 1 ulp of a positive, finite, normal double (2.3e-308 <= x < inf): trusts its input."""
    fma = fused_multiply_add
    shifted = bits_of(x) + LOG_SHIFT
    # x = 2^exponent * m with sqrt(1/2) <= m < sqrt(2); f is exact
    exponent = double_of((shifted >> MANTISSA_BITS) | TWO_52_BITS) - TWO_52_PLUS_BIAS
    f = double_of((shifted & MANTISSA_MASK) + SQRT_HALF_BITS) - 1.0
    s = f / (2.0 + f)
    z = s * s
    # (2 atanh(s) - 2 s) / s^3 in z = s^2 <= 0.02944: relative error in the logarithm 4.6e-18
    z2 = z * z
    p01 = fma(0.39999999999899444, z, 0.666666666666667)
    p23 = fma(0.22222211130259878, z, 0.2857142862600327)
    p45 = fma(0.15331710618210773, z, 0.18182889455674947)
    p = z * fma(fma(fma(0.14616585424888623, z2, p45), z2, p23), z2, p01)
    half_square = 0.5 * f * f
    # log(1 + f) = f - (f^2/2 - s (f^2/2 + z p)), the arrangement of fdlibm (Ng, 1993), which keeps f unrounded
    correction = fma(s, half_square + p, exponent * LN2_LOW)
    return fma(exponent, LN2_HIGH, f - (half_square - correction))


@kernel(inline=True)
def log(x: float) -> float:
    """Natural logarithm within 1 ulp for every double: -inf at 0, NaN below, inf at inf, subnormals included."""
    subnormal = x < SMALLEST_NORMAL
    scaled = x * 18014398509481984.0 if subnormal else x
    value = log_of_normal(scaled)
    value = value - 37.42994775023705 if subnormal else value
    value = x if x >= math.inf else value
    value = -math.inf if x == 0.0 else value
    return value if x >= 0.0 else math.nan


@kernel(inline=True)
def sincos_two_pi(u: float) -> tuple[float, float]:
    """(sin, cos) of 2 pi u, absolute error below 2e-16, for abs(u) < 2^50; exact at multiples of a quarter turn."""
    fma = fused_multiply_add
    shifted = fma(4.0, u, ROUND_MAGIC)
    quadrant = bits_of(shifted)
    r = fma(shifted - ROUND_MAGIC, -0.25, u)
    w = r * r
    w2 = w * w
    # sin(2 pi r) / r and (cos(2 pi r) - 1) / r^2 in w = r^2 <= 1/64: errors 3.9e-17 (relative) and 1.8e-17
    s01 = fma(-41.341702240399634, w, 6.283185307179586)
    s23 = fma(-76.70585970425508, w, 81.60524927594797)
    s45 = fma(-15.093804042841079, w, 42.05868501748958)
    sine = r * fma(fma(fma(3.7808650697534167, w2, s45), w2, s23), w2, s01)
    c01 = fma(64.93939402266824, w, -19.739208802178716)
    c23 = fma(60.24464135269435, w, -85.45681720664378)
    c45 = fma(7.903206845861561, w, -26.426253274804587)
    cosine = fma(w, fma(fma(fma(-1.6990328650055457, w2, c45), w2, c23), w2, c01), 1.0)
    swap = (quadrant & ONE) != 0
    first = cosine if swap else sine
    second = sine if swap else cosine
    # sine is negative in quadrants 2 and 3, cosine in 1 and 2
    sine_sign = (quadrant & TWO) << SIGN_SHIFT
    cosine_sign = ((quadrant + ONE) & TWO) << SIGN_SHIFT
    return double_of(bits_of(first) ^ sine_sign), double_of(bits_of(second) ^ cosine_sign)
