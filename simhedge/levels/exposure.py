"""Exposures of the dealers' side in $: gamma, delta, vanna and charm, by row, strike, expiry and kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from simhedge.kernels.exposures import sensitivities
from simhedge.levels.positions import Positions
from simhedge.levels.units import ONE_PERCENT, gamma_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.book import Listing

    Floats = NDArray[np.float64]

GammaSource = Literal["vendor", "model"]


@dataclass(frozen=True)
class Exposures:
    """Signed from the dealers' side, shape (n,), one per row of the listing; 0 where nothing is known of a row.

    `gamma` in $ of hedging per 1% move, `delta` in $, `vanna` in $ of delta per vol point (0.01), `charm` in $ of delta
    per day, of 365 or 252 a year as the day count has it. `used`: rows whose gamma is known.
    """

    gamma: Floats
    delta: Floats
    vanna: Floats
    charm: Floats
    used: NDArray[np.bool_]


class Legs(NamedTuple):
    """An exposure by calls and puts, each signed from the dealers' side, and their sum."""

    calls: float
    puts: float
    net: float


class StrikeExposures(NamedTuple):
    """Gamma exposure ($ per 1%) and open interest (contracts) by strike ($, ascending): arrays of shape (k,)."""

    strike: Floats
    calls: Floats
    puts: Floats
    call_interest: Floats
    put_interest: Floats

    @property
    def net(self) -> Floats:
        """Calls and puts together, signed."""
        return self.calls + self.puts


def exposures(
    listing: Listing, share: Floats, priced: Positions, source: GammaSource, days_per_year: float = 365.0
) -> Exposures:
    """Exposures at the listing's spot; `share` (n,) is the dealers' signed share of open interest.

    `vendor` takes gamma and delta as the vendor shows them (delta from the model where he shows none), `model` those of
    Black-Scholes-Merton; vanna and charm are always the model's. Summed legs: Baltussen et al. (2021), with S^2/100.
    """
    spot, count = listing.spot, listing.strike.size
    of_row = np.full((4, count), np.nan)
    of_row[:, priced.row] = model_sensitivities(priced, spot)
    gamma, delta, vanna, charm = of_row
    if source == "vendor":
        gamma = listing.gamma
        delta = np.where(np.isnan(listing.delta), delta, listing.delta)
    shares = share * listing.shares

    def signed(greek: Floats, factor: float) -> Floats:
        return np.where(np.isnan(greek), 0.0, greek) * shares * factor

    return Exposures(
        gamma=signed(gamma, gamma_factor("usd_per_1pct", spot)),
        delta=signed(delta, spot),
        vanna=signed(vanna, spot * ONE_PERCENT),
        charm=signed(charm, spot / days_per_year),
        used=~np.isnan(gamma),
    )


def model_sensitivities(priced: Positions, spot: float) -> Floats:
    """Gamma (shares per $), delta (shares), vanna (per 1.00 of vol) and charm (per year) of one share, shape (4, n)."""
    out = np.empty((4, priced.strike.size))
    sensitivities(
        float(spot),
        priced.rate,
        priced.kind_sign,
        priced.strike,
        priced.time_to_expiry,
        priced.dividend_yield,
        priced.implied_vol,
        out,
    )
    return out


def legs(listing: Listing, exposure: Floats) -> Legs:
    """Calls, puts and net of one exposure (n,)."""
    calls = float(exposure[listing.is_call].sum())
    puts = float(exposure[~listing.is_call].sum())
    return Legs(calls, puts, calls + puts)


def by_strike(listing: Listing, gamma: Floats, rows: NDArray[np.bool_] | None = None) -> StrikeExposures:
    """Gamma exposure and open interest by strike, all expiries together, of the chosen rows.

    Of all rows (the default) every listed strike is there, those without open interest with 0.
    """
    kept = np.ones(listing.strike.size, dtype=np.bool_) if rows is None else rows
    strike = np.unique(listing.strike[kept] if rows is not None else np.append(listing.listed_strikes, listing.strike))
    place = np.searchsorted(strike, listing.strike[kept])
    is_call = listing.is_call[kept]

    def summed(values: Floats, side: NDArray[np.bool_]) -> Floats:
        return summed_by(place, np.where(side, values[kept], 0.0), strike.size)

    interest = listing.open_interest
    return StrikeExposures(
        strike, summed(gamma, is_call), summed(gamma, ~is_call), summed(interest, is_call), summed(interest, ~is_call)
    )


def by_expiry(listing: Listing, exposure: Floats) -> tuple[Floats, Floats]:
    """Calls and puts of one exposure (n,) by expiry, each of shape (expiries,)."""
    count = len(listing.expiries)
    calls = summed_by(listing.expiry, np.where(listing.is_call, exposure, 0.0), count)
    puts = summed_by(listing.expiry, np.where(listing.is_call, 0.0, exposure), count)
    return calls, puts


def by_strike_and_expiry(listing: Listing, exposure: Floats) -> tuple[Floats, Floats]:
    """Strikes ($, ascending, shape (k,)) and the net exposure at each strike and expiry, shape (expiries, k)."""
    strike, place = np.unique(listing.strike, return_inverse=True)
    count = len(listing.expiries)
    cell = listing.expiry * strike.size + place
    net = summed_by(cell, exposure, count * strike.size)
    return strike, net.reshape(count, strike.size)


def summed_by(place: NDArray[np.int64], values: Floats, count: int) -> Floats:
    """Sums of `values` (n,) over the rows of each place 0 .. count - 1."""
    return np.bincount(place, weights=values, minlength=count).astype(np.float64, copy=False)
