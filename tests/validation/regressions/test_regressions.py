"""All regressions of a table: names, predictions, and rows that say why they are empty instead of raising."""

from __future__ import annotations

import json
import math

import building
import building_days
import numpy as np
import pandas as pd
import pytest

import simhedge as sh
from simhedge.validation.days import simulated_days
from simhedge.validation.regressions import regressions
from simhedge.validation.regressions.designs import last_half_hour_days, together

NAMES = [
    "last_half_hour_short_gamma",
    "last_half_hour_long_gamma",
    "autocorrelation",
    "absolute_return",
    "volatility_quartiles",
    "local_projection_0",
    "local_projection_1",
    "pinning",
]


def complete(days: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    for world in ("hedged", "twin"):
        squares = 1e-4 * rng.chisquare(8, len(days))
        days[f"products_{world}"] = -days["feedback_gain"] * squares + 1e-4 * rng.standard_normal(len(days))
        days[f"lagged_squares_{world}"], days[f"led_squares_{world}"] = squares, 1.1 * squares
    return days


def test_every_study_has_its_row_with_what_theory_predicts() -> None:
    rows = regressions(complete(building_days.hand_made_days()), predictions={"autocorrelation": -1.0})
    assert [row.name for row in rows] == NAMES
    by_name = {row.name: row for row in rows}
    for row in rows[:-1]:
        assert math.isfinite(row.estimate), row
        assert row.standard_error > 0.0
        assert 0.0 <= row.p_value <= 1.0
        assert row.study
    assert by_name["last_half_hour_short_gamma"].predicted is None
    assert by_name["autocorrelation"].predicted == -1.0
    assert by_name["absolute_return"].predicted == pytest.approx(-1.0, abs=0.1)
    assert by_name["pinning"].note == "the days have no column strike"
    for row in regressions(complete(building_days.hand_made_days()), "twin")[:-1]:
        assert row.predicted == 0.0
        assert row.z == row.t
        json.dumps(row.as_json(), allow_nan=False)


def test_a_constant_gain_one_path_and_one_day_give_notes() -> None:
    tree = building.teaching(-0.2, {"type": "lagged"}, days=1, steps_per_day=26, paths=1, record=None)
    for row in regressions(simulated_days(sh.scenario_from_dict(tree), threads=1)):
        assert math.isnan(row.estimate)
        assert row.note
        assert json.loads(json.dumps(row.as_json(), allow_nan=False))["estimate"] is None


def test_many_days_of_constant_gain_leave_the_last_half_hour_only() -> None:
    days = last_half_hour_days(-0.2, 0.33, 256, seed=1, threads=1)
    found = {row.name for row in regressions(days) if not row.note}
    assert found == {"last_half_hour_short_gamma"}


def test_prices_that_never_move_give_notes() -> None:
    days = complete(building_days.hand_made_days())
    moving = [name for name in days.columns if name.endswith("_hedged") and not name.startswith(("open", "close"))]
    for row in regressions(days.assign(**dict.fromkeys(moving, 0.0))):
        assert math.isnan(row.estimate), row
        assert row.note


def test_a_gain_beyond_minus_one_leaves_no_prediction_but_an_estimate() -> None:
    days = complete(building_days.hand_made_days())
    days["feedback_gain"] -= 1.5
    days["damping"] = np.nan
    by_name = {row.name: row for row in regressions(days)}
    for name in ("absolute_return", "volatility_quartiles", "local_projection_0"):
        assert math.isfinite(by_name[name].estimate)
        assert by_name[name].predicted is None
        assert by_name[name].z is None


def test_historical_days_without_gains_give_notes_or_estimates_but_never_raise() -> None:
    days = complete(building_days.hand_made_days(1, 200)).filter(regex="^(?!.*_twin)")
    unknown = days.assign(feedback_gain=np.nan, previous_gain=np.nan, damping=np.nan, gex=np.nan)
    assert all(row.note for row in regressions(unknown))
    assert any(not row.note for row in regressions(days))


def test_tables_put_together_keep_paths_apart() -> None:
    parts = [last_half_hour_days(-0.1 * k, 0.33, 130, seed=k, threads=1) for k in (1, 2)]
    table = together(parts)
    assert table["path"].tolist() == list(range(260))
    assert table.attrs["paths"] == 260
