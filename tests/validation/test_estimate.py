"""Estimates and their errors: against plain formulas, a bootstrap, and the coverage that an interval promises."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from building_levels import Floats, Tree, fixed, wall
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import simhedge as sh
from simhedge.kernels.touches import COLUMNS
from simhedge.simulation.path_batches import path_batches
from simhedge.validation.episodes import Rules, one_episode, sums_by_path, worlds_of
from simhedge.validation.estimate import Paired, contrast, estimate, paired, power_product
from simhedge.validation.moments import Moments, moments_of
from simhedge.validation.statistics import STATISTICS

Powers = dict[int, float]
SHARE: Powers = {0: 1.0, 1: -1.0}
ROOT: Powers = {0: 0.5, 1: -0.5}
RATIO_OF_ROOTS: Powers = {0: 0.5, 1: -0.5, 2: -0.5, 3: 0.5}


def positive_rows(count: int = 400, columns: int = 8, seed: int = 1) -> Floats:
    """Dependent positive sums of paths."""
    generator = np.random.default_rng(seed)
    common = generator.gamma(4.0, 0.25, (count, 1))
    return common * generator.gamma(3.0, 1.0, (count, columns)) + 0.2


def plain_error(influence: Floats) -> float:
    """Standard error of a mean of per-path influences."""
    return float(influence.std(ddof=1) / math.sqrt(influence.size))


# ---------------------------------------------------------------- against plain formulas


def test_a_mean_is_a_mean() -> None:
    rows = positive_rows()
    found = estimate(moments_of(rows), {2: 1.0}, 3.0)
    assert found.value == pytest.approx(3.0 * rows[:, 2].mean(), rel=1e-13)
    assert found.standard_error == pytest.approx(3.0 * stats.sem(rows[:, 2]), rel=1e-12)


def test_a_ratio_of_means_has_the_error_of_a_ratio_estimator() -> None:
    """Cochran (1977), section 2.11: the residuals about the ratio, over the mean below."""
    rows = positive_rows()
    ratio = rows[:, 0].sum() / rows[:, 1].sum()
    residual = (rows[:, 0] - ratio * rows[:, 1]) / rows[:, 1].mean()
    found = estimate(moments_of(rows), SHARE)
    assert found.value == pytest.approx(ratio, rel=1e-13)
    assert found.standard_error == pytest.approx(plain_error(residual), rel=1e-11)


def test_a_volatility_has_half_the_relative_error_of_its_variance() -> None:
    rows = positive_rows()
    variance, root = (estimate(moments_of(rows), powers) for powers in (SHARE, ROOT))
    scaled = estimate(moments_of(rows), ROOT, 16.0)
    assert root.value == pytest.approx(math.sqrt(variance.value), rel=1e-13)
    assert root.standard_error == pytest.approx(0.5 * variance.standard_error / root.value, rel=1e-11)
    assert scaled == pytest.approx((16.0 * root.value, 16.0 * root.standard_error), rel=1e-12)


def test_the_ratio_of_volatilities_in_logarithms() -> None:
    rows = positive_rows()
    relative = rows[:, :4] / rows[:, :4].mean(axis=0) - 1.0
    influence = 0.5 * (relative[:, 0] - relative[:, 1] - relative[:, 2] + relative[:, 3])
    means = rows.mean(axis=0)
    value = math.sqrt(means[0] / means[1] / (means[2] / means[3]))
    found = estimate(moments_of(rows), RATIO_OF_ROOTS)
    assert found.value == pytest.approx(value, rel=1e-13)
    assert found.standard_error == pytest.approx(value * plain_error(influence), rel=1e-11)


@pytest.mark.parametrize("powers", [SHARE, ROOT, RATIO_OF_ROOTS], ids=["share", "root", "ratio"])
def test_a_difference_has_the_error_of_the_paired_influences(powers: Powers) -> None:
    rows = positive_rows()
    rows[:, 4:] = 0.7 * rows[:, :4] + 0.3 * rows[:, 4:]
    found = paired(moments_of(rows), powers, 2.0)

    def value_and_influence(half: Floats) -> tuple[float, Floats]:
        means = half.mean(axis=0)
        value = 2.0 * math.prod(means[k] ** power for k, power in powers.items())
        return value, value * sum(power * (half[:, k] / means[k] - 1.0) for k, power in powers.items())

    (hedged, own), (twin, other) = value_and_influence(rows[:, :4]), value_and_influence(rows[:, 4:])
    assert (found.hedged, found.twin) == pytest.approx((hedged, twin), rel=1e-12)
    assert (found.hedged_se, found.twin_se) == pytest.approx((plain_error(own), plain_error(other)), rel=1e-10)
    assert found.difference == pytest.approx(hedged - twin, rel=1e-12)
    assert found.difference_se == pytest.approx(plain_error(own - other), rel=1e-9)
    assert found.difference_se < math.hypot(found.hedged_se, found.twin_se)
    assert found.paths == 400


@pytest.mark.parametrize("powers", [SHARE, ROOT, RATIO_OF_ROOTS], ids=["share", "root", "ratio"])
def test_the_error_is_that_of_a_bootstrap(powers: Powers) -> None:
    """2,000 resamples of the paths; their spread is known to 1.6%, and a nonlinear statistic adds about as much."""
    rows = positive_rows(600)
    generator = np.random.default_rng(5)
    weights = generator.multinomial(600, np.full(600, 1.0 / 600.0), size=2000) / 600.0
    means = weights @ rows
    half = [np.prod([means[:, s + k] ** p for k, p in powers.items()], axis=0) for s in (0, 4)]
    found = paired(moments_of(rows), powers)
    for spread, error in (
        (half[0].std(ddof=1), found.hedged_se),
        (half[1].std(ddof=1), found.twin_se),
        ((half[0] - half[1]).std(ddof=1), found.difference_se),
    ):
        assert error == pytest.approx(spread, rel=0.07)


@settings(max_examples=100, deadline=None)
@given(
    mean=st.lists(st.floats(0.1, 10.0), min_size=4, max_size=4),
    powers=st.dictionaries(st.integers(0, 3), st.sampled_from([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), min_size=1),
    scale=st.floats(0.1, 100.0),
)
def test_the_gradient_by_complex_steps(mean: list[float], powers: Powers, scale: float) -> None:
    value, gradient = power_product(np.array(mean), powers, scale)
    assert value == pytest.approx(scale * math.prod(mean[k] ** p for k, p in powers.items()), rel=1e-12)
    for k in range(4):
        moved = np.array(mean, dtype=complex)
        moved[k] += 1e-30j
        slope = (scale * np.prod([moved[j] ** p for j, p in powers.items()])).imag / 1e-30
        assert gradient[k] == pytest.approx(slope, rel=1e-12, abs=1e-300)


def test_a_negative_mean_may_stand_above_a_line() -> None:
    """Sums of products, over sums of squares."""
    value, gradient = power_product(np.array([-0.3, 2.0]), SHARE)
    assert value == pytest.approx(-0.15)
    assert gradient == pytest.approx([0.5, 0.075])


# ---------------------------------------------------------------- where there is nothing to estimate


@pytest.mark.parametrize(("mean", "powers"), [
    ([0.0, 0.0], SHARE), ([1.0, 0.0], SHARE), ([-1.0, 0.0], SHARE), ([0.0, 0.0], ROOT), ([1.0, 0.0], ROOT),
    ([-1.0, 2.0], ROOT), ([math.nan, 1.0], SHARE),
])  # fmt: skip
def test_nothing_below_the_line(mean: list[float], powers: Powers) -> None:
    value, gradient = power_product(np.array(mean), powers)
    assert math.isnan(value)
    assert np.isnan(gradient).all()


@pytest.mark.parametrize("powers", [SHARE, ROOT], ids=["share", "root"])
def test_never_anything_above_the_line(powers: Powers) -> None:
    """A share of none is zero without error; the root of zero has no error that this method knows, and no warning."""
    rows = positive_rows()
    rows[:, 0] = 0.0
    found = estimate(moments_of(rows), powers)
    assert found.value == 0.0
    assert found.standard_error == 0.0 if powers is SHARE else math.isnan(found.standard_error)


def test_both_worlds_without_events() -> None:
    rows = positive_rows()
    rows[:, [1, 5]] = 0.0
    found = paired(moments_of(rows), SHARE)
    assert all(math.isnan(value) for value in found[:6])
    assert math.isnan(found.z)
    assert math.isnan(found.p_value)
    assert math.isnan(found.effect_size)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_paths_have_no_error(count: int) -> None:
    found = paired(moments_of(positive_rows(count)) if count else Moments(8), SHARE)
    assert math.isnan(found.difference_se)
    assert math.isnan(found.p_value)
    assert math.isnan(found.hedged) == (count == 0)
    assert all(math.isnan(end) for end in found.interval)


# ---------------------------------------------------------------- what is made of them


def test_a_paired_mean_is_students() -> None:
    """For plain means z is the paired t statistic, and the effect size is Cohen's d of the differences."""
    rows = positive_rows(500)
    found = paired(moments_of(rows), {1: 1.0})
    student = stats.ttest_rel(rows[:, 1], rows[:, 5])
    apart = rows[:, 1] - rows[:, 5]
    assert found.z == pytest.approx(student.statistic, rel=1e-11)
    assert found.p_value == pytest.approx(2.0 * stats.norm.sf(abs(student.statistic)), rel=1e-11)
    assert found.effect_size == pytest.approx(apart.mean() / apart.std(ddof=1), rel=1e-11)
    expected = stats.norm.interval(0.95, apart.mean(), stats.sem(apart))
    assert found.interval == pytest.approx(expected, rel=1e-11)


