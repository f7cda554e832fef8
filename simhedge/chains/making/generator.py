"""Synthetic option chains: a recipe in, quotes out whose true implied vols, forwards and open interest are known.

The implied vols are an SSVI surface (Gatheral & Jacquier, 2014), so that the true prices are free of butterfly and
calendar arbitrage. No number was ever quoted by anyone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from simhedge.chains.calendar import MARKETS, US_OPTIONS, session_after, settlement_times, trading_days
from simhedge.chains.formats.nse_lots import lot_size
from simhedge.chains.making.listed import ListedExpiry, divides, is_am_settled, listed_strikes, scale_of, usual_expiries
from simhedge.chains.making.recipe import Recipe, checked, term_vol
from simhedge.chains.option_symbol import multipliers
from simhedge.errors import InputError
from simhedge.kernels.black_scholes import delta, gamma, price, theta, vega
from simhedge.kernels.compiler import kernel

DAYS_OF_EXPIRED = 0.25  # a vendor's figures for expired options are those of their last hours
SHARE_OF_WALL = 0.4  # of an expiry's open interest of one side, at the strike of a wall

Floats = NDArray[np.float64]


class Lines(NamedTuple):
    """One root, expiry and strike a line, in order of expiry, root and strike: arrays of shape (n,)."""

    root: NDArray[np.str_]
    expiry: NDArray[np.datetime64]
    strike: Floats
    forward: Floats
    time_to_expiry: Floats
    total_vol: Floats  # at the money, over the time to expiry
    true_vol: Floats
    weight: Floats  # of the expiry in open interest


@dataclass(frozen=True)
class Made:
    """A made chain: `options` has a call and its put on every two rows, all numbers exact.

    Columns: root, kind, expiry_date, expiry (moment of settlement), settlement, strike, multiplier, forward,
    time_to_expiry (years), true_vol, implied_vol (per sqrt(year)), price, bid, ask, last, net ($), volume,
    open_interest (contracts), delta, gamma, vega (per vol point), theta (per day), depth (total vols in the money), and
    three uniform draws that blemishes are decided with.
    """

    recipe: Recipe
    quote_time: pd.Timestamp
    options: pd.DataFrame


@kernel()
def _fill_values(
    kind_sign: float, strike: Floats, time_to_expiry: Floats, implied_vol: Floats, market: Floats, out: Floats
) -> None:
    """Writes price, delta, gamma, vega and theta to `out` (5, n); `market` holds spot, rate and dividend yield."""
    spot, rate, dividend = market[0], market[1], market[2]
    for i in range(strike.size):
        k, t, v = strike[i], time_to_expiry[i], implied_vol[i]
        out[0, i] = price(kind_sign, spot, k, t, rate, dividend, v)
        out[1, i] = delta(kind_sign, spot, k, t, rate, dividend, v)
        out[2, i] = gamma(kind_sign, spot, k, t, rate, dividend, v)
        out[3, i] = vega(kind_sign, spot, k, t, rate, dividend, v)
        out[4, i] = theta(kind_sign, spot, k, t, rate, dividend, v)


def make_chain(recipe: Recipe) -> Made:
    """The chain of a recipe, without any blemish; equal recipes give equal chains."""
    quote_time = checked(recipe)
    random = np.random.Generator(np.random.Philox(recipe.seed))
    lines = _lines(recipe, quote_time)
    interest = _open_interests(recipe, lines, random)
    if interest[0].sum() + interest[1].sum() <= 0.0:
        remedy = f"give more than one contract for each of the {2 * lines.strike.size:,} options"
        raise InputError("too small", key="open_interest", value=recipe.open_interest, remedy=remedy)
    sides = [_side(recipe, sign, lines, held, random) for sign, held in zip((1.0, -1.0), interest, strict=True)]
    draws = {name: random.random(lines.strike.size) for name in ("missing_draw", "unquoted_draw")}
    shared = {
        "root": lines.root,
        "expiry_date": lines.expiry.astype("datetime64[s]"),
        "strike": lines.strike,
        "forward": lines.forward,
        "time_to_expiry": lines.time_to_expiry,
        "true_vol": lines.true_vol,
        **draws,
    }
    columns = {name: np.repeat(column, 2) for name, column in shared.items()}
    columns |= {name: np.column_stack([side[name] for side in sides]).ravel() for name in sides[0]}
    options = pd.DataFrame({"kind": np.tile(["call", "put"], lines.strike.size)} | columns)
    return Made(recipe, quote_time, _with_settlement(options, recipe.market, quote_time.date()))


def smile(log_moneyness: Floats, total_vol: float, time_to_expiry: float, skew: float, curvature: float) -> Floats:
    """Implied vols per sqrt(year) at ln(strike/forward), shape (n,): SSVI with the power law of Gatheral & Jacquier.

    `total_vol` is the vol at the money over the time to expiry. Free of butterfly arbitrage where
    curvature * (1 + abs(skew)) <= 2 (their remark 4.4).
    """
    variance = total_vol * total_vol
    steepness = curvature / math.sqrt(variance * (1.0 + variance))
    tilted = steepness * log_moneyness + skew
    total = 0.5 * variance * (1.0 + skew * steepness * log_moneyness + np.sqrt(tilted**2 + 1.0 - skew**2))
    return np.asarray(np.sqrt(total / time_to_expiry), dtype=np.float64)


def _lines(recipe: Recipe, quote_time: pd.Timestamp) -> Lines:
    listings = recipe.expiries
    if isinstance(listings, int):
        listings = usual_expiries(listings, recipe.symbol, quote_time, recipe.market)
    listed = sorted(listings, key=lambda listing: (listing.expiry, listing.root))
    blocks: list[Lines] = []
    for listing, time_to_expiry in zip(listed, _years(recipe, listed, quote_time).tolist(), strict=True):
        forward = recipe.spot * math.exp((recipe.rate - recipe.dividend_yield) * time_to_expiry)
        total_vol = term_vol(time_to_expiry, recipe.front_vol, recipe.back_vol) * math.sqrt(time_to_expiry)
        strike = np.array(recipe.strikes or listed_strikes(forward, total_vol, scale_of(recipe.spot)), dtype=np.float64)
        vol = smile(np.log(strike / forward), total_vol, time_to_expiry, recipe.skew, recipe.smile_curvature)
        same = np.ones(strike.size)
        blocks.append(
            Lines(
                np.repeat(listing.root, strike.size),
                np.repeat(np.datetime64(listing.expiry, "D"), strike.size),
                strike,
                forward * same,
                time_to_expiry * same,
                total_vol * same,
                vol,
                listing.weight * same,
            )
        )
    return Lines(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _years(recipe: Recipe, listed: list[ListedExpiry], quote_time: pd.Timestamp) -> Floats:
    """Years to expiry of each listing, shape (n,): by the clock or in sessions; what has expired has a few hours."""
    expiry = np.array([listing.expiry for listing in listed], dtype="datetime64[D]")
    is_am = np.array([is_am_settled(listing.root, recipe.market) for listing in listed])
    sessions_per_year = MARKETS[recipe.market].sessions_per_year
    if recipe.clock == "sessions":
        start = np.datetime64(session_after(quote_time, recipe.market).date(), "D")
        years = trading_days(start, expiry, is_am, recipe.market) / sessions_per_year
    else:
        moments = settlement_times(expiry, is_am, recipe.market)
        years = ((moments - (quote_time - recipe.delay)) / pd.Timedelta(days=365)).to_numpy(dtype=np.float64)
    return np.where(years > 0.0, years, DAYS_OF_EXPIRED / sessions_per_year)


def _open_interests(recipe: Recipe, lines: Lines, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Contracts of calls and of puts, whole, shape (n,), after the recipe's profile."""
    roundness = np.full(lines.strike.size, 0.3)
    for step, factor in ((25.0, 1.2), (50.0, 2.4), (100.0, 6.0), (500.0, 12.0)):
        roundness[divides(step * scale_of(recipe.spot), lines.strike)] = factor
    moneyness = np.log(lines.strike / lines.forward) / lines.total_vol
    sides = (
        (0.7, 1.3, recipe.call_share, recipe.call_wall, "call_wall"),
        (-2.8, 1.8, 1.0 - recipe.call_share, recipe.put_wall, "put_wall"),
    )
    both = []
    for centre, width, share, wall, name in sides:
        bell = np.exp(-0.5 * ((moneyness - centre) / width) ** 2) + 0.001
        noise = np.exp(0.7 * np.asarray(ndtri(random.random(lines.strike.size)), dtype=np.float64))
        never_traded = (roundness < 1.0) & (random.random(lines.strike.size) < 0.25)
        if recipe.oi_profile == "uniform":
            weight, never_traded = np.ones(lines.strike.size), np.zeros(lines.strike.size, dtype=np.bool_)
        else:
            weight = _by_expiry(roundness * bell * noise, lines)
        if wall is not None:
            weight, at_wall = _with_wall(weight, lines, wall, name)
            never_traded &= ~at_wall
        contracts = np.floor(np.round(recipe.open_interest * share * weight / weight.sum(), 6))
        both.append(np.where(never_traded, 0.0, contracts))
    return both[0], both[1]


