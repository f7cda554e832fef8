"""Yahoo's tables: one path for text and DataFrame, placeholders of implied vol, when quoted, and damage."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.formats import long_table
from simhedge.chains.formats.yahoo import is_placeholder, read, read_table, recognises, recognises_table
from simhedge.chains.table import REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

ASKED = Request("chain.csv", spot=650.0, quote_time=pd.Timestamp("2025-09-25 16:30", tz="America/New_York"))
TEXT = """\
,contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,impliedVolatility,\
inTheMoney,contractSize,currency
0,SPY251017C00600000,2025-09-25 19:10:11+00:00,600.0,55.1,54.9,55.4,-1.2,-2.1,12.0,340,0.21,True,REGULAR,USD
1,SPY251017C00650000,2025-09-25 19:59:59+00:00,650.0,12.1,11.9,12.2,-0.4,-3.2,,,0.18,True,REGULAR,USD
0,SPY251017P00600000,2025-09-24 14:00:00+00:00,600.0,3.1,3.0,3.2,0.0,0.0,5.0,900,1.0000000000003e-05,False,REGULAR,USD
1,SPY251017P00400000,,400.0,0.01,0.0,0.0,0.0,0.0,nan,77,0.500005,False,REGULAR,USD
"""


def frame() -> pd.DataFrame:
    """The table as yfinance gives it, calls and puts one below the other, indices and all."""
    table = pd.read_csv(io.StringIO(TEXT), index_col=0)
    return table.assign(lastTradeDate=pd.to_datetime(table["lastTradeDate"]))


def same(one: Quotes, other: Quotes) -> None:
    without = [name for name in one.options.columns if name != "line"]
    pd.testing.assert_frame_equal(one.options[without], other.options[without])
    assert (one.spot, one.quote_time, one.delay, one.repaired) == (
        other.spot,
        other.quote_time,
        other.delay,
        other.repaired,
    )


def outcome(text: str, request: Request) -> Quotes | InputError:
    try:
        return read(text, request)
    except InputError as error:
        return error


def test_text_and_dataframe_are_one_path() -> None:
    quotes = read(TEXT, ASKED)
    same(quotes, read_table(frame(), ASKED))
    assert set(REQUIRED_COLUMNS) <= set(quotes.options.columns)
    assert quotes.options["line"].tolist() == [2, 3, 4, 5]
    assert read_table(frame(), ASKED).options["line"].tolist() == [1, 2, 3, 4]


def test_what_the_table_says() -> None:
    quotes = read(TEXT, ASKED)
    options = quotes.options
    assert options["kind"].tolist() == ["call", "call", "put", "put"]
    assert options["root"].tolist() == ["SPY"] * 4
    assert options["expiry_date"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2025-10-17"]
    assert options["strike"].tolist() == [600.0, 650.0, 600.0, 400.0]
    assert options["open_interest"].tolist() == [340.0, 0.0, 900.0, 77.0]
    assert options["implied_vol"].tolist() == [0.21, 0.18, 0.0, 0.0]
    assert options["multiplier"].tolist() == [100.0] * 4
    assert quotes.repaired == {"blank cell read as zero": 3, "placeholder implied vol read as none": 2}
    assert (quotes.spot, quotes.quote_time, quotes.market) == (650.0, ASKED.quote_time, "us_options")
    assert quotes.delay == pd.Timedelta(0)  # the moment that the caller names is that of the quotes


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_order_of_rows_and_columns_does_not_matter(data: st.DataObject) -> None:
    table = frame()
    columns = data.draw(st.permutations(list(table.columns)))
    rows = data.draw(st.permutations(range(len(table))))
    shuffled = table[columns].iloc[rows]
    quotes = read(shuffled.to_csv(index=False, sep=data.draw(st.sampled_from(",;\t|"))), ASKED)
    ordered = read(TEXT, ASKED).options.iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(quotes.options.drop(columns="line"), ordered.drop(columns="line"))


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.astype({"strike": "float32", "openInterest": "Float64"}),
        lambda table: table.astype(object).where(table.notna(), None),
        lambda table: table.astype({"contractSymbol": "category", "contractSize": "category"}),
        lambda table: table.convert_dtypes(dtype_backend="pyarrow"),
        lambda table: table.set_index("contractSymbol"),
        lambda table: table.rename(columns=str.lower),
    ],
)
def test_dataframes_of_any_make(change: object) -> None:
    table = change(frame())  # type: ignore[operator]
    before = table.copy()
    same(read(TEXT, ASKED), read_table(table, ASKED))
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("implied_vol", [1e-5, 5e-6, 0.500005, 0.25000750000000006, 0.125, 0.0156250, 0.00782234375])
def test_placeholders_of_implied_vol(implied_vol: float) -> None:
    vols, none, some = np.full(2, implied_vol), np.zeros(2), np.array([0.0, 1.0])
    assert is_placeholder(vols, none, none).all()
    assert is_placeholder(vols, none, some).tolist() == [True, implied_vol <= 1e-5]


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-4, 5.0), st.floats(0.01, 10.0))
def test_a_quoted_implied_vol_is_kept(implied_vol: float, ask: float) -> None:
    assert not is_placeholder(np.array([implied_vol]), np.zeros(1), np.array([ask])).any()
    assert not is_placeholder(np.array([0.3, 0.6, 0.0]), np.zeros(3), np.zeros(3)).any()


def test_spot_and_quote_time_of_the_table() -> None:
    table = frame().assign(underlyingPrice=651.5, quote_date="2025-09-25")
    quotes = read_table(table, Request("DataFrame"))
    assert (quotes.spot, str(quotes.quote_time)) == (651.5, "2025-09-25 16:15:00-04:00")
    assert quotes.delay == pd.Timedelta(minutes=15)


@pytest.mark.parametrize("is_aware", [True, False])
def test_the_latest_trade_stands_for_the_quote_time(is_aware: bool) -> None:
    table = frame()
    if not is_aware:
        table["lastTradeDate"] = table["lastTradeDate"].dt.tz_localize(None)
    quotes = read_table(table, Request("DataFrame", spot=650.0))
    assert str(quotes.quote_time) == "2025-09-25 15:59:59-04:00"
    assert quotes.delay == pd.Timedelta(0)  # a trade tells its own time
    assert "latest lastTradeDate" in quotes.warnings[0]
    assert read(TEXT, Request("f", spot=650.0)).quote_time == quotes.quote_time


@pytest.mark.parametrize(
    ("request_", "drop", "key", "option"),
    [
        (ASKED._replace(spot=None), [], "spot", "--spot"),
        (ASKED._replace(quote_time=None), ["lastTradeDate"], "quote_time", "--quote-time"),
        (ASKED, ["openInterest"], "open_interest", "openinterest"),
    ],
)
def test_what_is_missing_is_asked_for(request_: Request, drop: list[str], key: str, option: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(frame().drop(columns=drop), request_)
    assert caught.value.key == key
    assert option in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("SPY251017C00650000", "SPY251317C00650000", 3, "contractSymbol"),
        (",650.0,", ",600.0,", 3, "strike"),
        (",54.9,", ",fifty,", 2, "bid"),
        (",900,", ",-900,", 4, "openInterest"),
        (",0.21,", ",inf,", 2, "impliedVolatility"),
        ("REGULAR,USD\n0,SPY251017P", "HUGE,USD\n0,SPY251017P", 3, "contractSize"),
        (",12.0,340,", ",12.0,340,,", 2, None),
        ("SPY251017P00600000", "QQQ251017P00600000", None, "root"),
    ],
)
def test_damage_is_named_with_its_line(old: str, new: str, line: int | None, key: str | None) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        read(TEXT.replace(old, new), ASKED)
    assert (caught.value.file, caught.value.line, caught.value.key) == ("chain.csv", line, key)
    assert caught.value.remedy


def test_a_header_without_rows() -> None:
    with pytest.raises(InputError, match="without rows"):
        read(TEXT.splitlines()[0], ASKED)
    with pytest.raises(InputError, match="no header"):
        read("strike,bid\n", ASKED)


def test_recognition() -> None:
    assert recognises(TEXT)
    assert recognises(TEXT.replace(",", ";"))
    assert recognises("\ufeff" + TEXT.replace("\n", "\r\n"))
    assert recognises_table(list(frame().columns))
    assert not long_table.recognises(TEXT)
    for text in ("", "{}", "strike,bid,ask\n1,2,3\n", "contract_symbol,implied_volatility\n", "\x00" * 50):
        assert not recognises(text)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutilated_text_gives_quotes_or_an_input_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    length = data.draw(st.integers(0, 12) | st.integers(0, len(TEXT)))
    inserted = data.draw(st.text(alphabet=st.sampled_from('0159.,;-"eE\n\r\t CPX\0é\ufeff'), max_size=8))
    text = TEXT[:start] + inserted + TEXT[start + length :]
    request = data.draw(st.sampled_from([ASKED, Request("f", spot=650.0), Request("f")]))
    if not recognises(text):
        return
    found = outcome(text, request)
    if isinstance(found, InputError):
        assert found.remedy
    else:
        options = found.options
        assert (options["strike"] > 0.0).all()
        assert (options[["bid", "ask", "volume", "open_interest", "implied_vol"]] >= 0.0).all(axis=None)
        assert np.isfinite(options.select_dtypes("float")).all(axis=None)
