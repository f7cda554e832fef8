"""Hedged and twin as dots with 95% intervals: disc and square, filled, or hollow where they rest on little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool

from simhedge.report import style
from simhedge.report.interactive.drawn import Mark
from simhedge.report.interactive.look import LIGHT, Paper
from simhedge.rounding import NORMAL_95

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure
    from numpy.typing import ArrayLike


class World(NamedTuple):
    """How a world looks: shape and fill tell hedged from twin where colour does not."""

    colour: str
    marker: str
    size: int


WORLDS = {"hedged": World(style.HEDGED, "circle", 9), "twin": World(style.TWIN, "square", 8)}


def draw_dots(
    plot: Figure,
    world: str,
    x: ArrayLike,
    y: ArrayLike,
    error: ArrayLike,
    *,
    paper: Paper = LIGHT,
    along: str = "y",
    hollow: bool = False,
) -> None:
    """Dots of one world with 95% intervals along that axis, half widths NORMAL_95 * `error`; NaN is not drawn."""
    colour, marker, size = WORLDS[world]
    ends = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in (("x", x), ("y", y))}
    reach = NORMAL_95 * np.nan_to_num(np.atleast_1d(np.asarray(error, dtype=np.float64)), nan=0.0)
    columns: Any = ends | {"low": ends[along] - reach, "high": ends[along] + reach}
    source = ColumnDataSource(columns)
    coordinates = ("x", "low", "x", "high") if along == "y" else ("low", "y", "high", "y")
    plot.segment(*coordinates, source=source, line_color=colour, line_width=1.6)
    fill = paper.sheet if hollow else colour
    edge: Any = {"line_color": colour, "line_width": 1.6} if hollow else {"line_color": paper.sheet, "line_width": 0.8}
    dots = plot.scatter("x", "y", source=source, marker=marker, size=size, fill_color=fill, **edge)
    told = [(world, f"@{along}{{0,0.000}}"), ("95%", "@low{0,0.000} to @high{0,0.000}")]
    plot.add_tools(HoverTool(renderers=[dots], tooltips=told))


def world_marks() -> tuple[Mark, ...]:
    """The key to both worlds."""
    return Mark("hedged, 95% interval", style.HEDGED, "disc"), Mark("twin, 95% interval", style.TWIN, "square")
