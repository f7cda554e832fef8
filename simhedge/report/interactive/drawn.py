"""What a figure hands over: its panels, each under a heading, and the key to its colours as plain data.

Headings and keys are not part of the plots, so that a page can set them as text that is read aloud and repainted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from simhedge.rounding import counted

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure


class Mark(NamedTuple):
    """An entry of a key: what it stands for, its colour, and what it looks like."""

    words: str
    colour: str
    form: Literal["line", "dashes", "dots", "band", "light_band", "disc", "ring", "square", "diamond"]


class Panel(NamedTuple):
    """A plot and its heading, empty where the figure's own title says it."""

    heading: str
    plot: Figure


class Drawn(NamedTuple):
    """Panels in reading order, so many beside one another where there is room, and the key to all of them.

    `note` says what is not drawn: levels beyond the axis, or more of them than there is room for.
    """

    panels: tuple[Panel, ...]
    key: tuple[Mark, ...]
    columns: int = 1
    note: str = ""


def more_words(more: int) -> str:
    """That there are more levels than are drawn; empty where there are not."""
    if more <= 0:
        return ""
    return f"{counted(more, 'more level')} {'is' if more == 1 else 'are'} in the tables"
