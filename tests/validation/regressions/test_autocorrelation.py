"""Autocorrelation of bars on the gain: the laws -1 (lagged) and 0 (simultaneous), and equality with a plain call."""

from __future__ import annotations

import math

import building
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import simhedge as sh
from simhedge.simulation.path_batches import PathBatch
from simhedge.validation.days import ImpactLaw, Period, days_of, simulated_days
from simhedge.validation.regressions import autocorrelation, designs
from simhedge.validation.regressions.slope import distance

GAINS = (-0.4, -0.2, 0.0, 0.2, 0.4)


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return designs.lagged_days(GAINS, 1280, seed=61, threads=2)


def test_lagged_orders_make_the_slope_minus_one(days: pd.DataFrame) -> None:
    slope = autocorrelation.estimate(days, prediction=autocorrelation.predicted())
    assert slope.predicted == -1.0
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    twin = autocorrelation.estimate(days, "twin", 0.0)
    assert twin.z is not None
    assert abs(twin.z) < 4.0


def test_a_prediction_wrong_by_a_twentieth_is_rejected(days: pd.DataFrame) -> None:
    """6,400 days of 78 bars: standard error 0.005."""
    slope = autocorrelation.estimate(days)
    assert slope.standard_error < 0.0055
    for wrong in (-1.05, -0.95):
        assert abs(distance(slope.estimate, wrong, slope.standard_error)) > 4.0


def test_simultaneous_clearing_leaves_no_autocorrelation_whatever_the_gain() -> None:
    clearing = {"type": "simultaneous"}
    parts = [
        simulated_days(
            sh.scenario_from_dict(
                building.teaching(gain, clearing, days=1, steps_per_day=78, paths=1280, seed=62 + k, record=None)
            ),
            Period(78, 6),
            threads=2,
        )
        for k, gain in enumerate(GAINS)
    ]
    slope = autocorrelation.estimate(designs.together(parts), prediction=0.0)
    assert slope.z is not None
    assert abs(slope.z) < 4.0


def test_staggered_orders_make_the_slope_minus_the_participation_at_zero() -> None:
    """theta = 0.25, small gains: rho_1 = -theta kappa + O(kappa^2); the even terms cancel in symmetric gains."""
    parts = []
    for k, gain in enumerate((-0.1, 0.1)):
        clearing = {"type": "lagged", "participation": 0.25}
        tree = building.teaching(gain, clearing, days=1, steps_per_day=390, paths=5120, seed=70 + k, record=None)
        parts.append(simulated_days(sh.scenario_from_dict(tree), Period(390, 30), threads=2))
    slope = autocorrelation.estimate(designs.together(parts), prediction=autocorrelation.predicted(0.25))
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert slope.t < -20.0


def bars(days_count: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same bars as a table of days and as one row a bar."""
    rng = np.random.default_rng(seed)
    gain = 0.3 * rng.standard_normal(days_count)
    returns = 1e-3 * rng.standard_normal((days_count, 10)) * (1.0 + rng.random((days_count, 1)))
    for k in range(1, 10):
        returns[:, k] -= gain * returns[:, k - 1]
    spot = 100.0 * np.exp(np.concatenate([np.zeros((days_count, 1)), np.cumsum(returns, axis=1)], axis=1))
    gamma = np.repeat(gain[:, np.newaxis], 11, axis=1)
    table = days_of(
        [PathBatch(0, {"spot": spot, "twin_spot": spot, "hedged_gamma": gamma})], Period(10, 1), ImpactLaw(1.0)
    )
    rows = pd.DataFrame(
        {
            "r": returns[:, 1:].ravel(),
            "lag": returns[:, :-1].ravel(),
            "gain": np.repeat(gain, 9),
            "day": np.repeat(np.arange(days_count), 9),
        }
    )
    return table, rows


def test_it_is_the_plain_call_on_bars_with_errors_clustered_by_day() -> None:
    table, rows = bars(150, 8)
    plain = smf.ols("r ~ lag + gain:lag - 1", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["day"], "use_correction": False}
    )
    slope = autocorrelation.estimate(table)
    assert slope.estimate == pytest.approx(plain.params["gain:lag"], rel=1e-8)
    few_days = math.sqrt(150 / 148)  # White's correction counts days
    assert slope.standard_error == pytest.approx(few_days * plain.bse["gain:lag"], rel=1e-8)
    assert slope.r_squared == pytest.approx(plain.rsquared, rel=1e-8)


def test_days_without_movement_do_not_count() -> None:
    table, _ = bars(50, 9)
    still = table.copy()
    still.loc[:9, ["products_hedged", "lagged_squares_hedged", "led_squares_hedged"]] = 0.0
    found, expected = autocorrelation.estimate(still), autocorrelation.estimate(table.iloc[10:])
    assert found.observations == 40
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-12)
    assert found.r_squared == pytest.approx(expected.r_squared, rel=1e-12)
