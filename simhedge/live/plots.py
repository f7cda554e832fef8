"""The figures of the live tab: time series over a cycle, beside them dealers' books over the same axis of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span

from simhedge.live.trail import COLUMNS, LEVELS
from simhedge.report.interactive.look import Paper, new_figure, paint
from simhedge.report.level_looks import LEVEL_LOOKS
from simhedge.report.palette import CALLS, HEDGED, MUTED, PUTS, TWIN

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.live.sight import Sight

SERIES_BORDER = 84  # pixels, as wide as two lines of label need, so that the days lie under each other
SIDE_WIDTH = 158
GAIN_SHOWN = (-1.3, 0.7)  # kappa on the axis at least,
GAIN_LIMIT = 4.0  # and at most
LEVEL_LINES = {name: LEVEL_LOOKS.get(name, LEVEL_LOOKS["tipping_level"]) for name in LEVELS}


class Sources(NamedTuple):
    """What the figures draw: `trail` with the columns of `trail.COLUMNS`; `strikes` (strike, exposure, colour, height);
    `curve` (price, gain); `now` with one row (spot, gain).
    """

    trail: ColumnDataSource
    strikes: ColumnDataSource
    curve: ColumnDataSource
    now: ColumnDataSource


class Ranges(NamedTuple):
    """From where to where the axes go: prices ($), kappa, $ per 1%, shares, shares, % a year."""

    prices: Range1d
    gains: Range1d
    exposures: Range1d
    flow: Range1d
    hedge: Range1d
    vol: Range1d


class Plots(NamedTuple):
    """The figures: price, strikes and gain share the axis of prices; price, flow, hedge and vol share that of days."""

    price: Figure
    strikes: Figure
    gain: Figure
    flow: Figure
    hedge: Figure
    vol: Figure

    def repaint(self, paper: Paper) -> None:
        """Give all figures the colours of a theme."""
        for plot in self:
            paint(plot, paper)


def new_sources() -> Sources:
    """Empty tables."""

    def empty(*names: str) -> ColumnDataSource:
        return ColumnDataSource({name: [] for name in names})

    return Sources(
        empty(*COLUMNS), empty("strike", "exposure", "colour", "height"), empty("price", "gain"), empty("spot", "gain")
    )


def new_ranges() -> Ranges:
    """Axes from 0 to 1, to be set by what is drawn."""
    return Ranges(*(Range1d(start=0.0, end=1.0) for _ in Ranges._fields))


def new_plots(sources: Sources, ranges: Ranges, days: float, bar: float, paper: Paper) -> Plots:
    """The figures for cycles of `days` trading days; `bar` is the width of a flow bar in days."""
    time = Range1d(start=0.0, end=days)
    price = _price(sources.trail, time, ranges.prices, paper)
    flow = _flow(sources.trail, time, ranges.flow, bar, paper)
    hedge = _line(
        "Hedge since\nstart (shares)", "Shares that dealers have traded since the start of the cycle", sources.trail,
        ("hedge",), (time, ranges.hedge), 84, paper,
    )  # fmt: skip
    hedge.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    vol = _line(
        "Volatility\n(% a year)", "Volatility of both worlds over the last half day", sources.trail,
        ("twin_vol", "hedged_vol"), (time, ranges.vol), 124, paper,
    )  # fmt: skip
    price.xaxis.axis_label = vol.xaxis.axis_label = "Trading days of this cycle"
    for plot in (flow, hedge):
        plot.xaxis.visible = False
    for plot in (price, flow, hedge, vol):
        plot.min_border_left = SERIES_BORDER
    return Plots(price, _strikes(sources, ranges, paper), _gain(sources, ranges, paper), flow, hedge, vol)


def _price(trail: ColumnDataSource, time: Range1d, prices: Range1d, paper: Paper) -> Figure:
    plot = new_figure(
        "", "Price ($)", height=240, paper=paper, x_range=time, y_range=prices, sizing_mode="stretch_both", tools="",
        told="Price of the hedged world and of its twin over the days of this cycle, with the levels of now",
    )  # fmt: skip
    plot.extra_y_ranges = {"share": Range1d(start=0.0, end=1.0)}
    for side, colour in (("long", CALLS), ("short", PUTS)):
        shade: Any = {"y_range_name": "share", "fill_color": colour, "fill_alpha": 0.10, "level": "underlay"}
        plot.varea_step("day", "zero", side, source=trail, step_mode="before", **shade)
    for column, look in LEVEL_LINES.items():
        plot.line("day", column, source=trail, line_width=1.6, **look.drawn())
    plot.line("day", "twin", source=trail, line_color=TWIN, line_width=2.4)
    plot.line("day", "spot", source=trail, line_color=HEDGED, line_width=2.0)
    return plot


def _flow(trail: ColumnDataSource, time: Range1d, shares: Range1d, bar: float, paper: Paper) -> Figure:
    plot = new_figure(
        "", "Hedge flow\n(shares)", height=84, paper=paper, x_range=time, y_range=shares, tools="",
        told="Shares that dealers trade in each step",
    )  # fmt: skip
    plot.vbar("day", bar, "flow", "zero", source=trail, fill_color=HEDGED, line_color=None)
    plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    return plot


def _line(
    label: str,
    told: str,
    trail: ColumnDataSource,
    columns: tuple[str, ...],
    axes: tuple[Range1d, Range1d],
    height: int,
    paper: Paper,
) -> Figure:
    plot = new_figure("", label, height=height, paper=paper, x_range=axes[0], y_range=axes[1], tools="", told=told)
    for column in columns:
        colour = TWIN if column.startswith("twin") else HEDGED
        plot.line("day", column, source=trail, line_color=colour, line_width=2.4 if colour == TWIN else 2.0)
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=3)
    return plot


def _strikes(sources: Sources, ranges: Ranges, paper: Paper) -> Figure:
    plot = _beside_price("Gamma ($ per 1%)", "Gamma of dealers by strike", ranges.prices, ranges.exposures, paper)
    plot.hbar("strike", "height", "exposure", 0.0, source=sources.strikes, fill_color="colour", line_color=None)
    plot.xaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=3)
    plot.xaxis.major_label_standoff = plot.xaxis.axis_label_standoff = 3  # letters among digits are drawn lower
    plot.add_layout(Span(location=0.0, dimension="height", line_color=MUTED))
    _mark_now(plot, sources.now)
    return plot


def _gain(sources: Sources, ranges: Ranges, paper: Paper) -> Figure:
    plot = _beside_price(
        "Gain κ at each price", "Feedback gain if the price were there now", ranges.prices, ranges.gains, paper
    )
    plot.add_layout(Span(location=0.0, dimension="height", line_color=MUTED))
    tipping = LEVEL_LOOKS["tipping_level"].drawn()
    plot.add_layout(Span(location=-1.0, dimension="height", line_width=1.6, **tipping))
    plot.line("gain", "price", source=sources.curve, line_color=HEDGED, line_width=2.0)
    _mark_now(plot, sources.now)
    plot.scatter("gain", "spot", source=sources.now, size=8, fill_color=HEDGED, line_color="white")
    return plot


def _beside_price(label: str, told: str, prices: Range1d, across: Range1d, paper: Paper) -> Figure:
    """A figure on the right of that of prices, with the same axis of prices and no labels of its own there."""
    plot = new_figure(
        label,
        "",
        height=240,
        paper=paper,
        x_range=across,
        y_range=prices,
        width=SIDE_WIDTH,
        sizing_mode="stretch_height",
        tools="",
        told=told,
    )
    plot.min_border_left = 8
    plot.yaxis.visible = False
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=3)
    return plot


def _mark_now(plot: Figure, now: ColumnDataSource) -> None:
    """A line at the price of now."""
    plot.hspan("spot", source=now, line_color=HEDGED, line_dash="dashed", line_width=1.2)


def strike_columns(sight: Sight) -> dict[str, Any]:
    """Bars of exposure by strike, those with any, in the colours of long and short gamma."""
    held = sight.exposure != 0.0
    strike, exposure = sight.strike[held], sight.exposure[held]
    gaps = np.append(np.diff(sight.strike), 0.01 * sight.price.mean() if strike.size else 0.0)
    colour = np.where(exposure > 0.0, CALLS, PUTS).tolist()
    return {"strike": strike, "exposure": exposure, "colour": colour, "height": np.full_like(strike, 0.8 * gaps.min())}


def gain_range(sight: Sight) -> tuple[float, float]:
    """kappa from where to where the curve goes within GAIN_LIMIT, and GAIN_SHOWN at least."""
    finite = np.clip(np.nan_to_num(sight.gain), -GAIN_LIMIT, GAIN_LIMIT)
    return float(finite.min(initial=GAIN_SHOWN[0])), float(finite.max(initial=GAIN_SHOWN[1]))


def legend() -> str:
    """What colours and lines mean, as HTML: a legend of Bokeh is drawn anew with every update, at a high cost."""
    lines = [("hedged", HEDGED, "solid"), ("twin", TWIN, "solid")]
    lines += [(look.words, look.colour, look.form) for look in LEVEL_LOOKS.values()]
    swatches = [f'<i style="border-top: 3px {dash} {colour}"></i>{name}' for name, colour, dash in lines]
    for side, colour in (("long", CALLS), ("short", PUTS)):
        swatches.append(f'<i style="height: 12px; background: {colour}; opacity: 0.35"></i>{side} gamma')
    return f'<p class="legend">{"".join(f"<span>{swatch}</span>" for swatch in swatches)}</p>'
