"""What the figures of levels share: their heading, and levels as vertical lines with labels that keep apart."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from simhedge.chains.words import heading, quoted
from simhedge.levels.words import UNIT_WORDS, sign_words, slope_arrow
from simhedge.report import style
from simhedge.rounding import price

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from numpy.typing import NDArray

    from simhedge.snapshots.snapshot import Snapshot

    Floats = NDArray[np.float64]

_LABEL_SIZE, _NOTE_SIZE = 6.5, 6.5
_LEADER, _LABEL_HEIGHT = 10.0, 19.0  # points above the axis: length of the leaders, height of labels of two lines
_LABEL_GAP = 6.0  # points between labels
_FEWEST_FOR_A_LINE = 12
_LETTERS_PER_LINE = 122
_DOT = "  ·  "


class Mark(NamedTuple):
    """A level ($) to be drawn: its label (one or two lines), and its line."""

    level: float
    text: str
    colour: str = style.INK
    linestyle: str | tuple[int, tuple[float, ...]] = "-"


def spot_mark(snapshot: Snapshot) -> Mark:
    """Spot as a level."""
    return Mark(snapshot.levels.spot, f"spot\n{price(snapshot.levels.spot)}")


def zero_gamma_mark(snapshot: Snapshot) -> list[Mark]:
    """The headline of zero gamma with its rule, where there is one."""
    found = snapshot.levels.zero_gamma
    if found.headline is None:
        return []
    slope = "".join(f" {slope_arrow(root.slope)}" for root in found.roots if root.spot == found.headline)
    text = f"zero gamma {price(found.headline)}{slope}\n{found.rule}"
    return [Mark(found.headline, text, style.ZERO_GAMMA, (0, (5.0, 1.5)))]


def wall_marks(snapshot: Snapshot) -> list[Mark]:
    """Call wall and put wall with their rule, where there are any; one mark where they coincide."""
    call, put = snapshot.levels.walls
    rule = snapshot.levels.conventions.walls
    if call is not None and call == put:
        return [Mark(call, f"call and put wall {price(call)}\n{rule}", style.MUTED, (0, (1.5, 1.5)))]
    named = (("call", call, style.CALLS), ("put", put, style.PUTS))
    return [
        Mark(level, f"{side} wall {price(level)}\n{rule}", colour, (0, (1.5, 1.5)))
        for side, level, colour in named
        if level is not None
    ]


def _lines(facts: list[str]) -> list[str]:
    """The facts in lines of the figure's width, broken between facts where that is possible."""
    lines: list[str] = []
    for fact in facts:
        if lines and len(lines[-1]) + len(_DOT) + len(fact) <= _LETTERS_PER_LINE:
            lines[-1] += _DOT + fact
        else:
            lines += textwrap.wrap(fact, _LETTERS_PER_LINE)
    return lines


def level_marks(snapshot: Snapshot) -> list[Mark]:
    """Spot, the headline of zero gamma and the walls."""
    return [spot_mark(snapshot), *zero_gamma_mark(snapshot), *wall_marks(snapshot)]


def exposure_basis(snapshot: Snapshot) -> list[str]:
    """The unit of gamma exposures and whose gamma they are made of."""
    own = snapshot.levels.conventions
    return [f"unit: {UNIT_WORDS[own.unit]}", f"{own.gamma} gamma"]


def outside(marks: list[Mark], low: float, high: float) -> list[str]:
    """A note on each mark that lies outside the prices shown."""
    told = ", ".join(" ".join(mark.text.split()) for mark in marks if not low <= mark.level <= high)
    return [f"outside the prices shown: {told}"] if told else []


def draw_heading(
    axis: Axes, snapshot: Snapshot, what: str, notes: list[str], *, basis: list[str], labels: bool = True
) -> None:
    """Title (symbol, spot, `what`) and below it, small: quote time, `basis`, sign, notes; with room for `labels`.

    `basis`: the unit, and whose gamma it is.
    """
    facts = [quoted(snapshot.chain), *basis, f"dealers: {sign_words(snapshot.levels.conventions.sign)}"]
    lines = [*_lines(facts), *_lines(notes)]
    pad = _LEADER + _LABEL_HEIGHT + 7.0 if labels else 6.0
    axis.set_title("\n".join(lines), fontsize=_NOTE_SIZE, color=style.MUTED, pad=pad, linespacing=1.35)
    axis.annotate(
        f"{heading(snapshot.chain)}: {what}",
        xy=(0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0.0, pad + len(lines) * _NOTE_SIZE * 1.35 + 4.0),
        textcoords="offset points",
        fontsize=9.0,
        fontweight="bold",
        ha="left",
        va="bottom",
    )


