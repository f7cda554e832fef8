"""From the books of a scenario to plain option arrays, merged and sorted as the kernels want them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from simhedge.book import Book
from simhedge.errors import InputError
from simhedge.kernels.layout import BOOK, EXPIRY, GROUP, Options, Records, records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from simhedge.chains import Chain
    from simhedge.scenario import Scenario
    from simhedge.scenario.books import ChainBook, OptionPosition

STEP_TOLERANCE = 1e-3  # expiries are counted in steps; decimals as 0.1 days do not hit them to the last digit


@dataclass(frozen=True)
class LoadedBook:
    """A book of the scenario by name, and the chain it came from, if any."""

    name: str
    book: Book
    chain: Chain | None


def load_books(scenario: Scenario) -> list[LoadedBook]:
    """The books that dealers hold, in the order in which dealers name them first."""
    names = dict.fromkeys(dealer.book for dealer in scenario.dealers)
    return [_load_book(scenario, name) for name in names]


def _load_book(scenario: Scenario, name: str) -> LoadedBook:
    written = scenario.books[name]
    if not isinstance(written, list):
        return _load_chain(scenario, name, written)
    options = [position for position in written if position.kind != "constant_gamma"]
    gamma = sum(position.gamma for position in written if position.kind == "constant_gamma")
    expiry_days = [
        _expiry_days(scenario, name, index, position)
        for index, position in enumerate(written)
        if position.kind != "constant_gamma"
    ]

    def column(attribute: str) -> np.ndarray:
        return np.array([getattr(position, attribute) for position in options], dtype=np.float64)

    book = Book(
        is_call=np.array([position.kind == "call" for position in options], dtype=np.bool_),
        strike=column("strike"),
        expiry_days=np.array(expiry_days, dtype=np.float64),
        contracts=column("contracts"),
        multiplier=column("multiplier"),
        implied_vol=column("implied_vol"),
        constant_gamma=float(gamma),
    )
    return LoadedBook(name, book, None)


def _expiry_days(scenario: Scenario, name: str, index: int, position: OptionPosition) -> float:
    """Trading days from the start to the expiry of one position; the calendar form counts sessions up to the date."""
    if position.expiry_days is not None:
        return float(position.expiry_days)
    from simhedge.chains.calendar import trading_days_between

    key, start, expiry = f"books.{name}.{index}.expiry", scenario.clock.start, position.expiry
    try:
        days = trading_days_between(cast("date", start), cast("date", expiry))
    except InputError as error:
        culprit = "clock.start" if str(error.value) == str(start) else key
        raise scenario.refusal(culprit, error.message, "check the year of the date") from error
    if days <= 0:
        message = f"expires before the first session of the clock, which starts on {start}"
        raise scenario.refusal(key, message, "use a later expiry or an earlier clock.start")
    return float(days)


def _load_chain(scenario: Scenario, name: str, written: ChainBook) -> LoadedBook:
    key = f"books.{name}.from_chain"
    path = scenario.chain_path(name)
    if not os.path.exists(path):  # False, too, where the name is too long for a file
        remedy = "the path is relative to the file it is written in; in --set, to the current directory"
        raise scenario.refusal(key, f"there is no file {path}", remedy)
    try:
        chain = _read_chain(path, written, scenario.market.spot)
        book = Book.from_chain(chain, sign={"calls": written.sign.calls, "puts": written.sign.puts})
    except InputError as error:
        culprit = f"books.{name}.{error.key}" if error.key in ("root", "quote_time") else key
        raise scenario.refusal(culprit, _told(error), _remedy(error)) from error
    if book.shares.size == 0:
        remedy = "give dealers a share of the calls, of the puts, or of both"
        raise scenario.refusal(f"books.{name}.sign", f"leaves nothing of {path}", remedy, written.sign.model_dump())
    return LoadedBook(name, book, chain)


def _read_chain(path: Path, written: ChainBook, spot: float | None) -> Chain:
    """The chain at a path; the market's spot ($) where the file tells none."""
    from simhedge.chains import read_chain
    from simhedge.chains.table import GIVE_SPOT

    try:
        return read_chain(path, root=written.root, quote_time=written.quote_time)
    except InputError as error:
        if spot is None or not (error.remedy or "").startswith(GIVE_SPOT):
            raise
        return read_chain(path, spot=spot, root=written.root, quote_time=written.quote_time)


