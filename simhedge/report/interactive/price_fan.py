"""The fan of prices: median and bands over paths, hedged beside twin on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.models.annotations import Span

from simhedge.report import style
from simhedge.report.interactive.drawn import Drawn, Mark, Panel
from simhedge.report.interactive.level_lines import draw_level_lines, level_marks
from simhedge.report.interactive.look import LIGHT, Paper, new_figure
from simhedge.report.interactive.thinning import even_positions
from simhedge.report.path_levels import shown_levels, widened
from simhedge.report.path_series import FEWEST_PATHS_FOR_BANDS, days, price_quantiles, prices
from simhedge.rounding import counted

if TYPE_CHECKING:
    import xarray as xr
    from bokeh.plotting import figure as Figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HEIGHT = 320
WORLDS = (("spot", "Hedged", style.HEDGED), ("twin_spot", "Twin", style.TWIN))
_NAMES = ("lowest", "low", "median", "high", "highest")  # of path_series.QUANTILES
_TOLD = (("95%", "highest"), ("75%", "high"), ("median", "median"), ("25%", "low"), ("5%", "lowest"))


def price_fan(paths: xr.Dataset, levels: xr.Dataset | None = None, paper: Paper = LIGHT, **look: Any) -> Drawn:
    """Two panels of the price ($) over trading days: median, 25-75% and 5-95% bands; below eight paths the paths.

    `paths`: `spot` and `twin_spot` (path, step), attribute `steps_per_day`. `levels`: `Result.levels`, drawn as at the
    start. `paper` and `look` go to `new_figure`.
    """
    kept = even_positions(paths.sizes["step"])
    elapsed = days(paths)[kept]
    found = {series: prices(paths, series) for series, _, _ in WORLDS}
    banded = next(iter(found.values())).shape[0] >= FEWEST_PATHS_FOR_BANDS
    lines = {series: (price_quantiles(drawn) if banded else drawn)[:, kept] for series, drawn in found.items()}
    low, high = price_limits(*lines.values())
    shown = shown_levels(levels, (low, high), float(elapsed[-1]))
    low, high = widened(shown.lines if shown else [], (low, high))
    along, up = Range1d(start=0.0, end=float(elapsed[-1])), Range1d(start=low, end=high)
    panels = []
    for series, title, colour in WORLDS:
        plot = new_figure("Trading days", "Price ($)", height=HEIGHT, x_range=along, y_range=up, paper=paper, **look)
        start = float(found[series][0, 0])
        plot.add_layout(Span(location=start, dimension="width", line_color=style.MUTED, line_dash=[4, 3]))
        if banded:
            _draw_bands(plot, elapsed, lines[series], colour, paper)
        else:
            _draw_paths(plot, elapsed, lines[series], colour)
        draw_level_lines(plot, shown)
        panels.append(Panel(f"{title}, {counted(found[series].shape[0], 'path')}", plot))
    key = (*(_band_marks(paper) if banded else ()), Mark("start", style.MUTED, "dashes"), *level_marks(shown))
    return Drawn(tuple(panels), key, columns=2, note=shown.told if shown else "")


def price_limits(*drawn: Floats) -> tuple[float, float]:
    """Lowest and highest price ($), with a margin."""
    values = np.concatenate([own.ravel() for own in drawn])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = 0.05 * (high - low) or 0.01 * abs(high)
    return low - margin, high + margin


def _draw_bands(plot: Figure, elapsed: Floats, bands: Floats, colour: str, paper: Paper) -> None:
    source = ColumnDataSource({"day": elapsed} | dict(zip(_NAMES, bands, strict=True)))
    plot.varea("day", "lowest", "highest", source=source, fill_color=colour, fill_alpha=0.22)
    plot.varea("day", "low", "high", source=source, fill_color=colour, fill_alpha=0.42)
    median = plot.line("day", "median", source=source, line_color=paper.ink, line_width=1.6)
    told = [(words, f"$@{name}{{0,0.00}}") for words, name in _TOLD]
    plot.add_tools(HoverTool(renderers=[median], mode="vline", tooltips=[("day", "@day{0.00}"), *told]))


def _draw_paths(plot: Figure, elapsed: Floats, drawn: Floats, colour: str) -> None:
    for row in drawn:
        line = plot.line(elapsed, row, line_color=colour, line_width=1.2)
        plot.add_tools(HoverTool(renderers=[line], tooltips=[("day", "@x{0.00}"), ("price", "$@y{0,0.00}")]))


def _band_marks(paper: Paper) -> tuple[Mark, ...]:
    bands = (("25–75%", "band"), ("5–95%", "light_band"))
    worlds = (("hedged", style.HEDGED), ("twin", style.TWIN))
    told = [Mark(f"{world} {words}", colour, form) for world, colour in worlds for words, form in bands]  # type: ignore[arg-type]
    return Mark("median", paper.ink, "line"), *told
