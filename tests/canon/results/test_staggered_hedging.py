"""A share of the gap per step: the law from statsmodels, and the engine against it."""

from __future__ import annotations

import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from statsmodels.tsa.arima_process import ArmaProcess

from simhedge.canon.results import lagged_hedging
from simhedge.canon.results import staggered_hedging as canon

PATHS = 5_120


@pytest.mark.parametrize(("kappa", "theta"), [(0.5, 0.25), (3.0, 0.25), (-0.5, 0.25), (0.4, 0.9)])
def test_formulas_are_those_of_an_arma(kappa: float, theta: float) -> None:
    """r_t - rho r_(t-1) = e_t - (rho + theta kappa) e_(t-1)."""
    rho = canon.decay(kappa, theta)
    covariance = ArmaProcess([1.0, -rho], [1.0, -rho - theta * kappa]).acovf(4)
    assert canon.variance(kappa, theta) == pytest.approx(covariance[0])
    for lag in (1, 2, 3):
        assert canon.autocorrelation(kappa, theta, lag) == pytest.approx(covariance[lag] / covariance[0])
    long_run = (1.0 - rho - theta * kappa) / (1.0 - rho)
    assert canon.long_run_volatility(kappa) == pytest.approx(long_run)


def test_known_values_and_the_full_gap() -> None:
    assert canon.variance(0.5, 0.25) == pytest.approx(1.025641, abs=5e-7)
    assert canon.autocorrelation(0.5, 0.25) == pytest.approx(-0.10625)
    assert canon.variance(3.0, 0.25) == pytest.approx(1.5625)
    assert canon.autocorrelation(3.0, 0.25) == pytest.approx(-0.48)
    assert canon.variance(0.3, 1.0) == pytest.approx(lagged_hedging.variance(0.3))
    assert canon.autocorrelation(0.3, 1.0, 2) == pytest.approx(lagged_hedging.autocorrelation(0.3, 2))


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 6
    assert_green(cells)


@pytest.mark.parametrize("formula", ["variance", "autocorrelation", "long_run_volatility"])
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
    monkeypatch.setattr(canon, "STEPS", 600)
    put_off(monkeypatch, canon, formula)
    name = "autocorrelation_1" if formula == "autocorrelation" else formula
    wrong = {f"kappa_{kappa:g}.{name}" for kappa in (0.5, 3.0)}
    assert wrong <= disagreeing(cells_of(canon, PATHS if formula == "long_run_volatility" else 1_280))
