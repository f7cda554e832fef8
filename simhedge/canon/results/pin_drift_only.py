"""Pinning by dealers who hedge time decay only (Avellaneda and Lipkin 2003)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.sample import mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.validation.estimate import Estimate

    Floats = NDArray[np.float64]

ID = "pin_drift_only"
TITLE = "Pin probability where dealers hedge time decay only"
SOURCE = "model of Avellaneda and Lipkin (2003), Quantitative Finance 3:417; closed form derived from it"
SETUP = (
    "Their equation, not this engine's, in which delta-hedging also damps: z is the distance to the strike in "
    "standard deviations until expiry at the start, dz = -(alpha/2) z (1-u)^(-3/2) phi(z/sqrt(1-u)) du + dW. "
    "Integrated in logarithmic time by Heun's method; the share of paths that end at the strike against 1 - "
    "exp(-alpha phi(z_0))."
)
CASES = tuple((alpha, distance) for distance in (0.0, 0.5, 2.0) for alpha in (0.25, 1.0, 4.0))  # alpha, z_0
STEP = 0.02  # of time s = -log(1 - u)
LAST_STRENGTH = 400.0  # alpha exp(s/2) at which a path is far too strongly held, or too far away, to change sides
PATHS, SEED = 20_480, 510


def pin_probability(alpha: float, distance: float) -> float:
    """P(price at expiry = strike) from `distance` standard deviations away."""
    return -math.expm1(-alpha * math.exp(-0.5 * distance * distance) / math.sqrt(2.0 * math.pi))


def check(effort: Effort) -> Finding:
    """Nine cells, one for each alpha and distance."""
    rng = np.random.default_rng(SEED)
    cells = []
    for alpha, distance in CASES:
        found = simulated_pin_probability(alpha, distance, effort.paths(PATHS), rng)
        name = f"{ID}.alpha_{alpha:g}.z_{distance:g}"
        cells.append(Cell(name, SOURCE, "D", pin_probability(alpha, distance), *found))
    return Finding(cells, [_panel(cells)])


def simulated_pin_probability(alpha: float, distance: float, paths: int, rng: np.random.Generator) -> Estimate:
    """Share of paths that end at the strike.

    With y = z / sqrt(1-u) and s = -log(1-u) the equation is dy = y (1 - p) / 2 ds + dB with p = alpha exp(s/2) phi(y),
    whose noise is additive, so that Heun's method is of weak order two. As s grows a path is either held at y = 0 or
    has left for good; p = 1 lies between. The sum of p y exp(-p) dB, of mean zero whatever the equation, is taken off
    as a control variate; it carries nearly all of the variance.
    """
    y, variate = np.full(paths, distance), np.zeros(paths)
    steps = math.ceil(2.0 * math.log(LAST_STRENGTH / alpha) / STEP)
    pull = _pull(y, alpha)
    for step in range(1, steps + 1):
        news = rng.standard_normal(paths) * math.sqrt(STEP)
        variate -= np.exp(-pull) * pull * y * news
        drift = 0.5 * y * (1.0 - pull)
        strength = alpha * math.exp(0.5 * step * STEP)
        ahead = y + drift * STEP + news
        y = y + 0.5 * STEP * (drift + 0.5 * ahead * (1.0 - _pull(ahead, strength))) + news
        pull = _pull(y, strength)
    pinned = (pull > 1.0).astype(np.float64)
    covariance = np.cov(pinned, variate)
    return mean(pinned - covariance[0, 1] / covariance[1, 1] * variate)


def _pull(y: Floats, strength: float) -> Floats:
    return np.asarray(strength / math.sqrt(2.0 * math.pi) * np.exp(-0.5 * y * y))


def _panel(cells: list[Cell]) -> Panel:
    alphas = np.geomspace(0.1, 10.0, 61)
    lines = []
    for distance in dict.fromkeys(z for _, z in CASES):
        chosen = [(a, cell) for (a, z), cell in zip(CASES, cells, strict=True) if z == distance]
        at = np.array([a for a, _ in chosen])
        ours = np.array([cell.observed for _, cell in chosen], dtype=np.float64)
        errors = np.array([cell.standard_error for _, cell in chosen])
        formula = np.array([pin_probability(float(alpha), distance) for alpha in alphas])
        lines.append(Line(f"z = {distance:g}, formula", alphas, formula, "formula"))
        lines.append(Line(f"z = {distance:g}, their equation", at, ours, "ours", errors))
    return Panel("Pinning by time decay", "alpha", "P(pin)", lines, log_x=True)
