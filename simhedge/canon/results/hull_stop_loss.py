"""Hull's stop-loss strategy: covered above the strike, naked below, and no cheaper however often it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.results.hull_performance import DISCOUNTED as DELTA_HEDGED
from simhedge.canon.results.hull_performance import MARKET, PATHS, REFERENCE_PATHS, hedging_costs, price
from simhedge.canon.sample import against_simulated, deviation

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort
    from simhedge.validation.estimate import Estimate

ID = "hull_stop_loss"
TITLE = "Stop-loss: sd of the cost over the option's price, the price watched every 5 to 1 weeks"
SOURCE = "Hull, Options, Futures, and Other Derivatives, 10th ed., Table 19.1 (its own numbers are not shown here)"
SETUP = (
    "A dealer short one call, as in hull_performance, holds a share when the price is above the strike at a date of "
    "the grid, and none otherwise, beginning with none (49 < 50). The measure is the sd of the cost over the "
    "Black-Scholes price, the cost being the plain sum of cash flows, and discounted. References were simulated "
    "elsewhere; their own error is part of the standard error."
)
RAW = {5: 0.9796, 4: 0.9289, 2: 0.8339, 1: 0.7930}
DISCOUNTED = {5: 1.0279, 4: 0.9748, 2: 0.8694, 1: 0.8203}


def check(effort: Effort) -> Finding:
    """The measure for both ways to count cost."""
    policies = [{"type": "stop_loss", "every_steps": weeks} for weeks in RAW]
    costs = hedging_costs(policies, effort, 231, market=MARKET._replace(steps_per_day=1))
    cells: list[Cell] = []
    measured: dict[str, list[Estimate]] = {}
    for kind, references, outcomes in (("raw", RAW, costs.raw), ("discounted", DISCOUNTED, costs.discounted)):
        measured[kind] = [deviation(outcomes[:, d] / price()) for d in range(len(policies))]
        for (weeks, reference), found in zip(references.items(), measured[kind], strict=True):
            error = against_simulated(found, effort.paths(PATHS), REFERENCE_PATHS)
            name = f"{ID}.{kind}.weeks_{weeks}"
            cells.append(Cell(name, SOURCE, "D", reference, found.value, error, precision=5e-5))
    return Finding(cells, [_panel(measured["discounted"])])


def _panel(discounted: list[Estimate]) -> Panel:
    weeks = np.array(list(RAW), dtype=np.float64)
    values, errors = np.array(discounted).T
    lines = [
        Line("stop-loss", weeks, values, "ours", errors),
        Line("reference", weeks, np.array(list(DISCOUNTED.values())), "published"),
        Line("delta hedging, reference", weeks, np.array([DELTA_HEDGED[w] for w in weeks]), "published"),
    ]
    return Panel("sd of discounted cost over option price", "weeks between dates", "sd / price", lines)
