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
from simhedge.simulation.surfaces import ERROR_BOUND

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
    "the other side": {"dealers.first.scale": -0.5},
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


@pytest.mark.parametrize("book_delta", ["exact", "surface"])
@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_a_change_there_and_back_leaves_no_trace(clearing: str, book_delta: str) -> None:
    """To rounding, with exact deltas; with tables, which the change has replaced by wider ones, to their error."""
    plan = session(clearing).plan.scenario
    changed, untouched = (sh.Session(plan, book_delta=book_delta) for _ in range(2))
    for one in (changed, untouched):
        one.advance(9)
    changed.change({"market.adv_shares": 1.0e6})
    changed.change({"market.adv_shares": 5.0e6})
    for one in (changed, untouched):
        one.advance()
    gross = 1.25e7  # shares under option
    error = 1e-9 if book_delta == "exact" else 2.0 * ERROR_BOUND * gross * 0.0126 * 100.0 / 5.0e6
    np.testing.assert_allclose(changed.spot, untouched.spot, rtol=0, atol=error)


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


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("key", ["count", "copies"])
def test_more_dealers_share_what_the_former_ones_held(clearing: str, key: str) -> None:
    """Together they hold, owe and have ordered what three did; the price goes on from where it was."""
    one = session(clearing)
    one.recording = recording_for(one.plan, 70, ["hedge", "cash"])
    one._fill_start(one.state)
    shares = all_shares(one)
    one.advance(9)
    before, spot = [12.0 / 3.0 * part for part in (hedges(one)[1], cash(one)[1])], one.spot
    changes: Tree = {"dealers.second.count": 12} if key == "count" else {"dealers.second": dealer(
        POLICIES["delta_band"], "second", "calls", copies=12)}  # fmt: skip
    one.change(changes)
    np.testing.assert_array_equal(one.spot, spot)
    for held, now in zip(before, (hedges(one)[1], cash(one)[1]), strict=True):
        np.testing.assert_allclose(16.0 * now, held, rtol=1e-14)
    at = one.step
    one.advance(1)
    for series, value in ((1, hedges(one)[1]), (3, cash(one)[1])):
        np.testing.assert_allclose(one.recording.values[series, :, at + 1], 12.0 * value, rtol=1e-14)
    one.advance()
    np.testing.assert_allclose(all_shares(one), shares, rtol=1e-9)


def all_shares(one: sh.Session) -> Array:
    """Shares of all dealers and the market together."""
    held = sum(one.plan.dealers.number[d] * one.dealer_values(d, layout.HEDGE) for d in range(2))
    np.testing.assert_allclose(one.values(layout.TOTAL_HEDGE), held, rtol=1e-10, atol=1e-3)
    return np.asarray(held + one.values(layout.MARKET_SHARES))


@pytest.mark.parametrize("clearing", list(CLEARINGS))
@pytest.mark.parametrize("policy", ["continuous", "leland", "stop_loss", "none"])
@pytest.mark.parametrize("step", [11, 24])  # some options expire in step 24
def test_options_tied_to_stock_leave_dealers_hedged_and_the_price_alone(clearing: str, policy: str, step: int) -> None:
    """On the other side, with more than they had: no trade follows but that of the next news."""
    one = session(clearing)
    shares = all_shares(one)
    one.change({"dealers.first.policy": POLICIES[policy]})
    one.advance(step)
    spot, wealth = one.spot, cash(one)[0] + hedges(one)[0] * one.spot
    one.change({"dealers.first.scale": -1.5}, tied_to_stock=True)
    np.testing.assert_array_equal(one.spot, spot)
    np.testing.assert_allclose(cash(one)[0] + hedges(one)[0] * spot, wealth, rtol=1e-9)
    np.testing.assert_allclose(
        hedges(one)[0], -one.dealer_values(0, layout.OPTION_DELTA) * (policy != "none"), rtol=1e-12
    )
    one.change({"market.fundamental.volatility": 1.0e-6})
    before = hedges(one)[0]
    one.advance(1)
    traded = np.abs(hedges(one)[0] - before)
    # time alone passes; not tied to stock they would trade 2.5 times the delta that they had
    assert traded.max() <= 0.05 * np.abs(one.dealer_values(0, layout.OPTION_DELTA)).max()
    one.advance()
    np.testing.assert_allclose(all_shares(one), shares, rtol=1e-9)


def test_a_surprise_moves_both_worlds_and_is_hedged_like_any_news() -> None:
    """Once, in the step that follows, by its log return; the invariant of clearing holds, and the twin's statistics."""
    told, silent = (sh.Session(sh.scenario_from_dict(news_tree())) for _ in range(2))
    for one in (told, silent):
        one.advance(5)
    told.surprise(0.02)
    told.surprise(0.01)
    for one in (told, silent):
        one.advance(1)
    np.testing.assert_allclose(np.log(told.twin_spot / silent.twin_spot), 0.03, rtol=1e-12)
    moved = np.log(told.spot / silent.spot)
    assert (moved > 0.02).all()
    assert (moved < 0.03).all()  # long gamma: dealers sell into it
    squares = told.values(layout.TWIN + layout.SUM_SQUARES) - silent.values(layout.TWIN + layout.SUM_SQUARES)
    last = silent.values(layout.TWIN + layout.RETURN)
    np.testing.assert_allclose(squares, (last + 0.03) ** 2 - last**2, rtol=1e-9)
    for one in (told, silent):
        one.advance()
    np.testing.assert_allclose(np.log(told.twin_spot / silent.twin_spot), 0.03, rtol=1e-10)


def test_a_surprise_of_arithmetic_news_is_as_large() -> None:
    told, silent = session(), session()
    told.surprise(-0.02)
    for one in (told, silent):
        one.advance(1)
    np.testing.assert_allclose(told.twin_spot - silent.twin_spot, 100.0 * (np.exp(-0.02) - 1.0), rtol=1e-9)


@pytest.mark.parametrize("value", [float("nan"), 2.0, -float("inf")])
def test_no_surprise_is_beyond_bounds(value: float) -> None:
    with pytest.raises(InputError, match="log return"):
        session().surprise(value)


def news_tree() -> Tree:
    fundamental = {"type": "gbm", "drift": 0.0, "volatility": 0.2}
    return scenario(
        {"book": [option("call", 100.0, 20, 50_000)]},
        [dealer(POLICIES["continuous"])],
        clearing=CLEARINGS["simultaneous"],
        fundamental=fundamental,
        paths=70,
        record=None,
    )


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"market.adv_shares": 6.0e6}, True),
        ({"dealers.first.scale": -0.9}, True),
        ({"market.clearing": CLEARINGS["lagged"]}, True),
        ({"market.adv_shares": 1.0e6}, False),  # hedging carries the price further than the table goes
        ({"market.rate": 0.05}, False),
        ({"books.mixed": mixed_book(0.9)}, False),
    ],
)
def test_tables_of_deltas_are_kept_where_they_serve(changes: Tree, kept: bool) -> None:
    """And what follows is what a session with tables of its own gives."""
    one, other = session(), session()
    for each in (one, other):
        each.advance(6)
    table = one.plan.surfaces.built
    assert table is not None
    one.change(changes)
    now = one.plan.surfaces.built
    assert (now is not None and now.coefficients is table.coefficients) == kept
    other.plan.surfaces.low -= 1e9  # covers nothing
    other.plan.surfaces.high = other.plan.surfaces.low
    other.change(changes)
    assert other.plan.surfaces.built is None
    for each in (one, other):
        each.advance()
    np.testing.assert_allclose(one.spot, other.spot, rtol=2e-7)


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
