"""The last half hour's regression: closed forms, the design on simulated days, verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from scipy.stats import linregress

from simhedge.canon.effort import Effort
from simhedge.canon.results import baltussen_table7 as canon

PATHS = 409_600


def test_closed_forms() -> None:
    assert canon.slope(0.5, canon.gain_for(canon.SLOPE, 0.5)) == pytest.approx(canon.SLOPE)
    assert canon.r_squared(0.0663, 8.447) == pytest.approx(0.0358, abs=5e-6)
    ratio = canon.DAY_STEPS / canon.LAST_STEPS
    assert canon.r_squared(canon.SLOPE, ratio) == pytest.approx(canon.R_SQUARED, abs=canon.R_SQUARED_PRECISION)
    assert canon.t_statistic(0.0358, 2_930) == pytest.approx(10.4, abs=0.05)


def test_regression_against_scipy() -> None:
    rng = np.random.default_rng(1)
    before = rng.standard_normal(500)
    last = 0.3 * before + rng.standard_normal(500)
    ours, reference = canon.regress(last, before), linregress(before, last)
    assert ours.slope.value == pytest.approx(reference.slope)
    assert ours.r_squared == pytest.approx(reference.rvalue**2)
    assert ours.slope.standard_error == pytest.approx(reference.stderr, rel=0.15)  # robust against usual
    assert ours.t == pytest.approx(ours.slope.value / ours.slope.standard_error)
    usual = reference.slope / reference.stderr
    assert canon.t_statistic(reference.rvalue**2, 500) == pytest.approx(usual)


def test_days_have_the_design() -> None:
    """Nothing before the last half hour; then a share c of the gap, at once: last = news - c kappa * before."""
    before, last = canon._days(0.4, Effort(2_048, 1))
    untouched, news = canon._days(0.0, Effort(2_048, 1))
    np.testing.assert_allclose(before, untouched, atol=1e-6)
    np.testing.assert_allclose(last, news - canon.SHARE * 0.4 * before, atol=1e-6)
    assert np.var(before) / np.var(news) == pytest.approx(canon.DAY_STEPS / canon.LAST_STEPS, rel=0.15)


def test_verdicts() -> None:
    cells = cells_of(canon, 25_600)
    assert_green(cells)
    assert cells["negative_gamma.t"].verdict == "explained"
    assert cells["positive_gamma.slope"].verdict == "not available"
    assert "0.0080" in cells["positive_gamma.slope"].explanation


@pytest.mark.parametrize(
    ("formulas", "wrong"),
    [(["gain_for", "t_statistic"], {"negative_gamma.slope", "negative_gamma.t"}), (["slope"], {"negative_gamma.t"})],
)
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formulas: list[str], wrong: set[str]) -> None:
    for formula in formulas:
        put_off(monkeypatch, canon, formula)
    assert wrong <= disagreeing(cells_of(canon, PATHS))
