"""The normal law against scipy, against 40-digit values in the tails, and its symmetries."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special

from simhedge.kernels.normal import cdf, cdf_pdf, inverse_cdf, pdf, scaled_tail

Array = NDArray[np.float64]

# x, cdf(x), pdf(x): computed with 40 digits (mpmath ncdf and npdf), independent of the polynomial under test.
TAIL_VALUES = [
    (-37.5, 4.6053530095819548438e-308, 1.7282337322841052208e-306),
    (-37.0, 5.7255712225245768227e-300, 2.1200065515246056269e-298),
    (-30.25, 2.6086402857412604963e-201, 7.8997417226608228773e-200),
    (-20.1, 3.6896808637213895544e-90, 7.4345253896803121557e-89),
    (-12.3, 4.5287069561587846514e-35, 5.6066569263038404561e-34),
    (-8.0, 6.2209605742717841235e-16, 5.052271083536892288e-15),
    (-5.5, 1.8989562465887719384e-8, 1.0769760042543276359e-7),
    (-4.5, 3.3976731247300604017e-6, 0.000015983741106905474434),
    (-3.7, 0.00010779973347738826148, 0.00042478027055075140767),
    (-2.2, 0.013903447513498604313, 0.035474592846231420621),
    (-1.0, 0.15865525393145705141, 0.2419707245191433498),
    (-0.3, 0.38208857781104736693, 0.38138781546052408688),
    (0.0, 0.5, 0.39894228040143267794),
    (0.45, 0.67364477971207997823, 0.36052696246164793591),
    (1.7, 0.95543453724145695634, 0.094049077376886930263),
    (3.3, 0.99951657585761622249, 0.0017225689390536811513),
    (6.1, 0.99999999946965767371, 3.3178842435473014682e-9),
]


def over_array(function: Callable[..., float]) -> Any:
    @numba.njit(error_model="numpy")
    def loop(x: Array, out: Array) -> Array:
        for i in range(x.size):
            out[i] = function(x[i])
        return out

    return lambda x: loop(np.ascontiguousarray(x, dtype=np.float64), np.empty(len(x)))


cdf_array, pdf_array, inverse_array, scaled_tail_array = (over_array(f) for f in (cdf, pdf, inverse_cdf, scaled_tail))


@pytest.mark.parametrize(("x", "probability", "density"), TAIL_VALUES)
def test_values_to_14_digits(x: float, probability: float, density: float) -> None:
    assert cdf(x) == pytest.approx(probability, rel=2e-15)
    assert pdf(x) == pytest.approx(density, rel=1e-15)
    assert cdf_pdf(x) == (cdf(x), pdf(x))


def test_cdf_against_scipy() -> None:
    x = np.linspace(-37.0, 9.0, 100_001)
    np.testing.assert_allclose(cdf_array(x), special.ndtr(x), rtol=5e-13)  # ndtr itself loses 2e-13 in the tail
    body = np.linspace(-5.0, 5.0, 100_001)
    np.testing.assert_allclose(cdf_array(body), special.ndtr(body), rtol=1e-14)


def test_scaled_tail_against_scipy() -> None:
    y = np.linspace(0.0, 39.0, 50_001)
    np.testing.assert_allclose(scaled_tail_array(y), 0.5 * special.erfcx(y / math.sqrt(2.0)), rtol=2e-15)


def test_cdf_never_falls() -> None:
    assert (np.diff(cdf_array(np.linspace(-38.0, 9.0, 200_001))) >= 0.0).all()


@given(st.floats(-50.0, 50.0))
@settings(deadline=None)
def test_tails_sum_to_one_and_density_is_even(x: float) -> None:
    assert cdf(x) + cdf(-x) == pytest.approx(1.0, abs=1.2e-16)
    assert pdf(x) == pdf(-x)


def test_ends() -> None:
    assert cdf(0.0) == pytest.approx(0.5, abs=1e-16)
    assert cdf_array([-math.inf, -1e200, -40.0, 40.0, 1e200, math.inf]).tolist() == [0, 0, 0, 1, 1, 1]
    assert pdf_array([-math.inf, -1e200, -40.0, 40.0, 1e200, math.inf]).tolist() == [0] * 6
    assert math.isnan(cdf(math.nan))
    assert math.isnan(pdf(math.nan))


def test_pdf_is_the_slope_of_cdf() -> None:
    x, h = np.linspace(-8.0, 8.0, 1001), 1e-4
    slope = (cdf_array(x + h) - cdf_array(x - h)) / (2 * h)
    np.testing.assert_allclose(slope, pdf_array(x), rtol=2e-7, atol=1e-12)


def test_inverse_against_scipy() -> None:
    p = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 20_001), 10.0 ** np.linspace(-300, -6, 2001)])
    np.testing.assert_allclose(inverse_array(p), special.ndtri(p), rtol=1e-13, atol=1e-16)


@given(st.floats(-37.0, 5.0))
@settings(deadline=None)
def test_inverse_undoes_cdf(x: float) -> None:
    # the cdf's own rounding moves x by eps * cdf / pdf; above 0 that grows with x
    assert inverse_cdf(cdf(x)) == pytest.approx(x, rel=4e-15, abs=4e-16 * max(1.0, cdf(x) / pdf(x)))


def test_inverse_at_the_ends() -> None:
    assert inverse_array([0.0, 0.5, 1.0]).tolist() == [-math.inf, 0.0, math.inf]
    assert np.isnan(inverse_array([-0.1, 1.1, math.nan])).all()


def test_lanes_and_scalars_have_the_same_bits() -> None:
    x = np.random.default_rng(6).normal(size=1003) * 5.0
    alone = np.concatenate([cdf_array(x[i : i + 1]) for i in range(x.size)])
    np.testing.assert_array_equal(cdf_array(x), alone)
