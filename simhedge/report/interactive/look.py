"""The look of interactive figures: the colours of the printed ones, one typeface, light and dark.

Data keep their colours in both themes; only paper and ink change, so a figure can be repainted while it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bokeh.models.annotations import Title
from bokeh.plotting import figure as bokeh_figure

if TYPE_CHECKING:
    from bokeh.models import Axis
    from bokeh.plotting import figure as Figure

TYPEFACE = 'system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'
AXIS_WIDTH = 64  # pixels kept for the labels of the y axis, so that figures under each other are aligned


class Paper(NamedTuple):
    """What a theme changes: the page, the sheet that figures are drawn on, text, quiet text, lines of the grid."""

    page: str
    sheet: str
    ink: str
    muted: str
    grid: str


LIGHT = Paper(page="#f3f4f6", sheet="#ffffff", ink="#1f2328", muted="#5f6670", grid="#e4e7eb")
DARK = Paper(page="#101418", sheet="#181d23", ink="#e8eaed", muted="#a4acb6", grid="#2b323a")


def new_figure(
    x_label: str, y_label: str, *, height: int, paper: Paper = LIGHT, told: str = "", **options: Any
) -> Figure:
    """An empty figure as wide as its place, `height` pixels high, with labelled axes and no toolbar over the data.

    Labels carry the unit: "Price ($)". `told` is what screen readers say of it. `options` go to
    `bokeh.plotting.figure`.
    """
    plot = bokeh_figure(
        height=height,
        sizing_mode=options.pop("sizing_mode", "stretch_width"),
        x_axis_label=x_label,
        y_axis_label=y_label,
        toolbar_location=options.pop("toolbar_location", None),
        tools=options.pop("tools", "xwheel_zoom,xpan,reset"),
        output_backend=options.pop("output_backend", "canvas"),
        **options,
    )
    if told:
        plot.html_attributes = {"role": "img", "aria-label": told}
    plot.outline_line_color = None
    plot.min_border_top, plot.min_border_right = 6, 12
    for axis in (plot.xaxis, plot.yaxis):
        axis.axis_label_text_font = axis.major_label_text_font = TYPEFACE
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"
        axis.minor_tick_line_color = None
        axis.major_tick_in = 0
        axis.major_tick_out = 4
        axis.axis_label_standoff = 6
    plot.min_border_left = AXIS_WIDTH
    paint(plot, paper)
    return plot


def paint(plot: Figure, paper: Paper) -> None:
    """Give a figure the colours of `paper`: background, axes, grid, legends, titles."""
    plot.background_fill_color = plot.border_fill_color = paper.sheet
    plot.grid.grid_line_color = paper.grid
    axes: tuple[Axis, ...] = (*plot.xaxis, *plot.yaxis)
    for axis in axes:
        axis.axis_line_color = axis.major_tick_line_color = paper.muted
        axis.axis_label_text_color = axis.major_label_text_color = paper.ink
    if isinstance(plot.title, Title):
        plot.title.text_color, plot.title.text_font = paper.ink, TYPEFACE
    for legend in plot.legend:
        legend.label_text_color, legend.label_text_font = paper.ink, TYPEFACE
        legend.background_fill_color, legend.border_line_color = paper.sheet, None


def quiet_legend(plot: Figure, paper: Paper = LIGHT) -> None:
    """Put the legend above the data, in one line, where it covers nothing."""
    for legend in plot.legend:
        legend.orientation = "horizontal"
        legend.label_text_font_size = "12px"
        legend.update(padding=2)
        legend.location = "top_left"
        legend.spacing = 14
        legend.glyph_width = 18
        legend.background_fill_alpha = 0.0
        plot.add_layout(legend, "above")
    paint(plot, paper)