def _remedy(error: InputError) -> str:
    """The remedy in the words of a scenario, not in those of the command line."""
    from simhedge.chains.table import reworded

    return reworded(
        error.remedy or "choose another chain",
        spot="give market.spot",
        quote_time="give quote_time beside from_chain",
        root="root beside from_chain",
    )


def _told(error: InputError) -> str:
    """An error about a chain file in one line: place, key, message and value."""
    shown = InputError(error.message, file=error.file, line=error.line, key=error.key)
    return str(shown) if error.value is None else f"{shown}, got {error.value!r:.80}"


def merge_books(books: Sequence[Book], steps: int, steps_per_day: int) -> Options:
    """Options of all books as the kernels take them: calls and puts of one strike, expiry and vol are one group.

    Groups are sorted by book, expiry step and strike; those without shares are dropped.
    """
    columns: list[np.ndarray] = []
    first = [0]
    for book in books:
        merged = _merge(book, steps_per_day)
        columns.append(merged)
        first.append(first[-1] + merged.shape[1])
    groups = groups_of(np.concatenate(columns, axis=1) if columns else np.zeros((5, 0)), first)
    entries = records(len(books), BOOK)
    entries.first, entries.last = first[:-1], first[1:]
    entries.constant_gamma = [book.constant_gamma for book in books]
    entries.origin = np.arange(len(books))
    calendar = records((len(books), steps + 1), EXPIRY)
    for b in range(len(books)):
        own = groups.expiry_step[first[b] : first[b + 1]]
        calendar.expired[b] = first[b] + np.searchsorted(own, np.arange(steps + 1), side="left")
        calendar.live[b] = first[b] + np.searchsorted(own, np.arange(steps + 1), side="right")
    return Options(groups, entries, calendar)


def groups_of(table: np.ndarray, first: list[int]) -> Records:
    """Groups with the columns of `table`: expiry step, strike, implied vol, shares, put shares; books begin at `first`.

    Sorted by book, expiry step and strike.
    """
    groups = records(table.shape[1], GROUP)
    groups.expiry_step, groups.strike, groups.implied_vol, groups.shares, groups.put_shares = table
    groups.log_strike = np.log(groups.strike)
    sums = _running_sums(table, first)
    groups.running_shares, groups.running_strikes, groups.running_puts, groups.running_put_strikes = sums
    return groups


def _running_sums(table: np.ndarray, first: list[int]) -> np.ndarray:
    """Sums of shares, shares * strike, puts, puts * strike over the strikes of each expiry up to each group, (4, n)."""
    amounts = np.stack([table[3], table[3] * table[1], table[4], table[4] * table[1]])
    sums = np.empty_like(amounts)
    for low, high in pairwise(first):
        edges = [low, *(low + 1 + np.flatnonzero(np.diff(table[0, low:high]))).tolist(), high]
        for a, b in pairwise(edges):
            sums[:, a:b] = np.cumsum(amounts[:, a:b], axis=1)
    return sums


def _merge(book: Book, steps_per_day: int) -> np.ndarray:
    """Rows expiry step, strike, implied vol, shares, put shares of a book's distinct (expiry, strike, vol)."""
    exact = book.expiry_days * steps_per_day
    expiry_step = np.round(exact)
    late = np.abs(exact - expiry_step) > STEP_TOLERANCE
    if late.any():
        worst = float(book.expiry_days[late][0])
        raise InputError(
            f"an expiry after {worst:g} trading days falls between two steps",
            key="expiry_days",
            value=worst,
            remedy=f"use multiples of 1/{steps_per_day} day, or other clock.steps_per_day",
        )
    if book.strike.size == 0:
        return np.zeros((5, 0))
    keys = np.stack([expiry_step, book.strike, book.implied_vol])
    distinct, index = np.unique(keys, axis=1, return_inverse=True)
    index = index.reshape(-1)
    shares = np.bincount(index, weights=book.shares, minlength=distinct.shape[1])
    put_shares = np.bincount(index, weights=np.where(book.is_call, 0.0, book.shares), minlength=distinct.shape[1])
    held = (shares != 0.0) | (put_shares != 0.0)
    return np.concatenate([distinct, shares[None], put_shares[None]])[:, held]
