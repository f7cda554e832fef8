"""Zero gamma: the rules that make one headline of a profile's roots or of exposures by strike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from simhedge.levels.profile import Profile, Root, strict_changes

if TYPE_CHECKING:
    from simhedge.levels.exposure import StrikeExposures

ZeroGammaRule = Literal[
    "nearest", "first", "last", "nearest_rising", "strike_nearest", "strike_first", "strike_cumulative"
]
ZERO_GAMMA_RULES: tuple[ZeroGammaRule, ...] = get_args(ZeroGammaRule)


class Grounds(NamedTuple):
    """What a rule may look at: the profile, exposures by strike at today's spot, and that spot ($)."""

    profile: Profile
    strikes: StrikeExposures
    spot: float


@dataclass(frozen=True)
class ZeroGamma:
    """All roots of the profile, and the headline ($) that the named rule makes of them or of the strikes.

    `headline` is None, and `status` "none", where the rule finds no level.
    """

    headline: float | None
    rule: ZeroGammaRule
    roots: tuple[Root, ...]

    @property
    def status(self) -> str:
        """`ok` or `none`."""
        return "none" if self.headline is None else "ok"


def zero_gamma(grounds: Grounds, rule: ZeroGammaRule = "nearest") -> ZeroGamma:
    """The headline by `rule`, with every root of the profile beside it."""
    return ZeroGamma(RULES[rule](grounds), rule, grounds.profile.roots)


def nearest(levels: list[float], spot: float) -> float | None:
    """The level nearest to spot; None where there is none."""
    return min(levels, key=lambda level: abs(level - spot), default=None)


def nearest_root(grounds: Grounds) -> float | None:
    """The profile's root nearest to spot, whatever its slope: the sensible headline."""
    return nearest([root.spot for root in grounds.profile.roots], grounds.spot)


def first_root(grounds: Grounds) -> float | None:
    """The profile's lowest root (gflows; the script of Perfiliev, 2022)."""
    return next((root.spot for root in grounds.profile.roots), None)


def last_root(grounds: Grounds) -> float | None:
    """The profile's highest root."""
    return next((root.spot for root in reversed(grounds.profile.roots)), None)


def nearest_rising_root(grounds: Grounds) -> float | None:
    """The root nearest to spot at which dealers pass from short to long gamma as the price rises."""
    return nearest([root.spot for root in grounds.profile.roots if root.slope > 0.0], grounds.spot)


def nearest_strike_change(grounds: Grounds) -> float | None:
    """The change of sign of per-strike net exposure nearest to spot (gamma-wall); no root of any profile."""
    return nearest(strict_changes(grounds.strikes.strike, grounds.strikes.net), grounds.spot)


def first_strike_change(grounds: Grounds) -> float | None:
    """The lowest change of sign of per-strike net exposure (FlashAlpha, gex-explained); no root of any profile."""
    return next(iter(strict_changes(grounds.strikes.strike, grounds.strikes.net)), None)


def cumulative_change(grounds: Grounds) -> float | None:
    """Where the running sum of per-strike net exposure first crosses zero (0DTE-dealer-gamma); often nowhere."""
    return next(iter(strict_changes(grounds.strikes.strike, np.cumsum(grounds.strikes.net))), None)


RULES: dict[ZeroGammaRule, Callable[[Grounds], float | None]] = {
    "nearest": nearest_root,
    "first": first_root,
    "last": last_root,
    "nearest_rising": nearest_rising_root,
    "strike_nearest": nearest_strike_change,
    "strike_first": first_strike_change,
    "strike_cumulative": cumulative_change,
}