def test_the_same_rows_in_both_worlds_differ_by_nothing() -> None:
    """Exactly: whatever rounding does, it does twice."""
    half = positive_rows()[:, :4]
    for powers in (SHARE, ROOT, RATIO_OF_ROOTS):
        found = paired(moments_of(np.hstack([half, half])), powers)
        assert found.difference == 0.0
        assert found.z == 0.0
        assert found.p_value == 1.0
        assert found.effect_size == 0.0


def test_worlds_swapped_turn_the_sign() -> None:
    rows = positive_rows()
    one, other = (paired(moments_of(r), SHARE) for r in (rows, np.roll(rows, 4, axis=1)))
    assert other.difference == -one.difference
    assert other.difference_se == pytest.approx(one.difference_se, rel=1e-12)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9)


def test_a_difference_without_spread_is_certain() -> None:
    sure = Paired(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 50)
    assert sure.z == math.inf
    assert sure.p_value == 0.0
    assert math.isnan(sure.effect_size)


def touched_and_held(touched: list[int], held: list[int], paths: int) -> Moments:
    """Sums of 0 and 1: held and touched in the hedged world, then in the twin."""
    rows = np.zeros((paths, 4))
    for world in (0, 1):
        rows[: held[world], 2 * world] = 1.0
        rows[: touched[world], 2 * world + 1] = 1.0
    return moments_of(rows)


