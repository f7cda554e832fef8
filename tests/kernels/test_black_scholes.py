"""Price and Greeks: parity, homogeneity, the pricing equation, derivatives of each other, limits, printed numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from simhedge.kernels import black_scholes
from simhedge.kernels.black_scholes import delta_gamma, prices

NAMES = ("price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color")
Option = tuple[float, float, float, float, float, float, float]


@numba.njit(error_model="numpy")
def all_twelve(
    kind_sign: float,
    spot: float,
    strike: float,
    time_to_expiry: float,
    rate: float,
    dividend_yield: float,
    implied_vol: float,
) -> tuple[float, ...]:
    return (
        black_scholes.price(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.delta(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.gamma(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.vega(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.theta(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.rho(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.vanna(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.charm(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.volga(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.speed(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.zomma(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
        black_scholes.color(kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol),
    )


def greeks(option: Option) -> dict[str, float]:
    return dict(zip(NAMES, all_twelve(*option), strict=True))


def moved(option: Option, position: int, step: float) -> Option:
    changed = list(option)
    changed[position] += step
    return tuple(changed)  # type: ignore[return-value]


@st.composite
def options(draw: Callable[[st.SearchStrategy[float]], float]) -> Option:
    """Options within four standard deviations of the money, from days to years."""
    kind_sign, spot = draw(st.sampled_from([1.0, -1.0])), draw(st.floats(10.0, 5000.0))
    time_to_expiry, implied_vol = draw(st.floats(0.01, 3.0)), draw(st.floats(0.05, 1.0))
    deviations = draw(st.floats(-4.0, 4.0))
    rate, dividend_yield = draw(st.floats(-0.02, 0.1)), draw(st.floats(0.0, 0.08))
    strike = spot * math.exp(deviations * implied_vol * math.sqrt(time_to_expiry))
    return kind_sign, spot, strike, time_to_expiry, rate, dividend_yield, implied_vol


@given(options())
@settings(deadline=None)
def test_call_less_put_is_a_forward(option: Option) -> None:
    _, spot, strike, time, rate, dividend_yield, _ = option
    call, put = greeks((1.0, *option[1:])), greeks((-1.0, *option[1:]))  # type: ignore[arg-type]
    stock, bond = spot * math.exp(-dividend_yield * time), strike * math.exp(-rate * time)
    forward = {
        "price": stock - bond,
        "delta": stock / spot,
        "theta": dividend_yield * stock - rate * bond,
        "rho": time * bond,
        "charm": dividend_yield * stock / spot,
    }
    for name in NAMES:
        size = (spot + strike) * max(1.0, time) if name in ("price", "theta", "rho") else 1.0
        assert call[name] - put[name] == pytest.approx(forward.get(name, 0.0), rel=1e-13, abs=1e-14 * size), name


@given(options(), st.floats(0.01, 100.0))
@settings(deadline=None)
def test_homogeneity_in_spot_and_strike(option: Option, factor: float) -> None:
    degree = {"delta": 0, "vanna": 0, "charm": 0, "gamma": -1, "zomma": -1, "color": -1, "speed": -2}
    plain = greeks(option)
    scaled = greeks((option[0], factor * option[1], factor * option[2], *option[3:]))
    for name in NAMES:
        expected = plain[name] * factor ** degree.get(name, 1)
        size = greek_size(name, option) * factor ** degree.get(name, 1)
        assert scaled[name] == pytest.approx(expected, rel=1e-11, abs=1e-13 * size), name


def greek_size(name: str, option: Option) -> float:
    """The largest a Greek gets for options like this one, to judge rounding where it crosses zero."""
    _, spot, strike, time, _, _, implied_vol = option
    deviation = implied_vol * math.sqrt(time)
    gamma = 1.0 / (spot * deviation)
    in_spot = {"price": spot + strike, "delta": 1.0, "gamma": gamma, "speed": gamma / spot * (1.0 + 4.0 / deviation)}
    in_vol = {"vega": spot * math.sqrt(time), "vanna": 4.0 / implied_vol, "zomma": 25.0 * gamma / implied_vol}
    in_vol["volga"] = 25.0 * spot * math.sqrt(time) / implied_vol
    in_time = {"theta": spot * implied_vol / math.sqrt(time) + spot + strike, "charm": 4.0 / time + 1.0 / deviation}
    in_time["color"] = gamma * (25.0 / time + 4.0 / deviation)
    return {**in_spot, **in_vol, **in_time, "rho": strike * time}[name]


@given(options())
@settings(deadline=None)
def test_pricing_equation(option: Option) -> None:
    _, spot, strike, _, rate, dividend_yield, implied_vol = option
    g = greeks(option)
    terms = (
        g["theta"],
        (rate - dividend_yield) * spot * g["delta"],
        0.5 * implied_vol**2 * spot**2 * g["gamma"],
        -rate * g["price"],
    )
    assert math.fsum(terms) == pytest.approx(0.0, abs=1e-13 * (sum(map(abs, terms)) + spot + strike))


# Greek, the function it is the derivative of, the argument's position, the sign (time Greeks are minus d/dT)
DERIVATIVES = [
    ("delta", "price", 1, 1.0),
    ("gamma", "delta", 1, 1.0),
    ("vega", "price", 6, 1.0),
    ("theta", "price", 3, -1.0),
    ("rho", "price", 4, 1.0),
    ("vanna", "delta", 6, 1.0),
    ("vanna", "vega", 1, 1.0),
    ("charm", "delta", 3, -1.0),
    ("volga", "vega", 6, 1.0),
    ("speed", "gamma", 1, 1.0),
    ("zomma", "gamma", 6, 1.0),
    ("color", "gamma", 3, -1.0),
]


@pytest.mark.parametrize("kind_sign", [1.0, -1.0])
@pytest.mark.parametrize(("greek", "of", "position", "sign"), DERIVATIVES)
def test_greeks_are_derivatives_of_each_other(
    greek: str, of: str, position: int, sign: float, kind_sign: float
) -> None:
    for option in [(kind_sign, 100.0, 110.0, 0.7, 0.05, 0.02, 0.25), (kind_sign, 49.0, 45.0, 0.2, -0.01, 0.03, 0.6)]:
        h = 1e-3 * option[position] if option[position] > 0 else 1e-3
        slopes = [
            (greeks(moved(option, position, s))[of] - greeks(moved(option, position, -s))[of]) / (2 * s)
            for s in (h, h / 2)
        ]
        extrapolated = (4 * slopes[1] - slopes[0]) / 3  # Richardson: error of order h^4
        assert greeks(option)[greek] == pytest.approx(sign * extrapolated, rel=2e-8)


@pytest.mark.parametrize("time_to_expiry", [0.0, 1e-12])
@pytest.mark.parametrize("spot", [90.0, 99.99, 100.01, 110.0])
def test_expiry_away_from_the_strike(spot: float, time_to_expiry: float) -> None:
    for kind_sign in (1.0, -1.0):
        g = greeks((kind_sign, spot, 100.0, time_to_expiry, 0.05, 0.02, 0.2))
        in_the_money = kind_sign * (spot - 100.0) > 0
        assert g["price"] == pytest.approx(max(kind_sign * (spot - 100.0), 0.0), abs=1e-9)
        assert g["delta"] == pytest.approx(kind_sign * in_the_money, abs=1e-12)
        assert g["theta"] == pytest.approx(kind_sign * in_the_money * (0.02 * spot - 0.05 * 100.0), abs=1e-9)
        assert g["charm"] == pytest.approx(kind_sign * in_the_money * 0.02, abs=1e-12)
        assert g["rho"] == pytest.approx(0.0, abs=1e-9)
        for name in ("gamma", "vega", "vanna", "volga", "speed", "zomma", "color"):
            assert g[name] == 0.0, name


@pytest.mark.parametrize("kind_sign", [1.0, -1.0])
def test_expiry_at_the_strike(kind_sign: float) -> None:
    g = greeks((kind_sign, 100.0, 100.0, 0.0, 0.05, 0.02, 0.2))
    assert (g["price"], g["delta"], g["rho"], g["vega"]) == (0.0, 0.5 * kind_sign, 0.0, 0.0)
    assert all(math.isfinite(value) for value in g.values())
    assert g["gamma"] > 1e20


@given(
    st.sampled_from([1.0, -1.0]),
    st.floats(1e-3, 1e5),
    st.floats(1e-3, 1e5),
    st.one_of(st.just(0.0), st.floats(1e-12, 30.0)),
    st.one_of(st.just(0.0), st.floats(1e-8, 5.0)),
)
@settings(deadline=None)
def test_no_nan_and_bounds(kind_sign: float, spot: float, strike: float, time: float, implied_vol: float) -> None:
    g = greeks((kind_sign, spot, strike, time, 0.05, 0.02, implied_vol))
    assert all(math.isfinite(value) for value in g.values())
    assert 0.0 <= kind_sign * g["delta"] <= 1.0
    assert g["gamma"] >= 0.0
    assert g["vega"] >= 0.0
    intrinsic = kind_sign * (spot * math.exp(-0.02 * time) - strike * math.exp(-0.05 * time))
    assert g["price"] >= max(intrinsic, 0.0) - 1e-14 * (spot + strike)


@pytest.mark.parametrize("kind_sign", [1.0, -1.0])
def test_without_vol_value_is_that_of_the_forward(kind_sign: float) -> None:
    g = greeks((kind_sign, 100.0, 95.0, 1.0, 0.05, 0.02, 0.0))
    forward = 100.0 * math.exp(-0.02) - 95.0 * math.exp(-0.05)
    assert g["price"] == pytest.approx(max(kind_sign * forward, 0.0), rel=1e-14)
    assert (g["gamma"], g["vega"], g["vanna"], g["volga"]) == (0.0, 0.0, 0.0, 0.0)


# Twelve significant digits from 40-digit arithmetic; call A, put B and Hull's call C.
CASES: dict[str, Option] = {
    "A": (1.0, 100.0, 100.0, 1.0, 0.05, 0.02, 0.2),
    "B": (-1.0, 100.0, 100.0, 1.0, 0.05, 0.02, 0.2),
    "C": (1.0, 49.0, 50.0, 20.0 / 52.0, 0.05, 0.0, 0.2),
}
REFERENCE = {
    "price": (9.22700550815, 6.33008062755, 2.40052732327),
    "delta": (0.586851146135, -0.393347527172, 0.521604661066),
    "gamma": (0.018950578755, 0.018950578755, 0.0655440393478),
    "vega": (37.90115751, 37.90115751, 12.1054798826),
    "theta": (-5.089318914, -2.29356913811, -4.30532982293),
    "rho": (49.4581091053, -45.6648333447, 8.90696194961),
    "vanna": (-0.094752893775, -0.094752893775, 0.139132968234),
    "charm": (-0.0356394239648, -0.055243397431, -0.196757468143),
    "volga": (2.36882234438, 2.36882234438, -0.229081117859),
    "speed": (-0.000426388021988, -0.000426388021988, -0.00192194388548),
    "zomma": (-0.0935684826029, -0.0935684826029, -0.328960535986),
    "color": (0.0104465065387, 0.0104465065387, 0.0869612999085),
}


@pytest.mark.parametrize("name", NAMES)
def test_reference_values(name: str) -> None:
    ours = [greeks(option)[name] for option in CASES.values()]
    assert ours == pytest.approx(REFERENCE[name], rel=1e-11)


# Haug (1998), as used by QuantLib's tests of European options; Hull, examples 19.1 and 19.6.
PUBLISHED: list[tuple[str, Option, float, float]] = [
    ("price", (1.0, 60.0, 65.0, 0.25, 0.08, 0.0, 0.30), 2.1334, 5e-5),
    ("price", (-1.0, 75.0, 70.0, 0.5, 0.10, 0.05, 0.35), 4.0870, 5e-5),
    ("price", (1.0, 110.0, 100.0, 0.5, 0.10, 0.10, 0.25), 12.7857, 5e-5),
    ("delta", (1.0, 105.0, 100.0, 0.5, 0.10, 0.10, 0.36), 0.5946, 5e-5),
    ("delta", (-1.0, 105.0, 100.0, 0.5, 0.10, 0.10, 0.36), -0.3566, 5e-5),
    ("gamma", (1.0, 55.0, 60.0, 0.75, 0.10, 0.0, 0.30), 0.0278, 5e-5),
    ("vega", (1.0, 55.0, 60.0, 0.75, 0.10, 0.0, 0.30), 18.9358, 5e-5),
    ("rho", (1.0, 72.0, 75.0, 1.0, 0.09, 0.0, 0.19), 38.7325, 5e-5),
    ("delta", CASES["C"], 0.522, 5e-4),
    ("vega", CASES["C"], 12.1, 5e-2),
]


@pytest.mark.parametrize(("name", "option", "printed", "rounding"), PUBLISHED)
def test_published_values(name: str, option: Option, printed: float, rounding: float) -> None:
    assert greeks(option)[name] == pytest.approx(printed, abs=rounding)


def columns(count: int) -> list[Any]:
    random = np.random.default_rng(7)
    kind_sign = random.choice([1.0, -1.0], count)
    spot, strike = random.uniform(60, 160, count), np.full(count, 100.0)
    time = random.uniform(0, 2, count)
    return [kind_sign, spot, strike, time, 0.03, 0.01, random.uniform(0.05, 0.6, count)]


def test_array_forms_agree_with_the_scalar_ones() -> None:
    arguments = columns(1003)
    value, delta, gamma = (np.empty(1003) for _ in range(3))
    prices(*arguments, value)
    delta_gamma(*arguments, delta, gamma)
    single = [greeks(tuple(row)) for row in np.broadcast(*arguments)]  # type: ignore[arg-type]
    np.testing.assert_array_equal(value, [g["price"] for g in single])
    np.testing.assert_allclose(delta, [g["delta"] for g in single], rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(gamma, [g["gamma"] for g in single], rtol=1e-12, atol=1e-300)


def test_array_forms_agree_with_numpy() -> None:
    arguments = columns(20_000)
    kind_sign, spot, strike, time, rate, dividend_yield, implied_vol = arguments
    delta, gamma = np.empty(20_000), np.empty(20_000)
    delta_gamma(*arguments, delta, gamma)
    deviation = implied_vol * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate - dividend_yield) * time) / deviation + 0.5 * deviation
    growth = np.exp(-dividend_yield * time)
    np.testing.assert_allclose(delta, kind_sign * growth * ndtr(kind_sign * d1), rtol=1e-11, atol=1e-15)
    expected = growth * np.exp(-0.5 * d1**2) / math.sqrt(2 * math.pi) / (spot * deviation)
    np.testing.assert_allclose(gamma, expected, rtol=1e-11, atol=1e-15)


def test_names_are_those_of_the_module() -> None:
    assert all(callable(getattr(black_scholes, name)) for name in NAMES)
