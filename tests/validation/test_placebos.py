"""Placebo levels: where they may lie, that they are reproducible, and that their p-value is what it says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simhedge as sh
from simhedge.simulation.plan import prepare
from simhedge.validation.placebos import NEIGHBOURHOOD, Placebos, interval, placebo_factors, placebo_prices
from simhedge.validation.survey import survey
from simhedge.validation.work import begin

NO_STRIKES = np.empty(0)


def drawn(
    level: float, spot: float, strikes: Any = NO_STRIKES, near: float = 0.1, count: int = 500, seed: int = 0
) -> Any:
    return placebo_prices(level, spot, np.asarray(strikes, float), count, near, np.random.default_rng(seed))


# ---------------------------------------------------------------- where they lie


@settings(max_examples=150, deadline=None)
@given(
    distance=st.floats(0.0, 40.0),
    above=st.booleans(),
    near=st.floats(0.01, 2.0),
    spacing=st.sampled_from([0.25, 1.0, 5.0]),
    seed=st.integers(0, 100),
)
def test_near_the_level_but_not_at_it_and_not_beyond_spot(
    distance: float, above: bool, near: float, spacing: float, seed: int
) -> None:
    """A level that the price starts at has no other side; any other has placebos on its own side of spot alone."""
    side = 1.0 if above else -1.0
    level = 100.0 + side * distance
    prices = drawn(level, 100.0, np.arange(20.0, 180.0, spacing), near, 200, seed)
    assert prices.shape == (200,)
    assert np.isfinite(prices).all()
    assert (np.abs(prices - level) >= near * (1.0 - 1e-9)).all()
    if abs(level - 100.0) > near:
        assert (side * (prices - 100.0) >= -1e-9).all()
    else:
        assert (prices < 100.0).any()
        assert (prices > 100.0).any()


@pytest.mark.parametrize("distance", [-30.0, -5.0, 2.0, 8.0])
def test_within_a_quarter_of_the_distance(distance: float) -> None:
    """On both sides of the level, uniformly, where the quarter is wide enough for the tolerance."""
    prices = drawn(100.0 + distance, 100.0, near=0.01, count=20_000)
    apart = (prices - 100.0 - distance) / (NEIGHBOURHOOD * abs(distance))
    assert np.abs(apart).max() <= 1.0 + 1e-12
    assert (apart > 0.0).mean() == pytest.approx(0.5, abs=4.0 * 0.5 / math.sqrt(20_000))
    gap = 0.01 / (NEIGHBOURHOOD * abs(distance))
    assert np.abs(apart).min() >= gap * (1.0 - 1e-9)
    uniform = (np.abs(apart) - gap) / (1.0 - gap)
    assert np.quantile(uniform, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.015)


def test_strikes_come_first_each_once() -> None:
    strikes = np.arange(80.0, 130.0, 0.5)
    prices = drawn(110.0, 100.0, strikes, near=0.3)
    there = strikes[(np.abs(strikes - 110.0) > 0.3) & (np.abs(strikes - 110.0) <= 2.5)]
    assert there.size == 10
    assert sorted(prices[:10]) == there.tolist()
    assert not np.isin(prices[10:], strikes).any()
    few = drawn(110.0, 100.0, strikes, near=0.3, count=4)
    assert np.isin(few, there).all()
    assert np.unique(few).size == 4


def test_strikes_are_drawn_evenly() -> None:
    strikes = np.arange(105.0, 116.0)
    counts = np.zeros(strikes.size)
    for seed in range(2000):
        counts[np.searchsorted(strikes, drawn(110.0, 100.0, strikes, 0.1, 2, seed))] += 1.0
    there = counts[counts > 0.0]
    assert strikes[counts > 0.0].tolist() == [108.0, 109.0, 111.0, 112.0]
    assert there == pytest.approx(np.full(4, 1000.0), abs=4.0 * math.sqrt(500.0))


def test_a_draw_is_that_of_its_generator() -> None:
    np.testing.assert_array_equal(drawn(104.0, 100.0, seed=3), drawn(104.0, 100.0, seed=3))
    assert not np.isin(drawn(104.0, 100.0, seed=3), drawn(104.0, 100.0, seed=4)).any()


@pytest.mark.parametrize("level", [96.0, 104.0])
def test_no_placebos(level: float) -> None:
    assert drawn(level, 100.0, [99.0, 101.0], count=0).shape == (0,)


def test_factors_are_within_a_quarter_of_one() -> None:
    factors = placebo_factors(5000, np.random.default_rng(0))
    assert factors.shape == (5000,)
    assert np.abs(factors - 1.0).max() <= NEIGHBOURHOOD
    assert factors.mean() == pytest.approx(1.0, abs=4.0 * NEIGHBOURHOOD / math.sqrt(3.0 * 5000.0))


# ---------------------------------------------------------------- of a scenario


def placebos_of(seed: int = 11, definitions: Any = ("all",), **levels: Any) -> dict[tuple[str, str], Any]:
    from building import option
    from building_levels import market_tree

    tree = market_tree([option("call", 104.0, 20, 140_000), option("put", 94.0, 20, -100_000)], placebos=60)
    tree |= {"seed": seed, "levels": {"definitions": list(definitions), **levels}}
    plan = prepare(sh.scenario_from_dict(tree))
    return {track.track.members[0]: track.placebos for track in begin(plan, survey(plan)).tracks}


def test_placebos_of_a_level_stay_when_others_come_and_go() -> None:
    every, some = placebos_of(), placebos_of(definitions=["simhedge"])
    shared = set(every) & set(some)
    assert {("zero_gamma", "simhedge"), ("call_wall", "simhedge"), ("put_wall", "simhedge")} <= shared
    for key in shared:
        np.testing.assert_array_equal(every[key], some[key])
    others = placebos_of(seed=12)
    assert all(not np.isin(others[key], every[key]).all() for key in every)


def test_daily_placebos_are_factors() -> None:
    for factors in placebos_of(definitions=["simhedge"], daily=True).values():
        assert factors.shape == (60,)
        assert np.abs(factors - 1.0).max() <= NEIGHBOURHOOD


# ---------------------------------------------------------------- what is made of them


def test_the_p_value_counts_draws_at_least_as_far() -> None:
    draws = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    placebos = Placebos(draws, draws + 10.0)
    assert placebos.mean == 0.0
    assert placebos.p_value(10.0) == pytest.approx(1.0 / 6.0)
    assert placebos.p_value(-10.0) == pytest.approx(1.0 / 6.0)
    assert placebos.p_value(0.0) == pytest.approx(1.0)


def test_undefined_draws_do_not_count() -> None:
    draws = np.array([np.nan, -2.0, -1.0, 0.0, 1.0, 2.0, np.inf])
    with_holes, without = Placebos(draws, draws), Placebos(draws[1:-1], draws[1:-1])
    assert with_holes.mean == without.mean
    for value in (-3.0, 0.5, 1.7):
        assert with_holes.p_value(value) == without.p_value(value)
    assert math.isnan(without.p_value(math.nan))
    nothing = Placebos(np.full(3, np.nan), np.full(3, np.nan))
    assert math.isnan(nothing.mean)
    assert math.isnan(nothing.p_value(1.0))
    assert all(math.isnan(end) for end in interval(nothing.difference))
    assert math.isnan(Placebos(NO_STRIKES, NO_STRIKES).p_value(1.0))


@pytest.mark.parametrize("count", [9, 19, 99])
@pytest.mark.parametrize("law", ["normal", "skewed"])
def test_the_p_value_of_an_exchangeable_level_is_uniform(count: int, law: str) -> None:
    """If the level is but one more placebo, p <= a share of a times, at most: the level is counted among the draws."""
    generator = np.random.default_rng(count)
    values = generator.normal(size=(8000, count + 1))
    values = np.exp(values) if law == "skewed" else values
    found = np.array([Placebos(row[1:], row[1:]).p_value(row[0]) for row in values])
    for size in (0.05, 0.1, 0.2, 0.5):
        error = math.sqrt(size * (1.0 - size) / 8000.0)
        rejected = (found <= size + 1e-12).mean()
        assert rejected <= size + 4.0 * error
        assert rejected >= size - 1.0 / (count + 1) - 4.0 * error


def test_the_p_value_is_never_zero_and_ties_count() -> None:
    same = Placebos(np.full(50, 0.3), np.full(50, 0.3))
    assert same.p_value(0.3) == 1.0
    assert same.p_value(0.4) == pytest.approx(1.0 / 51.0)


def test_the_interval_holds_the_central_95_per_cent() -> None:
    values = np.random.default_rng(2).permutation(np.arange(1001.0))
    assert interval(values) == pytest.approx((25.0, 975.0))
    assert interval(np.append(values, [np.nan, np.inf])) == pytest.approx((25.0, 975.0))
