"""The market behind a page: the run's own paths, cycles, controls that act between steps, and what it tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from building import option

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.street import MOST_POINTS, Street


def street(name: str = "positive_gamma", **overrides: Any) -> Street:
    return Street(sh.load_scenario(name, overrides=overrides))


def test_the_first_cycle_is_the_first_path_of_the_run() -> None:
    scenario = sh.load_scenario("expiry_pin", overrides={"paths": 4})
    paths = sh.run(scenario).paths
    assert paths is not None
    own = Street(scenario)
    for steps in (1, 30, 500):
        own.advance(steps)
    drawn = own.drawn(-1)
    assert own.ended
    np.testing.assert_array_equal(drawn.spot, paths["spot"][0])
    np.testing.assert_array_equal(drawn.twin, paths["twin_spot"][0])
    np.testing.assert_array_equal(drawn.flow, paths["hedge_flow"][0])
    np.testing.assert_allclose(drawn.hedge, np.cumsum(paths["hedge_flow"][0]), rtol=1e-12)


def test_pieces_are_the_whole() -> None:
    """Points asked for bit by bit are those asked for at once, none missing and none twice."""
    own, pieces = street(), []
    drawn_to = -1
    for steps in (0, 1, 7, 40, 3):
        own.advance(steps)
        pieces.append(own.drawn(drawn_to))
        drawn_to = own.step
    whole = own.drawn(-1)
    for name in whole._fields:
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=1e-12)


def test_long_cycles_are_drawn_thinned_and_lose_no_flow() -> None:
    own = street("negative_gamma", **{"clock.days": 12})
    own.advance(4000)
    drawn = own.drawn(-1)
    assert own.every == 3
    assert drawn.day.size == 4000 // 3 + 1 <= MOST_POINTS
    np.testing.assert_allclose(np.diff(drawn.day), 3.0 / own.steps_per_day)
    flow = own._recorded("hedge_flow")
    np.testing.assert_allclose(drawn.flow.sum(), flow[: 3 * (4000 // 3) + 1].sum(), rtol=1e-12)


def test_a_cycle_follows_with_other_news_and_a_restart_with_the_same() -> None:
    own = street()
    own.advance(10**6)
    first = own.drawn(-1).spot
    own.next_cycle()
    assert (own.cycle, own.step, own.spot) == (1, 0, 100.0)
    own.advance(10**6)
    second = own.drawn(-1).spot
    assert not np.array_equal(first, second)
    own.restart()
    own.advance(10**6)
    np.testing.assert_array_equal(own.drawn(-1).spot, first)
    own.restart(seed=3)
    own.advance(10**6)
    assert own.settings.seed == 3
    assert not np.array_equal(own.drawn(-1).spot, first)
    assert own.log.cycles == 4


@pytest.mark.parametrize("clearing", ["simultaneous", "lagged", "lagged, a quarter of the gap", "asynchronous"])
def test_settings_of_now_are_those_of_a_scenario_that_says_so(clearing: str) -> None:
    """After any detour: what counts is where the controls are, not the way there."""
    own = street()
    start = own.settings
    for detour in (
        start._replace(clearing="lagged", volatility=0.6),
        start.with_policy("whalley_wilmott")._replace(liquidity=0.5),
        start._replace(dealers=12, scale=-0.5),
    ):
        own.change(detour)
    wanted = start._replace(scale=0.5, liquidity=2.0, volatility=0.3, dealers=3, clearing=clearing)
    own.change(wanted)
    fresh = own._begin(wanted, 0).plan
    for name in own.session.plan.model.dtype.names:
        np.testing.assert_allclose(own.session.plan.model[name], fresh.model[name], rtol=1e-9)
    own.advance(1)
    assert own.drawn(-1).gain[0] == pytest.approx(fresh.gain.start_gain)
    for name in own.session.plan.dealers.dtype.names:
        np.testing.assert_allclose(own.session.plan.dealers[name], fresh.dealers[name], rtol=1e-12)


def test_gamma_through_zero_turns_damping_into_amplification_with_the_same_news() -> None:
    """The law 1 / (1 + kappa) on both sides; the twin is that of a street which nobody touched."""
    own, untouched = street(), street()
    ratios = []
    for scale in (1.0, 0.0, -1.0):
        own.change(own.settings._replace(scale=scale))
        own.advance(120)
        measure = own.measure
        assert measure.steps == 120
        assert measure.ratio == pytest.approx(measure.predicted, abs=max(4.0 * measure.ratio_se, 1e-9))
        ratios.append(measure.ratio)
    untouched.advance(360)
    np.testing.assert_array_equal(own.drawn(-1).twin, untouched.drawn(-1).twin)
    assert ratios[0] < 0.85 < 0.995 < ratios[1] < 1.005 < 1.25 < ratios[2]


def test_options_change_hands_tied_to_stock() -> None:
    """The price does not leap when the other side is taken; the hedge shown counts trades in the market only."""
    own = street()
    own.advance(60)
    own.change(own.settings._replace(scale=-1.0))
    before = own.drawn(-1)
    own.advance(1)
    after = own.drawn(-1)
    assert abs(np.log(after.spot[-1] / before.spot[-1])) < 10.0 * 0.2 / np.sqrt(252 * 390)
    assert abs(after.flow[-1]) < 0.01 * 24.3e6


def test_what_cannot_be_is_refused_and_the_market_goes_on() -> None:
    own = street("negative_gamma")
    own.advance(20)
    with pytest.raises(InputError, match="at or below -1"):
        own.change(own.settings._replace(liquidity=0.1))
    assert own.settings.liquidity == 1.0
    own.advance(20)
    assert own.step == 40
    assert np.isfinite(own.spot)


def test_surprises_reach_both_worlds_and_are_logged() -> None:
    own = street()
    own.advance(10)
    twin = own.drawn(-1).twin[-1]
    own.surprise(0.03)
    own.advance(1)
    assert own.log.surprises == 1
    assert np.log(own.drawn(-1).twin[-1] / twin) == pytest.approx(0.03, abs=5 * 0.2 / np.sqrt(252 * 390))


def test_news_at_the_horizon_is_that_of_the_next_cycle() -> None:
    own, quiet = street("positive_gamma"), street("positive_gamma")
    for market in (own, quiet):
        market.advance(market.steps)
    own.news(2.0)
    quiet.next_cycle()
    assert (own.cycle, own.step, own.log.surprises) == (1, 0, 1)
    for market in (own, quiet):
        market.advance(1)
    assert np.log(own.twin / quiet.twin) == pytest.approx(2.0 * 0.2 / np.sqrt(252), rel=1e-9)


def test_what_is_seen_is_made_once_for_each_step_and_change() -> None:
    own = street("negative_gamma")
    seen = own.sight()
    assert own.sight() is seen
    own.advance(1)
    after = own.sight()
    assert after is not seen
    own.change(own.settings._replace(scale=0.5))
    assert own.sight().gain_now == pytest.approx(0.5 * after.gain_now, rel=1e-9)
    own.restart()
    assert own.sight().gain_now == pytest.approx(0.5 * seen.gain_now, rel=1e-9)


def test_the_values_of_now_are_the_last_drawn_ones() -> None:
    own = street("negative_gamma")
    own.advance(37)
    last = own.drawn(-1)
    assert (own.spot, own.twin, own.gain) == (last.spot[-1], last.twin[-1], last.gain[-1])


def test_a_squeeze_is_logged_with_its_way_and_once() -> None:
    own = street("gamma_squeeze")
    own.advance(40)
    before = replace(own.log)
    assert own.sight().tipping_above > own.spot
    while own.log.squeezes_up == before.squeezes_up and not own.ended:
        own.surprise(0.02)
        own.advance(1)
    own.change(own.settings._replace(liquidity=10.0))
    own.advance(20)
    assert own.log.squeezes_up == before.squeezes_up + 1
    assert own.log.squeezes_down == before.squeezes_down


def test_rolling_volatility_is_that_of_the_last_half_day() -> None:
    own = street(**{"market.fundamental.volatility": 0.3})
    own.advance(300)
    drawn = own.drawn(-1)
    window = 195
    returns = np.diff(np.log(drawn.spot[-window - 1 :]))
    assert drawn.hedged_vol[-1] == pytest.approx(np.sqrt(np.mean(returns**2) * 390 * 252), rel=1e-12)
    assert np.isnan(drawn.hedged_vol[:10]).all()
    assert np.isfinite(drawn.hedged_vol[10:]).all()


def test_a_price_that_leaves_its_bounds_ends_the_cycle() -> None:
    exploding = {"books.quarterly": [{"kind": "constant_gamma", "gamma": 2.0e7}], "expect": []}
    own = street("positive_gamma", **{"market.clearing": {"type": "lagged"}} | exploding)
    own.advance(10**6)
    assert own.diverged
    sight = own.sight()
    assert np.isnan([sight.zero_gamma, sight.tipping_above, sight.gain_now]).all()
    assert sight.price.size == sight.strike.size == 0
    own.news(1.0)
    assert (own.cycle, own.step, own.spot) == (1, 0, 100.0)


def test_without_options_there_are_no_levels_and_no_error() -> None:
    own = street("negative_gamma", **{"books.quarterly": [{"kind": "constant_gamma", "gamma": 1.0e5}], "expect": []})
    own.advance(5)
    sight = own.sight()
    assert np.isnan([sight.zero_gamma, sight.call_wall, sight.put_wall]).all()
    assert sight.strike.size == 0
    assert sight.gain_now == pytest.approx(own.drawn(-1).gain[-1])


def test_levels_are_those_of_the_book_and_age_with_it() -> None:
    own = street("regime_change")
    start = own.sight()
    assert (start.call_wall, start.put_wall) == (104.0, 94.0)
    book, plan = own.session.plan.books[0].book, own.session.plan
    expected = sh.find_levels(book, sh.MarketState(100.0)).zero_gamma.headline
    assert start.zero_gamma == pytest.approx(expected, rel=1e-9)
    assert start.gain_now == pytest.approx(plan.gain.start_gain, rel=1e-9)
    own.advance(400)
    later = own.sight()
    assert abs(later.zero_gamma - start.zero_gamma) > 0.1
    own.change(own.settings._replace(scale=-1.0))
    assert own.sight().zero_gamma == pytest.approx(later.zero_gamma, rel=1e-6)
    np.testing.assert_allclose(own.sight().exposure, -later.exposure, rtol=1e-9)


def test_tipping_levels_are_where_the_gain_is_minus_one() -> None:
    own = street("gamma_squeeze")
    own.advance(100)
    sight = own.sight()
    nearest = sight.tipping_above if np.isfinite(sight.tipping_above) else sight.tipping_below
    assert np.interp(nearest, sight.price, sight.gain) == pytest.approx(-1.0, abs=0.01)


def test_dealers_with_several_books_have_one_sight() -> None:
    scenario = sh.load_scenario("regime_change").as_dict()
    scenario["books"]["more"] = [option("call", 104.0, 20, 10_000)]
    scenario["dealers"].append({"name": "other", "book": "more", "policy": {"type": "continuous"}, "scale": 2.0})
    one = Street(sh.scenario_from_dict(scenario)).sight()
    own = street("regime_change").sight()
    at = one.strike == 104.0
    assert one.exposure[at] == pytest.approx(own.exposure[at] * 160.0 / 140.0, rel=1e-9)
