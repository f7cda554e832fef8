"""Where nobody hedges, level tests reject at their nominal rate; where somebody does, they reject more often."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simhedge.errors import InputError
from simhedge.scenario import scenario_from_dict
from simhedge.validation.multiple import holm
from simhedge.validation.size import holm_by_row, size
from simhedge.validation.validate import validate

REPLICATIONS = 1000
PATHS = 500  # about 250 of them touch a wall; 50 are enough for the normal law of a hold rate


def walls(contracts: float = 50_000.0, policy: str = "none", **changed: Any) -> dict[str, Any]:
    """Dealers long calls struck above the start and short puts below it; `policy` says whether they hedge."""
    position = {"expiry_days": 10, "multiplier": 100, "implied_vol": 0.2}
    return {
        "schema_version": 1,
        "name": "walls",
        "seed": 20230309,
        "paths": 512,
        "clock": {"days": 5, "steps_per_day": 78},
        "market": {
            "spot": 100.0,
            "fundamental": {"type": "gbm", "drift": 0.0, "volatility": 0.2},
            "adv_shares": 5.0e6,
            "impact": {"type": "adv", "coefficient": 1.0, "form": "arithmetic"},
            "clearing": {"type": "simultaneous"},
        },
        "books": {
            "walls": [
                {"kind": "call", "strike": 102.0, "contracts": contracts, **position},
                {"kind": "put", "strike": 98.0, "contracts": -contracts, **position},
            ]
        },
        "dealers": [{"name": "street", "book": "walls", "policy": {"type": policy}}],
        "levels": {"definitions": ["simhedge"]},
        "validation": {"twin": "independent_shocks", "placebos": 0},
        **changed,
    }


@pytest.fixture(scope="module")
def null() -> pd.DataFrame:
    return size(scenario_from_dict(walls()), REPLICATIONS, PATHS)


def p_values(table: pd.DataFrame, level: str, statistic: str) -> np.ndarray:
    own = table[(table["level"] == level) & (table["statistic"] == statistic)]
    return own[own["track"] == own["track"].min()]["p_value"].to_numpy()


TESTED = [
    ("call_wall", "hold_rate"),
    ("call_wall", "bounce_rate"),
    ("call_wall", "touch_rate"),
    ("call_wall", "time_near"),
    ("put_wall", "hold_rate"),
    ("zero_gamma", "vol_above"),
    ("zero_gamma", "vol_below"),
    ("zero_gamma", "vol_ratio"),
]


@pytest.mark.parametrize(("level", "statistic"), TESTED)
def test_without_feedback_tests_reject_at_their_nominal_rate(null: pd.DataFrame, level: str, statistic: str) -> None:
    found = p_values(null, level, statistic)
    assert found.size == REPLICATIONS
    assert np.isfinite(found).all()
    low, high = stats.binom.ppf([0.0005, 0.9995], REPLICATIONS, 0.05) / REPLICATIONS
    assert low <= (found < 0.05).mean() <= high
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_without_feedback_hardly_any_family_has_a_rejection_that_survives_the_correction(null: pd.DataFrame) -> None:
    any_rejected = null.groupby("replication")["p_adjusted"].min() <= 0.05
    assert any_rejected.size == REPLICATIONS
    assert any_rejected.mean() <= stats.binom.ppf(0.9995, REPLICATIONS, 0.05) / REPLICATIONS


def test_with_feedback_they_reject_more_often() -> None:
    table = size(scenario_from_dict(walls(150_000.0, "continuous")), 20, 2 * PATHS)
    assert (p_values(table, "zero_gamma", "vol_ratio") < 0.05).all()
    assert (p_values(table, "call_wall", "hold_rate") < 0.05).mean() > 0.5


def test_one_replication_is_a_validation_against_the_twins_of_other_paths() -> None:
    scenario = scenario_from_dict(walls())
    one = size(scenario, 1, scenario.paths).set_index(["track", "statistic"])
    whole = validate(scenario).tests.set_index(["track", "statistic"])
    assert list(one.index) == list(whole.index)
    for column in ("hedged", "twin", "difference", "difference_se", "p_value", "p_adjusted", "events_twin"):
        pd.testing.assert_series_equal(one[column], whole[column], check_dtype=False, rtol=1e-9, atol=1e-12)


def test_replications_are_groups_of_paths_whatever_the_batches_and_threads() -> None:
    scenario = scenario_from_dict(walls(clock={"days": 1, "steps_per_day": 13}))
    many, few = size(scenario, 90, 100, threads=2), size(scenario, 3, 100, threads=1)
    assert sorted(many["replication"].unique()) == list(range(90))
    # the twins are those of paths beyond all the hedged ones, so that only the hedged side is the same
    shared = many[many["replication"] < 3].reset_index(drop=True)
    pd.testing.assert_series_equal(shared["hedged"], few["hedged"], rtol=1e-12)


def test_families_are_corrected_as_one_by_one() -> None:
    random = np.random.default_rng(1)
    families = random.random((20, 7)) ** 3
    families[random.random(families.shape) < 0.2] = np.nan
    np.testing.assert_allclose(holm_by_row(families), [holm(row.tolist()) for row in families], rtol=1e-12)


def test_too_few_paths_or_no_level_are_refused() -> None:
    scenario = scenario_from_dict(walls())
    with pytest.raises(InputError, match="too few"):
        size(scenario, 10, 1)
    with pytest.raises(InputError, match="no definition finds any level"):
        size(scenario_from_dict(walls(books={"walls": [{"kind": "constant_gamma", "gamma": 1e5}]})), 10, 100)
