"""The market behind one page: a session that is advanced step by step, its settings, and what it has shown so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.kernels.layout import LANES, MULTIPLICATIVE
from simhedge.live.measure import Measure
from simhedge.live.settings import Settings, overrides_of, settings_of
from simhedge.live.sight import Sight, sight_of
from simhedge.simulation import Session
from simhedge.simulation.gain import gammas
from simhedge.simulation.plan import prepare
from simhedge.simulation.records import recording_for
from simhedge.simulation.units import hedged_units, held_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]

SERIES = ("spot", "twin_spot", "net_gamma", "hedged_gamma", "hedge_flow")
MOST_POINTS = 2_000  # drawn in one cycle; of longer ones each second, third, ... step is drawn
SMOOTHED = 0.5  # days of rolling volatility,
FEWEST_SMOOTHED = 10  # but at least so many steps


class Steps(NamedTuple):
    """What happened in the steps up to now, one entry for each point drawn: arrays of shape (points,).

    `day` since the start of the cycle; `spot` and `twin` in $; `flow` (shares, bought > 0) since the point before;
    `hedge` its sum since the start of the cycle; `gain` kappa at the end of the step; `net_gamma` shares per $;
    `hedged_vol` and `twin_vol` annualised, over the last half day.
    """

    day: Floats
    spot: Floats
    twin: Floats
    flow: Floats
    hedge: Floats
    gain: Floats
    net_gamma: Floats
    hedged_vol: Floats
    twin_vol: Floats


@dataclass
class Log:
    """What has happened since the page was opened: `steps` done, `cycles` ended, `surprises` pressed, squeezes by way.

    A squeeze is a leap of the price across a tipping level, as the metric `squeeze_probability` counts it.
    """

    steps: int = 0
    cycles: int = 0
    surprises: int = 0
    squeezes_up: int = 0
    squeezes_down: int = 0

    def since(self, before: Log) -> Log:
        """What this log has beyond an earlier one."""
        return Log(*(getattr(self, f.name) - getattr(before, f.name) for f in fields(self)))


class Street:
    """Path 0 of a scenario and its twin, cycle after cycle, under settings that may change at any step.

    A cycle is the scenario's horizon; after it the same book starts anew, with shocks of its own: those of path 0 of
    a run in the first cycle, then of paths LANES, 2 LANES, ... `changed_at` is the step of this cycle at which a
    control last took effect.
    """

    def __init__(self, scenario: Scenario) -> None:
        record = {"paths": 1, "every": 1, "series": list(SERIES)}
        counted = {"outputs.metrics": ["realised_vol", "squeeze_probability"], "expect": []}
        self.scenario = scenario.with_overrides({"paths": 1, "outputs.record": record} | counted)
        self.settings = settings_of(self.scenario)
        self.cycle = self.changed_at = 0
        self.session = self._begin(self.settings, 0)
        self.measure = Measure()
        self.log = Log()
        self._seen: tuple[tuple[object, ...], Sight] | None = None

    def _begin(self, settings: Settings, cycle: int) -> Session:
        plan = prepare(self.scenario.with_overrides(overrides_of(self.scenario, settings)))
        first = cycle * LANES
        return Session(plan, 1, first_path=first, recording=recording_for(plan, 1, SERIES, first))

    @property
    def step(self) -> int:
        """Steps done in this cycle."""
        return self.session.step

    @property
    def steps(self) -> int:
        """Steps of a cycle."""
        return self.session.plan.steps

    @property
    def steps_per_day(self) -> int:
        """Steps of a trading day."""
        return int(self.scenario.clock.steps_per_day)

    @property
    def every(self) -> int:
        """Steps from one drawn point to the next."""
        return -(-self.steps // MOST_POINTS)

    @property
    def ended(self) -> bool:
        """True at the horizon, when only a new cycle can follow."""
        return self.step >= self.steps

    @property
    def diverged(self) -> bool:
        """True once the price has left its bounds; there is nothing more to see in this cycle."""
        return math.isnan(self.spot)

    @property
    def day(self) -> float:
        """Trading days since the start of the cycle."""
        return self.step / self.steps_per_day

    @property
    def spot(self) -> float:
        """Price now, $."""
        return float(self._recorded("spot")[self.step])

    @property
    def twin(self) -> float:
        """Price of the twin now, $."""
        return float(self._recorded("twin_spot")[self.step])

    @property
    def gain(self) -> float:
        """kappa now."""
        return float(self._gains(slice(self.step, self.step + 1))[0])

    @property
    def net_gamma(self) -> float:
        """Gamma of all dealers now, shares per $."""
        return float(self._recorded("net_gamma")[self.step])

    @property
    def impact(self) -> float:
        """$ per share at the price of now: what a share bought adds to it."""
        model = self.session.plan.model[0]
        return float(model["impact"] * (self.spot if model["form"] == MULTIPLICATIVE else 1.0))

    def advance(self, steps: int) -> None:
        """Do so many steps, not beyond the horizon, and measure them."""
        before = self.step
        self.session.advance(max(0, min(steps, self.steps - before)))
        if self.step > before:
            part = slice(before, self.step + 1)
            spot = self._recorded("spot")[part]
            multiplicative = bool(self.session.plan.model["form"][0] == MULTIPLICATIVE)
            self.measure.add(spot, self._recorded("twin_spot")[part], self._gains(part)[:-1], multiplicative)
            self._log(spot)

    def _log(self, spot: Floats) -> None:
        """Count the steps between these prices, and the squeeze if there was one."""
        self.log.steps += spot.size - 1
        self.log.cycles += self.ended
        if self.session.squeezed_since()[0]:
            moves = np.diff(spot)
            up = bool(moves[np.argmax(np.abs(moves))] > 0.0)
            self.log.squeezes_up += up
            self.log.squeezes_down += not up

    def next_cycle(self) -> None:
        """Start the same book anew, at the starting price, with other shocks; raises InputError."""
        self.session = self._begin(self.settings, self.cycle + 1)
        self.cycle, self.changed_at = self.cycle + 1, 0

    def restart(self, seed: int | None = None) -> None:
        """Start from the first step of the first cycle, with the same seed or another one; raises InputError."""
        wanted = self.settings if seed is None else self.settings._replace(seed=seed)
        self.session = self._begin(wanted, 0)
        self.settings, self.measure = wanted, Measure()
        self.cycle = self.changed_at = 0

    def change(self, settings: Settings) -> None:
        """Go on under other settings; raises InputError, and changes nothing, where the market cannot.

        Another scale is another book: those options change hands tied to stock. What is measured begins anew.
        """
        if settings == self.settings:
            return
        tied = settings.scale != self.settings.scale
        self.session.change(self._all_overrides(settings), tied_to_stock=tied)
        self.settings, self.measure, self.changed_at = settings, Measure(), self.step
        self._record_gammas()

    def _record_gammas(self) -> None:
        """Write down the gammas of now: those recorded at the end of the last step are of the settings before."""
        plan = self.session.plan
        books = plan.options.books.size
        for series, units in (("net_gamma", held_units), ("hedged_gamma", hedged_units)):
            at = np.array([self.spot])
            gamma = gammas(at, units(plan.dealers, books), plan.options, plan.model, self.step)
            self._recorded(series)[self.step] = gamma[0]

    def _all_overrides(self, settings: Settings) -> dict[str, object]:
        """What the session has to be told so that it is as `settings` say, whatever it was told before."""
        told: dict[str, object] = {}
        for dealer in self.scenario.dealers:
            number = "copies" if dealer.copies else "count"
            told |= {
                f"dealers.{dealer.name}.scale": dealer.scale,
                f"dealers.{dealer.name}.{number}": dealer.copies or dealer.count,
                f"dealers.{dealer.name}.policy": dealer.policy.model_dump(exclude_none=True),
            }
        market = self.scenario.market
        told["market.fundamental.volatility"] = market.fundamental.volatility
        told["market.clearing"] = market.clearing.model_dump()
        told["market.impact"] = market.impact.model_dump()
        return told | overrides_of(self.scenario, settings)

    def news(self, deviations: float) -> None:
        """News of so many daily standard deviations on top of what is drawn."""
        gain = self.session.plan.gain
        self.surprise(deviations * gain.daily_vol / gain.start_spot)

    def surprise(self, log_return: float) -> None:
        """News on top of what is drawn, in the next step, which may be the first one of a new cycle."""
        if self.ended or self.diverged:
            self.next_cycle()
        self.session.surprise(log_return)
        self.log.surprises += 1

    def drawn(self, after: int) -> Steps:
        """The points drawn of the steps after step `after` (-1: the start too) up to now."""
        points = np.arange((after // self.every + 1) * self.every, self.step + 1, self.every)
        flow = np.cumsum(self._recorded("hedge_flow")[: self.step + 1])
        before = np.where(points > 0, flow[np.maximum(points - self.every, 0)], 0.0)
        spot, twin = self._recorded("spot"), self._recorded("twin_spot")
        return Steps(
            day=points / self.steps_per_day,
            spot=spot[points],
            twin=twin[points],
            flow=flow[points] - before,
            hedge=flow[points],
            gain=self._gains(points),
            net_gamma=self._recorded("net_gamma")[points],
            hedged_vol=self._rolling_vol(spot, points),
            twin_vol=self._rolling_vol(twin, points),
        )

    def sight(self) -> Sight:
        """Levels, exposures by strike and the gain over spot, of now; made once for each step."""
        now = (self.session, self.step, self.settings)
        if self._seen is None or self._seen[0] != now:
            self._seen = (now, sight_of(self.session.plan, self.step, self.spot))
        return self._seen[1]

    def _recorded(self, series: str) -> Floats:
        """One series of the path, shape (steps + 1,); NaN beyond the present step."""
        return np.asarray(self.session.recording.values[SERIES.index(series), 0])

    def _gains(self, points: slice | NDArray[np.int64]) -> Floats:
        """kappa at the end of some steps, under the impact of now."""
        model = self.session.plan.model[0]
        price = self._recorded("spot")[points] if model["form"] == MULTIPLICATIVE else 1.0
        return np.asarray(model["impact"] * price * self._recorded("hedged_gamma")[points])

    def _rolling_vol(self, prices: Floats, points: NDArray[np.int64]) -> Floats:
        """Annualised root mean square of log returns over the last SMOOTHED days; NaN where there are too few."""
        window = max(round(SMOOTHED * self.steps_per_day), FEWEST_SMOOTHED)
        logs = np.log(prices[: self.step + 1])
        squares = np.concatenate([[0.0], np.cumsum(np.diff(logs) ** 2)])
        first = np.maximum(points - window, 0)
        count = points - first
        mean = (squares[points] - squares[first]) / np.maximum(count, 1)
        year = self.steps_per_day * self.scenario.clock.trading_days_per_year
        return np.where(count >= FEWEST_SMOOTHED, np.sqrt(mean * year), np.nan)
