"""exp, log and sincos against numpy over their whole range, their identities, and the same bits in every lane."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simhedge.kernels.elementary import (
    bits_of,
    double_of,
    exp,
    exp_of_sum,
    fused_multiply_add,
    log,
    log_of_normal,
    sincos_two_pi,
)

Array = NDArray[np.float64]


def over_array(function: Callable[..., float]) -> Any:
    """The scalar function as a compiled loop over flat arrays, the form in which the engine uses it."""

    @numba.njit(error_model="numpy")
    def loop(x: Array, out: Array) -> Array:
        for i in range(x.size):
            out[i] = function(x[i])
        return out

    return lambda x: loop(np.ascontiguousarray(x, dtype=np.float64), np.empty(len(x)))


exp_array, log_array, log_of_normal_array = over_array(exp), over_array(log), over_array(log_of_normal)


@numba.njit(error_model="numpy")
def sincos_array(u: Array, sine: Array, cosine: Array) -> None:
    for i in range(u.size):
        sine[i], cosine[i] = sincos_two_pi(u[i])


def ulps(ours: Array, reference: Array) -> float:
    return float(np.max(np.abs(ours - reference) / np.spacing(np.abs(reference))))


def test_exp_over_its_range() -> None:
    random = np.random.default_rng(1)
    x = np.concatenate([random.uniform(-708, 709.7, 200_000), random.uniform(-1, 1, 100_000)])
    assert ulps(exp_array(x), np.exp(x)) <= 2.0


@given(st.floats(-708.0, 709.0))
@settings(deadline=None)
def test_exp_of_any_double(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=5e-16)


def test_exp_at_the_ends() -> None:
    x = [-math.inf, -1e300, -745.2, -708.4, 0.0, -0.0, 709.79, 1e300, math.inf]
    assert exp_array(x).tolist() == [0, 0, 0, 0, 1, 1, math.inf, math.inf, math.inf]
    assert math.isnan(exp(math.nan))
    assert exp(709.782712893384) == pytest.approx(1.7976931348622732e308, rel=1e-15)
    assert exp(-708.39) == pytest.approx(2.2394015027e-308, rel=1e-10)


def test_exp_of_sum_sees_a_part_below_the_last_bit() -> None:
    assert exp_of_sum(-700.0, 1e-13) / exp(-700.0) - 1.0 == pytest.approx(1e-13, rel=2e-3)


def test_log_over_its_range() -> None:
    random = np.random.default_rng(2)
    x = np.concatenate([np.exp(random.uniform(-708, 709, 200_000)), random.uniform(0.5, 2.0, 100_000)])
    assert ulps(log_array(x), np.log(x)) <= 2.0
    np.testing.assert_array_equal(log_of_normal_array(x), log_array(x))


def test_log_near_one_is_relatively_accurate() -> None:
    x = 1.0 + np.random.default_rng(3).normal(size=10_000) * 1e-9
    assert ulps(log_array(x), np.log1p(x - 1.0)) <= 2.0


@given(st.floats(min_value=5e-324, max_value=1.7e308))
@settings(deadline=None)
def test_log_of_any_positive_double(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=5e-16, abs=1e-320)


def test_log_at_the_ends() -> None:
    assert log_array([0.0, -0.0, 1.0, math.inf]).tolist() == [-math.inf, -math.inf, 0.0, math.inf]
    assert np.isnan(log_array([-1.0, -math.inf, math.nan])).all()


@given(st.floats(-700.0, 700.0))
@settings(deadline=None)
def test_log_undoes_exp(x: float) -> None:
    assert log(exp(x)) == pytest.approx(x, rel=1e-15, abs=2.3e-16)


def test_sincos_over_a_turn() -> None:
    u = np.random.default_rng(4).random(100_000)
    sine, cosine = np.empty_like(u), np.empty_like(u)
    sincos_array(u, sine, cosine)
    # numpy's argument 2 pi u is itself rounded, by up to 9e-16
    np.testing.assert_allclose(sine, np.sin(2 * np.pi * u), rtol=0, atol=1e-15)
    np.testing.assert_allclose(cosine, np.cos(2 * np.pi * u), rtol=0, atol=1e-15)
    np.testing.assert_allclose(sine**2 + cosine**2, 1.0, rtol=0, atol=5e-16)


def test_sincos_at_quarter_turns_is_exact() -> None:
    u = np.array([0.0, 0.25, 0.5, 0.75])
    sine, cosine = np.empty(4), np.empty(4)
    sincos_array(u, sine, cosine)
    assert sine.tolist() == [0.0, 1.0, 0.0, -1.0]
    assert cosine.tolist() == [1.0, 0.0, -1.0, 0.0]


def test_bit_casts_undo_each_other() -> None:
    for x in (0.0, -1.5, 1e-310, math.inf):
        assert double_of(bits_of(x)) == x


def compiled_fused_multiply_add() -> Any:
    return numba.njit(lambda a, b, c: fused_multiply_add(a, b, c))


def test_compiled_multiply_add_rounds_once() -> None:
    a = 1.0 + 2.0**-30
    assert compiled_fused_multiply_add()(a, a, -1.0 - 2.0**-29) == 2.0**-60


@pytest.mark.parametrize("function", [exp, log, log_of_normal], ids=["exp", "log", "log_of_normal"])
def test_lanes_and_scalars_have_the_same_bits(function: Callable[..., float]) -> None:
    x = np.random.default_rng(5).uniform(1e-3, 50.0, 1003)
    array = over_array(function)
    alone = np.concatenate([array(x[i : i + 1]) for i in range(x.size)])
    np.testing.assert_array_equal(array(x), alone)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 machine code")
@pytest.mark.parametrize("function", [exp, log], ids=["exp", "log"])
def test_loops_become_vector_code(function: Callable[..., float]) -> None:
    @numba.njit(error_model="numpy")
    def loop(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    signature = (numba.float64[::1], numba.float64[::1])
    loop.compile(signature)
    assert "mulpd" in loop.inspect_asm(loop.signatures[0])
