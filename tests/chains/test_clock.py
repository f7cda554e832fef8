"""Time to expiry under each convention, the session that quotes belong to, and the choice of expiries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.chains import Chain, clock, read_chain
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]
Option = Callable[..., dict[str, Any]]
TableChain = Callable[..., Chain]

NEW_YORK = ZoneInfo("America/New_York")
YEAR = timedelta(days=365)


def hours_left(chain: Chain, **options: Any) -> list[float]:
    """Calendar hours to expiry of each option, rounded to a second."""
    years = chain.listing(**options).time_to_expiry
    return [round(float(value) * 365.0 * 24.0, 4) for value in years]


def dated(text: str) -> tuple[str, ...]:
    return "Example Index,Last: 100.0", f'"Date: {text}"'


@pytest.mark.parametrize(
    ("time", "hours"),
    [("3:50 PM", 25 / 60), ("4:00 PM", 15 / 60), ("4:14 PM", 1 / 60), ("9:31 AM", 6 + 44 / 60)],
)
def test_the_quotes_are_a_quarter_of_an_hour_older_than_the_file_says(
    chain_file: Writer, line: Line, time: str, hours: float
) -> None:
    path = chain_file(line(expiry="221212"), heading=dated(f"December 12, 2022 at {time} EST"))
    chain = read_chain(path)
    assert chain.delay == timedelta(minutes=15)
    assert hours_left(chain) == [round(hours, 4)] * 2
    assert clock.as_of(chain) == chain.quote_time - chain.delay


@pytest.mark.parametrize("time", ["4:15 PM", "8:30 PM"])
def test_options_of_today_have_expired_a_quarter_of_an_hour_after_the_close(
    chain_file: Writer, line: Line, time: str
) -> None:
    heading = dated(f"December 12, 2022 at {time} EST")
    assert read_chain(chain_file(line(expiry="221212"), line(), heading=heading)).report.dropped == {"expired": 2}


def test_a_quote_time_given_is_that_of_the_quotes(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(expiry="221212")), quote_time="2022-12-12 15:50")
    assert hours_left(chain) == [round(10 / 60, 4)] * 2


def test_index_options_settle_at_the_open_by_root(option: Option, table_chain: TableChain) -> None:
    chain = table_chain(option("call", 100, root="SPX"), option("call", 100), quote_time="2022-12-15 16:00")
    assert hours_left(chain) == [17.5, 24.0]
    assert hours_left(chain, settlement="pm") == [24.0, 24.0]
    assert hours_left(chain, day_count="busday252") == [round(365 * 24 / 252, 4)] * 2


def test_half_days_close_early(option: Option, table_chain: TableChain) -> None:
    rows = option("call", 100, "221125"), option("call", 100, "221125", root="SPX"), option("call", 100)
    chain = table_chain(*rows, quote_time="2022-11-25 09:00")  # the day after Thanksgiving closes at 13:00
    assert hours_left(chain)[:2] == [4.0, 0.5]
    assert hours_left(chain, settlement="pm")[:2] == [4.0, 4.0]
    later = table_chain(*rows, quote_time="2022-11-25 13:00")
    assert later.report.dropped == {"expired": 2}
    assert clock.current_session(later) == np.datetime64("2022-11-28")


@pytest.mark.parametrize(
    ("quoted", "session"),
    [
        ("2022-12-12 04:00", "2022-12-12"),  # before the open
        ("2022-12-12 11:00", "2022-12-12"),
        ("2022-12-12 16:00", "2022-12-13"),
        ("2022-12-12 20:30", "2022-12-13"),
        ("2022-12-13 02:00+00:00", "2022-12-13"),  # the evening before in New York
        ("2022-12-09 20:30", "2022-12-12"),  # Friday evening
        ("2022-12-10 12:00", "2022-12-12"),  # Saturday
        ("2022-12-23 18:00", "2022-12-27"),  # before Christmas, observed on Monday
    ],
)
def test_0dte_is_the_session_of_the_quotes_or_the_next(
    option: Option, table_chain: TableChain, quoted: str, session: str
) -> None:
    days = ["221209", "221212", "221213", "221214", "221227", "230331"]
    chain = table_chain(*(option("call", 100, day) for day in days), quote_time=quoted)
    assert str(clock.current_session(chain)) == session
    listing = chain.listing(expiry="0dte")
    assert listing.expiries == (session,)
    assert listing.days.tolist() == [0.0]


def test_0dte_at_a_quote_in_the_evening_of_an_expiry(chain_file: Writer, line: Line) -> None:
    lines = [line(expiry=day) for day in ("221212", "221213", "221216")]
    assert read_chain(chain_file(*lines)).listing(expiry="0dte").expiries == ("2022-12-13",)
    heading = dated("December 12, 2022 at 11:00 AM EST")
    assert read_chain(chain_file(*lines, heading=heading)).listing(expiry="0dte").expiries == ("2022-12-12",)


@pytest.mark.parametrize(
    ("expiry", "kept"),
    [
        ("0dte", ["2022-12-13"]),
        ("0DTE", ["2022-12-13"]),
        ("0", ["2022-12-13"]),
        ("2", ["2022-12-13"]),
        ("3", ["2022-12-13", "2022-12-16"]),
        ("108", ["2022-12-13", "2022-12-16", "2023-03-31"]),
        ("99999", ["2022-12-13", "2022-12-16", "2023-03-31"]),
        ("2022-12-16", ["2022-12-16"]),
        ("20221216", ["2022-12-16"]),
    ],
)
def test_expiries_are_chosen_by_name_date_or_number_of_days(
    option: Option, table_chain: TableChain, expiry: str, kept: list[str]
) -> None:
    chain = table_chain(*(option("call", 100, day) for day in ("221213", "221216", "230331")))
    assert [*chain.listing(expiry=expiry).expiries] == kept


@pytest.mark.parametrize("expiry", ["", "tomorrow", "1dte", "-5", "2022-13-01", "16/12/2022", "²", "3.5"])
def test_no_expiry(option: Option, table_chain: TableChain, expiry: str) -> None:
    with pytest.raises(InputError, match="no expiry") as caught:
        table_chain(option("call", 100)).listing(expiry=expiry)
    assert (caught.value.key, caught.value.value) == ("expiry", expiry)
    assert "0dte" in str(caught.value.remedy)


def test_weekdays_are_those_of_published_tools(option: Option, table_chain: TableChain) -> None:
    chain = table_chain(
        *(option("call", 100, day) for day in ("221223", "221228", "230331")), quote_time="2022-12-23 11:00"
    )
    assert chain.listing().weekdays.tolist() == [0.0, 3.0, 70.0]  # Monday the 26th is a holiday and counts
    years = chain.listing(day_count="busday252").time_to_expiry
    assert (252.0 * years).round(9).tolist() == [1.0, 3.0, 70.0]


def test_what_has_settled_has_no_time_left(option: Option, table_chain: TableChain) -> None:
    rows = option("call", 100, "221209"), option("call", 100)
    listing = table_chain(*rows, keep_expired=True).listing()
    assert listing.time_to_expiry[0] == 0.0
    assert listing.days.tolist() == [-4.0, 3.0]  # from the session of the 13th on
    assert listing.weekdays.tolist() == [-1.0, 4.0]
    by_weekdays = table_chain(*rows, keep_expired=True).listing(day_count="busday252")
    assert (252.0 * by_weekdays.time_to_expiry).round(9).tolist() == [0.0, 4.0]


@pytest.mark.parametrize("quoted", ["2022-12-10 12:00", "2022-12-11 12:00", "2022-12-12 08:00"])
def test_the_expiry_of_friday_is_over_on_the_weekend(option: Option, table_chain: TableChain, quoted: str) -> None:
    rows = option("call", 100, "221209"), option("call", 100)
    chain = table_chain(*rows, quote_time=quoted, keep_expired=True)
    assert chain.listing().weekdays[0] < 0.0
    assert chain.listing(day_count="busday252").time_to_expiry[0] == 0.0


def test_daylight_saving_time_is_in_the_calendar_time(option: Option, table_chain: TableChain) -> None:
    chain = table_chain(option("call", 100, "230313"), quote_time="2023-03-10 16:00")
    assert hours_left(chain) == [71.0]  # clocks went forward on Sunday the 12th


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.integers(0, 60 * 24 * 700),
    last=st.sampled_from([("230616", 16), ("231117", 16), ("240705", 16), ("241129", 13), ("250103", 16)]),
)
def test_calendar_time_is_counted_to_the_second(
    option: Option, table_chain: TableChain, minutes: int, last: tuple[str, int]
) -> None:
    quoted = datetime(2021, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    chain = table_chain(option("call", 100, last[0]), quote_time=quoted)
    close = datetime.strptime(last[0], "%y%m%d").replace(hour=last[1], tzinfo=NEW_YORK)
    seconds = close.timestamp() - quoted.timestamp()
    assert chain.listing().time_to_expiry[0] == pytest.approx(seconds / YEAR.total_seconds(), rel=1e-13)


def deribit_file(path: Path, *days: str) -> Path:
    moment = int(datetime(2024, 12, 24, 8, 30, tzinfo=UTC).timestamp() * 1000)
    records = [
        {
            "instrument_name": f"BTC-{day}-100000-C",
            "open_interest": 5.0,
            "mark_iv": 60.0,
            "bid_price": 0.01,
            "ask_price": 0.02,
            "underlying_price": 99_000.0,
            "estimated_delivery_price": 98_000.0,
            "creation_timestamp": moment,
        }
        for day in days
    ]
    path.write_text(json.dumps({"jsonrpc": "2.0", "result": records}))
    return path


def test_deribit_settles_at_eight_in_utc_every_day_of_a_long_year(tmp_path: Path) -> None:
    path = deribit_file(tmp_path / "deribit.json", "24DEC24", "25DEC24", "28DEC24")
    chain = read_chain(path)
    assert chain.report.dropped == {"expired": 1}
    for settlement in ("root", "pm"):
        assert hours_left(chain, settlement=settlement) == [23.5, 95.5]
    assert chain.listing(expiry="0dte").expiries == ("2024-12-25",)
    assert chain.market_state().trading_days_per_year == 365.0
    assert str(chain.clock_start) == "2024-12-25 08:00:00+00:00"
    assert chain.expiry_days.tolist() == [3.0]
    assert chain.book_report.dropped == {"expired": 1, "expires before the clock starts": 1}
    early = read_chain(path, quote_time="2024-12-24 07:00+00:00")
    assert early.listing(expiry="0dte").expiries == ("2024-12-24",)
    np.testing.assert_allclose(early.listing().log_forward, np.log(99 / 98), rtol=1e-12)


def test_nse_closes_at_half_past_three_in_india(tmp_path: Path) -> None:
    cell = {"underlying": "NIFTY", "openInterest": 5, "impliedVolatility": 14.0, "bidprice": 9.0, "askPrice": 10.0}
    rows = [{"strikePrice": 24_000, "expiryDate": day, "CE": cell} for day in ("14-Aug-2024", "16-Aug-2024")]
    beside = {"timestamp": "14-Aug-2024 14:30:00", "underlyingValue": 24_010.5}
    path = tmp_path / "nse.json"
    path.write_text(json.dumps({"records": {"data": rows} | beside}))
    chain = read_chain(path)
    assert hours_left(chain) == [1.0, 49.0]
    assert chain.table["expiry"].dt.tz == ZoneInfo("Asia/Kolkata")
    assert chain.listing(expiry="0dte").expiries == ("2024-08-14",)
    evening = read_chain(path, quote_time="2024-08-14 15:30+05:30")
    assert evening.report.dropped == {"expired": 1}
    assert evening.listing(expiry="0dte").expiries == ("2024-08-16",)  # the 15th is a holiday
    assert evening.expiry_days.tolist() == [1.0]
