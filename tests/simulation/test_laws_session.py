"""A run in slices, in chunks, with a policy of one's own, and with everybody's shares and cash on the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario
from oracle import dealers_of, market_of, simulate

import simhedge as sh
from simhedge.kernels.layout import LANES

Tree = dict[str, Any]
LEDGER = ["spot", "hedge", "cash", "market_shares", "market_cash"]


def everything(policy: str, clearing: str, **options: Any) -> Tree:
    """Two books, three dealers, an expiry on the way, interest, dividends and costs."""
    books = {"mixed": mixed_book(), "calls": [option("call", 101.0, 5, 20_000)]}
    dealers = [
        dealer(POLICIES[policy], "first", "mixed", cost_bps=2.0, count=3),
        dealer(POLICIES["continuous"], "second", "calls"),
        dealer(POLICIES["none"], "third", "calls"),
    ]
    sizes: Tree = {"paths": 130, "rate": 0.04, "dividend_yield": 0.02} | options
    return scenario(books, dealers, clearing=CLEARINGS[clearing], **sizes)


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_slices_are_bitwise_one_go(clearing: str) -> None:
    """Whatever the slices, also across a copied state."""
    tree = sh.scenario_from_dict(everything("delta_band_edge", clearing))
    whole, sliced = sh.Session(tree), sh.Session(tree)
    whole.advance()
    for steps in (1, 1, 7, 13):
        sliced.advance(steps)
    resumed = sh.Session(tree)
    resumed.state = sliced.state.copy()
    sliced.advance(5)
    resumed.advance()
    assert resumed.step == whole.step == 40
    assert sliced.step == 27
    np.testing.assert_array_equal(resumed.state.blocks, whole.state.blocks)
    np.testing.assert_array_equal(resumed.state.history, whole.state.history)


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_chunks_leave_no_trace(run_scenario: Any, clearing: str) -> None:
    tree = everything("whalley_wilmott", clearing, paths=5 * LANES + 7)
    results = [run_scenario(tree, chunk_paths=chunk) for chunk in (LANES, 3 * LANES, 8 * LANES)]
    for result in results[1:]:
        np.testing.assert_array_equal(result.summary.to_numpy(), results[0].summary.to_numpy())
        for name in ("spot", "cash", "hedge_flow"):
            np.testing.assert_array_equal(result.paths[name].to_numpy(), results[0].paths[name].to_numpy())


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", ["continuous", "delta_band", "fixed_interval"])
def test_shares_and_cash_of_all_agents_sum_to_zero(clearing: str, policy: str) -> None:
    """Every step: what dealers hold and own, the market lacks, up to what they started with."""
    from simhedge.simulation.plan import prepare
    from simhedge.simulation.records import recording_for, to_dataset

    plan = prepare(sh.scenario_from_dict(everything(policy, clearing, paths=64)))
    recording = recording_for(plan, 64, LEDGER)
    sh.Session(plan, recording=recording).advance()
    paths = to_dataset(plan, recording, LEDGER)
    shares = (paths["hedge"].sum("dealer") + paths["market_shares"]).to_numpy()
    cash = (paths["cash"].sum("dealer") + paths["market_cash"]).to_numpy()
    hedge_scale, cash_scale = (float(np.abs(paths[name]).max()) for name in ("hedge", "cash"))
    np.testing.assert_allclose(shares, np.broadcast_to(shares[:, :1], shares.shape), rtol=0, atol=1e-9 * hedge_scale)
    np.testing.assert_allclose(cash, np.broadcast_to(cash[:, :1], cash.shape), rtol=0, atol=1e-9 * cash_scale)
    assert float(np.abs(np.diff(paths["market_cash"].to_numpy())).max()) > 0.0


def test_changing_impact_between_slices_moves_no_price() -> None:
    session = sh.Session(sh.scenario_from_dict(everything("continuous", "simultaneous", record=None)))
    session.advance(10)
    before, hedges = session.spot, session.dealer_values(0, 0)
    session.change({"market.adv_shares": 2.0e6})
    np.testing.assert_array_equal(session.spot, before)
    np.testing.assert_array_equal(session.dealer_values(0, 0), hedges)
    session.advance()
    assert np.isfinite(session.spot).all()
    untouched = sh.Session(sh.scenario_from_dict(everything("continuous", "simultaneous", record=None)))
    untouched.advance()
    assert np.abs(session.spot - untouched.spot).max() > 1e-3
    np.testing.assert_array_equal(session.twin_spot, untouched.twin_spot)


# ---------------------------------------------------------------- a policy of one's own


@sh.user_policy
def to_edge(hedge, target_hedge, spot, gamma, parameter, step):  # type: ignore[no-untyped-def]
    """The built-in band policy with `to: edge`, written by a user."""
    gap = target_hedge - hedge
    if abs(gap) <= parameter:
        return hedge
    return target_hedge - parameter if gap > 0.0 else target_hedge + parameter


@sh.user_policy
def half_of_odd_steps(hedge, target_hedge, spot, gamma, parameter, step):  # type: ignore[no-untyped-def]
    """Half of the target on odd steps above 99, else as before."""
    return 0.5 * target_hedge if step % 2 == 1 and spot > 99.0 else hedge


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_own_policy_equals_the_built_in_one(run_scenario: Any, clearing: str) -> None:
    tree = one_dealer(mixed_book(), POLICIES["delta_band_edge"], CLEARINGS[clearing])
    built_in = run_scenario(tree).paths
    own = run_scenario(tree, policies={"street": to_edge}).paths
    for name, solver in (("spot", 2e-8), ("hedge", 0.1), ("cash", 10.0)):  # 1e-10 of spot, its shares, their value
        np.testing.assert_allclose(own[name].to_numpy(), built_in[name].to_numpy(), rtol=0, atol=solver)


def test_own_policy_that_no_built_in_offers(run_scenario: Any) -> None:
    """Lagged, so that holdings can be rebuilt from the recorded prices and deltas alone."""
    tree = one_dealer([option("call", 100.0, 9, 50_000)], POLICIES["continuous"], CLEARINGS["lagged"])
    paths = run_scenario(tree, policies={"street": half_of_odd_steps}).paths
    spot, hedge, delta = (paths[name].to_numpy() for name in ("spot", "hedge", "dealer_delta"))
    odd = np.arange(spot.shape[1]) % 2 == 1
    wanted = np.where(odd & (spot > 99.0), -0.5 * delta[:, :, 0], hedge[:, :, 0])
    np.testing.assert_allclose(hedge[:, 2:, 0], wanted[:, 1:-1], rtol=1e-12)
    assert (np.diff(hedge[:, :, 0]) != 0.0).any()


def test_own_policy_serves_some_dealers_and_leaves_the_others(run_scenario: Any) -> None:
    tree = everything("delta_band_edge", "lagged", paths=6, record="all")
    paths = run_scenario(tree, policies={"first": to_edge}, book_delta="exact").paths
    track = simulate(market_of(tree), dealers_of(tree), paths["fundamental"].to_numpy())
    assert [d.name for d in dealers_of(tree)] == ["first"] * 3 + ["second", "third"]
    first = track.hedge[:, :, :3].sum(axis=2)
    np.testing.assert_allclose(paths["hedge"].sel(dealer="first").to_numpy(), first, atol=1.0)
    np.testing.assert_allclose(paths["hedge"].sel(dealer="second").to_numpy(), track.hedge[:, :, 3], atol=1.0)
    assert (paths["hedge"].sel(dealer="third").to_numpy() == 0.0).all()
