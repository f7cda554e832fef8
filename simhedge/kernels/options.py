"""Delta, gamma and value of a book from all its options: the reference that the surface is measured against."""

import math
from typing import Any

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log
from simhedge.kernels.layout import DELTA, EXPIRING, GAMMA, LANES, Floats, Options, Records
from simhedge.kernels.normal import cdf, cdf_pdf, pdf

OUT_OF_THE_MONEY: Any = np.int64(0)  # how a call struck exactly at the price counts


@kernel(inner=True)
def exact_lanes(
    spots: Floats, logs: Floats, own: Floats, options: Options, book: int, step: int, model: Records
) -> None:
    """Fill delta (shares) and gamma (shares per $) of the live options of `book` for the lanes' prices `spots`.

    `own` is the book's part of the state, `logs` (LANES,) working space; time is the end of `step`. Calls and puts are
    merged, so that the sum over groups is exp(-q tau) * (shares * cdf(d1) - put_shares), see Merton (1973).
    """
    m = model[0]
    carry = m.rate - m.dividend_yield
    for i in range(LANES):
        logs[i] = log(spots[i])
        own[DELTA + i] = 0.0
        own[GAMMA + i] = 0.0
    for g in range(options.calendar[book, step].live, options.books[book].last):
        tau = (options.groups[g].expiry_step - step) * m.years_per_step
        total_vol = options.groups[g].implied_vol * math.sqrt(tau)
        inverse = 1.0 / total_vol
        shift = (carry * tau - options.groups[g].log_strike) * inverse + 0.5 * total_vol
        discount = math.exp(-m.dividend_yield * tau)
        shares = discount * options.groups[g].shares
        constant = discount * options.groups[g].put_shares
        density = shares * inverse
        for i in range(LANES):
            c, p = cdf_pdf(logs[i] * inverse + shift)
            own[DELTA + i] += shares * c - constant
            own[GAMMA + i] += density * p
    gamma = options.books[book].constant_gamma
    for i in range(LANES):
        own[DELTA + i] += gamma * (spots[i] - m.spot)
        own[GAMMA + i] = own[GAMMA + i] / spots[i] + gamma


@kernel()
def exact_delta_gamma(spot: float, options: Options, book: int, step: int, model: Records) -> tuple[float, float]:
    """Delta (shares) and gamma (shares per $) of the live options of `book` at one price, time the end of `step`."""
    m = model[0]
    carry = m.rate - m.dividend_yield
    log_spot = math.log(spot)
    delta = 0.0
    gamma = 0.0
    for g in range(options.calendar[book, step].live, options.books[book].last):
        tau = (options.groups[g].expiry_step - step) * m.years_per_step
        total_vol = options.groups[g].implied_vol * math.sqrt(tau)
        c, p = cdf_pdf((log_spot - options.groups[g].log_strike + carry * tau) / total_vol + 0.5 * total_vol)
        discount = math.exp(-m.dividend_yield * tau)
        delta += discount * (options.groups[g].shares * c - options.groups[g].put_shares)
        gamma += discount * options.groups[g].shares * p / total_vol
    linear = options.books[book].constant_gamma
    return delta + linear * (spot - m.spot), gamma / spot + linear


@kernel()
def exact_gammas(
    spots: Floats, logs: Floats, out: Floats, options: Options, book: int, step: int, model: Records
) -> None:
    """Fill `out` (n,) with the gamma (shares per $) of the live options of `book` at `spots` (n,), end of `step`.

    `logs` (n,) is working space.
    """
    m = model[0]
    carry = m.rate - m.dividend_yield
    for j in range(spots.shape[0]):
        logs[j] = log(spots[j])
        out[j] = 0.0
    for g in range(options.calendar[book, step].live, options.books[book].last):
        tau = (options.groups[g].expiry_step - step) * m.years_per_step
        total_vol = options.groups[g].implied_vol * math.sqrt(tau)
        inverse = 1.0 / total_vol
        shift = (carry * tau - options.groups[g].log_strike) * inverse + 0.5 * total_vol
        density = math.exp(-m.dividend_yield * tau) * options.groups[g].shares * inverse
        for j in range(spots.shape[0]):
            out[j] += density * pdf(logs[j] * inverse + shift)
    for j in range(spots.shape[0]):
        out[j] = out[j] / spots[j] + options.books[book].constant_gamma


