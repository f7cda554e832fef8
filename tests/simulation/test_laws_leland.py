"""Leland's policy (1985): its volatilities, what it earns where the seller charges its price, where it is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, SPOT, dealer, mixed_book, one_dealer, option, scenario
from numpy.typing import NDArray

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import Plan, prepare

Tree = dict[str, Any]
Array = NDArray[np.float64]
UNIT = 0.0126 * SPOT / 5e6  # lambda of the adv impact, $ per share
EVERY_STEP: Tree = {"type": "leland", "every_steps": 1, "cost_bps": 3.0}
LELAND_PRICE, BLACK_SCHOLES_PRICE = 14.989855, 12.335999  # S = K = 100, T = 1, r = 5%, s = 25%, cost 1%, 100 trades


def plan_of(tree: Tree) -> Plan:
    return prepare(sh.scenario_from_dict(tree))


def number(cost: float, implied_vol: float, years: float) -> float:
    """Leland's number for a one-way proportional cost: sqrt(2 / pi) times the round trip's, over s sqrt(dt)."""
    return math.sqrt(2.0 / math.pi) * 2.0 * cost / (implied_vol * math.sqrt(years))


# ---------------------------------------------------------------- which volatilities


def test_variance_is_larger_where_the_dealer_is_short_and_smaller_where_it_is_long() -> None:
    book = [
        option("call", 100.0, 3, 10.0, 0.2),
        option("put", 95.0, 3, -5.0, 0.3),
        option("call", 105.0, 9, -2.0, 0.25),
    ]
    plan = plan_of(
        one_dealer(book, {"type": "leland", "every_steps": 4, "offset": 1}, CLEARINGS["lagged"], cost_bps=7.0)
    )
    held, derived = (plan.options.groups[b.first : b.last] for b in plan.options.books)
    years = 4 / (252 * 8)
    for own, other in zip(held, derived, strict=True):
        sign = 1.0 if own.shares < 0.0 else -1.0
        expected = own.implied_vol**2 * (1.0 + sign * number(7e-4, own.implied_vol, years))
        assert other.implied_vol**2 == pytest.approx(expected, rel=1e-12)
        assert (other.strike, other.shares, other.expiry_step) == (own.strike, own.shares, own.expiry_step)


def test_a_call_and_a_put_of_one_strike_are_one_position() -> None:
    """They have the same gamma: long one and short the other is a forward, whose hedge is never traded."""
    synthetic = [option("call", 100.0, 3, 40.0), option("put", 100.0, 3, -40.0)]
    overwritten = [option("call", 103.0, 3, 10.0), option("put", 103.0, 3, -30.0)]
    plan = plan_of(one_dealer([*synthetic, *overwritten], EVERY_STEP, CLEARINGS["lagged"]))
    forward, short = plan.options.groups[plan.options.books.first[1] :]
    assert (forward.strike, forward.implied_vol) == (100.0, 0.2)
    assert (short.strike, short.implied_vol > 0.2) == (103.0, True)


def test_the_cost_is_the_dealers_own_unless_the_policy_names_one() -> None:
    book = [option("call", 100.0, 3, -10.0)]
    bare = {"type": "leland", "every_steps": 1}
    own = plan_of(one_dealer(book, bare, CLEARINGS["lagged"], cost_bps=3.0))
    named = plan_of(one_dealer(book, EVERY_STEP, CLEARINGS["lagged"], cost_bps=50.0))
    assert own.options.groups.implied_vol.tolist() == named.options.groups.implied_vol.tolist()
    assert own.options.groups.implied_vol[1] > own.options.groups.implied_vol[0]


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("costs", [{"cost_bps": 0.0}, {}])
def test_without_cost_it_is_the_fixed_interval(run_scenario: Any, clearing: str, costs: Tree) -> None:
    clock = {"every_steps": 4, "offset": 1}
    fixed, leland = (
        run_scenario(one_dealer(mixed_book(), {"type": name, **clock, **own}, CLEARINGS[clearing], rate=0.02))
        for name, own in (("fixed_interval", {}), ("leland", costs))
    )
    for name in fixed.paths.data_vars:
        np.testing.assert_array_equal(fixed.paths[name].to_numpy(), leland.paths[name].to_numpy(), err_msg=str(name))
    np.testing.assert_array_equal(fixed.summary, leland.summary)


# ---------------------------------------------------------------- prices, holdings, books


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize("contracts", [40_000, -40_000])
@pytest.mark.parametrize("book_delta", ["exact", "surface"])
def test_the_price_clears_with_the_modified_deltas(
    run_scenario: Any, form: str, contracts: float, book_delta: str
) -> None:
    """S + lambda Delta - X is constant with the deltas that are hedged, and not with those of the book."""
    impact = {"type": "adv", "coefficient": 1.0, "form": form}
    book = [option("call", 100.0, 7, contracts), option("put", 97.0, 3, 0.5 * contracts)]
    runs = [
        run_scenario(
            one_dealer(book, policy, CLEARINGS["simultaneous"], impact=impact, paths=64), book_delta=book_delta
        )
        for policy in (EVERY_STEP, POLICIES["continuous"])
    ]
    leland, continuous = (run.paths for run in runs)
    spot, fundamental = leland["spot"].to_numpy(), leland["fundamental"].to_numpy()
    delta = leland["dealer_delta"].to_numpy()[:, :, 0]
    left, right = (spot, fundamental) if form == "arithmetic" else (SPOT * np.log(spot), SPOT * np.log(fundamental))
    constant = left + UNIT * delta - right
    assert np.abs(constant - constant[:, :1]).max() < 2e-10 * SPOT
    np.testing.assert_allclose(leland["hedge"].to_numpy()[:, :, 0], -delta, atol=2e-10 * SPOT / UNIT)
    assert np.abs(delta[:, 0] - continuous["dealer_delta"].to_numpy()[:, 0, 0]).max() > 1e-3 * abs(contracts)


def test_gain_is_that_of_what_is_hedged_and_net_gamma_that_of_what_is_held(run_scenario: Any) -> None:
    """A short option hedged at a higher volatility: flatter delta at the money, smaller gain."""
    book = [option("call", 100.0, 7, -40_000)]
    tree = one_dealer(book, EVERY_STEP, CLEARINGS["simultaneous"])
    tree["outputs"]["record"]["series"] = ["net_gamma", "hedged_gamma"]
    plan, paths = plan_of(tree), run_scenario(tree).paths
    net, hedged = (float(paths[name].to_numpy()[0, 0]) for name in ("net_gamma", "hedged_gamma"))
    wide = 0.2 * math.sqrt(1.0 + number(3e-4, 0.2, 1 / 2016))
    for gamma, vol in ((net, 0.2), (hedged, wide)):
        total = vol * math.sqrt(7 / 252)
        density = math.exp(-0.125 * total**2) / math.sqrt(2 * math.pi)
        assert gamma == pytest.approx(-4e6 * density / (SPOT * total), rel=1e-5)
    assert plan.gain.start_gain == pytest.approx(UNIT * hedged, rel=1e-5)


def test_what_dealers_own_does_not_depend_on_what_they_reckon_with(run_scenario: Any) -> None:
    """The twin, who hedges nothing, has the same profit; the premium is paid once and at the book's own value."""
    kinds = (POLICIES["leland"], POLICIES["fixed_interval"], POLICIES["stop_loss"])
    trees = [one_dealer(mixed_book(), policy, CLEARINGS["lagged"], rate=0.02) for policy in kinds]
    runs = [run_scenario(tree, book_delta="exact") for tree in trees]
    for other in runs[1:]:
        for metric in ("pnl_mean", "pnl_sd", "pnl_es95"):
            assert runs[0].summary.loc[metric, "twin"] == other.summary.loc[metric, "twin"]
    own, *derived = plan_of(one_dealer(mixed_book(), POLICIES["leland"], CLEARINGS["lagged"])).premium
    assert own != 0.0
    assert derived == [0.0]


