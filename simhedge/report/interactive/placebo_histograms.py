"""How unlike placebo levels each level is: the distribution of their differences with the level marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bokeh.models import BasicTicker, Range1d
from bokeh.models.annotations import Span

from simhedge.report import style
from simhedge.report.interactive.dots import draw_dots
from simhedge.report.interactive.drawn import Drawn, Mark, Panel, more_words
from simhedge.report.interactive.look import LIGHT, Paper, new_figure
from simhedge.report.placebo_figure import MOST_PANELS, STATISTIC_WORDS, histogram, why_no_difference
from simhedge.report.validation_marks import label_of
from simhedge.validation.levels_under_test import SWITCHED, levels_under_test, numbers_of, placebo_values
from simhedge.validation.words import p_words

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.validation.levels_under_test import LevelUnderTest
    from simhedge.validation.result import Validation

HEIGHT = 210


def placebo_histograms(validation: Validation, paper: Paper = LIGHT, **look: Any) -> Drawn:
    """A panel for each level: the main statistic's difference, hedged less twin, at placebo levels and at the level.

    Levels with neither have none.
    """
    levels = [level for level in levels_under_test(validation) if _something_to_see(validation, level)]
    panels = []
    for level in levels[:MOST_PANELS]:
        statistic = level.main_statistic
        unit = "" if statistic == SWITCHED else " (points)"
        x_label = f"{STATISTIC_WORDS[statistic].capitalize()}, hedged less twin{unit}"
        plot = new_figure(x_label, "Placebo levels", height=HEIGHT, paper=paper, **look)
        label = label_of(level, 200).replace("\n", " ")
        panels.append(Panel(f"{label}: {_draw(plot, validation, level, paper)}", plot))
    key = (Mark("placebo levels", style.MUTED, "band"), Mark("the level, 95% interval", style.HEDGED, "disc"))
    return Drawn(tuple(panels), key, columns=2, note=more_words(len(levels) - len(panels)))


def _something_to_see(validation: Validation, level: LevelUnderTest) -> bool:
    difference = numbers_of(level, level.main_statistic)["difference"]
    return math.isfinite(difference) or placebo_values(validation, level, level.main_statistic).size > 0


def _draw(plot: Figure, validation: Validation, level: LevelUnderTest, paper: Paper) -> str:
    """Draw one level; its p-value among placebo levels comes back, or why there is none."""
    statistic = level.main_statistic
    scale = 1.0 if statistic == SWITCHED else 100.0
    row = numbers_of(level, statistic)
    difference, error = scale * row["difference"], scale * row["difference_se"]
    values = scale * placebo_values(validation, level, statistic)
    tallest = 1.0
    if values.size:
        edges, heights = histogram(values, difference)
        tallest = float(heights.max())
        plot.quad(edges[:-1], edges[1:], heights, 0.0, fill_color=style.MUTED, fill_alpha=0.6, line_color=None)
    plot.y_range = Range1d(start=0.0, end=1.45 * tallest)
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=4, num_minor_ticks=0, min_interval=1.0)
    if not math.isfinite(difference):
        return why_no_difference(level)
    plot.add_layout(Span(location=difference, dimension="height", line_color=style.HEDGED, line_width=1.4))
    draw_dots(plot, "hedged", difference, 1.2 * tallest, error, paper=paper, along="x")
    if values.size == 0:
        return "no placebo levels"
    p = row["placebo_p_value"]
    return p_words(p) if math.isfinite(p) else "no p-value"
