"""Tests of levels: each number by a plain formula, batches, and that nothing is found where there is nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from building_levels import RULES, SCALES, Floats, column, fixed, walks, worlds_with
from scipy import stats

from simhedge.kernels.touches import COLUMNS
from simhedge.validation.episodes import Worlds, daily_episodes, one_episode, sums_by_path
from simhedge.validation.level_tests import LEAST_COUNT, TEST_COLUMNS, TrackSums, level_tables, one_test
from simhedge.validation.moments import moments_of
from simhedge.validation.multiple import holm
from simhedge.validation.statistics import STATISTIC_NAMES, STATISTICS, Statistic
from simhedge.validation.survey import Survey, Track

NO_PLACEBOS = np.zeros((0, 2 * len(COLUMNS)))
STEPS = 40


def statistic(name: str) -> Statistic:
    return next(own for own in STATISTICS if own.name == name)


def row_of(rows: Floats, name: str, placebo_sums: Floats = NO_PLACEBOS) -> dict[str, float]:
    return one_test(moments_of(rows), placebo_sums, statistic(name), SCALES)[0]


def worlds(seed: int = 0, paths: int = 300, calmer: float = 0.8) -> Worlds:
    """Walks of 40 steps of $0.2, the twin's with the same shocks; the hedged world's steps are smaller above 100.5."""
    generator = np.random.default_rng(seed)
    shocks = generator.normal(0.0, 0.2, (paths, STEPS))
    hedged = np.full((paths, STEPS + 1), 100.0)
    for n in range(STEPS):
        hedged[:, n + 1] = hedged[:, n] + shocks[:, n] * np.where(hedged[:, n] > 100.5, calmer, 1.0)
    twin = 100.0 + np.concatenate([np.zeros((paths, 1)), np.cumsum(shocks, axis=1)], axis=1)
    return worlds_with(hedged, twin)


def rows_at(own: Worlds, level: float = 100.8) -> Floats:
    return sums_by_path(own, fixed(level, own.paths), one_episode(STEPS), RULES, by_side=True)


# ---------------------------------------------------------------- numbers by plain formulas

PLAIN: dict[str, Callable[[Any], float]] = {
    "touch_rate": lambda c: c("touched").sum() / c("approached").sum(),
    "hold_rate": lambda c: c("held").sum() / c("touched").sum(),
    "break_rate": lambda c: 1.0 - c("held").sum() / c("touched").sum(),
    "bounce_rate": lambda c: c("bounced").sum() / c("touched").sum(),
    "time_near": lambda c: c("near_steps").sum() / (STEPS * c("steps").size),
    "pin_rate": lambda c: c("pinned").mean(),
    "closest_approach": lambda c: c("closest").mean() / SCALES.daily_vol,
    "crossing_speed": lambda c: c("crossing_moves").sum() / c("crossings").sum() / SCALES.step_vol,
    "squeeze_rate": lambda c: c("leapt").sum() / c("touched").sum(),
    "vol_above": lambda c: math.sqrt(c("above_squares").sum() / c("above_steps").sum() * SCALES.steps_per_year),
    "vol_below": lambda c: math.sqrt(c("below_squares").sum() / c("below_steps").sum() * SCALES.steps_per_year),
    "vol_ratio": lambda c: math.sqrt(
        c("below_squares").sum() / c("below_steps").sum() / (c("above_squares").sum() / c("above_steps").sum())
    ),
    "autocorrelation_above": lambda c: c("above_products").sum() / c("above_squares").sum(),
    "autocorrelation_below": lambda c: c("below_products").sum() / c("below_squares").sum(),
}


def test_there_is_a_plain_formula_for_each() -> None:
    assert tuple(PLAIN) == STATISTIC_NAMES
    assert "hold_rate" in STATISTIC_NAMES


@pytest.mark.parametrize("name", PLAIN)
def test_value_in_both_worlds(name: str) -> None:
    rows = rows_at(worlds())
    found = row_of(rows, name)
    hedged, twin = (PLAIN[name](lambda c, w=w: column(rows, c, w)) for w in (0, 1))
    assert found["hedged"] == pytest.approx(hedged, rel=1e-11)
    assert found["twin"] == pytest.approx(twin, rel=1e-11)
    assert found["difference"] == pytest.approx(hedged - twin, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", ["touch_rate", "hold_rate", "time_near", "closest_approach", "vol_ratio"])
def test_the_rest_of_a_row_follows(name: str) -> None:
    found = row_of(rows_at(worlds()), name)
    z = found["difference"] / found["difference_se"]
    assert found["p_value"] == pytest.approx(2.0 * stats.norm.sf(abs(z)), rel=1e-10)
    low, high = stats.norm.interval(0.95, found["difference"], found["difference_se"])
    assert (found["difference_low"], found["difference_high"]) == pytest.approx((low, high), rel=1e-9)
    assert found["effect_size"] == pytest.approx(z / math.sqrt(300), rel=1e-10)
    assert {"p_adjusted"} | set(found) >= set(TEST_COLUMNS)


def test_errors_by_jackknife() -> None:
    """Leaving out one path at a time gives the same error to a part in the number of events (Efron and Tibshirani)."""
    rows = rows_at(worlds())
    for name in ("hold_rate", "vol_ratio", "crossing_speed"):
        differences = []
        for rest in (np.delete(rows, k, axis=0) for k in range(300)):
            hedged, twin = (PLAIN[name](lambda c, r=rest, w=w: column(r, c, w)) for w in (0, 1))
            differences.append(hedged - twin)
        left_out = np.array(differences)
        jackknife = math.sqrt(299 / 300 * ((left_out - left_out.mean()) ** 2).sum())
        assert row_of(rows, name)["difference_se"] == pytest.approx(jackknife, rel=0.03)


def test_the_scale_of_volatility_is_annual_and_of_distances_daily() -> None:
    """Returns of the walks are moves over 100: $0.2 a step, 25 steps a day of 252."""
    found = row_of(rows_at(worlds(paths=3000)), "vol_below")
    assert found["twin"] == pytest.approx(0.002 * math.sqrt(25 * 252), rel=0.02)
    near = row_of(rows_at(worlds(paths=3000), 101.0), "closest_approach")
    assert 0.0 < near["twin"] < 1.0


# ---------------------------------------------------------------- how much there must be


@pytest.mark.parametrize(("touches", "known"), [(LEAST_COUNT - 1, False), (LEAST_COUNT, True)])
def test_a_p_value_needs_events_in_both_worlds(touches: int, known: bool) -> None:
    rows = np.zeros((100, 2 * len(COLUMNS)))
    for world, count in ((0, touches), (1, 60)):
        first = world * len(COLUMNS)
        rows[:count, first + COLUMNS.index("touched")] = 1.0
        rows[: count // 2, first + COLUMNS.index("held")] = 1.0
    found = row_of(rows, "hold_rate")
    assert (found["events_hedged"], found["events_twin"]) == pytest.approx((touches, 60))
    assert math.isfinite(found["p_value"]) == known
    swapped = row_of(np.roll(rows, len(COLUMNS), axis=1), "hold_rate")
    assert math.isfinite(swapped["p_value"]) == known
    assert math.isfinite(found["difference"])


def test_twenty_events_are_twenty_among_any_number_of_paths() -> None:
    """Rounding of means must not lose one."""
    touched, known = COLUMNS.index("touched"), []
    for paths in range(60, 160):
        rows = np.zeros((paths, 2 * len(COLUMNS)))
        for first in (0, len(COLUMNS)):
            rows[:LEAST_COUNT, first + touched] = 1.0
            rows[: LEAST_COUNT // 2, first + COLUMNS.index("held")] = 1.0
        known.append(row_of(rows, "hold_rate")["p_value"])
    assert known == [1.0] * 100


def test_a_level_that_nobody_reaches() -> None:
    rows = rows_at(worlds(), 150.0)
    for name in STATISTIC_NAMES:
        found = row_of(rows, name)
        if name in ("touch_rate", "time_near", "pin_rate"):
            assert found["hedged"] == found["twin"] == found["difference"] == 0.0
            assert found["p_value"] == 1.0 or (name == "pin_rate" and math.isnan(found["p_value"]))
        elif name in ("hold_rate", "break_rate", "bounce_rate", "squeeze_rate", "crossing_speed"):
            assert math.isnan(found["difference"])
        if "above" in name or name == "vol_ratio":
            assert math.isnan(found["hedged"])
        assert math.isfinite(found["events_hedged"])


def test_the_ratio_of_volatilities_needs_steps_on_both_sides() -> None:
    """Nineteen steps above say as little as nineteen below."""
    own = worlds()
    hedged = np.minimum(own.prices[0], 100.7)
    hedged[:7, 20] = 100.9
    rows = rows_at(worlds_with(hedged, own.prices[1]))
    assert column(rows, "above_steps").sum() < LEAST_COUNT
    assert math.isnan(row_of(rows, "vol_ratio")["p_value"])


# ---------------------------------------------------------------- what is found where there is nothing

REPLICATIONS, PATHS = 400, 300


NEAR, FEW = 100.8, (102.2, 103.0)  # reached by most paths, and by some 25 and 5 of 300
OF_FEW = ("crossing_speed", "vol_above", "vol_ratio", "autocorrelation_above")


@pytest.fixture(scope="module")
def null() -> dict[float, dict[str, Floats]]:
    """P-values, by level and statistic, of two worlds with independent shocks and the same law; NaN: none."""
    generator = np.random.default_rng(41)
    found: dict[float, dict[str, list[float]]] = {level: {} for level in (NEAR, *FEW)}
    for _ in range(REPLICATIONS):
        own = worlds_with(walks(generator, PATHS, STEPS), walks(generator, PATHS, STEPS))
        for level, values in found.items():
            moments = moments_of(rows_at(own, level))
            for name in STATISTIC_NAMES if level == NEAR else OF_FEW:
                row = one_test(moments, NO_PLACEBOS, statistic(name), SCALES)[0]
                values.setdefault(name, []).append(row["p_value"])
    return {level: {name: np.array(row) for name, row in values.items()} for level, values in found.items()}


@pytest.mark.parametrize("name", [name for name in STATISTIC_NAMES if name != "squeeze_rate"])
def test_size(null: dict[float, dict[str, Floats]], name: str) -> None:
    """Rejects a true hypothesis in 5% and in 20% of worlds, and p-values are uniform."""
    p_values = null[NEAR][name]
    if name == "pin_rate":  # rare here: mostly there is no p-value, which rejects nothing
        assert (p_values <= 0.05).mean() <= 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / REPLICATIONS)
        return
    assert np.isfinite(p_values).all()
    for size in (0.05, 0.2):
        error = math.sqrt(size * (1.0 - size) / REPLICATIONS)
        assert (p_values <= size).mean() == pytest.approx(size, abs=3.5 * error)
    if name not in ("touch_rate", "hold_rate", "break_rate", "bounce_rate", "pin_rate"):  # those are discrete
        assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_hold_and_break_are_one_test(null: dict[float, dict[str, Floats]]) -> None:
    np.testing.assert_allclose(null[NEAR]["hold_rate"], null[NEAR]["break_rate"], rtol=1e-6)


@pytest.mark.parametrize("name", OF_FEW)
@pytest.mark.parametrize("level", FEW)
def test_size_where_few_paths_come(null: dict[float, dict[str, Floats]], level: float, name: str) -> None:
    """Many steps of few paths are few: what a handful of paths do must not pass for evidence."""
    p_values = null[level][name]
    known = p_values[np.isfinite(p_values)]
    error = math.sqrt(0.05 * 0.95 / max(known.size, 1))
    assert (known <= 0.05).sum() <= (0.05 + 0.03 + 3.5 * error) * known.size, known.size


def test_an_effect_is_found() -> None:
    rows = rows_at(worlds(paths=2000))
    assert row_of(rows, "vol_ratio")["p_value"] < 1e-6
    assert row_of(rows, "hold_rate")["p_value"] < 1e-3
    assert row_of(rows, "hold_rate")["difference"] > 0.0


# ---------------------------------------------------------------- tracks, batches, placebos and tables


def survey_of(*tracks: Track, daily: bool = False) -> Survey:
    return Survey(np.array([[99.0, 101.0]] * 2 if daily else [[100.0]]), tracks, (("put_wall", "simhedge"),), daily)


WALL = Track((("call_wall", "simhedge"), ("call_wall", "floe")), np.array([[100.8]]), False)
ZERO = Track((("zero_gamma", "simhedge"),), np.array([[99.4]]), True)
TIPPING = Track((("tipping_level", "simhedge.below"),), np.array([[98.9]]), True)
FAR = Track((("zero_gamma", "gflows"), ("zero_gamma", "simhedge.first")), np.array([[200.0]]), True)


def added(track: Track, placebos: Floats, cuts: tuple[int, ...] = (300,), threads: int = 1) -> TrackSums:
    own, sums = worlds(), TrackSums(track, placebos)
    for a, b in zip((0, *cuts[:-1]), cuts, strict=True):
        part = worlds_with(own.prices[0, a:b], own.prices[1, a:b], own.returns[:, a:b].copy())
        sums.add(part, survey_of(track), one_episode(STEPS), RULES, threads)
    return sums


def test_batches_and_threads_change_nothing() -> None:
    placebos = np.array([100.5, 101.1])
    whole = added(ZERO, placebos)
    for cuts, threads in (((300,), 3), ((1, 130, 300), 1), ((100, 200, 300), 2)):
        parts = added(ZERO, placebos, cuts, threads)
        assert parts.moments.count == 300
        np.testing.assert_allclose(parts.moments.mean, whole.moments.mean, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(parts.moments.comoment, whole.moments.comoment, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(parts.placebo_sums, whole.placebo_sums, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(added(ZERO, placebos, (300,), 3).moments.comoment, whole.moments.comoment)


def test_a_placebo_at_the_level_has_the_levels_statistic() -> None:
    sums = added(ZERO, np.array([99.4, 100.6]))
    np.testing.assert_allclose(sums.placebo_sums[0] / 300, sums.moments.mean, rtol=1e-12, atol=1e-12)
    elsewhere = added(Track(ZERO.members, np.array([[100.6]]), True), np.empty(0))
    np.testing.assert_allclose(sums.placebo_sums[1] / 300, elsewhere.moments.mean, rtol=1e-12, atol=1e-12)
    row, placebos = one_test(sums.moments, sums.placebo_sums, statistic("time_near"), SCALES)
    assert placebos.difference[0] == pytest.approx(row["difference"], rel=1e-10)
    assert placebos.hedged[0] == pytest.approx(row["hedged"], rel=1e-10)
    assert row["placebo_mean"] == pytest.approx(placebos.difference.mean(), rel=1e-12)
    assert row["placebo_hedged_low"] <= row["placebo_hedged_high"]
    assert row["placebo_low"] == pytest.approx(np.percentile(placebos.difference, 2.5), rel=1e-12)


def test_daily_placebos_scale_the_distance_from_each_open() -> None:
    """A factor of one is the level itself; the level of a day is that of its open, in each world."""
    own = worlds()
    days = daily_episodes(2, STEPS // 2)
    sums = TrackSums(Track(WALL.members, np.array([[100.8, 100.8], [101.0, 101.0]]), False), np.array([1.0, 1.2]))
    sums.add(own, survey_of(daily=True), days, RULES, 1)
    np.testing.assert_allclose(sums.placebo_sums[0] / 300, sums.moments.mean, rtol=1e-12, atol=1e-12)
    opens = own.prices[:, :, [0, STEPS // 2]]
    further = opens + 1.2 * (np.array([100.8, 101.0]) - opens)
    expected = sums_by_path(own, further, days, RULES, by_side=False).sum(axis=0)
    np.testing.assert_allclose(sums.placebo_sums[1], expected, rtol=1e-12, atol=1e-12)


def test_tables() -> None:
    tracks = (WALL, ZERO, TIPPING, FAR)
    drawn = np.array([99.0, 101.0, 102.0])
    tables = level_tables([added(track, drawn) for track in tracks], survey_of(*tracks), SCALES)
    levels = tables.levels
    assert levels.columns.tolist() == ["name", "definition", "value", "track"]
    assert list(zip(levels["name"], levels["definition"], levels["track"], strict=True)) == [
        ("zero_gamma", "simhedge", 1), ("zero_gamma", "simhedge.first", 3), ("zero_gamma", "gflows", 3),
        ("call_wall", "simhedge", 0), ("call_wall", "floe", 0), ("put_wall", "simhedge", -1),
        ("tipping_level", "simhedge.below", 2),
    ]  # fmt: skip
    assert levels["value"].iloc[:5].tolist() == [99.4, 200.0, 200.0, 100.8, 100.8]
    assert math.isnan(levels["value"].iloc[5])
    tests = tables.tests
    assert tests.columns.tolist() == ["track", "statistic", *TEST_COLUMNS]
    assert not tests.duplicated(["track", "statistic"]).any()
    of_any = {own.name for own in STATISTICS if own.family == "any"}
    of_sides = {own.name for own in STATISTICS if own.family == "side"}
    by_track = {number: set(rows["statistic"]) for number, rows in tests.groupby("track")}
    assert by_track == {0: of_any, 1: of_any | of_sides, 2: of_any | of_sides | {"squeeze_rate"}, 3: of_any | of_sides}
    is_break = (tests["statistic"] == "break_rate").to_numpy()  # hold_rate told the other way round
    family = tests[~is_break]
    np.testing.assert_array_equal(family["p_adjusted"], holm(family["p_value"].to_list()))
    held = tests.loc[tests["statistic"] == "hold_rate", "p_adjusted"]
    np.testing.assert_array_equal(tests.loc[is_break, "p_adjusted"], held)
    assert tests["p_value"].isna().any()
    assert tables.placebos.columns.tolist() == ["track", "statistic", "placebo", "hedged", "difference"]
    assert len(tables.placebos) == 3 * len(tests)
    assert sorted(tables.placebos["placebo"].unique()) == drawn.tolist()


def test_tables_without_placebos() -> None:
    tables = level_tables([added(WALL, np.empty(0))], survey_of(WALL), SCALES)
    assert tables.tests[["placebo_mean", "placebo_p_value", "placebo_low", "placebo_hedged_high"]].isna().all(axis=None)
    assert tables.tests["p_value"].notna().any()
    assert tables.placebos.empty
