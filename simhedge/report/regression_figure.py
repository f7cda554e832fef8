"""Slopes of the literature's regressions on simulated days, beside what theory predicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simhedge.report import style
from simhedge.report.study import authors
from simhedge.report.validation_marks import draw_world, legend_above, note, only_a_note
from simhedge.report.validation_rows import number_of
from simhedge.rounding import NORMAL_95, plain_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simhedge.validation.result import Validation

_COLUMNS = 2
_PANEL = 0.95  # inches high
_PREDICTED: Any = {
    "color": style.INK,
    "marker": "D",
    "markersize": 4.0,
    "linestyle": "none",
    "markerfacecolor": "white",
}
_DOT, _DIAMOND = 0.62, 0.28  # heights in a panel
_MEANINGS = {
    "last_half_hour_short_gamma": "return of the last half hour on the rest of the day, short gamma",
    "last_half_hour_long_gamma": "return of the last half hour on the rest of the day, long gamma",
    "autocorrelation": "autocorrelation of returns from bar to bar on κ",
    "absolute_return": "log absolute return on κ",
    "volatility_quartiles": "log volatility, top less bottom quartile of gamma",
    "pinning": "excess of pins on alpha, over quartiles",
}


def regression_slopes(validation: Validation) -> Figure:
    """Figure of each slope with its 95% interval, the predicted slope below it, and zero; a scale of its own each."""
    rows = validation.regressions.to_dict("records")
    if not rows:
        return only_a_note("no regressions were run")
    lines = -(-len(rows) // _COLUMNS)
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 0.3 + _PANEL * lines, column_gap=0.06)
        axes = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
        for axis, row in zip(axes, rows, strict=False):
            _draw_slope(axis, {str(name): value for name, value in row.items()})
        for axis in axes[len(rows) :]:
            axis.set_axis_off()
        named = {
            "predicted slope (z: standard errors from it)": Line2D([], [], **_PREDICTED),
            "zero": Line2D([], [], color=style.MUTED),
        }
        legend_above(figure, axes, extra=named)
    return figure


def _draw_slope(axis: Axes, row: dict[str, Any]) -> None:
    slope, error, predicted = (number_of(row[name]) for name in ("estimate", "standard_error", "predicted"))
    z = number_of(row["z"])
    axis.set_title(f"{meaning(str(row['name']))}\n{about(row, z)}", fontsize=7.0)
    axis.set_ylim(0.0, 1.0)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    if not math.isfinite(slope):
        axis.set_xticks([])
        note(axis, str(row.get("note") or "no estimate"))
        return
    draw_world(axis, "hedged", slope, _DOT, error, along="x", label="estimated slope, 95% interval")
    axis.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
    if math.isfinite(predicted):
        axis.plot([predicted], [_DIAMOND], zorder=4, **_PREDICTED)
    reach = NORMAL_95 * error if math.isfinite(error) else 0.0
    _set_range(axis, [0.0, slope - reach, slope + reach, *([predicted] if math.isfinite(predicted) else [])])


def _set_range(axis: Axes, marks: list[float]) -> None:
    low, high = min(marks), max(marks)
    margin = 0.08 * (high - low) or 1.0
    axis.set_xlim(low - margin, high + margin)
    axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))


def meaning(name: str) -> str:
    """What is regressed on what, in words."""
    stem, _, last = name.rpartition("_")
    if stem == "local_projection":
        when = "of the same row" if last == "0" else f"{last} row{'s' if last != '1' else ''} later"
        return f"log realised variance {when} on κ"
    return _MEANINGS.get(name, name.replace("_", " "))


def about(row: dict[str, Any], z: float) -> str:
    """Whose regression it is, on how many rows, and how far the estimate is from the prediction."""
    told = f"{authors(str(row['study']))}; {int(row['observations']):,} rows"
    return told + (f"; z = {plain_at(z, 1)}" if math.isfinite(z) else "; no prediction")
