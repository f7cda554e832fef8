"""Figures of the canon: every panel of a finding, ours beside what was published and what a formula gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from simhedge.report import style
from simhedge.rounding import NORMAL_95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.canon.finding import Finding, Kind, Line, Panel

    Floats = NDArray[np.float64]

# Okabe and Ito (2008); the first of each kind where a line belongs to no group, one a group otherwise.
GROUPS = (style.HEDGED, style.WARNING, style.ZERO_GAMMA, "#CC79A7", style.CALLS, style.MUTED, style.INK)
COLOURS: dict[Kind, str] = {
    "ours": style.HEDGED,
    "published": style.WARNING,
    "formula": style.INK,
    "twin": style.TWIN,
}
# What tells lines apart without colour: the shape of markers, the dashes of lines.
MARKERS: dict[Kind, Sequence[str]] = {
    "ours": ("o", "^", "v", "P", "X", "h"),
    "published": ("D", "s", "p", "d", "<", ">"),
    "twin": ("s", "p", "d", "<", ">", "*"),
}
DASHES: Any = ("-", (0, (5, 1.5)), (0, (1.2, 1.5)), (0, (5, 1.5, 1.2, 1.5)), (0, (9, 2)), (0, (2.5, 1)))
MOST_MARKERS: dict[Kind, int] = {"ours": 60, "twin": 60, "published": 30, "formula": 0}  # more are joined instead
SMALL_FROM = 30  # points from which on markers are small
_COLUMNS = 2
_HEIGHT = 2.5
_LEGEND_LETTERS = 24


class Look(NamedTuple):
    """Colour of a line and its number among those of its kind, which chooses marker and dashes."""

    colour: str
    number: int


def write_canon_figures(found: Mapping[str, Finding], directory: Path | str) -> list[Path]:
    """Paths of the PNGs written to `directory`, ID.png for each finding that has panels."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, finding in found.items():
        if finding.panels:
            style.save_figure(canon_figure(finding.panels), folder / f"{name}.png")
            written.append(folder / f"{name}.png")
    return written


def canon_figure(panels: Sequence[Panel]) -> Figure:
    """Figure of the panels, two a row; errors are drawn as 95% intervals."""
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    longest = max(len(panel.lines) for panel in panels)
    with style.house_style():
        size = columns * style.SINGLE_COLUMN, rows * (_HEIGHT + 0.14 * longest)
        figure = style.new_figure(*size, column_gap=0.06)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, panel in zip(axes, panels, strict=False):
            _draw_panel(axis, panel)
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
    return figure


def looks(lines: Sequence[Line]) -> list[Look]:
    """The look of each line: those whose labels agree before the first comma share a colour and a number.

    The first line of a kind that is alone under its label has the colour of its kind.
    """
    stems = [line.label.split(",")[0] for line in lines]
    groups = [stem for stem in dict.fromkeys(stems) if stems.count(stem) > 1]
    numbers: dict[Kind, int] = dict.fromkeys(COLOURS, len(groups))
    alone = {line.kind for stem, line in zip(stems, lines, strict=True) if stem not in groups}
    kept = {COLOURS[kind] for kind in alone} | set(GROUPS[: len(groups)])
    others = iter([colour for colour in GROUPS if colour not in kept])
    found = []
    for stem, line in zip(stems, lines, strict=True):
        if stem in groups:
            found.append(Look(GROUPS[groups.index(stem) % len(GROUPS)], groups.index(stem)))
            continue
        own = numbers[line.kind] == len(groups) or line.kind == "formula"
        colour = COLOURS[line.kind] if own else next(others, style.MUTED)
        found.append(Look(colour, numbers[line.kind]))
        numbers[line.kind] += 1
    return found


def _draw_panel(axis: Axes, panel: Panel) -> None:
    if panel.log_x:
        axis.set_xscale("log")
    if panel.log_y:
        axis.set_yscale("log")
    handles = [
        _draw_line(axis, line, look, log_y=panel.log_y)
        for line, look in zip(panel.lines, looks(panel.lines), strict=True)
    ]
    axis.set_title(panel.title)
    axis.set_xlabel(panel.x_label)
    axis.set_ylabel(panel.y_label)
    _tidy(axis, panel)
    long = max((len(line.label) for line in panel.lines), default=0) > _LEGEND_LETTERS
    columns = 1 if long else 2
    below: Any = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.2), "ncols": columns, "borderaxespad": 0.0}
    axis.legend(handles, [line.label for line in panel.lines], columnspacing=1.2, **below)


def _draw_line(axis: Axes, line: Line, look: Look, *, log_y: bool) -> Any:
    """Markers with intervals, or where points are many or a formula's a line; returns what the legend shows."""
    x, y = np.asarray(line.x, dtype=np.float64), np.asarray(line.y, dtype=np.float64)
    dashes = DASHES[look.number % len(DASHES)]
    if x.size > MOST_MARKERS[line.kind] and line.error is None:
        width, order = (0.9, 2) if line.kind == "formula" else (1.2, 3)
        joined = np.where(y > 0.0, y, np.nan) if log_y else y
        (drawn,) = axis.plot(x, joined, color=look.colour, linestyle=dashes, linewidth=width, zorder=order)
        return drawn
    marker: Any = {"marker": MARKERS[line.kind][look.number % len(MARKERS[line.kind])], "color": look.colour}
    if line.kind == "published":
        # Hollow and larger, so that ours is seen within where both agree.
        marker |= {"markersize": 6.5, "markerfacecolor": "none", "markeredgewidth": 1.0, "zorder": 3}
    else:
        small = x.size > SMALL_FROM
        marker |= {"markersize": 2.4 if small else 3.6, "zorder": 4, "markeredgewidth": 0.0}
    shown = y > 0.0 if log_y else np.full(y.size, True)
    reach = None if line.error is None else _reach(y[shown], np.asarray(line.error)[shown], log_y=log_y)
    return axis.errorbar(x[shown], y[shown], yerr=reach, linestyle="none", elinewidth=0.9, **marker)


def _reach(y: Floats, error: Floats, *, log_y: bool) -> Floats:
    """Half widths of 95% intervals, below and above, (2, points); on a log axis not down to zero."""
    above = NORMAL_95 * np.nan_to_num(error, nan=0.0)
    below = np.minimum(above, 0.9 * y) if log_y else above
    return np.stack([below, above])


def _tidy(axis: Axes, panel: Panel) -> None:
    """Few ticks; on a log axis that spans less than two decades plain numbers at 1, 2, 5."""
    for log, own in ((panel.log_x, axis.xaxis), (panel.log_y, axis.yaxis)):
        if not log:
            own.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
            continue
        low, high = own.get_view_interval()
        if high < 100.0 * low:
            own.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            own.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            own.set_minor_formatter(NullFormatter())
