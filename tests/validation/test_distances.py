"""Volatility by distance from zero gamma: against plain sums, and against what the gains predict."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from building_levels import Floats
from shipped_results import shipped_scenario

from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare
from simhedge.validation.distances import LEAST_STEPS, distances
from simhedge.validation.episodes import worlds_of
from simhedge.validation.moments import Moments, moments_of
from simhedge.validation.regimes import (
    SERIES,
    bin_centres,
    distance_class,
    gains,
    predicted_returns,
    squares_by_class,
)

STEPS_PER_YEAR = 252.0 * 78.0
BINS = bin_centres().size


def moments_by_hand(steps: Floats, seed: int = 0, paths: int = 50) -> Moments:
    """`steps` (bins,) a path in each bin, shocks of 1, half of that in the twin, twice in the prediction."""
    generator = np.random.default_rng(seed)
    rows = np.zeros((paths, BINS, len(SERIES)))
    rows[:, :, 0] = steps
    squares = generator.chisquare(np.maximum(steps, 1.0), (paths, BINS)) * (steps > 0.0)
    for series, factor in ((1, 1.0), (2, 0.25), (3, 4.0)):
        rows[:, :, series] = factor * squares
    return moments_of(rows.reshape(paths, -1))


def test_a_row_for_each_bin_with_enough_steps() -> None:
    steps = np.full(BINS, 100.0)
    steps[[0, 3]] = 0.0
    steps[5] = (LEAST_STEPS - 1) / 50.0
    steps[6] = LEAST_STEPS / 50.0
    found = distances(moments_by_hand(steps), 1.0, True)
    expected = [float(centre) for k, centre in enumerate(bin_centres()) if k not in (0, 3, 5)]
    assert found["distance"].tolist() == expected
    assert found["steps"].iloc[0] == pytest.approx(5000.0)
    assert np.allclose(found["hedged"] / found["twin"], 2.0, rtol=1e-12)
    assert np.allclose(found["ratio"], 2.0, rtol=1e-12)
    assert np.allclose(found["ratio_se"], 0.0, atol=1e-7)
    assert np.allclose(found["predicted"], 2.0 * found["hedged"], rtol=1e-12)
    assert (np.abs(found["hedged"] - 1.0) < 5.0 * found["hedged_se"]).all()


def test_volatility_is_annual() -> None:
    moments = moments_by_hand(np.full(BINS, 40.0))
    once, yearly = distances(moments, 1.0, True), distances(moments, 400.0, True)
    for name in ("hedged", "hedged_se", "twin", "predicted_se"):
        np.testing.assert_allclose(yearly[name], 20.0 * once[name], rtol=1e-12)
    np.testing.assert_array_equal(yearly["ratio"], once["ratio"])


def test_without_simultaneous_clearing_there_is_no_prediction() -> None:
    found = distances(moments_by_hand(np.full(BINS, 40.0)), 1.0, False)
    assert found[["predicted", "predicted_se"]].isna().all(axis=None)
    assert found[["hedged", "twin", "ratio"]].notna().all(axis=None)


def test_nothing_at_all() -> None:
    found = distances(Moments(BINS * len(SERIES)), 1.0, True)
    assert found.empty
    assert {"distance", "steps", "hedged", "hedged_se", "twin", "predicted", "ratio", "ratio_se"} <= set(found.columns)


@pytest.fixture(scope="module")
def simulated() -> tuple[pd.DataFrame, Floats, Floats]:
    """The table of a switch at zero gamma, the distance of each step's start, and the hedged returns."""
    plan = prepare(shipped_scenario("zero_gamma_switch").with_overrides({"paths": 1500}))
    own = next(path_batches(plan, ("spot", "twin_spot", "net_gamma", "hedged_gamma"), threads=1)).series
    worlds = worlds_of(own["spot"], own["twin_spot"])
    kappa = gains(plan, own["spot"], own["hedged_gamma"], own["net_gamma"]).hedged
    predicted = predicted_returns(plan, own["spot"], own["twin_spot"], kappa)
    number = distance_class(own["spot"], 100.0, plan.gain.daily_vol)
    rows = squares_by_class(worlds, predicted, number, BINS)
    table = distances(moments_of(rows.reshape(rows.shape[0], -1)), STEPS_PER_YEAR, True)
    return table, (own["spot"][:, :-1] - 100.0) / plan.gain.daily_vol, worlds.returns[0]


def test_bins_are_plain_sums_over_steps(simulated: tuple[pd.DataFrame, Floats, Floats]) -> None:
    table, distance, returns = simulated
    for row in table.to_dict("records"):
        inside = (distance >= row["distance"] - 0.25) & (distance < row["distance"] + 0.25)
        assert row["steps"] == pytest.approx(inside.sum(), rel=1e-12)
        expected = math.sqrt((returns[inside] ** 2).mean() * STEPS_PER_YEAR)
        assert row["hedged"] == pytest.approx(expected, rel=1e-10)
    assert table["steps"].sum() <= distance.size
    assert len(table) >= 10


def test_volatility_falls_from_below_to_above_and_is_as_predicted(
    simulated: tuple[pd.DataFrame, Floats, Floats],
) -> None:
    table = simulated[0].set_index("distance")
    assert table.loc[-2.25, "ratio"] > 1.1
    assert table.loc[2.25, "ratio"] < 0.93
    assert np.corrcoef(table.index, table["hedged"])[0, 1] < -0.9
    enough = table[table["steps"] > 5000]
    assert len(enough) >= 8
    assert (np.abs(enough["hedged"] / enough["predicted"] - 1.0) < 0.005 + 0.1 * enough["hedged_se"]).all()
    assert (np.abs(enough["twin"] - 0.2) < 4.5 * enough["twin_se"]).all()