@pytest.mark.parametrize("paths", [30, 37, 44, 49, 51, 107, 300])
def test_two_worlds_in_which_every_touch_holds_do_not_differ(paths: int) -> None:
    """Both rates are one, of different numbers of touches: rounding must not make a difference of it."""
    for touches in range(20, paths - 1):
        found = paired(touched_and_held([touches, touches + 1], [touches, touches + 1], paths), SHARE)
        assert found.hedged == pytest.approx(1.0, abs=1e-14)
        assert found.p_value > 0.5, (touches, found)


@settings(max_examples=200, deadline=None)
@given(touched=st.integers(1, 400), held=st.integers(0, 400), others=st.integers(0, 400))
def test_rates_stay_within_zero_and_one(touched: int, held: int, others: int) -> None:
    moments = touched_and_held([touched, touched], [min(held, touched), touched], touched + others + 1)
    found = paired(moments, SHARE)
    assert 0.0 <= found.hedged <= 1.0
    assert found.twin <= 1.0
    assert 0.0 <= found.hedged_se < 1.0


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.integers(1, 200), min_size=4, max_size=4))
def test_equal_shares_of_different_numbers_are_equal(counts: list[int]) -> None:
    """k in 2k touches in one world and m in 2m in the other."""
    a, b = counts[0] + 10, counts[1] + 10
    found = paired(touched_and_held([2 * a, 2 * b], [a, b], 2 * max(a, b) + counts[2]), SHARE)
    assert found.difference == pytest.approx(0.0, abs=1e-15)
    assert found.p_value > 0.99


# ---------------------------------------------------------------- coverage

REPLICATIONS, PATHS = 400, 300
COVERED = (0.92, 0.975)  # 95% of 400 within 2.7 and 2.3 standard deviations


def coverage(found: list[tuple[float, float]], truth: float) -> float:
    values, errors = np.array(found).T
    assert np.isfinite(errors).all()
    return float((np.abs(values - truth) <= 1.959963984540054 * errors).mean())


class Toy(NamedTuple):
    """Sums of paths that switch between a calm and a wild state, hedged and twin, and the values they stand for."""

    rows: Floats
    truth: dict[str, float]


