"""Cash settlement, groups of dealers, and the ledger: what dealers have, the market lacks, at every step."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, SPOT, dealer, mixed_book, one_dealer, option, scenario
from numpy.typing import NDArray

Tree = dict[str, Any]
EXPIRY = 16  # step, two days of eight
LEDGER = ["spot", "hedge", "cash", "dealer_delta", "hedge_flow", "market_shares", "market_cash"]
AT_ONE_PRICE = ["lagged", "staggered", "simultaneous"]  # clearings that fill at one price per step


def settled(clearing: str, settlement: str, *, later: bool = False, **options: Any) -> Tree:
    """Calls and puts that expire on the second of three days and, if asked for, others that live on."""
    book = [option("call", 100.0, 2, 40_000), option("put", 101.0, 2, 10_000)]
    if later:
        book.append(option("call", 102.0, 9, 15_000))
    tree = one_dealer(
        book, POLICIES["continuous"], CLEARINGS[clearing], days=3, paths=40, settlement=settlement, **options
    )
    tree["outputs"]["record"]["series"] = LEDGER
    return tree


def columns(paths: Any) -> list[NDArray[np.float64]]:
    """Spot, hedge, cash and dealer delta of the only dealer, each (path, step)."""
    return [np.asarray(paths[name].to_numpy().reshape(40, -1)) for name in ("spot", "hedge", "cash", "dealer_delta")]


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_cash_settlement_unwinds_the_hedge_in_the_next_step(run_scenario: Any, clearing: str) -> None:
    _, hedge, _, delta = columns(run_scenario(settled(clearing, "cash")).paths)
    assert (delta[:, EXPIRY] != 0.0).any()
    assert (delta[:, EXPIRY + 1 :] == 0.0).all()
    assert (np.abs(hedge[:, EXPIRY]) > 1e5).any()
    np.testing.assert_allclose(hedge[:, EXPIRY + 1 :], 0.0, atol=1e-3)
    _, kept, _, frozen = columns(run_scenario(settled(clearing, "physical")).paths)
    assert (np.abs(frozen[:, -1]) > 1e5).any()
    np.testing.assert_allclose(kept[:, -1], -frozen[:, -1], atol=1e-3)


def test_staggered_unwinding_closes_a_share_of_the_gap_in_each_step(run_scenario: Any) -> None:
    _, hedge, _, _ = columns(run_scenario(settled("staggered", "cash")).paths)
    held = hedge[:, EXPIRY:]
    np.testing.assert_allclose(held[:, 2:], 0.7 * held[:, 1:-1], rtol=1e-12)


@pytest.mark.parametrize("clearing", AT_ONE_PRICE)
@pytest.mark.parametrize("later", [False, True])
def test_cash_settlement_pays_the_intrinsic_value_once(run_scenario: Any, clearing: str, later: bool) -> None:
    tree = settled(clearing, "cash", later=later, rate=0.03)
    spot, hedge, cash, _ = columns(run_scenario(tree).paths)
    interest = np.exp(0.03 / (252 * 8))
    trade = np.diff(hedge, axis=1)
    received = cash[:, 1:] - interest * cash[:, :-1] + trade * spot[:, 1:]
    at = spot[:, EXPIRY]
    intrinsic = 4e6 * np.maximum(at - 100.0, 0.0) + 1e6 * np.maximum(101.0 - at, 0.0)
    np.testing.assert_allclose(received[:, EXPIRY - 1], intrinsic, atol=1.0)
    np.testing.assert_allclose(np.delete(received, EXPIRY - 1, axis=1), 0.0, atol=1.0)


@pytest.mark.parametrize("clearing", AT_ONE_PRICE)
def test_settlement_changes_what_happens_after_expiry_only(run_scenario: Any, clearing: str) -> None:
    """Up to and with the expiry step prices are the same; wealth marked at that price is, too."""
    cash_paths, physical_paths = (run_scenario(settled(clearing, kind)).paths for kind in ("cash", "physical"))
    (spot, hedge, cash, _), (other_spot, other_hedge, other_cash, other_delta) = map(
        columns, (cash_paths, physical_paths)
    )
    before = slice(0, EXPIRY + 1)
    np.testing.assert_array_equal(spot[:, before], other_spot[:, before])
    np.testing.assert_array_equal(hedge[:, before], other_hedge[:, before])
    np.testing.assert_array_equal(cash[:, :EXPIRY], other_cash[:, :EXPIRY])
    wealth = cash[:, EXPIRY] + hedge[:, EXPIRY] * spot[:, EXPIRY]
    delivered = other_delta[:, EXPIRY]
    other_wealth = other_cash[:, EXPIRY] + (other_hedge[:, EXPIRY] + delivered) * other_spot[:, EXPIRY]
    np.testing.assert_allclose(wealth, other_wealth, rtol=0, atol=1.0)
    assert np.abs(spot[:, EXPIRY + 1] - other_spot[:, EXPIRY + 1]).max() > 1e-2


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("settlement", ["physical", "cash"])
def test_dealers_and_market_sum_to_zero_at_every_step(run_scenario: Any, clearing: str, settlement: str) -> None:
    """Interest, dividends, costs, two books, groups of dealers and an expiry on the way."""
    books = {"mixed": mixed_book(0.5), "short": [option("call", 100.0, 2, 20_000), option("put", 103.0, 4, -4_000)]}
    dealers = [
        dealer(POLICIES["continuous"], "first", "mixed", count=7, cost_bps=3.0),
        dealer(POLICIES["delta_band"], "second", "short", copies=2, cost_bps=1.0),
        dealer(POLICIES["none"], "third", "short"),
    ]
    tree = scenario(
        books, dealers, clearing=CLEARINGS[clearing], paths=30, rate=0.05, dividend_yield=0.03, settlement=settlement
    )
    tree["outputs"]["record"]["series"] = LEDGER
    paths = run_scenario(tree).paths
    hedge, cash = (paths[name].sum("dealer").to_numpy() for name in ("hedge", "cash"))
    for held, market in ((hedge, "market_shares"), (cash, "market_cash")):
        other = paths[market].to_numpy()
        assert (other[:, 0] == 0.0).all()
        scale = np.abs(held).max() + np.abs(other).max()
        np.testing.assert_allclose(held + other, np.broadcast_to(held[:, :1], held.shape), rtol=0, atol=1e-12 * scale)
        assert np.abs(other).max(axis=1).min() > 0.0


@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_groups_are_what_they_say(run_scenario: Any, policy: str, clearing: str) -> None:
    """`copies: n` is n entries with the whole book, `count: n` is n entries with an nth of it: cash and all."""
    rule = copy.deepcopy(POLICIES[policy])
    if "band" in rule:
        rule["band"] = 20_000.0
    parts = 3
    for grouped, scale in (({"copies": parts}, 1.0), ({"count": parts}, 1.0 / parts)):
        group = scenario(
            {"book": mixed_book(0.3)}, [dealer(rule, "all", cost_bps=1.0, **grouped)], clearing=CLEARINGS[clearing]
        )
        singles = scenario(
            {"book": mixed_book(0.3 * scale)},
            [dealer(rule, f"dealer-{k}", cost_bps=1.0) for k in range(parts)],
            clearing=CLEARINGS[clearing],
        )
        one, many = run_scenario(group), run_scenario(singles)
        np.testing.assert_allclose(one.paths["spot"], many.paths["spot"], rtol=0, atol=2e-10 * SPOT)
        for name, tolerance in (("hedge", 0.5), ("cash", 50.0), ("dealer_delta", 0.5)):
            expected = many.paths[name].sum("dealer").to_numpy()
            np.testing.assert_allclose(one.paths[name].to_numpy()[:, :, 0], expected, rtol=1e-9, atol=tolerance)
        for metric in ("pnl_mean", "pnl_es95", "hedge_turnover"):
            row, other = one.summary.loc[metric], many.summary.loc[metric]
            np.testing.assert_allclose(row[["hedged", "twin"]], other[["hedged", "twin"]], rtol=1e-6, atol=50.0)


def test_the_cost_of_trading_is_what_the_market_gains(run_scenario: Any) -> None:
    """With and without costs prices are the same (lagged, continuous); the difference in cash is cost times value."""
    free, dear = (settled("lagged", "physical", cost_bps=cost) for cost in (0.0, 5.0))
    spot, hedge, cash, _ = columns(run_scenario(free).paths)
    same_spot, same_hedge, less_cash, _ = columns(run_scenario(dear).paths)
    np.testing.assert_array_equal(spot, same_spot)
    np.testing.assert_array_equal(hedge, same_hedge)
    paid = np.cumsum(5e-4 * np.abs(np.diff(hedge, axis=1)) * spot[:, 1:], axis=1)
    np.testing.assert_allclose((cash - less_cash)[:, 1:], paid, rtol=1e-9, atol=1e-3)
