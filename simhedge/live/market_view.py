"""The live tab: figures of the market and its twin, dealers' books beside them, and the words of what is happening."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from bokeh.layouts import column, row
from bokeh.models.widgets.markups import Div

from simhedge.live.axes import calm, price_range, spread
from simhedge.live.facts import facts_table
from simhedge.live.plots import SIDE_WIDTH, gain_range, legend, new_plots, new_ranges, new_sources, strike_columns
from simhedge.live.prose import Prose
from simhedge.live.theme import TEXTS, dress
from simhedge.live.trail import columns_of
from simhedge.live.words import LEFT_ITS_BOUNDS, measured, overshoot, recent, story

if TYPE_CHECKING:
    from bokeh.models import Column

    from simhedge.live.sight import Sight
    from simhedge.live.street import Steps, Street
    from simhedge.report.interactive.look import Paper
    from simhedge.simulation import Session

REST_SECONDS = 0.4  # between updates of words, ranges and books


class Seen(NamedTuple):
    """Steps not yet drawn, the books after them, and whether the steps are those of a cycle from its start."""

    steps: Steps
    sight: Sight
    anew: bool


class MarketView:
    """What is seen of a street. `story` stands above everything; `layout` has the figures and the numbers of now."""

    def __init__(self, street: Street, paper: Paper) -> None:
        self.street = street
        self.sources, self.ranges = new_sources(), new_ranges()
        days, bar = street.steps / street.steps_per_day, 0.9 * street.every / street.steps_per_day
        self.plots = new_plots(self.sources, self.ranges, days, bar, paper)
        self.story = Prose("story", {"margin": "5px"})
        self.facts = Prose("facts", {"width": f"{2 * SIDE_WIDTH - 16}px", "margin": "4px 4px 4px 12px"})
        self.legend = Div(text=legend(), sizing_mode="stretch_width", name="legend", margin=(2, 5, 2, 5))
        dress([self.legend], TEXTS)
        self.layout = self._laid_out()
        self._limits = [(0.0, 0.0)] * len(self.ranges)
        self._cycle_drawn, self._drawn_to = cast("Session | None", None), -1
        self.draw(self.look())

    def _laid_out(self) -> Column:
        plots = self.plots
        top = row(plots.price, plots.strikes, plots.gain, sizing_mode="stretch_both")
        series = column(plots.flow, plots.hedge, plots.vol, sizing_mode="stretch_width")
        below = row(series, self.facts.layout, sizing_mode="stretch_width")
        return column(self.legend, top, below, sizing_mode="stretch_both")

    def repaint(self, paper: Paper) -> None:
        """Give the figures the colours of a theme."""
        self.plots.repaint(paper)

    def look(self) -> Seen:
        """What there is to draw since the last time; on any thread, while the market stands still."""
        anew = self.street.session is not self._cycle_drawn
        return Seen(self.street.drawn(-1 if anew else self._drawn_to), self.street.sight(), anew)

    def draw(self, seen: Seen, at_once: bool = True) -> None:
        """Show what was looked at; words and books not each time, unless a cycle is new or it shall be `at_once`."""
        steps, self._sight, anew = seen
        columns: Any = columns_of(steps, self._sight)
        if anew:
            self.sources.trail.data = columns
        elif steps.day.size:
            self.sources.trail.stream(columns)
        self._cycle_drawn, self._drawn_to = self.street.session, self.street.step
        self.is_late = True
        if anew or at_once or self._left_the_axis(columns) or time.perf_counter() - self._rest_drawn >= REST_SECONDS:
            self.draw_rest()

    def _left_the_axis(self, columns: Any) -> bool:
        """Whether a price of these rows would be drawn beyond the axis of now."""
        low, high = self._limits[0]
        return any(((columns[name] < low) | (columns[name] > high)).any() for name in ("spot", "twin"))

    def draw_rest(self) -> None:
        """Show what needs no showing thirty times a second: a reader cannot follow, and browsers lay out all anew."""
        self.is_late, self._rest_drawn = False, time.perf_counter()
        self._draw_books()
        self._write()

    def _draw_books(self) -> None:
        sources, sight = self.sources, self._sight
        sources.strikes.data = strike_columns(sight)
        sources.curve.data = {"price": sight.price, "gain": sight.gain}
        sources.now.data = {"spot": np.array([self.street.spot]), "gain": np.array([sight.gain_now])}
        self._limits = [calm(*both) for both in zip(self._limits, self._wanted_limits(), strict=True)]
        for axis, (start, end) in zip(self.ranges, self._limits, strict=True):
            axis.update(start=start, end=end)

    def _wanted_limits(self) -> list[tuple[float, float]]:
        """From where to where each axis of `Ranges` goes."""
        trail: Any = self.sources.trail.data
        gain = self.street.session.plan.gain
        largest = float(np.max(np.abs(trail["flow"]), initial=0.0))
        vols = np.concatenate([trail["hedged_vol"], trail["twin_vol"]])
        usual = 100.0 * gain.daily_vol / gain.start_spot * self.street.scenario.clock.trading_days_per_year**0.5
        return [
            price_range(trail, gain.daily_vol),
            gain_range(self._sight),
            spread(self._sight.exposure),
            (-largest, largest) if largest > 0.0 else (-1.0, 1.0),
            spread(trail["hedge"]),
            spread(vols, 1.5 * usual),
        ]

    def _write(self) -> None:
        told = LEFT_ITS_BOUNDS if self.street.diverged else story(recent(self.street, self.street.drawn(-1)))
        simultaneous = self.street.settings.clearing == "simultaneous"
        self.story.text = (
            f'<p class="story">{escape(told)}</p>'
            f'<p class="quiet">{escape(measured(self.street.measure, simultaneous) + overshoot(self.street))}</p>'
        )
        self.facts.text = facts_table(self.street, self._sight)
