"""Hull's measure of delta hedging by rebalancing interval, and why his table stops falling near 0.13."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, dealer, without_impact
from simhedge.canon.sample import against_simulated, deviation
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.validation.estimate import Estimate

    Floats = NDArray[np.float64]

ID = "hull_performance"
TITLE = "Delta hedging: sd of the cost over the option's price, rebalanced every 5 to 1/4 weeks"
SOURCE = "Hull, Options, Futures, and Other Derivatives, 10th ed., Table 19.4"
SETUP = (
    "A dealer short one call (spot 49, strike 50, rate 5%, volatility 20%, expected return 13%, 20 weeks) rebalances "
    "on a grid; no impact. The measure is the sd of the cost over the Black-Scholes price. The printed numbers come "
    "out where the cost is the plain sum of cash flows, without interest; discounted, the measure falls on with the "
    "interval, as theory has it (simulated reference: its own error is part of the standard error). The "
    "difference, interest that depends on the path, does not vanish as trading becomes continuous: its limit is a "
    "formula."
)
MARKET = OptionMarket(49.0, 0.2, 20, 4, 52.0, 0.05, 0.13)
STRIKE = 50.0
PATHS, REFERENCE_PATHS = 400_000, 2_000_000
STEPS_PER_WEEK = 4
PRINTED = {5.0: 0.42, 4.0: 0.38, 2.0: 0.28, 1.0: 0.21, 0.5: 0.16, 0.25: 0.13}
NODES, WEIGHTS = (0.5 * (np.array(rule) + shift) for rule, shift in zip(leggauss(48), (1.0, 0.0), strict=True))
DISCRETE = (
    "Interest is charged on what is owed at the start of each of 80 intervals, not at all times. Exact: expected."
)
DISCOUNTED = {5.0: 0.4158, 4.0: 0.3738, 2.0: 0.2685, 1.0: 0.1923, 0.5: 0.1373, 0.25: 0.0978}


class Costs(NamedTuple):
    """Cost of hedging one call per path and dealer, $ (paths, dealers): without interest, and discounted to the start.

    The strike that an exercised option brings is set off against them.
    """

    raw: Floats
    discounted: Floats


def hedging_costs(
    policies: Sequence[dict[str, Any]], effort: Effort, seed: int, *, market: OptionMarket = MARKET
) -> Costs:
    """Costs of a dealer short one call under each policy, all on the same paths; `market` sets the grid."""
    books = {"option": [call(STRIKE, market.days, -1.0, market.volatility)]}
    dealers = [dealer(f"dealer_{n}", policy) for n, policy in enumerate(policies)]
    plan = prepare(without_impact(market, books, dealers, seed))
    raw, discounted = [], []
    paths = effort.paths(PATHS)
    for batch in path_batches(plan, ("spot", "hedge"), paths=paths, threads=effort.threads, progress=effort.progress):
        flows = cash_flows(batch.series["spot"], batch.series["hedge"])
        times = np.linspace(0.0, MARKET.years, flows.shape[1])
        raw.append(flows.sum(axis=1))
        discounted.append(np.einsum("n,pnd->pd", np.exp(-MARKET.rate * times), flows))
    return Costs(np.concatenate(raw), np.concatenate(discounted))


def cash_flows(spot: Floats, hedge: Floats) -> Floats:
    """$ paid at each point (paths, points, dealers) for shares held, `hedge`, at prices `spot` (paths, points).

    At the last point shares are sold and the call is paid, or, which costs the same, delivered against the strike.
    """
    trades = np.diff(hedge, axis=1, prepend=0.0)
    flows: Floats = trades * spot[:, :, None]
    last = spot[:, -1:]
    flows[:, -1] += np.maximum(last - STRIKE, 0.0) - hedge[:, -1] * last
    return flows


def price() -> float:
    """Black-Scholes price of the call at the start, $."""
    total = MARKET.volatility * math.sqrt(MARKET.years)
    d1 = (math.log(MARKET.spot / STRIKE) + MARKET.rate * MARKET.years) / total + 0.5 * total
    bond = STRIKE * math.exp(-MARKET.rate * MARKET.years)
    return float(MARKET.spot * norm.cdf(d1) - bond * norm.cdf(d1 - total))


def interest_sd(trades: int | None = None) -> float:
    """sd in $ of the interest left out of the raw cost, hedged at `trades` times, or always (None).

    A hedge that works owes K exp(-r(T-t)) Phi(d2) at time t, less its grown premium, which is sure; so raw cost less
    discounted cost varies as r K times the integral of exp(-r(T-t)) Phi(d2(S_t, t)), or as its sum over intervals.
    """
    rate, years = MARKET.rate, MARKET.years
    if trades is not None:
        times = np.linspace(0.0, years, trades, endpoint=False)
        owed = np.exp(-rate * (years - times)) * math.expm1(rate * years / trades)
        covariance = in_the_money_covariance(np.minimum.outer(times, times), np.maximum.outer(times, times))
        return STRIKE * math.sqrt(float(owed @ covariance @ owed))
    late = years * NODES[:, None]
    early = late * NODES
    discount = np.exp(-rate * (2.0 * years - late - early))
    inner = WEIGHTS[:, None] * WEIGHTS * years * late  # of the interval (0, years), and of (0, late) in it
    return rate * STRIKE * math.sqrt(2.0 * float((inner * discount * in_the_money_covariance(early, late)).sum()))


def in_the_money_covariance(early: Floats, late: Floats) -> Floats:
    """Covariance of Phi(d2) at two times in years, elementwise, whatever the drift.

    Seen from the start, Phi(d2) is the mean of the event that a normal of variance sigma^2 T exceeds a number; two such
    normals correlate by early / T. Covariance of the events: the bivariate density integrated over the correlation
    from 0 on (Plackett 1954), here by Gauss-Legendre.
    """
    early, late = np.broadcast_arrays(early, late)
    a, b = _standardised(early)[..., None], _standardised(late)[..., None]
    correlation = early[..., None] / MARKET.years * NODES
    rest = 1.0 - correlation**2
    density = np.exp(-(a * a - 2.0 * correlation * a * b + b * b) / (2.0 * rest)) / (2.0 * math.pi * np.sqrt(rest))
    covariance: Floats = early / MARKET.years * (density @ WEIGHTS)
    return covariance


def _standardised(time: Floats) -> Floats:
    """The number that a standard normal must stay below for the call to end in the money, seen from `time`, years.

    The price drifts at the true rate until then, and at the interest rate afterwards.
    """
    total = MARKET.volatility * math.sqrt(MARKET.years)
    drift = MARKET.drift * time + MARKET.rate * (MARKET.years - time)
    a: Floats = (math.log(MARKET.spot / STRIKE) + drift) / total - 0.5 * total
    return a


def check(effort: Effort) -> Finding:
    """The printed measure beside ours without interest and discounted, and the limit of what is between them."""
    policies = [{"type": "fixed_interval", "every_steps": round(weeks * STEPS_PER_WEEK)} for weeks in PRINTED]
    costs = hedging_costs(policies, effort, 221)
    raw = [deviation(costs.raw[:, d] / price()) for d in range(len(PRINTED))]
    discounted = [deviation(costs.discounted[:, d] / price()) for d in range(len(PRINTED))]
    cells = []
    for (weeks, printed), found in zip(PRINTED.items(), raw, strict=True):
        cells.append(Cell(f"{ID}.weeks_{weeks:g}", SOURCE, "P", printed, *found, precision=5e-3))
    for (weeks, reference), found in zip(DISCOUNTED.items(), discounted, strict=True):
        error = against_simulated(found, effort.paths(PATHS), REFERENCE_PATHS)
        name = f"{ID}.discounted.weeks_{weeks:g}"
        cells.append(Cell(name, SOURCE, "D", reference, found.value, error, precision=5e-5))
    cells.append(_interest(costs))
    return Finding(cells, [_panel(raw, discounted)])


def _interest(costs: Costs) -> Cell:
    """sd of raw less discounted cost, at the shortest interval, against its limit in continuous time."""
    left_out = deviation((costs.raw - costs.discounted)[:, -1] / price())
    name, limit, expected = f"{ID}.interest_left_out", interest_sd() / price(), interest_sd(MARKET.steps) / price()
    return Cell(name, SOURCE, "C", limit, *left_out, expected=expected, explanation=DISCRETE)


def _panel(raw: Sequence[Estimate], discounted: Sequence[Estimate]) -> Panel:
    weeks = np.array(list(PRINTED))
    floor = np.full(weeks.size, interest_sd() / price())

    def measured(label: str, found: Sequence[Estimate]) -> Line:
        values, errors = np.array(found).T
        return Line(label, weeks, values, "ours", errors)

    lines = [
        Line("Hull's table", weeks, np.array(list(PRINTED.values())), "published"),
        measured("sum of cash flows", raw),
        measured("discounted cash flows", discounted),
        Line("interest left out, continuous limit", weeks, floor, "formula"),
    ]
    title = "sd of hedging cost over option price"
    return Panel(title, "weeks between trades", "sd / price", lines, log_x=True, log_y=True)
