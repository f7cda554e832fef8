"""Kernels of the exposures against the textbook formulas in numpy and scipy, compiled and as plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from simhedge.kernels.exposures import first_not_below, gamma_matrix, gamma_profile, sensitivities

Floats = NDArray[np.float64]
ROWS = 60


def as_written(kernel: Any) -> Any:
    """The Python function that a kernel was compiled from; the kernel itself where nothing is compiled."""
    return getattr(kernel, "py_func", kernel)


def both_ways(kernel: Any) -> list[Any]:
    return [pytest.param(kernel, id="compiled"), pytest.param(as_written(kernel), id="as Python")]


class Options:
    """Random options of every moneyness, minutes to years from expiry, with vols from 3% to 300%."""

    def __init__(self, seed: int, rows: int = ROWS) -> None:
        random = np.random.default_rng(seed)
        self.kind_sign = random.choice([-1.0, 1.0], rows)
        self.strike = random.uniform(60.0, 140.0, rows)
        self.years = np.exp(random.uniform(math.log(4e-5), math.log(3.0), rows))
        self.dividend_yield = random.uniform(-0.02, 0.06, rows)
        self.vol = np.exp(random.uniform(math.log(0.03), math.log(3.0), rows))
        self.shares = random.uniform(-1e6, 1e6, rows)
        self.group = random.integers(0, 3, rows)

    def d1(self, spots: Floats, rate: float) -> Floats:
        deviation = (self.vol * np.sqrt(self.years))[:, None]
        drift = ((rate - self.dividend_yield) * self.years)[:, None]
        return (np.log(spots[None, :] / self.strike[:, None]) + drift) / deviation + 0.5 * deviation

    def gamma(self, spots: Floats, rate: float) -> Floats:
        growth = np.exp(-self.dividend_yield * self.years)[:, None]
        deviation = (self.vol * np.sqrt(self.years))[:, None]
        return growth * norm.pdf(self.d1(spots, rate)) / (spots[None, :] * deviation)

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.strike, self.years, self.dividend_yield, self.vol


def profile_of(kernel: Any, options: Options, spots: Floats, rate: float, reach: float, groups: int = 3) -> Floats:
    out = np.full((groups, spots.size), np.nan)  # what lies in the memory before does not matter
    rows = (options.shares, *options.arrays(), options.group)
    kernel(spots, rate, *rows, reach, np.empty(spots.size), out)
    return out


# Haug (2007), Hull (2014): gamma, delta, vanna and charm (in calendar time, per year) to 12 digits.
CASES = [
    ((1.0, 100.0, 100.0, 1.0, 0.05, 0.02, 0.2), (0.018950578755, 0.586851146135, -0.094752893775, -0.0356394239648)),
    ((-1.0, 100.0, 100.0, 1.0, 0.05, 0.02, 0.2), (0.018950578755, -0.393347527172, -0.094752893775, -0.055243397431)),
    (
        (1.0, 49.0, 50.0, 20.0 / 52.0, 0.05, 0.0, 0.2),
        (0.0655440393478, 0.521604661066, 0.139132968234, -0.196757468143),
    ),
]


@pytest.mark.parametrize("kernel", both_ways(sensitivities))
@pytest.mark.parametrize(("option", "expected"), CASES)
def test_reference_values(kernel: Any, option: tuple[float, ...], expected: tuple[float, ...]) -> None:
    kind_sign, spot, strike, years, rate, dividend_yield, vol = option
    out = np.empty((4, 1))
    kernel(spot, rate, *(np.array([x]) for x in (kind_sign, strike, years, dividend_yield, vol)), out)
    assert out[:, 0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("kernel", both_ways(sensitivities))
@pytest.mark.parametrize("seed", range(3))
def test_sensitivities_by_formula(kernel: Any, seed: int) -> None:
    options, spot, rate = Options(seed), 97.0, 0.03
    out = np.empty((4, ROWS))
    kernel(spot, rate, options.kind_sign, *options.arrays(), out)
    d1 = options.d1(np.array([spot]), rate)[:, 0]
    deviation, q, t = options.vol * np.sqrt(options.years), options.dividend_yield, options.years
    d2, growth, held = d1 - deviation, np.exp(-q * t), norm.cdf(options.kind_sign * d1)
    pull = (2.0 * (rate - q) * t - d2 * deviation) / (2.0 * t * deviation)
    expected = [
        growth * norm.pdf(d1) / (spot * deviation),
        options.kind_sign * growth * held,
        -growth * norm.pdf(d1) * d2 / options.vol,
        options.kind_sign * q * growth * held - growth * norm.pdf(d1) * pull,
    ]
    for found, formula in zip(out, expected, strict=True):
        np.testing.assert_allclose(found, formula, rtol=1e-10, atol=1e-12 * np.abs(formula).max())


def test_charm_and_vanna_are_slopes_of_delta() -> None:
    """Charm as time passes, vanna as vol rises: signs that many texts turn."""
    options, spot, rate = Options(7), 97.0, 0.03
    options.years = np.maximum(options.years, 0.01)
    known = np.empty((4, ROWS))
    sensitivities(spot, rate, options.kind_sign, *options.arrays(), known)

    def delta(years: Floats, vol: Floats) -> Floats:
        out = np.empty((4, ROWS))
        sensitivities(spot, rate, options.kind_sign, options.strike, years, options.dividend_yield, vol, out)
        return out[1]

    later, earlier = delta(options.years - 1e-6, options.vol), delta(options.years + 1e-6, options.vol)
    np.testing.assert_allclose((later - earlier) / 2e-6, known[3], rtol=1e-4, atol=1e-6)
    rise = delta(options.years, options.vol + 1e-6) - delta(options.years, options.vol - 1e-6)
    np.testing.assert_allclose(rise / 2e-6, known[2], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kernel", both_ways(sensitivities))
def test_sensitivities_stay_finite_at_expiry(kernel: Any) -> None:
    """No time left, or no vol: every number is finite, and gamma is 0 away from the strike."""
    strike = np.array([90.0, 100.0, 110.0, 90.0, 100.0, 110.0])
    years, vol = np.array([0.0, 0.0, 0.0, 0.1, 0.1, 0.1]), np.array([0.2, 0.2, 0.2, 0.0, 0.0, 0.0])
    out = np.empty((4, 6))
    kernel(100.0, 0.0, np.ones(6), strike, years, np.zeros(6), vol, out)
    assert np.isfinite(out).all()
    assert (out[0, [0, 2, 3, 5]] == 0.0).all()
    assert out[1] == pytest.approx([1.0, 0.5, 0.0, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("kernel", both_ways(first_not_below))
def test_first_not_below(kernel: Any) -> None:
    logs = np.array([-1.0, 0.0, 0.0, 0.5, 2.0])
    for edge in (-np.inf, -1.0, -0.5, 0.0, 0.25, 0.5, 2.0, 2.5, np.inf):
        assert kernel(logs, edge) == np.searchsorted(logs, edge, side="left")
    assert kernel(np.empty(0), 0.0) == 0


@pytest.mark.parametrize("kernel", both_ways(gamma_profile))
@pytest.mark.parametrize("seed", range(3))
def test_profile_is_the_sum_of_gammas(kernel: Any, seed: int) -> None:
    options, spots, rate = Options(seed), np.linspace(50.0, 150.0, 83), 0.04
    found = profile_of(kernel, options, spots, rate, 40.0)
    gamma = options.shares[:, None] * options.gamma(spots, rate)
    for g in range(3):
        own = gamma[options.group == g]
        np.testing.assert_allclose(found[g], own.sum(axis=0), rtol=0.0, atol=1e-12 * np.abs(own).sum(axis=0).max())


@pytest.mark.parametrize("kernel", both_ways(gamma_profile))
@pytest.mark.parametrize("reach", [0.0, 0.7, 3.0])
def test_profile_leaves_out_what_is_beyond_reach(kernel: Any, reach: float) -> None:
    options, spots, rate = Options(5), np.linspace(50.0, 150.0, 83), 0.04
    found = profile_of(kernel, options, spots, rate, reach)
    near = np.where(np.abs(options.d1(spots, rate)) <= reach, options.gamma(spots, rate), 0.0)
    gamma = options.shares[:, None] * near
    for g in range(3):
        expected = gamma[options.group == g].sum(axis=0)
        np.testing.assert_allclose(found[g], expected, rtol=0.0, atol=1e-12 * max(np.abs(gamma).max(), 1.0))


def test_nine_deviations_lose_nothing() -> None:
    """What the usual reach of nine standard deviations leaves out is below 1e-17 of the option's peak."""
    options, spots = Options(6), np.linspace(50.0, 150.0, 401)
    usual, exact = (profile_of(gamma_profile, options, spots, 0.0, reach) for reach in (9.0, 40.0))
    peak = np.abs(options.shares / (options.vol * np.sqrt(options.years))).sum() / 50.0
    assert np.abs(usual - exact).max() <= 1e-17 * peak