@kernel(inner=True)
def strikes_below(spot: float, at_strike: int, options: Options, first: int, last: int) -> int:
    """The first of the groups first .. last - 1, sorted by strike, that is not in the money for a call at `spot`.

    `at_strike` = 1 counts a strike equal to spot as below it.
    """
    while first < last:
        middle = (first + last) // 2
        strike = options.groups[middle].strike
        if strike < spot or (at_strike == 1 and strike == spot):
            first = middle + 1
        else:
            last = middle
    return first


@kernel(inner=True)
def expiring_delta(spot: float, at_strike: int, options: Options, book: int, step: int) -> float:
    """Delta of the options of `book` that count with their step, shares * 1{S > K} - put_shares, in shares.

    `at_strike` = 1 counts a strike equal to spot as below it.
    """
    first = options.calendar[book, step].expired
    last = options.calendar[book, step].live
    if first == last:
        return 0.0
    beyond = strikes_below(spot, at_strike, options, first, last)
    in_the_money = options.groups[beyond - 1].running_shares if beyond > first else 0.0
    return in_the_money - options.groups[last - 1].running_puts


@kernel(inner=True)
def expiring_lanes(spots: Floats, own: Floats, options: Options, book: int, step: int) -> None:
    """Fill the delta of the options of `book` that count with their step in `step` for all lanes, in shares."""
    for i in range(LANES):
        own[EXPIRING + i] = expiring_delta(spots[i], OUT_OF_THE_MONEY, options, book, step)


@kernel(inner=True)
def payoff(spot: float, options: Options, book: int, step: int) -> float:
    """$ that the options of `book` expiring in `step` pay their holder at price `spot`.

    The sum over strikes of calls * (S - K)+ + puts * (K - S)+ is that of (calls + puts) * (S - K)+ - puts * (S - K).
    """
    first = options.calendar[book, step].expired
    last = options.calendar[book, step].live
    if first == last:
        return 0.0
    beyond = strikes_below(spot, OUT_OF_THE_MONEY, options, first, last)
    paid = options.groups[last - 1].running_put_strikes - spot * options.groups[last - 1].running_puts
    if beyond > first:
        paid += spot * options.groups[beyond - 1].running_shares - options.groups[beyond - 1].running_strikes
    return paid


@kernel()
def exact_values(
    spots: Floats, logs: Floats, out: Floats, options: Options, book: int, step: int, model: Records
) -> None:
    """Fill `out` (n,) with the $ value of `book` at `spots` (n,), live options only; `logs` (n,) is working space.

    Black-Scholes-Merton by groups: shares as calls, less put_shares forwards (put-call parity); constant gamma is worth
    (1/2) gamma (S - S_0)**2. Time is the end of `step`.
    """
    m = model[0]
    carry = m.rate - m.dividend_yield
    constant_gamma = options.books[book].constant_gamma
    for j in range(spots.shape[0]):
        logs[j] = log(spots[j])
        out[j] = 0.5 * constant_gamma * (spots[j] - m.spot) ** 2
    for g in range(options.calendar[book, step].live, options.books[book].last):
        tau = (options.groups[g].expiry_step - step) * m.years_per_step
        total_vol = options.groups[g].implied_vol * math.sqrt(tau)
        inverse = 1.0 / total_vol
        shift = (carry * tau - options.groups[g].log_strike) * inverse + 0.5 * total_vol
        spot_discount = math.exp(-m.dividend_yield * tau)
        strike = options.groups[g].strike * math.exp(-m.rate * tau)
        shares = options.groups[g].shares
        puts = options.groups[g].put_shares
        for j in range(spots.shape[0]):
            d1 = logs[j] * inverse + shift
            prepaid = spots[j] * spot_discount
            out[j] += shares * (prepaid * cdf(d1) - strike * cdf(d1 - total_vol)) - puts * (prepaid - strike)
