"""Sums over episodes: against a slow oracle written from the definitions, by hand on awkward paths, and their laws."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from building_levels import Floats, coarse_walks, column, fixed, walks, worlds_with
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.kernels.touches import COLUMNS
from simhedge.validation.episodes import (
    Episodes,
    Rules,
    Worlds,
    daily_episodes,
    one_episode,
    sums_by_path,
    worlds_of,
)

GRID_RULES = Rules(near=0.25, beyond=1.0, leap=2.0, horizon=6)  # eighths, so that equality happens and is exact
SIDES = COLUMNS[COLUMNS.index("above_steps") :]
MEETINGS = COLUMNS[: COLUMNS.index("above_steps")]


# ---------------------------------------------------------------- the oracle


def ends_on_the_other_side(ahead: Floats) -> bool:
    """Whether the last distance has another sign than the one before it that is not zero."""
    beside = ahead[:-1][ahead[:-1] != 0.0]
    return bool(beside.size and ahead[-1] * beside[-1] < 0.0)


def meetings(prices: Floats, level: float, first: int, last: int, pin: int, rules: Rules) -> dict[str, float]:
    """What one price path does at a level from step `first` to `last`, read off the definitions."""
    from_below = prices[first] <= level
    ahead = (level - prices[first : last + 1]) * (1.0 if from_below else -1.0)  # distance left to go, < 0: beyond
    after, moves = ahead[1:], np.abs(np.diff(ahead))
    crossing = np.array([ends_on_the_other_side(ahead[: n + 1]) for n in range(1, ahead.size)])
    found = dict.fromkeys(MEETINGS, 0.0) | {
        "episodes": 1.0,
        "approached": float(ahead[0] > rules.near),
        "steps": float(after.size),
        "near_steps": float((np.abs(after) <= rules.near).sum()),
        "pinned": float(abs(prices[pin] - level) <= rules.near),
        "closest": 0.0 if crossing.any() else float(np.abs(after).min()),
        "crossings": float(crossing.sum()),
        "crossing_moves": float(moves[crossing].sum()),
    }
    touches = np.flatnonzero(after <= rules.near)
    if ahead[0] <= rules.near or touches.size == 0:
        return found
    window = slice(touches[0], touches[0] + rules.horizon + 1)
    breaks = np.flatnonzero(after[window] <= -rules.beyond)
    bounces = np.flatnonzero(after[window] >= rules.beyond)
    never = np.array([10**9])
    found["touched"] = 1.0
    found["broken"] = float(breaks.size > 0)
    found["held"] = 1.0 - found["broken"]
    found["bounced"] = float(bounces.size > 0 and bounces[0] < (breaks if breaks.size else never)[0])
    found["leapt"] = float((moves[window] > rules.leap).any())
    return found


def sides(deciding: Floats, returns: Floats, level: float, first: int, last: int) -> dict[str, float]:
    """Squared and neighbouring returns of an episode by the side of the level that a step starts on."""
    found = dict.fromkeys(SIDES, 0.0)
    for n in range(first, last):
        if deciding[n] == level or math.isnan(level):
            continue
        side = "above" if deciding[n] > level else "below"
        found[f"{side}_steps"] += 1.0
        found[f"{side}_squares"] += returns[n] ** 2
        found[f"{side}_products"] += returns[n] * returns[n - 1] if n > first else 0.0
    return found


def by_oracle(worlds: Worlds, levels: Floats, episodes: Episodes, rules: Rules, by_side: bool) -> Floats:
    rows = np.zeros((worlds.paths, 2, len(COLUMNS)))
    for path, world, k in np.ndindex(worlds.paths, 2, episodes.pins.size):
        level, first, last = float(levels[world, path, k]), int(episodes.edges[k]), int(episodes.edges[k + 1])
        if math.isnan(level):
            continue
        found = meetings(worlds.prices[world, path], level, first, last, int(episodes.pins[k]), rules)
        if by_side:
            deciding = worlds.prices[0, path]
            found |= sides(deciding, worlds.returns[world, path], float(levels[0, path, k]), first, last)
        rows[path, world] += [found.get(name, 0.0) for name in COLUMNS]
    return rows.reshape(worlds.paths, -1)


def assert_same(rows: Floats, expected: Floats) -> None:
    for k, name in enumerate(COLUMNS):
        for world in (0, 1):
            place = world * len(COLUMNS) + k
            np.testing.assert_allclose(
                rows[:, place], expected[:, place], rtol=1e-12, atol=1e-12, err_msg=f"{name} {world}"
            )


def random_case(seed: int) -> tuple[Worlds, Floats, Episodes, Rules]:
    """Paths on a grid, cut into episodes of any length, with levels on the same grid, some of them none."""
    generator = np.random.default_rng(seed)
    steps = int(generator.integers(1, 60))
    worlds = worlds_with(coarse_walks(generator, 30, steps), coarse_walks(generator, 30, steps))
    inner = np.unique(generator.integers(1, steps + 1, generator.integers(0, 4)))
    edges = np.unique(np.concatenate([[0], inner, [steps]])).astype(np.int64)
    pins = np.array([generator.integers(a, b + 1) for a, b in pairwise(edges)])
    levels = 100.0 + generator.integers(-16, 17, (2, 30, pins.size)) * 0.125
    levels[generator.random(levels.shape) < 0.1] = np.nan
    levels[1] = np.where(np.isnan(levels[0]), np.nan, levels[1])
    levels[0] = np.where(np.isnan(levels[1]), np.nan, levels[0])
    near, beyond, leap = generator.choice([0.125, 0.25, 0.5, 1.0, 2.0], 3)
    rules = Rules(float(near), float(near + beyond), float(leap), int(generator.integers(1, 80)))
    return worlds, levels, Episodes(edges, pins), rules


@pytest.mark.parametrize("seed", range(40))
def test_random_paths_against_the_oracle(seed: int) -> None:
    worlds, levels, episodes, rules = random_case(seed)
    starts = worlds.prices[:, :, episodes.edges[:-1]]
    levels = np.where(starts == levels, levels + 0.0625, levels)  # whose side is which has a test of its own
    for by_side in (True, False):
        rows = sums_by_path(worlds, levels, episodes, rules, by_side=by_side)
        assert_same(rows, by_oracle(worlds, levels, episodes, rules, by_side))


def test_the_random_paths_do_everything() -> None:
    """No column of the comparison above is trivial."""
    total = np.zeros(2 * len(COLUMNS))
    for seed in range(40):
        worlds, levels, episodes, rules = random_case(seed)
        total += sums_by_path(worlds, levels, episodes, rules, by_side=True).sum(axis=0)
    assert (total != 0.0).all(), dict(zip(COLUMNS, total, strict=False))


@settings(max_examples=150, deadline=None)
@given(
    eighths=st.lists(st.integers(-20, 20), min_size=2, max_size=25),
    level=st.integers(-12, 12),
    horizon=st.integers(1, 30),
    near=st.integers(1, 4),
    beyond=st.integers(5, 10),
)
def test_any_path_against_the_oracle(eighths: list[int], level: int, horizon: int, near: int, beyond: int) -> None:
    prices = 100.0 + np.array([eighths], dtype=np.float64) / 8.0
    at = 100.0 + level / 8.0 + (0.0625 if eighths[0] == level else 0.0)
    rules = Rules(near / 8.0, beyond / 8.0, 1.5, horizon)
    worlds, episodes = worlds_with(prices, prices[:, ::-1].copy()), one_episode(len(eighths) - 1)
    levels = fixed(at, 1)
    levels[1] += 0.0625 if eighths[-1] / 8.0 + 100.0 == at else 0.0
    rows = sums_by_path(worlds, levels, episodes, rules, by_side=True)
    assert_same(rows, by_oracle(worlds, levels, episodes, rules, True))


# ---------------------------------------------------------------- awkward paths by hand


def sums_of(prices: list[float], level: float, rules: Rules = GRID_RULES, **options: Any) -> dict[str, float]:
    """Columns of the hedged world of one path; the twin stays where it starts."""
    hedged = np.array([prices], dtype=np.float64)
    episodes = options.get("episodes") or one_episode(len(prices) - 1)
    levels = options.get("levels")
    levels = fixed(level, 1, episodes.pins.size) if levels is None else levels
    worlds = worlds_with(hedged, np.full_like(hedged, prices[0]))
    row = sums_by_path(worlds, levels, episodes, rules, by_side=options.get("by_side", False))[0]
    return dict(zip(COLUMNS, row[: len(COLUMNS)].tolist(), strict=True))


BY_HAND: dict[str, tuple[list[float], float, dict[str, float]]] = {
    "leaps over the level": (
        [100.0, 101.0, 105.0, 105.0], 102.0,
        {"touched": 1, "broken": 1, "held": 0, "leapt": 1, "crossings": 1, "crossing_moves": 4, "closest": 0,
         "near_steps": 0, "bounced": 0},
    ),
    "leaps over the level and comes back": (
        [100.0, 102.5, 100.0], 102.0,
        {"touched": 1, "broken": 0, "held": 1, "bounced": 1, "crossings": 2, "crossing_moves": 5, "leapt": 1},
    ),
    "touches at the tolerance exactly": (
        [100.0, 101.75, 101.5], 102.0,
        {"touched": 1, "held": 1, "near_steps": 1, "closest": 0.25, "crossings": 0, "bounced": 0},
    ),
    "misses the tolerance by an eighth": (
        [100.0, 101.625, 101.0], 102.0,
        {"approached": 1, "touched": 0, "held": 0, "near_steps": 0, "closest": 0.375, "bounced": 0},
    ),
    "breaks at the distance exactly": (
        [100.0, 102.0, 103.0, 102.0], 102.0,
        {"touched": 1, "broken": 1, "held": 0, "crossings": 1, "crossing_moves": 1, "near_steps": 2},
    ),
    "stays an eighth short of breaking": (
        [100.0, 102.0, 102.875, 102.0], 102.0, {"touched": 1, "broken": 0, "held": 1, "bounced": 0}
    ),
    "bounces and then breaks": (
        [100.0, 102.0, 101.0, 103.0], 102.0, {"touched": 1, "broken": 1, "held": 0, "bounced": 1}
    ),
    "breaks and then comes back": (
        [100.0, 102.0, 103.0, 101.0], 102.0, {"touched": 1, "broken": 1, "held": 0, "bounced": 0}
    ),
    "breaks after the horizon": (
        [100.0, *[102.0] * 7, 103.0], 102.0, {"touched": 1, "broken": 0, "held": 1, "near_steps": 7}
    ),
    "breaks on the last step of the horizon": (
        [100.0, *[102.0] * 6, 103.0], 102.0, {"touched": 1, "broken": 1, "held": 0, "near_steps": 6}
    ),
    "touches on the last step": (
        [100.0, 101.0, 102.0], 102.0, {"touched": 1, "held": 1, "broken": 0, "pinned": 1}
    ),
    "starts within the tolerance": (
        [101.75, 103.5, 100.0], 102.0,
        {"approached": 0, "touched": 0, "held": 0, "broken": 0, "bounced": 0, "crossings": 2, "closest": 0},
    ),
    "starts at the level": (
        [102.0, 103.5, 100.0], 102.0, {"approached": 0, "touched": 0, "held": 0, "broken": 0, "near_steps": 0}
    ),
    "level below": (
        [100.0, 98.25, 97.0, 99.0], 98.0,
        {"touched": 1, "broken": 1, "crossings": 2, "crossing_moves": 3.25, "closest": 0, "near_steps": 1},
    ),
    "two points, touching": ([100.0, 102.0], 102.0, {"steps": 1, "touched": 1, "held": 1, "closest": 0, "pinned": 1}),
    "two points, not": ([100.0, 101.0], 102.0, {"steps": 1, "touched": 0, "closest": 1, "pinned": 0}),
    "sits at the level": (
        [100.0, 102.0, 102.0, 102.0], 102.0, {"crossings": 0, "near_steps": 3, "held": 1, "closest": 0, "pinned": 1}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name: str) -> None:
    prices, level, expected = BY_HAND[name]
    found = sums_of(prices, level)
    assert {column: found[column] for column in expected} == expected
    mirrored = sums_of([2.0 * level - price for price in prices], level)
    without_start = {column: value for column, value in expected.items() if prices[0] != level or "cross" not in column}
    assert {column: mirrored[column] for column in without_start} == without_start


def test_several_episodes_have_levels_of_their_own() -> None:
    prices = [100.0, 101.0, 102.0, 103.0, 102.0, 101.0, 100.0]
    episodes = Episodes(np.array([0, 2, 4, 6]), np.array([2, 4, 6]))
    levels = np.broadcast_to(np.array([102.0, np.nan, 100.0]), (2, 1, 3)).copy()
    found = sums_of(prices, 0.0, episodes=episodes, levels=levels)
    # to 102: touched and held at the end of its episode; the second has no level; from 102 down to 100: the same
    assert found["episodes"] == found["approached"] == found["touched"] == found["held"] == found["pinned"] == 2.0
    assert found["steps"] == 4.0
    assert found["closest"] == 0.0
    assert found["broken"] == found["crossings"] == 0.0


def test_an_episode_does_not_see_the_next() -> None:
    """A break in the next episode is none in this one, however long the horizon."""
    prices, rules = [100.0, 101.0, 102.0, 104.0, 106.0], GRID_RULES._replace(horizon=10**6)
    assert sums_of(prices, 102.0, rules)["broken"] == 1.0
    cut = sums_of(prices, 0.0, rules, episodes=daily_episodes(2, 2), levels=np.array([[[102.0, np.nan]]] * 2))
    assert (cut["touched"], cut["broken"], cut["held"]) == (1.0, 0.0, 1.0)


def test_without_a_level_there_is_nothing() -> None:
    worlds = worlds_with(np.full((3, 5), 100.0), np.full((3, 5), 100.0))
    rows = sums_by_path(worlds, fixed(np.nan, 3), one_episode(4), GRID_RULES, by_side=True)
    assert (rows == 0.0).all()


def test_sides_by_hand() -> None:
    """Steps that start at the level count on neither side, and the first return has none before it."""
    hedged = np.array([[101.0, 103.0, 102.0, 101.0, 104.0]])
    returns = np.array([[[0.5, -2.0, 3.0, 0.25]], [[1.0, 2.0, 4.0, 8.0]]])
    worlds = worlds_with(hedged, np.full_like(hedged, 50.0), returns)
    rows = sums_by_path(worlds, fixed(102.0, 1), one_episode(4), GRID_RULES, by_side=True)
    expected = {
        "above_steps": (1.0, 1.0), "above_squares": (4.0, 4.0), "above_products": (-1.0, 2.0),
        "below_steps": (2.0, 2.0), "below_squares": (0.3125, 65.0), "below_products": (0.75, 32.0),
    }  # fmt: skip
    assert {name: (column(rows, name)[0], column(rows, name, 1)[0]) for name in SIDES} == expected


def test_both_worlds_have_the_sides_of_the_hedged_price() -> None:
    generator = np.random.default_rng(3)
    worlds = worlds_with(walks(generator, 50, 40), walks(generator, 50, 40))
    rows = sums_by_path(worlds, fixed(100.3, 50), one_episode(40), GRID_RULES, by_side=True)
    for name in ("above_steps", "below_steps"):
        np.testing.assert_array_equal(column(rows, name), column(rows, name, 1))
    np.testing.assert_array_equal(column(rows, "above_steps"), (worlds.prices[0, :, :-1] > 100.3).sum(axis=1))


def test_steps_have_the_same_sides_where_only_one_world_has_a_level() -> None:
    """With levels of each day the twin may open where there is none: the two worlds are compared on the same steps."""
    generator = np.random.default_rng(4)
    worlds = worlds_with(walks(generator, 5, 10), walks(generator, 5, 10))
    for absent in (0, 1):
        levels = fixed(100.1, 5)
        levels[absent] = np.nan
        rows = sums_by_path(worlds, levels, one_episode(10), GRID_RULES, by_side=True)
        np.testing.assert_array_equal(column(rows, "above_steps"), column(rows, "above_steps", 1))


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("seed", range(5))
def test_parts_add_up_and_are_parts(seed: int) -> None:
    worlds, levels, episodes, rules = random_case(100 + seed)
    rows = sums_by_path(worlds, levels, episodes, rules, by_side=True)
    for world in (0, 1):
        got = {name: column(rows, name, world) for name in COLUMNS}
        np.testing.assert_array_equal(got["held"] + got["broken"], got["touched"])
        for part, whole in (
            ("bounced", "touched"), ("leapt", "touched"), ("touched", "approached"), ("approached", "episodes"),
            ("pinned", "episodes"), ("near_steps", "steps"), ("crossings", "steps"),
        ):  # fmt: skip
            assert ((got[part] >= 0.0) & (got[part] <= got[whole])).all(), part
        assert (got["above_steps"] + got["below_steps"] <= got["steps"]).all()


def mirror(worlds: Worlds, level: float) -> Worlds:
    """Prices reflected about the level, returns turned round."""
    return worlds_with(2.0 * level - worlds.prices[0], 2.0 * level - worlds.prices[1], -worlds.returns)


SWAPPED = {name: name.replace("above", "x").replace("below", "above").replace("x", "below") for name in COLUMNS}


@pytest.mark.parametrize("offset", [-1.25, -0.125, 0.125, 1.5])
def test_a_mirror_swaps_the_sides_and_keeps_the_rest(offset: float) -> None:
    generator = np.random.default_rng(8)
    prices = [np.column_stack([np.full(60, 100.0), coarse_walks(generator, 60, 40)]) for _ in range(2)]
    worlds, level = worlds_with(*prices), 100.0 + offset
    options: dict[str, Any] = {"episodes": daily_episodes(1, 41), "rules": GRID_RULES, "by_side": True}
    rows = sums_by_path(worlds, fixed(level, 60), **options)
    mirrored = sums_by_path(mirror(worlds, level), fixed(level, 60), **options)
    for name in COLUMNS:
        for world in (0, 1):
            np.testing.assert_array_equal(column(mirrored, SWAPPED[name], world), column(rows, name, world), name)


def test_a_mirror_keeps_what_happens_at_a_level_that_the_price_starts_at() -> None:
    """Leaving the level upwards is no more a crossing than leaving it downwards."""
    up, down = (sums_of([102.0, 102.0 + side, 102.0 + 2.0 * side], 102.0) for side in (1.0, -1.0))
    assert up == down


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), power=st.integers(-4, 6))
def test_the_unit_of_prices_does_not_matter(seed: int, power: int) -> None:
    """Prices, levels and distances in another unit (exact: a power of two); only dollar columns carry it."""
    worlds, levels, episodes, rules = random_case(seed)
    unit = 2.0**power
    scaled = worlds_with(worlds.prices[0] * unit, worlds.prices[1] * unit, worlds.returns)
    other = Rules(rules.near * unit, rules.beyond * unit, rules.leap * unit, rules.horizon)
    rows = sums_by_path(worlds, levels, episodes, rules, by_side=True)
    again = sums_by_path(scaled, levels * unit, episodes, other, by_side=True)
    for name in COLUMNS:
        factor = unit if name in ("closest", "crossing_moves") else 1.0
        for world in (0, 1):
            np.testing.assert_array_equal(column(again, name, world), factor * column(rows, name, world), name)


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_threads_and_batches_change_nothing(threads: int) -> None:
    worlds, levels, episodes, rules = random_case(17)
    rows = sums_by_path(worlds, levels, episodes, rules, by_side=True)
    np.testing.assert_array_equal(sums_by_path(worlds, levels, episodes, rules, by_side=True, threads=threads), rows)
    parts = []
    for part in (slice(0, 1), slice(1, 13), slice(13, 30)):
        own = worlds_with(worlds.prices[0, part], worlds.prices[1, part], worlds.returns[:, part].copy())
        parts.append(sums_by_path(own, levels[:, part], episodes, rules, by_side=True))
    np.testing.assert_array_equal(np.concatenate(parts), rows)


def test_looser_rules_see_more() -> None:
    generator = np.random.default_rng(5)
    worlds = worlds_with(walks(generator, 300, 60), walks(generator, 300, 60))

    def total(name: str, **rules: float) -> float:
        own = GRID_RULES._replace(**rules)  # type: ignore[arg-type]
        return float(column(sums_by_path(worlds, fixed(101.0, 300), one_episode(60), own, by_side=False), name).sum())

    assert total("touched", near=0.5) > total("touched", near=0.25) > total("touched", near=0.01) > 0.0
    assert total("near_steps", near=0.5) > total("near_steps", near=0.25)
    assert total("broken", horizon=60) > total("broken", horizon=30) > total("broken", horizon=15) > 0.0
    assert total("held", horizon=60, beyond=1.5) > total("held", horizon=60, beyond=0.5) > 0.0
    assert total("leapt", leap=0.1) > total("leapt", leap=0.5)


def test_without_sides_their_columns_stay_empty() -> None:
    worlds, levels, episodes, rules = random_case(23)
    rows = sums_by_path(worlds, levels, episodes, rules, by_side=False)
    assert all((column(rows, name, world) == 0.0).all() for name in SIDES for world in (0, 1))
    full = sums_by_path(worlds, levels, episodes, rules, by_side=True)
    for name in MEETINGS:
        np.testing.assert_array_equal(column(rows, name), column(full, name))


# ---------------------------------------------------------------- worlds and episodes


def test_worlds_leave_out_pairs_with_a_price_that_is_none() -> None:
    hedged, twin = np.full((7, 4), 100.0), np.full((7, 4), 50.0)
    hedged[1, 3], twin[2, 0], hedged[3, 1], twin[4, 2], hedged[5, 1] = np.nan, np.inf, 0.0, -1.0, -np.inf
    hedged[0], twin[6, 3] = [100.0, 110.0, 121.0, 100.0], 25.0
    worlds = worlds_of(hedged, twin)
    assert worlds.alive.tolist() == [True, False, False, False, False, False, True]
    assert worlds.paths == 2
    np.testing.assert_array_equal(worlds.prices, np.stack([hedged[[0, 6]], twin[[0, 6]]]))
    np.testing.assert_allclose(worlds.returns[0, 0], [np.log(1.1), np.log(1.1), -2 * np.log(1.1)], rtol=1e-14)
    np.testing.assert_allclose(worlds.returns[1, 1], [0.0, 0.0, -np.log(2.0)], rtol=1e-14)
    assert worlds.prices.flags.c_contiguous
    assert worlds.returns.flags.c_contiguous


def test_worlds_may_be_empty() -> None:
    worlds = worlds_of(np.full((2, 3), np.nan), np.ones((2, 3)))
    assert worlds.paths == 0
    rows = sums_by_path(worlds, np.empty((2, 0, 1)), one_episode(2), GRID_RULES, by_side=True, threads=2)
    assert rows.shape == (0, 2 * len(COLUMNS))


@pytest.mark.parametrize(
    ("expiries", "pin"), [(None, 10), ([], 10), ([5], 5), ([3, 7], 3), ([0, 12], 10), ([10], 10), ([12, 4], 4)]
)
def test_the_pin_is_looked_for_at_the_first_expiry_within_the_run(expiries: list[int] | None, pin: int) -> None:
    steps = None if expiries is None else np.array(expiries, dtype=np.int64)
    episodes = one_episode(10, steps)
    assert episodes.edges.tolist() == [0, 10]
    assert episodes.pins.tolist() == [pin]
    assert episodes.edges.dtype == episodes.pins.dtype == np.int64


def test_days_are_episodes_with_pins_at_the_close() -> None:
    episodes = daily_episodes(3, 78)
    assert episodes.edges.tolist() == [0, 78, 156, 234]
    assert episodes.pins.tolist() == [78, 156, 234]
