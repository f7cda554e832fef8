"""The levels of a run on the figures of its paths: zero gamma and walls as lines in price, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.report.level_looks import LEVEL_LOOKS

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

VARIABLES = ("zero_gamma", "call_wall", "put_wall")
_REACH = 0.6  # of the height of the prices: levels further away would flatten them


class LevelLine(NamedTuple):
    """A level of one definition: its variable, its name in words, and its value ($) on each day from `edges`."""

    variable: str
    words: str
    values: NDArray[np.float64]
    edges: NDArray[np.float64]


class ShownLevels(NamedTuple):
    """The lines within reach of the prices; `told` names the definition and what lies beyond."""

    told: str
    lines: list[LevelLine]


def shown_levels(
    levels: xr.Dataset | None, limits: tuple[float, float], days: float, path: int | None = None
) -> ShownLevels | None:
    """The levels of the first definition that has one; None where there is nothing to show.

    `limits`: lowest and highest price ($) drawn; levels further away would flatten the prices. `path` is a position
    among the paths that the levels are of; None, or levels at the start only: those of the start, until `days`.
    """
    if levels is None:
        return None
    own = levels if "path" not in levels.dims else levels.isel(path=0 if path is None else path)
    if path is None:
        own = own.isel(day=[0])
    name = _shown_definition(own)
    if name is None:
        return None
    low, high = limits
    reach = _REACH * (high - low)
    far, lines = [], []
    for variable in VARIABLES:
        words = LEVEL_LOOKS[variable].words
        values = np.asarray(own[variable].sel(definition=name).values, dtype=np.float64)
        known = values[np.isfinite(values)]
        if known.size == 0:
            continue
        shown = np.where((values >= low - reach) & (values <= high + reach), values, np.nan)
        if np.isnan(shown).all():
            far.append(f"{words} {known[0]:,.6g}")
            continue
        lines.append(LevelLine(variable, words, shown, np.append(own["day"].values, days).astype(np.float64)))
    return ShownLevels(f"levels: {name}" + (f"; beyond the axis: {', '.join(far)}" if far else ""), lines)


def draw_levels(axis: Axes, levels: xr.Dataset | None, days: float, path: int | None = None) -> str | None:
    """Draw the levels within reach, each day's until the next; returns their definition and what is out of reach.

    None comes back where nothing was to be drawn.
    """
    limits = axis.get_ylim()
    shown = shown_levels(levels, limits, days, path)
    if shown is None:
        return None
    for line in shown.lines:
        look = LEVEL_LOOKS[line.variable].printed()
        axis.stairs(line.values, line.edges, baseline=None, linewidth=0.9, label=line.words, zorder=1.5, **look)
    axis.set_ylim(widened(shown.lines, limits))
    return shown.told


def _shown_definition(levels: xr.Dataset) -> str | None:
    for name in levels["definition"].values:
        one = levels.sel(definition=name)
        if any(np.isfinite(one[variable].values).any() for variable in VARIABLES):
            return str(name)
    return None


def widened(lines: list[LevelLine], limits: tuple[float, float]) -> tuple[float, float]:
    """The limits ($), with room for the levels that lie beside the prices."""
    low, high = limits
    values = np.concatenate([*(line.values for line in lines), np.array([low, high])])
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    margin = 0.03 * (most - least)
    return least - margin if least < low else low, most + margin if most > high else high
