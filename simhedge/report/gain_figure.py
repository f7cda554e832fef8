"""The feedback gain over spot: where the street damps, where it amplifies, where the price tips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.report import style
from simhedge.report.level_looks import LEVEL_LOOKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simhedge.simulation.gain import GainProfile

_LABEL_ROWS = 4
_LABEL_WIDTH = 0.10
_LATER_LINES = ((0, (5, 1.5)), (0, (1.5, 1.5)))
_STEEPEST_SHOWN = -3.0
_TIPPING = LEVEL_LOOKS["tipping_level"].printed() | {"linewidth": 1.0}
_DOT: Any = {
    "color": style.HEDGED,
    "linestyle": "none",
    "marker": "o",
    "markersize": 4,
    "markeredgecolor": "white",
    "markeredgewidth": 0.6,
    "zorder": 5,
}


def gain_profile(profile: GainProfile) -> Figure:
    """Figure of the feedback gain (dimensionless) over spot ($); below -1 the price cannot rest.

    The heavy line is the start, lighter ones later in the run. Tipping levels of the start are marked and labelled, or,
    where it has none, those of the first later time that has. The dot is the spot at the start, the grey band one daily
    standard deviation.
    """
    with style.house_style():
        figure = style.new_figure(style.SINGLE_COLUMN, 2.6)
        axis = figure.subplots()
        _draw_daily_deviation(axis, profile)
        axis.axhline(0.0, color=style.INK, linewidth=0.5)
        _draw_gains(axis, profile)
        axis.set_xlim(float(profile.spot[0]), float(profile.spot[-1]))
        axis.set_ylim(gain_range(profile))
        _draw_threshold(axis, label_right=abs(profile.gain[-1] + 1.0) >= abs(profile.gain[0] + 1.0))
        _draw_tipping_levels(axis, *profile.first_tipping_levels())
        axis.set_xlabel("Spot ($)")
        axis.set_ylabel("Feedback gain κ")
        figure.legend(loc="outside upper left", ncols=2, columnspacing=1.0, borderaxespad=0.2)
    return figure


def _draw_daily_deviation(axis: Axes, profile: GainProfile) -> None:
    low, high = profile.start_spot - profile.daily_vol, profile.start_spot + profile.daily_vol
    axis.axvspan(low, high, color=style.MUTED, alpha=0.16, label="±1 daily s.d.")


def _draw_gains(axis: Axes, profile: GainProfile) -> None:
    """The gain later in the run, at the start, and the dot at the start."""
    for k, later in enumerate(profile.later):
        lighter: Any = {"color": style.HEDGED, "linewidth": 0.8, "alpha": 0.75, "zorder": 2}
        dashes = _LATER_LINES[k % len(_LATER_LINES)]
        label = f"after {later.elapsed_days:.3g} days"
        axis.plot(profile.spot, later.gain, linestyle=dashes, label=label, **lighter)
    axis.plot(profile.spot, profile.gain, color=style.HEDGED, linewidth=1.2, zorder=3)
    label = f"start, κ = {signed_gain(profile.start_gain)}"
    axis.plot([profile.start_spot], [profile.start_gain], label=label, **_DOT)


def gain_range(profile: GainProfile) -> tuple[float, float]:
    """The gains to show, with a margin; zero is always in sight, and -1 too once the gain comes half way to it."""
    gain = np.concatenate([profile.gain, *(later.gain for later in profile.later)])
    finite = gain[np.isfinite(gain)]
    low, high = min(0.0, float(finite.min(initial=0.0))), max(0.0, float(finite.max(initial=0.0)))
    if low < -0.5:
        low = max(min(low, -1.25), _STEEPEST_SHOWN)
    high = min(high, -2.0 * _STEEPEST_SHOWN)
    margin = 0.06 * (high - low) or 0.1
    return low - margin, high + margin


def _draw_threshold(axis: Axes, label_right: bool) -> None:
    """The region at or below -1, labelled on the side where the gain stays farther away from it."""
    low, _ = axis.get_ylim()
    if low > -1.0:
        return
    axis.axhspan(low, -1.0, color=style.TIPPING, alpha=0.12)
    axis.axhline(-1.0, **_TIPPING)
    axis.annotate(
        "κ = −1",
        xy=(1.0 if label_right else 0.0, -1.0),
        xycoords=("axes fraction", "data"),
        xytext=(-2 if label_right else 2, -2),
        textcoords="offset points",
        ha="right" if label_right else "left",
        va="top",
        fontsize=6.5,
    )


def _draw_tipping_levels(axis: Axes, levels: list[float], elapsed_days: float) -> None:
    """Vertical lines with the price at the top, in rows so that neighbours do not overlap."""
    left, right = axis.get_xlim()
    shown = sorted(level for level in levels if left <= level <= right)
    if not shown:
        return
    low, high = axis.get_ylim()
    row_height = 0.07 * (high - low)
    row_ends = [-np.inf] * _LABEL_ROWS
    width = _LABEL_WIDTH * (right - left)
    used = 1
    for level in shown:
        axis.axvline(level, zorder=2, **_TIPPING)
        row = next((number for number, end in enumerate(row_ends) if level - width / 2 > end), None)
        if row is None:
            continue
        row_ends[row] = level + width / 2
        used = max(used, row + 1)
        axis.annotate(
            level_label(level),
            xy=(level, high + (0.35 + row) * row_height),
            ha="center",
            va="bottom",
            fontsize=6.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            zorder=6,
        )
    axis.set_ylim(low, high + (used + 0.6) * row_height)
    name = "tipping level" if elapsed_days == 0.0 else f"tipping level after {elapsed_days:.3g} days"
    axis.plot([], [], label=name, **_TIPPING)


def level_label(value: float) -> str:
    """A price ($) with four digits or more: "106.8", "4,215"."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def signed_gain(value: float) -> str:
    """A gain with its sign: "−0.594", "0"."""
    if abs(value) < 1e-9:
        return "0"
    return (f"{value:+.3f}" if abs(value) >= 1e-3 else f"{value:+.1e}").replace("-", "−")
