"""NSE's option chain: rows with calls and puts, India's clock, lots by date, and what the site answers instead."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.formats import nse
from simhedge.chains.formats.nse_lots import KEPT_LOTS, LOTS, lot_size
from simhedge.chains.table import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

SPOT = 23_907.25


def cell(side: str, strike: float = 24_000, expiry: str = "28-Nov-2024", symbol: str = "NIFTY", **changes: Any) -> Any:
    usual = {
        "strikePrice": strike,
        "expiryDate": expiry,
        "underlying": symbol,
        "identifier": f"OPTIDX{symbol}28-11-2024{side}{strike:.2f}",
        "openInterest": 1200,
        "changeinOpenInterest": -300,
        "totalTradedVolume": 5000,
        "impliedVolatility": 14.5,
        "lastPrice": 101.0,
        "bidQty": 750,
        "bidprice": 100.5,
        "askQty": 75,
        "askPrice": 101.5,
        "underlyingValue": SPOT,
    }
    return {key: value for key, value in (usual | changes).items() if value != "absent"}


def row(strike: float = 24_000, expiry: str = "28-Nov-2024", **sides: Any) -> dict[str, Any]:
    both = {"CE": cell("CE", strike, expiry), "PE": cell("PE", strike, expiry)} | sides
    whole = {"strikePrice": strike, "expiryDate": expiry} | both
    return {key: value for key, value in whole.items() if value != "absent"}


def answer(*rows: Any, **beside: Any) -> dict[str, Any]:
    usual = {"data": list(rows), "timestamp": "22-Nov-2024 15:30:00", "underlyingValue": SPOT, "strikePrices": []}
    kept = {key: value for key, value in (usual | beside).items() if value != "absent"}
    return {"records": kept, "filtered": {"data": list(rows[:1])}}


def read(content: object, **request: Any) -> Quotes:
    return nse.read(json.dumps(content, indent=1), Request("nse.json", **request))


def refusal(content: object, **request: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(content, **request)
    assert caught.value.file == "nse.json"
    assert caught.value.remedy
    return caught.value


def test_the_table_is_canonical() -> None:
    quotes = read(answer(row(), row(24_050, PE=None)))
    options = quotes.options
    assert set(REQUIRED_COLUMNS) <= set(options.columns)
    assert set(options.columns) <= {*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS}
    assert (quotes.market, quotes.name, quotes.spot) == ("nse", "NIFTY", SPOT)
    assert quotes.quote_time.isoformat() == "2024-11-22T15:30:00+05:30"
    assert options["kind"].tolist() == ["call", "call", "put"]
    assert options["strike"].tolist() == [24_000.0, 24_050.0, 24_000.0]
    assert options[["bid", "ask", "volume", "open_interest"]].iloc[0].tolist() == [100.5, 101.5, 5000.0, 1200.0]
    assert options["implied_vol"].tolist() == pytest.approx([0.145] * 3)
    assert set(options["expiry_date"]) == {pd.Timestamp("2024-11-28")}
    assert set(options["root"]) == {"NIFTY"}
    assert options["multiplier"].tolist() == [25.0] * 3
    assert quotes.repaired == {}
    assert quotes.warnings == ["lot size of NIFTY taken as 25, by NSE's circulars: the file does not give it"]
    text = json.dumps(answer(row(), row(24_050, PE=None)), indent=1).splitlines()
    for line, identifier in zip(options["line"], ("CE24000.00", "CE24050.00", "PE24000.00"), strict=True):
        assert identifier in text[line - 1]


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.floats(0.0, 500.0), st.integers(0, 10**9))
def test_every_row_is_kept(strikes: list[int], percent: float, interest: int) -> None:
    rows = [row(strike, CE=cell("CE", strike, impliedVolatility=percent, openInterest=interest)) for strike in strikes]
    options = read(answer(*rows)).options
    calls = options[options["kind"] == "call"]
    assert calls["strike"].tolist() == [float(strike) for strike in strikes]
    assert calls["implied_vol"].tolist() == pytest.approx([percent / 100.0] * len(strikes))
    assert set(calls["open_interest"]) == {float(interest)}
    assert len(options) == 2 * len(strikes)


def newer(side: str, price: float) -> dict[str, Any]:
    """A cell as the site's interface of 2025 spells it."""
    older = ("bidprice", "askPrice", "expiryDate", "underlying", "strikePrice", "bidQty", "askQty")
    return cell(side, buyPrice1=price, sellPrice1=price + 1.0, **dict.fromkeys(older, "absent"))


def test_newer_spellings() -> None:
    content = answer(
        {"expiryDates": "28-11-2024", "strikePrice": 24_000, "CE": newer("CE", 9.0), "PE": newer("PE", 8.0)}
    )
    options = read(content).options
    assert options["bid"].tolist() == [9.0, 8.0]
    assert options["ask"].tolist() == [10.0, 9.0]
    assert set(options["expiry_date"]) == {pd.Timestamp("2024-11-28")}
    assert set(options["root"]) == {"NIFTY"}  # from the identifier
    capital = read(answer(row(CE=cell("CE", bidprice="absent", bidPrice=7.0), PE=None))).options
    assert capital["bid"].tolist() == [7.0]


