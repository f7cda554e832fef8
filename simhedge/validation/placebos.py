"""Placebo levels: prices about as far from the start as the level, where nothing in particular is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEIGHBOURHOOD = 0.25  # of the level's distance from the start, to either side of the level
PERCENTILES = (2.5, 97.5)


class Placebos(NamedTuple):
    """A statistic at the placebo levels: hedged less twin, and hedged alone, (draws,); NaN where undefined."""

    difference: Floats
    hedged: Floats

    @property
    def mean(self) -> float:
        """Mean of the difference over the draws."""
        known = self.difference[np.isfinite(self.difference)]
        return float(known.mean()) if known.size else float("nan")

    def p_value(self, difference: float) -> float:
        """Share of draws at least as far from the mean of all as `difference`, the level itself counted among them.

        Two-sided, (1 + number of such draws) / (1 + draws): never 0 (Davison and Hinkley 1997, section 4.2).
        """
        known = self.difference[np.isfinite(self.difference)]
        if known.size == 0 or not np.isfinite(difference):
            return float("nan")
        centre = (known.sum() + difference) / (known.size + 1)
        further = np.abs(known - centre) >= abs(difference - centre) * (1.0 - 1e-12)
        return float((1 + further.sum()) / (1 + known.size))


def interval(values: Floats) -> tuple[float, float]:
    """The central 95% of the finite values; NaN where there are none."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(known, PERCENTILES)
    return float(low), float(high)


def placebo_prices(
    level: float, spot: float, strikes: Floats, count: int, near: float, generator: np.random.Generator
) -> Floats:
    """`count` prices ($) within a quarter of the level's distance from `spot` on either side of it, (count,).

    Strikes there come first, drawn without replacement, the rest are interpolated: uniform over the neighbourhood.
    None lies within `near` of the level. The neighbourhood is at least four times `near` wide to either side, but ends
    at spot on both, so that a statistic which grows with the distance from spot has as many draws above as below. A
    level within `near` of spot has no side of its own, and draws on both sides of spot.
    """
    distance = abs(level - spot)
    reach = max(NEIGHBOURHOOD * distance, 4.0 * near)
    if distance > near:
        reach = min(reach, distance)
    apart = np.abs(strikes - level)
    chosen = generator.permutation(strikes[(apart > near) & (apart <= reach)])[:count]
    # uniform over the neighbourhood without the middle
    drawn = generator.uniform(-(reach - near), reach - near, count - chosen.size)
    return np.concatenate([chosen, level + drawn + np.copysign(near, drawn)])


def placebo_factors(count: int, generator: np.random.Generator) -> Floats:
    """Factors (count,) by which a level's distance from the price is scaled where levels are those of each day."""
    return 1.0 + generator.uniform(-NEIGHBOURHOOD, NEIGHBOURHOOD, count)
