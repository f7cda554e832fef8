"""What impact adds to the cost of hedging a constant gamma, at prices after impact and at average prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding
from simhedge.canon.sample import mean
from simhedge.canon.street import SIMULTANEOUS, SPOT, bachelier, one_street
from simhedge.simulation.path_batches import path_batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "constant_gamma_cost"
TITLE = "Cost of hedging a constant gamma under impact"
SOURCE = "closed form; fills at average prices are the setting of Loeper (2018), Annals of Applied Probability 28:2664"
SETUP = (
    "The writer of gamma 1e5 shares per $ hedges for a day of 390 steps in news of $1 per sqrt(day); impact is such "
    "that the feedback gain is -k. Cost is the loss of options, shares and cash. Fills at the average of the price "
    "before and after each trade are worked out from the recorded trades; the engine fills at the price after."
)
GAMMA, DAILY_NEWS = 1e5, 1.0  # shares per $ that the writer is short; $ per sqrt(day)
SHORT_GAIN = 0.2  # k
PATHS, STEPS, SEED = 10_240, 390, 420


class Costs(NamedTuple):
    """Per path, (paths,): sum of squared price changes in $^2, and the writer's loss in $ under both kinds of fill."""

    realised_variance: Floats
    after_impact: Floats
    average: Floats


def realised_variance(k: float) -> float:
    """Variance of the price over a day, $^2."""
    return (DAILY_NEWS / (1.0 - k)) ** 2


def cost_after_impact(k: float) -> float:
    """Expected cost of a day where trades fill, and are marked, at the price after impact, $."""
    return 0.5 * GAMMA * realised_variance(k)


def cost_at_average(k: float) -> float:
    """Expected cost of a day where trades fill half-way through their own impact, $."""
    return cost_after_impact(k) * (1.0 - k)


def check(effort: Effort) -> Finding:
    """Four cells: cost without impact, realised variance, cost after impact, cost at average fills."""
    free, moved = _costs(0.0, effort), _costs(SHORT_GAIN, effort)
    rows = [
        ("k_0.cost", cost_after_impact(0.0), free.after_impact),
        ("k_0.2.realised_variance", realised_variance(SHORT_GAIN), moved.realised_variance),
        ("k_0.2.cost_after_impact", cost_after_impact(SHORT_GAIN), moved.after_impact),
        ("k_0.2.cost_at_average_fills", cost_at_average(SHORT_GAIN), moved.average),
    ]
    return Finding([Cell(f"{ID}.{name}", SOURCE, "D", formula, *mean(ours)) for name, formula, ours in rows])


def _costs(k: float, effort: Effort) -> Costs:
    kyle_lambda = k / GAMMA
    market = {
        "spot": SPOT,
        "fundamental": bachelier(DAILY_NEWS / STEPS**0.5, STEPS),
        "impact": {"type": "kyle", "kyle_lambda": kyle_lambda},
        "clearing": SIMULTANEOUS,
    }
    scenario = one_street([{"kind": "constant_gamma", "gamma": -GAMMA}], market, seed=SEED, steps_per_day=STEPS)
    series, paths = ("spot", "hedge", "cash"), effort.paths(PATHS)
    batches = path_batches(scenario, series, paths=paths, threads=effort.threads, progress=effort.progress)
    parts = [_costs_of(batch.series, kyle_lambda) for batch in batches]
    return Costs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _costs_of(series: dict[str, Floats], kyle_lambda: float) -> Costs:
    spot, hedge, cash = series["spot"], series["hedge"][:, :, 0], series["cash"][:, :, 0]
    trades = np.diff(hedge, axis=1)
    options = -0.5 * GAMMA * (spot[:, -1] - SPOT) ** 2
    after_impact = -(options + cash[:, -1] + hedge[:, -1] * spot[:, -1])
    saved = 0.5 * kyle_lambda * (trades**2).sum(axis=1)  # a trade moved the price by lambda times its size
    return Costs((np.diff(spot, axis=1) ** 2).sum(axis=1), after_impact, after_impact - saved)
