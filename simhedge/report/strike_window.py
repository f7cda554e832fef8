"""Which strikes a figure shows, and strikes gathered into bins where there are too many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.levels.exposure import StrikeExposures

    Floats = NDArray[np.float64]

SHARE_SHOWN, LEAST_SHARE = 0.98, 0.80
WIDEST = 0.15  # of spot, unless LEAST_SHARE of the exposure needs more
NARROWEST = 0.02


class Window(NamedTuple):
    """Strikes ($) from `low` to `high`, and the share of absolute exposure that lies within."""

    low: float
    high: float
    share: float

    def holds(self, strike: Floats) -> NDArray[np.bool_]:
        """Whether each strike lies within."""
        return (strike >= self.low) & (strike <= self.high)


class Bars(NamedTuple):
    """Calls and puts at strikes ($, ascending, shape (k,)); `step`: width ($) of a bin, None without bins."""

    strike: Floats
    calls: Floats
    puts: Floats
    step: float | None

    @property
    def net(self) -> Floats:
        """Calls and puts together, signed."""
        return self.calls + self.puts


def window_around(strikes: StrikeExposures, spot: float, levels: list[float]) -> Window:
    """The strikes between which 98% of absolute exposure lies, within 15% of spot where these carry the most of it.

    Where they do not, the strikes between which 80% lies are shown. Spot is always within, and so are the `levels` that
    are no farther away than that.
    """
    size = np.abs(strikes.calls) + np.abs(strikes.puts)
    below = np.cumsum(size) / max(float(size.sum()), 1e-300)
    inner = _between(strikes.strike, below, LEAST_SHARE)
    outer = _between(strikes.strike, below, SHARE_SHOWN)
    least = min((1.0 - WIDEST) * spot, inner[0])
    most = max((1.0 + WIDEST) * spot, inner[1])
    shown = [spot * (1.0 - NARROWEST), spot * (1.0 + NARROWEST), *(at for at in levels if least <= at <= most)]
    kept = strikes.strike[(strikes.strike >= max(outer[0], least)) & (strikes.strike <= min(outer[1], most))]
    low = min(float(kept.min(initial=spot)), *shown)
    high = max(float(kept.max(initial=spot)), *shown)
    # Half a bar more than the farthest strike, and never less than a price of zero.
    margin = 0.045 * (high - low)
    window = Window(max(0.0, low - margin), high + margin, 1.0)
    share = float(size[window.holds(strikes.strike)].sum()) / float(size.sum()) if size.any() else 1.0
    return window._replace(share=share)


def _between(strike: Floats, below: Floats, share: float) -> tuple[float, float]:
    """Strikes with that share of exposure between them and equal shares outside; `below` is the cumulative share."""
    tail = 0.5 * (1.0 - share)
    last = strike.size - 1
    low, high = (min(int(np.searchsorted(below, at)), last) for at in (tail, 1.0 - tail - 1e-12))
    return float(strike[low]), float(strike[high])


def bars_within(strikes: StrikeExposures, window: Window, most: int) -> Bars:
    """Calls and puts of the strikes in the window; more than `most` strikes are gathered in bins of a round width."""
    shown = window.holds(strikes.strike)
    strike, calls, puts = strikes.strike[shown], strikes.calls[shown], strikes.puts[shown]
    if strike.size <= most:
        return Bars(strike, calls, puts, None)
    step = round_step(window.high - window.low, most)
    middle, place = np.unique(bin_middles(strike, step), return_inverse=True)

    def summed(side: Floats) -> Floats:
        return np.bincount(place, weights=side, minlength=middle.size).astype(np.float64, copy=False)

    return Bars(middle, summed(calls), summed(puts), step)


def round_step(width: float, most: int) -> float:
    """The smallest of 1, 2.5, 5 times a power of ten (strikes are multiples of these) with at most so many bins."""
    least = width / (most - 1)
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(factor for factor in (1.0, 2.5, 5.0, 10.0) if factor * power >= least * (1.0 - 1e-12))


def common_step(strike: Floats, least: float, most: float) -> float:
    """The largest round step (1, 2.5, 5 times a power of ten) up to `most` of which all strikes are multiples.

    `least`, itself a round step, where none is larger.
    """
    power = 10.0 ** math.floor(math.log10(most))
    steps = [factor * scale for scale in (power, power / 10.0) for factor in (5.0, 2.5, 1.0)]
    for step in steps:
        if least < step <= most and bool(np.allclose(strike / step, np.rint(strike / step), rtol=0.0, atol=1e-6)):
            return step
    return least


def bin_middles(strike: Floats, step: float) -> Floats:
    """The multiple of `step` whose bin (half a step each way, the upper edge left out) holds each strike."""
    return np.asarray(np.floor(strike / step + 0.5) * step)


def spacing(strike: Floats, step: float | None, width: float) -> float:
    """Room ($) for one bar: the least distance of neighbours, at most a twelfth of the width shown."""
    nearest = float(np.diff(strike).min(initial=width)) if step is None else step
    return min(nearest, width / 12.0)
