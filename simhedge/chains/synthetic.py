"""The shipped synthetic option chain: an index near 4,000 with smile, term structure, round-strike open interest.

    python -m simhedge.chains.synthetic scenarios/data/spx_like_quotedata.csv --seed 20240614

Written in the format of Cboe's quotedata CSV with its usual blemishes: options expired that evening, implied vols that
are missing, floored or rounded, one-sided quotes. No number in it was ever quoted by anyone. The implied vols are an
SSVI surface (Gatheral & Jacquier, 2014), so that the true prices are free of butterfly arbitrage.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from simhedge.chains.calendar import trading_days_between
from simhedge.kernels.black_scholes import delta, gamma, price
from simhedge.kernels.compiler import kernel

SEED = 20240614
SPOT, CHANGE, RATE, DIVIDEND_YIELD = 4012.37, 18.42, 0.05, 0.015
CLOCK_START = date(2024, 6, 17)
TRADING_DAYS_PER_YEAR = 252.0
DAYS_OF_EXPIRED = 0.25  # a vendor's figures for expired options are those of their last hours

# Per option root: expiry date and its weight in open interest.
EXPIRIES: dict[str, tuple[tuple[str, float], ...]] = {
    "SPXW": (
        *(("2024-06-14", 2.0), ("2024-06-17", 1.6), ("2024-06-18", 1.1), ("2024-06-20", 1.0), ("2024-06-21", 3.2)),
        *(("2024-06-24", 0.7), ("2024-06-25", 0.5), ("2024-06-26", 0.5), ("2024-06-27", 0.4), ("2024-06-28", 6.5)),
        *(("2024-07-01", 0.4), ("2024-07-05", 1.2), ("2024-07-12", 1.0), ("2024-07-19", 1.8), ("2024-07-26", 0.6)),
        *(("2024-07-31", 2.4), ("2024-08-02", 0.4), ("2024-08-16", 1.2), ("2024-08-30", 1.5), ("2024-09-20", 0.8)),
        *(("2024-09-30", 2.0), ("2024-12-31", 1.3)),
    ),
    "SPX": (
        *(("2024-06-21", 21.0), ("2024-07-19", 9.0), ("2024-08-16", 5.0), ("2024-09-20", 9.0), ("2024-10-18", 2.2)),
        *(("2024-11-15", 2.0), ("2024-12-20", 10.0), ("2025-01-17", 2.5), ("2025-03-21", 2.2), ("2025-06-20", 2.2)),
        *(("2025-12-19", 3.0), ("2026-06-18", 0.8)),
    ),
}

CONTRACTS_IN_TOTAL = 13_500_000.0
SHARE_OF_CALLS = 0.46

# Steps between strikes ($) up to a distance from the forward ($).
STRIKE_STEPS = ((5.0, 60.0), (25.0, 300.0), (50.0, 700.0), (100.0, 1600.0), (200.0, 6000.0))
LARGEST_VOL_WITH_FIVES = 0.06

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

HEADING = (
    "",
    f"Synthetic 500 Index (generated - not market data),Last: {SPOT},Change:  {CHANGE}",
    f'"Date: June 14, 2024 at 8:30 PM EDT",Bid: {SPOT - 2.5:.2f},Ask: {SPOT + 2.5:.2f},Size: 1*1,Volume: 0',
    "Expiration Date,"
    + ",".join(
        f"{side},Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest{strike}"
        for side, strike in (("Calls", ",Strike"), ("Puts", ""))
    ),
)

Floats = NDArray[np.float64]


class Strikes(NamedTuple):
    """The lines of the file, one a strike: arrays of shape (n,)."""

    root: NDArray[np.str_]
    expiry: NDArray[np.str_]
    strike: Floats
    forward: Floats
    time_to_expiry: Floats
    total_vol: Floats  # at the money, over the time to expiry
    implied_vol: Floats
    weight: Floats  # of the expiry in open interest


class Side(NamedTuple):
    """The cells of the calls or of the puts, arrays of shape (n,)."""

    last: Floats
    net: Floats
    bid: Floats
    ask: Floats
    volume: Floats
    implied_vol: Floats
    delta: Floats
    gamma: Floats
    open_interest: Floats


@kernel()
def _fill_values(
    kind_sign: float,
    strike: Floats,
    time_to_expiry: Floats,
    implied_vol: Floats,
    market: Floats,
    out_price: Floats,
    out_delta: Floats,
    out_gamma: Floats,
) -> None:
    """Writes prices ($), deltas and gammas; `market` holds spot, rate and dividend yield."""
    for i in range(strike.size):
        spot, rate, dividend = market[0], market[1], market[2]
        out_price[i] = price(kind_sign, spot, strike[i], time_to_expiry[i], rate, dividend, implied_vol[i])
        out_delta[i] = delta(kind_sign, spot, strike[i], time_to_expiry[i], rate, dividend, implied_vol[i])
        out_gamma[i] = gamma(kind_sign, spot, strike[i], time_to_expiry[i], rate, dividend, implied_vol[i])


def at_the_money_vol(time_to_expiry: float) -> float:
    """Implied vol at the money per sqrt(year): 15.5% next day, rising to 20%."""
    return 0.20 - 0.050 * math.exp(-2.2 * math.sqrt(time_to_expiry))


def smile(log_moneyness: Floats, total_vol: float, time_to_expiry: float) -> Floats:
    """Implied vols per sqrt(year) at ln(strike/forward), shape (n,): SSVI with the power law of Gatheral & Jacquier."""
    correlation, eta = -0.7, 1.1
    variance = total_vol * total_vol
    steepness = eta / math.sqrt(variance * (1.0 + variance))
    tilted = steepness * log_moneyness + correlation
    total = 0.5 * variance * (1.0 + correlation * steepness * log_moneyness + np.sqrt(tilted**2 + 1.0 - correlation**2))
    return np.sqrt(total / time_to_expiry)


def listed_strikes(forward: float, total_vol: float) -> Floats:
    """Strikes ($) of one expiry, ascending: dense near the forward, ever wider away from it."""
    low = max(forward * math.exp(-7.5 * total_vol), 0.2 * forward)
    high = min(forward * math.exp(5.0 * total_vol), 2.0 * forward)
    strikes: set[float] = set()
    for step, reach in STRIKE_STEPS:
        if step == STRIKE_STEPS[0][0] and total_vol > LARGEST_VOL_WITH_FIVES:
            continue
        first, last = math.ceil(max(low, forward - reach) / step), math.floor(min(high, forward + reach) / step)
        strikes.update(step * count for count in range(first, last + 1))
    return np.array(sorted(strikes))


def all_strikes() -> Strikes:
    """The lines of the file in order of expiry, then root, then strike."""
    blocks: list[Strikes] = []
    listed = sorted((day, root, weight) for root, days in EXPIRIES.items() for day, weight in days)
    for day, root, weight in listed:
        days = trading_days_between(CLOCK_START, date.fromisoformat(day), "am" if root == "SPX" else "pm")
        time_to_expiry = (days if days > 0 else DAYS_OF_EXPIRED) / TRADING_DAYS_PER_YEAR
        forward = SPOT * math.exp((RATE - DIVIDEND_YIELD) * time_to_expiry)
        total_vol = at_the_money_vol(time_to_expiry) * math.sqrt(time_to_expiry)
        strike = listed_strikes(forward, total_vol)
        vol = smile(np.log(strike / forward), total_vol, time_to_expiry)
        same = np.ones(strike.size)
        blocks.append(
            Strikes(
                np.repeat(root, strike.size),
                np.repeat(day, strike.size),
                strike,
                forward * same,
                time_to_expiry * same,
                total_vol * same,
                vol,
                weight * same,
            )
        )
    return Strikes(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def open_interests(lines: Strikes, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Contracts of calls and of puts, whole, shape (n,): most at round strikes, calls above, puts below the forward."""
    roundness = np.full(lines.strike.size, 0.3)
    for step, factor in ((25.0, 1.2), (50.0, 2.4), (100.0, 6.0), (500.0, 12.0)):
        roundness[lines.strike % step == 0.0] = factor
    moneyness = np.log(lines.strike / lines.forward) / lines.total_vol
    both = []
    for centre, width, share in ((0.7, 1.3, SHARE_OF_CALLS), (-2.8, 1.8, 1.0 - SHARE_OF_CALLS)):
        bell = np.exp(-0.5 * ((moneyness - centre) / width) ** 2) + 0.001
        noise = np.exp(0.7 * _normals(lines.strike.size, random))
        weight = roundness * bell * noise
        for root, day in dict.fromkeys(zip(lines.root.tolist(), lines.expiry.tolist(), strict=True)):
            here = (lines.root == root) & (lines.expiry == day)
            weight[here] *= lines.weight[here] / weight[here].sum()
        never_traded = (roundness < 1.0) & (random.random(lines.strike.size) < 0.25)
        both.append(np.where(never_traded, 0.0, np.floor(CONTRACTS_IN_TOTAL * share * weight / weight.sum())))
    return both[0], both[1]