def test_what_the_row_does_not_say_the_cell_says() -> None:
    bare = {"CE": cell("CE", 23_500, "05-Dec-2024")}
    options = read(answer(bare)).options
    assert options["strike"].tolist() == [23_500.0]
    assert set(options["expiry_date"]) == {pd.Timestamp("2024-12-05")}


def test_blanks_are_counted() -> None:
    content = answer(row(CE=cell("CE", openInterest=None, bidprice="-"), PE=cell("PE", askPrice="absent")))
    quotes = read(content)
    assert quotes.repaired == {"blank cell read as zero": 3}
    assert quotes.options[["bid", "ask", "open_interest"]].to_numpy().tolist() == [
        [0.0, 101.5, 0.0],
        [100.5, 0.0, 1200.0],
    ]


def test_the_spot_is_the_underlying_s_value() -> None:
    assert read(answer(row(), underlyingValue=0)).spot == SPOT  # from the cells
    assert read(answer(row()), spot=5.0).spot == 5.0
    nothing = {side: cell(side, underlyingValue=0) for side in nse.SIDES}
    error = refusal(answer(row(**nothing), underlyingValue=None))
    assert error.key == "records.underlyingValue"
    assert "--spot" in str(error.remedy)
    assert read(answer(row(**nothing), underlyingValue="absent"), spot=24_000.0).spot == 24_000.0


@pytest.mark.parametrize(
    "written", [None, "", 5, "22-Nov-2024", "22-Nov-2024 25:00:00", "31-Feb-2024 10:00", "22-Nob-2024 9:15"]
)
def test_a_moment_that_is_none_is_refused(written: object) -> None:
    error = refusal(answer(row(), timestamp=written))
    assert error.key == "records.timestamp"
    assert "--quote-time" in str(error.remedy)
    moment = pd.Timestamp("2024-11-22 10:00", tz="UTC")
    assert read(answer(row(), timestamp=written), quote_time=moment).quote_time == moment


def test_filtered_rows_alone_are_read_with_a_warning() -> None:
    content = {"filtered": {"data": [row()], "CE": {"totOI": 1}, "PE": {"totOI": 1}}}
    assert "--quote-time" in str(refusal(content).remedy)
    quotes = read(content, quote_time=pd.Timestamp("2024-11-22 10:00", tz="UTC"))
    assert quotes.spot == SPOT
    assert "only the filtered rows" in quotes.warnings[0]
    assert len(read(content | {"records": {}}, quote_time=quotes.quote_time).options) == 2


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        None,
        3,
        {"error": "Unauthorized"},
        {"records": {"data": []}, "filtered": {}},
        {"records": {"data": {}}},
        {"records": {"data": [{"strikePrice": 1}]}},
        {"records": {"data": ["x"]}},
    ],
)
def test_what_is_no_chain_is_refused(content: object) -> None:
    assert "download the chain again" in str(refusal(content).remedy)


@pytest.mark.parametrize("name", ["openInterest", "impliedVolatility", "bidprice", "askPrice", "totalTradedVolume"])
@pytest.mark.parametrize("value", ["abc", True, [], -1, 10**400])
def test_wrong_values_are_named(name: str, value: object) -> None:
    content = answer(row(CE=None), row(24_050, CE=cell("CE", 24_050, **{name: value})))
    error = refusal(content)
    assert error.key == f"records.data[1].CE.{name}"
    assert "CE24050.00" in json.dumps(content, indent=1).splitlines()[(error.line or 0) - 1]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (row(0), "records.data[0].CE.strikePrice"),
        (row(-50.0), "records.data[0].CE.strikePrice"),
        (row(expiry="28-Nob-2024"), "records.data[0].CE.expiryDate"),
        (row(expiry="28-Nov-9999"), "records.data[0].CE.expiryDate"),
        (row(CE="-"), "records.data[0].CE"),
        ({"PE": cell("PE", expiryDate="absent")}, "records.data[0].PE.expiryDate"),
    ],
)
def test_rows_that_are_none_are_refused(wrong: dict[str, Any], key: str) -> None:
    assert refusal(answer(wrong)).key == key


def test_the_underlying_is_one_and_named() -> None:
    nameless = {side: cell(side, underlying=None, identifier=None) for side in nse.SIDES}
    assert "--root" in str(refusal(answer(row(**nameless))).remedy)
    assert set(read(answer(row(**nameless)), root="nifty").options["root"]) == {"NIFTY"}
    assert set(read(answer(row(**nameless), row())).options["root"]) == {"NIFTY"}
    mixed = answer(row(), row(CE=cell("CE", symbol="BANKNIFTY")))
    assert refusal(mixed).value == "BANKNIFTY, NIFTY"


