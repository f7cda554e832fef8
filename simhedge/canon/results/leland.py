"""Leland's hedging at a raised volatility: what the seller of an option needs to pay for proportional costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import (
    OptionMarket,
    call,
    closings,
    dealer,
    open_with,
    profit_of_sellers,
    without_impact,
)
from simhedge.canon.sample import against_simulated, deviation, mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.simulation.session import Session

    Floats = NDArray[np.float64]

ID = "leland"
TITLE = "Costs paid by a raised volatility: break-even price and spread, Black-Scholes and Leland"
SOURCE = "Leland (1985), Journal of Finance 40:1283; parameters of Zakamouline, Yet another note, Table 1"
SETUP = (
    "A dealer short one call of a year at the money (volatility 25%, drift = rate 5%) hedges 100 times at costs of 1% "
    "of each trade; its first hedge is free, its last is delivered, without another trade at expiry. The break-even "
    "price is the premium at which the mean profit is 0: by Leland's argument the Black-Scholes value at his "
    "volatility. Simulated references' own error is part of the standard error."
)
MARKET = OptionMarket(100.0, 0.25, 100, 1, 100.0, 0.05, 0.05)
STRIKE, COST = 100.0, 0.01
PATHS, REFERENCE_PATHS = 200_000, 200_000
LARGER = "At 100 trades Leland's argument is off a little: simulated elsewhere, his price leaves 0.006 (0.002)."
LELAND_MEAN, LELAND_MEAN_ERROR = 0.006, 0.002  # profit at expiry at Leland's price, simulated elsewhere
POLICIES: dict[str, dict[str, Any]] = {
    "black_scholes": {"type": "continuous"},
    "leland": {"type": "leland", "every_steps": 1},
}


def leland_number(volatility: float, interval: float, cost: float) -> float:
    """sqrt(8 / pi) cost / (sigma sqrt(interval)): `cost` one way as a share of a trade, `interval` in years."""
    return math.sqrt(8.0 / math.pi) * cost / (volatility * math.sqrt(interval))


def leland_volatility(volatility: float, interval: float, cost: float) -> float:
    """Volatility at which the seller of a convex option prices and hedges, per sqrt(year)."""
    return volatility * math.sqrt(1.0 + leland_number(volatility, interval, cost))


def value_and_delta(volatility: float) -> tuple[float, float]:
    """Black-Scholes value in $ and delta in shares of the call at the start."""
    total = volatility * math.sqrt(MARKET.years)
    d1 = (math.log(MARKET.spot / STRIKE) + MARKET.rate * MARKET.years) / total + 0.5 * total
    bond = STRIKE * math.exp(-MARKET.rate * MARKET.years)
    return float(MARKET.spot * norm.cdf(d1) - bond * norm.cdf(d1 - total)), float(norm.cdf(d1))


def volatility_of(policy: str) -> float:
    """Volatility that a policy prices and hedges with, per sqrt(year)."""
    if policy == "black_scholes":
        return MARKET.volatility
    return leland_volatility(MARKET.volatility, MARKET.years / MARKET.steps, COST)


def profits(effort: Effort) -> dict[str, Floats]:
    """Profit in $ at expiry (paths,) of sellers at the Black-Scholes value, by the policy that they hedge with."""
    books = {"option": [call(STRIKE, MARKET.days, -1.0, MARKET.volatility)]}
    dealers = [dealer(name, policy, cost=COST) for name, policy in POLICIES.items()]

    def opening(session: Session) -> None:
        for d, policy in enumerate(POLICIES):
            open_with(session, d, value_and_delta(volatility_of(policy))[1], cost=0.0)

    scenario = without_impact(MARKET, books, dealers, 261, clearing={"type": "asynchronous", "rounds": 1})
    closing = closings(scenario, effort, PATHS, opening)
    found = profit_of_sellers(closing, [STRIKE] * len(POLICIES))
    return {name: found[:, d] for d, name in enumerate(POLICIES)}


def check(effort: Effort) -> Finding:
    """Break-even prices and spreads of both ways to hedge."""
    found = profits(effort)
    discount = math.exp(-MARKET.rate * MARKET.years)
    charged = value_and_delta(MARKET.volatility)[0]
    leland_price = value_and_delta(volatility_of("leland"))[0]
    paths = found["leland"].size
    lost, needed = mean(found["black_scholes"]), mean(found["leland"])
    cells = [
        Cell(
            f"{ID}.black_scholes.mean", SOURCE, "D", -3.162, lost.value,
            against_simulated(lost, paths, REFERENCE_PATHS), precision=5e-4,
        ),
        Cell(
            f"{ID}.leland.break_even_price", SOURCE, "C", leland_price,
            charged - discount * needed.value, discount * needed.standard_error,
            expected=leland_price - discount * LELAND_MEAN, expected_error=discount * LELAND_MEAN_ERROR,
            explanation=LARGER,
        ),
    ]  # fmt: skip
    for policy, reference in (("black_scholes", 1.519), ("leland", 0.981)):
        spread = deviation(found[policy])
        error = against_simulated(spread, paths, REFERENCE_PATHS)
        cells.append(Cell(f"{ID}.{policy}.sd", SOURCE, "D", reference, spread.value, error, precision=5e-4))
    return Finding(cells, [_panel(found)])


def _panel(found: dict[str, Floats]) -> Panel:
    """Densities of the profit where each seller charges its own price."""
    edges = np.linspace(-10.0, 5.0, 121)
    middle = 0.5 * (edges[1:] + edges[:-1])
    growth = math.exp(MARKET.rate * MARKET.years)
    lines = []
    for policy, profit in found.items():
        charged_more = value_and_delta(volatility_of(policy))[0] - value_and_delta(MARKET.volatility)[0]
        share = np.histogram(profit + growth * charged_more, edges)[0] / profit.size
        error = np.sqrt(share * (1.0 - share) / profit.size)
        lines.append(Line(policy.replace("_", "-"), middle, share / np.diff(edges), "ours", error / np.diff(edges)))
    return Panel("Seller at its own price, costs of 1%", "profit at expiry ($)", "density (1/$)", lines)
