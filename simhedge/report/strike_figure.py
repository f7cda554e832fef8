"""Gamma exposure by strike: calls, puts and net around spot, with walls and zero gamma."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.report import style
from simhedge.report.level_marks import (
    draw_heading,
    draw_marks,
    draw_sides,
    exposure_basis,
    level_marks,
    outside,
    price_ticks,
)
from simhedge.report.level_words import in_unit, scaled_unit
from simhedge.report.strike_window import bars_within, spacing, window_around
from simhedge.rounding import price, scale_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simhedge.snapshots.snapshot import Snapshot

MOST_BARS = 120


def exposure_by_strike(snapshot: Snapshot) -> Figure:
    """Figure of gamma exposure (in the unit of the conventions, dealers long: positive) by strike ($)."""
    levels = snapshot.levels
    unit = levels.conventions.unit
    marks = level_marks(snapshot)
    window = window_around(levels.strikes, levels.spot, [mark.level for mark in marks])
    shown = bars_within(levels.strikes, window, MOST_BARS)
    calls, puts = (in_unit(side, unit, levels.spot) for side in (shown.calls, shown.puts))
    scale = scale_of(np.concatenate([calls, puts]))
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 3.7)
        axis = figure.subplots()
        width = 0.82 * spacing(shown.strike, shown.step, window.high - window.low)
        draw_sides(figure, axis, shown.strike, calls / scale.divisor, puts / scale.divisor, width)
        axis.set_xlim(window.low, window.high)
        price_ticks(axis)
        axis.set_xlabel("Strike ($)" if shown.step is None else f"Strike ($), in bins of {price(shown.step)}")
        axis.set_ylabel(f"Gamma exposure\n({scaled_unit(unit, scale)})")
        notes = [f"{100.0 * window.share:.0f}% of absolute exposure shown", *outside(marks, window.low, window.high)]
        draw_heading(axis, snapshot, "gamma exposure by strike", notes, basis=exposure_basis(snapshot))
        draw_marks(figure, axis, marks)
    return figure
