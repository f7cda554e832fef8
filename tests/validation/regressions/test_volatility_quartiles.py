"""Volatility by quartile of gamma: 1/(1 + kappa), and equality with a plain call."""

from __future__ import annotations

import math

import building_days
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from simhedge.validation.regressions import designs, volatility_quartiles
from simhedge.validation.regressions.quartiles import indicators, quartile_of
from simhedge.validation.regressions.slope import distance

GAINS = (-0.3, -0.1, 0.1, 0.5)


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return designs.damped_days(GAINS, 25_600, seed=81, threads=2)


def test_volatility_falls_from_quartile_to_quartile_as_one_over_one_plus_kappa(days: pd.DataFrame) -> None:
    table = volatility_quartiles.table(days)
    assert table["days"].tolist() == [25_600] * 4
    np.testing.assert_allclose(table["feedback_gain"], GAINS, rtol=1e-9)
    assert (np.diff(table["volatility"]) < 0.0).all()
    assert (np.abs(table["volatility"] - table["predicted"]) < 4.0 * table["standard_error"]).all()
    # relative error of a normal sample's standard deviation
    np.testing.assert_allclose(table["standard_error"] / table["volatility"], math.sqrt(0.5 / 25_600), rtol=0.1)
    news = 0.01 / math.sqrt(252.0)
    np.testing.assert_allclose(table["volatility"], news / (1.0 + np.array(GAINS)), rtol=4.0 * math.sqrt(0.5 / 25_600))


def test_top_over_bottom_is_predicted_and_a_twentieth_off_is_rejected(days: pd.DataFrame) -> None:
    expected = volatility_quartiles.predicted(days)
    assert expected == pytest.approx(math.log(0.7 / 1.5), rel=1e-9)
    slope = volatility_quartiles.estimate(days, prediction=expected)
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert abs(distance(slope.estimate, 1.05 * expected, slope.standard_error)) > 4.0
    twin = volatility_quartiles.estimate(days, "twin", 0.0)
    assert twin.z is not None
    assert abs(twin.z) < 4.0


def test_it_is_the_plain_call_on_indicators() -> None:
    days = building_days.hand_made_days()
    squares = (days["log_return_hedged"] - days["log_return_hedged"].mean()) ** 2
    plain_table = days.assign(y=1e4 * squares, q=pd.qcut(days["gex"], 4, labels=False))
    plain = smf.glm("y ~ C(q)", plain_table, family=sm.families.Poisson()).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": days["path"]}
    )
    slope = volatility_quartiles.estimate(days)
    assert slope.estimate == pytest.approx(0.5 * plain.params["C(q)[T.3]"], rel=1e-6)
    assert slope.standard_error == pytest.approx(0.5 * plain.bse["C(q)[T.3]"], rel=1e-6)
    groups = plain_table.groupby("q")["y"].mean()
    assert slope.estimate == pytest.approx(0.5 * math.log(groups[3] / groups[0]), rel=1e-6)


def test_quartiles_are_those_of_pandas_and_ties_stay_together() -> None:
    values = np.random.default_rng(1).standard_normal(101)
    np.testing.assert_array_equal(quartile_of(values), pd.qcut(values, 4, labels=False))
    assert quartile_of([1.0, np.nan, 2.0, 2.0, 3.0, np.inf]).tolist() == [0, -1, 1, 1, 3, -1]
    assert quartile_of(np.ones(5)).tolist() == [0] * 5
    columns = indicators(np.array([0, 0, 2, 3, -1]))
    assert list(columns) == ["constant", "quartile_2", "quartile_3"]
    np.testing.assert_array_equal(columns["quartile_3"], [0.0, 0.0, 0.0, 1.0, np.nan])


def test_without_gex_the_gain_sorts_and_without_either_there_is_no_row() -> None:
    days = building_days.hand_made_days()
    by_gain = volatility_quartiles.estimate(days.assign(gex=np.nan))
    assert by_gain.estimate == pytest.approx(volatility_quartiles.estimate(days).estimate, rel=1e-9)
    nothing = volatility_quartiles.estimate(days.assign(gex=np.nan, feedback_gain=np.nan))
    assert nothing.note == "the gain does not vary"
    assert volatility_quartiles.predicted(days.assign(damping=np.nan)) is None
    still = days.assign(log_return_hedged=np.where(quartile_of(days["gex"]) == 3, days["log_return_hedged"].mean(), 0))
    assert "no movement" in volatility_quartiles.estimate(still.assign(log_return_hedged=0.0)).note
