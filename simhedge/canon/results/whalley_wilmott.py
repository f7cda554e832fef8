"""Hedging under proportional costs: clocks, tolerances and the band of Whalley and Wilmott by mean, sd and utility."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, closings, dealer, open_with, without_impact
from simhedge.canon.results.leland import leland_volatility
from simhedge.canon.sample import against_simulated, certainty_equivalent, deviation, mean
from simhedge.kernels.layout import LANES
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.simulation.session import Session
    from simhedge.validation.estimate import Estimate

    Floats = NDArray[np.float64]

ID = "whalley_wilmott"
TITLE = "Mean, sd and certainty equivalent of hedging with costs: fixed clocks, tolerance, Leland, utility band"
SOURCE = "Whalley and Wilmott (1997), Mathematical Finance 7:307"
SETUP = (
    "A dealer short one call of a quarter at the money (volatility 20%, rate 0, 500 steps) pays 1% or 0.2% of each "
    "trade, the first and the last included. It opens at its policy's holding, for a band at the nearer edge; at "
    "expiry the last hedge is sold, without another trade before. Certainty equivalents are those of risk aversion 1. "
    "The reference was simulated with 40,000 paths, and the standard error here includes its own, estimated from our "
    "spread; numbers that such a reference does not give to a few per cent are left out."
)
MARKET = OptionMarket(100.0, 0.2, 50, 10, 200.0)
PATHS, REFERENCE_PATHS = 80_000, 40_000
RISK_AVERSION = 1.0
MEASURES = ("mean", "sd", "certainty_equivalent")
NO_PARTS = "The engine has no policy of Zakamouline (2006)."


class Band(NamedTuple):
    """What the band's width depends on: $, years, and the one-way cost as a share of a trade."""

    spot: float
    strike: float
    volatility: float
    years: float
    cost: float
    risk_aversion: float


STANDARD = Band(100.0, 100.0, 0.2, 0.25, 0.01, 1.0)

# policy: mean, sd, certainty equivalent at each cost; None where the reference's own error is near 1% of the number
REFERENCE: dict[float, dict[str, tuple[float | None, float, float | None]]] = {
    0.01: {
        "every_2": (-6.056, 1.975, -7.759),
        "every_20": (-2.594, 1.082, -3.388),
        "every_50": (-1.978, 1.303, None),
        "leland_20": (-2.379, 0.941, -2.858),
        "tolerance": (-2.373, 1.214, -3.291),
        "whalley_wilmott": (-1.713, 1.203, -2.471),
    },
    0.002: {
        "every_2": (-1.211, 0.457, -1.324),
        "every_20": (-0.521, 0.718, None),
        "every_50": (None, 1.087, None),
        "leland_20": (-0.510, 0.710, None),
        "tolerance": (-0.473, 0.726, None),
        "whalley_wilmott": (-0.411, 0.589, -0.590),
    },
}
ZAKAMOULINE = {0.01: -2.225, 0.002: -0.580}
POLICIES: dict[str, dict[str, Any]] = {
    "every_2": {"type": "fixed_interval", "every_steps": 2},
    "every_20": {"type": "fixed_interval", "every_steps": 20},
    "every_50": {"type": "fixed_interval", "every_steps": 50},
    "leland_20": {"type": "leland", "every_steps": 20},
    "tolerance": {"type": "delta_band", "band": 0.15},
    "whalley_wilmott": {"type": "whalley_wilmott", "risk_aversion": RISK_AVERSION},
}


def gamma(band: Band) -> float:
    """Black-Scholes gamma of a call at rate 0, shares per $."""
    total = band.volatility * math.sqrt(band.years)
    d1 = math.log(band.spot / band.strike) / total + 0.5 * total
    return float(norm.pdf(d1)) / (band.spot * total)


def width(band: Band) -> float:
    """Half-width of the band in shares, ((3/2) cost S Gamma^2 / risk aversion)^(1/3), at rate 0."""
    return math.cbrt(1.5 * band.cost * band.spot * gamma(band) ** 2 / band.risk_aversion)


def opening_hedge(policy: str, cost: float) -> float:
    """Shares with which a policy begins: delta, Leland's delta, or the edge of the band that is nearer to none."""
    volatility = STANDARD.volatility
    if policy == "leland_20":
        volatility = leland_volatility(volatility, 20 * MARKET.years / MARKET.steps, cost)
    delta = float(norm.cdf(0.5 * volatility * math.sqrt(MARKET.years)))
    return delta - width(STANDARD._replace(cost=cost)) if policy == "whalley_wilmott" else delta


