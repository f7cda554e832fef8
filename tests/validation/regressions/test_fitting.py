"""Fits and their errors: which kind where, the same as statsmodels' own, honest in size, and never raising."""

from __future__ import annotations

import building_days
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.typing import NDArray

from simhedge.validation.regressions.fitting import least_squares, newey_west_lags, poisson, robust

Floats = NDArray[np.float64]


@pytest.mark.parametrize(
    ("paths", "days", "kind"), [(50, 1, "HC1"), (30, 4, "cluster"), (29, 4, "hac-panel"), (1, 60, "HAC")]
)
def test_errors_are_of_the_kind_that_the_paths_allow(paths: int, days: int, kind: str) -> None:
    assert robust(building_days.hand_made_days(paths, days))["cov_type"] == kind


@pytest.mark.parametrize(("paths", "days"), [(1, 250), (10, 50), (40, 5)])
def test_errors_are_those_of_the_plain_call(paths: int, days: int) -> None:
    table = building_days.hand_made_days(paths, days)
    lags = newey_west_lags(days)
    plain = {
        1: {"cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": True}},
        10: {"cov_type": "hac-panel", "cov_kwds": {"groups": table["path"], "maxlags": lags}},
        40: {"cov_type": "cluster", "cov_kwds": {"groups": table["path"]}},
    }[paths]
    reference = smf.ols("log_return_hedged ~ feedback_gain", table).fit(**plain)
    fitted = least_squares(
        table, table["log_return_hedged"], {"constant": np.ones(len(table)), "gain": table["feedback_gain"]}
    )
    assert fitted.values["gain"] == pytest.approx(reference.params["feedback_gain"], rel=1e-9)
    assert fitted.errors["gain"] == pytest.approx(reference.bse["feedback_gain"], rel=1e-9)
    assert fitted.errors["constant"] == pytest.approx(reference.bse["Intercept"], rel=1e-9)


@pytest.mark.parametrize(("paths", "days"), [(150, 1), (60, 4), (10, 60), (1, 400)])
def test_intervals_of_least_squares_cover_a_true_slope(paths: int, days: int) -> None:
    """250 replications; errors depend on the regressor and, within a path of several days, on each other."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(250):
        x, shock = (_persistent(rng, paths, days) for _ in range(2))
        table = pd.DataFrame({"path": np.repeat(np.arange(paths), days)})
        response = 0.5 * x + (0.5 + x * x) * shock
        fitted = least_squares(table, response, {"constant": np.ones(x.size), "x": x})
        covered += abs(fitted.values["x"] - 0.5) <= 1.96 * fitted.errors["x"]
    assert 0.90 <= covered / 250 <= 0.98


@pytest.mark.parametrize(("paths", "days"), [(300, 1), (60, 5)])
def test_intervals_of_poisson_cover_a_true_slope(paths: int, days: int) -> None:
    """250 replications of squared normals, whose variance is twice the square of their mean."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(250):
        x = _persistent(rng, paths, days)
        table = pd.DataFrame({"path": np.repeat(np.arange(paths), days)})
        response = 1e-6 * np.exp(-0.5 * x) * rng.standard_normal(x.size) ** 2
        fitted = poisson(table, response, {"constant": np.ones(x.size), "x": x})
        covered += abs(fitted.values["x"] + 0.5) <= 1.96 * fitted.errors["x"]
    assert 0.91 <= covered / 250 <= 0.98


def _persistent(rng: np.random.Generator, paths: int, days: int) -> Floats:
    """Autoregressions with coefficient 0.5 side by side (paths * days,)."""
    values = rng.standard_normal((paths, days))
    for day in range(1, days):
        values[:, day] = 0.5 * values[:, day - 1] + np.sqrt(0.75) * values[:, day]
    return values.ravel()


def test_an_offset_takes_its_part_off_and_units_do_not_matter() -> None:
    days = building_days.hand_made_days()
    gain = days["feedback_gain"]
    regressors = {"constant": np.ones(len(days)), "gain": gain}
    free = poisson(days, days["variance_hedged"], regressors)
    less = poisson(days, days["variance_hedged"], regressors, offset=-1.5 * gain)
    assert less.values["gain"] == pytest.approx(free.values["gain"] + 1.5, rel=1e-8)
    scaled = poisson(days, 1e9 * days["variance_hedged"], {"constant": np.ones(len(days)), "gain": 1e-9 * gain})
    assert 1e-9 * scaled.values["gain"] == pytest.approx(free.values["gain"], rel=1e-8)
    assert 1e-9 * scaled.errors["gain"] == pytest.approx(free.errors["gain"], rel=1e-8)


@pytest.mark.parametrize("fit", [least_squares, poisson])
@pytest.mark.parametrize(
    ("response", "gain", "note"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], "too few"),
        ([1.0] * 8, range(8), "response does not vary"),
        (range(8), [0.25] * 8, "apart from each other"),
        (range(8), [0.0] * 8, "zero throughout"),
        ([np.nan] * 8, range(8), "0 usable rows"),
        (range(8), [np.inf] * 8, "0 usable rows"),
    ],
)
def test_what_has_no_answer_says_so(fit: object, response: object, gain: object, note: str) -> None:
    assert callable(fit)
    y, x = np.array(list(response), float), np.array(list(gain), float)  # type: ignore[call-overload]
    fitted = fit(pd.DataFrame({"path": np.arange(y.size)}), y, {"constant": np.ones(y.size), "gain": x})
    assert note in fitted.note
