"""Numbers of an option's row: what is missing, in per cent, negative or in words, and the price of the underlying."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.formats.columns import Sheet, locate, sheet_of_table
from simhedge.chains.formats.option_columns import OPTION_COLUMNS, Values, option_values, spot_price
from simhedge.chains.table import Request
from simhedge.errors import InputError

USUAL = {"bid": [1.0, 2.0], "ask": [1.2, 2.2], "volume": [5, 6], "open_interest": [7, 8], "iv": [0.2, 0.3]}


def sheet_of(columns: dict[str, list[object]]) -> Sheet:
    return sheet_of_table(pd.DataFrame(columns), OPTION_COLUMNS, "DataFrame")


def values_of(root: str = "SPXW", **columns: list[object]) -> Values:
    sheet = sheet_of(USUAL | columns)
    return option_values(sheet, locate(sheet, OPTION_COLUMNS), pd.Series([root, root]))


def spot_of(asked: float | None = None, **columns: list[object]) -> tuple[float, list[str]]:
    sheet = sheet_of(columns)
    rows = np.ones(len(sheet.line), dtype=np.bool_)
    return spot_price(sheet, locate(sheet, OPTION_COLUMNS), rows, Request("DataFrame", spot=asked))


@settings(max_examples=60, deadline=None)
@given(
    vols=st.lists(st.floats(0.031, 2.9), min_size=2, max_size=2),
    spelling=st.sampled_from(["decimal", "sign"]),
)
def test_implied_vols_with_a_per_cent_sign_are_decimals(vols: list[float], spelling: str) -> None:
    written = {"decimal": vols, "sign": [f"{100 * vol!r}%" for vol in vols]}
    found = values_of(iv=written[spelling])
    np.testing.assert_allclose(found.columns["implied_vol"], vols, rtol=1e-12)
    assert found.warnings == []


def test_what_is_written_is_kept() -> None:
    found = values_of(delta=[0.5, None], gamma=[0.01, 0.02], theta=[-99.99, -0.5], vega=[1.0, 2.0], forward=[5.0, 6.0])
    columns = {name: column.tolist() for name, column in found.columns.items()}
    assert {name: columns[name] for name in ("bid", "ask", "volume", "open_interest", "implied_vol")} == {
        "bid": [1.0, 2.0],
        "ask": [1.2, 2.2],
        "volume": [5.0, 6.0],
        "open_interest": [7.0, 8.0],
        "implied_vol": [0.2, 0.3],
    }
    assert (columns["gamma"], columns["forward"], columns["multiplier"]) == ([0.01, 0.02], [5.0, 6.0], [100.0, 100.0])
    assert math.isnan(columns["delta"][1])
    assert math.isnan(columns["theta"][0])
    assert (found.repaired, found.warnings) == ({}, [])


def test_what_is_missing_or_negative_is_zero_and_counted() -> None:
    found = values_of(bid=[None, -1.0], volume=[None, None], iv=[-99.99, 0.2])
    assert found.columns["bid"].tolist() == [0.0, 0.0]
    assert found.columns["implied_vol"].tolist() == [0.0, 0.2]
    assert found.repaired == {
        "blank cell read as zero": 3,
        "negative bid, ask or volume read as none": 1,
        "negative implied vol read as none": 1,
    }
    without = {name: cells for name, cells in USUAL.items() if name not in ("bid", "iv")}
    sheet = sheet_of(without)
    found = option_values(sheet, locate(sheet, OPTION_COLUMNS), pd.Series(["SPY", "SPY"]))
    assert found.columns["bid"].tolist() == [0.0, 0.0]
    assert found.warnings == ["no column for bid: none is known", "no column for implied vol: none is known"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"open_interest": [1, -1]}, "open_interest"),
        ({"gamma": [0.1, np.inf]}, "gamma"),
        ({"bid": ["1", "one"]}, "bid"),
        ({"dealer_sign": [1.0, 1.5]}, "dealer_sign"),
        ({"multiplier": [100, 0]}, "multiplier"),
        ({"contractSize": ["REGULAR", "HUGE"]}, "contractSize"),
        ({"am_settlement": ["AM", "noon"]}, "am_settlement"),
    ],
)
def test_impossible_cells(change: dict[str, list[object]], key: str) -> None:
    with pytest.raises(InputError) as caught:
        values_of(**change)
    assert (caught.value.line, caught.value.key) == (2, key)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("root", "column", "expected"),
    [
        ("SPY", ["REGULAR", "MINI"], [100.0, 10.0]),
        ("NANOS", ["REGULAR", ""], [1.0, 1.0]),
        ("SPY", ["100", "10"], [100.0, 10.0]),
        ("SPY", [-99.99, None], [100.0, 100.0]),
    ],
)
def test_contract_sizes(root: str, column: list[object], expected: list[float]) -> None:
    assert values_of(root, contractSize=column).columns["multiplier"].tolist() == expected


def test_settlements() -> None:
    assert values_of(am_settlement=[1, 0]).columns["settlement"].tolist() == ["am", "pm"]
    assert values_of(settlement=["AM", ""]).columns["settlement"].tolist() == ["am", ""]
    for words in (["cash", "cash"], [12.5, 13.0]):  # how, or at which price, and not when
        found = values_of(settlement=words)
        assert "settlement" not in found.columns
        assert "settlement" in found.warnings[0]


@pytest.mark.parametrize(
    ("columns", "spot"),
    [
        ({"underlying_price": [100.0, 100.0, None, 0.0]}, 100.0),
        ({"spot": ["1,234.5", "1,234.5"]}, 1234.5),
        ({"underlying_bid": [99.0], "underlying_ask": [101.0]}, 100.0),
        ({"underlying_bid_1545": [99.0], "underlying_ask_1545": [101.0], "underlying_bid_eod": [50.0]}, 100.0),
    ],
)
def test_the_price_of_the_underlying(columns: dict[str, list[object]], spot: float) -> None:
    assert spot_of(**columns) == (spot, [])
    assert spot_of(asked=7.0, **columns) == (7.0, [])


def test_prices_that_differ_are_told_or_refused() -> None:
    spot, warnings = spot_of(underlying_price=[100.0, 101.0, 102.0])
    assert spot == 101.0
    assert "100.00 to 102.00" in warnings[0]
    for columns in ({"spot": [100.0, 400.0]}, {"spot": [None, 0.0]}, {"bid": [1.0]}, {"underlying_bid": [1.0]}):
        with pytest.raises(InputError) as caught:
            spot_of(**columns)
        assert "--spot" in str(caught.value.remedy)
    assert spot_of(asked=7.0, spot=["garbled"]) == (7.0, [])
