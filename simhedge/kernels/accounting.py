"""Shares and cash: every trade has a counterparty, so that the shares and the cash of all agents sum to zero."""

import math

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import (
    CASH,
    EXPIRING,
    FROZEN,
    FUNDAMENTAL,
    HEDGE,
    HEDGE_FLOW,
    LANES,
    MARKET_CASH,
    MARKET_SHARES,
    NEW_HEDGE,
    PINNED_AT,
    SETTLEMENT,
    SPOT,
    TOTAL_HEDGE,
    TRADE,
    TURNOVER,
    TWIN_CASH,
    TWIN_FROZEN,
    Floats,
    Options,
    Records,
)
from simhedge.kernels.options import OUT_OF_THE_MONEY, expiring_delta, payoff
from simhedge.kernels.surface import book_part, dealer_part


@kernel(inner=True)
def accrue(row: Floats, books: int, dealers: Records, model: Records) -> None:
    """Let one step pass on all accounts: cash earns the rate, hedges and delivered shares the dividend yield."""
    m = model[0]
    growth = math.expm1(m.rate * m.years_per_step)
    dividend = math.expm1(m.dividend_yield * m.years_per_step)
    if growth == 0.0 and dividend == 0.0:
        return
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        held = book_part(row, dealers[d].book)
        number = dealers[d].number
        scale = dealers[d].scale
        for i in range(LANES):
            shares = own[HEDGE + i] + scale * held[FROZEN + i]
            income = growth * own[CASH + i] + dividend * shares * row[SPOT + i]
            own[CASH + i] += income
            row[MARKET_CASH + i] -= number * income
    for book in range(books):
        held = book_part(row, book)
        for i in range(LANES):
            held[TWIN_CASH + i] += (
                growth * held[TWIN_CASH + i] + dividend * held[TWIN_FROZEN + i] * row[FUNDAMENTAL + i]
            )


@kernel(inline=True)
def take_holdings(row: Floats, books: int, dealers: Records) -> None:
    """Move every dealer from HEDGE to NEW_HEDGE and add up the holdings; what is traded is in TRADE, to be paid for."""
    for i in range(LANES):
        row[TOTAL_HEDGE + i] = 0.0
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        number = dealers[d].number
        for i in range(LANES):
            trade = own[NEW_HEDGE + i] - own[HEDGE + i]
            own[TRADE + i] = trade
            own[HEDGE + i] = own[NEW_HEDGE + i]
            row[TOTAL_HEDGE + i] += number * own[NEW_HEDGE + i]
            row[HEDGE_FLOW + i] += number * trade
            row[TURNOVER + i] += number * abs(trade)


@kernel(inline=True)
def pay_for_trades(row: Floats, books: int, dealers: Records) -> None:
    """Charge the trades in TRADE at SPOT, the price after impact, plus proportional cost; the market is paid."""
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        number = dealers[d].number
        cost = dealers[d].cost
        for i in range(LANES):
            trade = own[TRADE + i]
            paid = (trade + cost * abs(trade)) * row[SPOT + i]
            own[CASH + i] -= paid
            row[MARKET_CASH + i] += number * paid
            row[MARKET_SHARES + i] -= number * trade


@kernel(inner=True)
def settle_expiries(row: Floats, options: Options, dealers: Records, step: int, model: Records) -> None:
    """Settle the options that expire in `step` at SPOT (twin: at the fundamental).

    Physical: shares are delivered against the strike, so the expired delta joins FROZEN for good. Cash: the payoff is
    paid and the delta is gone, so that the hedge is unwound from the next step on. Books derived from the settled one
    follow it.
    """
    cash_settled = model[0].cash_settled == 1
    books = options.books.shape[0]
    for book in range(books):
        if (
            options.books[book].origin != book
            or options.calendar[book, step].expired == options.calendar[book, step].live
        ):
            continue
        held = book_part(row, book)
        for i in range(LANES):
            spot = row[SPOT + i]
            twin = row[FUNDAMENTAL + i]
            expiring = held[EXPIRING + i]
            if row[PINNED_AT + i] == 0.0:
                expiring = expiring_delta(spot, OUT_OF_THE_MONEY, options, book, step)
            paid = payoff(spot, options, book, step)
            twin_paid = payoff(twin, options, book, step)
            if not cash_settled:
                twin_delta = expiring_delta(twin, OUT_OF_THE_MONEY, options, book, step)
                held[FROZEN + i] += expiring
                held[TWIN_FROZEN + i] += twin_delta
                paid -= expiring * spot  # the strike, paid against delivery
                twin_paid -= twin_delta * twin
            held[EXPIRING + i] = expiring
            held[SETTLEMENT + i] = paid
            held[TWIN_CASH + i] += twin_paid
        for other in range(book + 1, books):
            if options.books[other].origin == book:
                expire_from(row, book, other, jumps_after(options, other, step))
        held[EXPIRING : EXPIRING + LANES] = 0.0
    pay_settlements(row, options, dealers, step)


@kernel(inner=True)
def jumps_after(options: Options, book: int, step: int) -> bool:
    """True if a delta of `book` jumps at a strike in the step after `step`, too."""
    after = step + 1
    return (
        after < options.calendar.shape[1] and options.calendar[book, after].expired < options.calendar[book, after].live
    )


@kernel(inner=True)
def expire_from(row: Floats, book: int, derived: int, rest: bool) -> None:
    """Take the deltas EXPIRING of `book`, just settled, out of those of a book derived from it, and share FROZEN.

    `rest`: the derived book has options that count with their step and live on; else nothing is left, to the last bit.
    """
    held = book_part(row, book)
    other = book_part(row, derived)
    for i in range(LANES):
        other[FROZEN + i] = held[FROZEN + i]
        other[EXPIRING + i] = other[EXPIRING + i] - held[EXPIRING + i] if rest else 0.0


@kernel(inner=True)
def pay_settlements(row: Floats, options: Options, dealers: Records, step: int) -> None:
    """Credit each dealer with its share of the settlements of its book; the market pays."""
    books = options.books.shape[0]
    for d in range(dealers.shape[0]):
        book = dealers[d].book
        if options.calendar[book, step].expired == options.calendar[book, step].live:
            continue
        own = dealer_part(row, books, d)
        held = book_part(row, book)
        scale = dealers[d].scale
        number = dealers[d].number
        for i in range(LANES):
            own[CASH + i] += scale * held[SETTLEMENT + i]
            row[MARKET_CASH + i] -= number * scale * held[SETTLEMENT + i]
