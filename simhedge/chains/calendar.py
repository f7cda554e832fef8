"""Trading sessions of the New York Stock Exchange: when the clock starts and how many sessions an option still has."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.errors import InputError

NEW_YORK = "America/New_York"
FIRST_YEAR, LAST_YEAR = 1990, 2060

Settlement = Literal["am", "pm"]
Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class Sessions:
    """Sessions in order of time: their dates (unit day) and their opens and closes (UTC)."""

    dates: Dates
    opens: pd.DatetimeIndex
    closes: pd.DatetimeIndex


@cache
def sessions() -> Sessions:
    """All sessions of the years FIRST_YEAR to LAST_YEAR; holidays of years to come follow today's rules."""
    import exchange_calendars

    with warnings.catch_warnings():
        # exchange_calendars 4.13 still calls Series.values, which pandas 3.1 deprecates; its results are unaffected.
        warnings.filterwarnings("ignore", message="Series.values returning", category=DeprecationWarning)
        calendar = exchange_calendars.get_calendar("XNYS", start=f"{FIRST_YEAR}-01-01", end=f"{LAST_YEAR}-12-31")
    dates = calendar.sessions.to_numpy().astype("datetime64[D]")
    return Sessions(dates, pd.DatetimeIndex(calendar.opens), pd.DatetimeIndex(calendar.closes))


def session_after(quote_time: datetime) -> pd.Timestamp:
    """Open (New York time) of the first session that opens at or after `quote_time`, which carries its time zone.

    A quote taken during a session belongs to that session, so the clock starts with the next one.
    """
    moment = pd.Timestamp(quote_time)
    if moment.tzinfo is None:
        raise ValueError("quote_time needs a time zone")
    _check_covered(np.datetime64(moment.tz_convert(NEW_YORK).date(), "D"))
    opens = sessions().opens
    return opens[int(opens.searchsorted(moment))].tz_convert(NEW_YORK)


def trading_days_between(start: date, expiry: date, settlement: Settlement = "pm") -> int:
    """Sessions from the open of `start` (or of the next session) to expiry: 1 for an expiry at the close of `start`.

    An option settled at the open (`am`) does not live through its last session and counts one less. Zero or negative:
    expired at the start. An expiry on a day without a session falls on the session before.
    """
    days = trading_days(
        np.datetime64(start, "D"), np.array([expiry], dtype="datetime64[D]"), np.array([settlement == "am"])
    )
    return int(days[0])


def trading_days(start: np.datetime64, expiry: Dates, is_am: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`trading_days_between` for expiry dates of shape (n,) and whether each settles at the open, shape (n,)."""
    if expiry.size == 0:
        return np.zeros(0, dtype=np.int64)
    _check_covered(start, expiry.min(), expiry.max())
    dates = sessions().dates
    through_expiry = np.searchsorted(dates, expiry, side="right") - np.searchsorted(dates, start, side="left")
    return np.asarray(through_expiry - is_am, dtype=np.int64)


def settlement_times(expiry: Dates, is_am: NDArray[np.bool_]) -> pd.DatetimeIndex:
    """Moments (New York time, shape (n,)) at which options settle: the open or the close of their last session."""
    known = sessions()
    last_session = np.searchsorted(known.dates, expiry, side="right") - 1
    opens, closes = (times.tz_localize(None).to_numpy()[last_session] for times in (known.opens, known.closes))
    moments = np.where(is_am, opens, closes)
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(NEW_YORK)


def covered(days: Dates) -> NDArray[np.bool_]:
    """Whether the calendar knows the sessions around each day, shape (n,)."""
    dates = sessions().dates
    return np.asarray((days >= dates[0]) & (days < dates[-1]), dtype=np.bool_)


def _check_covered(*days: np.datetime64) -> None:
    outside = [day for day in days if not covered(np.array([day])).all()]
    if outside:
        raise InputError(
            f"the trading calendar covers {FIRST_YEAR} to {LAST_YEAR}",
            value=outside[0],
            remedy="check the year of the date",
        )
