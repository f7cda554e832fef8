"""Time to expiry of a chain's options under each convention, and the choice of expiries.

`act365`: calendar time from the moment of the quotes (their delay taken off) to settlement, over 365 days. `busday252`:
weekdays from the date of the quotes to the date of expiry over 252, at least one, as published tools count (holidays
are weekdays to them). `settlement`: `root` lets index options of AM-settled roots settle at the open, `pm` lets every
option live to the close of its last session.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.calendar import MARKETS, sessions, settlement_times
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.chains.chain import Chain

DayCount = Literal["act365", "busday252"]
SettlementRule = Literal["root", "pm"]

WEEKDAYS_PER_YEAR = 252.0
NANOSECONDS_PER_YEAR = 365.0 * 86_400e9

Floats = NDArray[np.float64]


def years_to_expiry(table: pd.DataFrame, chain: Chain, day_count: DayCount, settlement: SettlementRule) -> Floats:
    """Years to expiry of each row, shape (n,); 0 for what has settled (busday252: what expires today has a day)."""
    if day_count == "busday252":
        weekdays = weekdays_to_expiry(table, chain)
        return np.where(weekdays < 0.0, 0.0, np.maximum(weekdays, 1.0)) / WEEKDAYS_PER_YEAR
    moments = pd.DatetimeIndex(table["expiry"])
    if settlement == "pm":
        days, of_row = np.unique(_dates(table), return_inverse=True)
        moments = settlement_times(days, np.zeros(days.size, dtype=np.bool_), chain.market)[of_row]
    left = moments.tz_convert("UTC").as_unit("ns").asi8 - as_of(chain).as_unit("ns").value
    return np.maximum(left, 0) / NANOSECONDS_PER_YEAR


def weekdays_to_expiry(table: pd.DataFrame, chain: Chain) -> Floats:
    """Weekdays from the date of the quotes to each row's expiry, shape (n,); negative where that date lies before."""
    quoted = np.datetime64(local_quote_time(chain).date(), "D")
    days, of_row = np.unique(_dates(table), return_inverse=True)
    count = np.busday_count(quoted, days)
    # From a weekend back to the Friday before there is no weekday to count.
    return np.where(days < quoted, np.minimum(count, -1), count)[of_row].astype(np.float64)


def days_to_expiry(table: pd.DataFrame, chain: Chain) -> Floats:
    """Calendar days from the session of the quotes to each row's expiry, shape (n,); negative for what has expired."""
    return (_dates(table) - current_session(chain)).astype(np.float64)


def chosen_expiries(table: pd.DataFrame, chain: Chain, expiry: str | None) -> NDArray[np.bool_]:
    """Whether each row has an expiry that was asked for, shape (n,): 0dte, an ISO date, or at most so many days."""
    if expiry is None:
        return np.ones(len(table), dtype=np.bool_)
    if expiry.lower() == "0dte":
        return np.asarray(days_to_expiry(table, chain) == 0.0, dtype=np.bool_)
    if expiry.isdecimal() and len(expiry) < 6:
        return np.asarray(days_to_expiry(table, chain) <= float(expiry), dtype=np.bool_)
    try:
        return np.asarray(_dates(table) == np.datetime64(date.fromisoformat(expiry), "D"), dtype=np.bool_)
    except ValueError:
        remedy = "expected 0dte, a date like 2024-06-21, or a number of days like 30"
        raise InputError("no expiry", key="expiry", value=expiry, remedy=remedy) from None


def expiry_names(table: pd.DataFrame) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number of each row's expiry date, shape (n,), and the ISO dates in order of time."""
    days, number = np.unique(_dates(table), return_inverse=True)
    return number.astype(np.int64), tuple(str(day) for day in days)


def current_session(chain: Chain) -> np.datetime64:
    """Date of the session that the quotes belong to, or of the next one where they were taken after its close."""
    known = sessions(chain.market)
    return np.datetime64(known.dates[int(known.closes.searchsorted(as_of(chain), side="right"))], "D")


def as_of(chain: Chain) -> pd.Timestamp:
    """The moment at which the quotes were true."""
    return chain.quote_time - chain.delay


def local_quote_time(chain: Chain) -> pd.Timestamp:
    """The moment that the file shows, in the market's time zone."""
    return chain.quote_time.tz_convert(MARKETS[chain.market].zone)


def _dates(table: pd.DataFrame) -> NDArray[np.datetime64]:
    return table["expiry_date"].to_numpy().astype("datetime64[D]")
