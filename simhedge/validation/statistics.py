"""The statistics of a level test: which products of powers of per-path sums they are, and what they say in words."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from simhedge.kernels.touches import COLUMNS

Unit = Literal["share", "daily standard deviations", "step standard deviations", "per sqrt(year)", ""]
Family = Literal["any", "tipping", "side"]


class Statistic(NamedTuple):
    """`powers`: column of `kernels.touches` -> power of its mean; `needs`: columns that many paths must share in.

    `either`: in one world is enough, where the whole is all paths and only the part is rare.
    `family`: which levels it is taken at, any, tipping levels only, or those that part two regimes (`side`).
    """

    name: str
    powers: dict[str, float]
    unit: Unit
    needs: tuple[str, ...]
    family: Family
    words: str
    either: bool = False

    def reliable(self, events: Any, least: float) -> Any:
        """Whether `least` paths share in it, as counted in both worlds (2, ...), so that the normal law holds."""
        return (np.max(events, axis=0) if self.either else np.min(events, axis=0)) >= least

    def columns(self) -> dict[int, float]:
        """The powers by number of column."""
        return {COLUMNS.index(name): power for name, power in self.powers.items()}


def _share(name: str, part: str, whole: str, words: str, family: Family = "any") -> Statistic:
    return Statistic(name, {part: 1.0, whole: -1.0}, "share", (whole,), family, words)


def _volatility(name: str, side: str) -> Statistic:
    powers = {f"{side}_squares": 0.5, f"{side}_steps": -0.5}
    words = f"realised volatility of steps that start {side} the level"
    return Statistic(name, powers, "per sqrt(year)", (f"{side}_steps",), "side", words)


def _autocorrelation(name: str, side: str) -> Statistic:
    powers = {f"{side}_products": 1.0, f"{side}_squares": -1.0}
    words = f"lag-1 autocorrelation of step returns that start {side} the level"
    return Statistic(name, powers, "", (f"{side}_steps",), "side", words)


STATISTICS: tuple[Statistic, ...] = (
    _share("touch_rate", "touched", "approached", "paths that come within the tolerance of the level, or beyond"),
    _share("hold_rate", "held", "touched", "touched paths that do not break the level within the horizon"),
    _share("break_rate", "broken", "touched", "touched paths that get beyond the level by the break distance"),
    _share("bounce_rate", "bounced", "touched", "touched paths that turn back by the break distance first"),
    _share("time_near", "near_steps", "steps", "steps that end within the tolerance of the level"),
    Statistic(
        "pin_rate", {"pinned": 1.0, "episodes": -1.0}, "share", ("pinned",), "any",
        "paths within the tolerance of the level at expiry", either=True,
    ),
    Statistic(
        "closest_approach", {"closest": 1.0, "episodes": -1.0}, "daily standard deviations", ("episodes",), "any",
        "smallest distance from the level, mean over paths",
    ),
    Statistic(
        "crossing_speed", {"crossing_moves": 1.0, "crossings": -1.0}, "step standard deviations", ("crossings",), "any",
        "size of the steps that cross the level",
    ),
    _share("squeeze_rate", "leapt", "touched", "touched paths that leap within the horizon", "tipping"),
    _volatility("vol_above", "above"),
    _volatility("vol_below", "below"),
    Statistic(
        "vol_ratio",
        {"below_squares": 0.5, "below_steps": -0.5, "above_squares": -0.5, "above_steps": 0.5},
        "", ("above_steps", "below_steps"), "side", "realised volatility below the level over that above it",
    ),
    _autocorrelation("autocorrelation_above", "above"),
    _autocorrelation("autocorrelation_below", "below"),
)  # fmt: skip
STATISTIC_NAMES = tuple(statistic.name for statistic in STATISTICS)
