"""The oracle itself against closed forms, so that agreeing with it means something."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, KYLE_LAMBDA, POLICIES, mixed_book, one_dealer, option, teaching
from numpy.typing import NDArray
from oracle import Track, dealers_of, market_of, simulate

Array = NDArray[np.float64]


def news(scenario: dict[str, Any], paths: int, seed: int = 5) -> Array:
    """Bachelier fundamental paths of the scenario, shape (path, step + 1), in $."""
    clock, market = scenario["clock"], scenario["market"]
    steps = clock["days"] * clock["steps_per_day"]
    size = market["fundamental"]["volatility"] / np.sqrt(252 * clock["steps_per_day"])
    moves = np.random.default_rng(seed).standard_normal((paths, steps)) * size
    return market["spot"] + np.concatenate([np.zeros((paths, 1)), np.cumsum(moves, axis=1)], axis=1)


def simulated(scenario: dict[str, Any], fundamental: Array) -> Track:
    return simulate(market_of(scenario), dealers_of(scenario), fundamental)


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", list(POLICIES))
def test_price_is_fundamental_plus_impact_of_holdings(policy: str, clearing: str, form: str) -> None:
    impact = {"type": "adv", "coefficient": 1.0, "form": form}
    scenario = one_dealer(mixed_book(), POLICIES[policy], CLEARINGS[clearing], impact=impact, cost_bps=2.0)
    fundamental, market = news(scenario, 2), market_of(scenario)
    track = simulated(scenario, fundamental)
    moved = (track.hedge - track.hedge[:, :1]).sum(axis=2)
    if form == "arithmetic":
        expected = fundamental + market.impact * moved
    else:
        expected = fundamental * np.exp(market.impact / market.spot * moved)
    np.testing.assert_allclose(track.spot, expected, atol=1e-9)


@pytest.mark.parametrize(("sign", "strike"), [(1.0, 100.0), (1.0, 101.5), (-1.0, 100.0), (-1.0, 98.0)])
def test_terminal_price_is_a_function_of_the_fundamental(sign: float, strike: float) -> None:
    scenario = one_dealer(
        [option("call", strike, 5, sign * 111_800)], POLICIES["continuous"], CLEARINGS["simultaneous"]
    )
    fundamental, market = news(scenario, 25), market_of(scenario)
    track = simulated(scenario, fundamental)
    width = market.impact * sign * 111_800 * 100
    shifted = fundamental[:, -1] + market.impact * track.dealer_delta[:, 0, 0]
    if sign > 0:
        expected = np.where(shifted < strike, shifted, np.maximum(strike, shifted - width))
        assert (track.spot[:, -1] == strike).any()
    else:
        before = track.spot[:, -2]
        stays_below = (before < strike) & (shifted < strike)
        falls_below = (before > strike) & (shifted - width <= strike)
        expected = np.where(stays_below | falls_below, shifted, shifted - width)
    np.testing.assert_allclose(track.spot[:, -1], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("up", "landing", "fundamental_at_fold"), [(True, 0.46673, -0.46329), (False, -0.46673, 0.46329)]
)
def test_fold_jumps_where_the_cusp_says(up: bool, landing: float, fundamental_at_fold: float) -> None:
    """a = 1, tau = 0.1, a ramp of news in both directions; delta starts at 0 below and at 1 above."""
    root_tau, sd = np.sqrt(0.1), 0.1  # sd of the option in $; normalised prices are $ / sd * root_tau
    direction = 1.0 if up else -1.0
    strike = 100.0 + 5 * direction * sd
    short = option("call", strike, 5, -(sd / root_tau) / KYLE_LAMBDA / 100, sd / 100.0 / np.sqrt(2_000 / 252))
    scenario = one_dealer([short | {"expiry_days": 2_000}], POLICIES["continuous"], CLEARINGS["simultaneous"])
    scenario["market"]["impact"] = {"type": "kyle", "kyle_lambda": KYLE_LAMBDA, "form": "arithmetic"}
    ramp = 100.0 + direction * np.linspace(0.0, 0.6, 241)[None, :]
    track = simulated(scenario, ramp)
    at = int(np.argmax(np.abs(np.diff(track.spot[0]))))
    assert (track.spot[0, at + 1] - strike) / sd * root_tau == pytest.approx(landing, abs=0.02)
    assert (track.spot[0, at] - strike) / sd * root_tau == pytest.approx(-direction * 0.21557, abs=0.1)
    assert (ramp[0, at + 1] - strike) / sd * root_tau == pytest.approx(fundamental_at_fold, abs=0.02)


@pytest.mark.parametrize("kappa", [0.2, -0.2])
def test_lagged_hedging_is_the_autoregression_of_order_one(kappa: float) -> None:
    scenario = teaching(kappa, CLEARINGS["lagged"])
    fundamental = news(scenario, 3)
    moves, shocks = np.diff(simulated(scenario, fundamental).spot), np.diff(fundamental)
    np.testing.assert_allclose(moves[:, 1:], shocks[:, 1:] - kappa * moves[:, :-1], atol=1e-10)


def test_wealth_of_a_dealer_at_zero_impact_is_the_replication_error() -> None:
    """A hedged option bought at fair value with fine steps earns nothing, whatever the path (Boyle & Emanuel 1980)."""
    book = [option("call", 100.0, 5, 100.0), option("put", 101.0, 5, -50.0)]
    scenario = one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], steps_per_day=40, days=5)
    scenario["market"]["impact"] = {"type": "kyle", "kyle_lambda": 1e-30, "form": "arithmetic"}
    track = simulated(scenario | {"clock": scenario["clock"]}, news(scenario, 12))
    unhedged = simulated(
        one_dealer(book, POLICIES["none"], CLEARINGS["simultaneous"], steps_per_day=40, days=5), news(scenario, 12)
    )
    assert np.std(track.pnl()) < 0.15 * np.std(unhedged.pnl())
