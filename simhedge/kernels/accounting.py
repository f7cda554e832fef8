"""Shares and cash: every trade has a counterparty, so that the shares and the cash of all agents sum to zero."""

import math

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import (
    BOOK_SIZE,
    BOOKS,
    CASH,
    DEALER_SIZE,
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
    TURNOVER,
    TWIN_CASH,
    TWIN_FROZEN,
)
from simhedge.kernels.options import expiring_delta, payoff

OUT_OF_THE_MONEY = np.int64(0)  # how an option struck exactly at the price counts


@kernel(inner=True)
def accrue(row, books, dealers, model):
    """Let one step pass on all accounts: cash earns the rate, hedges and delivered shares the dividend yield."""
    m = model[0]
    growth = math.expm1(m.rate * m.years_per_step)
    dividend = math.expm1(m.dividend_yield * m.years_per_step)
    if growth == 0.0 and dividend == 0.0:
        return
    dealers_at = BOOKS + books * BOOK_SIZE
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE
        at = BOOKS + dealers.book[d] * BOOK_SIZE
        number = dealers.number[d]
        scale = dealers.scale[d]
        for i in range(LANES):
            shares = row[own + HEDGE + i] + scale * row[at + FROZEN + i]
            income = growth * row[own + CASH + i] + dividend * shares * row[SPOT + i]
            row[own + CASH + i] += income
            row[MARKET_CASH + i] -= number * income
    for book in range(books):
        at = BOOKS + book * BOOK_SIZE
        for i in range(LANES):
            row[at + TWIN_CASH + i] += (
                growth * row[at + TWIN_CASH + i] + dividend * row[at + TWIN_FROZEN + i] * row[FUNDAMENTAL + i]
            )


@kernel(inner=True)
def take_holdings(row, books, dealers, traded):
    """Move every dealer from HEDGE to NEW_HEDGE and add up the holdings; the price at which is not yet known.

    `traded` (dealers, LANES) receives the shares that one dealer of each entry trades.
    """
    dealers_at = BOOKS + books * BOOK_SIZE
    for i in range(LANES):
        row[TOTAL_HEDGE + i] = 0.0
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE
        number = dealers.number[d]
        for i in range(LANES):
            trade = row[own + NEW_HEDGE + i] - row[own + HEDGE + i]
            traded[d, i] = trade
            row[own + HEDGE + i] = row[own + NEW_HEDGE + i]
            row[TOTAL_HEDGE + i] += number * row[own + NEW_HEDGE + i]
            row[HEDGE_FLOW + i] += number * trade
            row[TURNOVER + i] += number * abs(trade)


@kernel(inner=True)
def pay_for_trades(row, books, dealers, traded):
    """Charge the trades of `traded` at SPOT, the price after impact, plus proportional cost; the market is paid."""
    dealers_at = BOOKS + books * BOOK_SIZE
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE
        number = dealers.number[d]
        cost = dealers.cost[d]
        for i in range(LANES):
            trade = traded[d, i]
            paid = (trade + cost * abs(trade)) * row[SPOT + i]
            row[own + CASH + i] -= paid
            row[MARKET_CASH + i] += number * paid
            row[MARKET_SHARES + i] -= number * trade


@kernel(inner=True)
def settle_expiries(row, options, dealers, step, model):
    """Settle the options that expire in `step` at SPOT (twin: at the fundamental).

    Physical: shares are delivered against the strike, so the expired delta joins FROZEN for good. Cash: the payoff is
    paid and the delta is gone, so that the hedge is unwound from the next step on.
    """
    cash_settled = model[0].cash_settled == 1
    books = options.first.shape[0] - 1
    for book in range(books):
        if options.expired[book, step] == options.live[book, step]:
            continue
        at = BOOKS + book * BOOK_SIZE
        for i in range(LANES):
            spot = row[SPOT + i]
            twin = row[FUNDAMENTAL + i]
            expiring = row[at + EXPIRING + i]
            if row[PINNED_AT + i] == 0.0:
                expiring = expiring_delta(spot, OUT_OF_THE_MONEY, options, book, step)
            paid = payoff(spot, options, book, step)
            twin_paid = payoff(twin, options, book, step)
            if not cash_settled:
                twin_delta = expiring_delta(twin, OUT_OF_THE_MONEY, options, book, step)
                row[at + FROZEN + i] += expiring
                row[at + TWIN_FROZEN + i] += twin_delta
                paid -= expiring * spot  # the strike, paid against delivery
                twin_paid -= twin_delta * twin
            row[at + EXPIRING + i] = 0.0
            row[at + SETTLEMENT + i] = paid
            row[at + TWIN_CASH + i] += twin_paid
    pay_settlements(row, options, dealers, step)


@kernel(inner=True)
def pay_settlements(row, options, dealers, step):
    """Credit each dealer with its share of the settlements of its book; the market pays."""
    books = options.first.shape[0] - 1
    dealers_at = BOOKS + books * BOOK_SIZE
    for d in range(dealers.book.shape[0]):
        book = dealers.book[d]
        if options.expired[book, step] == options.live[book, step]:
            continue
        own = dealers_at + d * DEALER_SIZE
        at = BOOKS + book * BOOK_SIZE + SETTLEMENT
        scale = dealers.scale[d]
        number = dealers.number[d]
        for i in range(LANES):
            row[own + CASH + i] += scale * row[at + i]
            row[MARKET_CASH + i] -= number * scale * row[at + i]
