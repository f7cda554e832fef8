"""Deribit's records: names, units (coins, $, contracts), forwards and the index; what is left out, what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.formats import deribit
from simhedge.chains.table import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

STAMP = 1_732_289_400_000  # 2024-11-22 15:30 UTC


def record(name: str = "BTC-27DEC24-100000-C", **changes: Any) -> dict[str, Any]:
    base = name.partition("-")[0].partition("_")[0]
    usual = {
        "instrument_name": name,
        "underlying_price": 99_000.0,
        "underlying_index": "BTC-27DEC24",
        "open_interest": 120.5,
        "mark_iv": 54.3,
        "mark_price": 0.0411,
        "bid_price": 0.04,
        "ask_price": None,
        "mid_price": None,
        "volume": 3.5,
        "volume_usd": 14_000.0,
        "interest_rate": 0.0,
        "quote_currency": base,
        "base_currency": base,
        "estimated_delivery_price": 98_000.0,
        "creation_timestamp": STAMP,
    }
    return {key: value for key, value in (usual | changes).items() if value != "absent"}


def read(*records: object, answer: object = None, **request: Any) -> Quotes:
    whole = {"jsonrpc": "2.0", "result": list(records), "usIn": 1, "usOut": STAMP * 1000} if answer is None else answer
    return deribit.read(json.dumps(whole, indent=1), Request("book.json", **request))


def refusal(*records: object, answer: object = None, **request: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(*records, answer=answer, **request)
    assert caught.value.file == "book.json"
    assert caught.value.remedy
    return caught.value


def test_the_table_is_canonical() -> None:
    quotes = read(record(), record("BTC-27DEC24-100000-P"))
    assert set(REQUIRED_COLUMNS) <= set(quotes.options.columns)
    assert set(quotes.options.columns) <= {*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS}
    assert (quotes.market, quotes.name, quotes.spot) == ("deribit", "BTC", 98_000.0)
    assert quotes.quote_time == pd.Timestamp("2024-11-22 15:30", tz="UTC")
    assert quotes.options["kind"].tolist() == ["call", "put"]
    assert quotes.repaired == {"blank cell read as zero": 2}  # no ask
    assert quotes.warnings == []
    assert quotes.dropped == {}


@given(
    st.lists(
        st.tuples(st.integers(1, 28), st.sampled_from(deribit.MONTHS), st.integers(24, 60), st.integers(1, 10**7)),
        min_size=1,
        max_size=6,
    )
)
def test_names_tell_expiry_and_strike(contracts: list[tuple[int, str, int, int]]) -> None:
    options = read(*(record(f"ETH-{day}{month}{year}-{strike}-P") for day, month, year, strike in contracts)).options
    assert options["strike"].tolist() == [float(strike) for *_, strike in contracts]
    assert options["expiry_date"].dt.strftime("%-d%b%y").str.upper().tolist() == [
        f"{day}{month}{year}" for day, month, year, _ in contracts
    ]
    assert set(options["root"]) == {"ETH"}


@given(coins=st.floats(0.0001, 2.0), forward=st.floats(1.0, 1e6), linear=st.booleans())
def test_premiums_are_in_dollars(coins: float, forward: float, linear: bool) -> None:
    name = "BTC_USDC-5JAN25-90000-C" if linear else "BTC-5JAN25-90000-C"
    options = read(record(name, bid_price=coins, ask_price=2.0 * coins, underlying_price=forward)).options
    scale = 1.0 if linear else forward
    assert options["bid"].tolist() == pytest.approx([coins * scale])
    assert options["ask"].tolist() == pytest.approx([2.0 * coins * scale])
    assert options["implied_vol"].tolist() == pytest.approx([0.543])


@pytest.mark.parametrize(
    ("name", "coins"),
    [
        ("BTC-5JAN25-90000-C", 1.0),
        ("BTC_USDC-5JAN25-90000-C", 1.0),
        ("SOL_USDC-5JAN25-250-C", 10.0),
        ("XRP_USDC-5JAN25-0d625-C", 1000.0),
        ("NEW_USDC-5JAN25-2-C", 1.0),
    ],
)
def test_contracts_times_multiplier_are_the_coins_of_the_file(name: str, coins: float) -> None:
    quotes = read(record(name, open_interest=4000.0, volume=2000.0))
    assert quotes.options["multiplier"].tolist() == [coins]
    assert (quotes.options["open_interest"] * quotes.options["multiplier"]).tolist() == [4000.0]
    assert (quotes.options["volume"] * quotes.options["multiplier"]).tolist() == [2000.0]
    assert [("NEW" in told) for told in quotes.warnings] == ([True] if "NEW" in name else [])


def test_the_decimal_point_of_strikes_is_a_d() -> None:
    options = read(record("XRP_USDC-30JUN24-0d625-C"), record("XRP_USDC-30JUN24-2d5-P")).options
    assert options["strike"].tolist() == [0.625, 2.5]


def test_one_forward_per_expiry() -> None:
    names = [f"BTC-{day}DEC24-90000-C" for day in (6, 6, 6, 27, 27, 30)]
    prices = [100.0, 101.0, 105.0, 110.0, None, None]
    pairs = zip(names, prices, strict=True)
    quotes = read(
        *(record(name, underlying_price=price, bid_price=0.1, ask_price=0.1) for name, price in pairs), spot=98.0
    )
    assert quotes.options["forward"].tolist() == pytest.approx([101.0] * 3 + [110.0] * 2 + [np.nan], nan_ok=True)
    assert quotes.options["bid"].tolist() == pytest.approx([10.0, 10.1, 10.5, 11.0, 11.0, 9.8])
    assert quotes.repaired[deribit.AT_SPOT] == 1


def test_the_spot_is_the_index() -> None:
    both = record(index_price=97_500.0)
    assert read(both).spot == 97_500.0
    assert read(both, spot=1.5).spot == 1.5
    near = record("BTC-6DEC24-9-C", underlying_price=97.0, estimated_delivery_price="absent")
    gone = record("BTC-1NOV24-9-C", underlying_price=50.0, estimated_delivery_price=None)
    far = record("BTC-27DEC24-9-C", underlying_price=99.0, estimated_delivery_price="absent")
    quotes = read(far, near, gone)
    assert quotes.spot == 97.0
    assert "forward to 2024-12-06 stands for the spot" in quotes.warnings[0]
    assert "--spot" in str(refusal(record(estimated_delivery_price=0, underlying_price=None)).remedy)


def test_the_quote_time_is_the_latest_record_s() -> None:
    later = record("BTC-27DEC24-90000-C", creation_timestamp=STAMP + 3_600_000)
    quotes = read(record(), later)
    assert quotes.quote_time == pd.Timestamp("2024-11-22 16:30", tz="UTC")
    assert "0 days 01:00:00 apart" in quotes.warnings[0]
    undated = record(creation_timestamp="absent")
    assert read(undated).quote_time == pd.Timestamp("2024-11-22 15:30", tz="UTC")  # usOut
    assert "--quote-time" in str(refusal(answer=[undated]).remedy)
    given_time = pd.Timestamp("2024-01-02 03:04", tz="UTC")
    assert read(record(creation_timestamp="no moment"), quote_time=given_time).quote_time == given_time
    for stamp in (STAMP / 1000, STAMP * 1000, 1e25):
        error = refusal(record(creation_timestamp=stamp))
        assert error.key == "creation_timestamp"
        assert "not a moment in milliseconds since 1970" in error.message


@pytest.mark.parametrize(
    "name",
    ["BTC-PERPETUAL", "BTC-27DEC24", "BTC_USDC", "BTC_USDC-PERPETUAL", "BTC-FS-27DEC24_PERP", "BTC-CS-28FEB25-90_105"],
)
def test_what_is_no_option_is_counted(name: str) -> None:
    quotes = read(record(name, open_interest=10**9, mark_iv="absent"), record())
    assert len(quotes.options) == 1
    assert quotes.dropped == {deribit.NO_OPTION: 1}
    assert "no option among the 1 instruments" in refusal(record(name)).message


@pytest.mark.parametrize(
    "name",
    [
        "",
        "BTC-27DEC24-100000-X",
        "BTC-31FEB24-100-C",
        "BTC-27DEX24-100-C",
        "BTC-27DEC24-1x-C",
        "BTC-27DEC24-0-P",
        "-27DEC24-100-C",
        "BTC-27DEC24--C",
        "BTC-27DEC24-" + "9" * 400 + "-C",
        "B C-27DEC24-100-C",
        "BTC-27DEC24-100--C",
    ],
)
def test_names_that_are_none_are_refused(name: str) -> None:
    error = refusal(record(), record("BTC-PERPETUAL"), record(name))
    assert error.key == "result[2].instrument_name"
    lines_before = json.dumps({"jsonrpc": "2.0", "result": [record(), record()]}, indent=1).count("\n") - 2
    assert error.line == (lines_before + 3 if name else None)


def test_several_underlyings_need_a_root() -> None:
    both = record("SOL_USDC-5JAN25-250-C", underlying_price=240.0), record("XRP_USDC-5JAN25-2-C", underlying_price=1.5)
    error = refusal(*both)
    assert error.value == "SOL_USDC, XRP_USDC"
    assert "--root" in str(error.remedy)
    quotes = read(*both, root="xrp_usdc")
    assert quotes.options["root"].tolist() == ["XRP_USDC"]
    assert quotes.dropped == {deribit.OTHER_ROOT: 1}
    assert "SOL_USDC, XRP_USDC" in str(refusal(*both, root="BTC").remedy)
    one_coin = read(record("BTC-5JAN25-9-C"), record("BTC_USDC-5JAN25-9-C", bid_price=3960.0))
    assert one_coin.options["bid"].tolist() == pytest.approx([3960.0, 3960.0])


@pytest.mark.parametrize("field", ["open_interest", "mark_iv", "bid_price", "volume"])
@pytest.mark.parametrize("value", ["abc", True, [1], -1.0, 10**400])
def test_wrong_values_are_named(field: str, value: object) -> None:
    error = refusal(record("BTC-PERPETUAL"), record("BTC-27DEC24-90000-C"), record(**{field: value}))
    assert error.key == f"result[2].{field}"
    assert error.line is not None
    assert error.line > 30


def test_an_implied_vol_of_zero_is_none_known() -> None:
    quotes = read(record(mark_iv=0), record("BTC-27DEC24-90000-C", mark_iv=None))
    assert quotes.options["implied_vol"].tolist() == [0.0, 0.0]
    assert "--iv solved" in quotes.warnings[0]


def test_tickers_bring_greeks() -> None:
    greeks = {"delta": 0.5, "gamma": 2e-5, "vega": 90.0, "theta": -80.0, "rho": 20.0}
    ticker = record(
        greeks=greeks,
        best_bid_price=0.03,
        stats={"volume": 7.0, "volume_usd": 1.0},
        timestamp=STAMP,
        **dict.fromkeys(("bid_price", "ask_price", "volume", "creation_timestamp"), "absent"),
    )
    plain = record("BTC-27DEC24-90000-C", greeks=None, timestamp=STAMP, bid_price="absent")
    answers = [{"jsonrpc": "2.0", "result": item} for item in (ticker, plain)]
    for answer in ([ticker, plain], {"a": ticker, "b": plain}, answers):
        quotes = read(answer=answer)
        assert quotes.options["gamma"].tolist() == pytest.approx([2e-5, np.nan], nan_ok=True)
        assert quotes.options["theta"].tolist() == pytest.approx([-80.0, np.nan], nan_ok=True)
        assert quotes.options["bid"].tolist() == pytest.approx([2970.0, 0.0])
        assert quotes.options["volume"].tolist() == [7.0, 3.5]
    assert len(read(answer={"jsonrpc": "2.0", "result": ticker}).options) == 1
    assert refusal(record(greeks=greeks | {"gamma": "x"})).key == "result[0].greeks.gamma"
    assert refusal(record(greeks=[1])).key == "result[0].greeks"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"jsonrpc": "2.0", "error": {"code": -32602, "message": "Invalid params"}}, "an error message of Deribit"),
        ({"jsonrpc": "2.0", "result": []}, "no list of records"),
        ({"jsonrpc": "2.0", "result": None}, "no list of records"),
        ({}, "no list of records"),
        (7, "no list of records"),
        ({"result": [3]}, "a record with an instrument_name"),
        ({"result": [{"instrument_name": 3}]}, "a record with an instrument_name"),
        ([record(open_interest="absent")], "no open_interest"),
    ],
)
def test_what_is_no_book_summary_is_refused(answer: object, told: str) -> None:
    assert told in refusal(answer=answer).message


def test_the_content_is_recognised() -> None:
    assert deribit.recognises(json.dumps([record()]))
    assert deribit.recognises(' {"jsonrpc": "2.0"}')
    for text in ("", "{}", "[]", '{"records": {}}', "instrument_name,strike", '"instrument_name"'):
        assert not deribit.recognises(text)


VALUES = st.none() | st.booleans() | st.floats() | st.integers(-(10**20), 10**20) | st.text(max_size=5) | st.just([])


@given(st.lists(st.dictionaries(st.sampled_from([*record(), "greeks", "stats", "index_price"]), VALUES), max_size=3))
def test_no_record_breaks_the_reader(changes: list[dict[str, Any]]) -> None:
    try:
        quotes = read(*(record() | change for change in changes))
    except InputError:
        return
    assert quotes.spot > 0.0
    assert (quotes.options["strike"] > 0.0).all()
    assert np.isfinite(quotes.options[["bid", "ask", "volume", "open_interest", "implied_vol"]].to_numpy()).all()
