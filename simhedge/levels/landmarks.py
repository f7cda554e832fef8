"""What else is read off a chain: the strike with most gamma, max pain, the expected move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.levels.positions import LEAST_VOL
from simhedge.levels.walls import largest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.book import Listing
    from simhedge.levels.exposure import StrikeExposures


def largest_gamma_strike(strikes: StrikeExposures, spot: float) -> float | None:
    """The strike ($) with the largest gamma, calls and puts not netted (SpotGamma's absolute gamma strike)."""
    return largest(strikes.strike, np.abs(strikes.calls) + np.abs(strikes.puts), spot)


def max_pain(listing: Listing, rows: NDArray[np.bool_]) -> float | None:
    """The strike ($) at which the chosen options together pay their holders least; None where there are none.

    One expiry at a time makes sense. Of equal strikes the lowest counts.
    """
    strike, place = np.unique(listing.strike[rows], return_inverse=True)
    if not listing.shares[rows].any():
        return None
    is_call, shares = listing.is_call[rows], listing.shares[rows]
    calls = np.bincount(place, weights=np.where(is_call, shares, 0.0), minlength=strike.size)
    puts = np.bincount(place, weights=np.where(is_call, 0.0, shares), minlength=strike.size)
    below = strike * np.cumsum(calls) - np.cumsum(calls * strike)
    above = np.cumsum((puts * strike)[::-1])[::-1] - strike * np.cumsum(puts[::-1])[::-1]
    return float(strike[int(np.argmin(below + above))])


def at_the_money_vol(listing: Listing, rows: NDArray[np.bool_]) -> float | None:
    """Implied vol per sqrt(year) at the strike nearest to spot, the mean of those listed there; None without any."""
    known = rows & (listing.implied_vol > LEAST_VOL) & np.isfinite(listing.implied_vol)
    if not known.any():
        return None
    distance = np.abs(listing.strike[known] - listing.spot)
    return float(listing.implied_vol[known][distance == distance.min()].mean())


def expected_move(listing: Listing, rows: NDArray[np.bool_]) -> float | None:
    """One standard deviation ($) of the price at the chosen expiry: spot * at-the-money vol * sqrt(time to expiry)."""
    vol = at_the_money_vol(listing, rows)
    if vol is None:
        return None
    return float(listing.spot * vol * np.sqrt(listing.time_to_expiry[rows].max()))
