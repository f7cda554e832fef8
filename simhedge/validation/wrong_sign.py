"""When the assumed sign is wrong: what each level is worth along a sweep of the dealers' assumed side.

The true side stays in `books`; the assumed one moves levels, and what is expected at them. One simulation serves all
assumptions. Three statistics say what a level is worth, all against the twin with the same shocks:

* `volatility_switch` at zero gamma: log volatility ratio hedged/twin of steps that start below the level, less that of
  steps that start above it; 0 where the level parts nothing. It is as large at a level far out in one regime;
* `variance_sorted` at zero gamma: variance that hedging adds below the level less what it adds above, over the twin's.
  It is largest where hedging turns from damping to amplifying, so that it tells how well a level is placed;
* `hold_difference` at walls: hold rate hedged less twin.

The `meaning` of a level is its statistic times the sign that is expected of it: positive where the level says what the
paths then do, negative where the paths do the opposite. Levels are those of the start, whatever `levels.daily` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simhedge.kernels.touches import ABOVE_SQUARES, ABOVE_STEPS, BELOW_SQUARES, BELOW_STEPS, COLUMNS, HELD, TOUCHED
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.threads import threads_to_use
from simhedge.validation.assumed_levels import Prediction, Shares, agreement, predictions, true_shares
from simhedge.validation.episodes import Episodes, Rules, Worlds, sums_by_path, worlds_of
from simhedge.validation.estimate import TWO_SIDED_95
from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.meaning import Known, decay, ranking
from simhedge.validation.moments import Moments
from simhedge.validation.records import records
from simhedge.validation.survey import Survey
from simhedge.validation.work import begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int, str], None]

# once around, from the usual assumption over its opposite back to it
SHARES = tuple(
    Shares(*pair)
    for pair in (
        (1.0, -1.0), (1.0, -0.5), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (-0.5, 1.0),
        (-1.0, 1.0), (-1.0, 0.5), (-1.0, 0.0), (-1.0, -0.5), (-1.0, -1.0), (-0.5, -1.0), (0.0, -1.0), (0.5, -1.0),
    )
)  # fmt: skip
SWITCH, SORTED, HOLD = "volatility_switch", "variance_sorted", "hold_difference"
ENTRIES = 4  # sums of each level that its statistic is made of, hedged and twin
RIGHT = 1.0 - 1e-9  # agreement from which an assumption is the true one


class Level(NamedTuple):
    """A distinct level that is looked at: which statistic, at which price ($)."""

    statistic: str
    value: float


class WrongSign(NamedTuple):
    """What levels are worth under each assumption; `true` dealers' shares of calls and puts, the larger 1 in size.

    `levels`, one row an assumption, level and statistic: calls, puts (assumed shares), agreement (correlation with the
    true ones, 1 right, -1 opposite), name, definition, value ($), expected (+1 or -1), statistic, estimate,
    standard_error, meaning (expected * estimate), low, high (95% of the meaning), z, events (of the rarer kind: paths
    that were on a side, or touches in a world; statistics are NaN below 30), number (of the distinct statistic).
    `ranking`, one row a definition and statistic under the right assumption, best first: name, statistic, definition,
    value, meaning, standard_error, rank, rank_low, rank_high (95%), best (probability), behind (meaning of the best
    less this one's), behind_se.
    `decay`, one row a definition and statistic: name, statistic, definition, meaning (at the right assumption),
    half_agreement (highest agreement at which half of it is lost), half_low, half_high (95%), reversed_agreement (at
    which all of it is lost), found (share of the assumptions under which there is such a level; where there is none it
    means 0).
    `method`: how it was made, in words and numbers.
    """

    true: Shares
    levels: pd.DataFrame
    ranking: pd.DataFrame
    decay: pd.DataFrame
    method: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The document: a list of records for each table; what is not finite is None."""
        tables = {name: records(getattr(self, name)) for name in ("levels", "ranking", "decay")}
        return {"true": self.true._asdict(), **tables, "method": self.method}


def wrong_sign(
    scenario: Scenario,
    shares: Sequence[tuple[float, float]] = SHARES,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> WrongSign:
    """Levels under each of the assumed (calls, puts) `shares`, the true ones added where they are not among them.

    Ranks and intervals come from draws of the joint normal law of all estimates, whose covariance (delta method) is
    that of paths: definitions are compared on the same paths. Raises InputError where no option is left to read from.
    """
    plan, used = prepare(scenario), threads_to_use(threads)
    true, gross = true_shares(plan)
    if not any(gross):
        remedy = "levels are read off options: add calls or puts that live beyond the start"
        raise scenario.refusal("books", "there is no option with gamma", remedy)
    sweep = _sweep([Shares(*pair) for pair in shares], true, gross)
    said = []
    for number, (assumed, _) in enumerate(sweep):
        said.append(predictions(plan, assumed))
        if progress is not None:
            progress(number + 1, len(sweep), "levels")
    wanted = list(dict.fromkeys(level for rows in said for own in rows for level in _wanted(own)))
    known = _known(plan, wanted, used, progress)
    levels = _levels(sweep, said, wanted, known)
    return WrongSign(true, levels, ranking(levels, known), decay(levels, known, len(sweep)), _method(plan, known))


def _sweep(asked: Sequence[Shares], true: Shares, gross: Shares) -> list[tuple[Shares, float]]:
    """Assumptions and their agreement with the truth, the right one first."""
    found = [(own, agreement(own, true, gross)) for own in dict.fromkeys(asked)]
    if any(true) and not any(like >= RIGHT for _, like in found):
        found.append((true, agreement(true, true, gross)))
    return sorted(found, key=lambda row: -row[1] if math.isfinite(row[1]) else 0.0)


def _wanted(own: Prediction) -> list[Level]:
    """What is looked at where a level is predicted."""
    return [Level(statistic, own.value) for statistic in ((SWITCH, SORTED) if own.name == "zero_gamma" else (HOLD,))]


def _known(plan: Plan, wanted: Sequence[Level], threads: int, progress: Progress | None) -> Known:
    """Every distinct level's statistic on the paths of the scenario, with the covariance of all."""
    work = begin(plan, Survey(np.array([[float(plan.model["spot"][0])]]), (), (), daily=False))
    moments, events = Moments(ENTRIES * len(wanted)), np.zeros((len(wanted), 2))
    for batch in path_batches(plan, threads=threads, progress=progress):
        worlds = worlds_of(batch.series["spot"], batch.series["twin_spot"])
        rows = np.empty((worlds.paths, len(wanted), ENTRIES))
        for k, level in enumerate(wanted):
            rows[:, k], met = _sums(worlds, level, (work.episodes, work.rules), threads)
            events[k] += met
        moments.add(rows.reshape(worlds.paths, -1))
    if moments.count < 2:
        remedy = "use fewer short contracts or more adv_shares"
        raise plan.scenario.refusal("market", "fewer than two paths live to the end", remedy)
    return _estimates(moments, [level.statistic for level in wanted], events.min(axis=1))


def _sums(worlds: Worlds, level: Level, looked: tuple[Episodes, Rules], threads: int) -> tuple[Floats, Floats]:
    """Rows (paths, 4), and events (2,): paths with steps on either side, or touches of either world.

    Squares below hedged and twin, above hedged and twin; or touches hedged and twin, holds hedged and twin.
    """
    switch, half = level.statistic != HOLD, len(COLUMNS)
    rows = sums_by_path(
        worlds, np.full((2, worlds.paths, 1), level.value), *looked, by_side=switch, threads=threads
    )  # fmt: skip
    columns = (BELOW_SQUARES, ABOVE_SQUARES) if switch else (TOUCHED, HELD)
    places = [int(column) + world * half for column in columns for world in range(2)]
    if switch:
        events = (rows[:, [int(BELOW_STEPS), int(ABOVE_STEPS)]] > 0.0).sum(axis=0)
    else:
        events = rows[:, [int(TOUCHED), int(TOUCHED) + half]].sum(axis=0)
    return rows[:, places], events.astype(np.float64)


def _estimates(moments: Moments, statistics: Sequence[str], events: Floats) -> Known:
    """Statistics (levels,) and their covariance by the delta method, NaN below the least number of events."""
    means = moments.mean.reshape(-1, ENTRIES)
    values, gradient = np.empty(len(means)), np.empty_like(means)
    of = {SWITCH: _switch, SORTED: _sorted, HOLD: _hold}
    with np.errstate(divide="ignore", invalid="ignore"):
        for number, statistic in enumerate(statistics):
            values[number], gradient[number] = of[statistic](means[number])
    told = (events >= LEAST_COUNT) & np.isfinite(values) & np.isfinite(gradient).all(axis=1)
    gradient = np.where(told[:, None], gradient, 0.0)
    blocks = moments.covariance_of_mean().reshape(len(means), ENTRIES, len(means), ENTRIES)
    covariance = np.einsum("ia,iajb,jb->ij", gradient, blocks, gradient, optimize=True)
    return Known(np.where(told, values, np.nan), covariance, events)


def _switch(means: Floats) -> tuple[float, Floats]:
    """Log volatility ratio hedged/twin below less above, of mean squares (4,), and its gradient (4,)."""
    signs = 0.5 * np.array([1.0, -1.0, -1.0, 1.0])
    return float(np.log(means) @ signs), signs / means


def _sorted(means: Floats) -> tuple[float, Floats]:
    """Variance that hedging adds below less that above, over the twin's, of mean squares (4,), and gradient (4,)."""
    signs, twin = np.array([1.0, -1.0, -1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])
    value, whole = float(means @ signs), float(means @ twin)
    return value / whole, (signs - value / whole * twin) / whole


def _hold(means: Floats) -> tuple[float, Floats]:
    """Hold rate hedged less twin, of mean touches and holds (4,), and its gradient (4,)."""
    rates = means[2:] / means[:2]
    signs = np.array([1.0, -1.0])
    return float(rates @ signs), np.concatenate([-signs * rates / means[:2], signs / means[:2]])


def _levels(
    sweep: Sequence[tuple[Shares, float]], said: Sequence[Sequence[Prediction]], wanted: Sequence[Level], known: Known
) -> pd.DataFrame:
    """The table `levels`, and `number` of the distinct level in each row."""
    place = {level: number for number, level in enumerate(wanted)}
    errors = np.sqrt(np.diag(known.covariance))
    rows = []
    for (assumed, like), own in zip(sweep, said, strict=True):
        for told in own:
            for level in _wanted(told):
                number = place[level]
                estimate, error = float(known.values[number]), float(errors[number])
                meaning = told.expected * estimate
                rows.append(
                    {
                        **assumed._asdict(), "agreement": like, **told._asdict(), "statistic": level.statistic,
                        "estimate": estimate, "standard_error": error if math.isfinite(estimate) else math.nan,
                        "meaning": meaning, "low": meaning - TWO_SIDED_95 * error,
                        "high": meaning + TWO_SIDED_95 * error, "z": meaning / error if error > 0.0 else math.nan,
                        "events": float(known.events[number]), "number": number,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def _method(plan: Plan, known: Known) -> dict[str, Any]:
    return {
        "paths": plan.scenario.paths,
        "distinct_levels": int(known.values.size),
        "twin": "of each path: same shocks, dealers not hedging",
        "errors": "delta method on per-path sums, joint over all levels; ranks and intervals from its normal law",
        "agreement": "correlation of assumed and true shares of calls and puts, weighted by gross gamma at the start",
        "expected": "+1: volatility higher below zero gamma than above it; at a wall, dealers long gamma there",
    }
