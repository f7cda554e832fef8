"""The one doorway from a scenario to the kernels: everything they need, as plain arrays, checked once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.errors import InputError
from simhedge.kernels import layout
from simhedge.kernels.layout import DEALER, MODEL, Options, Records, records
from simhedge.kernels.options import exact_delta_gamma
from simhedge.simulation.books import LoadedBook, load_books, merge_books
from simhedge.simulation.gain import GainProfile, gain_profile
from simhedge.simulation.hedge_books import delta_of_steps, with_hedge_books
from simhedge.simulation.streams import stream_key
from simhedge.simulation.surfaces import SurfaceStore, book_values, plan_windows
from simhedge.simulation.units import hedged_units

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

VARIANCE_RATIO_LAGS = (5, 20, 78, 390)
CLEARINGS = {"lagged": layout.LAGGED, "asynchronous": layout.ASYNCHRONOUS, "simultaneous": layout.SIMULTANEOUS}
POLICIES = {
    "continuous": layout.CONTINUOUS,
    "fixed_interval": layout.FIXED_INTERVAL,
    "leland": layout.FIXED_INTERVAL,  # with a book of its own to hedge, see hedge_books.py
    "stop_loss": layout.FIXED_INTERVAL,
    "delta_band": layout.DELTA_BAND,
    "whalley_wilmott": layout.WHALLEY_WILMOTT,
    "none": layout.NO_HEDGE,
}
CLEARING_TOLERANCE = 1e-11  # of spot; the promise is 1e-10
GAMMA_NOISE = 2e-6  # a cubic's slope errs by about seven times its error, per cell width
REACH = 8.5  # standard deviations of the fundamental that the surface covers
LEAST_REACH = 1e-3  # of spot, so that the grid has a width whatever the volatility
GRID_FLOOR, GRID_CEILING = 0.02, 20.0  # of spot
RANGE_ROUNDS = 4
FAR_FROM_CHAIN = 0.2  # log distance between the start and a chain's price that is worth a warning


@dataclass(frozen=True)
class Plan:
    """Kernel inputs of one scenario, and what was learnt while making them.

    `books` are those that dealers hold; `options` has more where a policy reckons with deltas of its own, see
    hedge_books.py. `premium` (books of `options`,): $ value at the start of each book held, 0 for the others; `lags`:
    horizons of the variance ratio that fit the run; `adv_shares` is NaN where the scenario gives no volume.
    """

    scenario: Scenario
    books: list[LoadedBook]
    options: Options
    dealers: Records
    dealer_names: list[str]
    model: Records
    premium: NDArray[np.float64]
    surfaces: SurfaceStore
    gain: GainProfile
    lags: NDArray[np.int64]
    adv_shares: float
    warnings: list[str]

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return int(self.model["steps"][0])


def prepare(
    scenario: Scenario, book_delta: str = "auto", user_policies: Collection[str] = (), former: Plan | None = None
) -> Plan:
    """The plan of a scenario; raises InputError where the scenario cannot be run as asked.

    `book_delta` is "auto" or "surface" (tabulated deltas where they meet the error bound) or "exact" (all options at
    every evaluation). `user_policies` names the dealers whose policy is a compiled function given to `run`. Tables of
    deltas that a `former` plan has built are used again where they serve this one too.
    """
    if book_delta not in ("auto", "surface", "exact"):
        raise InputError("unknown book_delta", key="book_delta", value=book_delta, remedy="auto, surface or exact")
    warnings: list[str] = []
    books = load_books(scenario)
    spot = _spot(scenario, books)
    clock = scenario.clock
    options = merge_books([b.book for b in books], clock.steps, clock.steps_per_day)
    dealers = _dealers(scenario, books, user_policies)
    adv_shares = _adv_shares(scenario, spot)
    model = _model(scenario, spot, adv_shares)
    exact = book_delta == "exact" or options.groups.size == 0
    model["exact"] = int(exact)
    options = with_hedge_books(scenario, options, dealers, float(model["years_per_step"][0]))
    units = hedged_units(dealers, options.books.size)
    step_vol = float(model["volatility"][0]) * math.sqrt(float(model["years_per_step"][0]))
    if model["fundamental"][0] == layout.GBM:
        step_vol *= spot
    daily_vol = step_vol * math.sqrt(clock.steps_per_day)
    gain = gain_profile(units, options, model, daily_vol)
    _check_gain(scenario, books, gain, warnings)
    for loaded in books:
        warnings.extend(f"books.{loaded.name}: {line}" for line in _chain_warnings(scenario, loaded, spot))
    premium = np.zeros(options.books.size)
    premium[: len(books)] = [book_values(np.array([spot]), options, b, 0, model)[0] for b in range(len(books))]
    low, high = _price_range(options, units, model)
    gross = np.array([np.abs(options.groups.shares[b.first : b.last]).sum() for b in options.books])
    model["gamma_noise"] = GAMMA_NOISE * float((dealers.number * np.abs(dealers.scale) * gross[dealers.book]).sum())
    surfaces = SurfaceStore(options, dealers, model, gross, low, high, [], exact)
    surfaces.windows = plan_windows(surfaces, clock.steps)
    if former is not None:
        surfaces.take_over(former.surfaces)
    lags = np.array([lag for lag in _lags_wanted(scenario) if lag <= clock.steps], dtype=np.int64)
    names = [dealer.name for dealer in scenario.dealers]
    return Plan(scenario, books, options, dealers, names, model, premium, surfaces, gain, lags, adv_shares, warnings)


def _spot(scenario: Scenario, books: list[LoadedBook]) -> float:
    if scenario.market.spot is not None:
        return float(scenario.market.spot)
    for loaded in books:
        if loaded.chain is not None:
            return float(loaded.chain.spot)
    raise scenario.refusal("market.spot", "the price at the start is missing", "add spot, in $")


def _chain_warnings(scenario: Scenario, loaded: LoadedBook, spot: float) -> list[str]:
    """What was read from a book's chain, and where the scenario's start is not the chain's."""
    chain = loaded.chain
    if chain is None:
        return []
    warnings = [chain.book_report.summary(), *chain.book_report.warnings]
    start, chain_start = scenario.clock.start, chain.clock_start.date()
    if start is not None and start != chain_start:
        warnings.append(f"its expiries count from {chain_start}, the session after its quotes, not from clock.start")
    usual = chain.market_state().trading_days_per_year
    if scenario.clock.trading_days_per_year != usual:
        own = scenario.clock.trading_days_per_year
        warnings.append(f"its market trades {usual:g} days a year, the clock counts {own:g}: times to expiry differ")
    if abs(math.log(spot / chain.spot)) > FAR_FROM_CHAIN:
        warnings.append(f"market.spot {spot:g} is far from the chain's own {chain.spot:g}")
    return warnings


