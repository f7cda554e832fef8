"""The levels of a run on the figures of its paths: zero gamma and walls as lines in price, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.report import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LINES = {
    "zero_gamma": ("zero gamma", style.ZERO_GAMMA, "solid"),
    "call_wall": ("call wall", style.CALLS, (0, (4, 4))),
    "put_wall": ("put wall", style.PUTS, (4, (4, 4))),  # between the dashes of a call wall at the same strike
}
_REACH = 0.6  # of the height of the prices: levels further away would flatten them


def draw_levels(axis: Axes, levels: xr.Dataset | None, days: float, path: int | None = None) -> str | None:
    """Draw the first definition that has a level, each day's until the next; returns its name and what is out of reach.

    `path` is a position among the paths that the levels are of; None, or levels at the start only: those of the start.
    None comes back where nothing was to be drawn.
    """
    if levels is None:
        return None
    own = levels if "path" not in levels.dims else levels.isel(path=0 if path is None else path)
    if path is None:
        own = own.isel(day=[0])
    name = _shown_definition(own)
    if name is None:
        return None
    low, high = axis.get_ylim()
    reach = _REACH * (high - low)
    far, drawn = [], []
    for variable, (words, colour, dashes) in _LINES.items():
        values = np.asarray(own[variable].sel(definition=name).values, dtype=np.float64)
        known = values[np.isfinite(values)]
        if known.size == 0:
            continue
        shown = np.where((values >= low - reach) & (values <= high + reach), values, np.nan)
        if np.isnan(shown).all():
            far.append(f"{words} {known[0]:,.6g}")
            continue
        edges = np.append(own["day"].values, days)
        axis.stairs(shown, edges, baseline=None, color=colour, linestyle=dashes, linewidth=0.9, label=words, zorder=1.5)
        drawn.append(shown)
    _widen(axis, drawn, (low, high))
    return f"levels: {name}" + (f"; beyond the axis: {', '.join(far)}" if far else "")


def _shown_definition(levels: xr.Dataset) -> str | None:
    for name in levels["definition"].values:
        one = levels.sel(definition=name)
        if any(np.isfinite(one[variable].values).any() for variable in _LINES):
            return str(name)
    return None


def _widen(axis: Axes, drawn: list[NDArray[np.float64]], limits: tuple[float, float]) -> None:
    """The axis as it was, with room for the levels that lie beside the prices."""
    low, high = limits
    values = np.concatenate([*drawn, np.array([low, high])])
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    margin = 0.03 * (most - least)
    axis.set_ylim(least - margin if least < low else low, most + margin if most > high else high)