def two_states(paths: int, seed: int, steps: int = 40) -> Toy:
    """Columns of each world: wild squares, wild steps, calm squares, calm steps, held, touched.

    States last ten steps on average and are shared by the worlds, as are the shocks; the twin has no wild state. Of
    1 + N touches, N Poisson, a path holds each with its own probability, uniform on (0.3, 0.9) hedged.
    """
    generator = np.random.default_rng(seed)
    state = np.empty((paths, steps), dtype=bool)
    state[:, 0] = generator.random(paths) < 0.5
    for n in range(1, steps):
        state[:, n] = state[:, n - 1] ^ (generator.random(paths) < 0.1)
    shocks = generator.normal(size=state.shape)
    touched = 1 + generator.poisson(2.0, paths)
    chance = generator.uniform(0.3, 0.9, paths)
    rows = []
    for wild, lift in ((0.25, 0.0), (0.2, -0.1)):
        squares = (np.where(state, wild, 0.2) * shocks) ** 2
        held = generator.binomial(touched, chance + lift)
        parts = [(squares * state), state, squares * ~state, ~state]
        rows.append(np.column_stack([*(part.sum(axis=1) for part in parts), held, touched]))
    truth = {"root": 0.25, "ratio": 1.25, "share": 0.6, "root_apart": 0.05, "ratio_apart": 0.25, "share_apart": 0.1}
    return Toy(np.hstack(rows), truth)


TOY_POWERS: dict[str, Powers] = {"root": ROOT, "ratio": RATIO_OF_ROOTS, "share": {4: 1.0, 5: -1.0}}


@pytest.mark.parametrize("statistic", TOY_POWERS)
def test_coverage_of_a_chain_with_two_states(statistic: str) -> None:
    toy = two_states(REPLICATIONS * PATHS, seed=2)
    found = [paired(moments_of(rows), TOY_POWERS[statistic]) for rows in np.split(toy.rows, REPLICATIONS)]
    low, high = COVERED
    assert low < coverage([(own.hedged, own.hedged_se) for own in found], toy.truth[statistic]) < high
    assert (
        low < coverage([(own.difference, own.difference_se) for own in found], toy.truth[f"{statistic}_apart"]) < high
    )


def short_wall() -> Tree:
    """A day of forty steps beside the wall, so that a path may touch it, with enough paths for every replication."""
    tree = wall(150_000.0)
    tree["clock"] = {"days": 1, "steps_per_day": 40}
    tree["books"]["book"][0] |= {"strike": 101.0, "expiry_days": 5}
    tree["paths"] = REPLICATIONS * PATHS
    return tree


class Simulated(NamedTuple):
    """Moments of the sums of simulated paths: of all of them, and of each replication."""

    whole: Moments
    replications: list[Moments]


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    rules, rows = Rules(0.126, 0.4, 5.0, 20), []
    for batch in path_batches(sh.scenario_from_dict(short_wall())):
        worlds = worlds_of(batch.series["spot"], batch.series["twin_spot"])
        levels = fixed(101.0, worlds.paths)
        rows.append(sums_by_path(worlds, levels, one_episode(40), rules, by_side=True))
    every = np.concatenate(rows)
    return Simulated(moments_of(every), [moments_of(own) for own in np.split(every, REPLICATIONS)])


@pytest.mark.parametrize("name", [
    "touch_rate", "hold_rate", "bounce_rate", "time_near", "closest_approach", "crossing_speed", "vol_above",
    "vol_below", "vol_ratio", "autocorrelation_below",
])  # fmt: skip
def test_coverage_on_simulated_paths(simulated: Simulated, name: str) -> None:
    """The truth is that of all replications together, known twenty times better than one of them knows it."""
    statistic = next(own for own in STATISTICS if own.name == name)
    powers = statistic.columns()
    truth = paired(simulated.whole, powers)
    found = [paired(own, powers) for own in simulated.replications]
    low, high = COVERED
    assert low < coverage([(own.hedged, own.hedged_se) for own in found], truth.hedged) < high
    assert low < coverage([(own.difference, own.difference_se) for own in found], truth.difference) < high
    spread = np.std([own.difference for own in found], ddof=1)
    typical = math.sqrt(np.mean([own.difference_se**2 for own in found]))
    assert typical == pytest.approx(spread, rel=4.0 / math.sqrt(2.0 * REPLICATIONS))


def test_the_replications_have_an_effect_to_cover(simulated: Simulated) -> None:
    hold = next(own for own in STATISTICS if own.name == "hold_rate")
    assert paired(simulated.whole, hold.columns()).z > 10.0
    assert simulated.whole.count == REPLICATIONS * PATHS
    assert simulated.whole.columns == 2 * len(COLUMNS)


def test_a_contrast_is_the_difference_of_two_estimates() -> None:
    moments = moments_of(positive_rows())
    apart: Any = contrast(moments, SHARE, {2: 1.0, 3: -1.0}, 5.0)
    one, other = estimate(moments, SHARE, 5.0), estimate(moments, {2: 1.0, 3: -1.0}, 5.0)
    assert apart.value == pytest.approx(one.value - other.value, rel=1e-12)
    same = contrast(moments, SHARE, SHARE)
    assert same == (0.0, 0.0)
