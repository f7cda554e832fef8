"""Error of hedging an option a finite number of times: Derman and Kamal's rule, the constant of any strike, exact."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, closings, dealer, profit_of_sellers, without_impact
from simhedge.canon.sample import against_simulated, deviation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.validation.estimate import Estimate

    Floats = NDArray[np.float64]

ID = "discrete_hedging"
TITLE = "Hedging N times instead of always: sd of the profit, at the money and off it"
SOURCE = "Derman and Kamal (1999), When You Cannot Hedge Continuously, Goldman Sachs Quantitative Strategies"
SETUP = (
    "A dealer short one call hedges it N times until expiry in a market without impact; implied = realised volatility "
    "20%, spot 100. The sd of the profit is compared with the rule sqrt(pi/4) vega sigma / sqrt(N), with the leading "
    "term for any strike, and with simulations made elsewhere, whose own Monte Carlo error is part of the standard "
    "error here. At finite N the sd is known exactly too: errors of successive steps are martingale differences, so "
    "that their variances add up."
)
PATHS = 400_000
VOLATILITY, SPOT = 0.2, 100.0
STRIKES = (90.0, 95.0, 100.0, 105.0, 110.0, 115.0)
CASE_110 = STRIKES.index(110.0)
FINITE = (
    "The leading term in 1/N is too large at finite N: errors of the last steps, where gamma peaks, grow no further. "
    "Expected: the term times what the exact sd at this N is of its limit."
)
OFF_THE_MONEY = (
    "The rule takes d2 = 0 in the leading term, which at this strike is 10.8% larger. Expected: the rule times that "
    "factor, and times what the exact sd at this N is of its limit."
)
# rate, sd by number of trades as simulated elsewhere, and with how many paths
SIMULATED_MONTHS = (
    (0.0, {21: 0.4278, 84: 0.2183, 252: 0.1268}, 400_000),
    (0.05, {21: 0.4280, 84: 0.2178}, 1_000_000),
)
Z_GRID = np.linspace(-10.0, 10.0, 2001)


class Hedge(NamedTuple):
    """A call of `years` to expiry on a price of volatility `volatility`, hedged `trades` times; $ and per year."""

    strike: float
    years: float
    trades: int
    rate: float = 0.0
    spot: float = SPOT
    volatility: float = VOLATILITY

    @property
    def forward(self) -> float:
        """Forward price, $."""
        return self.spot * math.exp(self.rate * self.years)

    @property
    def total_vol(self) -> float:
        """Volatility over the whole life."""
        return self.volatility * math.sqrt(self.years)

    @property
    def d2(self) -> float:
        """d2 of Black and Scholes at the start."""
        return math.log(self.forward / self.strike) / self.total_vol - 0.5 * self.total_vol


def vega(hedge: Hedge) -> float:
    """$ per 1.00 of volatility."""
    return hedge.spot * float(norm.pdf(hedge.d2 + hedge.total_vol)) * math.sqrt(hedge.years)


def derman_kamal_sd(hedge: Hedge) -> float:
    """sd of the profit, discounted to the start, in $ by the rule sqrt(pi / 4) vega sigma / sqrt(N)."""
    return math.sqrt(math.pi / 4.0) * vega(hedge) * hedge.volatility / math.sqrt(hedge.trades)


def leading_sd(hedge: Hedge) -> float:
    """sd of the profit at expiry in $, leading term in 1/N for any strike.

    Var = sigma^2 K^2 T / (4 pi N) * integral over u in (0, pi/2) of exp(-d2^2 / (1 + sin u)): half the sum of
    E[(Gamma S^2)^2] sigma^4 dt^2, with time t = T sin u.
    """
    integral = quad(lambda u: math.exp(-(hedge.d2**2) / (1.0 + math.sin(u))), 0.0, math.pi / 2.0)[0]
    variance = (hedge.total_vol * hedge.strike) ** 2 / (4.0 * math.pi * hedge.trades) * integral
    return math.sqrt(variance)


def strike_factor(hedge: Hedge) -> float:
    """Leading term at this strike over the rule, which takes d2 = 0 in it: 1 at the money, more on either side."""
    integral = quad(lambda u: math.exp(hedge.d2**2 * math.sin(u) / (1.0 + math.sin(u))), 0.0, math.pi / 2.0)[0]
    return math.sqrt(integral / (math.pi / 2.0))


def finite_factor(hedge: Hedge) -> float:
    """What finite N leaves of the leading term: sd * sqrt(N) at N over its limit, both from `exact_sd`.

    The limit by Richardson's extrapolation in powers of 1 / sqrt(N), from N = 32, 128 and 512.
    """
    coarse, middle, fine = (exact_sd(hedge._replace(trades=n)) ** 2 * n for n in (32, 128, 512))
    once_coarse, once_fine = 2.0 * middle - coarse, 2.0 * fine - middle
    limit = (4.0 * once_fine - once_coarse) / 3.0
    return exact_sd(hedge) * math.sqrt(hedge.trades / limit)


@lru_cache
def exact_sd(hedge: Hedge) -> float:
    """sd of the profit at expiry in $ where the price drifts at the rate, at finite N and for any strike.

    In forward prices both the option V and the price F are martingales, so that the variance is the sum over steps of
    E[dV^2] - 2 E[delta dV dF] + E[delta^2 dF^2]. The first telescopes to E[V_T^2] - V_0^2; in the second, taking F as
    the numeraire, E_n[V F] at the next step is F_n V(F_n exp(sigma^2 dt)).
    """
    forward, strike, total = hedge.forward, hedge.strike, hedge.total_vol
    dt = hedge.years / hedge.trades
    d1, d2 = hedge.d2 + total, hedge.d2
    payoff_squared = (
        forward**2 * math.exp(total**2) * norm.cdf(d1 + total)
        - 2.0 * forward * strike * norm.cdf(d1)
        + strike**2 * norm.cdf(d2)
    )
    variance = payoff_squared - float(_black(np.array([forward]), strike, total)[0]) ** 2
    weights = norm.pdf(Z_GRID) * (Z_GRID[1] - Z_GRID[0])
    growth = math.exp(hedge.volatility**2 * dt)
    for n in range(hedge.trades):
        spread = hedge.volatility * math.sqrt(n * dt)
        left = hedge.volatility * math.sqrt(hedge.years - n * dt)
        prices = forward * np.exp(spread * Z_GRID - 0.5 * spread**2)
        delta = norm.cdf(np.log(prices / strike) / left + 0.5 * left)
        covariance = prices * (_black(prices * growth, strike, left) - _black(prices, strike, left))
        variance += float(weights @ (delta**2 * prices**2 * (growth - 1.0) - 2.0 * delta * covariance))
    return math.sqrt(variance)


def _black(forward: Floats, strike: float, total_vol: float) -> Floats:
    """Value of a call at expiry's money, $, of forwards (n,) (Black 1976)."""
    d1 = np.log(forward / strike) / total_vol + 0.5 * total_vol
    value: Floats = forward * norm.cdf(d1) - strike * norm.cdf(d1 - total_vol)
    return value


