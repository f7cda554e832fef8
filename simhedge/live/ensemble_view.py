"""The ensemble tab: the distribution of end prices hedged against twin, and what it says, in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Range1d
from bokeh.models.widgets.markups import Div

from simhedge.display import frame, table
from simhedge.live.theme import TEXTS, dress
from simhedge.report.interactive.look import Paper, new_figure, paint, quiet_legend
from simhedge.report.palette import HEDGED, TWIN

if TYPE_CHECKING:
    from bokeh.models import Column

    from simhedge.live.ensemble import Ensemble

COLUMNS = ("What", "Hedged [95%]", "Twin [95%]", "Hedged against twin [95%]")


class EnsembleView:
    """The figure and the table of the last ensemble shown."""

    def __init__(self, paper: Paper) -> None:
        self.bins = ColumnDataSource({name: [] for name in ("left", "right", "hedged", "twin")})
        self.outline = ColumnDataSource({"price": [], "hedged": []})
        self.prices, self.shares = Range1d(start=0.0, end=1.0), Range1d(start=0.0, end=1.0)
        self.plot = new_figure(
            "Price at the end of the cycle ($)",
            "Paths (%)",
            height=320,
            paper=paper,
            x_range=self.prices,
            y_range=self.shares,
            sizing_mode="stretch_both",
            tools="",
            told="Distribution of the prices at the end of the cycle, hedged against twin",
        )
        bars: Any = {"source": self.bins, "bottom": 0, "line_color": None, "fill_alpha": 0.55}
        self.plot.quad("left", "right", "twin", fill_color=TWIN, legend_label="twin", **bars)
        line: Any = {"source": self.outline, "mode": "after"}
        # an edge in the colour of the paper: blue on what is left of orange on dark paper would hardly be seen
        self.edge = self.plot.step("price", "hedged", line_width=5.0, **line)
        self.plot.step("price", "hedged", legend_label="hedged", line_color=HEDGED, line_width=2.0, **line)
        quiet_legend(self.plot, paper)
        self.repaint(paper)
        self.words = Div(text="", sizing_mode="stretch_width", name="ensemble")
        dress([self.words], TEXTS)
        self.layout: Column = column(self.plot, self.words, sizing_mode="stretch_both", visible=False)

    def show(self, found: Ensemble) -> None:
        """Draw an ensemble."""
        self.bins.data = {
            "left": found.edges[:-1], "right": found.edges[1:], "hedged": found.hedged, "twin": found.twin
        }  # fmt: skip
        self.prices.update(start=found.edges[0], end=found.edges[-1])
        self.shares.update(start=0.0, end=1.08 * max(found.hedged.max(), found.twin.max()))
        self.outline.data = {"price": found.edges, "hedged": np.append(found.hedged, 0.0)}
        facts = [f"{found.paths:,} paths from the start of the book", f"{found.seconds:.2f} s"]
        facts += [f"{found.diverged:,} of them left their bounds and are not counted"] if found.diverged else []
        self.words.text = frame(table("Under the settings of now", facts, COLUMNS, found.rows, words=COLUMNS[:1]))

    def repaint(self, paper: Paper) -> None:
        """Give the figure the colours of a theme."""
        self.edge.glyph.line_color = paper.sheet
        paint(self.plot, paper)
