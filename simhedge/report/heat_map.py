"""Net gamma exposure by strike and expiry, as a map of colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, SymLogNorm

from simhedge.levels.exposure import by_strike_and_expiry
from simhedge.report import style
from simhedge.report.expiry_groups import expiry_groups
from simhedge.report.level_marks import draw_heading, draw_marks, exposure_basis, level_marks, outside, price_ticks
from simhedge.report.level_words import in_unit, scaled_unit
from simhedge.report.strike_window import bin_middles, common_step, round_step, window_around
from simhedge.rounding import plain, price, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.report.strike_window import Window
    from simhedge.snapshots.snapshot import Snapshot

    Floats = NDArray[np.float64]

FEWEST_BINS, MOST_BINS = 12, 70
DECADES = 3  # of the colour scale; smaller exposures are linear about white
COLOURS = LinearSegmentedColormap.from_list(
    "net gamma", [*reversed(style.NEGATIVE_TO_DARK), "#FFFFFF", *style.POSITIVE_TO_DARK]
)


def heat_map(snapshot: Snapshot) -> Figure:
    """Figure of net gamma exposure (in the unit of the conventions, dealers long: positive) by strike ($) and expiry.

    The colour scale is symmetric about zero, and logarithmic beyond a thousandth of the largest exposure.
    """
    levels = snapshot.levels
    unit = levels.conventions.unit
    marks = level_marks(snapshot)
    window = window_around(levels.strikes, levels.spot, [mark.level for mark in marks])
    edges, names, net = cells(snapshot, window)
    values = in_unit(net, unit, levels.spot)
    scale = scale_of(values)
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 2.4 + 0.105 * max(len(names), 10))
        axis = figure.subplots()
        _draw_cells(figure, axis, edges, values / scale.divisor, f"Net gamma exposure\n({scaled_unit(unit, scale)})")
        axis.set_xlim(window.low, window.high)
        price_ticks(axis)
        axis.set_yticks(np.arange(len(names)), names, fontsize=6.0)
        axis.set_xlabel(f"Strike ($), in bins of {price(edges[1] - edges[0])}")
        axis.set_ylabel("Expiry")
        notes = [f"{100.0 * window.share:.0f}% of absolute exposure shown", *outside(marks, window.low, window.high)]
        draw_heading(axis, snapshot, "net gamma exposure by strike and expiry", notes, basis=exposure_basis(snapshot))
        draw_marks(figure, axis, marks, line_order=5.0)
    return figure


def cells(snapshot: Snapshot, window: Window) -> tuple[Floats, tuple[str, ...], Floats]:
    """Edges ($) of the bins of strikes in the window, names of the expiries, and net exposure ($ per 1%) of each cell.

    The cells have shape (expiries, bins), the first expiry first.
    """
    levels = snapshot.levels
    strike, net = by_strike_and_expiry(levels.listing, levels.exposure.gamma)
    groups = expiry_groups(levels.listing.expiries)
    shown = window.holds(strike)
    width = window.high - window.low
    step = common_step(strike[shown], round_step(width, MOST_BINS), width / FEWEST_BINS)
    first = bin_middles(np.array([window.low]), step)[0]
    count = round((bin_middles(np.array([window.high]), step)[0] - first) / step) + 1
    column = np.rint((bin_middles(strike[shown], step) - first) / step).astype(np.int64)
    table = np.zeros((len(groups.names), count))
    np.add.at(table, (groups.group[:, None], column[None, :]), net[:, shown])
    return first + step * (np.arange(count + 1) - 0.5), groups.names, table


def _draw_cells(figure: Figure, axis: Axes, edges: Floats, values: Floats, label: str) -> None:
    """The cells, empty ones white, the first expiry on top, and their colour bar."""
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    top = 10.0 ** math.floor(math.log10(largest))
    least = top / 10.0 ** (DECADES - 1)
    norm = SymLogNorm(least, linscale=0.5, vmin=-largest, vmax=largest)
    mesh = axis.pcolormesh(edges, np.arange(values.shape[0] + 1) - 0.5, values, cmap=COLOURS, norm=norm)
    mesh.set_edgecolor("face")
    axis.set_ylim(values.shape[0] - 0.5, -0.5)
    decades = [top / 10.0**k for k in range(DECADES)]
    ticks = [*(-tick for tick in decades), 0.0, *reversed(decades)]
    bar = figure.colorbar(mesh, ax=axis, pad=0.015, fraction=0.04, aspect=28)
    bar.set_ticks(ticks, labels=[plain(tick, 1) for tick in ticks])
    bar.ax.minorticks_off()
    bar.set_label(label)
    bar.outline.set_linewidth(0.6)
