"""Pinning by alpha: CANON's closed form, the design, and equality with a plain call."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from simhedge.validation.regressions import designs, pinning

ALPHAS = (0.0, 0.25, 1.0, 4.0)
TOLERANCE = 0.01


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return designs.expiry_days(ALPHAS, 12_800, seed=91, threads=2)


@pytest.mark.parametrize(("alpha", "full"), [(0.25, 0.099476), (1.0, 0.382925), (4.0, 0.954500)])
def test_at_the_money_the_probability_is_the_error_function(alpha: float, full: float) -> None:
    assert pinning.pin_probability(alpha, 0.5) == pytest.approx(math.erf(alpha / (2.0 * math.sqrt(2.0))), rel=1e-12)
    assert pinning.pin_probability(alpha, 0.5) == pytest.approx(full, abs=5e-7)


@pytest.mark.parametrize(
    ("alpha", "z", "full"),
    [(0.25, 0.5, 0.085680), (1.0, 0.5, 0.307346), (4.0, 0.5, 0.768026), (0.25, 2.0, 0.010653), (4.0, 2.0, 0.028131)],
)
def test_away_from_the_money_it_is_canons_table(alpha: float, z: float, full: float) -> None:
    assert pinning.pin_probability(alpha, stats.norm.cdf(z), z) == pytest.approx(full, abs=5e-7)


def test_excess_frequency_rises_with_alpha_as_predicted(days: pd.DataFrame) -> None:
    table = pinning.table(days, TOLERANCE)
    assert table["alpha"].tolist() == list(ALPHAS)
    assert (np.diff(table["excess"]) > 0.0).all()
    assert (np.abs(table["excess"] - table["predicted"]) < 4.0 * table["standard_error"]).all()
    assert table.loc[0, "predicted"] == 0.0
    slope = pinning.estimate(days, tolerance=TOLERANCE)
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert slope.t > 100.0
    twin = pinning.estimate(days, "twin", TOLERANCE)
    assert twin.predicted == 0.0
    assert abs(twin.t) < 4.0


def test_a_prediction_wrong_by_a_twentieth_is_rejected(days: pd.DataFrame) -> None:
    slope = pinning.estimate(days, tolerance=TOLERANCE)
    assert slope.predicted is not None
    for wrong in (0.95, 1.05):
        assert abs(slope.estimate - wrong * slope.predicted) > 4.0 * slope.standard_error


def test_a_wider_tolerance_counts_neighbours_of_the_strike_too(days: pd.DataFrame) -> None:
    slope = pinning.estimate(days, tolerance=0.2)
    assert slope.z is not None
    assert abs(slope.z) < 4.0
    assert slope.predicted is not None
    assert slope.predicted < pinning.estimate(days, tolerance=TOLERANCE).predicted


def test_it_is_the_plain_call_on_indicators() -> None:
    rng = np.random.default_rng(5)
    rows = 400
    days = pd.DataFrame(
        {
            "path": np.arange(rows),
            "open_hedged": 100.0 + rng.standard_normal(rows),
            "strike": 100.0,
            "spread": 2.0,
            "alpha": rng.random(rows),
            "start_delta": 0.5,
        }
    )
    days["close_hedged"] = 100.0 + np.where(rng.random(rows) < days["alpha"], 0.0, rng.standard_normal(rows))
    band, distance = 0.1 / 2.0, (days["open_hedged"] - 100.0) / 2.0
    null = stats.norm.cdf(band - distance) - stats.norm.cdf(-band - distance)
    plain_table = days.assign(
        y=((days["close_hedged"] - 100.0).abs() <= 0.1) - null, q=pd.qcut(days["alpha"], 4, labels=False)
    )
    plain = smf.ols("y ~ C(q)", plain_table).fit(cov_type="HC1")
    slope = pinning.estimate(days, tolerance=0.1)
    assert slope.estimate == pytest.approx(plain.params["C(q)[T.3]"], rel=1e-9)
    assert slope.standard_error == pytest.approx(plain.bse["C(q)[T.3]"], rel=1e-9)


def test_short_dealers_have_no_prediction_and_missing_columns_a_note(days: pd.DataFrame) -> None:
    assert pinning.predicted(days.assign(alpha=-days["alpha"]), TOLERANCE) is None
    assert pinning.estimate(days.drop(columns="strike")).note == "the days have no column strike"
    assert pinning.estimate(days.assign(alpha=1.0)).note == "alpha does not vary"