def quote_side(kind_sign: float, lines: Strikes, open_interest: Floats, random: np.random.Generator) -> Side:
    """The cells of one side as a vendor shows them after the close, blemishes included."""
    count = lines.strike.size
    value, vendor_delta, vendor_gamma = np.empty(count), np.empty(count), np.empty(count)
    market = np.array([SPOT, RATE, DIVIDEND_YIELD])
    _fill_values(
        kind_sign, lines.strike, lines.time_to_expiry, lines.implied_vol, market, value, vendor_delta, vendor_gamma
    )
    half_spread = 0.05 + 0.004 * value + 0.35 * np.sqrt(lines.time_to_expiry) * np.sqrt(np.maximum(value, 0.0) / 10.0)
    bid, ask = _ticks(value - half_spread, np.floor), _ticks(value + half_spread, np.ceil)
    volume = np.floor(open_interest * 0.12 * random.random(count) ** 3)
    last = np.where(volume > 0.0, _ticks(value * (1.0 + 0.03 * (random.random(count) - 0.5)), np.rint), 0.0)
    net = np.where(volume > 0.0, _ticks(np.abs(0.5 * vendor_delta * CHANGE), np.rint) * np.sign(vendor_delta), 0.0)
    vol = lines.implied_vol.copy()
    depth = -kind_sign * np.log(lines.strike / lines.forward) / lines.total_vol  # in the money if positive
    draw = random.random(count)
    vol[(depth > 2.5) & (draw < 0.5)] = 0.0
    vol[(depth > 2.5) & (draw > 0.85)] = 0.02
    return Side(last, net, bid, ask, volume, vol, vendor_delta, vendor_gamma, open_interest)