def profits(cost: float, effort: Effort) -> dict[str, Floats]:
    """Profit in $ (paths,) of each policy at expiry, all on the same paths, opening and closing trades paid for."""
    books = {"option": [call(STANDARD.strike, MARKET.days, -1.0, STANDARD.volatility)]}
    dealers = [dealer(name, policy, cost=cost) for name, policy in POLICIES.items()]
    scenario = without_impact(MARKET, books, dealers, 251, clearing={"type": "asynchronous", "rounds": 1})

    def opening(session: Session) -> None:
        for d, policy in enumerate(POLICIES):
            open_with(session, d, opening_hedge(policy, cost), cost=cost)

    closing = closings(scenario, effort, PATHS, opening)
    spot = closing.spot[:, None]
    sold = closing.shares * spot - cost * np.abs(closing.shares) * spot
    profit = closing.cash + sold - np.maximum(spot - STANDARD.strike, 0.0)
    return {name: profit[:, d] for d, name in enumerate(POLICIES)}


def width_of_engine(effort: Effort) -> Estimate:
    """Half-width of STANDARD as the engine trades it: how far from the target its trades end, in shares.

    Each is scaled to the price and gamma of STANDARD as (S Gamma^2)^(1/3).
    """
    books = {"option": [call(STANDARD.strike, MARKET.days, -1.0, STANDARD.volatility)]}
    only = [dealer("writer", POLICIES["whalley_wilmott"], cost=STANDARD.cost)]
    scenario = without_impact(MARKET, books, only, 252, clearing={"type": "asynchronous", "rounds": 1})
    series = ("spot", "hedge", "dealer_delta", "net_gamma")
    (batch,) = path_batches(prepare(scenario, "exact"), series, paths=LANES, threads=effort.threads)
    early = slice(1, MARKET.steps // 2)  # while gamma is far from 0 at any price
    hedge = batch.series["hedge"][:, :, 0]
    traded = np.diff(hedge, axis=1)[:, : early.stop - 1] != 0.0
    gap = np.abs(hedge + batch.series["dealer_delta"][:, :, 0])[:, early]
    spot, book_gamma = batch.series["spot"][:, early], batch.series["net_gamma"][:, early]
    scale = np.cbrt(STANDARD.spot * gamma(STANDARD) ** 2 / (spot * book_gamma**2))
    return mean((gap * scale)[traded])


def check(effort: Effort) -> Finding:
    """Means, sds and certainty equivalents of all policies at both costs, and the width of the band."""
    cells = [Cell(f"{ID}.width", SOURCE, "C", width(STANDARD), width_of_engine(effort).value, precision=5e-7)]
    panels = []
    for cost, table in REFERENCE.items():
        column = f"{ID}.cost_{100 * cost:g}_percent"
        points: list[tuple[Estimate, Estimate]] = []
        for policy, profit in profits(cost, effort).items():
            found = (mean(profit), deviation(profit), certainty_equivalent(profit, RISK_AVERSION))
            points.append(found[:2])
            for measure, reference, ours in zip(MEASURES, table[policy], found, strict=True):
                if reference is not None:
                    error = against_simulated(ours, profit.size, REFERENCE_PATHS)
                    name = f"{column}.{policy}.{measure}"
                    cells.append(Cell(name, SOURCE, "D", reference, ours.value, error, precision=5e-4))
        name = f"{column}.zakamouline.certainty_equivalent"
        cells.append(Cell(name, SOURCE, "D", ZAKAMOULINE[cost], None, explanation=NO_PARTS))
        panels.append(_panel(cost, points))
    return Finding(cells, panels)


def _panel(cost: float, points: list[tuple[Estimate, Estimate]]) -> Panel:
    """The frontier: mean against sd, one point a policy."""
    lines = []
    for policy, (average, spread) in zip(POLICIES, points, strict=True):
        error = np.array([average.standard_error])
        lines.append(Line(policy, np.array([spread.value]), np.array([average.value]), "ours", error))
    known = [(sd, average) for average, sd, _ in REFERENCE[cost].values() if average is not None]
    x, y = np.array(known).T
    lines.append(Line("reference", x, y, "published"))
    return Panel(f"Costs of {100 * cost:g}% a trade", "sd of profit ($)", "mean profit ($)", lines)
