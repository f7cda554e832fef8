"""The solver: round trips, bounds, agreement with Brent's method, compiled against uncompiled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from simhedge.chains.implied_vol import implied_vols

Floats = NDArray[np.float64]


def black(sign: float, forward: float, strike: float, time: float, discount: float, vol: float) -> float:
    """Black's (1976) price ($)."""
    total = vol * math.sqrt(time)
    d1 = math.log(forward / strike) / total + 0.5 * total
    return float(discount * sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - total))))


def solve(sign: float, price: float, forward: float, strike: float, time: float, discount: float = 1.0) -> float:
    out = np.empty(1)
    implied_vols(*(np.array([value]) for value in (sign, price, forward, strike, time, discount)), out)
    return float(out[0])


@settings(max_examples=300, deadline=None)
@given(
    sign=st.sampled_from([1.0, -1.0]),
    forward=st.floats(1.0, 1e5),
    moneyness=st.floats(-1.5, 1.5),
    time=st.floats(1 / 252, 6.0),
    vol=st.floats(0.01, 4.0),
    discount=st.floats(0.7, 1.02),
)
def test_round_trip(sign: float, forward: float, moneyness: float, time: float, vol: float, discount: float) -> None:
    strike = forward * math.exp(moneyness)
    price = black(sign, forward, strike, time, discount, vol)
    total = vol * math.sqrt(time)
    d1 = -moneyness / total + 0.5 * total
    sensitivity = forward * discount * math.exp(-0.5 * d1 * d1) * math.sqrt(time / (2.0 * math.pi))
    rounding = 1e-13 * (price + discount * (forward + strike)) / sensitivity if sensitivity > 0.0 else math.inf
    assume(rounding < 1e-4 * vol)
    assert solve(sign, price, forward, strike, time, discount) == pytest.approx(vol, abs=rounding + 1e-12 * vol)


@pytest.mark.parametrize(("sign", "strike"), [(1.0, 100.0), (1.0, 150.0), (-1.0, 60.0), (1.0, 80.0), (-1.0, 120.0)])
@pytest.mark.parametrize("price_share", [0.001, 0.1, 0.9])
def test_agrees_with_brent(sign: float, strike: float, price_share: float) -> None:
    intrinsic, bound = max(sign * (100.0 - strike), 0.0), 100.0 if sign > 0 else strike
    price = intrinsic + price_share * (bound - intrinsic)
    expected = brentq(lambda vol: black(sign, 100.0, strike, 0.5, 1.0, vol) - price, 1e-3, 50.0, xtol=1e-14, rtol=1e-14)
    assert solve(sign, price, 100.0, strike, 0.5) == pytest.approx(expected, rel=1e-9)


def test_one_cent_options_far_out_of_the_money() -> None:
    vol = solve(1.0, 0.01, 4000.0, 6000.0, 5 / 252)
    assert black(1.0, 4000.0, 6000.0, 5 / 252, 1.0, vol) == pytest.approx(0.01, rel=1e-10)


@pytest.mark.parametrize(
    ("sign", "price", "strike", "time"),
    [
        (1.0, 0.0, 100.0, 1.0),
        (1.0, -1.0, 100.0, 1.0),
        (1.0, math.nan, 100.0, 1.0),
        (1.0, 19.9, 80.0, 1.0),  # below intrinsic
        (1.0, 100.0, 120.0, 1.0),  # a call worth the stock
        (-1.0, 120.0, 120.0, 1.0),  # a put worth its strike
        (1.0, 5.0, 100.0, 0.0),
    ],
)
def test_prices_that_no_vol_gives(sign: float, price: float, strike: float, time: float) -> None:
    assert math.isnan(solve(sign, price, 100.0, strike, time))


def test_call_and_put_of_parity_give_one_vol() -> None:
    call = black(1.0, 103.0, 95.0, 0.7, 0.96, 0.31)
    put = call - 0.96 * (103.0 - 95.0)
    assert solve(1.0, call, 103.0, 95.0, 0.7, 0.96) == pytest.approx(
        solve(-1.0, put, 103.0, 95.0, 0.7, 0.96), rel=1e-12
    )


def _batch() -> tuple[Floats, ...]:
    random = np.random.default_rng(5)
    sign = np.where(random.random(40) < 0.5, 1.0, -1.0)
    return (
        sign,
        random.uniform(0.5, 20.0, 40),
        np.full(40, 100.0),
        random.uniform(80.0, 125.0, 40),
        np.ones(40),
        np.ones(40),
    )


def test_compiled_equals_uncompiled() -> None:
    compiled, plain = np.empty(40), np.empty(40)
    implied_vols(*_batch(), compiled)
    getattr(implied_vols, "py_func", implied_vols)(*_batch(), plain)
    assert np.isfinite(compiled).sum() > 20
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)


def test_one_compiled_signature() -> None:
    implied_vols(*_batch(), np.empty(40))
    assert len(getattr(implied_vols, "signatures", [None])) == 1
