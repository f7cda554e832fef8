"""Slopes of the literature's regressions on simulated days, beside what theory predicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bokeh.models import DataRange1d
from bokeh.models.annotations import Span

from simhedge.report import style
from simhedge.report.interactive.dots import draw_dots
from simhedge.report.interactive.drawn import Drawn, Mark, Panel
from simhedge.report.interactive.look import LIGHT, Paper, new_figure
from simhedge.report.regression_figure import about, meaning
from simhedge.report.validation_rows import number_of

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 96


def slopes(regressions: pd.DataFrame, paper: Paper = LIGHT, **look: Any) -> Drawn:
    """A panel for each regression that has an estimate: slope with 95% interval, predicted slope below it, and zero.

    `regressions`: `Validation.regressions`. Each panel has a scale of its own.
    """
    panels = []
    for told in regressions.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in told.items()}
        slope, error, predicted, z = (number_of(row[name]) for name in ("estimate", "standard_error", "predicted", "z"))
        if not math.isfinite(slope):
            continue
        along = DataRange1d(range_padding=0.12)
        plot = new_figure("Slope", "", height=HEIGHT, x_range=along, y_range=(0.0, 1.0), paper=paper, **look)
        plot.yaxis.visible = False
        plot.ygrid.grid_line_color = None
        plot.min_border_left = 12
        plot.add_layout(Span(location=0.0, dimension="height", line_color=style.MUTED))
        plot.scatter([0.0], [0.5], size=0, alpha=0.0)  # keeps zero in sight
        draw_dots(plot, "hedged", slope, 0.64, error, paper=paper, along="x")
        if math.isfinite(predicted):
            look_of_it: Any = {"fill_color": paper.sheet, "line_color": paper.ink, "line_width": 1.4}
            plot.scatter([predicted], [0.26], marker="diamond", size=12, **look_of_it)
        panels.append(Panel(f"{meaning(str(row['name']))}; {about(row, z)}", plot))
    key = (
        Mark("estimated slope, 95% interval", style.HEDGED, "disc"),
        Mark("predicted slope", paper.ink, "diamond"),
        Mark("zero", style.MUTED, "line"),
    )
    return Drawn(tuple(panels), key, columns=2)
