"""Last half hour on rest of day: the law -c kappa, the R^2, and equality with a plain call."""

from __future__ import annotations

import math

import building_days
import numpy as np
import pytest
import statsmodels.formula.api as smf

from simhedge.validation.regressions import designs, last_half_hour
from simhedge.validation.regressions.slope import distance

SHARE = 0.33
DAYS = 51_200


@pytest.mark.parametrize("gain", [-0.2, 0.2])
def test_the_slope_is_minus_share_times_gain_for_both_signs(gain: float) -> None:
    """|c kappa| = 0.066, the published slope; its R^2 follows from the ratio of variances, 321/38 = 8.447."""
    days = designs.last_half_hour_days(gain, SHARE, DAYS, seed=41, threads=2)
    side = "short" if gain < 0.0 else "long"
    other = "long" if gain < 0.0 else "short"
    slope = last_half_hour.estimate(days, "hedged", side, last_half_hour.predicted(SHARE, gain))
    assert slope.predicted == pytest.approx(-0.33 * gain)
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert slope.observations == DAYS
    assert abs(slope.t) > 30.0
    ratio = days["rest_return_twin"].var() / days["last_return_twin"].var()
    assert ratio == pytest.approx(321 / 38, rel=4.0 * math.sqrt(4.0 / DAYS))
    expected = last_half_hour.predicted_r_squared(0.066, 321 / 38)
    assert expected == pytest.approx(0.0355, abs=5e-5)
    # R^2 is b^2 v / (1 + b^2 v), so that its relative error is twice the slope's less what the residual takes up
    assert abs(slope.r_squared - expected) < 4.0 * 2.0 * expected * slope.standard_error / 0.066
    assert math.isnan(last_half_hour.estimate(days, "hedged", other).estimate)
    twin = last_half_hour.estimate(days, "twin", side, 0.0)
    assert twin.z is not None
    assert abs(twin.z) < 4.0


def test_a_prediction_wrong_by_a_twentieth_is_rejected() -> None:
    """c kappa = -0.3: 20,480 days tell 0.3 from 0.315 at 4 standard errors of 0.0024 (0.066 takes 19 times as many)."""
    days = designs.last_half_hour_days(-0.3, 1.0, 20_480, seed=42, threads=2)
    right = last_half_hour.estimate(days, prediction=last_half_hour.predicted(1.0, -0.3))
    assert right.z is not None
    assert abs(right.z) < 4.0
    wrong = distance(right.estimate, 1.05 * 0.3, right.standard_error)
    assert wrong < -4.0


def test_it_is_the_plain_call_with_whites_errors() -> None:
    days = building_days.hand_made_days(paths=200, days=1)
    plain = smf.ols("last_return_hedged ~ rest_return_hedged", days).fit(cov_type="HC1")
    slope = last_half_hour.estimate(days)
    assert slope.estimate == pytest.approx(plain.params["rest_return_hedged"], rel=1e-10)
    assert slope.standard_error == pytest.approx(plain.bse["rest_return_hedged"], rel=1e-10)
    assert slope.t == pytest.approx(plain.tvalues["rest_return_hedged"], rel=1e-10)
    assert slope.p_value == pytest.approx(plain.pvalues["rest_return_hedged"], rel=1e-8)
    assert slope.r_squared == pytest.approx(plain.rsquared, rel=1e-10)


def test_sides_are_those_of_the_gain_and_zero_is_long() -> None:
    days = building_days.hand_made_days(paths=60, days=1)
    days.loc[:4, "feedback_gain"] = 0.0
    days.loc[5, "feedback_gain"] = np.nan
    short = last_half_hour.estimate(days, side="short")
    long = last_half_hour.estimate(days, side="long")
    assert short.observations == int((days["feedback_gain"] < 0.0).sum())
    assert long.observations == int((days["feedback_gain"] >= 0.0).sum())
    plain = smf.ols("last_return_hedged ~ rest_return_hedged", days[days["feedback_gain"] < 0.0]).fit()
    assert short.estimate == pytest.approx(plain.params["rest_return_hedged"], rel=1e-10)
    assert (short.name, long.name) == ("last_half_hour_short_gamma", "last_half_hour_long_gamma")