def _by_expiry(weight: Floats, lines: Lines) -> Floats:
    """The weights scaled so that those of each root and expiry add up to the expiry's own."""
    scaled = weight.copy()
    for root, day in dict.fromkeys(zip(lines.root.tolist(), lines.expiry.tolist(), strict=True)):
        here = (lines.root == root) & (lines.expiry == np.datetime64(day, "D"))
        scaled[here] *= lines.weight[here] / scaled[here].sum()
    return scaled


def _with_wall(weight: Floats, lines: Lines, wall: float, name: str) -> tuple[Floats, NDArray[np.bool_]]:
    """The weights with SHARE_OF_WALL of each expiry's at the strike `wall` ($), and which lines are at it."""
    at_wall = np.abs(lines.strike - wall) < 5e-4
    if not at_wall.any():
        nearest = lines.strike[np.argmin(np.abs(lines.strike - wall))]
        raise InputError("not a listed strike", key=name, value=wall, remedy=f"the nearest one is {nearest:g}")
    moved = weight.copy()
    for root, day in dict.fromkeys(zip(lines.root[at_wall].tolist(), lines.expiry[at_wall].tolist(), strict=True)):
        here = (lines.root == root) & (lines.expiry == np.datetime64(day, "D"))
        total, others = weight[here].sum(), weight[here & ~at_wall].sum()
        moved[here & at_wall] = SHARE_OF_WALL * total if others > 0.0 else total
        moved[here & ~at_wall] *= (1.0 - SHARE_OF_WALL) * total / others if others > 0.0 else 1.0
    return moved, at_wall


