"""Pinning where dealers hedge everything, time decay and moves, and the price clears at once: an exact law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.results.pin_drift_only import pin_probability as drift_only
from simhedge.canon.sample import deviation
from simhedge.canon.street import DAYS_PER_YEAR, SIMULTANEOUS, SPOT, bachelier, end_points, one_street
from simhedge.validation.estimate import Estimate
from simhedge.validation.regressions.pinning import pin_probability as pinned

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort
    from simhedge.scenario import Scenario

ID = "pin_full_feedback"
TITLE = "Pin probability and terminal law where dealers hedge everything"
SOURCE = "closed form, exact for any path and grid; setting of Jeannin, Iori and Samuel (2008), Quant. Finance 8:823"
SETUP = (
    "Dealers long calls that expire at the end of the day, normal news, simultaneous clearing. alpha is what trading "
    "all shares moves the price by, in standard deviations of the day's news; z_0 the start's distance to the strike "
    "in the same unit. That unit is a ten-thousandth of the price, so that Black-Scholes deltas are Bachelier's. A "
    "pin is a final price equal to the strike, to the last bit."
)
CASES = tuple((alpha, distance) for distance in (0.0, 0.5, 2.0) for alpha in (0.25, 1.0, 4.0))
UNIT = 1e-4 * SPOT  # $, standard deviation of the day's news
SHARES = 1e6
STEPS, SEED = 4, 520
LEAST_PATHS = 51_200


def pin_probability(alpha: float, distance: float) -> float:
    """P(price at expiry = strike): an interval of news as wide as alpha clears at the strike."""
    return float(pinned(alpha, ndtr(distance), distance))  # delta per option at the start, Bachelier


def terminal_deviation(alpha: float) -> float:
    """Standard deviation of the final price from a start at the strike, in that of the news.

    The price is news beyond alpha / 2 in size, less alpha / 2; the strike otherwise.
    """
    edge = 0.5 * alpha
    density = math.exp(-0.5 * edge * edge) / math.sqrt(2.0 * math.pi)
    return math.sqrt(2.0 * ((1.0 + edge * edge) * float(ndtr(-edge)) - edge * density))


def expiry_scenario(
    alpha: float, distance: float, clearing: dict[str, Any], *, steps: int = STEPS, seed: int = SEED
) -> Scenario:
    """A day that ends with the expiry of the dealers' calls."""
    strike = SPOT - distance * UNIT
    call = {"kind": "call", "strike": strike, "expiry_days": 1, "contracts": SHARES, "multiplier": 1}
    market = {
        "spot": SPOT,
        "fundamental": bachelier(UNIT / math.sqrt(steps), steps),
        "impact": {"type": "kyle", "kyle_lambda": alpha * UNIT / SHARES},
        "clearing": clearing,
    }
    book = [call | {"implied_vol": UNIT / SPOT * math.sqrt(DAYS_PER_YEAR)}]
    return one_street(book, market, seed=seed, steps_per_day=steps)


def check(effort: Effort) -> Finding:
    """Nine cells of pin probability, and the standard deviation of the final price at alpha = 1."""
    cells: list[Cell] = []
    spread: Cell | None = None
    for index, (alpha, distance) in enumerate(CASES):
        formula = pin_probability(alpha, distance)
        scenario = expiry_scenario(alpha, distance, SIMULTANEOUS, seed=SEED + index)
        final = end_points(scenario, ("spot",), effort, effort.paths(_paths(formula)))["spot"][:, 1]
        ours = _share(int((final == SPOT - distance * UNIT).sum()), final.size)
        cells.append(Cell(f"{ID}.alpha_{alpha:g}.z_{distance:g}", SOURCE, "D", formula, *ours))
        if (alpha, distance) == (1.0, 0.0):
            width = deviation((final - SPOT) / UNIT)
            spread = Cell(f"{ID}.alpha_1.z_0.deviation", SOURCE, "D", terminal_deviation(alpha), *width)
    return Finding(cells if spread is None else [*cells, spread], [_panel(cells)])


def _share(pinned: int, paths: int) -> Estimate:
    """Share of paths; its error is that of two more of either kind (Agresti and Coull 1998), never 0."""
    near = (pinned + 2) / (paths + 4)
    return Estimate(pinned / paths, math.sqrt(near * (1.0 - near) / paths))


def _paths(probability: float) -> int:
    """Paths that make four standard errors three and a half per cent of the probability."""
    return max(LEAST_PATHS, math.ceil((4.0 / 0.035) ** 2 * (1.0 - probability) / probability))


def _panel(cells: list[Cell]) -> Panel:
    alphas = np.geomspace(0.1, 10.0, 61)
    lines = [Line("time decay only, z = 0", alphas, np.array([drift_only(float(a), 0.0) for a in alphas]), "formula")]
    for distance in dict.fromkeys(z for _, z in CASES):
        chosen = [(a, cell) for (a, z), cell in zip(CASES, cells, strict=True) if z == distance]
        formula = np.array([pin_probability(float(alpha), distance) for alpha in alphas])
        at = np.array([a for a, _ in chosen])
        ours = np.array([cell.observed for _, cell in chosen], dtype=np.float64)
        errors = np.array([cell.standard_error for _, cell in chosen])
        lines.append(Line(f"z = {distance:g}, formula", alphas, formula, "formula"))
        lines.append(Line(f"z = {distance:g}", at, ours, "ours", errors))
    return Panel("Pinning, full feedback", "alpha", "P(pin)", lines, log_x=True)