@pytest.mark.parametrize("kernel", both_ways(gamma_profile))
def test_groups_without_options_are_zero(kernel: Any) -> None:
    options, spots = Options(1), np.linspace(50.0, 150.0, 11)
    options.group[:] = 1
    found = profile_of(kernel, options, spots, 0.0, 40.0, groups=4)
    assert (found[[0, 2, 3]] == 0.0).all()
    assert (found[1] != 0.0).any()
    assert (profile_of(kernel, Options(1, rows=0), spots, 0.0, 40.0) == 0.0).all()


def test_profile_adds_up_over_groups_and_turns_with_the_shares() -> None:
    options, spots = Options(2), np.linspace(50.0, 150.0, 57)
    three = profile_of(gamma_profile, options, spots, 0.0, 40.0)
    options.group[:] = 0
    one = profile_of(gamma_profile, options, spots, 0.0, 40.0, groups=1)
    np.testing.assert_allclose(three.sum(axis=0), one[0], rtol=0.0, atol=1e-12 * np.abs(three).max())
    options.shares = -options.shares
    assert (profile_of(gamma_profile, options, spots, 0.0, 40.0, groups=1) == -one).all()


@pytest.mark.parametrize("vol", [1e-6, 1e3, 1e200])
def test_profile_of_an_absurd_vol_is_finite(vol: float) -> None:
    options, spots = Options(3), np.linspace(50.0, 150.0, 57)
    options.vol[:] = vol
    assert np.isfinite(profile_of(gamma_profile, options, spots, 0.0, 9.0)).all()


