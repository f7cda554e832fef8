"""One path: hedged and twin price above, what dealers have bought or sold as hedges below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.models.annotations import Span

from simhedge.report import style
from simhedge.report.interactive.drawn import Drawn, Mark, Panel
from simhedge.report.interactive.level_lines import draw_level_lines, level_marks
from simhedge.report.interactive.look import LIGHT, Paper, new_figure
from simhedge.report.interactive.price_fan import price_limits
from simhedge.report.interactive.thinning import telling_positions
from simhedge.report.path_levels import shown_levels, widened
from simhedge.report.path_series import cumulative_flow, days, finite_or_nan, share_unit

if TYPE_CHECKING:
    import xarray as xr

PRICE_HEIGHT, FLOW_HEIGHT = 280, 170


def one_path(
    paths: xr.Dataset, path: int = 0, levels: xr.Dataset | None = None, paper: Paper = LIGHT, **look: Any
) -> Drawn:
    """Two panels, one above the other: price ($), and cumulative hedge flow (shares, bought > 0), over trading days.

    `paths`: `spot`, `twin_spot`, `hedge_flow` (path, step); `path` is a position. `levels`: `Result.levels`, drawn day
    by day where they are daily. `paper` and `look` go to `new_figure`.
    """
    chosen = paths.isel(path=path)
    hedged, twin = (finite_or_nan(chosen[name].to_numpy()) for name in ("spot", "twin_spot"))
    flow = cumulative_flow(chosen)
    divisor, unit = share_unit(flow)
    kept = telling_positions(hedged, twin, flow)
    elapsed = days(paths)[kept]
    source = ColumnDataSource(
        {"day": elapsed, "hedged": hedged[kept], "twin": twin[kept], "flow": flow[kept] / divisor}
    )
    limits = price_limits(hedged, twin)
    shown = shown_levels(levels, limits, float(elapsed[-1]), path)
    low, high = widened(shown.lines if shown else [], limits)
    along = Range1d(start=0.0, end=float(elapsed[-1]))
    price = new_figure("", "Price ($)", height=PRICE_HEIGHT, x_range=along, y_range=(low, high), paper=paper, **look)
    # The twin is drawn first and wider, so that it shows where both are the same.
    price.line("day", "twin", source=source, line_color=style.TWIN, line_width=3.0)
    line = price.line("day", "hedged", source=source, line_color=style.HEDGED, line_width=1.8)
    draw_level_lines(price, shown)
    below = new_figure("Trading days", unit.capitalize(), height=FLOW_HEIGHT, x_range=along, paper=paper, **look)
    below.varea_step("day", 0.0, "flow", source=source, step_mode="after", fill_color=style.HEDGED, fill_alpha=0.3)
    step = below.step("day", "flow", source=source, mode="after", line_color=style.HEDGED, line_width=1.5)
    below.add_layout(Span(location=0.0, dimension="width", line_color=style.MUTED))
    told = [("day", "@day{0.00}"), ("hedged", "$@hedged{0,0.00}"), ("twin", "$@twin{0,0.00}")]
    for plot, renderer in ((price, line), (below, step)):
        tooltips = [*told, (f"hedge flow ({unit})", "@flow{0,0.00}")]
        plot.add_tools(HoverTool(renderers=[renderer], mode="vline", tooltips=tooltips))
    key = (Mark("hedged", style.HEDGED, "line"), Mark("twin", style.TWIN, "line"), *level_marks(shown))
    panels = Panel("Price", price), Panel("Bought (+) or sold (−) as hedges since the start", below)
    return Drawn(panels, key, note=shown.told if shown else "")