def draw_sides(figure: Figure, axis: Axes, x: Floats, calls: Floats, puts: Floats, width: float) -> None:
    """Bars of calls and puts, their sum as points on a line, and a legend below the figure."""
    bars = [
        axis.bar(x, side, width, color=colour, zorder=2) for side, colour in ((calls, style.CALLS), (puts, style.PUTS))
    ]
    few = x.size < _FEWEST_FOR_A_LINE
    (net,) = axis.plot(x, calls + puts, zorder=4, **(style.NET_POINTS if few else style.NET_LINE))
    axis.axhline(0.0, color=style.INK, linewidth=0.5, zorder=3)
    axis.margins(y=0.06)
    axis.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    legend_below(figure, {"calls": bars[0], "puts": bars[1], "net": net})


def legend_below(figure: Figure, handles: dict[str, Any]) -> None:
    """A legend in one row below the figure, on the right."""
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside lower right",
        ncols=len(handles),
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def price_ticks(axis: Axes) -> None:
    """Round prices ($) along the x axis."""
    axis.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]))
    axis.xaxis.set_major_formatter(lambda level, _: price(level))


def draw_marks(figure: Figure, axis: Axes, marks: list[Mark], line_order: float = 1.5) -> None:
    """Draws the marks that lie within the axis' limits, their labels above it with leaders.

    The layout of the figure is settled by this, so it comes last. `line_order`: drawn above what has a lower one.
    """
    left, right = axis.get_xlim()
    inside = sorted((mark for mark in marks if left <= mark.level <= right), key=lambda mark: mark.level)
    labels = [_label(axis, mark) for mark in inside]
    for mark in inside:
        axis.axvline(
            mark.level,
            color=mark.colour,
            linestyle=mark.linestyle,
            linewidth=0.8,
            zorder=line_order,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )
    engine = figure.get_layout_engine()
    if labels and engine is not None:
        engine.execute(figure)
        width = axis.get_window_extent().width
        gap = _LABEL_GAP * figure.dpi / 72.0
        widths = [(label.get_window_extent().width + gap) / width for label in labels]
        wanted = [(mark.level - left) / (right - left) for mark in inside]
        for label, place in zip(labels, spread(wanted, widths), strict=True):
            label.set_position((place, _LEADER + _LABEL_HEIGHT))


def spread(wanted: list[float], widths: list[float]) -> list[float]:
    """Centres nearest to the `wanted` ones (ascending) of labels that do not overlap and stay within 0 .. 1.

    Least squares: what is wanted, less the widths before it, made ascending by pooling neighbours.
    """
    from scipy.optimize import isotonic_regression

    width = np.asarray(widths)
    before = np.concatenate([[0.0], np.cumsum(0.5 * (width[1:] + width[:-1]))])
    ordered = isotonic_regression(np.asarray(wanted) - before).x
    highest = max(1.0 - 0.5 * width[-1] - before[-1], 0.5 * width[0])
    centres: Floats = np.clip(ordered, 0.5 * width[0], highest) + before
    return [float(centre) for centre in centres]


def _label(axis: Axes, mark: Mark) -> Annotation:
    """The label at the place where it belongs were it alone, with a leader to the level."""
    left, right = axis.get_xlim()
    label = axis.annotate(
        mark.text,
        xy=(mark.level, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=((mark.level - left) / (right - left), _LEADER + _LABEL_HEIGHT),
        textcoords=("axes fraction", "offset points"),
        fontsize=_LABEL_SIZE,
        linespacing=1.15,
        ha="center",
        va="top",
        arrowprops={
            "arrowstyle": "-",
            "color": mark.colour,
            "linewidth": 0.7,
            "shrinkA": 0.0,
            "shrinkB": 0.0,
            "relpos": (0.5, 0.0),
        },
    )
    label.set_in_layout(False)
    return label
