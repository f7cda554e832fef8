"""Volatility against the distance from zero gamma: hedged, twin, and what the feedback gain predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import DataRange1d
from bokeh.models.annotations import Span

from simhedge.report import style
from simhedge.report.interactive.dots import draw_dots, world_marks
from simhedge.report.interactive.drawn import Drawn, Mark, Panel
from simhedge.report.interactive.look import LIGHT, Paper, new_figure

if TYPE_CHECKING:
    import pandas as pd

HEIGHTS = 260, 190


def volatility_over_distance(
    distances: pd.DataFrame, zero_gamma: str = "zero gamma", paper: Paper = LIGHT, **look: Any
) -> Drawn:
    """Two panels, one above the other: annualised volatility (%), and hedged over twin, by distance from zero gamma.

    `distances`: `Validation.distances`, in daily standard deviations; `zero_gamma` is how the key names the level.
    """
    found = {str(name): distances[name].to_numpy(dtype=np.float64) for name in distances.columns}
    at, predicted = found["distance"], found["predicted"]
    along = DataRange1d(range_padding=0.05)
    x_label = "Price less zero gamma (daily standard deviations)"
    upper = new_figure("", "Volatility (% a year)", height=HEIGHTS[0], x_range=along, paper=paper, **look)
    lower = new_figure(x_label, "Ratio", height=HEIGHTS[1], x_range=along, paper=paper, **look)
    for world in ("hedged", "twin"):
        draw_dots(upper, world, at, 100.0 * found[world], 100.0 * found[f"{world}_se"], paper=paper)
    draw_dots(lower, "hedged", at, found["ratio"], found["ratio_se"], paper=paper)
    lower.add_layout(Span(location=1.0, dimension="width", line_color=style.TWIN, line_width=1.2))
    key = [*world_marks()]
    if np.isfinite(predicted).any():
        upper.line(at, 100.0 * predicted, line_color=paper.ink, line_width=1.6)
        lower.line(at, predicted / found["twin"], line_color=paper.ink, line_width=1.6)
        key.append(Mark("predicted from the feedback gain", paper.ink, "line"))
    for plot in (upper, lower):
        plot.add_layout(Span(location=0.0, dimension="height", line_color=style.ZERO_GAMMA, line_width=1.4))
    key.append(Mark(zero_gamma, style.ZERO_GAMMA, "line"))
    return Drawn((Panel("Realised volatility", upper), Panel("Hedged over twin", lower)), tuple(key))
