"""The stop-loss policy: what it holds, how the price clears at its strikes, and what it costs (Hull, chapter 19)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, SPOT, dealer, mixed_book, one_dealer, option, scenario
from numpy.typing import NDArray
from oracle import Track, dealers_of, market_of, simulate

import simhedge as sh
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare

Tree = dict[str, Any]
Array = NDArray[np.float64]
UNIT = 0.0126 * SPOT / 5e6  # lambda of the adv impact, $ per share
EVERY_STEP: Tree = {"type": "stop_loss"}
STRIKES = (97.0, 98.5, 100.0, 101.5)


def several_strikes(contracts: float) -> list[Tree]:
    """Calls and puts of three expiries, one of them within the five days; one strike is that of the start."""
    return [
        option("call", 100.0, 3, contracts),
        option("put", 98.5, 3, 0.6 * contracts),
        option("call", 101.5, 5, 0.8 * contracts),
        option("put", 97.0, 9, 0.5 * contracts),
        option("put", 100.0, 9, 0.3 * contracts),
    ]


def held_when(position: Tree, spot: Array) -> Array:
    """Shares held against a position at prices away from its strike: none if it is out of the money."""
    shares = position["contracts"] * 100.0
    if position["kind"] == "call":
        return np.where(spot > position["strike"], -shares, 0.0)
    return np.where(spot < position["strike"], shares, 0.0)


def assert_equal_paths(paths: Any, track: Track, tree: Tree, tolerance: float) -> None:
    """Prices to `tolerance` of spot, shares to what that price error moves, cash to the value of those shares."""
    market = market_of(tree)
    shares = tolerance * market.spot / market.impact
    np.testing.assert_allclose(paths["spot"].to_numpy(), track.spot, rtol=0, atol=tolerance * market.spot)
    for name, expected, error in (
        ("hedge", track.hedge, shares),
        ("dealer_delta", track.dealer_delta, shares),
        ("cash", track.cash, 20 * shares * market.spot),
    ):
        measured = paths[name].to_numpy().sum(axis=2)
        np.testing.assert_allclose(measured, expected.sum(axis=2), rtol=1e-9, atol=error, err_msg=name)


# ---------------------------------------------------------------- against the oracle


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("contracts", [30_000, -30_000])
def test_every_clearing_and_both_signs(run_scenario: Any, clearing: str, form: str, contracts: float) -> None:
    """Beside a continuous dealer with other options; deltas exact to the last digits, and from the surface."""
    books = {"steps": several_strikes(contracts), "smooth": mixed_book(0.3)}
    dealers = [dealer(EVERY_STEP, "s", "steps", cost_bps=1.0, count=3), dealer(POLICIES["continuous"], "c", "smooth")]
    impact = {"type": "adv", "coefficient": 1.0, "form": form}
    tree = scenario(books, dealers, clearing=CLEARINGS[clearing], paths=4, rate=0.03, impact=impact)
    exact = run_scenario(tree, book_delta="exact").paths
    track = simulate(market_of(tree), dealers_of(tree), exact["fundamental"].to_numpy())
    assert_equal_paths(exact, track, tree, 1e-8)
    assert_equal_paths(run_scenario(tree, book_delta="surface").paths, track, tree, 1e-7)
    if clearing == "simultaneous" and contracts > 0:
        assert np.isin(track.spot[:, 1:], STRIKES).sum() > 10


@pytest.mark.parametrize("contracts", [30_000, -30_000])
def test_beside_dealers_with_bands(run_scenario: Any, contracts: float) -> None:
    """Every path walks; strikes and the edges of bands are both met on the way."""
    books = {"steps": several_strikes(contracts), "smooth": mixed_book(0.3)}
    dealers = [
        dealer({"type": "stop_loss", "every_steps": 2}, "s", "steps"),
        dealer({"type": "delta_band", "band": 40_000.0}, "b", "smooth"),
        dealer(POLICIES["whalley_wilmott"], "w", "smooth", cost_bps=2.0),
        dealer(POLICIES["leland"], "l", "smooth", cost_bps=2.0),
    ]
    tree = scenario(books, dealers, clearing=CLEARINGS["simultaneous"], paths=4)
    paths = run_scenario(tree, book_delta="exact").paths
    assert_equal_paths(paths, simulate(market_of(tree), dealers_of(tree), paths["fundamental"].to_numpy()), tree, 1e-8)


@pytest.mark.parametrize("contracts", [30_000, -6_000])
def test_the_price_may_stand_on_a_strike_before_it_counts(run_scenario: Any, contracts: float) -> None:
    """The start is the strike of options that expire in the first step and in the next ones: no stop-loss needed."""
    book = [option("call", 100.0, days, contracts) for days in (0.125, 0.25, 0.5)] + [
        option("put", 100.0, 5, contracts)
    ]
    tree = one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], paths=24, days=1)
    paths = run_scenario(tree, book_delta="exact").paths
    track = simulate(market_of(tree), dealers_of(tree), paths["fundamental"].to_numpy())
    assert_equal_paths(paths, track, tree, 1e-8)
    assert (track.spot[:, 1] == 100.0).any() == (contracts > 0)


# ---------------------------------------------------------------- what it holds


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
@pytest.mark.parametrize("contracts", [20_000, -20_000])
def test_it_holds_the_hedge_of_what_is_in_the_money(run_scenario: Any, clearing: str, contracts: float) -> None:
    """From the start on, at no cost; lagged, what was decided a step before. At a strike: between its two sides."""
    tree = one_dealer(several_strikes(contracts)[2:], EVERY_STEP, CLEARINGS[clearing], days=3, paths=64, cost_bps=5.0)
    paths = run_scenario(tree).paths
    spot, hedge = paths["spot"].to_numpy(), paths["hedge"].to_numpy()[:, :, 0]
    decided = spot if clearing == "simultaneous" else np.concatenate([spot[:, :1], spot[:, :-1]], axis=1)
    sides = [sum(held_when(p, decided * (1.0 + side)) for p in tree["books"]["book"]) for side in (-1e-13, 1e-13)]
    low, high = np.minimum(*sides), np.maximum(*sides)
    np.testing.assert_allclose(np.clip(hedge, low, high), hedge, rtol=0, atol=1e-6)
    away = ~np.isin(decided, STRIKES)
    np.testing.assert_allclose(hedge[away], low[away], rtol=0, atol=1e-6)
    assert low[:, 0].tolist() != high[:, 0].tolist()  # the start is a strike, where a call is out of the money
    np.testing.assert_allclose(hedge[:, 0], 0.3 * contracts * 100.0, rtol=1e-12)
    premium = prepare(sh.scenario_from_dict(tree)).premium[0]
    np.testing.assert_allclose(paths["cash"].to_numpy()[:, 0, 0], -premium - hedge[:, 0] * SPOT, rtol=1e-12)


def test_long_dealers_hold_the_price_at_a_strike_and_short_ones_let_go_of_it(run_scenario: Any) -> None:
    """With J = lambda N, long: S = 100 wherever X is in [100, 100 + J], whatever came before.

    Short: S = X below the strike and X + J above it, and which of them is remembered until the price meets the strike.
    """
    jump = UNIT * 4e6
    long, short = (
        run_scenario(one_dealer([option("call", 100.0, 9, n)], EVERY_STEP, CLEARINGS["simultaneous"], paths=128)).paths
        for n in (40_000, -40_000)
    )
    fundamental = long["fundamental"].to_numpy()
    within = (fundamental >= 100.0) & (fundamental <= 100.0 + jump)
    np.testing.assert_array_equal(long["spot"].to_numpy() == 100.0, within)
    expected = np.where(within, 100.0, np.where(fundamental > 100.0, fundamental - jump, fundamental))
    np.testing.assert_allclose(long["spot"].to_numpy(), expected, rtol=0, atol=1e-9)
    assert (within[:, 1:] & within[:, :-1]).sum() > 100
    above = np.zeros(128, dtype=bool)  # the start is at the strike, where a call is out of the money
    for step in range(1, fundamental.shape[1]):
        news = fundamental[:, step]
        above = np.where(above, news + jump >= 100.0, news > 100.0)
        np.testing.assert_allclose(short["spot"].to_numpy()[:, step], news + jump * above, rtol=0, atol=1e-9)


@pytest.mark.parametrize("settlement", ["physical", "cash"])
@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("contracts", [20_000, -20_000])
def test_shares_and_cash_are_conserved(run_scenario: Any, clearing: str, settlement: str, contracts: float) -> None:
    books = {"steps": several_strikes(contracts), "smooth": mixed_book(0.3)}
    dealers = [
        dealer({"type": "stop_loss", "every_steps": 3, "offset": 2}, "s", "steps", cost_bps=3.0, count=2),
        dealer(POLICIES["leland"], "l", "smooth", copies=2),
        dealer(POLICIES["none"], "n", "steps"),
    ]
    tree = scenario(
        books, dealers, clearing=CLEARINGS[clearing], rate=0.05, dividend_yield=0.03, settlement=settlement, days=6
    )
    names = ["spot", "fundamental", "hedge", "cash", "market_shares", "market_cash"]
    tree["outputs"]["record"]["series"] = names
    paths = run_scenario(tree).paths
    assert all(np.isfinite(paths[name].to_numpy()).all() for name in names)
    hedge, cash = (paths[name].sum("dealer").to_numpy() for name in ("hedge", "cash"))
    for held, market in ((hedge, "market_shares"), (cash, "market_cash")):
        other = paths[market].to_numpy()
        scale = np.abs(held).max() + np.abs(other).max()
        np.testing.assert_allclose(held + other, np.broadcast_to(held[:, :1], held.shape), rtol=0, atol=1e-12 * scale)
    moved = paths["fundamental"].to_numpy() + UNIT * (hedge - hedge[:, :1])
    np.testing.assert_allclose(paths["spot"].to_numpy(), moved, rtol=0, atol=2e-10 * SPOT)


def test_it_trades_on_its_clock_only(run_scenario: Any) -> None:
    tree = one_dealer(
        [option("call", 100.0, 9, -4_000)],
        {"type": "stop_loss", "every_steps": 5, "offset": 3},
        CLEARINGS["simultaneous"],
        paths=64,
    )
    hedge = run_scenario(tree).paths["hedge"].to_numpy()[:, :, 0]
    traded = np.flatnonzero((np.diff(hedge, axis=1) != 0.0).any(axis=0)) + 1
    assert traded.tolist() == [3, 8, 13, 18, 23, 28, 33, 38]


def test_nothing_is_left_once_all_has_expired(run_scenario: Any) -> None:
    """Cash settlement: the last hedge is unwound in the next step, to the last share."""
    tree = one_dealer(several_strikes(-9_000)[:2], EVERY_STEP, CLEARINGS["simultaneous"], settlement="cash", paths=32)
    paths = run_scenario(tree).paths
    assert (paths["hedge"].to_numpy()[:, 24] != 0.0).any()
    assert (paths["hedge"].to_numpy()[:, 25:] == 0.0).all()
    assert (paths["dealer_delta"].to_numpy()[:, 25:] == 0.0).all()


def test_constant_gamma_is_hedged_as_ever(run_scenario: Any) -> None:
    linear = {"kind": "constant_gamma", "gamma": 2.0e5}
    runs = [
        run_scenario(one_dealer([linear, *options], policy, CLEARINGS["simultaneous"])).paths
        for options, policy in (
            ([], EVERY_STEP),
            ([], POLICIES["continuous"]),
            ([option("call", 500.0, 9, 10_000)], EVERY_STEP),
        )
    ]
    for other in runs[1:]:
        np.testing.assert_allclose(runs[0]["hedge"].to_numpy(), other["hedge"].to_numpy(), rtol=0, atol=1e-3)


def test_a_short_strike_that_the_price_jumps_over_is_a_squeeze(run_scenario: Any) -> None:
    """A jump of 2.5 daily standard deviations, from one side of the strike to the other; long dealers have none."""
    chances = []
    for contracts in (-125_000, 125_000):
        tree = one_dealer([option("call", 101.0, 9, contracts)], EVERY_STEP, CLEARINGS["simultaneous"], paths=256)
        tree["outputs"]["squeeze"] = {"jump": 6.0}
        result = run_scenario(tree)
        chances.append(float(result.summary.loc["squeeze_probability", "hedged"]))
        spot = result.paths["spot"].to_numpy()
        crossed = (np.abs(np.diff(spot, axis=1)) > 6.0 * 20.0 / math.sqrt(252 * 8)).any(axis=1)
        assert chances[-1] == pytest.approx(crossed.mean(), abs=1e-12)
    assert chances[0] > 0.5
    assert chances[1] == 0.0


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize(("weeks", "expected"), [(5, 0.9796), (4, 0.9289), (2, 0.8339), (1, 0.7930)])
def test_the_cost_of_stop_loss(weeks: int, expected: float) -> None:
    """A call sold for 20 weeks, hedged by a stop-loss order every few weeks: sd of what it costs over its price.

    Cost is the plain sum of what is paid for shares, less the strike if they are called; the expected values are means
    over 2,000,000 other paths (Hull's example: spot 49, strike 50, 20% volatility, 13% expected return).
    """
    steps = 20 // weeks
    tree = {
        "schema_version": 1,
        "name": "stop-loss",
        "seed": 12,
        "paths": 160_000,
        "clock": {"days": steps, "steps_per_day": 1, "trading_days_per_year": 52 / weeks},
        "market": {
            "spot": 49.0,
            "rate": 0.05,
            "fundamental": {"type": "gbm", "drift": 0.13, "volatility": 0.20},
            "impact": {"type": "kyle", "kyle_lambda": 0.0},
            "clearing": {"type": "simultaneous"},
        },
        "books": {"sold": [option("call", 50.0, steps, -0.01, 0.20)]},
        "dealers": [dealer(EVERY_STEP, "seller", "sold")],
    }
    plan = prepare(sh.scenario_from_dict(tree))
    costs = []
    for batch in path_batches(plan, ("spot", "hedge"), threads=1):
        spot, hedge = batch.series["spot"], batch.series["hedge"][:, :, 0]
        np.testing.assert_array_equal(hedge, np.where(spot > 50.0, 1.0, 0.0))
        costs.append((np.diff(hedge, axis=1, prepend=0.0) * spot).sum(axis=1) - 50.0 * hedge[:, -1])
    cost = np.concatenate(costs)
    centred = cost - cost.mean()
    relative = cost.std(ddof=1) / -plan.premium[0]
    kurtosis = (centred**4).mean() / (centred**2).mean() ** 2
    error = relative * math.sqrt((kurtosis - 1.0) / (4.0 * cost.size))
    assert -plan.premium[0] == pytest.approx(2.4005, abs=1e-4)
    assert abs(relative - expected) < 4.0 * error
