"""The levels of all dealers' books together, each option on the side that its dealers are on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simhedge.book import Book, MarketState
from simhedge.levels import Conventions, find_levels
from simhedge.simulation.units import held_units

if TYPE_CHECKING:
    from simhedge.levels import Levels
    from simhedge.simulation.plan import Plan


def street_levels(plan: Plan, spot: float, elapsed_days: float = 0.0) -> Levels | None:
    """The levels of `street_book` at the price `spot` ($) after some trading days; None where no option lives.

    Zero gamma and walls by the usual rules, without the published definitions, which assume a side of their own.
    """
    book = street_book(plan)
    if not ((book.contracts != 0.0) & (book.expiry_days > elapsed_days + 1e-9)).any():
        return None
    market, clock = plan.scenario.market, plan.scenario.clock
    state = MarketState(spot, market.rate, market.dividend_yield, elapsed_days, clock.trading_days_per_year)
    return find_levels(book, state, conventions=Conventions(definitions=()))


def street_book(plan: Plan) -> Book:
    """The options of all dealers together, signed from their side; constant gamma has no strike and is left out."""
    held = held_units(plan.dealers, len(plan.books))
    parts = [loaded.book.scaled(float(units)) for loaded, units in zip(plan.books, held, strict=True)]
    return replace(Book.joined(parts), constant_gamma=0.0)
