"""Net gamma exposure re-priced over a grid of spots, and all spots at which it changes sign."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.kernels.exposures import gamma_profile
from simhedge.levels.units import ONE_PERCENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.levels.positions import Positions

    Floats = NDArray[np.float64]

RANGE = (0.5, 1.5)  # of spot, as gflows has it
FEWEST_POINTS, MOST_POINTS = 301, 19_201
POINTS_PER_WIDTH = 2.0  # grid points per standard deviation of the option nearest to its expiry
ROOT_TOLERANCE = 1e-4  # of spot: what halving the grid may move a root by
INSIGNIFICANT = 1e-10  # of the gross exposure: below it signs are those of a few shares, or of rounding
REACH = 9.0  # standard deviations beyond which an option's gamma adds less than 1e-17 of its peak to the grid
EXACT_REACH = 40.0
PEAK_DENSITY = 0.3989422804014327  # of the standard normal distribution
MOST_THREADS, SUMS_PER_THREAD = 4, 1_000_000
SECTIONS, ROUNDS = 32, 3  # of a root's bracket: to 1e-7 of spot, before a last linear step


class Root(NamedTuple):
    """A spot ($) where net gamma exposure is zero, and its slope there ($ per 1% and $ of spot; rising: positive)."""

    spot: float
    slope: float


@dataclass(frozen=True)
class Profile:
    """Net gamma exposure in $ per 1% move at spots ($, ascending, shape (m,)): `net` (m,), `by_expiry` (expiries, m).

    The spot that prices gamma also turns it into $, as in every published profile. `roots` are ascending. `gross` is
    the sum of every option's largest exposure, all sides taken as positive, `gross_by_expiry` (expiries,) each date's.
    """

    spot: Floats
    net: Floats
    by_expiry: Floats
    roots: tuple[Root, ...]
    gross: float
    gross_by_expiry: Floats

    def expiry_roots(self, number: int) -> list[float]:
        """Where one expiry's own exposure changes sign ($), linear between the spots, ascending."""
        return sign_changes(self.spot, significant(self.by_expiry[number], float(self.gross_by_expiry[number])))


