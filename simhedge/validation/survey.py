"""The distinct levels of a scenario through a run: of the start, or of each day and price, as an observer has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.validation.targets import PART_REGIMES, Target, targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simhedge.simulation.plan import Plan

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int, str], None]

GRID_POINTS = 81  # prices per day at which daily levels are computed
GRID_POINTS_OF_A_CHAIN = 21
MANY_OPTIONS = 200
GRID_REACH = 4.5  # standard deviations of the fundamental


class Track(NamedTuple):
    """One distinct level: its names, (name, definition) each, and its value ($) by day and price, (days, points).

    NaN where there is none. `by_side`: the level parts two regimes, so that its sides are compared.
    """

    members: tuple[tuple[str, str], ...]
    values: Floats
    by_side: bool


class Survey(NamedTuple):
    """Tracks on a grid of prices ($), (days, points); one day and one point where levels are those of the start."""

    prices: Floats
    tracks: tuple[Track, ...]
    absent: tuple[tuple[str, str], ...]
    daily: bool

    def levels(self, track: Track, opens: Floats) -> Floats:
        """The track's levels at opening prices ($) `opens` (2, paths, days), those of the nearest price, same shape."""
        if not self.daily:
            return np.full(opens.shape, track.values[0, 0])
        points = self.prices.shape[1]
        low, high = self.prices[:, 0], self.prices[:, -1]
        spacing = np.where(high > low, (high - low) / (points - 1), 1.0)
        place = np.clip(np.rint((opens - low) / spacing), 0, points - 1).astype(np.int64)
        return track.values[np.arange(track.values.shape[0]), place]


def survey(plan: Plan, progress: Progress | None = None) -> Survey:
    """Levels at the start, or with `levels.daily` at the beginning of each day on a grid of prices.

    Raises InputError where no definition finds any.
    """
    asked = plan.scenario.levels
    daily = asked is not None and asked.daily
    prices = _price_grid(plan) if daily else np.array([[float(plan.model["spot"][0])]])
    found: dict[tuple[str, str], Floats] = {}
    total = prices.size
    for k, (day, point) in enumerate(np.ndindex(*prices.shape)):
        for target in targets(plan, float(prices[day, point]), float(day)):
            values = found.setdefault((target.name, target.definition), np.full(prices.shape, np.nan))
            values[day, point] = math.nan if target.value is None else target.value
        if progress is not None:
            progress(k + 1, total, "levels")
    if all(np.isnan(values).all() for values in found.values()):
        remedy = "levels are read off options: add calls or puts that live beyond the start"
        raise plan.scenario.refusal("books", "no definition finds any level", remedy)
    absent = tuple(key for key, values in found.items() if np.isnan(values).all())
    return Survey(prices, _distinct({k: v for k, v in found.items() if k not in absent}), absent, daily)


def _distinct(found: dict[tuple[str, str], Floats]) -> tuple[Track, ...]:
    """One track for all that agree everywhere and ask the same of the two sides."""
    groups: dict[tuple[bytes, bool], list[tuple[str, str]]] = {}
    for key, values in found.items():
        groups.setdefault((values.tobytes(), key[0] in PART_REGIMES), []).append(key)
    return tuple(Track(tuple(keys), found[keys[0]], by_side) for (_, by_side), keys in groups.items())


def _price_grid(plan: Plan) -> Floats:
    """Prices ($) at the beginning of each day, (days, points), over the reach of the fundamental."""
    options = sum(loaded.book.strike.size for loaded in plan.books)
    points = GRID_POINTS if options <= MANY_OPTIONS else GRID_POINTS_OF_A_CHAIN
    days = np.arange(plan.scenario.clock.days, dtype=np.float64)
    spot, daily_vol = float(plan.model["spot"][0]), plan.gain.daily_vol
    reach = GRID_REACH * daily_vol * np.sqrt(days)
    trend = float(plan.model["drift"][0]) * days / plan.scenario.clock.trading_days_per_year
    if plan.scenario.market.fundamental.type == "gbm":
        middle = spot * np.exp(trend)
        low, high = middle * np.exp(-reach / spot), middle * np.exp(reach / spot)
    else:
        low, high = np.maximum(spot + trend - reach, 0.01 * spot), spot + trend + reach
    return np.linspace(low, high, points, axis=1)


def member_value(track: Track, daily: bool) -> float | None:
    """The level ($) at the start: the one value, or that at the first day's opening price; None where there is none."""
    value = float(track.values[0, track.values.shape[1] // 2 if daily else 0])
    return value if math.isfinite(value) else None


__all__ = ["Survey", "Target", "Track", "member_value", "survey"]
