"""The feedback gain over spot: where the street damps, where it amplifies, where the price tips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.models.annotations import BoxAnnotation, Label, Span

from simhedge.report import style
from simhedge.report.gain_figure import gain_range, level_label, signed_gain
from simhedge.report.interactive.drawn import Drawn, Mark, Panel
from simhedge.report.interactive.level_lines import level_mark
from simhedge.report.interactive.look import LIGHT, TYPEFACE, Paper, new_figure
from simhedge.report.interactive.thinning import telling_positions
from simhedge.report.level_looks import LEVEL_LOOKS

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.simulation.gain import GainProfile

HEIGHT = 340
_DASHES = ([7, 3], [2, 3])
_LABEL_WIDTH, _LABEL_ROW = 0.06, 0.07  # of the axes: as much room as a label needs


def gain_over_spot(profile: GainProfile, paper: Paper = LIGHT, **look: Any) -> Drawn:
    """A panel of the feedback gain (dimensionless) over spot ($); below -1 the price cannot rest.

    The heavy line is the start, broken ones later in the run; vertical lines are the first tipping levels, the dot is
    the start, the grey band one daily standard deviation. `paper` and `look` go to `new_figure`.
    """
    low, high = gain_range(profile)
    levels, tip_days = profile.first_tipping_levels()
    levels = [level for level in levels if profile.spot[0] <= level <= profile.spot[-1]]
    rows = _label_rows(levels, float(profile.spot[-1] - profile.spot[0]))
    top = high + (max(rows, default=-1) + 1) * _LABEL_ROW * (high - low)
    ends = float(profile.spot[0]), float(profile.spot[-1])
    plot = new_figure(
        "Spot ($)", "Feedback gain κ", height=HEIGHT, x_range=ends, y_range=(low, top), paper=paper, **look
    )
    near = profile.start_spot - profile.daily_vol, profile.start_spot + profile.daily_vol
    plot.add_layout(
        BoxAnnotation(left=near[0], right=near[1], fill_color=style.MUTED, fill_alpha=0.16, line_color=None)
    )
    plot.add_layout(Span(location=0.0, dimension="width", line_color=style.MUTED))
    key = _draw_lines(plot, profile, paper)
    key.append(Mark("± 1 daily standard deviation", style.MUTED, "light_band"))
    if low <= -1.0:
        _draw_threshold(plot, profile, paper)
    if levels:
        _draw_tipping_levels(plot, levels, rows, (low, high, _LABEL_ROW * (high - low)), paper)
        when = "" if tip_days == 0.0 else f" after {tip_days:.3g} days"
        key.append(level_mark("tipping_level", f"tipping level{when}"))
    return Drawn((Panel("", plot),), tuple(key))


def _draw_threshold(plot: Figure, profile: GainProfile, paper: Paper) -> None:
    """The region at or below -1, labelled on the side where the gain stays farther away from it."""
    right = abs(profile.gain[-1] + 1.0) >= abs(profile.gain[0] + 1.0)
    plot.add_layout(BoxAnnotation(top=-1.0, fill_color=style.TIPPING, fill_alpha=0.12, line_color=None))
    plot.add_layout(Span(location=-1.0, dimension="width", line_width=1.6, **LEVEL_LOOKS["tipping_level"].drawn()))
    label = Label(
        x=float(profile.spot[-1 if right else 0]),
        y=-1.0,
        x_offset=-4 if right else 4,
        y_offset=-4,
        text="κ = −1",
        text_align="right" if right else "left",
        text_baseline="top",
        text_font_size="12px",
        text_font=TYPEFACE,
        text_color=paper.ink,
    )
    plot.add_layout(label)


def _draw_lines(plot: Figure, profile: GainProfile, paper: Paper) -> list[Mark]:
    """The gain at the start and later, and the dot at the start; the key to them."""
    key = [Mark("at the start", style.HEDGED, "line")]
    for number, later in enumerate(profile.later):
        kept = telling_positions(later.gain)
        dashes = _DASHES[number % len(_DASHES)]
        plot.line(profile.spot[kept], later.gain[kept], line_color=style.HEDGED, line_dash=dashes, line_width=1.3)
        key.append(Mark(f"after {later.elapsed_days:.3g} days", style.HEDGED, "dots" if number % 2 else "dashes"))
    kept = telling_positions(profile.gain)
    source = ColumnDataSource({"spot": profile.spot[kept], "gain": profile.gain[kept]})
    line = plot.line("spot", "gain", source=source, line_color=style.HEDGED, line_width=2.0)
    tooltips = [("spot", "$@spot{0,0.00}"), ("κ at the start", "@gain{0.000}")]
    plot.add_tools(HoverTool(renderers=[line], mode="vline", tooltips=tooltips))
    plot.scatter([profile.start_spot], [profile.start_gain], size=9, fill_color=style.HEDGED, line_color=paper.sheet)
    key.append(Mark(f"start, κ = {signed_gain(profile.start_gain)}", style.HEDGED, "disc"))
    return key


def _label_rows(levels: list[float], width: float) -> list[int]:
    """A row for each label so that neighbours do not overlap; -1 where there is no room."""
    ends = [-np.inf] * 4
    rows = []
    for level in levels:
        reach = _LABEL_WIDTH * width / 2.0
        row = next((number for number, end in enumerate(ends) if level - reach > end), -1)
        if row >= 0:
            ends[row] = level + reach
        rows.append(row)
    return rows


def _draw_tipping_levels(
    plot: Figure, levels: list[float], rows: list[int], place: tuple[float, float, float], paper: Paper
) -> None:
    """Lines from the bottom to their labels; those without room for a label end at the highest gain."""
    low, high, step = place
    tops = [high + max(row, 0) * step for row in rows]
    plot.segment(levels, low, levels, tops, line_width=1.6, **LEVEL_LOOKS["tipping_level"].drawn())
    named = [(level, top + 0.5 * step) for level, row, top in zip(levels, rows, tops, strict=True) if row >= 0]
    plot.text(
        [level for level, _ in named],
        [height for _, height in named],
        [level_label(level) for level, _ in named],
        text_align="center",
        text_baseline="middle",
        text_font_size="12px",
        text_font=value(TYPEFACE),
        text_color=paper.ink,
    )
