"""One vol per strike and expiry: preference, placeholders, the forward from parity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from simhedge.chains.shared_vol import share_implied_vols

SPOT = 100.0


def options(rows: list[dict[str, object]]) -> pd.DataFrame:
    usual = {"root": "SPXW", "expiry": pd.Timestamp("2023-06-16"), "forward": math.nan, "bid": 0.0, "ask": 0.0}
    return pd.DataFrame([usual | {"implied_vol": 0.0} | row for row in rows])


def shared(table: pd.DataFrame, use_vendor: bool = True) -> tuple[Any, Any]:
    """Vols and their sources, half a year from expiry."""
    return share_implied_vols(table, SPOT, np.full(len(table), 0.5), use_vendor)


def pair(strike: float, call: dict[str, object], put: dict[str, object]) -> list[dict[str, object]]:
    return [{"kind": "call", "strike": strike} | call, {"kind": "put", "strike": strike} | put]


def black(sign: float, forward: float, strike: float, vol: float, discount: float, time: float = 0.5) -> float:
    total = vol * math.sqrt(time)
    d1 = math.log(forward / strike) / total + 0.5 * total
    return float(discount * sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - total))))


def quoted(price: float) -> dict[str, object]:
    return {"bid": price - 0.01, "ask": price + 0.01}


@pytest.mark.parametrize(("strike", "expected"), [(90.0, 0.3), (100.0, 0.2), (110.0, 0.2)])
def test_the_out_of_the_money_side_is_taken(strike: float, expected: float) -> None:
    vol, source = shared(options(pair(strike, {"implied_vol": 0.2}, {"implied_vol": 0.3})))
    assert vol.tolist() == [expected, expected]
    assert source.tolist() == ["vendor", "vendor"]


@pytest.mark.parametrize("placeholder", [0.0, 1e-5, 0.001, 0.01, 0.02, 50.0, -0.3, math.nan])
def test_placeholders_are_solved_from_the_quote(placeholder: float) -> None:
    call = {"implied_vol": placeholder} | quoted(black(1.0, SPOT, 110.0, 0.25, 1.0))
    vol, source = shared(options(pair(110.0, call, {"implied_vol": 0.3})))
    assert vol == pytest.approx([0.25, 0.25], abs=1e-6)
    assert source.tolist() == ["quote", "quote"]


@pytest.mark.parametrize("quote", [(0.0, 0.5), (0.6, 0.5), (0.0, 0.0), (500.0, 600.0)])
def test_without_a_usable_quote_the_other_side_serves(quote: tuple[float, float]) -> None:
    call = {"bid": quote[0], "ask": quote[1]}
    vol, source = shared(options(pair(110.0, call, {"implied_vol": 0.3})))
    assert vol.tolist() == [0.3, 0.3]
    assert source.tolist() == ["other side", "other side"]


def test_several_hundred_percent_count_only_out_of_the_money() -> None:
    vol, _ = shared(options(pair(110.0, {}, {"implied_vol": 4.0})))
    assert np.isnan(vol).all()
    vol, _ = shared(options(pair(110.0, {"implied_vol": 4.0}, {})))
    assert vol.tolist() == [4.0, 4.0]


def test_nothing_known_is_none() -> None:
    vol, source = shared(options(pair(110.0, {}, {})))
    assert np.isnan(vol).all()
    assert source.tolist() == ["none", "none"]


def test_roots_and_expiries_stay_apart() -> None:
    rows = pair(110.0, {"implied_vol": 0.2}, {})
    other = [row | {"root": "SPX", "implied_vol": 0.4} for row in rows]
    later = [row | {"expiry": pd.Timestamp("2023-12-15"), "implied_vol": 0.5} for row in rows]
    vol, _ = shared(options(rows + other + later))
    assert vol.tolist() == [0.2, 0.2, 0.4, 0.4, 0.5, 0.5]


@pytest.mark.parametrize(("forward", "discount"), [(100.0, 1.0), (104.0, 0.95), (97.0, 0.99)])
def test_forward_and_discount_from_parity(forward: float, discount: float) -> None:
    rows = []
    for strike in (80.0, 90.0, 95.0, 98.0, 100.0, 103.0, 105.0, 110.0, 120.0):
        smile = 0.2 + 0.001 * abs(strike - 100.0)
        prices = (black(sign, forward, strike, smile, discount) for sign in (1.0, -1.0))
        rows += pair(strike, *(quoted(price) for price in prices))
    table = options(rows)
    vol, source = shared(table)
    assert set(source) == {"quote"}
    np.testing.assert_allclose(vol, 0.2 + 0.001 * np.abs(table["strike"] - 100.0), atol=1e-7)


def test_nonsense_parity_falls_back_to_spot() -> None:
    rows = [row for strike in (90.0, 95.0, 100.0, 105.0) for row in pair(strike, quoted(5.0), quoted(5.0))]
    rows += pair(110.0, {"implied_vol": 0.2} | quoted(5.0), {"implied_vol": 0.3} | quoted(5.0))
    vol, _ = shared(options(rows))
    assert vol[-2:].tolist() == [0.2, 0.2]
    assert (vol > 0.0).all()


def test_an_empty_table() -> None:
    vol, source = shared(options(pair(1.0, {}, {})).iloc[:0])
    assert vol.size == source.size == 0


def test_the_quotes_alone_where_the_vendor_is_not_asked() -> None:
    call = {"implied_vol": 0.4} | quoted(black(1.0, SPOT, 110.0, 0.25, 1.0))
    vol, source = shared(options(pair(110.0, call, {"implied_vol": 0.3})), use_vendor=False)
    assert vol == pytest.approx([0.25, 0.25], abs=1e-6)
    assert source.tolist() == ["quote", "quote"]
    vol, source = shared(options(pair(110.0, {"implied_vol": 0.4}, {"implied_vol": 0.3})), use_vendor=False)
    assert np.isnan(vol).all()
    assert source.tolist() == ["none", "none"]


def test_a_forward_that_the_vendor_tells_comes_before_parity() -> None:
    told = {"forward": 120.0}
    call, put = {"implied_vol": 0.2} | told, {"implied_vol": 0.3} | told
    assert shared(options(pair(110.0, call, put)))[0].tolist() == [0.3, 0.3]  # the put is out of the money
    solved = quoted(black(-1.0, 120.0, 110.0, 0.25, 1.0)) | told
    vol, _ = shared(options(pair(110.0, told, solved)))
    assert vol == pytest.approx([0.25, 0.25], abs=1e-6)


def test_each_row_has_its_own_time() -> None:
    table = options(pair(110.0, quoted(black(1.0, SPOT, 110.0, 0.25, 1.0, 0.1)), {}))
    vol, _ = share_implied_vols(table, SPOT, np.full(2, 0.1))
    assert vol == pytest.approx([0.25, 0.25], abs=1e-6)
    vol, _ = share_implied_vols(table, SPOT, np.zeros(2))
    assert np.isnan(vol).all()
