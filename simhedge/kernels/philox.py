"""Random numbers by counter: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, 2011), uniforms and normals.

A draw is a pure function of key (seed and stream) and counter (path and step), so that no draw depends on the order of
work, on the number of threads or on what other agents draw.
"""

from __future__ import annotations

import math

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import double_of, log_of_normal, sincos_two_pi

MASK = np.uint64(0xFFFFFFFF)
WORD = np.uint64(32)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
ROUNDS = 10
HIGH_SHIFT = np.uint64(20)
LOW_SHIFT = np.uint64(12)
ONE_BITS = np.uint64(0x3FF0000000000000)
# 1 - 2^-53: subtracting it from a double in [1, 2) leaves the middle of one of 2^52 equal cells of (0, 1), exactly.
ONE_LESS_HALF_CELL = 0.9999999999999999


@kernel(inline=True)
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Four random 32-bit words of the counter (c0, c1, c2, c3) under the key (k0, k1), all words held in uint64."""
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> WORD) ^ c1 ^ k0
        c1 = product_1 & MASK
        c2 = (product_0 >> WORD) ^ c3 ^ k1
        c3 = product_0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@kernel(inline=True)
def uniform(high: np.uint64, low: np.uint64) -> float:
    """A double in (0, 1), the ends excluded, from two 32-bit words: the middle of one of 2^52 equal cells."""
    bits = ONE_BITS | (high << HIGH_SHIFT) | (low >> LOW_SHIFT)
    return double_of(np.int64(bits)) - ONE_LESS_HALF_CELL


@kernel(inline=True)
def uniform_pair(path: int, index: int, key0: int, key1: int) -> tuple[float, float]:
    """Two uniforms on (0, 1) at the counter (path, index), both below 2^63, under a key of two 32-bit words."""
    path_bits, index_bits = np.uint64(path), np.uint64(index)
    words = philox4x32(
        path_bits & MASK,
        path_bits >> WORD,
        index_bits & MASK,
        index_bits >> WORD,
        np.uint64(key0) & MASK,
        np.uint64(key1) & MASK,
    )
    return uniform(words[0], words[1]), uniform(words[2], words[3])


@kernel(inline=True)
def normal_pair(path: int, pair: int, key0: int, key1: int) -> tuple[float, float]:
    """Two independent standard normals, those of steps 2*pair and 2*pair + 1 of a path (Box and Muller, 1958).

    The counter is (path, pair), each below 2^63, the key two 32-bit words. No draw exceeds 8.58 in absolute value.
    """
    first, second = uniform_pair(path, pair, key0, key1)
    radius = math.sqrt(-2.0 * log_of_normal(first))
    sine, cosine = sincos_two_pi(second)
    return radius * cosine, radius * sine
