"""Delta, gamma and value of a book from all its options: the reference that the surface is measured against."""

import math

from simhedge.kernels.black_scholes import price
from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log
from simhedge.kernels.layout import DELTA, EXPIRING, GAMMA, LANES, LOG_SOLUTION
from simhedge.kernels.normal import cdf_pdf


@kernel(inner=True)
def exact_lanes(row, at, out, options, book, step, model):
    """Fill delta (shares) and gamma (shares per $) of the live options of `book` for the lanes' prices row[at + i].

    `out` is the offset of the book's variables; time is the end of `step`; calls and puts merged, so that the sum over
    groups is exp(-q tau) * (shares * cdf(d1) - put_shares), see Merton (1973).
    """
    m = model[0]
    carry = m.rate - m.dividend_yield
    for i in range(LANES):
        row[LOG_SOLUTION + i] = log(row[at + i])
        row[out + DELTA + i] = 0.0
        row[out + GAMMA + i] = 0.0
    for g in range(options.live[book, step], options.first[book + 1]):
        tau = (options.expiry_step[g] - step) * m.years_per_step
        total_vol = options.implied_vol[g] * math.sqrt(tau)
        inverse = 1.0 / total_vol
        shift = (carry * tau - options.log_strike[g]) * inverse + 0.5 * total_vol
        discount = math.exp(-m.dividend_yield * tau)
        shares = discount * options.shares[g]
        constant = discount * options.put_shares[g]
        density = shares * inverse
        for i in range(LANES):
            c, p = cdf_pdf(row[LOG_SOLUTION + i] * inverse + shift)
            row[out + DELTA + i] += shares * c - constant
            row[out + GAMMA + i] += density * p
    gamma = options.constant_gamma[book]
    for i in range(LANES):
        row[out + DELTA + i] += gamma * (row[at + i] - m.spot)
        row[out + GAMMA + i] = row[out + GAMMA + i] / row[at + i] + gamma


@kernel()
def exact_delta_gamma(spot, options, book, step, model):
    """Delta (shares) and gamma (shares per $) of the live options of `book` at one price, time the end of `step`."""
    m = model[0]
    carry = m.rate - m.dividend_yield
    log_spot = math.log(spot)
    delta = 0.0
    gamma = 0.0
    for g in range(options.live[book, step], options.first[book + 1]):
        tau = (options.expiry_step[g] - step) * m.years_per_step
        total_vol = options.implied_vol[g] * math.sqrt(tau)
        c, p = cdf_pdf((log_spot - options.log_strike[g] + carry * tau) / total_vol + 0.5 * total_vol)
        discount = math.exp(-m.dividend_yield * tau)
        delta += discount * (options.shares[g] * c - options.put_shares[g])
        gamma += discount * options.shares[g] * p / total_vol
    linear = options.constant_gamma[book]
    return delta + linear * (spot - m.spot), gamma / spot + linear


@kernel(inner=True)
def expiring_lanes(row, at, out, options, book, step):
    """Fill the delta of the options of `book` that expire in `step`: shares * 1{S > K} - put_shares, in shares."""
    for i in range(LANES):
        row[out + EXPIRING + i] = 0.0
    for g in range(options.expired[book, step], options.live[book, step]):
        strike = options.strike[g]
        shares = options.shares[g]
        constant = options.put_shares[g]
        for i in range(LANES):
            row[out + EXPIRING + i] += (shares if row[at + i] > strike else 0.0) - constant


@kernel(inner=True)
def expiring_delta(spot, at_strike, options, book, step):
    """Delta of the expiring options at one price, in shares; `at_strike` = 1 counts a strike equal to spot as below it."""
    delta = 0.0
    for g in range(options.expired[book, step], options.live[book, step]):
        strike = options.strike[g]
        in_the_money = spot > strike or (at_strike == 1 and spot == strike)
        delta += (options.shares[g] if in_the_money else 0.0) - options.put_shares[g]
    return delta


@kernel(inner=True)
def payoff(spot, options, book, step):
    """$ that the options of `book` expiring in `step` pay their holder at price `spot`."""
    paid = 0.0
    for g in range(options.expired[book, step], options.live[book, step]):
        calls = options.shares[g] - options.put_shares[g]
        moneyness = spot - options.strike[g]
        paid += calls * moneyness if moneyness > 0.0 else -options.put_shares[g] * moneyness
    return paid


@kernel()
def exact_value(spot, options, book, step, model):
    """Black-Scholes-Merton value in $ of the live options of `book`, plus (1/2) gamma (S - S_0)**2 of constant gamma."""
    m = model[0]
    value = 0.5 * options.constant_gamma[book] * (spot - m.spot) ** 2
    for g in range(options.live[book, step], options.first[book + 1]):
        tau = (options.expiry_step[g] - step) * m.years_per_step
        calls = options.shares[g] - options.put_shares[g]
        if calls != 0.0:
            value += calls * price(1.0, spot, options.strike[g], tau, m.rate, m.dividend_yield, options.implied_vol[g])
        if options.put_shares[g] != 0.0:
            value += options.put_shares[g] * price(
                -1.0, spot, options.strike[g], tau, m.rate, m.dividend_yield, options.implied_vol[g]
            )
    return value


@kernel(parallel=False)
def exact_values(spots, out, options, book, step, model):
    """Fill `out` (n,) with the $ value of `book` at each of `spots` (n,)."""
    for i in range(spots.shape[0]):
        out[i] = exact_value(spots[i], options, book, step, model)
