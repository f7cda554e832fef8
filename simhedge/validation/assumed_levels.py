"""Levels under an assumed side of the dealers, and what that assumption says will happen at each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.book import Listing, MarketState
from simhedge.levels.exposure import exposures
from simhedge.levels.positions import positions
from simhedge.levels.sign import Sign
from simhedge.simulation.scenario_levels import open_interest_book
from simhedge.simulation.units import hedged_units
from simhedge.validation.targets import evidence_at, named_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.book import Book
    from simhedge.levels.definitions import Evidence
    from simhedge.simulation.plan import Plan


class Shares(NamedTuple):
    """Dealers' signed share of the open interest of calls and of puts."""

    calls: float
    puts: float


class Prediction(NamedTuple):
    """A level in $ and `expected`: the sign, +1 or -1, of what its definition and the assumed side together say.

    At zero gamma +1: volatility is higher below than above; at a wall +1: dealers are long gamma there, it holds.
    """

    name: str
    definition: str
    value: float
    expected: float


def predictions(plan: Plan, shares: Shares) -> list[Prediction]:
    """Zero gamma and walls of every rule and published definition at the start, all under the assumed `shares`.

    `expected` is read off the assumed profile: whether gamma grows from a daily standard deviation below zero gamma to
    one above, and its sign at the wall. Definitions that find no level are left out.
    """
    evidence = evidence_at(plan, Sign.of(shares._asdict()), float(plan.model["spot"][0]))
    if evidence is None:
        return []
    reach = plan.gain.daily_vol
    return [
        Prediction(name, definition, value, _expected(evidence, name, value, reach))
        for name, definition, value in named_levels(evidence)
        if value is not None and math.isfinite(value)
    ]


def _expected(evidence: Evidence, name: str, value: float, reach: float) -> float:
    profile = evidence.profile

    def gamma(price: float) -> float:
        return float(np.interp(price, profile.spot, profile.net))

    said = gamma(value + reach) - gamma(value - reach) if name == "zero_gamma" else gamma(value)
    return float(np.sign(said))


def _listing(plan: Plan, book: Book) -> Listing:
    """The book's options at the start."""
    market, clock = plan.scenario.market, plan.scenario.clock
    spot, days_per_year = float(plan.model["spot"][0]), clock.trading_days_per_year
    return Listing.from_book(book, MarketState(spot, market.rate, market.dividend_yield, 0.0, days_per_year))


def true_shares(plan: Plan) -> tuple[Shares, Shares]:
    """Share of calls' and of puts' gamma that hedging dealers truly hold, signed; and the gross gamma of either.

    At the start; the shares are scaled so that the larger is 1 in size, and 0 where nobody hedges.
    """
    gross = _gamma_by_side(plan, open_interest_book(plan.books), signed=False)
    units = hedged_units(plan.dealers, plan.options.books.size)
    held = np.zeros(2)
    for loaded, unit in zip(plan.books, units[: len(plan.books)], strict=True):
        held += unit * _gamma_by_side(plan, loaded.book, signed=True)
    share = np.divide(held, gross, out=np.zeros(2), where=gross > 0.0)
    largest = np.abs(share).max()
    return Shares(*(share / largest if largest > 0.0 else share).tolist()), Shares(*gross.tolist())


def _gamma_by_side(plan: Plan, book: Book, *, signed: bool) -> NDArray[np.float64]:
    """Gamma of the book's calls and of its puts at the start, $ per 1%, (2,)."""
    market, listing = plan.scenario.market, _listing(plan, book)
    share = listing.dealer_sign if signed else np.ones(listing.strike.size)
    priced = positions(listing, share, market.rate, market.dividend_yield)
    gamma = exposures(listing, share, priced, "model").gamma
    return np.array([gamma[listing.is_call].sum(), gamma[~listing.is_call].sum()])


def agreement(assumed: Shares, true: Shares, gross: Shares) -> float:
    """Correlation (cosine) of assumed and true shares, weighted by gross gamma: 1 right but for scale, -1 opposite."""
    weights, one, other = np.array(gross), np.array(assumed), np.array(true)
    lengths = math.sqrt(float(weights @ one**2) * float(weights @ other**2))
    return float(weights @ (one * other)) / lengths if lengths > 0.0 else math.nan