def blemish(side: Side, missing: NDArray[np.bool_], unquoted: NDArray[np.bool_]) -> Side:
    """The side without implied vol on the lines `missing` and without quotes on the lines `unquoted`."""
    vol, bid, ask = side.implied_vol.copy(), side.bid.copy(), side.ask.copy()
    vol[missing] = 0.0
    bid[unquoted], ask[unquoted] = 0.0, 0.0
    return side._replace(implied_vol=vol, bid=bid, ask=ask)


def chain_text(seed: int = SEED) -> str:
    """The whole file; equal seeds give equal bytes."""
    random = np.random.Generator(np.random.Philox(seed))
    lines = all_strikes()
    call_interest, put_interest = open_interests(lines, random)
    calls = quote_side(1.0, lines, call_interest, random)
    puts = quote_side(-1.0, lines, put_interest, random)
    missing = random.random(lines.strike.size) < np.where(lines.time_to_expiry > 1.2, 0.4, 0.02)
    unquoted = random.random(lines.strike.size) < np.where(lines.time_to_expiry > 1.2, 0.03, 0.01)
    calls, puts = blemish(calls, missing, unquoted), blemish(puts, missing, unquoted)
    rows = [",".join(_cells(lines, calls, puts, row)) for row in range(lines.strike.size)]
    return "\n".join((*HEADING, *rows)) + "\n"


def _cells(lines: Strikes, calls: Side, puts: Side, row: int) -> list[str]:
    day = date.fromisoformat(str(lines.expiry[row]))
    stem, strike = f"{lines.root[row]}{day:%y%m%d}", f"{round(lines.strike[row] * 1000):08d}"
    cells = [f"{WEEKDAYS[day.weekday()]} {MONTHS[day.month - 1]} {day:%d} {day.year}"]
    for letter, side in (("C", calls), ("P", puts)):
        cells.append(f"{stem}{letter}{strike}")
        cells.extend(_number(column[row]) for column in side)
        if letter == "C":
            cells.append(f"{lines.strike[row]:.2f}")
    return cells


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _ticks(value: Floats, rounding: np.ufunc) -> Floats:
    """Prices ($) on the grid of ticks, 5 cents below $3 and 10 cents above, never negative."""
    per_dollar = np.where(value < 3.0, 20.0, 10.0)
    ticks = np.asarray(rounding(np.round(value * per_dollar, 6)), dtype=np.float64)
    return np.maximum(ticks / per_dollar, 0.0)


def _normals(count: int, random: np.random.Generator) -> Floats:
    return np.asarray(ndtri(random.random(count)), dtype=np.float64)


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the chain to the file named on the command line."""
    parser = argparse.ArgumentParser(description="Write the synthetic option chain.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    options.out.write_text(chain_text(options.seed), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
