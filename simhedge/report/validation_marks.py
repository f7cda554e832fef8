"""What the figures of a validation share: hedged and twin as dots with intervals, and notes where nothing is drawn."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.report import style
from simhedge.rounding import NORMAL_95

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from simhedge.validation.levels_under_test import LevelUnderTest

NOTE_SIZE = 6.5
PLACEBO_ALPHA = 0.28
# Shape and fill tell hedged from twin where colour does not.
WORLDS: dict[str, Any] = {
    "hedged": {"color": style.HEDGED, "marker": "o", "markersize": 4.0},
    "twin": {"color": style.TWIN, "marker": "s", "markersize": 3.6},
}
_POINT: Any = {"linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 0.5, "elinewidth": 1.0, "zorder": 4}


def draw_world(
    axis: Axes,
    world: str,
    x: ArrayLike,
    y: ArrayLike,
    error: ArrayLike,
    *,
    along: str = "y",
    hollow: bool = False,
    label: str = "",
) -> None:
    """Dots of one world with 95% intervals, half widths NORMAL_95 * `error`, along that axis; NaN is not drawn."""
    reach = NORMAL_95 * np.nan_to_num(np.atleast_1d(np.asarray(error, dtype=np.float64)), nan=0.0)
    reaches: Any = {f"{along}err": reach}
    look = WORLDS[world] | _POINT | reaches
    if hollow:
        look |= {"markerfacecolor": "white", "markeredgecolor": look["color"], "markeredgewidth": 0.9}
    named = "_hollow" if hollow else label or f"{world}, 95% interval"
    axis.errorbar(np.atleast_1d(x), np.atleast_1d(y), label=named, **look)


def note(axis: Axes, text: str, width: int = 60) -> None:
    """Say in the middle of empty axes why nothing is drawn."""
    axis.text(
        0.5,
        0.5,
        textwrap.fill(text, width),
        transform=axis.transAxes,
        ha="center",
        va="center",
        color=style.MUTED,
        fontsize=NOTE_SIZE + 0.5,
    )


def only_a_note(text: str, width: float = style.SINGLE_COLUMN) -> Figure:
    """A figure that says why there is nothing to see."""
    with style.house_style():
        figure = style.new_figure(width, 1.2)
        axis = figure.subplots()
        axis.set_axis_off()
        note(axis, text)
    return figure


def legend_above(
    figure: Figure, axes: Iterable[Axes], columns: int = 4, extra: Mapping[str, Artist] | None = None
) -> None:
    """One legend of what the axes and `extra` name, above the panels, each name once."""
    named: dict[str, Any] = {}
    for axis in axes:
        handles, labels = axis.get_legend_handles_labels()
        named |= {label: handle for label, handle in zip(labels, handles, strict=True) if label not in named}
    named |= extra or {}
    if named:
        figure.legend(
            list(named.values()),
            list(named),
            loc="outside upper left",
            ncols=columns,
            columnspacing=1.2,
            borderaxespad=0.2,
        )


def tell_more(figure: Figure, more: int) -> None:
    """Say below the panels that there are more levels than are drawn."""
    figure.supxlabel(f"{more} more levels are in the tables", fontsize=NOTE_SIZE, color=style.MUTED)


def label_of(level: LevelUnderTest, width: int = 24) -> str:
    """A level's title in lines of `width` letters, no price alone on one; with who finds it where that is not us."""
    title = "\N{NO-BREAK SPACE}".join(level.title.rsplit(" ", 1))
    if level.headline:
        return textwrap.fill(title, width)
    definitions = list(dict.fromkeys(definition for _, definition in level.members))
    more = f" + {len(definitions) - 1}" if len(definitions) > 1 else ""
    return textwrap.fill(title, width) + f"\n({definitions[0].removeprefix('simhedge.')}{more})"
