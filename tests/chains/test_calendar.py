"""Sessions and the clock: laws of counting, holidays, half days, the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.calendar import NEW_YORK, session_after, settlement_times, trading_days, trading_days_between
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
