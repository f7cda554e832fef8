"""Levels on plots of prices: zero gamma and walls as lines, the same as in the printed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.report import style
from simhedge.report.interactive.drawn import Mark

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.report.path_levels import ShownLevels

_LOOKS: dict[str, dict[str, Any]] = {
    "zero_gamma": {"line_color": style.ZERO_GAMMA},
    "call_wall": {"line_color": style.CALLS, "line_dash": [5, 5]},
    "put_wall": {"line_color": style.PUTS, "line_dash": [5, 5], "line_dash_offset": 5},
}


def draw_level_lines(plot: Figure, shown: ShownLevels | None) -> None:
    """Draw each level, each day's until the next."""
    for line in shown.lines if shown else ():
        held = np.append(line.values, line.values[-1:])
        plot.step(line.edges, held, mode="after", line_width=1.6, **_LOOKS[line.variable])


def level_marks(shown: ShownLevels | None) -> tuple[Mark, ...]:
    """The key to the lines."""
    looks = [(line.words, _LOOKS[line.variable]) for line in (shown.lines if shown else ())]
    return tuple(Mark(words, look["line_color"], "dashes" if "line_dash" in look else "line") for words, look in looks)
