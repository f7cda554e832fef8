"""Absolute return on the gain before it: the law -1 at zero, and equality with a plain call."""

from __future__ import annotations

import building_days
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from simhedge.validation.regressions import absolute_return, designs
from simhedge.validation.regressions.slope import Slope, distance

GAINS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15)


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return designs.damped_days(GAINS, 128 * 1120, seed=51, threads=2)


@pytest.fixture(scope="module")
def slope(days: pd.DataFrame) -> Slope:
    return absolute_return.estimate(days, prediction=absolute_return.AT_ZERO)


def test_the_slope_at_zero_is_minus_one(slope: Slope) -> None:
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert slope.standard_error < 0.008


def test_the_twin_has_none(days: pd.DataFrame) -> None:
    twin = absolute_return.estimate(days.iloc[::7], "twin", prediction=0.0)
    assert twin.z is not None
    assert abs(twin.z) < 4.0


def test_a_prediction_wrong_by_a_twentieth_is_rejected(slope: Slope) -> None:
    """1,003,520 days of gains with standard deviation 0.1: standard error 0.0075."""
    for wrong in (1.05, 0.95):
        assert abs(distance(slope.estimate, wrong * absolute_return.AT_ZERO, slope.standard_error)) > 4.0


def test_the_prediction_of_a_finite_range_tends_to_that_at_zero() -> None:
    """The cubic term that is left out makes it -1 - E[k^4]/E[k^2]/3 to first order."""
    for width in (0.1, 0.01):
        gain = width * np.linspace(-1.0, 1.0, 201)
        table = pd.DataFrame({"path": np.arange(201), "feedback_gain": gain, "damping": 1.0 / (1.0 + gain)})
        found = absolute_return.predicted(table)
        bias = np.mean(gain**4) / np.mean(gain**2) / 3.0
        assert found == pytest.approx(-1.0 - bias, abs=0.2 * bias)


def test_it_is_the_plain_call_with_errors_clustered_by_path() -> None:
    days = building_days.hand_made_days()
    plain = smf.glm(
        "absolute ~ feedback_gain + I(feedback_gain**2)",
        days.assign(absolute=100.0 * days["log_return_hedged"].abs()),
        family=sm.families.Poisson(),
    ).fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": days["path"]})
    slope = absolute_return.estimate(days)
    assert slope.estimate == pytest.approx(plain.params["feedback_gain"], rel=1e-6)
    assert slope.standard_error == pytest.approx(plain.bse["feedback_gain"], rel=1e-6)


def test_the_gain_of_the_day_before_may_be_taken_instead() -> None:
    days = building_days.hand_made_days()
    lagged = absolute_return.estimate(days, gain="previous_gain")
    assert lagged.observations == len(days) - days["path"].nunique()
    assert abs(lagged.t) < 4.0
