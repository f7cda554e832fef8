"""What is added up while the paths of a validation go by, batch after batch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simhedge.scenario.outputs import Validation as Asked
from simhedge.validation.days import Period, days_of, impact_law, trading_day
from simhedge.validation.episodes import Episodes, Rules, Worlds, daily_episodes, one_episode
from simhedge.validation.level_tests import Scales, TrackSums
from simhedge.validation.moments import Moments
from simhedge.validation.placebos import placebo_factors, placebo_prices
from simhedge.validation.regimes import (
    SERIES,
    bin_centres,
    distance_class,
    gains,
    predicted_returns,
    side_of_zero_gamma,
    squares_by_class,
)
from simhedge.validation.stylised_facts import stylised_facts
from simhedge.validation.survey import Survey, Track, member_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.simulation.path_batches import PathBatch
    from simhedge.simulation.plan import Plan

    Floats = NDArray[np.float64]

HEADLINE = ("zero_gamma", "simhedge")
PATHS_KEPT = 4096  # for regressions and stylised facts; more would sharpen nothing that a reader sees
INTRADAY_PATHS = 512
ROWS_OF_A_DAY = 39  # ten minutes each


@dataclass
class Work:
    """A validation under way: what was asked for, and sums of everything so far."""

    plan: Plan
    asked: Asked
    surveyed: Survey
    rules: Rules
    scales: Scales
    episodes: Episodes
    tracks: list[TrackSums]
    zero_gamma: float | None
    sides: Moments = field(default_factory=lambda: Moments(2 * len(SERIES)))
    bins: Moments = field(default_factory=lambda: Moments(bin_centres().size * len(SERIES)))
    kept: list[PathBatch] = field(default_factory=list)
    paths: int = 0

    def add(self, batch: PathBatch, worlds: Worlds, threads: int) -> None:
        """Add the paths of a batch that live to the end, `worlds`; its own series serve what is not compared."""
        self.paths += worlds.alive.size
        for track in self.tracks:
            track.add(worlds, self.surveyed, self.episodes, self.rules, threads)
        own = {name: values[worlds.alive] for name, values in batch.series.items()}
        found = gains(self.plan, own["spot"], own["hedged_gamma"], own["net_gamma"])
        predicted = predicted_returns(self.plan, own["spot"], own["twin_spot"], found.hedged)
        self.sides.add(_flat(squares_by_class(worlds, predicted, side_of_zero_gamma(found.net), 2)))
        if self.zero_gamma is not None:
            number = distance_class(own["spot"], self.zero_gamma, self.scales.daily_vol)
            self.bins.add(_flat(squares_by_class(worlds, predicted, number, bin_centres().size)))
        if self.paths - worlds.alive.size < PATHS_KEPT:
            self.kept.append(first_paths(batch, PATHS_KEPT))

    def days(self) -> pd.DataFrame:
        """Days of the paths kept."""
        return days_of(self.kept, trading_day(self._steps_per_day), impact_law(self.plan))

    def intraday(self) -> pd.DataFrame:
        """Rows of ten minutes of a few of them; of a step, where days have not so many steps."""
        steps = self._steps_per_day
        period = Period(steps // ROWS_OF_A_DAY if steps % ROWS_OF_A_DAY == 0 else 1, 0)
        return days_of([first_paths(self.kept[0], INTRADAY_PATHS)], period, impact_law(self.plan))

    def facts(self) -> pd.DataFrame:
        """Stylised facts of the paths kept, own twins beside them."""
        return stylised_facts(self.kept, self._steps_per_day)

    @property
    def _steps_per_day(self) -> int:
        return int(self.plan.model["steps_per_day"][0])


def first_paths(batch: PathBatch, count: int) -> PathBatch:
    """At most `count` paths of a batch."""
    return batch._replace(series={name: values[:count] for name, values in batch.series.items()})


def _flat(rows: Floats) -> Floats:
    return rows.reshape(rows.shape[0], rows.shape[1] * rows.shape[2])


def begin(plan: Plan, surveyed: Survey) -> Work:
    """Everything ready for the first batch: rules in $, episodes, placebo levels."""
    asked = plan.scenario.validation or Asked()
    daily_vol = plan.gain.daily_vol
    steps_per_day = int(plan.model["steps_per_day"][0])
    horizon = steps_per_day if asked.horizon_steps is None else asked.horizon_steps
    leap = float(plan.model["squeeze_move"][0])
    rules = Rules(asked.tolerance * daily_vol, asked.break_ * daily_vol, leap, horizon)
    step_vol = daily_vol / math.sqrt(steps_per_day)
    scales = Scales(daily_vol, step_vol, 1.0 / float(plan.model["years_per_step"][0]))
    days = plan.scenario.clock.days
    episodes = daily_episodes(days, steps_per_day) if surveyed.daily else one_episode(plan.steps, _expiry_steps(plan))
    tracks = [TrackSums(track, _placebos(plan, surveyed, track, rules)) for track in surveyed.tracks]
    headline = next((track for track in surveyed.tracks if HEADLINE in track.members), None)
    level = None if headline is None else member_value(headline, surveyed.daily)
    return Work(plan, asked, surveyed, rules, scales, episodes, tracks, level)


def _expiry_steps(plan: Plan) -> NDArray[np.int64]:
    """Steps at which options expire, ascending."""
    return np.unique(plan.options.groups.expiry_step).astype(np.int64)


def _placebos(plan: Plan, surveyed: Survey, track: Track, rules: Rules) -> Floats:
    """Placebo levels of a track: prices ($), or factors of its distance where levels are those of each day.

    The draws depend on the scenario's seed and the level alone, so that they stay when other levels come or go.
    """
    asked = plan.scenario.validation or Asked()
    level = member_value(track, surveyed.daily)
    generator = np.random.default_rng([plan.scenario.seed, *(track.members[0][0] + track.members[0][1]).encode()])
    if surveyed.daily or level is None:
        return placebo_factors(asked.placebos, generator)
    strikes = np.unique(np.concatenate([loaded.book.strike for loaded in plan.books]))
    spot = float(plan.model["spot"][0])
    return placebo_prices(level, spot, strikes, asked.placebos, rules.near, generator)
