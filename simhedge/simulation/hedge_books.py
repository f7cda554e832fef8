"""The books whose deltas dealers hedge, where a policy reckons with other deltas than those of the book it holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.kernels.layout import BOOK, EXPIRY, GROUP, USER_POLICY, Options, Records, records
from simhedge.scenario.dealers import LelandPolicy, StopLossPolicy
from simhedge.simulation.books import groups_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.scenario import Scenario
    from simhedge.scenario.dealers import Dealer


class HedgeBook(NamedTuple):
    """A book derived from the book `origin`: its `groups` of GROUP, the first `smooth` of which have smooth deltas.

    `expired`, `live` (steps + 1,): the groups that count with their step, 1{S > K}, in each step.
    """

    origin: int
    groups: Records
    smooth: int
    expired: NDArray[np.int64]
    live: NDArray[np.int64]


def with_hedge_books(scenario: Scenario, options: Options, dealers: Records, years_per_step: float) -> Options:
    """`options` and the books that policies need beside those held, each once; sets `dealers.hedge_book`."""
    numbers: dict[tuple[int, float | None], int] = {}
    derived: list[HedgeBook] = []
    for row, dealer in zip(dealers, scenario.dealers, strict=True):
        book = int(row.book)
        row.hedge_book = book
        if options.books.first[book] == options.books.last[book] or row.policy == USER_POLICY:
            continue
        scale = None
        if isinstance(dealer.policy, LelandPolicy):
            side = -1.0 if row.scale < 0.0 else 1.0  # who is long the book's options is short what the book is short
            scale = side * leland_scale(float(row.policy_cost), float(row.every * years_per_step))
            _check_leland(scenario, dealer, options, book, scale)
        if scale == 0.0 or not isinstance(dealer.policy, LelandPolicy | StopLossPolicy):
            continue
        if (book, scale) not in numbers:
            numbers[book, scale] = options.books.size + len(derived)
            derived.append(stop_loss_book(options, book) if scale is None else leland_book(options, book, scale))
        row.hedge_book = numbers[book, scale]
    return _joined(options, derived)


def leland_scale(cost: float, years: float) -> float:
    """Leland's number times the implied vol, sqrt(8 / pi) cost / sqrt(years): in units of vol, per sqrt(year).

    `cost` is the one-way proportional cost as a fraction, `years` the time from one trade to the next. Leland (1985)
    writes sqrt(2 / pi) for the cost of a round trip.
    """
    return math.sqrt(8.0 / math.pi) * cost / math.sqrt(years)


def leland_book(options: Options, book: int, scale: float) -> HedgeBook:
    """The book with vols s sqrt(1 + scale / s) where it is short a strike and expiry, s sqrt(1 - scale / s) where long.

    Calls and puts of one strike, expiry and vol count together, since they have the same gamma: what is long as many as
    it is short has none, and keeps its vol. `scale` is `leland_scale`.
    """
    own = _groups(options, book)
    own.implied_vol *= np.sqrt(1.0 - np.sign(own.shares) * scale / own.implied_vol)
    calendar, first = options.calendar[book], options.books.first[book]
    return HedgeBook(book, own, own.size, calendar.expired - first, calendar.live - first)


def stop_loss_book(options: Options, book: int) -> HedgeBook:
    """The book with the delta that every option would have if it expired now, as long as it has not expired."""
    own = _groups(options, book)
    expiries = np.unique(own.expiry_step)
    segment = np.searchsorted(expiries, np.arange(options.calendar.shape[1]))  # the expiry that comes next
    tables = [_by_strike(own, expiry) for expiry in expiries[: segment[-1] + 1]]
    groups = groups_of(np.concatenate(tables, axis=1), [0, sum(table.shape[1] for table in tables)])
    edges = np.cumsum([0, *(table.shape[1] for table in tables)])
    last = edges.size - 1
    return HedgeBook(book, groups, 0, edges[np.minimum(segment, last)], edges[np.minimum(segment + 1, last)])


def _groups(options: Options, book: int) -> Records:
    """A copy of the groups of one book."""
    groups = records(int(options.books.last[book] - options.books.first[book]), GROUP)
    groups[:] = options.groups[options.books.first[book] : options.books.last[book]]
    return groups


def _by_strike(own: Records, expiry: int) -> NDArray[np.float64]:
    """Rows expiry, strike, zero, shares, put shares of the distinct strikes that live until `expiry`, ascending."""
    among = own.expiry_step >= expiry
    strikes, index = np.unique(own.strike[among], return_inverse=True)
    shares, puts = (
        np.bincount(index, weights=own[name][among], minlength=strikes.size) for name in ("shares", "put_shares")
    )
    table = np.stack([np.full(strikes.size, float(expiry)), strikes, np.zeros(strikes.size), shares, puts])
    return np.compress((shares != 0.0) | (puts != 0.0), table, axis=1)


def delta_of_steps(spots: NDArray[np.float64], options: Options, book: int) -> NDArray[np.float64]:
    """Shares (n,) that options of `book` which count with their step at the start add to its delta at `spots` ($)."""
    entry = options.calendar[book, 0]
    first, last = int(entry.expired), int(entry.live)
    if first == last:
        return np.zeros_like(spots)
    below = np.searchsorted(options.groups.strike[first:last], spots)
    called = np.concatenate([[0.0], options.groups.running_shares[first:last]])[below]
    return np.asarray(called - options.groups.running_puts[last - 1])


def _check_leland(scenario: Scenario, dealer: Dealer, options: Options, book: int, scale: float) -> None:
    """Refuse a dealer who is long an option for which Leland's number is 1 or more: there is no such vol."""
    own = _groups(options, book)
    number = np.where(own.shares > 0.0, scale / own.implied_vol, 0.0)
    worst = int(np.argmax(number))
    if number[worst] < 1.0:
        return
    assert isinstance(dealer.policy, LelandPolicy)
    option = f"the long option struck at {own.strike[worst]:g} with implied vol {own.implied_vol[worst]:g}"
    every = math.floor(dealer.policy.every_steps * float(number[worst]) ** 2) + 1
    raise scenario.refusal(
        f"dealers.{dealer.name}.policy",
        f"Leland's number is {number[worst]:.4g} for {option}; at 1 or more it has no modified vol",
        f"trade less often (every_steps: {every} or more), assume a smaller cost_bps, or use fixed_interval",
        value=f"number {number[worst]:.4g} at every_steps {dealer.policy.every_steps}",
    )


def _joined(options: Options, derived: list[HedgeBook]) -> Options:
    """`options` with books added at the end."""
    if not derived:
        return options
    held = options.books.size
    groups = records(options.groups.size + sum(added.groups.size for added in derived), GROUP)
    books = records(held + len(derived), BOOK)
    calendar = records((books.size, options.calendar.shape[1]), EXPIRY)
    groups[: options.groups.size] = options.groups
    books[:held], calendar[:held] = options.books, options.calendar
    at = options.groups.size
    for b, added in enumerate(derived, start=held):
        groups[at : at + added.groups.size] = added.groups
        books[b] = (at, at + added.smooth, options.books.constant_gamma[added.origin], added.origin)
        calendar.expired[b], calendar.live[b] = at + added.expired, at + added.live
        at += added.groups.size
    return Options(groups, books, calendar)
