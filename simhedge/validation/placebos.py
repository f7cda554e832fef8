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
    None lies within `near` of the level, nor on the other side of spot. The neighbourhood is at least four times `near`
    wide to either side, so that a level close to spot has one too.
    """
    reach = max(NEIGHBOURHOOD * abs(level - spot), 4.0 * near)
    low, high = level - reach, level + reach
    low, high = (max(low, spot), high) if level > spot else (low, min(high, spot)) if level < spot else (low, high)
    there = strikes[(np.abs(strikes - level) > near) & (strikes >= low) & (strikes <= high)]
    chosen = generator.permutation(there)[:count]
    below, above = max(level - near - low, 0.0), max(high - level - near, 0.0)
    # uniform over what lies below the level and what lies above it, laid end to end
    drawn = generator.uniform(0.0, below + above, count - chosen.size)
    return np.concatenate([chosen, np.where(drawn < below, low + drawn, level + near + drawn - below)])


def placebo_factors(count: int, generator: np.random.Generator) -> Floats:
    """Factors (count,) by which a level's distance from the price is scaled where levels are those of each day."""
    return 1.0 + generator.uniform(-NEIGHBOURHOOD, NEIGHBOURHOOD, count)
