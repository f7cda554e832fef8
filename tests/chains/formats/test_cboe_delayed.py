"""Cboe's delayed quotes: times without zones, prices that differ, nulls, and errors that name the record."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.formats.cboe_delayed import read, recognises
from simhedge.chains.table import Quotes, Request
from simhedge.errors import InputError

FILE = "x.json"
NEW_YORK_EVENING = "2023-09-20T23:17:42-04:00"


def record(symbol: str = "RUTW230922C01800000", **changes: object) -> dict[str, Any]:
    numbers = {"bid": 9.1, "ask": 9.5, "iv": 0.17, "open_interest": 22.0, "volume": 5.0}
    greeks = {"delta": 0.5, "gamma": 0.004, "theta": -1.2, "vega": 0.6}
    return {"option": symbol, **numbers, **greeks, "last_trade_time": None} | changes


PAIR = [record(), record("RUTW230922P01800000", open_interest=7, delta=-0.5)]
QUOTED = {"symbol": "^RUT", "current_price": 1806.1193, "close": 1806.1193, "last_trade_time": "2023-09-20T16:15:04"}


def answer(options: object = PAIR, stamp: object = "2023-09-21 03:17:42", **changes: object) -> dict[str, Any]:
    return {"timestamp": stamp, "data": {"options": options, **QUOTED, **changes}, "symbol": "_RUT"}


def quotes(tree: object, indent: int | None = None, **given: Any) -> Quotes:
    text = json.dumps(tree, indent=indent)
    assert recognises(text)
    return read(text, Request(FILE, **given))


def test_what_the_file_says() -> None:
    found = quotes(answer())
    assert (found.name, found.spot, found.market) == ("^RUT", 1806.1193, "us_options")
    assert found.delay == pd.Timedelta(minutes=15)
    assert (found.repaired, found.dropped, found.warnings) == ({}, {}, [])
    options = found.options
    assert options["root"].tolist() == ["RUTW", "RUTW"]
    assert options["kind"].tolist() == ["call", "put"]
    assert options["strike"].tolist() == [1800.0, 1800.0]
    assert options["open_interest"].tolist() == [22.0, 7.0]
    assert options["expiry_date"].tolist() == [pd.Timestamp("2023-09-22")] * 2
    names = ["bid", "ask", "volume", "implied_vol", "delta", "gamma", "theta", "vega", "multiplier", "line"]
    assert options[names].iloc[0].tolist() == [9.1, 9.5, 5.0, 0.17, 0.5, 0.004, -1.2, 0.6, 100.0, 1.0]


def test_the_timestamp_is_utc_and_belongs_to_the_evening_before_in_new_york() -> None:
    assert quotes(answer()).quote_time.isoformat() == NEW_YORK_EVENING
    assert quotes(answer(stamp="2023-09-21T03:17:42Z")).quote_time.isoformat() == NEW_YORK_EVENING
    assert quotes(answer(stamp="2023-09-20T23:17:42.000-04:00")).quote_time.isoformat() == NEW_YORK_EVENING


@pytest.mark.parametrize(
    "tree",
    [
        {"symbol": "_RUT", "timestamp": "2023-09-21 03:17:42", "data": {"options": PAIR, **QUOTED}},
        {"data": {"options": PAIR, **QUOTED, "timestamp": "2023-09-21 03:17:42"}},
        {"timestamp": "2023-09-21 03:17:42", "options": PAIR, **QUOTED},
        {"data": {**QUOTED, "options": PAIR}, "timestamp": "2023-09-21 03:17:42"},
    ],
)
def test_variants_of_the_outer_layers(tree: dict[str, Any]) -> None:
    found = quotes(tree)
    assert (found.name, found.spot, found.quote_time.isoformat()) == ("^RUT", 1806.1193, NEW_YORK_EVENING)
    pd.testing.assert_frame_equal(found.options, quotes(answer()).options)


@pytest.mark.parametrize("stamp", [None, ""])
def test_without_timestamp_the_last_trade_tells_the_time_and_that_is_told(stamp: object) -> None:
    found = quotes(answer(stamp=stamp))
    assert found.quote_time.isoformat() == "2023-09-20T16:15:04-04:00"
    assert found.delay == pd.Timedelta(0)
    assert "last trade" in found.warnings[0]


@pytest.mark.parametrize(("stamp", "traded"), [(None, None), ("soon", None), (None, "?"), ("now", "2023-09-20T16:15")])
def test_no_readable_moment(stamp: object, traded: object) -> None:
    tree = answer(stamp=stamp, last_trade_time=traded)
    with pytest.raises(InputError) as caught:
        quotes(tree, indent=1)
    assert (caught.value.key, caught.value.line) == ("timestamp", 2)
    assert "give --quote-time" in str(caught.value.remedy)
    moment = pd.Timestamp("2023-09-20 16:00", tz="America/New_York")
    given = quotes(tree, quote_time=moment)
    assert (given.quote_time, given.delay, given.warnings) == (moment, pd.Timedelta(0), [])


def test_a_trade_after_the_timestamp_is_told() -> None:
    assert "after the timestamp" in quotes(answer(stamp="2023-09-20 16:20:00")).warnings[0]


@pytest.mark.parametrize("current", [None, 0, 0.0, math.nan, "", -1.0])
def test_without_current_price_the_close_is_the_spot_and_that_is_told(current: object) -> None:
    found = quotes(answer(current_price=current, close=1800.0))
    assert found.spot == 1800.0
    assert "close, 1800" in found.warnings[0]


def test_prices_that_differ_are_both_told() -> None:
    found = quotes(answer(current_price=1820.0, close=1800.0))
    assert found.spot == 1820.0
    assert found.warnings == ["current_price 1820 and close 1800 differ: current_price is used"]
    assert quotes(answer(current_price=1808.0, close=1800.0)).warnings == []
    assert quotes(answer(current_price=1820.0, close=0.0)).warnings == []


def test_no_price() -> None:
    tree = answer(current_price=None, close=0)
    with pytest.raises(InputError) as caught:
        quotes(tree)
    assert caught.value.key == "data.current_price"
    assert "give --spot" in str(caught.value.remedy)
    assert quotes(tree, spot=1800.0).spot == 1800.0


def test_nulls_in_records() -> None:
    nothing = dict.fromkeys(("bid", "ask", "iv", "open_interest", "volume", "delta", "gamma", "theta", "vega"))
    found = quotes(answer([record("RUTW230922C01800000", **nothing), None, record(iv=math.nan, gamma=math.nan)]))
    assert found.repaired == {"blank cell read as zero": 6}
    assert found.dropped == {"null instead of an option": 1}
    assert found.options[["bid", "ask", "volume", "open_interest", "implied_vol"]].iloc[0].tolist() == [0.0] * 5
    assert found.options.iloc[0][["delta", "gamma", "theta", "vega"]].isna().all()
    assert found.options[["implied_vol", "open_interest"]].iloc[1].tolist() == [0.0, 22.0]


def test_fields_that_no_record_has() -> None:
    found = quotes(answer([{"option": "RUTW230922C01800000", "bid": 1.0, "ask": 2.0, "open_interest": 3.0}]))
    assert found.repaired == {}
    assert found.warnings == ["no record has delta, gamma, iv, theta, vega, volume"]
    with pytest.raises(InputError, match="in no record") as caught:
        quotes(answer([{"option": "RUTW230922C01800000", "bid": 1.0}]))
    assert caught.value.key == "data.options[].open_interest"


def test_negative_quotes_are_zero_and_counted() -> None:
    found = quotes(answer([record(bid=-1.0, iv=-0.1)]))
    assert found.repaired == {"negative bid read as zero": 1, "negative iv read as zero": 1}
    assert found.options[["bid", "implied_vol"]].iloc[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"bid": "nine"}, "bid"),
        ({"ask": True}, "ask"),
        ({"iv": math.inf}, "iv"),
        ({"open_interest": -3}, "open_interest"),
        ({"gamma": [0.1]}, "gamma"),
        ({"volume": 10**400}, "volume"),
        ({"symbol": "RUTW231322C01800000"}, "option"),
        ({"symbol": "RUTW230922C00000000"}, "option"),
        ({"symbol": None}, "option"),
        ({"symbol": "\ud800"}, "option"),
    ],
)
def test_bad_values_name_the_record(change: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError) as caught:
        quotes(
            answer(
                [PAIR[0], None, record("RUTW230922P01900000") | record(**{"symbol": "RUTW230922P01900000"} | change)]
            )
        )
    assert (caught.value.file, caught.value.key) == (FILE, f"data.options[2].{key}")
    assert caught.value.remedy


def test_lines_are_those_of_the_records() -> None:
    tree = answer([*PAIR, None, record("RUTW230922C01900000")])
    text = json.dumps(tree, indent=2)
    lines = quotes(tree, indent=2).options["line"]
    assert ["RUTW" in text.splitlines()[line - 1] for line in lines] == [True] * 3
    assert lines.is_monotonic_increasing
    assert quotes(tree).options["line"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("options", [None, {}, "x"])
def test_no_list_of_options(options: object) -> None:
    with pytest.raises(InputError, match="no list of options"):
        read(json.dumps(answer(options)), Request(FILE))
    with pytest.raises(InputError, match="no list of options"):
        read("[]", Request(FILE))


def test_what_is_no_record() -> None:
    with pytest.raises(InputError, match="not a record") as caught:
        quotes(answer([*PAIR, 5]))
    assert caught.value.key == "data.options[2]"
    assert quotes(answer([])).options.empty


def test_recognition() -> None:
    assert recognises("\ufeff " + json.dumps(answer()))
    assert recognises(json.dumps(answer(None)))
    assert not recognises(json.dumps({"records": {"data": [{"CE": {"strikePrice": 1}}]}}))
    assert not recognises(json.dumps({"optionChain": {"result": [{"options": [{"calls": []}]}]}}))
    assert not recognises("[1, 2]")
    assert not recognises("")


def test_every_cut_is_refused() -> None:
    text = json.dumps(answer())
    for end in range(1, len(text)):
        with pytest.raises(InputError) as caught:
            read(text[:end], Request(FILE))
        assert caught.value.line == 1


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 1), st.integers(0, 30), st.text('",:[]{}\\u0d8\n -.019eNull', max_size=12))
def test_no_patch_breaks_the_reader(place: float, cut: int, patch: str) -> None:
    text = json.dumps(answer())
    start = int(place * len(text))
    text = text[:start] + patch + text[start + cut :]
    found = None
    with contextlib.suppress(InputError):
        found = read(text, Request(FILE))
    if found is not None:
        assert len(found.options) <= 4
        assert np.isfinite(found.options[["strike", "bid", "ask", "open_interest", "implied_vol"]]).all(axis=None)
        assert found.quote_time.tzinfo is not None
