"""Dealers who close a share of their gap in each step: what hedging does to volatility arrives in instalments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding
from simhedge.canon.stationary import stationary
from simhedge.canon.street import constant_gain

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort

ID = "staggered_hedging"
TITLE = "Staggered hedging: a share theta of the gap in each step"
SOURCE = "closed form, derived from the order of events; docs/model.md"
SETUP = (
    "A book of constant gamma; in each step dealers trade a share theta of the gap that the last price left. What is "
    "left of a move's answer decays by rho = 1 - theta (1 + kappa) per step. Statistics as for lagged hedging."
)
CASES = ((0.5, 0.25), (3.0, 0.25))  # kappa, theta; in the second rho is 0
PATHS, STEPS, SEED = 10_240, 1_000, 440


def decay(kappa: float, theta: float) -> float:
    """rho, by which an unanswered move shrinks per step; stable between -1 and 1."""
    return 1.0 - theta * (1.0 + kappa)


def variance(kappa: float, theta: float) -> float:
    """Var(r) over that of the news."""
    return 1.0 + (theta * kappa) ** 2 / (1.0 - decay(kappa, theta) ** 2)


def autocorrelation(kappa: float, theta: float, lag: int = 1) -> float:
    """Autocorrelation of r at `lag`."""
    rho, answer = decay(kappa, theta), theta * kappa
    covariance = -answer * rho ** (lag - 1) + answer**2 * rho**lag / (1.0 - rho**2)
    return covariance / variance(kappa, theta)


def long_run_volatility(kappa: float) -> float:
    """Volatility over many steps over that of the news, whatever theta."""
    return 1.0 / (1.0 + kappa)


def check(effort: Effort) -> Finding:
    """Six cells: variance, first autocorrelation and long-run volatility of two cases."""
    cells: list[Cell] = []
    for index, (kappa, theta) in enumerate(CASES):
        clearing = {"type": "lagged", "participation": theta}
        scenario = constant_gain(kappa, clearing, seed=SEED + index, steps=STEPS)
        found = stationary(scenario, (), decay(kappa, theta), effort, effort.paths(PATHS))
        rows = [
            ("variance", variance(kappa, theta), found.variance),
            ("autocorrelation_1", autocorrelation(kappa, theta), found.autocorrelation_1),
            ("long_run_volatility", long_run_volatility(kappa), found.long_run_volatility),
        ]
        cells += [
            Cell(f"{ID}.kappa_{kappa:g}.{name}", SOURCE, "D", formula, ours.value, ours.standard_error)
            for name, formula, ours in rows
        ]
    return Finding(cells)
