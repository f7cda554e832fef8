"""How far levels move when the assumed side of the dealers is wrong at random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simhedge.kernels.exposures import gamma_matrix
from simhedge.levels.exposure import StrikeExposures, by_strike, summed_by
from simhedge.levels.landmarks import largest_gamma_strike
from simhedge.levels.profile import Profile, Root, sign_changes, significant
from simhedge.levels.units import ONE_PERCENT
from simhedge.levels.walls import walls
from simhedge.levels.zero_gamma import RULES, Grounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simhedge.book import Listing
    from simhedge.levels.positions import Positions
    from simhedge.levels.walls import WallRule
    from simhedge.levels.zero_gamma import ZeroGammaRule

    Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.5, 0.95)
MOST_POINTS = 2401
ROWS_AT_ONCE = 2048
NUMBERS_AT_ONCE = 8_000_000  # of the draws' signs and profiles, 64 MB


class SignErrors(NamedTuple):
    """Each option's side is wrong with probability `wrong`, independently, in each of `draws` draws."""

    wrong: float = 0.1
    draws: int = 400
    seed: int = 1


@dataclass(frozen=True)
class Band:
    """Quantiles (5%, 50%, 95%) of a level over the draws that have one, and the share of draws that have none."""

    low: float | None
    median: float | None
    high: float | None
    none: float

    def as_dict(self) -> dict[str, float | None]:
        """The band as a JSON object."""
        return {"p05": self.low, "p50": self.median, "p95": self.high, "none": self.none}


@dataclass(frozen=True)
class Uncertainty:
    """Bands by level: net_gamma ($ per 1%), zero_gamma (by the headline's rule), walls and largest_gamma_strike ($).

    With an impact model also gain_at_spot.
    """

    errors: SignErrors
    bands: dict[str, Band]

    def as_dict(self) -> dict[str, Any]:
        """The bands as a JSON object."""
        told = {"wrong_sign": self.errors.wrong, "draws": self.errors.draws, "seed": self.errors.seed}
        return told | {name: band.as_dict() for name, band in self.bands.items()}


class Assumed(NamedTuple):
    """What holds with the assumed sign: exposure ($ per 1%, shape (n,)), positions, profile, rules, $ per share."""

    listing: Listing
    gamma: Floats
    priced: Positions
    profile: Profile
    zero_gamma: ZeroGammaRule
    walls: WallRule
    kyle_lambda: float | None


def uncertainty(assumed: Assumed, errors: SignErrors) -> Uncertainty:
    """Bands of every level over random sign errors.

    A wrong side turns the sign of an option's whole open interest. Draws are those of NumPy's Philox generator, taken
    some at a time, so that memory does not grow with their number.
    """
    random = np.random.Generator(np.random.Philox(errors.seed))
    count = assumed.listing.strike.size
    at_once = max(1, NUMBERS_AT_ONCE // max(count, MOST_POINTS))
    found: dict[str, list[float | None]] = {}
    for first in range(0, errors.draws, at_once):
        rows = min(at_once, errors.draws - first)
        turned = np.where(random.random((rows, count)) < errors.wrong, -1.0, 1.0)
        for name, values in _levels(assumed, turned).items():
            found.setdefault(name, []).extend(values)
    return Uncertainty(errors, {name: _band(values) for name, values in found.items()})


def _levels(assumed: Assumed, turned: Floats) -> dict[str, Sequence[float | None]]:
    """Every level in each draw, turned (draws, n)."""
    spot = assumed.listing.spot
    strikes = _strikes(assumed, turned)
    profiles = _profiles(assumed, turned[:, assumed.priced.row])
    grounds = [Grounds(p, s, spot) for p, s in zip(profiles, strikes, strict=True)]
    both = [walls(s, spot, assumed.walls) for s in strikes]
    found: dict[str, Sequence[float | None]] = {
        "net_gamma": list(turned @ assumed.gamma),
        "zero_gamma": [RULES[assumed.zero_gamma](ground) for ground in grounds],
        "call_wall": [wall.call for wall in both],
        "put_wall": [wall.put for wall in both],
        "largest_gamma_strike": [largest_gamma_strike(s, spot) for s in strikes],
    }
    if assumed.kyle_lambda is not None:
        gamma = _gammas(assumed.priced, np.array([spot]), turned[:, assumed.priced.row])[:, 0]
        found["gain_at_spot"] = list(assumed.kyle_lambda * gamma)
    return found


def _profiles(assumed: Assumed, turned: Floats) -> list[Profile]:
    """The profile in each draw, turned (draws, n), its roots linear between the spots of the assumed profile.

    Of a grid finer than MOST_POINTS only every second, third, ... spot is taken.
    """
    known = assumed.profile.spot
    spots = np.ascontiguousarray(known[:: 1 + (known.size - 1) // MOST_POINTS])
    exposure = _gammas(assumed.priced, spots, turned) * (spots * spots * ONE_PERCENT)
    return [
        replace(assumed.profile, spot=spots, net=row, roots=_roots(spots, row, assumed.profile)) for row in exposure
    ]


def _gammas(priced: Positions, spots: Floats, turned: Floats) -> Floats:
    """Net gamma (shares per $) in each draw at each of `spots` (m,), shape (draws, m)."""
    net = np.zeros((turned.shape[0], spots.size))
    for first in range(0, priced.strike.size, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        gamma = np.empty((priced.strike[rows].size, spots.size))
        gamma_matrix(
            spots,
            priced.rate,
            priced.strike[rows],
            priced.time_to_expiry[rows],
            priced.dividend_yield[rows],
            priced.implied_vol[rows],
            gamma,
        )
        net += (turned[:, rows] * priced.shares[rows]) @ gamma
    return net


def _roots(spots: Floats, net: Floats, assumed: Profile) -> tuple[Root, ...]:
    slope = np.gradient(net, spots)
    levels = sign_changes(spots, significant(net, assumed.gross))
    return tuple(Root(level, float(np.interp(level, spots, slope))) for level in levels)


def _strikes(assumed: Assumed, turned: Floats) -> list[StrikeExposures]:
    """Exposures by strike in each draw, turned (draws, n)."""
    listing, known = assumed.listing, by_strike(assumed.listing, assumed.gamma)
    place, count = np.searchsorted(known.strike, listing.strike), known.strike.size
    calls = np.where(listing.is_call, assumed.gamma, 0.0)
    puts = np.where(listing.is_call, 0.0, assumed.gamma)
    return [
        known._replace(calls=summed_by(place, calls * row, count), puts=summed_by(place, puts * row, count))
        for row in turned
    ]


def _band(values: Sequence[float | None]) -> Band:
    known = np.array([value for value in values if value is not None])
    if known.size == 0:
        return Band(None, None, None, 1.0)
    low, middle, high = np.quantile(known, QUANTILES)
    return Band(float(low), float(middle), float(high), 1.0 - known.size / len(values))
