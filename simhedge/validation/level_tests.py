"""Tests of levels: each statistic hedged against twin, and against placebo levels, with everything a reader needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from simhedge.kernels.touches import COLUMNS
from simhedge.validation.episodes import Episodes, Rules, Worlds, sums_by_path
from simhedge.validation.estimate import paired, power_product
from simhedge.validation.moments import Moments
from simhedge.validation.multiple import holm
from simhedge.validation.placebos import Placebos, interval
from simhedge.validation.statistics import STATISTICS, Statistic
from simhedge.validation.survey import Survey, Track, member_value
from simhedge.validation.targets import NAMES, OWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TEST_COLUMNS = (
    "hedged", "hedged_se", "twin", "twin_se", "difference", "difference_se", "difference_low", "difference_high",
    "effect_size", "p_value", "p_adjusted", "placebo_mean", "placebo_low", "placebo_high", "placebo_p_value",
    "placebo_hedged_low", "placebo_hedged_high", "events_hedged", "events_twin",
)  # fmt: skip
LEAST_COUNT = 30  # paths that share in what is counted, in each world; below, the normal law is not to be trusted


class Scales(NamedTuple):
    """Units of the statistics: daily and step standard deviation ($), steps per year."""

    daily_vol: float
    step_vol: float
    steps_per_year: float

    def of(self, statistic: Statistic) -> float:
        """Factor that turns means of sums into the statistic's unit."""
        return {
            "daily standard deviations": 1.0 / self.daily_vol,
            "step standard deviations": 1.0 / self.step_vol,
            "per sqrt(year)": math.sqrt(self.steps_per_year),
        }.get(statistic.unit, 1.0)


@dataclass
class TrackSums:
    """What is added up for one track: moments of the per-path sums, and plain sums for each placebo, (draws, columns).

    `placebos` are prices ($), or with `daily` levels factors of the distance between price and level, (draws,).
    """

    track: Track
    placebos: Floats
    moments: Moments = field(init=False)
    placebo_sums: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.moments = Moments(2 * len(COLUMNS))
        self.placebo_sums = np.zeros((self.placebos.size, 2 * len(COLUMNS)))

    def add(self, worlds: Worlds, survey: Survey, episodes: Episodes, rules: Rules, threads: int) -> None:
        """Add a batch of paths."""
        opens = worlds.prices[:, :, episodes.edges[:-1]]
        levels = survey.levels(self.track, opens)
        by_side = self.track.by_side
        self.moments.add(sums_by_path(worlds, levels, episodes, rules, by_side=by_side, threads=threads))
        for k, placebo in enumerate(self.placebos):
            drawn = opens + placebo * (levels - opens) if survey.daily else np.full(levels.shape, placebo)
            rows = sums_by_path(worlds, drawn, episodes, rules, by_side=by_side, threads=threads)
            self.placebo_sums[k] += rows.sum(axis=0)


class Tables(NamedTuple):
    """`levels`: name, definition, value ($ at the start, NaN: none), track; `tests`: one row a track and statistic;
    `placebos`: one row a track, statistic and draw. Tracks number the distinct levels, -1 where there is none."""

    levels: pd.DataFrame
    tests: pd.DataFrame
    placebos: pd.DataFrame


def level_tables(sums: Sequence[TrackSums], survey: Survey, scales: Scales) -> Tables:
    """Every level under every name, and every distinct test once, its p-value corrected for all the others."""
    rows, draws = [], []
    for number, own in enumerate(sums):
        for statistic in STATISTICS:
            if not applies(statistic, own.track):
                continue
            row, placebos = one_test(own.moments, own.placebo_sums, statistic, scales)
            rows.append({"track": number, "statistic": statistic.name} | row)
            draws.append(_draws(number, statistic, own.placebos, placebos))
    tests = pd.DataFrame(rows, columns=["track", "statistic", *TEST_COLUMNS])
    tests["p_adjusted"] = _adjusted(tests)
    return Tables(_levels(sums, survey), tests, pd.concat(draws, ignore_index=True) if draws else pd.DataFrame())


def _adjusted(tests: pd.DataFrame) -> NDArray[np.float64]:
    """Corrected p-values; to break is not to hold, so that the two are one test."""
    statistic = tests["statistic"].to_numpy()
    adjusted = holm(tests["p_value"].where(statistic != "break_rate").to_list())
    adjusted[statistic == "break_rate"] = adjusted[statistic == "hold_rate"]  # in the same order of tracks
    return adjusted


def _levels(sums: Sequence[TrackSums], survey: Survey) -> pd.DataFrame:
    named = [
        (name, definition, member_value(own.track, survey.daily), number)
        for number, own in enumerate(sums)
        for name, definition in own.track.members
    ]
    named += [(name, definition, math.nan, -1) for name, definition in survey.absent]
    order = {name: k for k, name in enumerate(NAMES)}
    named.sort(key=lambda row: (order[row[0]], row[1] != OWN, not row[1].startswith(OWN)))
    return pd.DataFrame(named, columns=["name", "definition", "value", "track"])


def applies(statistic: Statistic, track: Track) -> bool:
    """Whether a statistic is taken at a level."""
    if statistic.family == "side":
        return track.by_side
    return statistic.family == "any" or any(name == "tipping_level" for name, _ in track.members)


def _draws(number: int, statistic: Statistic, drawn: Floats, placebos: Placebos) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "track": number,
            "statistic": statistic.name,
            "placebo": drawn,
            "hedged": placebos.hedged,
            "difference": placebos.difference,
        }
    )


def one_test(
    moments: Moments, placebo_sums: Floats, statistic: Statistic, scales: Scales
) -> tuple[dict[str, float], Placebos]:
    """TEST_COLUMNS of one statistic, p_adjusted aside, and its value at the placebo levels.

    From moments of rows (paths, 2 * columns) and sums at the placebo levels, (draws, 2 * columns).
    """
    columns, scale = statistic.columns(), scales.of(statistic)
    half = moments.columns // 2
    worlds = paired(moments, columns, scale)
    needed = [COLUMNS.index(name) for name in statistic.needs]
    events = [round(min(moments.effective_rows(first + column) for column in needed), 6) for first in (0, half)]
    of_twin = {half + column: power for column, power in columns.items()}
    hedged = np.array([power_product(row, columns, scale)[0] for row in placebo_sums])
    twin = np.array([power_product(row, of_twin, scale)[0] for row in placebo_sums])
    placebos = Placebos(hedged - twin, hedged)
    found = worlds._asdict() | {
        "difference_low": worlds.interval[0],
        "difference_high": worlds.interval[1],
        "effect_size": worlds.effect_size,
        "p_value": worlds.p_value if statistic.reliable(events, LEAST_COUNT) else math.nan,
        "placebo_mean": placebos.mean,
        "placebo_p_value": placebos.p_value(worlds.difference),
        "events_hedged": events[0],
        "events_twin": events[1],
    }
    for name, values in (("placebo", placebos.difference), ("placebo_hedged", placebos.hedged)):
        found[f"{name}_low"], found[f"{name}_high"] = interval(values)
    return found, placebos
