"""A session's state is plain arrays; what can change between slices changes from there on, what cannot is refused."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, option, scenario
from numpy.typing import NDArray

import simhedge as sh
from simhedge.errors import InputError
from simhedge.kernels import layout
from simhedge.simulation.plan import prepare
from simhedge.simulation.records import recording_for

Tree = dict[str, Any]
Array = NDArray[np.float64]


def session(clearing: str = "simultaneous", **options: Any) -> sh.Session:
    """Two dealers over five days of eight steps, 70 paths."""
    dealers = [
        dealer(POLICIES["continuous"], "first", "mixed", cost_bps=1.0),
        dealer(POLICIES["delta_band"], "second", "calls", count=3),
    ]
    books = {"mixed": mixed_book(), "calls": [option("call", 101.0, 7, 20_000)]}
    sizes: Tree = {"paths": 70, "record": None, "rate": 0.02} | options
    return sh.Session(sh.scenario_from_dict(scenario(books, dealers, clearing=CLEARINGS[clearing], **sizes)))


def hedges(of: sh.Session) -> Array:
    return np.stack([of.dealer_values(d, layout.HEDGE) for d in range(2)])


def cash(of: sh.Session) -> Array:
    return np.stack([of.dealer_values(d, layout.CASH) for d in range(2)])


CHANGES: dict[str, Tree] = {
    "volume": {"market.adv_shares": 1.0e6},
    "volume many times": {"market.adv_shares": 1.0e9},
    "no impact": {"market.impact": {"type": "kyle", "kyle_lambda": 0.0}},
    "news": {"market.fundamental.volatility": 40.0},
    "half the book": {"books.mixed": mixed_book(0.5)},
    "other strikes": {"books.mixed": [option("put", 98.0, 12, 30_000)]},
    "policy": {"dealers.second.policy": POLICIES["fixed_interval"]},
    "another delta": {"dealers.first.policy": POLICIES["leland"]},
    "stop loss": {"dealers.first.policy": POLICIES["stop_loss"], "dealers.second.policy": {"type": "stop_loss"}},
    "nobody hedges": {"dealers.first.policy": POLICIES["none"], "dealers.second.policy": POLICIES["none"]},
    "costs": {"dealers.first.cost_bps": 50.0},
    "clearing": {"market.clearing": CLEARINGS["lagged"]},
    "rate": {"market.rate": 0.1},
    "settlement": {"market.settlement": "cash"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_jumps_at_a_change(name: str) -> None:
    """Price, twin, holdings and cash of now are those of before; the future differs and is finite."""
    changed, untouched = session(), session()
    for one in (changed, untouched):
        one.advance(11)
    before = changed.spot, changed.twin_spot, hedges(changed), cash(changed)
    changed.change(CHANGES[name])
    for old, new in zip(before, (changed.spot, changed.twin_spot, hedges(changed), cash(changed)), strict=True):
        np.testing.assert_array_equal(old, new)
    assert changed.step == 11
    for one in (changed, untouched):
        one.advance()
    assert np.isfinite(changed.spot).all()
    assert not np.array_equal(cash(changed), cash(untouched))
    if name != "news":
        np.testing.assert_array_equal(changed.twin_spot, untouched.twin_spot)


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_the_next_price_is_continuous_where_volume_changes(clearing: str) -> None:
    """After the change a step moves the price by about its news, not by the impact of all that is held."""
    one = session(clearing)
    one.advance(12)
    assert np.abs(one.values(layout.TOTAL_HEDGE) - one.values(layout.INITIAL_HEDGE)).max() > 1e5
    one.change({"market.adv_shares": 5.0e7})  # a tenth of the impact: news alone moves the price, nearly
    before, twin = one.spot, one.twin_spot
    one.advance(1)
    news = one.twin_spot - twin
    assert np.abs(one.spot - before - news).max() < 0.35 * np.abs(news).max()


def test_a_change_to_the_same_is_no_change() -> None:
    changed, untouched = session(), session()
    for one in (changed, untouched):
        one.advance(9)
    changed.change({"market.adv_shares": 5.0e6})
    for one in (changed, untouched):
        one.advance()
    np.testing.assert_array_equal(changed.state.blocks, untouched.state.blocks)
    np.testing.assert_array_equal(changed.state.history, untouched.state.history)


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_a_change_there_and_back_leaves_no_trace(clearing: str) -> None:
    changed, untouched = session(clearing), session(clearing)
    for one in (changed, untouched):
        one.advance(9)
    changed.change({"market.adv_shares": 1.0e6})
    changed.change({"market.adv_shares": 5.0e6})
    for one in (changed, untouched):
        one.advance()
    np.testing.assert_allclose(changed.spot, untouched.spot, rtol=0, atol=1e-9)


RECKONING: dict[str, Tree] = {
    "leland": POLICIES["leland"],
    "stop_loss": {"type": "stop_loss"},
    "fixed_interval": {"type": "fixed_interval", "every_steps": 1},
}


@pytest.mark.parametrize("policy", list(RECKONING))
@pytest.mark.parametrize("other", list(RECKONING))
@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
@pytest.mark.parametrize("step", [9, 30])
def test_what_dealers_reckon_with_may_change_and_change_back(policy: str, other: str, clearing: str, step: int) -> None:
    """No trace is left, also after an expiry (step 24); what is recorded goes on in its place."""
    start = {"dealers.first.policy": RECKONING[policy]}
    runs = []
    for changed in (True, False):
        plan = prepare(session(clearing).plan.scenario.with_overrides(start))
        one = sh.Session(plan, recording=recording_for(plan, 70, ["hedge", "cash"]))
        one.advance(step)
        if changed:
            one.change({"dealers.first.policy": RECKONING[other]})
            one.change(start)
        one.advance()
        runs.append(one)
    np.testing.assert_array_equal(runs[0].state.blocks, runs[1].state.blocks)
    np.testing.assert_array_equal(runs[0].recording.values, runs[1].recording.values)


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
@pytest.mark.parametrize("step", [9, 30])
def test_after_a_change_dealers_hold_what_they_reckon_then(clearing: str, step: int) -> None:
    """From a hedge at the money to all or nothing: the shares delivered on an expiry before are still hedged."""
    plan = session(clearing).plan
    recording = recording_for(plan, 70, ["hedge", "dealer_delta"])
    one = sh.Session(plan, recording=recording)
    one.advance(step)
    one.change({"dealers.first.policy": {"type": "stop_loss"}})
    one.advance(3)
    np.testing.assert_array_equal(recording.values[0][:, step + 3], one.dealer_values(0, layout.HEDGE))
    np.testing.assert_array_equal(recording.values[2][:, step + 3], one.dealer_values(0, layout.OPTION_DELTA))
    frozen = one.book_values(0, layout.FROZEN)
    spot = one.spot if clearing == "simultaneous" else recording_spot(one)
    alive = [position for position in mixed_book() if position["expiry_days"] * 8 > step]
    shares = np.zeros(70)
    for position in alive:
        in_the_money = spot > position["strike"] if position["kind"] == "call" else spot < position["strike"]
        shares += np.where(in_the_money, position["contracts"] * (100.0 if position["kind"] == "call" else -100.0), 0.0)
    away = ~np.isin(spot, [position["strike"] for position in alive])
    assert away.sum() > 35
    assert (frozen != 0.0).any() == (step > 24)
    np.testing.assert_allclose(one.dealer_values(0, layout.HEDGE)[away], -(shares + frozen)[away], rtol=0, atol=1e-3)


def recording_spot(one: sh.Session) -> Array:
    """The prices a step before: where the orders that filled last were decided."""
    again = sh.Session(session("lagged").plan)
    again.advance(one.step - 3)
    again.change({"dealers.first.policy": {"type": "stop_loss"}})
    again.advance(2)
    return again.spot


def test_the_other_sign_turns_damping_into_amplification() -> None:
    """The same news before and after; the volatility of the steps after the flip is larger, of those before smaller."""

    def constant(gain: float) -> list[Tree]:
        return [{"kind": "constant_gamma", "gamma": gain / (0.0126 * 100.0 / 5.0e6)}]

    tree = scenario(
        {"book": constant(0.4)},
        [dealer(POLICIES["continuous"])],
        clearing=CLEARINGS["simultaneous"],
        paths=256,
        record=None,
    )
    one = sh.Session(sh.scenario_from_dict(tree))
    moves: list[tuple[float, float]] = []
    for gain in (0.4, -0.4):
        spot, twin = one.spot, one.twin_spot
        one.advance(20)
        moves.append((float((one.spot - spot).std()), float((one.twin_spot - twin).std())))
        before = one.spot
        if gain > 0.0:
            one.change({"books.book": constant(-gain)})
            np.testing.assert_array_equal(one.spot, before)
    (damped, first_news), (amplified, second_news) = moves
    assert damped / first_news == pytest.approx(1 / 1.4, rel=1e-9)
    assert 1.3 < amplified / second_news < 2.1  # 1 / 0.6, and the old hedge is traded to the new target


@pytest.mark.parametrize(
    "overrides",
    [
        {"clock.days": 6},
        {"clock.steps_per_day": 16},
        {"seed": 8},
        {"paths": 71},
        {"market.spot": 101.0},
        {"market.impact.form": "multiplicative"},
        {"dealers.first.count": 2},
        {"dealers.first.copies": 2},
        {"books.more": mixed_book(), "dealers.second.book": "more"},
        {"dealers.second.name": "third"},
    ],
)
def test_what_cannot_change_is_refused_and_nothing_is_changed(overrides: Tree) -> None:
    one, untouched = session(), session()
    for session_ in (one, untouched):
        session_.advance(9)
    with pytest.raises(InputError) as caught:
        one.change(overrides)
    assert caught.value.remedy
    for session_ in (one, untouched):
        session_.advance()
    np.testing.assert_array_equal(one.state.blocks, untouched.state.blocks)


@pytest.mark.parametrize(
    "overrides",
    [
        {"market.adv_shares": -1.0},
        {"market.adv": 1.0},
        {"dealers.nobody.count": 2},
        {"books.mixed": [option("call", 100.0, 5, -2_000_000)]},  # kappa below -1 at the start
    ],
)
def test_a_change_must_give_a_valid_scenario(overrides: Tree) -> None:
    one = session()
    one.advance(3)
    with pytest.raises(InputError):
        one.change(overrides)
    assert one.plan.scenario.market.adv_shares == 5.0e6


def test_metrics_cannot_ask_for_more_history_than_was_kept() -> None:
    """Horizons of variance ratios are sized at the start."""
    tree = scenario({"book": mixed_book()}, [dealer(POLICIES["continuous"])], clearing=CLEARINGS["lagged"], record=None)
    tree["outputs"]["metrics"] = ["realised_vol"]
    one = sh.Session(sh.scenario_from_dict(tree))
    one.advance(5)
    with pytest.raises(InputError, match="variance ratio"):
        one.change({"outputs.metrics": ["variance_ratio_20"]})


# ---------------------------------------------------------------- paths and slices


def test_sessions_of_parts_of_the_paths_are_the_parts() -> None:
    whole = session(paths=300)
    whole.advance()
    part = sh.Session(whole.plan.scenario, 44, first_path=256)
    part.advance()
    np.testing.assert_array_equal(part.spot, whole.spot[256:])
    assert part.spot.shape == (44,)
    with pytest.raises(InputError, match="multiple"):
        sh.Session(whole.plan.scenario, 44, first_path=100)


def test_a_restarted_session_is_a_new_one() -> None:
    used, fresh = session(paths=300), sh.Session(session(paths=300).plan.scenario, 40, first_path=128)
    used.advance(17)
    used.restart(128, 40)
    assert (used.step, used.paths) == (0, 40)
    for one in (used, fresh):
        one.advance()
    np.testing.assert_array_equal(used.state.blocks, fresh.state.blocks)


@pytest.mark.parametrize("steps", [0, -3, 1000])
def test_slices_stay_within_the_run(steps: int) -> None:
    one = session()
    one.advance(5)
    assert one.advance(steps) == (40 if steps == 1000 else 5)
    assert one.advance(steps) == one.step


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_leave_no_trace(threads: int) -> None:
    one, other = session(paths=700), sh.Session(session(paths=700).plan, threads=threads)
    one.advance()
    other.advance()
    np.testing.assert_array_equal(one.state.blocks, other.state.blocks)


def test_what_is_read_from_a_session_is_a_copy() -> None:
    one = session()
    one.advance(3)
    one.spot[:] = 0.0
    one.values(layout.CELL)[:] = 7.0
    copied = copy.deepcopy(one.state.blocks)
    one.dealer_values(0, layout.HEDGE)[:] = 0.0
    np.testing.assert_array_equal(one.state.blocks, copied)
    assert one.spot.min() > 50.0


def test_a_recording_of_the_session_is_the_run(run_scenario: Any) -> None:
    tree = scenario({"book": mixed_book()}, [dealer(POLICIES["continuous"])], clearing=CLEARINGS["lagged"], paths=9)
    plan = prepare(sh.scenario_from_dict(tree))
    recording = recording_for(plan, 9, ["spot"])
    one = sh.Session(plan, recording=recording)
    for _ in range(8):
        one.advance(5)
    np.testing.assert_array_equal(recording.values[0], run_scenario(tree).paths["spot"].to_numpy())
    np.testing.assert_array_equal(recording.values[0][:, -1], one.spot)
