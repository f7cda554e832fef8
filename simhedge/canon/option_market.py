"""Markets in which hedging moves nothing: what results on hedging errors and costs are set in.

Dealers then do not see each other, so that policies side by side are hedged on the same paths in one run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simhedge.kernels.layout import CASH, HEDGE, LANES, dealer_offset
from simhedge.scenario import Scenario, scenario_from_dict
from simhedge.simulation.plan import prepare
from simhedge.simulation.session import Session
from simhedge.simulation.threads import threads_to_use

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]
    Opening = Callable[[Session], None]

CHUNK = 16384  # paths advanced together


class OptionMarket(NamedTuple):
    """A geometric Brownian price without impact: $, per year, and the grid of the run, which ends at expiry."""

    spot: float
    volatility: float
    days: int
    steps_per_day: int
    days_per_year: float
    rate: float = 0.0
    drift: float = 0.0

    @property
    def years(self) -> float:
        """Length of the run in years."""
        return self.days / self.days_per_year

    @property
    def steps(self) -> int:
        """Steps of the run."""
        return self.days * self.steps_per_day


class Closing(NamedTuple):
    """What dealers have at expiry, with the last step's trade not made and options not settled.

    `spot` (paths,) in $; `shares` and `cash` (paths, dealers), interest of the last step included. Dealers began with
    a hedge that cost nothing but its price, and with the `premiums` of their books, $ (books,), long or short.
    """

    spot: Floats
    shares: Floats
    cash: Floats
    premiums: Floats


def call(strike: float, expiry_days: float, contracts: float, implied_vol: float) -> dict[str, Any]:
    """One position of a book: calls on a share each, contracts above zero long."""
    return {
        "kind": "call",
        "strike": strike,
        "expiry_days": expiry_days,
        "contracts": contracts,
        "multiplier": 1.0,
        "implied_vol": implied_vol,
    }


def dealer(name: str, policy: Mapping[str, Any], *, book: str = "option", cost: float = 0.0) -> dict[str, Any]:
    """One entry of the dealers; `cost` is the share of a trade's value that trading costs, one way."""
    return {"name": name, "book": book, "policy": dict(policy), "cost_bps": 1e4 * cost}


def without_impact(
    market: OptionMarket,
    books: Mapping[str, Sequence[Mapping[str, Any]]],
    dealers: Sequence[Mapping[str, Any]],
    seed: int,
    *,
    clearing: Mapping[str, Any] | None = None,
) -> Scenario:
    """The scenario. Without impact all clearings are one; `asynchronous` in one round is the fastest for bands."""
    return scenario_from_dict(
        {
            "schema_version": 1,
            "name": "option-market",
            "seed": seed,
            "clock": {
                "days": market.days,
                "steps_per_day": market.steps_per_day,
                "trading_days_per_year": market.days_per_year,
            },
            "market": {
                "spot": market.spot,
                "rate": market.rate,
                "fundamental": {"type": "gbm", "drift": market.drift, "volatility": market.volatility},
                "impact": {"type": "kyle", "kyle_lambda": 0.0},
                "clearing": dict(clearing or {"type": "simultaneous"}),
                "settlement": "cash",
            },
            "books": {name: [dict(position) for position in book] for name, book in books.items()},
            "dealers": [dict(entry) for entry in dealers],
            "outputs": {"metrics": ["pnl_mean"]},
        }
    )


def closings(scenario: Scenario, effort: Effort, usual: int, opening: Opening | None = None) -> Closing:
    """Simulate `usual` paths (or as many as `effort` wants) to expiry; `opening` may change the session's start."""
    plan, paths, threads = prepare(scenario), effort.paths(usual), threads_to_use(effort.threads)
    growth = float(np.exp(plan.model["rate"][0] * plan.model["years_per_step"][0]))
    dealers = range(len(plan.dealer_names))
    session = Session(plan, min(CHUNK, paths), threads=threads)
    spots, shares, cash = [], [], []
    for first in range(0, paths, CHUNK):
        session.restart(first, min(CHUNK, paths - first))
        if opening is not None:
            opening(session)
        session.advance(plan.steps - 1)
        shares.append(np.stack([session.dealer_values(d, HEDGE) for d in dealers], axis=1))
        cash.append(growth * np.stack([session.dealer_values(d, CASH) for d in dealers], axis=1))
        session.advance(1)
        spots.append(session.spot)
        if effort.progress is not None:
            effort.progress(first + session.paths, paths, "paths")
    return Closing(np.concatenate(spots), np.concatenate(shares), np.concatenate(cash), plan.premium)


def open_with(session: Session, entry: int, shares: float, *, cost: float) -> None:
    """Let dealer `entry` begin with so many shares, bought at the start at a cost, not with a free hedge at delta.

    For a session at its start and without impact: the price does not see it.
    """
    offset = dealer_offset(session.plan.options.books.size, entry)
    held = session.state.blocks[:, offset + HEDGE : offset + HEDGE + LANES]
    cash = session.state.blocks[:, offset + CASH : offset + CASH + LANES]
    cash += (held - shares - cost * abs(shares)) * session.spot[0]
    held[:] = shares


def profit_of_sellers(closing: Closing, strikes: Sequence[float]) -> Floats:
    """$ at expiry (paths, dealers) of dealers short one call each, struck at `strikes`, hedges closed without cost."""
    payoff = np.maximum(closing.spot[:, None] - np.asarray(strikes), 0.0)
    profit: Floats = closing.cash + closing.shares * closing.spot[:, None] - payoff
    return profit
