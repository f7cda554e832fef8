"""Orders that fill one step late make returns autoregressive: r_t = e_t - kappa r_(t-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.stationary import Stationary, stationary
from simhedge.canon.street import LAGGED, constant_gain

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort

ID = "lagged_hedging"
TITLE = "Lagged hedging: autoregressive returns, with the long-run volatility of immediate hedging"
SOURCE = "closed form, derived from the order of events; docs/model.md"
SETUP = (
    "A book of constant gamma, all of the last step's gap traded in the next. Statistics of price changes after the "
    "start has died out, in units of the news, against those of a first-order autoregression with coefficient -kappa."
)
GAINS = (0.2, -0.2)
HORIZONS = (5, 20)
PATHS, STEPS, SEED = 10_240, 1_000, 430


def variance(kappa: float) -> float:
    """Var(r) over that of the news: above 1 for both signs."""
    return 1.0 / (1.0 - kappa * kappa)


def autocorrelation(kappa: float, lag: int = 1) -> float:
    """Autocorrelation of r at `lag`."""
    return (-kappa) ** lag


def variance_ratio(kappa: float, horizon: int) -> float:
    """Variance of the change over `horizon` steps over `horizon` times that over one."""
    phi = -kappa
    return (1.0 + phi) / (1.0 - phi) - 2.0 * phi * (1.0 - phi**horizon) / (horizon * (1.0 - phi) ** 2)


def long_run_volatility(kappa: float) -> float:
    """Volatility over many steps over that of the news."""
    return 1.0 / (1.0 + kappa)


def check(effort: Effort) -> Finding:
    """Ten cells: variance, first autocorrelation, two variance ratios, long-run volatility, for both signs."""
    cells: list[Cell] = []
    lines: list[Line] = []
    for index, kappa in enumerate(GAINS):
        scenario = constant_gain(kappa, LAGGED, seed=SEED + index, steps=STEPS)
        found = stationary(scenario, HORIZONS, kappa, effort, effort.paths(PATHS))
        cells += _cells(kappa, found)
        lines += _lines(kappa, found)
    return Finding(cells, [Panel("Lagged hedging", "steps q", "variance ratio", lines)])


def _cells(kappa: float, found: Stationary) -> list[Cell]:
    rows = [
        ("variance", variance(kappa), found.variance),
        ("autocorrelation_1", autocorrelation(kappa), found.autocorrelation_1),
        *(
            (f"variance_ratio_{q}", variance_ratio(kappa, q), ours)
            for q, ours in zip(HORIZONS, found.variance_ratios, strict=True)
        ),
        ("long_run_volatility", long_run_volatility(kappa), found.long_run_volatility),
    ]
    return [
        Cell(f"{ID}.kappa_{kappa:g}.{name}", SOURCE, "D", formula, ours.value, ours.standard_error)
        for name, formula, ours in rows
    ]


def _lines(kappa: float, found: Stationary) -> list[Line]:
    every = np.arange(1, 31)
    formula = np.array([variance_ratio(kappa, int(q)) for q in every])
    ours, errors = np.array(found.variance_ratios).T
    return [
        Line(f"kappa = {kappa:g}, formula", every.astype(np.float64), formula, "formula"),
        Line(f"kappa = {kappa:g}", np.array(HORIZONS, dtype=np.float64), ours, "ours", errors),
    ]
