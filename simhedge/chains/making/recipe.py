"""What a synthetic chain is made of: the underlying, its smile and term structure, expiries, strikes, open interest."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.calendar import MARKETS, US_OPTIONS, covered, sessions, span
from simhedge.chains.making.listed import ListedExpiry
from simhedge.errors import InputError

SKEW, CURVATURE = -0.7, 1.1
SMALLEST_VOL, LARGEST_VOL = 0.01, 5.0
# Total variance grows with time, so that there is no calendar arbitrage, while front/back < 1 + e^2 = 8.39.
LARGEST_FRONT_TO_BACK = 8.0
DECAY = 2.2  # of the front vol into the back vol, per sqrt(year)
SPREAD_OF_TERMS = 0.15  # share by which front and back vol lie apart from their middle, rising or falling
SMALLEST_SPOT, LARGEST_SPOT = 1.0, 1_000_000.0
DELAY_OF_QUOTES = {US_OPTIONS: pd.Timedelta(minutes=15)}  # delayed quotes are free; the other markets quote at once

Profile = Literal["round", "uniform"]
TermShape = Literal["flat", "rising", "falling"]

_SYMBOL = re.compile(r"[A-Z]{1,6}")


@dataclass(frozen=True)
class Recipe:
    """A synthetic chain in words; equal recipes make equal chains.

    Vols per sqrt(year): `front_vol` for the nearest expiries, `back_vol` for those years away. `skew` is the
    correlation of the SSVI smile (-1 to 1, negative: puts dearer), `curvature` its eta (0: flat; None: as much as skew
    allows, at most 1.1). Rates per year. `expiries` is a number or the listings themselves; no `strikes`: those an
    exchange would list. `open_interest` is in contracts, in all; a wall's strike holds 40% of its side's in each
    expiry. `quote_time` without a zone is the market's local time. `clock` says in which time the true prices were
    made: calendar days over 365 to settlement, or sessions over those of a year, as a simulation counts.
    """

    symbol: str = "SPX"
    name: str = ""
    market: str = US_OPTIONS
    spot: float = 4000.0
    change: float = 0.0
    quote_time: str | datetime = "2024-06-14 20:30"
    rate: float = 0.05
    dividend_yield: float = 0.015
    front_vol: float = 0.16
    back_vol: float = 0.16
    skew: float = SKEW
    curvature: float | None = None
    expiries: int | tuple[ListedExpiry, ...] = 12
    strikes: tuple[float, ...] = ()
    open_interest: float = 1_000_000.0
    call_share: float = 0.46
    oi_profile: Profile = "round"
    call_wall: float | None = None
    put_wall: float | None = None
    clock: Literal["act365", "sessions"] = "act365"
    seed: int = 1

    @property
    def smile_curvature(self) -> float:
        """Curvature of the smile: the recipe's, or the largest up to 1.1 that is free of butterfly arbitrage."""
        return min(CURVATURE, largest_curvature(self.skew)) if self.curvature is None else self.curvature

    @property
    def delay(self) -> pd.Timedelta:
        """By how much the quotes are older than the quote time."""
        return DELAY_OF_QUOTES.get(self.market, pd.Timedelta(0))


USUAL_RECIPES = {
    US_OPTIONS: Recipe(),
    "deribit": Recipe(
        symbol="BTC",
        market="deribit",
        spot=60_000.0,
        quote_time="2024-06-14 12:00",
        rate=0.05,
        dividend_yield=0.0,
        front_vol=0.5,
        back_vol=0.5,
        skew=-0.2,
        open_interest=200_000.0,
    ),
    "nse": Recipe(
        symbol="NIFTY",
        market="nse",
        spot=23_000.0,
        quote_time="2024-06-14 15:30",
        rate=0.065,
        dividend_yield=0.012,
        front_vol=0.14,
        back_vol=0.14,
        open_interest=5_000_000.0,
    ),
}


def largest_curvature(skew: float) -> float:
    """The largest curvature of an SSVI smile without butterfly arbitrage (Gatheral & Jacquier, 2014, remark 4.4)."""
    return 2.0 / (1.0 + abs(skew))


def term_vol(time_to_expiry: float, front_vol: float, back_vol: float) -> float:
    """Implied vol at the money per sqrt(year): from the front vol at once to the back vol years ahead."""
    return back_vol - (back_vol - front_vol) * math.exp(-DECAY * math.sqrt(time_to_expiry))


def term_structure(vol: float, shape: TermShape) -> tuple[float, float]:
    """(front vol, back vol) per sqrt(year) around `vol`: equal, or 15% below and above it and the reverse."""
    step = {"flat": 0.0, "rising": SPREAD_OF_TERMS, "falling": -SPREAD_OF_TERMS}[shape]
    return vol * (1.0 - step), vol * (1.0 + step)


