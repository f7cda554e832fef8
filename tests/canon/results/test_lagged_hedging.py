"""The autoregression of lagged hedging: its table from statsmodels, and the engine against it."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from statsmodels.tsa.arima_process import ArmaProcess

from simhedge.canon.results import lagged_hedging as canon

PATHS = 1_280


@pytest.mark.parametrize("kappa", [0.2, -0.2, 0.7])
def test_formulas_are_those_of_an_autoregression(kappa: float) -> None:
    covariance = ArmaProcess([1.0, kappa], [1.0]).acovf(40)
    assert canon.variance(kappa) == pytest.approx(covariance[0])
    assert canon.autocorrelation(kappa) == pytest.approx(covariance[1] / covariance[0])
    assert canon.autocorrelation(kappa, 3) == pytest.approx(covariance[3] / covariance[0])
    for q in (1, 5, 20):
        summed = q * covariance[0] + 2 * sum((q - j) * covariance[j] for j in range(1, q))
        assert canon.variance_ratio(kappa, q) == pytest.approx(summed / (q * covariance[0]))


def test_table() -> None:
    assert canon.variance(0.2) == pytest.approx(1.04167, abs=5e-6)
    assert [canon.variance_ratio(0.2, q) for q in (5, 20)] == pytest.approx([0.72224, 0.68056], abs=5e-6)
    assert [canon.variance_ratio(-0.2, q) for q in (5, 20)] == pytest.approx([1.37504, 1.46875], abs=5e-6)
    assert [canon.long_run_volatility(k) for k in (0.2, -0.2)] == pytest.approx([0.83333, 1.25], abs=5e-6)
    long_run = np.sqrt(canon.variance_ratio(0.2, 10**9) * canon.variance(0.2))
    assert canon.long_run_volatility(0.2) == pytest.approx(long_run)


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 10
    assert_green(cells)


@pytest.mark.parametrize("formula", ["variance", "autocorrelation", "long_run_volatility"])
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
    put_off(monkeypatch, canon, formula)
    name = "autocorrelation_1" if formula == "autocorrelation" else formula
    assert disagreeing(cells_of(canon, PATHS)) == {f"kappa_{kappa:g}.{name}" for kappa in (0.2, -0.2)}


def test_a_wrong_variance_ratio_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    put_off(monkeypatch, canon, "variance_ratio")
    wrong = {f"kappa_{kappa:g}.variance_ratio_{q}" for kappa in (0.2, -0.2) for q in (5, 20)}
    assert disagreeing(cells_of(canon, PATHS)) == wrong
