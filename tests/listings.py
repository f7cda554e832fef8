"""Listings made by hand or at random, and an oracle of their gamma in numpy and scipy that shares no code with ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from simhedge.book import Listing

Floats = NDArray[np.float64]


class Option(NamedTuple):
    """One row: kind, strike ($), open interest (contracts of 100), vol, years to expiry, number of its expiry date."""

    kind: str
    strike: float
    open_interest: float
    implied_vol: float = 0.2
    years: float = 0.1
    expiry: int = 0


def listing_of(rows: Sequence[Option], spot: float = 100.0, **columns: Any) -> Listing:
    """The listing of the rows; `columns` (arrays of its fields) replace what follows from them."""
    number = np.array([row.expiry for row in rows], dtype=np.int64)
    years = np.array([row.years for row in rows], dtype=np.float64)
    told: dict[str, Any] = {
        "is_call": np.array([row.kind == "call" for row in rows], dtype=np.bool_),
        "strike": np.array([row.strike for row in rows], dtype=np.float64),
        "open_interest": np.array([row.open_interest for row in rows], dtype=np.float64),
        "multiplier": np.full(len(rows), 100.0),
        "implied_vol": np.array([row.implied_vol for row in rows], dtype=np.float64),
        "time_to_expiry": years,
        "weekdays": np.ceil(252.0 * years - 1e-9),
        "days": np.floor(365.0 * years),
        "listed_strikes": np.unique([row.strike for row in rows]),
        "expiry": number,
        "expiries": tuple(f"2030-01-{day + 1:02d}" for day in range(int(number.max(initial=-1)) + 1)),
    }
    unknown = {name: np.full(len(rows), np.nan) for name in ("gamma", "delta", "log_forward", "dealer_sign")}
    return Listing(spot=spot, **(told | unknown | columns))


def random_listing(
    seed: int,
    count: int = 200,
    years: Sequence[float] = (0.002, 0.02, 0.08, 0.25),
    spot: float = 100.0,
    with_holes: bool = False,
) -> Listing:
    """Random options near spot on a grid of strikes; `with_holes`: some without vol, vendor gamma or much interest."""
    random = np.random.default_rng(seed)
    kinds = random.permutation(np.where(np.arange(count) % 2 == 0, "call", "put"))
    rows = []
    for kind in kinds:
        expiry = int(random.integers(len(years)))
        strike = spot * float(random.integers(28, 53)) / 40.0
        interest, vol = float(random.integers(1, 5000)), float(random.uniform(0.1, 0.5))
        rows.append(Option(str(kind), strike, interest, vol, float(years[expiry]), expiry))
    made = listing_of(rows, spot)
    vendor = np.maximum(np.round(gamma_of(made, np.array([spot]))[:, 0], 4), 1e-4)
    delta = random.uniform(-1.0, 1.0, count)
    if with_holes:
        vols = np.where(random.random(count) < 0.1, np.nan, made.implied_vol)
        vendor = np.where(random.random(count) < 0.1, np.nan, vendor)
        delta = np.where(random.random(count) < 0.1, np.nan, delta)
        few = np.where(random.random(count) < 0.1, 7.0, made.open_interest)
        made = replace(made, implied_vol=vols, open_interest=few)
    return replace(made, gamma=vendor, delta=delta)


def reordered(listing: Listing, order: NDArray[Any]) -> Listing:
    """The rows in another order, or some of them."""
    arrays = {name: value for name, value in vars(listing).items() if isinstance(value, np.ndarray)}
    del arrays["listed_strikes"]
    return replace(listing, **{name: value[order] for name, value in arrays.items()})


def usual(listing: Listing) -> Floats:
    """Calls +1, puts -1."""
    return np.where(listing.is_call, 1.0, -1.0)


def d_one(
    listing: Listing, spots: Floats, rate: float = 0.0, dividend_yield: float = 0.0, years: Floats | None = None
) -> tuple[Floats, Floats]:
    """d1 (n, m) of each option at each spot, and its vol over the time that is left (n, 1); NaN where unknown."""
    t = (listing.time_to_expiry if years is None else years)[:, None]
    known = (listing.implied_vol[:, None] > 0.0) & (t > 0.0)
    deviation = np.where(known, listing.implied_vol[:, None] * np.sqrt(np.where(known, t, 1.0)), np.nan)
    moneyness = np.log(spots[None, :] / listing.strike[:, None]) + (rate - dividend_yield) * t
    return moneyness / deviation + 0.5 * deviation, deviation


def gamma_of(
    listing: Listing, spots: Floats, rate: float = 0.0, dividend_yield: float = 0.0, years: Floats | None = None
) -> Floats:
    """Gamma (per share and $) of each option at each spot, shape (n, m); 0 where it has no vol or no time left."""
    t = (listing.time_to_expiry if years is None else years)[:, None]
    d1, deviation = d_one(listing, spots, rate, dividend_yield, years)
    gamma = np.exp(-dividend_yield * t) * norm.pdf(d1) / (spots[None, :] * deviation)
    return np.where(np.isnan(gamma), 0.0, gamma)


def exposure_of(
    listing: Listing,
    share: Floats,
    spots: Floats,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    years: Floats | None = None,
) -> Floats:
    """Net gamma exposure ($ per 1%) of dealers who hold `share` of the open interest, at each spot, shape (m,)."""
    held = share * listing.open_interest * listing.multiplier
    return (held @ gamma_of(listing, spots, rate, dividend_yield, years)) * spots * spots / 100.0


def crossings_of(x: Floats, y: Floats) -> list[float]:
    """Where neighbours have strictly opposite signs, by the formula of the published scripts."""
    found = []
    for k in range(x.size - 1):
        if y[k] * y[k + 1] < 0.0:
            found.append(float(x[k + 1] - (x[k + 1] - x[k]) * y[k + 1] / (y[k + 1] - y[k])))
    return found
