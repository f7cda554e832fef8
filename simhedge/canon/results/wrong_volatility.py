"""Hedging a mispriced option with the implied or with the realised volatility: same mean, not the same spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, closings, dealer, without_impact
from simhedge.canon.sample import against_simulated, deviation, mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "wrong_volatility"
TITLE = "An option bought at 20% volatility where 30% is realised, hedged with either"
SOURCE = (
    "Ahmad and Wilmott (2005), Wilmott Magazine; El Karoui, Jeanblanc-Picqué and Shreve (1998), Mathematical Finance"
)
SETUP = (
    "A dealer buys a call of one year at the money at its value for implied volatility 20% and hedges it 1,000 times; "
    "30% is realised, rate 5%, no impact. Profit is discounted to the start. With deltas at implied volatility the "
    "profit depends on the path and its mean is a formula, at drift 5% the gap between the two values; with deltas at "
    "realised volatility every path earns the gap, but for the error of hedging 1,000 times. The simulated references' "
    "own error is part of the standard error."
)
SPOT, STRIKE, RATE, IMPLIED, REALISED = 100.0, 100.0, 0.05, 0.2, 0.3
STEPS, PATHS, REFERENCE_PATHS = 1000, 32_000, 20_000
DRIFTS = (0.05, 0.10)


class Profits(NamedTuple):
    """Discounted profit in $ (paths,) by the volatility that deltas are computed with, and both premiums in $."""

    at_implied: Floats
    at_realised: Floats
    premium_implied: float
    premium_realised: float


def value(volatility: float) -> float:
    """Black-Scholes value of the call at the start, $."""
    d1 = (math.log(SPOT / STRIKE) + RATE) / volatility + 0.5 * volatility
    return float(SPOT * norm.cdf(d1) - STRIKE * math.exp(-RATE) * norm.cdf(d1 - volatility))


def mean_at_implied(drift: float) -> float:
    """Mean discounted profit in $ of the call bought and hedged at implied volatility, the price drifting at `drift`.

    (sigma_r^2 - sigma_i^2) / 2 times the integral of exp(-r t) E[S^2 Gamma_i]. S^2 Gamma_i is K exp(-r tau) phi(d2) /
    (sigma_i sqrt(tau)), and the mean of that density over the normal log price is again a normal density, of variance
    sigma_i^2 tau + sigma_r^2 t.
    """

    def density(t: float) -> float:
        left = 1.0 - t
        centre = math.log(SPOT / STRIKE) + (drift - 0.5 * REALISED**2) * t + (RATE - 0.5 * IMPLIED**2) * left
        return float(norm.pdf(centre, scale=math.sqrt(IMPLIED**2 * left + REALISED**2 * t)))

    integral = quad(density, 0.0, 1.0)[0]
    return 0.5 * (REALISED**2 - IMPLIED**2) * STRIKE * math.exp(-RATE) * float(integral)


def profits(drift: float, effort: Effort) -> Profits:
    """Two dealers long the same call at implied volatility, one with deltas at each volatility."""
    market = OptionMarket(SPOT, REALISED, 250, STEPS // 250, 250.0, RATE, drift)
    books = {"implied": [call(STRIKE, 250, 1.0, IMPLIED)], "realised": [call(STRIKE, 250, 1.0, REALISED)]}
    dealers = [dealer(f"at_{name}", {"type": "continuous"}, book=name) for name in books]
    closing = closings(without_impact(market, books, dealers, 241), effort, PATHS)
    payoff = np.maximum(closing.spot - STRIKE, 0.0)
    wealth = closing.cash + closing.shares * closing.spot[:, None] + payoff[:, None]
    discounted = math.exp(-RATE) * wealth
    implied, realised = closing.premiums
    # the run books the second dealer's call at its value for the realised volatility; it was bought for less
    return Profits(discounted[:, 0], discounted[:, 1] + realised - implied, implied, realised)


def check(effort: Effort) -> Finding:
    """Premiums, means and spreads of both ways to hedge."""
    found = {drift: profits(drift, effort) for drift in DRIFTS}
    first = found[DRIFTS[0]]
    gap, gap_of_premiums = value(REALISED) - value(IMPLIED), first.premium_realised - first.premium_implied
    cells = [
        Cell(f"{ID}.value_implied", SOURCE, "C", value(IMPLIED), first.premium_implied),
        Cell(f"{ID}.value_realised", SOURCE, "C", value(REALISED), first.premium_realised),
        Cell(f"{ID}.gap", SOURCE, "C", gap, gap_of_premiums),
    ]
    for drift in DRIFTS:
        at_implied, at_realised = mean(found[drift].at_implied), mean(found[drift].at_realised)
        name = f"drift_{100 * drift:.0f}_percent"
        cells.append(Cell(f"{ID}.{name}.mean_at_implied", SOURCE, "C", mean_at_implied(drift), *at_implied))
        cells.append(Cell(f"{ID}.{name}.mean_at_realised", SOURCE, "C", gap, *at_realised))
    for name, outcomes, reference in (
        ("sd_at_implied", found[0.10].at_implied, 1.763),
        ("sd_at_realised", found[0.10].at_realised, 0.314),
    ):
        spread = deviation(outcomes)
        error = against_simulated(spread, outcomes.size, REFERENCE_PATHS)
        cells.append(Cell(f"{ID}.{name}", SOURCE, "D", reference, spread.value, error, precision=5e-4))
    return Finding(cells, [_panel(found[0.10])])


def _panel(found: Profits) -> Panel:
    """Densities of the discounted profit of both ways to hedge."""
    edges = np.linspace(-2.0, 12.0, 113)
    middle = 0.5 * (edges[1:] + edges[:-1])
    lines = []
    for label, outcomes in (("implied volatility", found.at_implied), ("realised volatility", found.at_realised)):
        share = np.histogram(outcomes, edges)[0] / outcomes.size
        error = np.sqrt(share * (1.0 - share) / outcomes.size)
        lines.append(Line(f"deltas at {label}", middle, share / np.diff(edges), "ours", error / np.diff(edges)))
    return Panel("Drift 10%: profit of the buyer", "discounted profit ($)", "density (1/$)", lines)