@pytest.mark.parametrize("kernel", both_ways(gamma_matrix))
def test_matrix_holds_each_options_gamma(kernel: Any) -> None:
    """At any spots, ascending or not."""
    options, rate = Options(4), 0.02
    spots = np.random.default_rng(0).uniform(50.0, 150.0, 31)
    out = np.full((ROWS, 31), np.nan)
    kernel(spots, rate, *options.arrays(), out)
    np.testing.assert_allclose(out, options.gamma(spots, rate), rtol=1e-9, atol=1e-300)


def test_matrix_and_profile_agree() -> None:
    options, spots, rate = Options(8), np.linspace(50.0, 150.0, 83), 0.02
    out = np.empty((ROWS, 83))
    gamma_matrix(spots, rate, *options.arrays(), out)
    options.group = np.arange(ROWS)
    found = profile_of(gamma_profile, options, spots, rate, 40.0, groups=ROWS)
    np.testing.assert_allclose(options.shares[:, None] * out, found, rtol=1e-10, atol=1e-290)


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_compiled_as_written(rate: float) -> None:
    """The compiled kernels give the numbers of the Python they are written in."""
    options, spots = Options(9), np.linspace(50.0, 150.0, 83)
    compiled, plain = np.empty((4, ROWS)), np.empty((4, ROWS))
    sensitivities(97.0, rate, options.kind_sign, *options.arrays(), compiled)
    as_written(sensitivities)(97.0, rate, options.kind_sign, *options.arrays(), plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12, atol=1e-290)
    first = profile_of(gamma_profile, options, spots, rate, 9.0)
    second = profile_of(as_written(gamma_profile), options, spots, rate, 9.0)
    np.testing.assert_allclose(first, second, rtol=0.0, atol=1e-13 * np.abs(first).max())
