"""What the steps since the last change of a control say of volatility, with an error, beside what is predicted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_STEPS = 30  # below, a ratio says nothing


class Measure:
    """Sums over steps: squared moves of both worlds, their products, and what kappa makes of the news.

    Moves are in dollars where impact is (arithmetic), else in logs (multiplicative): in that unit news of dX in a small
    step moves the price by dX / (1 + kappa), with kappa as it is where the step begins.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.hedged = self.twin = 0.0
        self._hedged_squared = self._twin_squared = self._both = 0.0
        self._predicted = 0.0

    def add(self, spot: Floats, twin: Floats, gains: Floats, multiplicative: bool = False) -> None:
        """Add the steps between neighbouring prices ($) of both worlds (n + 1,); `gains` (n,): kappa at their start."""
        if multiplicative:
            spot, twin = np.log(spot), np.log(twin)
        hedged, news = np.diff(spot) ** 2, np.diff(twin) ** 2
        kept = np.isfinite(hedged) & np.isfinite(news) & (gains > -1.0)
        hedged, news = hedged[kept], news[kept]
        self.steps += int(kept.sum())
        self.hedged += float(hedged.sum())
        self.twin += float(news.sum())
        self._hedged_squared += float(hedged @ hedged)
        self._twin_squared += float(news @ news)
        self._both += float(hedged @ news)
        self._predicted += float((news / (1.0 + gains[kept]) ** 2).sum())

    @property
    def ratio(self) -> float:
        """Volatility of the hedged world over that of its twin; NaN before FEWEST_STEPS steps."""
        return math.sqrt(self.hedged / self.twin) if self.steps >= FEWEST_STEPS and self.twin > 0.0 else math.nan

    @property
    def ratio_se(self) -> float:
        """Its standard error from the paired steps (delta method)."""
        ratio = self.ratio
        if not ratio > 0.0:
            return math.nan
        spread = self._hedged_squared - 2.0 * ratio**2 * self._both + ratio**4 * self._twin_squared
        return math.sqrt(max(spread, 0.0)) / (2.0 * ratio * self.twin)

    @property
    def predicted(self) -> float:
        """The ratio if each step's news had been divided by 1 + kappa, as simultaneous clearing does in small steps."""
        return math.sqrt(self._predicted / self.twin) if self.steps >= FEWEST_STEPS and self.twin > 0.0 else math.nan
