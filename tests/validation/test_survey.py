"""Distinct levels through a run: which names share a test, and the level that a path's open finds."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from building import option
from building_levels import Tree, market_tree, wall

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.plan import Plan, prepare
from simhedge.validation.survey import Survey, Track, member_value, survey
from simhedge.validation.targets import PART_REGIMES, targets

BOTH = [option("call", 104.0, 20, 140_000), option("put", 94.0, 20, -100_000)]


def plan_of(tree: Tree, **levels: Any) -> Plan:
    return prepare(sh.scenario_from_dict(copy.deepcopy(tree) | {"levels": {"definitions": ["simhedge"], **levels}}))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(market_tree(BOTH), daily=True)


@pytest.fixture(scope="module")
def daily(plan: Plan) -> Survey:
    return survey(plan)


def track_of(found: Survey, name: str, definition: str = "simhedge") -> Track:
    return next(track for track in found.tracks if (name, definition) in track.members)


def test_at_the_start_there_is_one_price() -> None:
    found = survey(plan_of(market_tree(BOTH)))
    assert not found.daily
    assert found.prices.tolist() == [[100.0]]
    for track in found.tracks:
        assert track.values.shape == (1, 1)
        assert np.isfinite(track.values).all()


def test_every_level_is_in_one_track_or_absent() -> None:
    own = plan_of(market_tree(BOTH), definitions=["all"])
    found = survey(own)
    expected = {(t.name, t.definition): t.value for t in targets(own, 100.0)}
    named = [member for track in found.tracks for member in track.members]
    assert len(named) == len(set(named))
    assert set(named) | set(found.absent) == set(expected)
    assert set(found.absent) == {key for key, value in expected.items() if value is None}
    for track in found.tracks:
        assert {expected[member] for member in track.members} == {member_value(track, found.daily)}


def test_levels_that_agree_share_a_track_unless_their_sides_are_compared() -> None:
    found = survey(plan_of(market_tree(BOTH), definitions=["all"]))
    values = [(member_value(track, False), track.by_side) for track in found.tracks]
    assert len(set(values)) == len(values)
    for track in found.tracks:
        assert {name in PART_REGIMES for name, _ in track.members} == {track.by_side}
    assert ("largest_gamma_strike", "simhedge") in track_of(found, "call_wall").members


def test_levels_are_opens_shaped_and_the_same_for_all_at_the_start() -> None:
    found = survey(plan_of(wall()))
    opens = np.full((2, 7, 1), 100.0)
    np.testing.assert_array_equal(found.levels(track_of(found, "call_wall"), opens), np.full((2, 7, 1), 102.0))


# ---------------------------------------------------------------- of each day


def test_the_grid_is_where_paths_are(plan: Plan, daily: Survey) -> None:
    """Nearly all opens of simulated paths lie within it, and the first day has one price."""
    from simhedge.simulation.path_batches import path_batches

    assert daily.daily
    assert daily.prices.shape[0] == 5
    np.testing.assert_allclose(daily.prices[0], 100.0, rtol=1e-14)
    spread = daily.prices[1:, -1] - daily.prices[1:, 0]
    assert (np.diff(spread) > 0.0).all()
    batch = next(path_batches(plan, ("spot",), paths=200, threads=1))
    opens = batch.series["spot"][:, :-1:78]
    assert ((opens >= daily.prices[:, 0]) & (opens <= daily.prices[:, -1]))[:, 1:].mean() > 0.999


def test_values_on_the_grid_are_the_targets_there(plan: Plan, daily: Survey) -> None:
    for day, point in ((0, 3), (1, 0), (2, 40), (4, 80)):
        expected = {(t.name, t.definition): t.value for t in targets(plan, float(daily.prices[day, point]), float(day))}
        for track in daily.tracks:
            for member in track.members:
                known = expected[member]
                assert track.values[day, point] == pytest.approx(math.nan if known is None else known, nan_ok=True)


def test_an_open_has_the_level_of_the_nearest_price(daily: Survey) -> None:
    points = daily.prices.shape[1]
    track = Track((("zero_gamma", "simhedge"),), 1000.0 * np.arange(5)[:, None] + np.arange(points), True)
    generator = np.random.default_rng(1)
    opens = generator.uniform(70.0, 130.0, (2, 200, 5))
    opens[:, :, 0] = 100.0
    levels = daily.levels(track, opens)
    assert levels.shape == opens.shape
    for day in range(1, 5):
        nearest = np.abs(opens[:, :, day, None] - daily.prices[day]).argmin(axis=-1)
        np.testing.assert_array_equal(levels[:, :, day], 1000.0 * day + nearest)
    assert (levels[:, :, 0] < 1000.0).all()


def test_a_level_that_moves_with_the_price_is_as_near_as_the_grid(plan: Plan, daily: Survey) -> None:
    """Zero gamma of the day at a path's open: off by no more than it moves over a step of the grid."""
    track = track_of(daily, "zero_gamma")
    opens = np.linspace(96.0, 104.0, 9)
    read = daily.levels(track, np.broadcast_to(opens[None, :, None], (2, 9, 5)).copy())[0, :, 3]
    exact = [next(t.value for t in targets(plan, float(s), 3.0) if t.name == "zero_gamma") for s in opens]
    step = np.nanmax(np.abs(np.diff(track.values[3])))
    assert np.nanmax(np.abs(read - np.array(exact, dtype=np.float64))) <= step + 1e-9
    assert step < 0.2


def test_levels_end_with_the_options() -> None:
    """What expires after the second day is a level of two days."""
    tree = wall()
    tree["books"]["book"][0]["expiry_days"] = 2
    values = track_of(survey(plan_of(tree, daily=True)), "call_wall").values
    assert np.isfinite(values[:2]).all()
    assert np.isnan(values[2:]).all()


def test_a_bachelier_grid_stays_above_zero() -> None:
    tree = wall()
    tree["market"] |= {"fundamental": {"type": "bachelier", "volatility": 160.0}, "daily_volatility": 0.0126}
    prices = survey(plan_of(tree, daily=True)).prices
    assert (prices > 0.0).all()
    assert prices[-1, -1] > 180.0


def test_member_value() -> None:
    values = np.array([[np.nan, 5.0, 7.0], [1.0, 2.0, 3.0]])
    assert member_value(Track((), values, False), daily=True) == 5.0
    assert member_value(Track((), values, False), daily=False) is None
    assert member_value(Track((), values[1:], False), daily=False) == 1.0


def test_progress_goes_up_to_the_total() -> None:
    told: list[tuple[int, int, str]] = []
    survey(plan_of(wall(), daily=True), lambda *step: told.append(step))
    done = [step[0] for step in told]
    assert done == list(range(1, done[-1] + 1))
    assert {(total, phase) for _, total, phase in told} == {(done[-1], "levels")}


def test_a_book_without_options_is_refused() -> None:
    with pytest.raises(InputError, match="no definition finds any level"):
        survey(plan_of(market_tree([{"kind": "constant_gamma", "gamma": 1e5}])))
