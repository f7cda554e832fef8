"""Laws that hold on every step of every path: clearing, conservation, and what a run may not depend on."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, SPOT, dealer, mixed_book, one_dealer, option, scenario
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import dealers_of, market_of, starting_hedge

Tree = dict[str, Any]
UNIT = 0.0126 * SPOT / 5e6  # lambda of the adv impact, $ per share
VARIABLES = ["spot", "fundamental", "twin_spot", "dealer_delta", "net_gamma", "hedge_flow", "hedge", "cash"]


def clearing_constant(paths: Any, form: str) -> np.ndarray:
    """S + lambda Delta - X, or its logarithmic form, per path and step, in units of the spot."""
    delta = paths["dealer_delta"].sum("dealer").to_numpy()
    spot, fundamental = paths["spot"].to_numpy(), paths["fundamental"].to_numpy()
    if form == "arithmetic":
        return (spot + UNIT * delta - fundamental) / SPOT
    return np.log(spot) + UNIT / SPOT * delta - np.log(fundamental)


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize(
    "book",
    [
        mixed_book(),
        [option("call", 100.0, 5, 111_800)],
        [option("put", 98.0, 5, -90_000), option("call", 102.0, 2, -9e4)],
    ],
)
def test_clearing_constant(run_scenario: Any, book: list[Tree], form: str) -> None:
    impact = {"type": "adv", "coefficient": 1.0, "form": form}
    for book_delta in ("exact", "surface"):
        tree = one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], impact=impact, paths=64)
        constant = clearing_constant(run_scenario(tree, book_delta=book_delta).paths, form)
        assert np.abs(constant - constant[:, :1]).max() < 2e-10


positions = st.builds(
    option,
    st.sampled_from(["call", "put"]),
    st.floats(85.0, 115.0),
    st.sampled_from([1, 2, 3, 7]),
    st.floats(-25_000.0, 25_000.0),
    st.floats(0.1, 0.6),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    book=st.lists(positions, min_size=1, max_size=5),
    form=st.sampled_from(["arithmetic", "multiplicative"]),
    policy=st.sampled_from(list(POLICIES)),
    clearing=st.sampled_from(list(CLEARINGS)),
    rate=st.floats(-0.02, 0.1),
    seed=st.integers(0, 2**31),
)
def test_any_book_conserves_and_stays_finite(
    run_scenario: Any, book: list[Tree], form: str, policy: str, clearing: str, rate: float, seed: int
) -> None:
    """Random books: no NaN, price equals fundamental plus impact of holdings, cash follows the trades."""
    impact = {"type": "adv", "coefficient": 0.5, "form": form}
    tree = one_dealer(
        book, POLICIES[policy], CLEARINGS[clearing], impact=impact, rate=rate, seed=seed, paths=4, days=3, cost_bps=1.0
    )
    paths = run_scenario(tree).paths
    assert all(np.isfinite(paths[name].to_numpy()).all() for name in VARIABLES)
    assert_holdings_move_the_price(paths, tree)
    if policy == "continuous" and clearing == "simultaneous":
        delta = paths["dealer_delta"].to_numpy()
        np.testing.assert_allclose(paths["hedge"].to_numpy(), -delta, atol=2e-10 * SPOT / (0.5 * UNIT))
    if clearing != "asynchronous":
        assert_cash_follows_trades(paths, tree)


def assert_holdings_move_the_price(paths: Any, tree: Tree) -> None:
    market = market_of(tree)
    hedge = paths["hedge"].to_numpy()
    moved = hedge.sum(axis=2) - sum(starting_hedge(d, market) for d in dealers_of(tree))
    fundamental = paths["fundamental"].to_numpy()
    if market.form == "arithmetic":
        expected = fundamental + market.impact * moved
    else:
        expected = fundamental * np.exp(market.impact / market.spot * moved)
    np.testing.assert_allclose(paths["spot"].to_numpy(), expected, rtol=0, atol=2e-10 * market.spot)
    np.testing.assert_allclose(paths["hedge_flow"].to_numpy()[:, 1:], np.diff(hedge.sum(axis=2)), atol=1e-5)


def assert_cash_follows_trades(paths: Any, tree: Tree) -> None:
    """The ledger of every dealer rebuilt from hedge, delta and price: what the market receives, the dealer pays."""
    market, spot = market_of(tree), paths["spot"].to_numpy()
    hedge, cash = paths["hedge"].to_numpy(), paths["cash"].to_numpy()
    expiries = {o.expiry_step for d in dealers_of(tree) for o in d.options}
    for index, one in enumerate(dealers_of(tree)):
        trade = np.diff(hedge[:, :, index], axis=1)
        paid = trade * spot[:, 1:] + one.cost_bps * 1e-4 * np.abs(trade) * spot[:, 1:]
        expected = cash[:, :-1, index] * np.exp(market.rate * market.year_step) - paid
        ordinary = [n for n in range(trade.shape[1]) if n + 1 not in expiries]
        scale = np.abs(cash).max() + np.abs(hedge).max() * SPOT
        np.testing.assert_allclose(cash[:, 1:, index][:, ordinary], expected[:, ordinary], atol=1e-9 * scale)


@pytest.mark.parametrize("clearing", ["lagged", "staggered", "simultaneous"])  # fills at one price per step
def test_delivery_settles_against_strikes(run_scenario: Any, clearing: str) -> None:
    """At expiry the cash moves by strike times shares delivered, so wealth does not jump."""
    tree = one_dealer(
        [option("call", 100.0, 3, 50_000), option("put", 102.0, 3, 10_000)], POLICIES["continuous"], CLEARINGS[clearing]
    )
    paths = run_scenario(tree).paths
    step = 24
    spot, hedge, cash = (paths[name].to_numpy() for name in ("spot", "hedge", "cash"))
    trade = np.diff(hedge[:, :, 0], axis=1)[:, step - 1]
    delivered_cash = np.diff(cash[:, :, 0], axis=1)[:, step - 1] + trade * spot[:, step]
    call, put = spot[:, step] > 100.0, spot[:, step] < 102.0
    pinned = (spot[:, step] == 100.0) | (spot[:, step] == 102.0)
    expected = -100.0 * 5e6 * call + 102.0 * 1e6 * put
    np.testing.assert_allclose(delivered_cash[~pinned], expected[~pinned], atol=1.0)
    frozen = paths["dealer_delta"].to_numpy()[:, step:, 0]
    assert (frozen == frozen[:, :1]).all()


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_without_impact_the_run_is_its_twin_to_the_last_bit(run_scenario: Any, clearing: str, form: str) -> None:
    impact = {"type": "kyle", "kyle_lambda": 0.0, "form": form}
    for fundamental in ({"type": "gbm", "volatility": 0.3}, {"type": "bachelier", "volatility": 20.0}):
        tree = one_dealer(
            mixed_book(),
            POLICIES["continuous"],
            CLEARINGS[clearing],
            impact=impact,
            fundamental=fundamental | {"drift": 0.0},
        )
        paths = run_scenario(tree).paths
        np.testing.assert_array_equal(paths["spot"].to_numpy(), paths["twin_spot"].to_numpy())
        np.testing.assert_array_equal(paths["spot"].to_numpy(), paths["fundamental"].to_numpy())


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", ["continuous", "fixed_interval"])
def test_many_dealers_with_a_share_each_are_one_dealer(run_scenario: Any, clearing: str, policy: str) -> None:
    rule = POLICIES[policy]
    whole = scenario({"b": mixed_book()}, [dealer(rule, "one", "b")], clearing=CLEARINGS[clearing])
    split = scenario({"b": mixed_book()}, [dealer(rule, "one", "b", count=7)], clearing=CLEARINGS[clearing])
    named = scenario(
        {"b": mixed_book(0.25)}, [dealer(rule, f"d{i}", "b") for i in range(4)], clearing=CLEARINGS[clearing]
    )
    copies = scenario({"b": mixed_book(0.2)}, [dealer(rule, "one", "b", copies=5)], clearing=CLEARINGS[clearing])
    reference = run_scenario(whole).paths
    for tree in (split, named, copies):
        paths = run_scenario(tree).paths
        np.testing.assert_allclose(paths["spot"].to_numpy(), reference["spot"].to_numpy(), rtol=0, atol=2e-8)
        np.testing.assert_allclose(paths["hedge_flow"].to_numpy(), reference["hedge_flow"].to_numpy(), atol=0.2)


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", list(POLICIES))
def test_a_scaled_dealer_is_one_with_a_scaled_book(run_scenario: Any, policy: str, clearing: str) -> None:
    """The other side of two fifths of the book: prices, holdings, gains, P&L are those of the contracts so written."""
    scaled = one_dealer(mixed_book(), POLICIES[policy], CLEARINGS[clearing], cost_bps=1.0)
    scaled["dealers"][0]["scale"] = -0.4
    written = one_dealer(mixed_book(-0.4), POLICIES[policy], CLEARINGS[clearing], cost_bps=1.0)
    one, other = run_scenario(scaled), run_scenario(written)
    for name in ("spot", "hedge", "cash", "net_gamma", "dealer_delta"):
        np.testing.assert_allclose(one.paths[name], other.paths[name], rtol=1e-7, atol=1e-3)
    for metric in ("pnl_mean", "feedback_gain_start"):
        assert one.summary.at[metric, "hedged"] == pytest.approx(other.summary.at[metric, "hedged"], rel=1e-6)


def test_simultaneous_results_do_not_move_with_the_time_step(run_scenario: Any) -> None:
    """Away from folds the volatility ratio is a matter of the book, not of the grid."""
    ratios = []
    for steps_per_day in (50, 100):
        tree = one_dealer(
            [option("call", 100.0, 21, 60_000)],
            POLICIES["continuous"],
            CLEARINGS["simultaneous"],
            steps_per_day=steps_per_day,
            paths=1_000,
            record=None,
        )
        row = run_scenario(tree).summary.loc["realised_vol"]
        ratios.append((float(row["ratio"]), float(row["ratio_se"])))
    (coarse, coarse_se), (fine, fine_se) = ratios
    assert abs(coarse - fine) < 4 * np.hypot(coarse_se, fine_se)


def test_exact_and_surface_agree_within_the_reported_error(run_scenario: Any) -> None:
    book = [option("call", k, e, 3_000, 0.15 + 0.001 * k) for k in (90.0, 97.0, 100.0, 104.0) for e in (2, 6, 30)]
    tree = one_dealer(book, POLICIES["continuous"], CLEARINGS["lagged"], paths=64)
    exact, surface = (run_scenario(tree, book_delta=kind) for kind in ("exact", "surface"))
    assert exact.engine["book_delta"] == "exact"
    assert surface.engine["book_delta"] == "surface"
    gross = sum(abs(p["contracts"]) * p["multiplier"] for p in book)
    bound = surface.engine["surface_max_error"] * gross
    assert 0.0 < surface.engine["surface_max_error"] <= 1e-6
    first = (paths["dealer_delta"].to_numpy()[:, 1] for paths in (exact.paths, surface.paths))
    assert np.abs(np.subtract(*first)).max() <= 2 * bound
    spot = [r.paths["spot"].to_numpy() for r in (exact, surface)]
    assert np.abs(spot[0] - spot[1]).max() < 100 * UNIT * bound


def test_paths_do_not_depend_on_how_many_there_are(run_scenario: Any) -> None:
    """Chunks and blocks leave no trace: the first paths of a long run are a short run, bit for bit."""
    tree = one_dealer(mixed_book(), POLICIES["whalley_wilmott"], CLEARINGS["simultaneous"], paths=700)
    few = run_scenario(copy.deepcopy(tree) | {"paths": 37}).paths
    many = run_scenario(tree).paths.isel(path=slice(0, 37))
    for name in VARIABLES:
        np.testing.assert_array_equal(few[name].to_numpy(), many[name].to_numpy(), err_msg=name)


def test_recording_does_not_change_the_run(run_scenario: Any) -> None:
    shared: Tree = {"paths": 300}
    full = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], **shared)
    bare = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], record=None, **shared)
    first, second = run_scenario(full).summary, run_scenario(bare).summary
    np.testing.assert_array_equal(first.to_numpy(dtype=float), second.to_numpy(dtype=float))


THREADS = """
import json, sys
import simhedge as sh
scenario = sh.scenario_from_dict(json.loads(sys.argv[1]))
for threads in (1, 2, 4):
    result = sh.run(scenario, threads=threads)
    spot = result.paths["spot"].to_numpy().tobytes() + result.paths["cash"].to_numpy().tobytes()
    import hashlib
    print(hashlib.sha256(spot + result.summary.to_numpy(dtype=float).tobytes()).hexdigest())
"""


def test_threads_leave_no_trace() -> None:
    """1, 2 and 4 threads give the same bytes."""
    import json

    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], paths=600)
    environment = os.environ | {"NUMBA_NUM_THREADS": "4", "PYTHONPATH": str(Path(__file__).parents[2])}
    answer = subprocess.run(
        [sys.executable, "-c", THREADS, json.dumps(tree)], capture_output=True, text=True, env=environment, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.split()) == 3
    assert len(set(answer.stdout.split())) == 1
