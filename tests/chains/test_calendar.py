"""Sessions and the clock: laws of counting, holidays, half days, the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.calendar import (
    NEW_YORK,
    covered,
    session_after,
    sessions,
    settlement_times,
    trading_days,
    trading_days_between,
)
from simhedge.errors import InputError

ZONE = ZoneInfo(NEW_YORK)
DATES = st.dates(date(2015, 1, 1), date(2032, 12, 31))


@settings(max_examples=60, deadline=None)
@given(start=DATES, middle=DATES, end=DATES)
def test_days_add_up_over_any_split(start: date, middle: date, end: date) -> None:
    start, middle, end = sorted((start, middle, end))
    after_middle = middle + timedelta(days=1)
    whole = trading_days_between(start, end)
    assert trading_days_between(start, middle) + trading_days_between(after_middle, end) == whole
    assert 0 <= whole <= np.busday_count(start, end + timedelta(days=1))


@settings(max_examples=30, deadline=None)
@given(start=DATES, expiry=DATES)
def test_settlement_at_the_open_is_one_day_less(start: date, expiry: date) -> None:
    assert trading_days_between(start, expiry, "am") == trading_days_between(start, expiry, "pm") - 1


@pytest.mark.parametrize(
    ("start", "expiry", "settlement", "days"),
    [
        (date(2022, 12, 13), date(2022, 12, 13), "pm", 1),
        (date(2022, 12, 13), date(2022, 12, 13), "am", 0),
        (date(2022, 12, 13), date(2022, 12, 16), "pm", 4),
        (date(2022, 12, 13), date(2022, 12, 16), "am", 3),
        (date(2022, 12, 13), date(2022, 12, 12), "pm", 0),
        (date(2024, 6, 17), date(2024, 6, 21), "pm", 4),  # Juneteenth on the Wednesday
        (date(2014, 1, 13), date(2014, 1, 18), "pm", 5),  # expiry dated Saturday
        (date(2014, 1, 13), date(2014, 1, 18), "am", 4),
        (date(2023, 1, 1), date(2023, 12, 31), "pm", 250),
    ],
)
def test_known_counts(start: date, expiry: date, settlement: str, days: int) -> None:
    assert trading_days_between(start, expiry, settlement) == days  # type: ignore[arg-type]


def test_expiries_years_beyond_the_published_calendar() -> None:
    days = trading_days_between(date(2026, 1, 2), date(2032, 12, 31))
    assert days == pytest.approx(7 * 251, abs=5)


def test_dates_outside_the_calendar_are_refused() -> None:
    with pytest.raises(InputError, match="1990 to 2060"):
        trading_days_between(date(2022, 1, 3), date(2101, 1, 3))
    with pytest.raises(InputError, match="1990 to 2060"):
        session_after(datetime(1890, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("quoted", "opens"),
    [
        (datetime(2022, 12, 12, 20, 30), datetime(2022, 12, 13, 9, 30)),  # evening
        (datetime(2022, 12, 12, 12, 0), datetime(2022, 12, 13, 9, 30)),  # during a session: the next one
        (datetime(2022, 12, 12, 8, 0), datetime(2022, 12, 12, 9, 30)),  # before the open
        (datetime(2022, 12, 12, 9, 30), datetime(2022, 12, 12, 9, 30)),  # at the open
        (datetime(2022, 12, 10, 12, 0), datetime(2022, 12, 12, 9, 30)),  # Saturday
        (datetime(2022, 12, 30, 20, 0), datetime(2023, 1, 3, 9, 30)),  # over New Year
    ],
)
def test_the_clock_starts_at_the_next_open(quoted: datetime, opens: datetime) -> None:
    assert session_after(quoted.replace(tzinfo=ZONE)) == opens.replace(tzinfo=ZONE)


def test_quote_times_of_other_zones() -> None:
    assert session_after(datetime(2022, 12, 13, 1, 30, tzinfo=UTC)) == datetime(2022, 12, 13, 9, 30, tzinfo=ZONE)
    with pytest.raises(ValueError, match="time zone"):
        session_after(datetime(2022, 12, 13, 1, 30))


def test_settlement_at_the_open_or_at_the_close_of_a_half_day() -> None:
    expiry = np.array(["2022-12-16", "2022-12-16", "2022-11-25"], dtype="datetime64[D]")
    moments = settlement_times(expiry, np.array([True, False, False]))
    expected = [datetime(2022, 12, 16, 9, 30), datetime(2022, 12, 16, 16, 0), datetime(2022, 11, 25, 13, 0)]
    assert list(moments) == [moment.replace(tzinfo=ZONE) for moment in expected]


def test_no_expiries_give_no_days() -> None:
    assert (
        trading_days(np.datetime64("2022-12-13"), np.array([], dtype="datetime64[D]"), np.array([], dtype=bool)).size
        == 0
    )


def test_deribit_settles_every_day_at_eight_in_utc() -> None:
    days = np.array(["2024-12-25", "2024-12-28"], dtype="datetime64[D]")
    moments = settlement_times(days, np.array([True, True]), "deribit")
    assert list(moments) == [datetime(2024, 12, 25, 8, tzinfo=UTC), datetime(2024, 12, 28, 8, tzinfo=UTC)]
    start = session_after(datetime(2024, 12, 24, 9, tzinfo=UTC), "deribit")
    assert start == datetime(2024, 12, 25, 8, tzinfo=UTC)
    assert session_after(datetime(2024, 12, 24, 7, tzinfo=UTC), "deribit") == datetime(2024, 12, 24, 8, tzinfo=UTC)
    left = trading_days(np.datetime64(start.date(), "D"), days, np.array([True, True]), "deribit")
    assert left.tolist() == [0, 3]


def test_nse_has_its_own_hours_and_holidays() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    thursday = np.array(["2024-08-14", "2024-08-15"], dtype="datetime64[D]")  # the 15th is Independence Day
    moments = settlement_times(thursday, np.array([False, False]), "nse")
    assert list(moments) == [datetime(2024, 8, 14, 15, 30, tzinfo=zone)] * 2
    quoted = datetime(2024, 8, 14, 16, 0, tzinfo=zone)
    assert session_after(quoted, "nse") == datetime(2024, 8, 16, 9, 15, tzinfo=zone)


def test_beyond_the_known_holidays_every_weekday_is_a_session() -> None:
    known = sessions("nse")
    years = np.array([known.known_to + 20, known.known_to + 400])
    assert known.known_to < np.datetime64("2060-12-01")
    later = trading_days(years[0], years[1:], np.array([False]), "nse")
    assert later.tolist() == [np.busday_count(years[0], years[1] + 1)]
    assert (np.diff(known.dates) > np.timedelta64(0)).all()
    assert known.closes.size == known.opens.size == known.dates.size
    assert (known.closes > known.opens).all()
    assert sessions().known_to == np.datetime64("2060-12-31")


def test_days_that_the_calendar_covers() -> None:
    days = np.array(["1989-12-29", "1990-01-03", "2060-12-01", "2061-01-03", "NaT"], dtype="datetime64[D]")
    assert covered(days).tolist() == [False, True, True, False, False]
