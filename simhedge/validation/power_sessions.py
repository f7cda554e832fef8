"""Days on which dealers' gain varies from day to day around zero, as in the market: what power is computed from.

Every path of news is run at every gain and every volatility, so that in the pool of all days neither goes with the
news by chance. Two designs on the clock and with the clearing of a scenario, and one of its own:

* constant gamma, at which the day's gain is exact at every price;
* a wall, calls that expire at the day's close, struck above the open; the gain is that at the open, at the strike. A
  placebo level lies as far below, where nobody has options;
* half hours, in which dealers hedge what the rest of the day moved in the last one (Baltussen et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simhedge.kernels.touches import COLUMNS, HELD, TOUCHED
from simhedge.scenario import scenario_from_dict
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare
from simhedge.simulation.threads import threads_to_use
from simhedge.validation.episodes import Rules, Worlds, one_episode, sums_by_path, worlds_of
from simhedge.validation.survey import Survey
from simhedge.validation.work import begin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.scenario import Scenario
    from simhedge.simulation.plan import Plan

    Floats = NDArray[np.float64]

KYLE_LAMBDA = 1e-6  # $ per share; the gain is set by the book, so that its size does not matter
HALF_HOURS = 13
TOP_GAIN = 0.95  # of short gamma: beyond 1 the clearing price is not unique


class Design(NamedTuple):
    """How many days are made, and what varies between them.

    `paths` of news; `gains` and `volatilities`: number of values, normal scores, that each of the two takes.
    `volatility_spread`: standard deviation of the log of a day's volatility. `wall_distance` of the wall and of the
    placebo from the open, in daily standard deviations. `draws` of samples that power is counted over.
    """

    paths: int = 10_000
    gains: int = 8
    volatilities: int = 5
    volatility_spread: float = 0.35
    wall_distance: float = 1.0
    draws: int = 500


class Sessions(NamedTuple):
    """Days by gain, volatility and path of news, each array (gains, volatilities, paths).

    `score`: the gain in standard deviations, (gains,). `log_variance`: log of the sum of squared returns of the steps.
    `rest` and `last`: log returns until the last half hour, and of it. `touched` and `held` (2, gains, ...): 1 where
    the wall, and the placebo, were touched, and held; rules as in a validation.
    """

    score: Floats
    log_variance: Floats
    absolute_return: Floats
    rest: Floats
    last: Floats
    touched: Floats
    held: Floats


def normal_scores(count: int) -> Floats:
    """`count` quantiles of the normal law, ascending, mean 0 and mean square 1, (count,); 0 where there is one."""
    from scipy.stats import norm

    scores = np.asarray(norm.ppf((np.arange(count) + 0.5) / count))
    return scores / np.sqrt(np.mean(scores**2)) if count > 1 else np.zeros(1)


class Stage(NamedTuple):
    """What all days of a scenario share: its plan, the design, rules of touching ($), the volatilities' factors."""

    plan: Plan
    design: Design
    rules: Rules
    factors: Floats
    threads: int


def stage(scenario: Scenario, design: Design, threads: int | None) -> Stage:
    """The stage for the days of a scenario."""
    plan = prepare(scenario)
    rules = begin(plan, Survey(np.array([[float(plan.model["spot"][0])]]), (), (), daily=False)).rules
    factors = np.exp(design.volatility_spread * normal_scores(design.volatilities))
    return Stage(plan, design, rules, factors, threads_to_use(threads))


def simulated_sessions(on: Stage, feedback_gain: float) -> Sessions:
    """Days whose gain has standard deviation `feedback_gain` >= 0 around zero; every news path at every gain."""
    score = normal_scores(on.design.gains)
    gains = feedback_gain * score if feedback_gain > 0.0 else np.zeros(1)  # without feedback, gains make no difference
    steps = int(on.plan.model["steps_per_day"][0])
    days = [[_constant_gamma(on, gain, factor, steps) for factor in on.factors] for gain in gains]
    ends = [[_half_hours(on, gain, factor) for factor in on.factors] for gain in gains]
    walls = [[_wall(on, gain, factor, steps) for factor in on.factors] for gain in gains]

    def every(rows: list[list[Floats]]) -> Floats:
        values = np.array(rows)
        return np.ascontiguousarray(np.broadcast_to(values, (score.size, *values.shape[1:])))

    return Sessions(
        score=score,
        log_variance=every([[log_variance for log_variance, _ in row] for row in days]),
        absolute_return=every([[absolute for _, absolute in row] for row in days]),
        rest=every([[rest for rest, _ in row] for row in ends]),
        last=every([[last for _, last in row] for row in ends]),
        touched=np.stack([every([[sums[level, 0] for sums in row] for row in walls]) for level in range(2)]),
        held=np.stack([every([[sums[level, 1] for sums in row] for row in walls]) for level in range(2)]),
    )


