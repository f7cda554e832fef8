"""Sessions of the markets that options trade on: when a clock starts, how many sessions an option still has, when it
settles."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.errors import InputError

FIRST_YEAR, LAST_YEAR = 1990, 2060

Settlement = Literal["am", "pm"]
Dates = NDArray[np.datetime64]


class Market(NamedTuple):
    """Where options trade: calendar of exchange_calendars, time zone, sessions a year, currency, hour of settlement.

    Where `settles_at` (time of day) is None, options settle at the open or the close of their last session.
    """

    calendar: str
    zone: str
    sessions_per_year: float
    currency: str = "USD"
    settles_at: timedelta | None = None


MARKETS = {
    "us_options": Market("XNYS", "America/New_York", 252.0),
    # The National Stock Exchange of India keeps the holidays of Bombay's, whose calendar the library has.
    "nse": Market("XBOM", "Asia/Kolkata", 252.0, "INR"),
    "deribit": Market("24/7", "UTC", 365.0, settles_at=timedelta(hours=8)),
}
US_OPTIONS = "us_options"
NEW_YORK = MARKETS[US_OPTIONS].zone


@dataclass(frozen=True)
class Sessions:
    """Sessions in order of time: their dates (unit day), opens and closes (UTC); holidays are known up to `known_to`.

    After that day every weekday counts as a session.
    """

    dates: Dates
    opens: pd.DatetimeIndex
    closes: pd.DatetimeIndex
    known_to: np.datetime64


@cache
def sessions(market: str = US_OPTIONS) -> Sessions:
    """All sessions of the years FIRST_YEAR to LAST_YEAR; holidays of years to come follow today's rules."""
    import exchange_calendars

    wanted = MARKETS[market]
    with warnings.catch_warnings():
        # exchange_calendars 4.13 still calls Series.values, which pandas 3.1 deprecates; its results are unaffected.
        warnings.filterwarnings("ignore", message="Series.values returning", category=DeprecationWarning)
        calendar = _widest_calendar(exchange_calendars, wanted.calendar)
    dates = calendar.sessions.to_numpy().astype("datetime64[D]")
    opens, closes = pd.DatetimeIndex(calendar.opens), pd.DatetimeIndex(calendar.closes)
    known_to = np.datetime64(f"{LAST_YEAR}-12-31", "D")
    if wanted.settles_at is not None:
        opens = closes = pd.DatetimeIndex(dates).tz_localize("UTC") + wanted.settles_at
    elif dates[-1] < known_to - 31:
        known_to = dates[-1]
        later = np.arange(known_to + 1, np.datetime64(f"{LAST_YEAR + 1}-01-01", "D"))
        later = later[np.is_busday(later)]
        opens, closes = (_lengthened(times, later, wanted.zone) for times in (opens, closes))
        dates = np.concatenate([dates, later])
    return Sessions(dates, opens, closes, known_to)


def _widest_calendar(library: Any, name: str) -> Any:
    """The calendar from FIRST_YEAR to LAST_YEAR, or as much of that as the library knows."""
    bounds = library.get_calendar(name)
    first, last = bounds.bound_min(), bounds.bound_max()
    start, end = pd.Timestamp(f"{FIRST_YEAR}-01-01"), pd.Timestamp(f"{LAST_YEAR}-12-31")
    return library.get_calendar(
        name, start=start if first is None else max(first, start), end=end if last is None else min(last, end)
    )


def _lengthened(moments: pd.DatetimeIndex, days: Dates, zone: str) -> pd.DatetimeIndex:
    """The moments (UTC) with the last one's local time of day on each of the further days."""
    local = moments[-1].tz_convert(zone)
    further = (pd.DatetimeIndex(days) + (local - local.normalize())).tz_localize(zone).tz_convert("UTC")
    return pd.DatetimeIndex(moments.append(further))


def session_after(quote_time: datetime, market: str = US_OPTIONS) -> pd.Timestamp:
    """Open (the market's local time) of the first session that opens at or after `quote_time`, which carries its zone.

    A quote taken during a session belongs to that session, so the clock starts with the next one.
    """
    moment = pd.Timestamp(quote_time)
    if moment.tzinfo is None:
        raise ValueError("quote_time needs a time zone")
    zone = MARKETS[market].zone
    _check_covered(market, np.datetime64(moment.tz_convert(zone).date(), "D"))
    opens = sessions(market).opens
    return opens[int(opens.searchsorted(moment))].tz_convert(zone)


def trading_days_between(start: date, expiry: date, settlement: Settlement = "pm") -> int:
    """New York sessions from the open of `start` (or of the next session) to expiry: 1 for the close of `start`.

    An option settled at the open (`am`) does not live through its last session and counts one less. Zero or negative:
    expired at the start. An expiry on a day without a session falls on the session before.
    """
    days = trading_days(
        np.datetime64(start, "D"), np.array([expiry], dtype="datetime64[D]"), np.array([settlement == "am"])
    )
    return int(days[0])


def trading_days(
    start: np.datetime64, expiry: Dates, is_am: NDArray[np.bool_], market: str = US_OPTIONS
) -> NDArray[np.int64]:
    """`trading_days_between` for expiry dates of shape (n,) and whether each settles at the open, shape (n,)."""
    if expiry.size == 0:
        return np.zeros(0, dtype=np.int64)
    _check_covered(market, start, expiry.min(), expiry.max())
    dates = sessions(market).dates
    through_expiry = np.searchsorted(dates, expiry, side="right") - np.searchsorted(dates, start, side="left")
    return np.asarray(through_expiry - is_am, dtype=np.int64)


def settlement_times(expiry: Dates, is_am: NDArray[np.bool_], market: str = US_OPTIONS) -> pd.DatetimeIndex:
    """Moments (the market's local time, shape (n,)) of settlement: the open or the close of the last session."""
    known = sessions(market)
    last_session = np.searchsorted(known.dates, expiry, side="right") - 1
    opens, closes = (times.tz_localize(None).to_numpy()[last_session] for times in (known.opens, known.closes))
    moments = np.where(is_am, opens, closes)
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(MARKETS[market].zone)


def covers_year(moment: datetime) -> bool:
    """Whether the moment is of one of the calendar's years; what is far from them no time zone can be given."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def covered(days: Dates, market: str = US_OPTIONS) -> NDArray[np.bool_]:
    """Whether the calendar knows the sessions around each day, shape (n,)."""
    dates = sessions(market).dates
    return np.asarray((days >= dates[0]) & (days < dates[-1]), dtype=np.bool_)


def _check_covered(market: str, *days: np.datetime64) -> None:
    outside = [day for day in days if not covered(np.array([day]), market).all()]
    if outside:
        raise InputError(
            f"the trading calendar covers {span(market)}", value=outside[0], remedy="check the year of the date"
        )


def span(market: str) -> str:
    """The years that the calendar covers, in words."""
    dates = sessions(market).dates
    return f"{dates[0].astype('datetime64[Y]')} to {dates[-1].astype('datetime64[Y]')}"