@pytest.mark.parametrize("symbol", ["M&M", "BAJAJ-AUTO", "RELIANCE"])
def test_a_lot_that_is_not_known_is_said(symbol: str) -> None:
    content = answer(row(CE=cell("CE", underlying=None, identifier=f"OPTSTK{symbol}28-11-2024CE100.00"), PE=None))
    quotes = read(content)
    assert quotes.name == symbol
    assert quotes.options["multiplier"].tolist() == [1.0]
    assert quotes.warnings == [f"lot size of {symbol} not known: 1 taken, multiply exposures by the lot size"]


def test_each_expiry_has_its_lot() -> None:
    expiries = ("28-Nov-2024", "02-Jan-2025", "30-Jan-2025", "27-Feb-2025", "27-Mar-2025")
    quotes = read(answer(*(row(expiry=expiry) for expiry in expiries)))
    assert quotes.options["multiplier"].tolist() == [25.0, 75.0, 25.0, 75.0, 25.0] * 2
    assert "25 and 75" in quotes.warnings[0]
    late = read(answer(row(expiry="27-Mar-2025")), quote_time=pd.Timestamp("2025-01-02 10:00", tz="Asia/Kolkata"))
    assert late.options["multiplier"].tolist() == [75.0, 75.0]


@pytest.mark.parametrize(
    ("symbol", "quoted", "expiry", "units"),
    [
        ("NIFTY", "2021-05-10", "2021-06-24", 75.0),
        ("NIFTY", "2021-07-05", "2021-07-15", 75.0),
        ("NIFTY", "2021-07-05", "2021-07-29", 50.0),
        ("NIFTY", "2021-05-10", "2021-12-30", 75.0),
        ("NIFTY", "2024-04-25", "2024-05-30", 50.0),
        ("NIFTY", "2024-04-26", "2024-05-30", 25.0),
        ("NIFTY", "2025-11-20", "2025-12-30", 75.0),
        ("NIFTY", "2025-11-20", "2026-01-06", 65.0),
        ("NIFTY", "2025-11-20", "2026-06-30", 75.0),
        ("NIFTY", "2026-01-05", "2026-06-30", 65.0),
        ("BANKNIFTY", "2020-07-01", "2020-07-23", 20.0),
        ("BANKNIFTY", "2020-07-01", "2020-07-30", 25.0),
        ("BANKNIFTY", "2023-07-10", "2023-07-20", 25.0),
        ("BANKNIFTY", "2023-07-10", "2023-07-27", 15.0),
        ("BANKNIFTY", "2025-05-02", "2025-06-26", 30.0),
        ("BANKNIFTY", "2025-05-02", "2025-07-31", 35.0),
        ("FINNIFTY", "2024-07-01", "2024-07-23", 40.0),
        ("FINNIFTY", "2024-07-01", "2024-07-30", 25.0),
        ("MIDCPNIFTY", "2024-12-02", "2025-01-27", 50.0),
        ("MIDCPNIFTY", "2024-12-02", "2025-02-24", 120.0),
        ("NIFTYNXT50", "2024-05-02", "2024-05-31", 10.0),
        ("NIFTY", "2015-01-01", "2015-01-29", None),
        ("RELIANCE", "2024-11-22", "2024-11-28", None),
    ],
)
def test_lots_by_the_circulars(symbol: str, quoted: str, expiry: str, units: float | None) -> None:
    assert lot_size(symbol, date.fromisoformat(expiry), date.fromisoformat(quoted)) == units


def test_the_lots_are_in_order() -> None:
    for lots in LOTS.values():
        assert [lot.first_expiry for lot in lots] == sorted(lot.first_expiry for lot in lots)
        for lot in lots:
            assert lot.first_expiry <= lot.long_expiry
    assert all(day.weekday() == 3 for _, day in KEPT_LOTS)  # NIFTY's options expired on Thursdays


def test_the_content_is_recognised() -> None:
    assert nse.recognises(json.dumps(answer(row())))
    assert nse.recognises(json.dumps({"filtered": {"data": [row()]}}))
    for text in ("", "{}", "[]", '{"error": "x"}', "strikePrice,records", '{"records": 1}', '"records" "CE"'):
        assert not nse.recognises(text)


VALUES = st.none() | st.booleans() | st.floats() | st.integers(-(10**20), 10**20) | st.text(max_size=5) | st.just([])


@given(
    st.dictionaries(st.sampled_from(list(cell("CE"))), VALUES, max_size=4),
    st.dictionaries(st.sampled_from(["CE", "PE", "strikePrice", "expiryDate"]), VALUES, max_size=2),
    st.dictionaries(st.sampled_from(["data", "timestamp", "underlyingValue"]), VALUES, max_size=2),
)
def test_no_cell_breaks_the_reader(cells: dict[str, Any], row_changes: dict[str, Any], beside: dict[str, Any]) -> None:
    changed = row(CE={**cell("CE"), **cells}) | row_changes
    content = {"records": answer(row(), changed)["records"] | beside}
    try:
        quotes = read(content)
    except InputError:
        return
    assert quotes.spot > 0.0
    assert (quotes.options["strike"] > 0.0).all()
    assert np.isfinite(quotes.options[["bid", "ask", "volume", "open_interest", "implied_vol"]].to_numpy()).all()