def _adv_shares(scenario: Scenario, spot: float) -> float:
    market = scenario.market
    if market.adv_shares is not None:
        return float(market.adv_shares)
    return float(market.adv_notional) / spot if market.adv_notional is not None else math.nan


def _model(scenario: Scenario, spot: float, adv_shares: float) -> Records:
    """The record of scalars that the kernels read; see layout.MODEL."""
    market, clock = scenario.market, scenario.clock
    model = records(1, MODEL)
    dt = 1.0 / (clock.steps_per_day * clock.trading_days_per_year)
    volatility = float(market.fundamental.volatility)
    bachelier = market.fundamental.type == "bachelier"
    daily = market.daily_volatility
    if daily is None:
        daily = volatility / math.sqrt(clock.trading_days_per_year) / (spot if bachelier else 1.0)
    if market.impact.type == "kyle":
        kyle_lambda = float(market.impact.kyle_lambda)
    else:
        kyle_lambda = float(market.impact.coefficient) * daily * spot / adv_shares
    multiplicative = market.impact.form == "multiplicative"
    clearing = market.clearing
    step_move = volatility * math.sqrt(dt) * (1.0 if bachelier else spot)
    key_low, key_high = stream_key(scenario.seed, "fundamental")
    record = scenario.outputs.record
    values: dict[str, Any] = {
        "spot": spot,
        "rate": market.rate,
        "dividend_yield": market.dividend_yield,
        "years_per_step": dt,
        "drift": market.fundamental.drift,
        "volatility": volatility,
        "impact": kyle_lambda / spot if multiplicative else kyle_lambda,
        "participation": getattr(clearing, "participation", 1.0),
        "squeeze_move": scenario.outputs.squeeze.jump * step_move,
        "tolerance": CLEARING_TOLERANCE * spot,
        "fundamental": layout.BACHELIER if bachelier else layout.GBM,
        "form": layout.MULTIPLICATIVE if multiplicative else layout.ARITHMETIC,
        "clearing": CLEARINGS[clearing.type],
        "rounds": getattr(clearing, "rounds", 1),
        "cash_settled": int(market.settlement == "cash"),
        "steps": clock.steps,
        "steps_per_day": clock.steps_per_day,
        "key_low": key_low,
        "key_high": key_high,
        "record_every": 1 if record is None else record.every,
        "count_sides": _wanted(scenario, "realised_vol_above_zero_gamma", "realised_vol_below_zero_gamma"),
        "count_squeezes": _wanted(scenario, "squeeze_probability"),
        "count_gains": _wanted(scenario, "feedback_gain_min", "feedback_gain_max"),
    }
    for name, value in values.items():
        model[name] = value
    return model