def test_dealers_share_what_they_reckon_alike() -> None:
    """One book beside the one they hold for two with the same clock and cost, another for a third with other costs."""
    tree = scenario(
        {
            "near": mixed_book(),
            "far": [option("call", 101.0, 9, 100.0)],
            "linear": [{"kind": "constant_gamma", "gamma": 9.0}],
        },
        [
            dealer(EVERY_STEP, "a", "near"),
            dealer(EVERY_STEP, "b", "near", cost_bps=9.0),
            dealer(EVERY_STEP | {"cost_bps": 4.0}, "c", "near"),
            dealer(EVERY_STEP, "d", "far"),
            dealer(POLICIES["continuous"], "e", "near"),
            dealer(EVERY_STEP, "f", "linear"),
        ],
        clearing=CLEARINGS["simultaneous"],
    )
    plan = plan_of(tree)
    assert plan.dealers.book.tolist() == [0, 0, 0, 1, 0, 2]
    assert plan.dealers.hedge_book.tolist() == [3, 3, 4, 5, 0, 2]
    assert plan.options.books.origin.tolist() == [0, 1, 2, 0, 0, 1]
    assert [loaded.name for loaded in plan.books] == ["near", "far", "linear"]


def test_a_policy_of_ones_own_gets_the_deltas_of_the_book() -> None:
    tree = one_dealer(mixed_book(), EVERY_STEP, CLEARINGS["lagged"])
    assert prepare(sh.scenario_from_dict(tree), user_policies=["street"]).dealers.hedge_book.tolist() == [0]