def measured_by_trades(rate: float, trades: tuple[int, ...], effort: Effort) -> list[Estimate]:
    """sd of the profit of calls at the money of one month (1/12 year), hedged so many times: dealers side by side."""
    most = max(trades)
    market = OptionMarket(SPOT, VOLATILITY, 21, most // 21, 252.0, rate, rate)
    books = {"option": [call(SPOT, 21, -1.0, VOLATILITY)]}
    dealers = [dealer(f"trades_{n}", {"type": "fixed_interval", "every_steps": most // n}) for n in trades]
    closing = closings(without_impact(market, books, dealers, 211), effort, PATHS)
    profits = profit_of_sellers(closing, [SPOT] * len(trades))
    return [deviation(profits[:, d]) for d in range(len(trades))]


def measured_by_strike(effort: Effort) -> list[Estimate]:
    """sd of the profit of calls of half a year struck at STRIKES, hedged 84 times."""
    market = OptionMarket(SPOT, VOLATILITY, 84, 1, 168.0)
    books = {f"k{strike:.0f}": [call(strike, 84, -1.0, VOLATILITY)] for strike in STRIKES}
    dealers = [dealer(f"at_{book}", {"type": "continuous"}, book=book) for book in books]
    closing = closings(without_impact(market, books, dealers, 212), effort, PATHS)
    profits = profit_of_sellers(closing, STRIKES)
    return [deviation(profits[:, d]) for d in range(len(STRIKES))]


def check(effort: Effort) -> Finding:
    """Measured sd beside the rule, the leading term and simulations made elsewhere."""
    cells: list[Cell] = []
    for rate, table, paths in SIMULATED_MONTHS:
        measured = measured_by_trades(rate, tuple(table), effort)
        for (trades, reference), found in zip(table.items(), measured, strict=True):
            hedge = Hedge(SPOT, 1.0 / 12.0, trades, rate)
            name = f"rate_{100 * rate:.0f}_percent.trades_{trades}"
            cells.append(_simulated(name, reference, paths, found, effort))
            formulas = _formulas(name, hedge, found, finite_factor(hedge))
            cells += formulas if rate == 0.0 else [formulas[0], formulas[2]]
    by_strike = measured_by_strike(effort)
    hedge, found, name = Hedge(110.0, 0.5, 84), by_strike[CASE_110], "strike_110.trades_84"
    finite = finite_factor(hedge)
    cells += [_simulated(name, 0.4916, 400_000, found, effort), *_formulas(name, hedge, found, finite)]
    cells.append(_constant(hedge, found, finite))
    return Finding(cells, [_panel(by_strike)])


def _simulated(name: str, reference: float, paths: int, found: Estimate, effort: Effort) -> Cell:
    error = against_simulated(found, effort.paths(PATHS), paths)
    return Cell(f"{ID}.{name}.simulated", SOURCE, "D", reference, found.value, error, precision=5e-5)


def _formulas(name: str, hedge: Hedge, found: Estimate, finite: float) -> list[Cell]:
    """The exact sd, the leading term and the rule; the latter two explained by `finite` (and the strike)."""
    exact, leading, rule = exact_sd(hedge), leading_sd(hedge), derman_kamal_sd(hedge)
    at_expiry = rule * strike_factor(hedge) * math.exp(hedge.rate * hedge.years)
    because = FINITE if hedge.strike == hedge.spot else OFF_THE_MONEY
    return [
        Cell(f"{ID}.{name}.exact", SOURCE, "D", exact, *found),
        Cell(f"{ID}.{name}.leading_term", SOURCE, "C", leading, *found, expected=leading * finite, explanation=FINITE),
        Cell(f"{ID}.{name}.derman_kamal", SOURCE, "C", rule, *found, expected=at_expiry * finite, explanation=because),
    ]


def _constant(hedge: Hedge, found: Estimate, finite: float) -> Cell:
    """The constant of this strike over that of the rule; ours with the effect of finite N taken out."""
    scale = 1.0 / finite / derman_kamal_sd(hedge)
    name = f"{ID}.strike_110.constant_over_rule"
    return Cell(name, SOURCE, "D", 1.108, found.value * scale, found.standard_error * scale, precision=5e-4)


def _panel(by_strike: list[Estimate]) -> Panel:
    """sd * sqrt(N) / (vega sigma) against the strike: 0.886 by the rule."""
    strikes = np.linspace(STRIKES[0], STRIKES[-1], 51)
    fine = [Hedge(float(strike), 0.5, 84) for strike in strikes]
    scale = np.array([derman_kamal_sd(hedge) for hedge in fine]) / math.sqrt(math.pi / 4.0)
    own = np.array([derman_kamal_sd(Hedge(k, 0.5, 84)) for k in STRIKES]) / math.sqrt(math.pi / 4.0)
    lines = [
        Line("Derman and Kamal's rule", strikes, np.full(strikes.size, math.sqrt(math.pi / 4.0)), "published"),
        Line("leading term, any strike", strikes, np.array([leading_sd(h) for h in fine]) / scale, "formula"),
        Line("exact, 84 trades", strikes, np.array([exact_sd(h) for h in fine]) / scale, "formula"),
        Line(
            "simulated, 84 trades",
            np.array(STRIKES),
            np.array([found.value for found in by_strike]) / own,
            "ours",
            np.array([found.standard_error for found in by_strike]) / own,
        ),
    ]
    return Panel("Half a year, 84 trades", "strike ($)", "sd of profit * sqrt(trades) / (vega * sigma)", lines)
