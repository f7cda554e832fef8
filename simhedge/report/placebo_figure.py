"""How unlike placebo levels each level is: the distribution of their differences with the level marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simhedge.report import style
from simhedge.report.validation_marks import NOTE_SIZE, draw_world, label_of, legend_above, note, only_a_note, tell_more
from simhedge.validation.levels_under_test import (
    SWITCHED,
    LevelUnderTest,
    levels_under_test,
    numbers_of,
    placebo_values,
    starts_at,
)
from simhedge.validation.words import p_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.validation.result import Validation

    Floats = NDArray[np.float64]

MOST_PANELS = 12
_COLUMNS = 3
_PANEL = 1.75  # inches high
_LEVEL_HEIGHT = 0.82  # of a panel, above the bars
_THINNEST = 1 / 60  # of the width of a panel; a bar below that would not be seen
STATISTIC_WORDS = {
    "vol_ratio": "volatility ratio",
    "hold_rate": "hold rate",
    "pin_rate": "pin rate",
    "squeeze_rate": "leap rate",
}


def placebo_distribution(validation: Validation) -> Figure:
    """Figure of the main statistic's difference, hedged less twin, at placebo levels, and at the level with its p."""
    levels = levels_under_test(validation)
    if not levels:
        return only_a_note("no definition finds a level")
    shown = levels[:MOST_PANELS]
    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    width = style.DOUBLE_COLUMN if columns > 1 else style.SINGLE_COLUMN
    with style.house_style():
        figure = style.new_figure(width, 0.35 + _PANEL * rows, column_gap=0.05)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, level in zip(axes, shown, strict=False):
            axis.set_title(label_of(level, 34 if columns > 1 else 60), fontsize=7.0)
            _draw_panel(axis, validation, level)
        for axis in axes[len(shown) :]:
            axis.set_axis_off()
        for first in axes[::columns]:
            first.set_ylabel("Placebo levels")
        bars: Any = (
            {"placebo levels": Patch(color=style.MUTED, alpha=0.6)} if any(axis.patches for axis in axes) else {}
        )
        legend_above(figure, axes, extra=bars)
        if len(levels) > len(shown):
            tell_more(figure, len(levels) - len(shown))
    return figure


def _draw_panel(axis: Axes, validation: Validation, level: LevelUnderTest) -> None:
    statistic = level.main_statistic
    ratio = statistic == SWITCHED
    scale = 1.0 if ratio else 100.0
    row = numbers_of(level, statistic)
    difference, error = scale * row["difference"], scale * row["difference_se"]
    values = scale * placebo_values(validation, level, statistic)
    axis.set_xlabel(f"{STATISTIC_WORDS[statistic].capitalize()}, hedged less twin" + ("" if ratio else " (points)"))
    if values.size == 0 and not math.isfinite(difference):
        axis.set_xticks([])
        axis.set_yticks([])
        note(axis, why_no_difference(level), 26)
        return
    _draw_histogram(axis, values, difference)
    if math.isfinite(difference):
        axis.axvline(difference, color=style.HEDGED, linewidth=0.8, zorder=3)
        height = _LEVEL_HEIGHT * axis.get_ylim()[1]
        draw_world(axis, "hedged", difference, height, error, along="x", label="the level, 95% interval")
    _tell(axis, level, values, row["placebo_p_value"], difference)
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _draw_histogram(axis: Axes, values: Floats, difference: float) -> None:
    if values.size == 0:
        axis.set_ylim(0.0, 1.0)
        axis.set_yticks([])
        return
    edges, heights = histogram(values, difference)
    if not np.nan_to_num(np.append(values, difference)).any():
        axis.set_xlim(-1.0, 1.0)
    axis.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color=style.MUTED, alpha=0.6, zorder=2)
    axis.set_ylim(0.0, 1.45 * float(heights.max()))
    axis.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def histogram(values: Floats, difference: float) -> tuple[Floats, Floats]:
    """Edges and heights of bars of equal width, none too thin to be seen beside a level far away."""
    low, high = float(values.min()), float(values.max())
    reach = np.ptp([low, high, difference]) if math.isfinite(difference) else high - low
    width = max((high - low) / math.ceil(math.sqrt(values.size) + 1.0), float(reach) * _THINNEST, 1e-6 * abs(low))
    if width == 0.0:
        width = 6.0 * _THINNEST
    count = max(1, math.ceil((high - low) / width))
    first = 0.5 * (low + high) - 0.5 * count * width
    edges = np.asarray(first + width * np.arange(count + 1), dtype=np.float64)
    heights, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return edges, heights.astype(np.float64)


def _tell(axis: Axes, level: LevelUnderTest, values: Floats, p: float, difference: float) -> None:
    """The p-value, or why there is none, at the top on the side where the level is not."""
    left, right = axis.get_xlim()
    level_on_left = math.isfinite(difference) and difference < 0.5 * (left + right)
    if values.size == 0:
        told = "no placebo levels"
    elif not math.isfinite(difference):
        told = why_no_difference(level)
    else:
        told = p_words(p) if math.isfinite(p) else "no p-value"
    axis.text(
        0.98 if level_on_left else 0.02,
        0.98,
        told,
        transform=axis.transAxes,
        ha="right" if level_on_left else "left",
        va="top",
        fontsize=NOTE_SIZE,
        zorder=6,
    )


def why_no_difference(level: LevelUnderTest) -> str:
    """Why a level has no difference between hedged and twin."""
    if level.main_statistic == SWITCHED:
        return "no step starts on one of its sides"
    return "the price starts at it" if starts_at(level) else "no touches"
