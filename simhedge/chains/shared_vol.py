"""One implied vol per root, expiry and strike, shared by the call and the put, from the vendor or from the quotes.

In order of preference: the vendor's vol of the out-of-the-money side, the vol of that side's two-sided quote (mid), the
vendor's vol of the other side, the vol of the other side's quote. Vendors write floors and placeholders where they have
no vol, and absurd values deep in the money; those count as missing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.implied_vol import implied_vols

SMALLEST_VOL = 0.005
VENDOR_FLOORS = (0.01, 0.02)  # seen as placeholders in delayed quotes, where thousands of rows share them exactly
LARGEST_VOL = 10.0  # out of the money and days from expiry, several hundred percent are genuine
LARGEST_VOL_IN_THE_MONEY = 2.0

PARITY_REACH = 0.2  # strikes with abs(call - put) within this share of spot tell forward and discount
PARITY_STRIKES = 5
PARITY_FORWARD = (0.5, 2.0)  # times spot; beyond it the quotes are stale
PARITY_DISCOUNT = (0.5, 1.05)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class Pairs(NamedTuple):
    """Call and put of one root, expiry and strike: their row numbers in the table (-1: not listed), shape (n,)."""

    call: Rows
    put: Rows
    expiry: Rows  # number of the (root, expiry)
    strike: Floats
    time_to_expiry: Floats


def share_implied_vols(
    table: pd.DataFrame, spot: float, years: Floats, use_vendor: bool = True
) -> tuple[Floats, NDArray[np.object_]]:
    """Implied vol per sqrt(year) of each row (NaN: none) and its source: vendor, quote, other side or none.

    `years` is the time to expiry of each row, shape (n,), NaN where it is of no interest. Without `use_vendor` the
    quotes alone decide.
    """
    if table.empty:
        return np.zeros(0), np.zeros(0, dtype=object)
    pairs, pair_of_row = _pairs(table, years)
    mid = _mid_prices(table)
    forward, discount = _forwards(pairs, mid, spot)
    told = _at(table["forward"].to_numpy(dtype=np.float64), np.maximum(pairs.call, pairs.put))
    forward = np.where(told > 0.0, told, forward)
    call_is_out = pairs.strike >= forward
    out_row = np.where(call_is_out, pairs.call, pairs.put)
    in_row = np.where(call_is_out, pairs.put, pairs.call)
    out_sign = np.where(call_is_out, 1.0, -1.0)
    vendor = table["implied_vol"].to_numpy(dtype=np.float64)
    vol = np.full(pairs.strike.size, np.nan)
    source = np.full(pairs.strike.size, "none", dtype=object)

    def fill(candidate: Floats, name: str) -> None:
        taken = np.isnan(vol) & ~np.isnan(candidate)
        vol[taken], source[taken] = candidate[taken], name

    def unsolved(rows: Rows) -> Floats:
        return np.where(np.isnan(vol), _at(mid, rows), np.nan)

    if use_vendor:
        fill(_usable(_at(vendor, out_row), LARGEST_VOL), "vendor")
    fill(_solve(unsolved(out_row), out_sign, pairs, forward, discount), "quote")
    if use_vendor:
        fill(_usable(_at(vendor, in_row), LARGEST_VOL_IN_THE_MONEY), "other side")
    fill(_solve(unsolved(in_row), -out_sign, pairs, forward, discount), "other side")
    return vol[pair_of_row], source[pair_of_row]


def _pairs(table: pd.DataFrame, years: Floats) -> tuple[Pairs, Rows]:
    """The pairs, and the number of its pair for each row of the table."""
    expiry_of_row = np.asarray(table.groupby(["root", "expiry"], sort=False, observed=True).ngroup(), dtype=np.int64)
    strike_of_row = table["strike"].to_numpy(dtype=np.float64)
    key = pd.DataFrame({"expiry": expiry_of_row, "strike": strike_of_row})
    pair_of_row = np.asarray(key.groupby(["expiry", "strike"], sort=False).ngroup(), dtype=np.int64)
    count = int(pair_of_row.max()) + 1
    is_call = (table["kind"] == "call").to_numpy(dtype=np.bool_)
    rows = np.arange(len(table), dtype=np.int64)
    call, put, any_row = (np.full(count, -1, dtype=np.int64) for _ in range(3))
    call[pair_of_row[is_call]] = rows[is_call]
    put[pair_of_row[~is_call]] = rows[~is_call]
    any_row[pair_of_row] = rows
    return Pairs(call, put, expiry_of_row[any_row], strike_of_row[any_row], years[any_row]), pair_of_row


def _mid_prices(table: pd.DataFrame) -> Floats:
    """Middle of two-sided quotes ($), NaN where a side is missing or the quote is crossed."""
    bid, ask = table["bid"].to_numpy(dtype=np.float64), table["ask"].to_numpy(dtype=np.float64)
    return np.where((bid > 0.0) & (ask >= bid), 0.5 * (bid + ask), np.nan)


def _forwards(pairs: Pairs, mid: Floats, spot: float) -> tuple[Floats, Floats]:
    """Forward ($) and discount factor of each pair, from put-call parity of its root and expiry near the money.

    C - P = discount * (forward - strike), fitted by least squares. Where too few strikes are quoted on both sides, the
    forward is the spot and the discount 1.
    """
    forward, discount = np.full(pairs.strike.size, spot), np.ones(pairs.strike.size)
    difference = _at(mid, pairs.call) - _at(mid, pairs.put)
    near = np.abs(difference) <= PARITY_REACH * spot
    for expiry in np.unique(pairs.expiry[near]):
        here = pairs.expiry == expiry
        strikes, differences = pairs.strike[here & near], difference[here & near]
        if strikes.size < PARITY_STRIKES:
            continue
        centred = strikes - strikes.mean()
        slope = -float((centred * differences).sum() / (centred * centred).sum())
        if not PARITY_DISCOUNT[0] <= slope <= PARITY_DISCOUNT[1]:
            continue
        at_parity = float(strikes.mean() + differences.mean() / slope)
        if PARITY_FORWARD[0] * spot <= at_parity <= PARITY_FORWARD[1] * spot:
            forward[here], discount[here] = at_parity, slope
    return forward, discount


def _solve(price: Floats, kind_sign: Floats, pairs: Pairs, forward: Floats, discount: Floats) -> Floats:
    out = np.empty(price.size)
    implied_vols(kind_sign, price, forward, pairs.strike, pairs.time_to_expiry, discount, out)
    return np.where((out >= SMALLEST_VOL) & (out <= LARGEST_VOL), out, np.nan)


def _usable(vol: Floats, largest: float) -> Floats:
    known = (vol >= SMALLEST_VOL) & (vol <= largest) & ~np.isin(vol, VENDOR_FLOORS)
    return np.where(known, vol, np.nan)


def _at(values: Floats, rows: Rows) -> Floats:
    return np.where(rows >= 0, values[rows], np.nan)
