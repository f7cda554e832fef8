"""How often paths touch each level, and how often it then holds, breaks or bounces: hedged, twin, placebo levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simhedge.report import style
from simhedge.report.validation_marks import (
    NOTE_SIZE,
    PLACEBO_ALPHA,
    WORLDS,
    draw_world,
    label_of,
    legend_above,
    only_a_note,
    tell_more,
)
from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.levels_under_test import daily, levels_under_test, numbers_of, starts_at

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simhedge.validation.levels_under_test import LevelUnderTest
    from simhedge.validation.result import Validation

PANELS = {"touch_rate": "Touched", "hold_rate": "Held", "break_rate": "Broken", "bounce_rate": "Bounced"}
MOST_LEVELS = 16
_ROW, _BAND = 0.42, 0.36  # inches a level; half height of the placebo band, in rows
_OFFSET = 0.15  # of a row, hedged above and twin below the middle
_HOLLOW: Any = {"color": style.MUTED, "marker": "o", "markersize": 4.0, "linestyle": "none", "markerfacecolor": "white"}
_PLACEBO = "hedged at placebo levels, central 95%"


def touch_and_hold(validation: Validation) -> Figure:
    """Figure of the rates (%) at each level: touched of paths; held, broken, bounced of touches; 95% intervals."""
    levels = levels_under_test(validation)
    if not levels:
        return only_a_note("no definition finds a level")
    shown = levels[:MOST_LEVELS]
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 0.95 + _ROW * len(shown))
        axes = figure.subplots(1, len(PANELS), sharey=True)
        few = False
        for axis, (statistic, title) in zip(axes, PANELS.items(), strict=True):
            for row, level in enumerate(shown):
                few |= _draw_row(axis, row, level, statistic)
            axis.set_title(title)
            axis.set_xlabel(f"% of {whole_of(statistic, validation)}")
            _tidy(axis, len(shown))
        axes[0].set_yticks(range(len(shown)), [label_of(level, 26) for level in shown])
        axes[0].set_ylim(len(shown) - 0.4, -0.6)
        named: dict[str, Artist] = {}
        if any(math.isfinite(rate_of(level, "touch_rate", "placebo_hedged_low")) for level in shown):
            named[_PLACEBO] = Patch(color=style.MUTED, alpha=PLACEBO_ALPHA)
        if few:
            named[f"below {LEAST_COUNT} touches"] = Line2D([], [], **_HOLLOW)
        legend_above(figure, axes, extra=named)
        if len(levels) > len(shown):
            tell_more(figure, len(levels) - len(shown))
    return figure


def _draw_row(axis: Axes, row: int, level: LevelUnderTest, statistic: str) -> bool:
    """One level's rate in both worlds over the placebo band, or why there is none; True if it rests on few touches."""
    rates = {world: rate_of(level, statistic, world) for world in WORLDS}
    if not any(map(math.isfinite, rates.values())):
        why = why_no_rate(level)
        place: Any = {"transform": axis.get_yaxis_transform(), "ha": "center", "va": "center"}
        axis.text(0.5, row, why, color=style.MUTED, fontsize=NOTE_SIZE, **place)
        return False
    low, high = (100.0 * rate_of(level, statistic, f"placebo_hedged_{end}") for end in ("low", "high"))
    if math.isfinite(low):
        reach = row - _BAND, row + _BAND
        axis.fill_between([low, max(high, low + 0.3)], *reach, color=style.MUTED, alpha=PLACEBO_ALPHA, zorder=1)
    few = False
    for world, offset in (("hedged", -_OFFSET), ("twin", _OFFSET)):
        hollow = rate_of(level, statistic, f"events_{world}") < LEAST_COUNT
        few |= hollow and math.isfinite(rates[world])
        error = 100.0 * rate_of(level, statistic, f"{world}_se")
        draw_world(axis, world, 100.0 * rates[world], row + offset, error, along="x", hollow=hollow)
    return few


def why_no_rate(level: LevelUnderTest) -> str:
    """Why a level has no rates."""
    return "starts at it" if starts_at(level) else "no touches"


def whole_of(statistic: str, validation: Validation) -> str:
    """What a rate is a share of: touches, days or paths."""
    return "touches" if statistic != "touch_rate" else "days" if daily(validation) else "paths"


def _tidy(axis: Axes, rows: int) -> None:
    """Shares within 0 and 100%, a line between levels, no more ticks than there is room for."""
    low, high = axis.get_xlim()
    axis.set_xlim(max(low, -2.0), min(high, 102.0))
    axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axis.tick_params(axis="y", length=0)
    for between in np.arange(rows - 1) + 0.5:
        axis.axhline(between, color=style.MUTED, linewidth=0.3, alpha=0.6, zorder=0)


def rate_of(level: LevelUnderTest, statistic: str, column: str) -> float:
    """A number of TEST_COLUMNS; NaN where the statistic is not taken at the level."""
    return numbers_of(level, statistic)[column] if statistic in level.tests.index else math.nan
