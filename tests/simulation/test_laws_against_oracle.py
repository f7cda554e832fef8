"""Every clearing, policy and form of impact step by step against the oracle, fed with the run's own fundamental."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario
from oracle import Track, dealers_of, market_of, simulate

Tree = dict[str, Any]


def both(run_scenario: Any, tree: Tree, **options: Any) -> tuple[Any, Track]:
    """The run's recorded paths, computed with exact deltas, and the oracle's on the same fundamental."""
    paths = run_scenario(tree, book_delta="exact", **options).paths
    return paths, simulate(market_of(tree), dealers_of(tree), paths["fundamental"].to_numpy())


def assert_equal_paths(paths: Any, track: Track, tree: Tree) -> None:
    """Prices to 1e-8 of spot, shares to what that price error moves, cash to the value of those shares."""
    market = market_of(tree)
    np.testing.assert_allclose(paths["spot"].to_numpy(), track.spot, rtol=0, atol=1e-8 * market.spot)
    shares = 1e-8 * market.spot / market.impact
    np.testing.assert_allclose(paths["hedge"].to_numpy(), track.hedge, rtol=0, atol=shares)
    np.testing.assert_allclose(paths["dealer_delta"].to_numpy(), track.dealer_delta, rtol=0, atol=shares)
    np.testing.assert_allclose(paths["cash"].to_numpy(), track.cash, rtol=1e-9, atol=20 * shares * market.spot)


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", list(POLICIES))
def test_one_dealer(run_scenario: Any, policy: str, clearing: str, form: str) -> None:
    impact = {"type": "adv", "coefficient": 1.0, "form": form}
    tree = one_dealer(
        mixed_book(),
        POLICIES[policy],
        CLEARINGS[clearing],
        cost_bps=2.0,
        impact=impact,
        rate=0.05,
        dividend_yield=0.02,
        paths=4,
        fundamental={"type": "gbm", "drift": 0.1, "volatility": 0.25},
    )
    assert_equal_paths(*both(run_scenario, tree), tree)


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_dealers_with_different_books_and_policies(run_scenario: Any, clearing: str) -> None:
    books = {
        "calls": [option("call", 101.0, 5, 30_000), option("call", 98.0, 2, 10_000)],
        "puts": [option("put", 96.0, 5, -25_000, 0.3), {"kind": "constant_gamma", "gamma": 2.0e5}],
        "mixed": mixed_book(0.5),
    }
    dealers = [
        dealer(POLICIES["delta_band"], "first", "calls", cost_bps=1.0),
        dealer(POLICIES["continuous"], "second", "puts"),
        dealer(POLICIES["whalley_wilmott"], "third", "mixed", cost_bps=3.0),
        dealer(POLICIES["fixed_interval"], "fourth", "mixed"),
        dealer(POLICIES["none"], "fifth", "calls"),
    ]
    tree = scenario(books, dealers, clearing=CLEARINGS[clearing], paths=4, rate=0.03)
    assert_equal_paths(*both(run_scenario, tree), tree)


@pytest.mark.parametrize("policy", ["continuous", "delta_band", "delta_band_edge", "whalley_wilmott"])
def test_long_dealers_through_a_pin(run_scenario: Any, policy: str) -> None:
    """Expiry in the middle of the run: many paths pin, and the cleared fraction stays frozen afterwards."""
    tree = one_dealer(
        [option("call", 100.0, 3, 150_000), option("put", 100.0, 3, 20_000)],
        POLICIES[policy],
        CLEARINGS["simultaneous"],
        paths=16,
    )
    paths, track = both(run_scenario, tree)
    assert (track.spot[:, 24] == 100.0).any()
    assert_equal_paths(paths, track, tree)


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_short_dealers_through_folds(run_scenario: Any, form: str) -> None:
    """Squeezes: the price jumps to the first root in the direction of the excess, also across the strike at expiry."""
    tree = one_dealer(
        [option("call", 103.0, 5, -120_000), option("put", 97.0, 4, -60_000)],
        POLICIES["continuous"],
        CLEARINGS["simultaneous"],
        impact={"type": "adv", "coefficient": 1.0, "form": form},
        fundamental={"type": "bachelier", "drift": 0.0, "volatility": 30.0},
        paths=16,
    )
    paths, track = both(run_scenario, tree)
    assert np.abs(np.diff(track.spot)).max() > 2.0
    assert_equal_paths(paths, track, tree)


def test_short_dealers_with_bands_and_a_continuous_one(run_scenario: Any) -> None:
    """Where a short-gamma band jumps with the price, clearing jumps past it; long-gamma bands stop inside the jump."""
    books = {"short": [option("call", 102.0, 5, -50_000)], "long": [option("put", 99.0, 5, 60_000)]}
    dealers = [dealer(POLICIES["delta_band"], "a", "short"), dealer(POLICIES["delta_band"], "b", "long")]
    tree = scenario(books, dealers, clearing=CLEARINGS["simultaneous"], paths=8)
    assert_equal_paths(*both(run_scenario, tree), tree)


def test_profit_and_loss(run_scenario: Any) -> None:
    """Mean and standard deviation over paths of the dealers' wealth, hedged and unhedged."""
    options: Tree = {"cost_bps": 5.0, "rate": 0.04, "dividend_yield": 0.03, "paths": 12}
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], **options)
    result = run_scenario(tree, book_delta="exact")
    fundamental = result.paths["fundamental"].to_numpy()
    hedged = simulate(market_of(tree), dealers_of(tree), fundamental).pnl().sum(axis=1)
    idle = tree | {"dealers": [dealer(POLICIES["none"])]}
    twin = simulate(market_of(idle), dealers_of(idle), fundamental).pnl().sum(axis=1)
    for series, pnl in (("hedged", hedged), ("twin", twin)):
        assert float(result.summary.loc["pnl_mean", series]) == pytest.approx(pnl.mean(), rel=1e-6)
        assert float(result.summary.loc["pnl_sd", series]) == pytest.approx(pnl.std(ddof=1), rel=1e-6)