def _dealers(scenario: Scenario, books: list[LoadedBook], user_policies: Collection[str]) -> Records:
    """Entries of the dealer list as arrays; `count` splits the book, `copies` repeats it, `scale` multiplies it."""
    order = {loaded.name: index for index, loaded in enumerate(books)}
    entries = scenario.dealers
    unknown = set(user_policies) - {dealer.name for dealer in entries}
    if unknown:
        raise InputError(
            "a policy is given for a dealer that does not exist",
            key="policies",
            value=sorted(unknown)[0],
            remedy="use the names under `dealers`",
        )

    table = records(len(entries), DEALER)
    for row, dealer in zip(table, entries, strict=True):
        policy = dealer.policy
        own_cost = getattr(policy, "cost_bps", None)
        row.book = order[dealer.book]
        row.number = dealer.copies or dealer.count
        row.scale = dealer.scale if dealer.copies else dealer.scale / dealer.count
        row.policy = layout.USER_POLICY if dealer.name in user_policies else POLICIES[policy.type]
        row.parameter = getattr(policy, "band", getattr(policy, "risk_aversion", 0.0))
        row.every = getattr(policy, "every_steps", 1)
        row.offset = getattr(policy, "offset", 0)
        row.to_edge = getattr(policy, "to", "target") == "edge"
        row.policy_cost = 1e-4 * (dealer.cost_bps if own_cost is None else own_cost)
        row.cost = 1e-4 * dealer.cost_bps
    return table


def _wanted(scenario: Scenario, *metrics: str) -> bool:
    """True if any of these metrics is asked for or claimed."""
    asked = scenario.outputs.metrics
    claimed = {claim.metric for claim in scenario.expect}
    return asked is None or any(metric in asked or metric in claimed for metric in metrics)


def _lags_wanted(scenario: Scenario) -> list[int]:
    return [lag for lag in VARIANCE_RATIO_LAGS if _wanted(scenario, f"variance_ratio_{lag}")]


def _price_range(options: Options, units: NDArray[np.float64], model: Records) -> tuple[float, float]:
    """Prices that the surface covers: REACH standard deviations of news, and what hedging can add to them."""
    m = model[0]
    spot = float(m["spot"])
    years = float(m["steps"] * m["years_per_step"])
    spread = REACH * float(m["volatility"]) * math.sqrt(years)
    if m["fundamental"] == layout.GBM:
        reach_of_log = min(spread + abs(float(m["drift"])) * years, math.log(GRID_CEILING / GRID_FLOOR))
        low, high = spot * math.exp(-reach_of_log), spot * math.exp(reach_of_log)
    else:
        trend = abs(float(m["drift"])) * years
        low, high = spot - spread - trend, spot + spread + trend
    multiplicative = m.form == layout.MULTIPLICATIVE
    floor, ceiling = GRID_FLOOR * spot, GRID_CEILING * spot
    low, high = min(low, spot * (1.0 - LEAST_REACH)), max(high, spot * (1.0 + LEAST_REACH))
    reach = (max(low, floor), min(high, ceiling))
    for _ in range(RANGE_ROUNDS):  # hedging carries the price further, where delta may change further
        moved = 1.5 * float(m.impact) * _spread_of_delta(reach, options, units, model)
        if multiplicative:
            moved = min(moved, math.log(GRID_CEILING / GRID_FLOOR))
            wider = (low * math.exp(-moved), high * math.exp(moved))
        else:
            wider = (low - moved, high + moved)
        reach = (max(wider[0], floor), min(wider[1], ceiling))
    return reach


def _spread_of_delta(reach: tuple[float, float], options: Options, units: NDArray[np.float64], model: Records) -> float:
    """Largest less smallest delta of the hedged books over a range of prices at the start, shares; options only."""
    prices = np.linspace(*reach, 65)
    books = range(units.size)
    exact = np.array([[exact_delta_gamma(at, options, b, 0, model)[0] for b in books] for at in prices.tolist()])
    linear = np.outer(prices - float(model["spot"][0]), options.books.constant_gamma)
    steps = np.stack([delta_of_steps(prices, options, b) for b in books], axis=1)
    return float(np.ptp((exact - linear + steps) @ units))


def _check_gain(scenario: Scenario, books: list[LoadedBook], gain: GainProfile, warnings: list[str]) -> None:
    """Refuse, or warn of, a start at which clearing is already beyond a tipping level."""
    clearing = scenario.market.clearing
    if gain.start_gain <= -1.0:
        message = f"the feedback gain at the start is {gain.start_gain:.3g}, at or below -1: the price is not unique"
        inline = all(loaded.chain is None for loaded in books)
        if clearing.type != "lagged" and inline:
            remedy = "use fewer short contracts, more adv_shares, or clearing {type: lagged}"
            raise scenario.refusal("market", message, remedy, value=gain.start_gain)
        warnings.append(message)
    if clearing.type == "lagged":
        participation = clearing.participation
        if participation * (1.0 + gain.start_gain) >= 2.0:
            warnings.append(
                f"lagged hedging overshoots: participation * (1 + kappa) = {participation * (1 + gain.start_gain):.3g} "
                "at the start, unstable from 2 on"
            )
    if gain.tipping_levels:
        listed = ", ".join(f"{level:.6g}" for level in gain.tipping_levels[:4])
        warnings.append(f"tipping levels (kappa = -1) at the start: {listed}")
