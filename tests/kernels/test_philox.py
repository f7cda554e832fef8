"""Philox against the known answers of Random123, and the laws of the uniforms and normals made from it."""

from __future__ import annotations

import math
import platform
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from simhedge.kernels.philox import normal_pair, philox4x32, uniform, uniform_pair

Array = NDArray[np.float64]
PATHS, PAIRS = 2000, 250
ALL_ONES = 0xFFFFFFFF

# Counter and key, then the four words: known answers of Random123 (Salmon et al., 2011), philox4x32 with 10 rounds.
KNOWN_ANSWERS = [
    ([0] * 6, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([ALL_ONES] * 6, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@numba.njit(error_model="numpy")
def fill_normals(first_path: int, first_pair: int, key0: int, key1: int, out: Array) -> None:
    """Normals of consecutive paths (rows) and steps (columns)."""
    for pair in range(out.shape[1] // 2):
        for i in range(out.shape[0]):
            out[i, 2 * pair], out[i, 2 * pair + 1] = normal_pair(first_path + i, first_pair + pair, key0, key1)


@numba.njit(error_model="numpy")
def fill_uniforms(key0: int, key1: int, out: Array) -> None:
    for i in range(out.size // 2):
        out[2 * i], out[2 * i + 1] = uniform_pair(i, 0, key0, key1)


def normals(paths: int, steps: int, *, path: int = 0, pair: int = 0, key: tuple[int, int] = (20240621, 7)) -> Array:
    out = np.empty((paths, steps))
    fill_normals(path, pair, key[0], key[1], out)
    return out


@pytest.fixture(scope="module")
def sample() -> Array:
    return normals(PATHS, 2 * PAIRS)


@pytest.mark.parametrize(("words", "answer"), KNOWN_ANSWERS)
def test_known_answers(words: list[int], answer: list[int]) -> None:
    assert [int(word) for word in philox4x32(*(np.uint64(word) for word in words))] == answer


def test_uniform_is_inside_the_open_interval_and_symmetric() -> None:
    zero, ones = np.uint64(0), np.uint64(ALL_ONES)
    assert uniform(zero, zero) == 2.0**-53
    assert uniform(ones, ones) == 1.0 - 2.0**-53
    assert uniform(np.uint64(0x80000000), zero) == 0.5 + 2.0**-53


def test_uniform_uses_52_bits() -> None:
    assert uniform(np.uint64(0), np.uint64(1 << 12)) - uniform(np.uint64(0), np.uint64(0)) == 2.0**-52
    assert uniform(np.uint64(0), np.uint64(0xFFF)) == uniform(np.uint64(0), np.uint64(0))


def test_uniforms_are_uniform() -> None:
    u = np.empty(200_000)
    fill_uniforms(1, 2, u)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert u.mean() == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / u.size))
    assert np.corrcoef(u[::2], u[1::2])[0, 1] == pytest.approx(0.0, abs=4 / math.sqrt(u.size / 2))


def test_uniforms_are_the_words_of_philox() -> None:
    words = philox4x32(*(np.uint64(word) for word in (5, 0, 3, 0, 11, 12)))
    assert uniform_pair(5, 3, 11, 12) == (uniform(words[0], words[1]), uniform(words[2], words[3]))


def test_normals_are_box_muller_of_the_uniforms() -> None:
    first, second = uniform_pair(9, 4, 1, 2)
    radius, angle = math.sqrt(-2.0 * math.log(first)), 2.0 * math.pi * second
    assert normal_pair(9, 4, 1, 2) == pytest.approx((radius * math.cos(angle), radius * math.sin(angle)), rel=1e-13)


def test_moments_of_normals(sample: Array) -> None:
    count = sample.size
    assert sample.mean() == pytest.approx(0.0, abs=4 / math.sqrt(count))
    assert sample.var() == pytest.approx(1.0, abs=4 * math.sqrt(2 / count))
    assert (sample**3).mean() == pytest.approx(0.0, abs=4 * math.sqrt(15 / count))
    assert (sample**4).mean() == pytest.approx(3.0, abs=4 * math.sqrt(96 / count))


def test_law_of_normals(sample: Array) -> None:
    assert stats.kstest(sample[:, ::2].ravel()[:200_000], "norm").pvalue > 1e-4
    assert stats.kstest(sample[:, 1::2].ravel()[:200_000], "norm").pvalue > 1e-4
    share = float((np.abs(sample) > 3.0).mean())
    expected = 2 * stats.norm.sf(3.0)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected / sample.size))


def test_neighbours_are_uncorrelated(sample: Array) -> None:
    tolerance = 4 / math.sqrt(sample.size / 2)
    for left, right in [
        (sample[:, 0::2], sample[:, 1::2]),
        (sample[:, :-1], sample[:, 1:]),
        (sample[:-1], sample[1:]),
        (sample[:, 0::2] ** 2 - 1, sample[:, 1::2] ** 2 - 1),
    ]:
        assert np.corrcoef(left.ravel(), right.ravel())[0, 1] == pytest.approx(0.0, abs=tolerance)


def test_streams_of_other_keys_are_uncorrelated(sample: Array) -> None:
    for key in [(20240622, 7), (20240621, 8)]:
        other = normals(PATHS, 2 * PAIRS, key=key)
        assert np.corrcoef(sample.ravel(), other.ravel())[0, 1] == pytest.approx(0.0, abs=4 / math.sqrt(sample.size))


def test_a_draw_does_not_depend_on_the_order_of_work(sample: Array) -> None:
    np.testing.assert_array_equal(normals(37, 20, path=101, pair=33), sample[101:138, 66:86])
    np.testing.assert_array_equal(normals(1, 2, path=1999, pair=249), sample[1999:, 498:])


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(0, ALL_ONES), st.integers(0, ALL_ONES))
@settings(deadline=None)
def test_normals_are_finite_and_all_counter_bits_count(path: int, pair: int, key0: int, key1: int) -> None:
    draw = normals(1, 2, path=path, pair=pair, key=(key0, key1))
    assert np.isfinite(draw).all()
    assert np.abs(draw).max() < 8.58
    for other_path, other_pair in [
        (path ^ (1 << 40), pair),
        (path, pair ^ (1 << 40)),
        (path ^ 1, pair),
        (path, pair ^ 1),
    ]:
        assert (normals(1, 2, path=other_path, pair=other_pair, key=(key0, key1)) != draw).any()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 machine code")
def test_the_loop_over_lanes_becomes_vector_code() -> None:
    @numba.njit(error_model="numpy")
    def fill_block(pair: int, key0: int, key1: int, first: Array, second: Array) -> None:
        for i in range(128):
            first[i], second[i] = normal_pair(i, pair, key0, key1)

    signature: Any = (numba.int64, numba.int64, numba.int64, numba.float64[::1], numba.float64[::1])
    fill_block.compile(signature)
    machine_code = fill_block.inspect_asm(fill_block.signatures[0])
    assert "pmuludq" in machine_code
    assert "sqrtpd" in machine_code