def largest_gain(design: Design) -> float:
    """The largest standard deviation of the gain at which clearing is still unique on each day."""
    return TOP_GAIN / float(normal_scores(design.gains)[-1])


def _constant_gamma(on: Stage, gain: float, factor: float, steps: int) -> tuple[Floats, Floats]:
    """Log realised variance and absolute log return of each day, (paths,)."""
    position = {"kind": "constant_gamma", "gamma": gain / KYLE_LAMBDA}
    days = _days(on, position, factor, steps, clearing=_clearing(on))
    found = [(np.log((worlds.returns[0] ** 2).sum(axis=1)), np.abs(worlds.returns[0].sum(axis=1))) for worlds in days]
    return np.concatenate([one for one, _ in found]), np.concatenate([two for _, two in found])


def _half_hours(on: Stage, gain: float, factor: float) -> tuple[Floats, Floats]:
    """Log returns until the last half hour and of it, (paths,)."""
    position = {"kind": "constant_gamma", "gamma": gain / KYLE_LAMBDA}
    policy = {"type": "fixed_interval", "every_steps": HALF_HOURS, "offset": HALF_HOURS - 1}
    days = list(_days(on, position, factor, HALF_HOURS, clearing={"type": "lagged"}, policy=policy))
    rest = [worlds.returns[0, :, :-1].sum(axis=1) for worlds in days]
    return np.concatenate(rest), np.concatenate([worlds.returns[0, :, -1] for worlds in days])


def _wall(on: Stage, gain: float, factor: float, steps: int) -> Floats:
    """Touched and held at the wall, then at the placebo, (2, 2, paths)."""
    spot, daily_vol = float(on.plan.model["spot"][0]), on.plan.gain.daily_vol
    apart = on.design.wall_distance * daily_vol
    strike, days_per_year = spot + apart, on.plan.scenario.clock.trading_days_per_year
    implied_vol = daily_vol / spot * math.sqrt(days_per_year)
    gamma = math.exp(-0.125 * (daily_vol / spot) ** 2) / math.sqrt(2.0 * math.pi) / (strike * daily_vol / spot)
    contracts = gain / (KYLE_LAMBDA * gamma * 100.0)
    position = {
        "kind": "call", "strike": strike, "expiry_days": 1, "contracts": contracts, "implied_vol": implied_vol,
    }  # fmt: skip
    found = []
    for worlds in _days(on, position, factor, steps, clearing=_clearing(on)):
        at = [_meetings(on, worlds, level, steps) for level in (strike, spot - apart)]
        found.append(np.stack(at))
    return np.concatenate(found, axis=2)


def _meetings(on: Stage, worlds: Worlds, level: float, steps: int) -> Floats:
    """Touched and held in the hedged world, (2, paths)."""
    levels = np.full((2, worlds.paths, 1), level)
    rows = sums_by_path(worlds, levels, one_episode(steps), on.rules, by_side=False, threads=on.threads)
    return rows[:, : len(COLUMNS)][:, [int(TOUCHED), int(HELD)]].T


def _clearing(on: Stage) -> dict[str, Any]:
    return dict(on.plan.scenario.market.clearing.model_dump(mode="json"))


def _days(
    on: Stage,
    position: dict[str, Any],
    factor: float,
    steps: int,
    *,
    clearing: dict[str, Any],
    policy: dict[str, Any] | None = None,
) -> Iterator[Worlds]:
    """One day of each path of news, hedged and twin; `factor` of the scenario's volatility."""
    market = on.plan.scenario.market
    fundamental = market.fundamental.model_dump(mode="json")
    fundamental["volatility"] *= factor
    scenario = scenario_from_dict(
        {
            "schema_version": 1,
            "name": "power",
            "seed": on.plan.scenario.seed,
            "paths": on.design.paths,
            "clock": {
                "days": 1,
                "steps_per_day": steps,
                "trading_days_per_year": on.plan.scenario.clock.trading_days_per_year,
            },
            "market": {
                "spot": float(on.plan.model["spot"][0]),
                "fundamental": fundamental,
                "impact": {"type": "kyle", "kyle_lambda": KYLE_LAMBDA},
                "clearing": clearing,
            },
            "books": {"book": [position]},
            "dealers": [{"name": "street", "book": "book", "policy": policy or {"type": "continuous"}}],
        }
    )
    for batch in path_batches(prepare(scenario), threads=on.threads):
        worlds = worlds_of(batch.series["spot"], batch.series["twin_spot"])
        if not worlds.alive.all():
            remedy = "use smaller gains, or lagged clearing that is stable"
            raise on.plan.scenario.refusal("market.clearing", "paths of the power design diverged", remedy)
        yield worlds
