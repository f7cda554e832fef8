"""Levels on plots of prices: zero gamma and walls as lines, the same as in the printed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simhedge.report.interactive.drawn import Mark
from simhedge.report.level_looks import LEVEL_LOOKS

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.report.level_looks import Form
    from simhedge.report.path_levels import ShownLevels

_FORMS: dict[Form, Literal["line", "dashes", "dots"]] = {"solid": "line", "dashed": "dashes", "dotted": "dots"}


def draw_level_lines(plot: Figure, shown: ShownLevels | None) -> None:
    """Draw each level, each day's until the next."""
    for line in shown.lines if shown else ():
        held = np.append(line.values, line.values[-1:])
        plot.step(line.edges, held, mode="after", line_width=1.6, **LEVEL_LOOKS[line.variable].drawn())


def level_marks(shown: ShownLevels | None) -> tuple[Mark, ...]:
    """The key to the lines."""
    return tuple(level_mark(line.variable, line.words) for line in (shown.lines if shown else ()))


def level_mark(name: str, words: str) -> Mark:
    """The entry of a key for a level of LEVEL_LOOKS."""
    look = LEVEL_LOOKS[name]
    return Mark(words, look.colour, _FORMS[look.form])
