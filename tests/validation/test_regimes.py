"""Volatility by the sign of gamma: by hand, against plain sums over simulated paths, and as kappa predicts it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from building import option
from building_levels import Floats, Tree, market_tree, worlds_with
from shipped_results import shipped_scenario

import simhedge as sh
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.simulation.plan import Plan, prepare
from simhedge.validation.episodes import Worlds, worlds_of
from simhedge.validation.moments import moments_of
from simhedge.validation.regimes import (
    BIN_WIDTH,
    FURTHEST,
    HEDGED,
    LEAST_GAIN,
    PREDICTED,
    SERIES,
    STEPS,
    TWIN,
    Gains,
    Regimes,
    bin_centres,
    distance_class,
    gains,
    predicted_returns,
    regimes,
    side_of_zero_gamma,
    squares_by_class,
)

DAILY_VOL = 0.2 / math.sqrt(252.0)
PER_YEAR = math.sqrt(252.0 * 78.0)
RECORDED = ("spot", "twin_spot", "net_gamma", "hedged_gamma")


# ---------------------------------------------------------------- parts by hand


def test_sides() -> None:
    net = np.array([[1.0, -1.0, 0.0, LEAST_GAIN, -LEAST_GAIN, 1.1 * LEAST_GAIN, -1.1 * LEAST_GAIN]])
    assert side_of_zero_gamma(net).tolist() == [[0, 1, -1, -1, -1, 0, 1]]


def test_distance_classes_by_hand() -> None:
    """Bins of half a daily standard deviation, closed below, from 6 below the level to 6 above it."""
    spot = np.array([[100.0, 100.0 - 1e-9, 101.0, 94.0, 93.999, 105.999, 106.0, 100.49, np.pi]])
    found = distance_class(spot, 100.0, 1.0)
    assert found.dtype == np.int64
    assert found.tolist() == [[12, 11, 14, 0, -1, 23, -1, 12]]
    centres = bin_centres()
    assert centres.size == 2 * FURTHEST / BIN_WIDTH
    assert (centres[0], centres[12], centres[-1]) == (-5.75, 0.25, 5.75)
    grid = 100.0 + np.append(centres, 0.0)[None, :]
    assert distance_class(grid, 100.0, 1.0).tolist() == [list(range(24))]
    doubled = distance_class(100.0 + 2.0 * (grid - 100.0), 100.0, 2.0)
    assert doubled.tolist() == [list(range(24))]


def test_squares_by_class_by_hand() -> None:
    returns = np.array([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], [[0.5, 1.0, 1.5, 2.0], [0.0, 0.0, 0.0, 1.0]]])
    worlds = worlds_with(np.ones((2, 5)), np.ones((2, 5)), returns)
    number = np.array([[0, 1, 1, -1], [2, 2, 0, 2]])
    rows = squares_by_class(worlds, 10.0 * returns[0], number, 3)
    expected = [
        [[1, 1, 0.25, 100], [2, 13, 3.25, 1300], [0, 0, 0, 0]],
        [[1, 49, 0, 4900], [0, 0, 0, 0], [3, 125, 1, 12_500]],
    ]
    assert SERIES == ("steps", "hedged", "twin", "predicted")
    assert (STEPS, HEDGED, TWIN, PREDICTED) == (0, 1, 2, 3)
    np.testing.assert_array_equal(rows, np.array(expected, dtype=np.float64))


@pytest.mark.parametrize("seed", range(3))
def test_squares_by_class_against_masks(seed: int) -> None:
    generator = np.random.default_rng(seed)
    returns = generator.normal(size=(2, 20, 30))
    worlds, predicted = worlds_with(np.ones((20, 31)), np.ones((20, 31)), returns), generator.normal(size=(20, 30))
    number = generator.integers(-1, 4, (20, 30))
    rows = squares_by_class(worlds, predicted, number, 4)
    for k in range(4):
        inside = number == k
        for series, values in enumerate((np.ones_like(predicted), *returns, predicted)):
            np.testing.assert_allclose(rows[:, k, series], (values**2 * inside).sum(axis=1), rtol=1e-12)


# ---------------------------------------------------------------- of simulated paths


class Simulated(NamedTuple):
    """One batch of a scenario, and what the package makes of it."""

    plan: Plan
    batch: PathBatch
    worlds: Worlds
    gains: Gains
    predicted: Floats


def simulate(asked: Tree | sh.Scenario, **changes: Any) -> Simulated:
    """All paths of a scenario in one batch; `changes` are overrides by dotted key, with __ for the dot."""
    scenario = sh.scenario_from_dict(asked) if isinstance(asked, dict) else asked
    scenario = scenario.with_overrides({key.replace("__", "."): value for key, value in changes.items()})
    plan = prepare(scenario)
    batch = next(path_batches(plan, RECORDED, threads=1))
    own = batch.series
    assert own["spot"].shape[0] == scenario.paths
    worlds = worlds_of(own["spot"], own["twin_spot"])
    found = gains(plan, own["spot"], own["hedged_gamma"], own["net_gamma"])
    return Simulated(plan, batch, worlds, found, predicted_returns(plan, own["spot"], own["twin_spot"], found.hedged))


def regimes_of(own: Simulated) -> Regimes:
    rows = squares_by_class(own.worlds, own.predicted, side_of_zero_gamma(own.gains.net), 2)
    return regimes(moments_of(rows.reshape(rows.shape[0], -1)), own.plan)


MIXED = [option("call", 104.0, 15, 200_000), option("put", 96.0, 15, -214_000)]


def mixed_tree(form: str = "arithmetic", paths: int = 800, **market: Any) -> Tree:
    tree = market_tree(MIXED, paths=paths)
    tree["market"] |= {"impact": {"type": "adv", "coefficient": 1.0, "form": form}} | market
    return tree


@pytest.fixture(scope="module", params=["arithmetic", "multiplicative"])
def mixed(request: pytest.FixtureRequest) -> Simulated:
    return simulate(mixed_tree(request.param))


def test_gains_are_impact_times_gamma(mixed: Simulated) -> None:
    spot, gamma = mixed.batch.series["spot"], mixed.batch.series["hedged_gamma"]
    relative = mixed.plan.scenario.market.impact.form == "multiplicative"
    impact = DAILY_VOL / 5e6 * (spot[:, :-1] if relative else 100.0)
    np.testing.assert_allclose(mixed.gains.hedged, impact * gamma[:, :-1], rtol=1e-12)
    np.testing.assert_array_equal(mixed.gains.net, mixed.gains.hedged)
    assert mixed.gains.hedged.min() < -0.1
    assert mixed.gains.hedged.max() > 0.1


def test_predicted_returns_by_hand(mixed: Simulated) -> None:
    """X/S of the step's start over 1 + kappa for arithmetic impact, 1 over 1 + kappa for multiplicative."""
    relative = mixed.plan.scenario.market.impact.form == "multiplicative"
    spot, twin, kappa = np.array([[90.0, 91.0, 92.0]]), np.array([[99.0, 100.0, 98.0]]), np.array([[0.25, -0.5]])
    news = np.log([[100.0 / 99.0, 98.0 / 100.0]])
    expected = news * ([1.0, 1.0] if relative else [1.1, 100.0 / 91.0]) / [1.25, 0.5]
    np.testing.assert_allclose(predicted_returns(mixed.plan, spot, twin, kappa), expected, rtol=1e-12)


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
@pytest.mark.parametrize("kappa", [0.4, -0.4])
def test_small_steps_are_predicted_to_first_order(form: str, kappa: float) -> None:
    """Each step of the hedged price is what kappa makes of the news: halving the news divides the error by four.

    Constant gamma, since an option's delta moves with time too.
    """
    errors = []
    for volatility in (0.1, 0.05):
        tree = market_tree([{"kind": "constant_gamma", "gamma": kappa * 5e6 / (100.0 * DAILY_VOL)}], paths=50)
        tree["market"] |= {"impact": {"type": "adv", "coefficient": 1.0, "form": form}, "daily_volatility": DAILY_VOL}
        tree["market"]["fundamental"]["volatility"] = volatility
        own = simulate(tree)
        assert own.gains.hedged[0, 0] == pytest.approx(kappa, rel=1e-9)
        errors.append(np.sqrt(np.mean((own.predicted - own.worlds.returns[0]) ** 2)))
    assert errors[1] < 0.001 * 0.05 / PER_YEAR
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)


