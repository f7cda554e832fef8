"""Long tables: equal options under any vendor's column names, scales, snapshots, and what is refused with its line."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains import read_chain
from simhedge.chains.formats import yahoo
from simhedge.chains.formats.long_table import read, read_table, recognises, recognises_table
from simhedge.chains.table import REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

NOON = pd.Timestamp("2025-09-25 12:00", tz="America/New_York")
ASKED = Request("chain.csv", 650.0, NOON)
TEXT = """\
quote_datetime,root,expiration,strike,option_type,bid,ask,volume,open_interest,implied_vol,delta,gamma,underlying_price
2025-09-25T19:45:00Z,SPY,2025-10-17,600,C,54.9,55.4,12,340,0.21,0.9,0.002,650.25
2025-09-25T19:45:00Z,SPY,2025-10-17,600,P,3.0,3.2,5,900,0.22,-0.1,0.002,650.25
2025-09-25T19:45:00Z,SPY,2025-12-19,700,C,4.0,4.2,1,100,0.15,0.2,0.004,650.25
"""

# The same options as other sources write them: the columns of TEXT under their names, and their way of writing cells.
VENDORS = {
    "MarketData": "optionSymbol,underlying,expiration,side,strike,updated,bid,ask,openInterest,"
    "volume,underlyingPrice,iv\n"
    "SPY251017C00600000,SPY,1760731200,call,600,1758829500,54.9,55.4,340,12,650.25,0.21\n"
    "SPY251017P00600000,SPY,1760731200,put,600,1758829500,3.0,3.2,900,5,650.25,0.22\n"
    "SPY251219C00700000,SPY,1766178000,call,700,1758829500,4.0,4.2,100,1,650.25,0.15\n",
    "Polygon": "details.ticker,details.contract_type,details.expiration_date,details.strike_price,"
    "details.shares_per_contract,last_quote.bid,last_quote.ask,day.volume,open_interest,implied_volatility,"
    "last_quote.last_updated,underlying_asset.price\n"
    "O:SPY251017C00600000,call,2025-10-17,600,100,54.9,55.4,12,340,0.21,1758829500000000000,650.25\n"
    "O:SPY251017P00600000,put,2025-10-17,600,100,3.0,3.2,5,900,0.22,1758829500000000000,650.25\n"
    "O:SPY251219C00700000,call,2025-12-19,700,100,4.0,4.2,1,100,0.15,1758829500000000000,650.25\n",
    "Tradier": "symbol|underlying|root_symbol|type|option_type|strike|bid|ask|volume|open_interest|contract_size|"
    "expiration_date|greeks.mid_iv|bid_date|spot\n"
    "SPY251017C00600000|SPY|SPY|option|call|600.0|54.9|55.4|12|340|100|2025-10-17|0.21|1758829500000|650.25\n"
    "SPY251017P00600000|SPY|SPY|option|put|600.0|3.0|3.2|5|900|100|2025-10-17|0.22|1758829500000|650.25\n"
    "SPY251219C00700000|SPY|SPY|option|call|700.0|4.0|4.2|1|100|100|2025-12-19|0.15|1758829500000|650.25\n",
    "Cboe DataShop": "underlying_symbol,quote_date,root,expiration,strike,option_type,trade_volume,bid_1545,ask_1545,"
    "underlying_bid_1545,underlying_ask_1545,implied_volatility_1545,bid_eod,ask_eod,open_interest\n"
    "SPY,2025-09-25,SPY,2025-10-17,600.000,C,12,54.9,55.4,650.24,650.26,0.21,1,2,340\n"
    "SPY,2025-09-25,SPY,2025-10-17,600.000,P,5,3.0,3.2,650.24,650.26,0.22,1,2,900\n"
    "SPY,2025-09-25,SPY,2025-12-19,700.000,C,1,4.0,4.2,650.24,650.26,0.15,1,2,100\n",
    "ThetaData": "root,expiration,strike,right,ms_of_day,date,bid,ask,volume,open_interest,"
    "implied_vol,underlying_price\n"
    "SPY,20251017,600000,C,56700000,20250925,54.9,55.4,12,340,0.21,650.25\n"
    "SPY,20251017,600000,P,56700000,20250925,3.0,3.2,5,900,0.22,650.25\n"
    "SPY,20251219,700000,C,56700000,20250925,4.0,4.2,1,100,0.15,650.25\n",
    "OptionMetrics": "date;symbol;exdate;cp_flag;strike_price;best_bid;best_offer;volume;open_interest;impl_volatility;"
    "am_settlement;contract_size;spot;time\n"
    "20250925;SPY 251017C600000;20251017;C;600000;54.9;55.4;12;340;0.21;0;100;650.25;15:45\n"
    "20250925;SPY 251017P600000;20251017;P;600000;3.0;3.2;5;900;0.22;0;100;650.25;15:45\n"
    "20250925;SPY 251219C700000;20251219;C;700000;4.0;4.2;1;100;0.15;0;100;650.25;15:45\n",
    "by hand": "Expiry\tStrike\tCall/Put\tBid\tAsk\tVol.\tVolume\tOpen Int\tIV\tUnderlying\tSpot\t"
    "Quote Date\tQuote Time\n"
    "10/17/2025\t600\tCall\t54.9\t55.4\t-\t12\t340\t21.0%\tSPY\t650.25\t9/25/2025\t3:45 PM\n"
    "10/17/2025\t600\tPut\t3.0\t3.2\t-\t5\t900\t22.0%\tSPY\t650.25\t9/25/2025\t3:45 PM\n"
    "12/19/2025\t700\tCall\t4.0\t4.2\t-\t1\t100\t15.0%\tSPY\t650.25\t9/25/2025\t3:45 PM\n",
}


def core(quotes: Quotes) -> pd.DataFrame:
    options = quotes.options[[name for name in REQUIRED_COLUMNS if name != "line"]]
    return options.astype({"root": "str", "kind": "str"})


def frame() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(TEXT))


def outcome(text: str, request: Request) -> Quotes | InputError:
    try:
        return read(text, request)
    except InputError as error:
        return error


def test_what_the_table_says() -> None:
    quotes = read(TEXT, Request("chain.csv"))
    options = quotes.options
    assert options["line"].tolist() == [2, 3, 4]
    assert options["kind"].tolist() == ["call", "put", "call"]
    assert options["strike"].tolist() == [600.0, 600.0, 700.0]
    assert options["expiry_date"].dt.strftime("%m-%d").tolist() == ["10-17", "10-17", "12-19"]
    assert options["open_interest"].tolist() == [340.0, 900.0, 100.0]
    assert options["delta"].tolist() == [0.9, -0.1, 0.2]
    assert (quotes.spot, str(quotes.quote_time)) == (650.25, "2025-09-25 15:45:00-04:00")
    assert (quotes.repaired, quotes.dropped, quotes.warnings) == ({}, {}, [])


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_tells_the_same_options(vendor: str) -> None:
    text = VENDORS[vendor]
    assert recognises(text)
    assert not yahoo.recognises(text)
    quotes = read(text, Request("chain.csv"))
    pd.testing.assert_frame_equal(core(quotes), core(read(TEXT, Request("chain.csv"))))
    assert quotes.spot == pytest.approx(650.25)
    assert quotes.quote_time == pd.Timestamp("2025-09-25 15:45", tz="America/New_York")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_order_of_rows_and_columns_does_not_matter(data: st.DataObject) -> None:
    table = frame()
    rows = data.draw(st.permutations(range(len(table))))
    shuffled = table[data.draw(st.permutations(list(table.columns)))].iloc[rows]
    text = shuffled.to_csv(index=data.draw(st.booleans()), sep=data.draw(st.sampled_from(",;\t|")))
    expected = core(read(TEXT, Request("f"))).iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(core(read(text, Request("f"))), expected)
    pd.testing.assert_frame_equal(core(read_table(shuffled, Request("f"))), expected)


def test_one_column_may_be_the_multiplier_the_sign_or_the_settlement() -> None:
    table = frame().assign(multiplier=10, dealer_sign=[0.5, -1.0, 1.0], settlement="AM", forward_price=651.0)
    options = read_table(table, Request("f")).options
    assert options["multiplier"].tolist() == [10.0] * 3
    assert options["dealer_sign"].tolist() == [0.5, -1.0, 1.0]
    assert options["settlement"].tolist() == ["am"] * 3
    assert options["forward"].tolist() == [651.0] * 3


def test_request_replaces_spot_and_quote_time() -> None:
    quotes = read(TEXT.replace("650.25", "x").replace("2025-09-25T19:45:00Z", "garbled"), ASKED)
    assert (quotes.spot, quotes.quote_time) == (650.0, NOON)


def test_index_options_without_root_settle_by_date() -> None:
    table = (
        frame()
        .drop(columns="root")
        .assign(underlying_symbol="SPX", expiration=["2025-10-17", "2025-10-31", "2025-12-19"])
    )
    quotes = read_table(table, Request("f"))
    assert quotes.options["settlement"].tolist() == ["am", "pm", "am"]
    assert "third Fridays" in quotes.warnings[-1]
    assert "settlement" not in read_table(table.assign(root="SPX"), Request("f")).options
    assert "settlement" not in read_table(table.assign(underlying_symbol="SPY"), Request("f")).options


def test_strikes_in_thousandths_need_the_name_and_the_size() -> None:
    dollars, thousandths = frame(), frame().assign(strike=frame()["strike"] * 1000)
    divided = read_table(thousandths.rename(columns={"strike": "strike_price"}), Request("f"))
    assert divided.options["strike"].max() == 700.0
    assert "thousandths" in divided.warnings[0]
    kept = read_table(thousandths, Request("f"))
    assert kept.options["strike"].max() == 700_000.0
    assert "nowhere near the spot" in read_chain(thousandths).report.warnings[-1]
    plain = read_table(dollars.rename(columns={"strike": "strike_price"}), Request("f"))
    assert (plain.options["strike"].max(), plain.warnings) == (700.0, [])


def test_several_snapshots() -> None:
    later = TEXT.splitlines()[1].replace("09-25", "09-26")
    with pytest.raises(InputError, match="2 quote dates") as caught:
        read(f"{TEXT}{later}\n", Request("chain.csv"))
    assert (caught.value.line, caught.value.key) == (5, "quote_datetime")
    asked = Request("chain.csv", quote_time=pd.Timestamp("2025-09-25", tz="America/New_York"))
    quotes = read(f"{TEXT}{later}\n", asked)
    assert quotes.options["line"].tolist() == [2, 3, 4]
    assert quotes.dropped == {"other quote date or time": 1}
    hour = TEXT.splitlines()[1].replace("19:45", "18:45")
    with pytest.raises(InputError, match="the same option at several of 2 quote times") as caught:
        read(f"{TEXT}{hour}\n", Request("chain.csv"))
    assert caught.value.line == 5
    at = Request("chain.csv", quote_time=pd.Timestamp("2025-09-25 14:45", tz="America/New_York"))
    assert read(f"{TEXT}{hour}\n", at).options["line"].tolist() == [5]


def test_several_underlyings() -> None:
    text = TEXT + TEXT.splitlines()[1].replace("SPY", "QQQ").replace("650.25", "590.5") + "\n"
    with pytest.raises(InputError, match="2 underlyings") as caught:
        read(text, Request("chain.csv"))
    assert "QQQ, SPY" in str(caught.value.remedy)
    quotes = read(text, Request("chain.csv", root="QQQ"))
    assert quotes.spot == 590.5
    assert len(quotes.options) == 4  # the assembly sets the others aside and counts them


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        (",open_interest,", ",interest,", 1, "open_interest"),
        (",option_type,", ",style,", 1, "kind"),
        (",expiration,", ",ends,", 1, "expiry"),
        (",implied_vol,", ",open_int,", 1, "open_interest"),
        (",bid,", ",Strike,", 1, "strike"),
        (",600,P", ",-600,P", 3, "strike"),
        (",600,P", ",six,P", 3, "strike"),
        (",600,P", ",600,X", 3, "option_type"),
        ("2025-12-19", "2025-12-32", 4, "expiration"),
        (",900,", ",-1,", 3, "open_interest"),
        (",900,", ",inf,", 3, "open_interest"),
        (",3.0,", ",3,0,", 3, None),
        (",SPY,2025-12", ",,2025-12", 4, "root"),
        (",650.25\n", ",\n", 1, "underlying_price"),
        ("Z,SPY,2025-10-17,600,P", ",SPY,2025-10-17,600,P", 3, "quote_datetime"),
    ],
)
def test_damage_is_named_with_its_line(old: str, new: str, line: int, key: str | None) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        read(TEXT.replace(old, new), Request("chain.csv"))
    assert (caught.value.file, caught.value.line, caught.value.key) == ("chain.csv", line, key)
    assert caught.value.remedy


def test_a_header_without_rows() -> None:
    for text in (TEXT.splitlines()[0], TEXT.splitlines()[0] + "\n\n,,,\n"):
        with pytest.raises(InputError, match="without rows"):
            read(text, ASKED)
    with pytest.raises(InputError, match="no header"):
        read("a,b\n", ASKED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"strike": 100, "open_interest": 5, "type": "call", "bid": 1}',
        "date,open,high,low,close,volume\n2025-01-02,1,2,3,4,5\n",
        "Expiration Date,Calls,Last Sale,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,"
        "Bid,Ask,Open Interest\n",
        "symbol,date,open_interest\nESZ5,2025-01-02,5\n",
        ",contractSymbol,strike,bid,ask,openInterest,impliedVolatility\n",
    ],
)
def test_texts_of_other_kinds_are_left_to_others(text: str) -> None:
    assert not recognises(text)


def test_recognition_of_columns() -> None:
    assert recognises_table(list(frame().columns))
    assert recognises_table(["OCC", "gamma", "OI"])
    assert recognises_table(["strike", "expiry", "type", "iv"])  # read() then asks for the open interest
    assert not recognises_table(["strike", "price"])
    assert not recognises_table([])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_mutilated_text_gives_quotes_or_an_input_error(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([TEXT, *VENDORS.values()]))
    start = data.draw(st.integers(0, len(source)))
    length = data.draw(st.integers(0, 12) | st.integers(0, len(source)))
    inserted = data.draw(st.text(alphabet=st.sampled_from('0159.,;-/:"eE\n\r\t| CPX\0é\ufeff'), max_size=8))
    text = source[:start] + inserted + source[start + length :]
    if not recognises(text):
        return
    found = outcome(text, data.draw(st.sampled_from([ASKED, Request("f"), Request("f", root="SPY")])))
    if isinstance(found, InputError):
        assert found.remedy
    else:
        options = found.options
        assert (options["strike"] > 0.0).all()
        assert (options[["bid", "ask", "volume", "open_interest", "implied_vol"]] >= 0.0).all(axis=None)
        assert not options[["kind", "root", "expiry_date"]].isna().any(axis=None)
        assert np.isfinite(found.spot)
