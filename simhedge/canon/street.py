"""Scenarios of the checks: one street of dealers, in a market where every closed form is exact or nearly so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.scenario import scenario_from_dict
from simhedge.simulation.path_batches import path_batches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.scenario import Scenario

    Tree = dict[str, Any]
    Floats = NDArray[np.float64]

DAYS_PER_YEAR = 252
SPOT = 100.0
KYLE_LAMBDA = 1e-6  # $ per share
STEP_NEWS = 0.01  # $, standard deviation of one step's news where only ratios matter
CONTINUOUS = {"type": "continuous"}
LAGGED = {"type": "lagged", "participation": 1.0}
SIMULTANEOUS = {"type": "simultaneous"}


def one_street(
    book: Sequence[Mapping[str, Any]],
    market: Tree,
    *,
    seed: int,
    days: int = 1,
    steps_per_day: int = 1,
    policy: Tree = CONTINUOUS,
) -> Scenario:
    """A scenario in which one dealer holds `book` (its positions) and hedges by `policy`."""
    return scenario_from_dict(
        {
            "schema_version": 1,
            "name": "canon",
            "seed": seed,
            "clock": {"days": days, "steps_per_day": steps_per_day, "trading_days_per_year": DAYS_PER_YEAR},
            "market": market,
            "books": {"street": [dict(position) for position in book]},
            "dealers": [{"name": "street", "book": "street", "policy": policy}],
        }
    )


def constant_gain(
    kappa: float, clearing: Tree, *, seed: int, steps: int, step_news: float = STEP_NEWS, policy: Tree = CONTINUOUS
) -> Scenario:
    """One day of `steps` steps with feedback gain kappa at every price: quadratic book, normal news in $ per step."""
    market = {
        "spot": SPOT,
        "fundamental": bachelier(step_news, steps),
        "impact": {"type": "kyle", "kyle_lambda": KYLE_LAMBDA},
        "clearing": clearing,
    }
    book = [{"kind": "constant_gamma", "gamma": kappa / KYLE_LAMBDA}]
    return one_street(book, market, seed=seed, steps_per_day=steps, policy=policy)


def bachelier(step_news: float, steps_per_day: float, step_drift: float = 0.0) -> Tree:
    """News with the given standard deviation and mean per step, both in $."""
    per_year = DAYS_PER_YEAR * steps_per_day
    return {"type": "bachelier", "volatility": step_news * per_year**0.5, "drift": step_drift * per_year}


def end_points(
    scenario: Scenario, series: Sequence[str], effort: Effort, paths: int, every: int | None = None
) -> dict[str, Floats]:
    """Each series of `paths` paths at every `every`-th step (default: start and end), shape (paths, points)."""
    every = scenario.clock.steps if every is None else every
    batches = path_batches(scenario, series, paths=paths, every=every, threads=effort.threads, progress=effort.progress)
    parts = [batch.series for batch in batches]
    return {name: np.concatenate([part[name] for part in parts]) for name in series}
