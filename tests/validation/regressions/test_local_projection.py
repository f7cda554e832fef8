"""Realised variance later on the gain now: what damping predicts, and equality with a plain call."""

from __future__ import annotations

import building
import building_days
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import simhedge as sh
from simhedge.validation.days import Period, simulated_days
from simhedge.validation.regressions import local_projection


@pytest.fixture(scope="module", params=["arithmetic", "multiplicative"])
def bars(request: pytest.FixtureRequest) -> pd.DataFrame:
    """Ten-minute rows: dealers long calls above the money and short puts below, so that the gain changes sign."""
    tree = building.scenario(
        {"book": [building.option("call", 102.0, 12, 130_000), building.option("put", 98.0, 12, -130_000)]},
        [building.dealer({"type": "continuous"})],
        clearing={"type": "simultaneous"},
        fundamental={"type": "gbm", "drift": 0.0, "volatility": 0.2},
        impact={"type": "adv", "coefficient": 1.0, "form": request.param},
        paths=768,
        days=5,
        steps_per_day=78,
        record=None,
    )
    return simulated_days(sh.scenario_from_dict(tree), Period(2, 0), threads=2)


def test_the_response_is_what_the_gain_then_predicts(bars: pd.DataFrame) -> None:
    assert bars["feedback_gain"].min() < -0.2
    assert bars["feedback_gain"].max() > 0.2
    for horizon in (0, 6, 39):
        slope = local_projection.estimate(bars, horizon=horizon)
        assert slope.z is not None
        assert abs(slope.z) < 4.0
        assert slope.t < -20.0
        assert slope.observations == len(bars) - 768 * horizon


def test_the_twin_does_not_respond(bars: pd.DataFrame) -> None:
    twin = local_projection.estimate(bars, "twin", 1)
    assert twin.predicted == 0.0
    assert abs(twin.t) < 4.0


def test_a_damping_wrong_by_a_twentieth_of_the_gain_is_rejected(bars: pd.DataFrame) -> None:
    wrong = bars["damping"] * (1.0 + bars["feedback_gain"]) / (1.0 + 1.05 * bars["feedback_gain"])
    slope = local_projection.estimate(bars.assign(damping=wrong))
    assert slope.z is not None
    assert abs(slope.z) > 4.0


def test_it_is_the_plain_call_on_shifted_rows_of_the_same_path() -> None:
    days = building_days.hand_made_days()
    shifted = days.assign(later=days.groupby("path")["variance_hedged"].shift(-2) * 1e4).dropna(subset="later")
    plain = smf.glm("later ~ feedback_gain", shifted, family=sm.families.Poisson()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": shifted["path"]}
    )
    slope = local_projection.estimate(days, horizon=2)
    assert slope.estimate == pytest.approx(plain.params["feedback_gain"], rel=1e-6)
    assert slope.standard_error == pytest.approx(plain.bse["feedback_gain"], rel=1e-6)
    assert slope.observations == len(shifted)


def test_the_offset_regression_gives_its_z() -> None:
    days = building_days.hand_made_days()
    plain = smf.glm(
        "y ~ feedback_gain",
        days.assign(y=1e4 * days["variance_hedged"]),
        family=sm.families.Poisson(),
        offset=np.log(days["damping"] ** 2),
    ).fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": days["path"]})
    assert local_projection.estimate(days).predicted == local_projection.predicted(days)
    assert local_projection.estimate(days).z == pytest.approx(plain.tvalues["feedback_gain"], rel=1e-4)


def test_a_horizon_beyond_every_path_has_no_answer() -> None:
    slope = local_projection.estimate(building_days.hand_made_days(), horizon=6)
    assert np.isnan(slope.estimate)
    assert "too few" in slope.note
    assert "too few" in local_projection.estimate(building_days.hand_made_days(), horizon=10_000).note