# ---------------------------------------------------------------- what it earns


def sold_at_the_money(policy: str, paths: int) -> Tree:
    """One call on one share, sold; a year of 100 trades at a cost of 1%, in a market that hedging does not move."""
    return {
        "schema_version": 1,
        "name": "leland",
        "seed": 11,
        "paths": paths,
        "clock": {"days": 100, "steps_per_day": 1, "trading_days_per_year": 100},
        "market": {
            "spot": 100.0,
            "rate": 0.05,
            "fundamental": {"type": "gbm", "drift": 0.05, "volatility": 0.25},
            "impact": {"type": "kyle", "kyle_lambda": 0.0},
            "clearing": {"type": "simultaneous"},
        },
        "books": {"sold": [option("call", 100.0, 100, -0.01, 0.25)]},
        "dealers": [dealer({"type": policy, "every_steps": 1}, "seller", "sold", cost_bps=100.0)],
    }


def delivered_profit(tree: Tree) -> Array:
    """P&L of each path in $, the trade at expiry free of cost: what is missing is delivered, not traded."""
    found = []
    for batch in path_batches(sh.scenario_from_dict(tree), ("spot", "hedge", "cash", "dealer_delta"), threads=1):
        spot = batch.series["spot"][:, -1]
        hedge, cash, delta = (batch.series[name][:, :, 0] for name in ("hedge", "cash", "dealer_delta"))
        last_cost = 0.01 * np.abs(hedge[:, -1] - hedge[:, -2]) * spot
        found.append(cash[:, -1] + (hedge[:, -1] + delta[:, -1]) * spot + last_cost)
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("policy", "price", "mean", "spread"),
    [("leland", LELAND_PRICE, 0.006, 0.981), ("fixed_interval", BLACK_SCHOLES_PRICE, -3.162, 1.519)],
)
def test_a_seller_who_charges_lelands_price_breaks_even(policy: str, price: float, mean: float, spread: float) -> None:
    """Mean and standard deviation known from 200,000 other paths, at the end of the year; Le = 0.638."""
    tree = sold_at_the_money(policy, 100_000)
    plan = plan_of(tree)
    assert -plan.premium[0] == pytest.approx(BLACK_SCHOLES_PRICE, abs=1e-6)
    if policy == "leland":
        assert plan.options.groups.implied_vol[1] == pytest.approx(0.319991, abs=1e-6)
    profit = delivered_profit(tree) + (price - BLACK_SCHOLES_PRICE) * math.exp(0.05)
    n = profit.size
    errors = profit.std() / math.sqrt(n), profit.std() * math.sqrt((kurtosis(profit) - 1.0) / (4.0 * n))
    for measured, known, error in zip((profit.mean(), profit.std(ddof=1)), (mean, spread), errors, strict=True):
        assert abs(measured - known) < 4.0 * math.sqrt(1.5) * error  # theirs comes from twice as many paths


def kurtosis(values: Array) -> float:
    centred = values - values.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2)


# ---------------------------------------------------------------- where it is refused


def test_a_long_option_with_costs_too_high_is_refused() -> None:
    """At Le >= 1 no variance is left; the remedy's interval is accepted, the step before it is not."""
    book = [option("call", 100.0, 3, 10.0, 0.3), option("put", 96.0, 3, 10.0, 0.2), option("put", 95.0, 3, -10.0, 0.01)]
    tree = one_dealer(book, {"type": "leland", "every_steps": 2}, CLEARINGS["lagged"], cost_bps=60.0)
    with pytest.raises(InputError) as caught:
        plan_of(tree)
    error, expected = caught.value, number(6e-3, 0.2, 2 / 2016)
    assert expected > 1.0
    assert error.key == "dealers.street.policy"
    assert f"{expected:.4g}" in str(error.value)
    assert "struck at 96 with implied vol 0.2" in error.message
    every = math.floor(2 * expected**2) + 1
    assert f"every_steps: {every} " in (error.remedy or "")
    tree["dealers"][0]["policy"]["every_steps"] = every
    assert plan_of(tree).options.groups.implied_vol.min() > 0.0
    tree["dealers"][0]["policy"]["every_steps"] = every - 1
    with pytest.raises(InputError):
        plan_of(tree)


def test_short_options_may_cost_anything() -> None:
    tree = one_dealer(
        [option("put", 96.0, 3, -10.0)], {"type": "leland", "every_steps": 1}, CLEARINGS["lagged"], cost_bps=500.0
    )
    plan = plan_of(tree)
    assert plan.options.groups.implied_vol[1] == pytest.approx(0.2 * math.sqrt(1 + number(0.05, 0.2, 1 / 2016)))
