"""What an exchange lists: expiries near and far with their roots, strikes dense near the forward, wide far from it."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.calendar import MARKETS, US_OPTIONS, sessions, settlement_times
from simhedge.chains.option_symbol import AM_SETTLED_ROOTS
from simhedge.errors import InputError

# Monthly index options settle at the open under the symbol itself, all their other expiries under the root named here.
ROOT_OF_WEEKLIES = {"SPX": "SPXW", "NDX": "NDXP", "RUT": "RUTW", "VIX": "VIXW"}
WEEKDAY_OF_EXPIRY = {"us_options": 4, "deribit": 4, "nse": 3}  # Monday is 0
DAILIES, DAYS_OF_WEEKLIES, DAYS_OF_MONTHLIES = 5, 60, 730

# Weight of an expiry in open interest.
WEEKLY_WEIGHT, MONTHLY_WEIGHT, QUARTERLY_WEIGHT = 1.0, 4.0, 8.0

# Steps between strikes ($) up to a distance from the forward ($), for an underlying near SPOT_OF_STEPS.
SPOT_OF_STEPS = 4000.0
SMALLEST_SCALE = 0.001  # below it the steps are no whole thousandths
STRIKE_STEPS = ((5.0, 60.0), (25.0, 300.0), (50.0, 700.0), (100.0, 1600.0), (200.0, 6000.0))
LARGEST_VOL_WITH_FIVES = 0.06
THOUSANDTHS = 1000.0  # option symbols hold strikes in thousandths of a $

Floats = NDArray[np.float64]


class ListedExpiry(NamedTuple):
    """One expiry of one option root, and its weight in open interest."""

    root: str
    expiry: date
    weight: float


def scale_of(spot: float) -> float:
    """1, 2 or 5 times a power of ten, nearest to spot/4000: what steps of strikes and ticks of prices grow with."""
    ratio = spot / SPOT_OF_STEPS
    power = math.floor(math.log10(ratio))
    rounds = [digit * 10.0**exponent for exponent in (power, power + 1) for digit in (1.0, 2.0, 5.0)]
    return max(min(rounds, key=lambda candidate: abs(math.log(candidate / ratio))), SMALLEST_SCALE)


def listed_strikes(forward: float, total_vol: float, scale: float) -> Floats:
    """Strikes ($) of one expiry, ascending: dense near the forward, ever wider away from it; at least one."""
    low = max(forward * math.exp(-7.5 * total_vol), 0.2 * forward)
    high = min(forward * math.exp(5.0 * total_vol), 2.0 * forward)
    strikes: set[float] = set()
    for step, reach in STRIKE_STEPS:
        if step == STRIKE_STEPS[0][0] and total_vol > LARGEST_VOL_WITH_FIVES:
            continue
        wide, far = step * scale, reach * scale
        first, last = math.ceil(max(low, forward - far) / wide), math.floor(min(high, forward + far) / wide)
        strikes.update(round(wide * count, 3) for count in range(first, last + 1))
    if not strikes:
        step = STRIKE_STEPS[0][0] * scale
        strikes.add(round(step * round(forward / step), 3))
    return np.array(sorted(strikes))


def divides(step: float, strike: Floats) -> NDArray[np.bool_]:
    """Whether each strike ($) is a whole number of steps ($), to a thousandth, shape (n,)."""
    thousandths = np.rint(strike * THOUSANDTHS)
    return np.asarray(thousandths % round(step * THOUSANDTHS) == 0.0, dtype=np.bool_)


def listed_expiry(expiry: date, symbol: str, market: str) -> ListedExpiry:
    """The listing that an exchange has on this day: a monthly one on its day of the month, else a weekly one."""
    monthly = expiry == _monthly_expiry(expiry.year, expiry.month, market)
    root = symbol if monthly or market != US_OPTIONS else ROOT_OF_WEEKLIES.get(symbol, symbol)
    quarterly = monthly and expiry.month % 3 == 0
    return ListedExpiry(root, expiry, QUARTERLY_WEIGHT if quarterly else MONTHLY_WEIGHT if monthly else WEEKLY_WEIGHT)


def usual_expiries(count: int, symbol: str, quote_time: pd.Timestamp, market: str) -> tuple[ListedExpiry, ...]:
    """`count` expiries after the quotes, from the next session to two years ahead, spread evenly over those listed.

    Listed are the next five sessions, weeklies for two months and monthlies for two years.
    """
    listings = _all_expiries(symbol, quote_time, market)
    if not 1 <= count <= len(listings):
        remedy = f"ask for 1 to {len(listings)}, or name the dates: 2024-06-21,2024-07-19"
        raise InputError("no such number of expiries is listed", key="expiries", value=count, remedy=remedy)
    places = np.linspace(0, len(listings) - 1, count).round().astype(int)
    return tuple(listings[place] for place in places)


def is_am_settled(root: str, market: str) -> bool:
    """Whether options of this root settle at the open of their last session (on Deribit: as its day begins)."""
    return MARKETS[market].settles_at is not None or (market == US_OPTIONS and root in AM_SETTLED_ROOTS)


def _all_expiries(symbol: str, quote_time: pd.Timestamp, market: str) -> list[ListedExpiry]:
    quoted = quote_time.tz_convert(MARKETS[market].zone).date()
    weekday = WEEKDAY_OF_EXPIRY[market]
    known = sessions(market).dates
    start = int(np.searchsorted(known, np.datetime64(quoted, "D")))
    days = {day.astype(object) for day in known[start : start + DAILIES + 1]}
    week_days = (quoted + timedelta(ahead) for ahead in range(DAYS_OF_WEEKLIES))
    days |= {_session_on_or_before(day, market) for day in week_days if day.weekday() == weekday}
    for ahead in range(DAYS_OF_MONTHLIES // 30):
        years, month = divmod(quoted.month - 1 + ahead, 12)
        days.add(_monthly_expiry(quoted.year + years, month + 1, market))
    listings = [listed_expiry(day, symbol, market) for day in sorted(days)]
    moments = settlement_times(
        np.array([listing.expiry for listing in listings], dtype="datetime64[D]"),
        np.array([is_am_settled(listing.root, market) for listing in listings]),
        market,
    )
    return [listing for listing, moment in zip(listings, moments, strict=True) if moment > quote_time]


def _monthly_expiry(year: int, month: int, market: str) -> date:
    """Third Friday of the month on US exchanges, the last Friday on Deribit, the last Thursday on NSE."""
    weekday = WEEKDAY_OF_EXPIRY[market]
    if market == US_OPTIONS:
        first = date(year, month, 1)
        return _session_on_or_before(first + timedelta((weekday - first.weekday()) % 7 + 14), market)
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
    return _session_on_or_before(last - timedelta((last.weekday() - weekday) % 7), market)


def _session_on_or_before(day: date, market: str) -> date:
    dates = sessions(market).dates
    found: date = dates[int(np.searchsorted(dates, np.datetime64(day, "D"), side="right")) - 1].astype(object)
    return found
