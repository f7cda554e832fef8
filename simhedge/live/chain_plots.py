"""The figures of the chain tab: gamma by strike, and the profile with its roots, over one axis of prices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span

from simhedge.live.axes import calm, spread
from simhedge.report.interactive.look import Paper, new_figure, paint, quiet_legend
from simhedge.report.palette import CALLS, MUTED, PUTS, ZERO_GAMMA

if TYPE_CHECKING:
    from simhedge.levels import Levels

REACH, LEAST_REACH = 0.15, 0.10  # of spot to either side: what is shown when there is a choice, and always
TAIL = 0.025  # of the gamma of all strikes, which may lie beyond either end
ROOM = 0.02  # of spot, beyond what must be in sight
THINNEST = 300.0  # bars side by side


class ChainPlots:
    """Draws the levels of one chain after another."""

    def __init__(self, paper: Paper) -> None:
        self.strikes = ColumnDataSource({name: [] for name in ("strike", "calls", "puts", "height")})
        self.curve = ColumnDataSource({"spot": [], "net": []})
        self.roots = ColumnDataSource({"spot": [], "zero": []})
        self.frame = (0.0, 0.0)
        self.spots = Range1d(start=0.0, end=1.0)
        self.heights = [Range1d(start=0.0, end=1.0) for _ in range(2)]
        self.spot_marks = [Span(dimension="height", line_dash="dashed") for _ in range(2)]
        self.exposures, self.profile = self._strike_plot(), self._profile_plot()
        self.repaint(paper)

    def _strike_plot(self) -> Any:
        plot = new_figure(
            "Strike ($)", "Gamma ($ per 1%)", height=240, x_range=self.spots, y_range=self.heights[0],
            sizing_mode="stretch_both", tools="", told="Gamma of calls and of puts by strike",
        )  # fmt: skip
        for side, colour in (("calls", CALLS), ("puts", PUTS)):
            bars: Any = {"source": self.strikes, "fill_color": colour, "line_color": None, "legend_label": side}
            plot.vbar("strike", "height", side, 0.0, **bars)
        plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
        plot.add_layout(self.spot_marks[0])
        nowhere: Any = [math.nan, math.nan]  # a span has no place in a legend, and a line without points no swatch
        self.spot_swatch = plot.line(nowhere, nowhere, line_dash="dashed", legend_label="spot")
        quiet_legend(plot)
        return plot

    def _profile_plot(self) -> Any:
        plot = new_figure(
            "If the price were ($)", "Net gamma ($ per 1%)", height=240, x_range=self.spots,
            y_range=self.heights[1], sizing_mode="stretch_both", tools="",
            told="Net gamma if the price were elsewhere, with its roots",
        )  # fmt: skip
        self.net = plot.line("spot", "net", source=self.curve, line_width=2.0, legend_label="net gamma")
        plot.scatter(
            "spot", "zero", source=self.roots, size=9, fill_color=ZERO_GAMMA, line_color="white",
            legend_label="zero gamma (all roots)",
        )  # fmt: skip
        plot.add_layout(Span(location=0.0, dimension="width", line_color=MUTED))
        plot.add_layout(self.spot_marks[1])
        plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
        quiet_legend(plot)
        return plot

    def repaint(self, paper: Paper) -> None:
        """Give the figures the colours of a theme; here nobody hedges, so the price and net gamma are drawn in ink."""
        self.net.glyph.line_color = paper.ink
        self.spot_swatch.glyph.line_color = paper.muted
        for mark in self.spot_marks:
            mark.line_color = paper.muted
        for plot in (self.exposures, self.profile):
            paint(plot, paper)

    def draw(self, levels: Levels) -> None:
        """Show strikes, profile, roots and spot ($), in the frame of the chain before where they fit into it."""
        before, self.frame = self.frame, framed(self.frame, levels)
        low, high = self.frame
        if self.frame != before:
            self.spots.update(start=low, end=high)
        held = (levels.strikes.strike >= low) & (levels.strikes.strike <= high)
        strike, legs = levels.strikes.strike[held], (levels.strikes.calls[held], levels.strikes.puts[held])
        gap = float(np.diff(strike).min()) if strike.size > 1 else 0.01 * levels.spot
        width = np.full_like(strike, max(0.8 * gap, (high - low) / THINNEST))
        self.strikes.data = {"strike": strike, "calls": legs[0], "puts": legs[1], "height": width}
        near = (levels.profile.spot >= low) & (levels.profile.spot <= high)
        self.curve.data = {"spot": levels.profile.spot[near], "net": levels.profile.net[near]}
        for axis, values in zip(self.heights, (np.concatenate(legs), levels.profile.net[near]), strict=True):
            start, end = calm((0.0, 0.0), spread(values))
            axis.update(start=start, end=end)
        roots = [root.spot for root in levels.profile.roots]
        self.roots.data = {"spot": roots, "zero": [0.0] * len(roots)}
        for mark in self.spot_marks:
            mark.location = levels.spot


def framed(before: tuple[float, float], levels: Levels) -> tuple[float, float]:
    """Lowest and highest price ($) shown: those `before`, where all that must be in sight fits and fills a third."""
    low, high = _in_sight(levels)
    if before[0] <= low and high <= before[1] and high - low > (before[1] - before[0]) / 3.0:
        return before
    room, spot = ROOM * levels.spot, levels.spot
    return max(min(low - room, (1.0 - REACH) * spot), 0.0), max(high + room, (1.0 + REACH) * spot)


def _in_sight(levels: Levels) -> tuple[float, float]:
    """Lowest and highest price ($) of what must be seen: all roots, both walls, nearly all gamma, and around spot."""
    gamma = np.abs(levels.strikes.calls) + np.abs(levels.strikes.puts)
    tail, upto = TAIL * float(gamma.sum()), np.cumsum(gamma)
    bulk = levels.strikes.strike[(upto >= tail) & (gamma.sum() - upto + gamma >= tail)]
    marks = [wall for wall in (levels.walls.call, levels.walls.put) if wall is not None]
    marks += [root.spot for root in levels.profile.roots]
    marks += [(1.0 - LEAST_REACH) * levels.spot, (1.0 + LEAST_REACH) * levels.spot]
    marks += [float(bulk.min()), float(bulk.max())] if bulk.size else []
    return min(marks), max(marks)