def net_gamma(positions: Positions, spots: Floats, reach: float = REACH) -> Floats:
    """Gamma (shares per $) of each expiry at ascending `spots` (m,), shape (expiries, m).

    Many options at many spots are shared by threads; each spot's sum is the same whoever makes it.
    """
    prices = np.ascontiguousarray(spots, dtype=np.float64)
    parts = min(MOST_THREADS, os.cpu_count() or 1, 1 + prices.size * positions.strike.size // SUMS_PER_THREAD)
    if parts == 1:
        return _net_gamma(positions, prices, reach)
    with ThreadPoolExecutor(parts) as pool:
        return np.hstack(list(pool.map(lambda own: _net_gamma(positions, own, reach), np.array_split(prices, parts))))


def _net_gamma(positions: Positions, prices: Floats, reach: float) -> Floats:
    out = np.empty((positions.expiries, prices.size))
    gamma_profile(
        prices,
        positions.rate,
        positions.shares,
        positions.strike,
        positions.time_to_expiry,
        positions.dividend_yield,
        positions.implied_vol,
        positions.expiry,
        reach,
        np.empty_like(prices),
        out,
    )
    return out


def gamma_at(positions: Positions, spot: float) -> float:
    """Net gamma (shares per $) at one spot, no option left out."""
    return float(net_gamma(positions, np.array([spot]), EXACT_REACH).sum())


def profile(positions: Positions, spot: float, limits: tuple[float, float] = RANGE) -> Profile:
    """The profile over `limits` (times spot), on a grid so fine that halving it moves no root by 1e-4 of spot."""
    low, high = limits[0] * spot, limits[1] * spot
    spots = np.linspace(low, high, _first_points(positions, low, high))
    by_expiry = _exposure(positions, spots)
    gross = _gross(positions)
    found = _brackets(spots, by_expiry.sum(axis=0), gross.sum())
    while True:
        middles = 0.5 * (spots[1:] + spots[:-1])
        spots, by_expiry = _interleaved(spots, middles, by_expiry, _exposure(positions, middles))
        previous, found = found, _brackets(spots, by_expiry.sum(axis=0), gross.sum())
        if spots.size >= MOST_POINTS or _same(previous, found, spot):
            break

    roots = tuple(_root(positions, *bracket) for bracket in found)
    return Profile(spots, by_expiry.sum(axis=0), by_expiry, roots, float(gross.sum()), gross)


def significant(exposure: Floats, gross: float) -> Floats:
    """The exposure (m,) with 0 where it is so small beside the gross exposure that its sign means nothing."""
    return np.where(np.abs(exposure) > INSIGNIFICANT * gross, exposure, 0.0)


def sign_changes(x: Floats, y: Floats) -> list[float]:
    """Where `y` changes sign along ascending `x`, by linear interpolation, ascending.

    Zeros between two signs are passed over: the change is then in the middle of them.
    """
    places = np.flatnonzero(y != 0.0)
    changes = []
    for k in np.flatnonzero(np.diff(np.signbit(y[places]))):
        left, right = places[k], places[k + 1]
        if right == left + 1:
            changes.append(float(x[right] - (x[right] - x[left]) * y[right] / (y[right] - y[left])))
        else:
            changes.append(float(0.5 * (x[left + 1] + x[right - 1])))
    return changes


def strict_changes(x: Floats, y: Floats) -> list[float]:
    """Where neighbours of `y` have opposite signs, by linear interpolation, ascending; no change at a zero.

    The rule of the tools that look along strikes.
    """
    places = np.flatnonzero(y[:-1] * y[1:] < 0.0)
    return [float(x[k + 1] - (x[k + 1] - x[k]) * y[k + 1] / (y[k + 1] - y[k])) for k in places]


def _first_points(positions: Positions, low: float, high: float) -> int:
    """Points of the first grid from `low` to `high` ($): the narrowest option that is held there decides."""
    seen = (positions.shares != 0.0) & (positions.strike > low) & (positions.strike < high)
    deviation = positions.strike * positions.implied_vol * np.sqrt(positions.time_to_expiry)
    narrowest = float(np.min(deviation[seen], initial=high - low))
    return int(np.clip(POINTS_PER_WIDTH * (high - low) / narrowest, FEWEST_POINTS, (MOST_POINTS + 1) // 2))


def _exposure(positions: Positions, spots: Floats) -> Floats:
    return net_gamma(positions, spots) * (spots * spots * ONE_PERCENT)


def _gross(positions: Positions) -> Floats:
    """Largest exposures ($ per 1%) of the options, unsigned, summed by expiry, shape (expiries,).

    Gamma S^2 of an option peaks near its strike K, at about K phi(0) / (vol sqrt(T)).
    """
    total_vol = positions.implied_vol * np.sqrt(positions.time_to_expiry)
    peak = np.abs(positions.shares) * positions.strike * (ONE_PERCENT * PEAK_DENSITY) / total_vol
    return np.bincount(positions.expiry, weights=peak, minlength=positions.expiries).astype(np.float64)


def _interleaved(spots: Floats, middles: Floats, values: Floats, between: Floats) -> tuple[Floats, Floats]:
    grid = np.empty(spots.size + middles.size)
    grid[::2], grid[1::2] = spots, middles
    merged = np.empty((values.shape[0], grid.size))
    merged[:, ::2], merged[:, 1::2] = values, between
    return grid, merged


def _brackets(spots: Floats, net: Floats, gross: float) -> list[tuple[float, float]]:
    """Neighbouring spots between which the sign changes, those with insignificant exposure passed over."""
    places = np.flatnonzero(significant(net, gross))
    changes = np.flatnonzero(np.diff(np.signbit(net[places])))
    return [(float(spots[places[k]]), float(spots[places[k + 1]])) for k in changes]


def _same(previous: list[tuple[float, float]], found: list[tuple[float, float]], spot: float) -> bool:
    """Whether the halved grid has the same roots: each within the bracket of its forerunner, none added."""
    slack = ROOT_TOLERANCE * spot
    return len(previous) == len(found) and all(
        old[0] - slack <= new[0] and new[1] <= old[1] + slack for old, new in zip(previous, found, strict=True)
    )


def _root(positions: Positions, low: float, high: float) -> Root:
    """The root in a bracket, no option left out: many sections at a time, as the kernel prices many spots at once.

    (scipy.optimize would do, but loading it takes a fifth of the whole command's time.)
    """
    level = 0.5 * (low + high)
    for _ in range(ROUNDS):
        spots = np.linspace(low, high, SECTIONS + 1)
        net = _net(positions, spots)
        level = next(iter(sign_changes(spots, net)), level)
        places = np.flatnonzero(net != 0.0)
        changes = np.flatnonzero(np.diff(np.signbit(net[places])))
        if changes.size == 0 or places[changes[0] + 1] > places[changes[0]] + 1:
            break  # rounding alone, or no gamma at all between two signs: as near as it gets
        low, high = (float(spots[places[changes[0] + side]]) for side in (0, 1))
    step = 1e-5 * level
    below, above = _net(positions, np.array([level - step, level + step]))
    return Root(level, float(above - below) / (2.0 * step))


def _net(positions: Positions, spots: Floats) -> Floats:
    return np.asarray(net_gamma(positions, spots, EXACT_REACH).sum(axis=0) * (spots * spots * ONE_PERCENT))