def _side(
    recipe: Recipe, kind_sign: float, lines: Lines, open_interest: Floats, random: np.random.Generator
) -> dict[str, Floats]:
    """The cells of the calls (1.0) or puts (-1.0) as a sound vendor would show them, arrays of shape (n,)."""
    count, scale = lines.strike.size, scale_of(recipe.spot)
    values = np.empty((5, count))
    market = np.array([recipe.spot, recipe.rate, recipe.dividend_yield])
    _fill_values(kind_sign, lines.strike, lines.time_to_expiry, lines.true_vol, market, values)
    value, its_delta = values[0], values[1]
    root_value = np.sqrt(np.maximum(value, 0.0) / scale / 10.0)
    half_spread = scale * (0.05 + 0.004 * value / scale + 0.35 * np.sqrt(lines.time_to_expiry) * root_value)
    volume = np.floor(open_interest * 0.12 * random.random(count) ** 3)
    traded = volume > 0.0
    last = _ticks(value * (1.0 + 0.03 * (random.random(count) - 0.5)), np.rint, scale)
    net = _ticks(np.abs(0.5 * its_delta * recipe.change), np.rint, scale) * np.sign(its_delta)
    return {
        "price": value,
        "bid": _ticks(value - half_spread, np.floor, scale),
        "ask": _ticks(value + half_spread, np.ceil, scale),
        "last": np.where(traded, last, 0.0),
        "net": np.where(traded, net, 0.0),
        "volume": volume,
        "open_interest": open_interest,
        "implied_vol": lines.true_vol,
        "delta": its_delta,
        "gamma": values[2],
        "vega": values[3] / 100.0,
        "theta": values[4] / 365.0,
        "depth": -kind_sign * np.log(lines.strike / lines.forward) / lines.total_vol,
        "draw": random.random(count),
    }


def _ticks(value: Floats, rounding: np.ufunc, scale: float) -> Floats:
    """Prices ($) on the grid of ticks, never negative: 5 cents below $3 and 10 above times the scale, or one cent."""
    if scale < 1.0:
        per_dollar = np.full(value.size, 100.0)
    else:
        per_dollar = np.where(value < 3.0 * scale, 20.0, 10.0) / scale
    ticks = np.asarray(rounding(np.round(value * per_dollar, 6)), dtype=np.float64)
    return np.asarray(np.maximum(ticks / per_dollar, 0.0), dtype=np.float64)


def _with_settlement(options: pd.DataFrame, market: str, quoted: date) -> pd.DataFrame:
    """The options with `expiry`, `settlement` and `multiplier` (of the root; NSE's lot; one coin on Deribit)."""
    roots, days = options["root"].astype("str"), options["expiry_date"].to_numpy().astype("datetime64[D]")
    is_am = np.array([is_am_settled(root, market) for root in roots], dtype=np.bool_)
    if market == US_OPTIONS:
        units = multipliers(roots)
    elif market == "nse":
        lots = {day: lot_size(roots.iloc[0], day.astype(object), quoted) or 1.0 for day in np.unique(days)}
        units = np.array([lots[day] for day in days])
    else:
        units = np.ones(len(roots))
    return options.assign(
        root=roots,
        expiry=settlement_times(days, is_am, market),
        settlement=np.where(is_am, "am", "pm"),
        multiplier=units,
    )
