"""How many sessions of market data it takes to see dealers' hedging, and how often a sample of some size shows it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from simhedge.report import style
from simhedge.rounding import NORMAL_95

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simhedge.validation.power import Power

TITLES = {
    "realised_variance": "Log realised variance on assumed gamma",
    "absolute_return": "Absolute return on assumed gamma",
    "hold_rate": "Hold rate at walls less placebos, long less short",
    "last_half_hour": "Last half hour on rest of day, times gamma",
}
# From dark to light, with shapes for those who see no difference.
_SHADES = ("#00263E", "#0072B2", "#4FA9DD", "#A6D5F2", "#8A8A8A", "#C2C2C2")
_SHAPES = ("o", "s", "^", "D", "v", "P")
_REFERENCE: Any = {"color": style.WARNING, "linewidth": 0.7, "linestyle": (0, (4, 2)), "zorder": 1}
_ALIKE: Any = {"color": style.MUTED, "linewidth": 0.9, "linestyle": (0, (1.2, 1.5))}
_ROW = 1.85  # inches a test
_MOST_SESSIONS = 1e8
_LETTERS = 128


def power_figure(power: Power) -> Figure:
    """Figure with a row for each test: sessions for 80% power against feedback gain, and power against sessions.

    Left, a line for each share of sessions whose sign is assumed wrong, with the 95% interval of the simulation. Right,
    a line for each gain where no sign is wrong: closed form, and dots with 95% intervals that samples give. Dashed:
    sizes of samples in the literature.
    """
    tests = list(dict.fromkeys(power.needed["test"]))
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, _ROW * len(tests) + 1.25, column_gap=0.05)
        axes = figure.subplots(len(tests), 2, squeeze=False, sharex="col", sharey="col")
        for (left, right), test in zip(axes, tests, strict=True):
            _draw_needed(left, power, test)
            _draw_curves(right, power, test)
            left.set_title(TITLES.get(test, test))
            left.set_ylabel("Sessions for 80% power")
            right.set_ylabel("Power (%)")
        axes[-1][0].set_xlabel("Feedback gain κ, standard deviation over sessions")
        axes[-1][1].set_xlabel("Sessions")
        _limit_sessions(axes[0][0], power)
        _legends(figure, power)
        figure.supxlabel(_notes(power), fontsize=6.5, color=style.MUTED, x=0.01, ha="left")
    return figure


def spread(power: Power) -> float:
    """The standard deviation of log volatility over sessions that the figure shows: the largest."""
    return float(power.needed["volatility_spread"].max())


def _draw_needed(axis: Axes, power: Power, test: str) -> None:
    rows = _rows(power.needed, test=test, volatility_spread=spread(power))
    for number, (_, line) in enumerate(rows.groupby("sign_error")):
        _draw_line(axis, line, _SHADES[number % len(_SHADES)], _SHAPES[number % len(_SHAPES)])
    if spread(power) > 0.0:
        alike = _rows(power.needed, test=test, volatility_spread=0.0, sign_error=power.needed["sign_error"].min())
        known = alike[np.isfinite(alike["sessions"])]
        axis.plot(known["feedback_gain"], known["sessions"], zorder=2, **_ALIKE)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_locator(LogLocator(numticks=12))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_major_formatter(FuncFormatter(_round_number))
    for size in power.samples["sessions"]:
        axis.axhline(size, **_REFERENCE)
        place: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "top"}
        axis.annotate(f"{size:,}", (0.01, size), (0, -1.5), color=style.WARNING, fontsize=6.5, **place)


def _draw_line(axis: Axes, line: pd.DataFrame, colour: str, shape: str) -> None:
    """Sessions over gain with the band of its interval; what is infinite is not drawn, an infinite end reaches up."""
    known = line[np.isfinite(line["sessions"])]
    gain = known["feedback_gain"].to_numpy()
    low, high = known["low"].to_numpy(), np.minimum(known["high"].to_numpy(), 1e12)
    axis.fill_between(gain, low, high, color=colour, alpha=0.16, zorder=2)
    axis.plot(gain, known["sessions"], color=colour, marker=shape, markersize=3.0, zorder=3)


def _limit_sessions(axis: Axes, power: Power) -> None:
    shown = power.needed["sessions"].to_numpy(dtype=np.float64)
    shown = shown[np.isfinite(shown)]
    high = min(float(shown.max(initial=1e3)), _MOST_SESSIONS)
    axis.set_ylim(3.0, 2.0 * high)


def _draw_curves(axis: Axes, power: Power, test: str) -> None:
    least = float(power.curves["sign_error"].min())
    rows = _rows(power.curves, test=test, volatility_spread=spread(power), sign_error=least)
    for number, (gain, line) in enumerate(reversed(list(rows.groupby("feedback_gain")))):
        colour, shape = _curve_look(number, float(gain))  # type: ignore[arg-type]
        sessions = line["sessions"].to_numpy()
        axis.plot(sessions, 100.0 * line["closed_form"], color=colour, linewidth=0.8, zorder=2)
        reach = NORMAL_95 * 100.0 * line["power_se"]
        points: Any = {"marker": shape, "markersize": 3.0, "linestyle": "none", "elinewidth": 0.7}
        axis.errorbar(sessions, 100.0 * line["power"], yerr=reach, color=colour, zorder=3, **points)
    axis.set_xscale("log")
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=20))
    axis.xaxis.set_major_formatter(FuncFormatter(_round_number))
    axis.set_ylim(-3.0, 104.0)
    axis.set_yticks([5, 20, 40, 60, 80, 100])
    axis.axhline(80.0, color=style.MUTED, linewidth=0.5, zorder=1)
    axis.axhline(5.0, color=style.MUTED, linewidth=0.5, zorder=1)
    for size in power.samples["sessions"]:
        axis.axvline(size, **_REFERENCE)
        place: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "center"}
        axis.annotate(f"{size:,}", (size, 1.0), (0, 2.0), color=style.WARNING, fontsize=6.5, **place)


def _curve_look(number: int, gain: float) -> tuple[str, str]:
    """Colour and shape of the curve of a gain, the largest first; no feedback is grey."""
    return (style.MUTED, "x") if gain == 0.0 else (_SHADES[number % 4], _SHAPES[number % len(_SHAPES)])


def _legends(figure: Figure, power: Power) -> None:
    """Signs above the left column, gains above the right one."""
    errors = sorted(set(power.needed["sign_error"]))
    signs = [
        Line2D([], [], color=_SHADES[n % len(_SHADES)], marker=_SHAPES[n % len(_SHAPES)], markersize=3.0)
        for n in range(len(errors))
    ]
    names = [f"{100.0 * error:g}%" for error in errors]
    if spread(power) > 0.0:
        signs.append(Line2D([], [], **_ALIKE))
        names.append(f"{100.0 * errors[0]:g}%, all days of the same volatility")
    look: Any = {"columnspacing": 1.0, "borderaxespad": 0.2, "title_fontsize": 7.0, "alignment": "left"}
    figure.legend(signs, names, loc="outside upper left", ncols=3, title="sessions of wrong sign", **look)
    gains = sorted(set(power.curves["feedback_gain"]), reverse=True)
    curves = []
    for number, gain in enumerate(gains):
        colour, shape = _curve_look(number, gain)
        curves.append(Line2D([], [], color=colour, marker=shape, markersize=3.0, linewidth=0.8))
    figure.legend(curves, [f"{gain:g}" for gain in gains], loc="outside upper right", ncols=3, title="κ", **look)


def _notes(power: Power) -> str:
    """What the dashed lines are, and what varies between sessions."""
    sizes = "; ".join(
        f"{row.sessions:,}: {str(row.source).split(', Journal')[0]}" for row in power.samples.itertuples()
    )
    told = (
        f"Dashed: {sizes}. Tests at 5%; log volatility varies over sessions with standard deviation {spread(power):g}."
    )
    return textwrap.fill(told, _LETTERS)


def _rows(table: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """The rows with these values."""
    for column, value in values.items():
        table = table[table[column] == value]
    return table


def _round_number(value: float, _: Any) -> str:
    """10, 500, 1k, 20k, 1M."""
    for size, name in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{name}"
    return f"{value:g}"