def checked(recipe: Recipe) -> pd.Timestamp:
    """The moment of the quotes with its zone; an InputError names the field that cannot be, and what it may be."""
    if not _SYMBOL.fullmatch(recipe.symbol):
        remedy = "one to six capital letters, like SPX"
        raise InputError("no option root", key="symbol", value=recipe.symbol, remedy=remedy)
    if recipe.market not in MARKETS:
        raise InputError("unknown market", key="market", value=recipe.market, remedy=f"one of {', '.join(MARKETS)}")
    _check_numbers(recipe)
    _check_lists(recipe)
    return _quote_time(recipe)


def _check_numbers(recipe: Recipe) -> None:
    bounds = {
        "spot": (SMALLEST_SPOT, LARGEST_SPOT),
        "change": (-recipe.spot, recipe.spot),
        "rate": (-1.0, 1.0),
        "dividend_yield": (-1.0, 1.0),
        "front_vol": (SMALLEST_VOL, LARGEST_VOL),
        "back_vol": (max(SMALLEST_VOL, recipe.front_vol / LARGEST_FRONT_TO_BACK), LARGEST_VOL),
        "skew": (-0.99, 0.99),
        "curvature": (0.0, largest_curvature(recipe.skew)),
        "open_interest": (1.0, 1e12),
        "call_share": (0.0, 1.0),
        "seed": (0, 2**63 - 1),
    }
    for name, (least, most) in bounds.items():
        value = getattr(recipe, name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            remedy = f"give a number from {least:.6g} to {most:.6g}"
            raise InputError("not a number that this can be", key=name, value=value, remedy=remedy)
    if not isinstance(recipe.seed, int):
        raise InputError("not a whole number", key="seed", value=recipe.seed, remedy="give one like 20240614")


def _check_lists(recipe: Recipe) -> None:
    for strike in recipe.strikes:
        if not math.isfinite(strike) or not 0.001 <= strike <= 1e7:
            raise InputError("no strike", key="strikes", value=strike, remedy="give positive prices: 95,100,105")
    if len(set(recipe.strikes)) != len(recipe.strikes):
        raise InputError("a strike twice", key="strikes", value=_listed(recipe.strikes), remedy="name each one once")
    if recipe.oi_profile not in ("round", "uniform"):
        raise InputError("unknown profile", key="oi_profile", value=recipe.oi_profile, remedy="round or uniform")
    if recipe.clock not in ("act365", "sessions"):
        raise InputError("unknown clock", key="clock", value=recipe.clock, remedy="act365 or sessions")
    if isinstance(recipe.expiries, int):
        return
    days = [(listing.root, listing.expiry) for listing in recipe.expiries]
    if not days or len(set(days)) != len(days):
        told = "an expiry twice" if days else "no expiry"
        value = _listed(listing.expiry for listing in recipe.expiries)
        raise InputError(told, key="expiries", value=value, remedy="name each one once: 2024-06-21,2024-07-19")
    dates = np.array([day for _, day in days], dtype="datetime64[D]")
    for root, day in days:
        if not _SYMBOL.fullmatch(root):
            raise InputError("no option root", key="expiries", value=root, remedy="one to six capital letters")
        if not covered(np.array([day], dtype="datetime64[D]"), recipe.market).all():
            remedy = f"the trading calendar covers {span(recipe.market)}"
            raise InputError("beyond the calendar", key="expiries", value=day, remedy=remedy)
    closed = dates[~_is_session(dates, recipe.market)]
    if closed.size:
        remedy = f"the session before is {_session_before(closed[0], recipe.market)}"
        raise InputError("the market is closed that day", key="expiries", value=closed[0], remedy=remedy)


def _quote_time(recipe: Recipe) -> pd.Timestamp:
    zone = MARKETS[recipe.market].zone
    remedy = "give one like '2024-06-14 20:30'"
    try:
        moment = pd.Timestamp(recipe.quote_time)
        if moment.tzinfo is None:
            moment = moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError("not a moment", key="quote_time", value=recipe.quote_time, remedy=remedy) from error
    if pd.isna(moment):
        raise InputError("not a moment", key="quote_time", value=recipe.quote_time, remedy=remedy)
    # Monthlies reach two years ahead.
    around = np.array([moment.tz_convert(zone).date()], dtype="datetime64[D]") + np.array([-30, 800])
    if not covered(around, recipe.market).all():
        remedy = f"the trading calendar covers {span(recipe.market)}, and a chain two years of it"
        raise InputError("beyond the calendar", key="quote_time", value=recipe.quote_time, remedy=remedy)
    return moment.floor("min").tz_convert(zone)


def _is_session(days: NDArray[np.datetime64], market: str) -> NDArray[np.bool_]:
    return np.isin(days, sessions(market).dates)


def _session_before(day: np.datetime64, market: str) -> np.datetime64:
    dates = sessions(market).dates
    return np.datetime64(dates[int(np.searchsorted(dates, day)) - 1])


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)