def test_volatilities_are_plain_sums_over_steps(mixed: Simulated) -> None:
    found = regimes_of(mixed)
    kappa, (hedged, twin) = mixed.gains.net, mixed.worlds.returns
    above, below = kappa > LEAST_GAIN, kappa < -LEAST_GAIN

    def vol(returns: Floats, where: Any) -> float:
        return math.sqrt((returns[where] ** 2).mean()) * PER_YEAR

    expected = {
        "above": vol(hedged, above), "below": vol(hedged, below), "twin_above": vol(twin, above),
        "twin_below": vol(twin, below), "ratio": vol(hedged, below) / vol(hedged, above),
        "twin_ratio": vol(twin, below) / vol(twin, above),
        "predicted_ratio": vol(mixed.predicted, below) / vol(mixed.predicted, above),
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(found, name).value == pytest.approx(value, rel=1e-10), name
    assert found.share_above == pytest.approx(above.mean(), rel=1e-12)
    assert found.share_below == pytest.approx(below.mean(), rel=1e-12)
    assert found.gap.value == pytest.approx(expected["ratio"] - expected["predicted_ratio"], rel=1e-9, abs=1e-12)
    assert found.ratio.value > 1.2
    assert found.twin_ratio.value == pytest.approx(1.0, abs=4.0 * found.twin_ratio.standard_error)
    assert found.gap.standard_error < found.ratio.standard_error


def test_the_summary_of_a_run_agrees(mixed: Simulated) -> None:
    """The engine counts zero gamma itself, with another rule for the steps that are neither."""
    found = regimes_of(mixed)
    summary = sh.run(mixed.plan.scenario, threads=1).summary
    assert found.above.value == pytest.approx(summary.loc["realised_vol_above_zero_gamma", "hedged"], rel=2e-3)
    assert found.below.value == pytest.approx(summary.loc["realised_vol_below_zero_gamma", "hedged"], rel=2e-3)
    error = summary.loc["realised_vol_below_zero_gamma", "hedged_se"]
    assert found.below.standard_error == pytest.approx(error, rel=0.02)


def test_errors_are_those_of_the_paths(mixed: Simulated) -> None:
    """Of the ratio, by leaving out paths in forty blocks."""
    found = regimes_of(mixed)
    ratios = []
    for block in np.array_split(np.arange(mixed.worlds.paths), 40):
        rest = np.setdiff1d(np.arange(mixed.worlds.paths), block)
        own = mixed._replace(
            worlds=Worlds(mixed.worlds.prices[:, rest], mixed.worlds.returns[:, rest], mixed.worlds.alive),
            gains=Gains(mixed.gains.hedged[rest], mixed.gains.net[rest]), predicted=mixed.predicted[rest],
        )  # fmt: skip
        ratios.append(regimes_of(own).ratio.value)
    jackknife = math.sqrt(39 / 40 * ((np.array(ratios) - np.mean(ratios)) ** 2).sum())
    assert found.ratio.standard_error == pytest.approx(jackknife, rel=4.0 / math.sqrt(2.0 * 39))


def test_who_does_not_hedge_has_gamma_but_no_gain() -> None:
    """Sides are those of all dealers' gamma; the prediction is that of those who hedge."""
    own = simulate(mixed_tree(paths=100), dealers__0__policy={"type": "none"})
    assert (own.gains.hedged == 0.0).all()
    assert (own.gains.net != 0.0).all()
    np.testing.assert_array_equal(own.worlds.returns[0], own.worlds.returns[1])
    found = regimes_of(own)
    assert found.ratio == found.twin_ratio
    assert found.share_above > 0.1
    assert found.share_below > 0.1


def test_without_impact_sides_are_those_of_gamma() -> None:
    own = simulate(mixed_tree(paths=100), market__impact={"type": "kyle", "kyle_lambda": 0.0})
    assert set(np.unique(own.gains.net)) == {-1.0, 1.0}
    assert (own.gains.hedged == 0.0).all()
    found = regimes_of(own)
    assert found.gap.value == pytest.approx(0.0, abs=1e-12)
    assert found.share_above + found.share_below == pytest.approx(1.0)


@pytest.mark.parametrize("clearing", [{"type": "lagged", "participation": 1.0}, {"type": "asynchronous", "rounds": 3}])
def test_only_simultaneous_clearing_is_predicted(clearing: Tree) -> None:
    found = regimes_of(simulate(mixed_tree(paths=50, clearing=clearing)))
    assert all(math.isnan(value) for value in (*found.predicted_ratio, *found.gap))
    assert math.isfinite(found.ratio.value)
    document = found.as_json()
    assert document["predicted_ratio"] is None
    assert document["ratio_less_predicted_se"] is None


def test_one_side_alone_has_no_ratio() -> None:
    own = simulate(market_tree([option("call", 102.0, 10, 50_000)], paths=50))
    document = regimes_of(own).as_json()
    assert document["vol_above_zero_gamma"] is not None
    for name in ("vol_below_zero_gamma", "twin_below", "ratio", "ratio_se", "predicted_ratio"):
        assert document[name] is None
    assert document["share_of_steps_below"] == 0.0


def test_json_has_the_keys_that_are_promised(mixed: Simulated) -> None:
    document = regimes_of(mixed).as_json()
    promised = {"vol_above_zero_gamma", "vol_below_zero_gamma", "twin_above", "twin_below", "ratio", "ratio_se"}
    assert promised <= set(document)
    assert all(isinstance(value, float) for value in document.values())


# ---------------------------------------------------------------- the law


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_the_ratio_is_what_the_gains_predict(form: str) -> None:
    """Volatility below over above zero gamma, within 4 standard errors and half a per cent, as the news drifts down."""
    changes = {"paths": 2000, "market.impact.form": form, "expect": []}
    found = regimes_of(simulate(shipped_scenario("regime_change").with_overrides(changes)))
    assert found.ratio.value > 1.15
    assert abs(found.gap.value) < 4.0 * found.gap.standard_error + 0.005
    assert found.gap.standard_error < 0.002
    naive = found.ratio.value - found.twin_ratio.value
    assert naive > 50.0 * found.gap.standard_error
