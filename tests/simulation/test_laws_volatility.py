"""Volatility and autocorrelation under constant gamma: closed forms, both signs, all clearings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, one_dealer, option, teaching

STEPS_PER_DAY = 200


def observed(result: Any, metric: str, series: str = "hedged") -> tuple[float, float]:
    """A metric and four of its standard errors."""
    row = result.summary.loc[metric]
    return float(row[series]), 4.0 * float(row[f"{series}_se"])


def long_run(run_scenario: Any, kappa: float, clearing: dict[str, Any], **options: Any) -> Any:
    sizes = {"paths": 400, "days": 5, "steps_per_day": STEPS_PER_DAY, "record": None, "volatility": 1.0} | options
    return run_scenario(teaching(kappa, clearing, **sizes))


def variance_ratio(phi: float, q: int) -> float:
    """VR(q) of an AR(1) with coefficient phi."""
    return (1 + phi) / (1 - phi) - 2 * phi * (1 - phi**q) / (q * (1 - phi) ** 2)


@pytest.mark.parametrize("kappa", [0.5, 0.2, -0.2, -0.5])
def test_simultaneous_volatility_is_divided_by_one_plus_kappa(run_scenario: Any, kappa: float) -> None:
    """Platen & Schweizer 1998, Frey 2000: sigma / (1 + kappa), returns uncorrelated, for both signs."""
    result = long_run(run_scenario, kappa, CLEARINGS["simultaneous"])
    for metric in ("realised_vol", "horizon_vol"):
        assert observed(result, metric, "ratio")[0] == pytest.approx(1 / (1 + kappa), rel=1e-3)
    value, error = observed(result, "autocorrelation_1")
    assert abs(value) < error
    for q in (5, 20):
        value, error = observed(result, f"variance_ratio_{q}")
        assert abs(value - 1.0) < error


@pytest.mark.parametrize("kappa", [0.2, -0.2, 0.6, -0.6])
def test_lagged_hedging_makes_returns_autoregressive(run_scenario: Any, kappa: float) -> None:
    """r_t = e_t - kappa r_{t-1}: one-step variance up for both signs, long-run volatility sigma / (1 + kappa)."""
    result = long_run(run_scenario, kappa, CLEARINGS["lagged"])
    value, error = observed(result, "realised_vol", "ratio")
    assert abs(value - 1 / np.sqrt(1 - kappa**2)) < error + 1e-3
    value, error = observed(result, "autocorrelation_1")
    assert abs(value + kappa) < error + 1e-3
    for q in (5, 20):
        value, error = observed(result, f"variance_ratio_{q}")
        assert abs(value - variance_ratio(-kappa, q)) < error + 1e-3
    value, error = observed(result, "horizon_vol", "ratio")
    assert abs(value - 1 / (1 + kappa)) < error + 2e-3


def test_lagged_table(run_scenario: Any) -> None:
    for kappa, ratio_5, ratio_20 in [(0.2, 0.72224, 0.68056), (-0.2, 1.37504, 1.46875)]:
        assert variance_ratio(-kappa, 5) == pytest.approx(ratio_5, abs=1e-5)
        assert variance_ratio(-kappa, 20) == pytest.approx(ratio_20, abs=1e-5)
        result = long_run(run_scenario, kappa, CLEARINGS["lagged"])
        assert observed(result, "realised_vol", "ratio")[0] ** 2 == pytest.approx(1.04167, abs=0.004)
        assert observed(result, "variance_ratio_5")[0] == pytest.approx(ratio_5, rel=0.02)


@pytest.mark.parametrize(
    ("kappa", "theta", "variance", "rho_1"), [(0.5, 0.25, 1.025641, -0.10625), (3.0, 0.25, 1.5625, -0.48)]
)
def test_staggered_adjustment(run_scenario: Any, kappa: float, theta: float, variance: float, rho_1: float) -> None:
    """Each step closes a share theta of the gap: rho = 1 - theta (1 + kappa)."""
    result = long_run(run_scenario, kappa, {"type": "lagged", "participation": theta})
    value, error = observed(result, "realised_vol", "ratio")
    assert abs(value**2 - variance) < 2 * error + 2e-3
    value, error = observed(result, "autocorrelation_1")
    assert abs(value - rho_1) < error + 2e-3
    value, error = observed(result, "horizon_vol", "ratio")
    assert abs(value - 1 / (1 + kappa)) < error + 2e-3


@pytest.mark.parametrize(
    ("kappa", "theta", "stable"),
    [
        (0.97, 1.0, True),
        (1.03, 1.0, False),
        (-0.97, 1.0, True),
        (-1.03, 1.0, False),
        (6.9, 0.25, True),
        (7.1, 0.25, False),
        (-0.95, 0.25, True),
        (-1.05, 0.25, False),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_stable_exactly_where_theta_times_one_plus_kappa_is_in_0_2(
    run_scenario: Any, kappa: float, theta: float, stable: bool
) -> None:
    clearing = {"type": "lagged", "participation": theta}
    scenario = teaching(kappa, clearing, paths=20, days=2, steps_per_day=400, record="all", volatility=1e-3)
    assert (0 < theta * (1 + kappa) < 2) == stable
    spot = run_scenario(scenario).paths["spot"].to_numpy()
    moves = np.nan_to_num(np.abs(np.diff(spot, axis=1)), nan=np.inf)  # diverged paths are recorded as NaN
    growth = moves[:, -200:].max() / moves[:, 50:150].max()
    assert (growth < 3.0) == stable


@pytest.mark.parametrize("kappa", [1.2, -1.2])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_unstable_paths_are_counted_as_diverged(run_scenario: Any, kappa: float) -> None:
    result = long_run(run_scenario, kappa, CLEARINGS["lagged"], paths=50)
    assert observed(result, "diverged_paths")[0] == 50
    assert observed(result, "diverged_paths", "twin")[0] == 0
    assert result.warnings


def test_asynchronous_rounds_approach_simultaneous(run_scenario: Any) -> None:
    """After R rounds a share (1 - theta (1 + kappa))^R of the gap is left."""
    kappa, theta, rounds = 0.5, 0.1, 60
    clearing = {"type": "asynchronous", "rounds": rounds, "participation": theta}
    many = long_run(run_scenario, kappa, clearing, record="all", paths=20, days=1)
    exact = long_run(run_scenario, kappa, CLEARINGS["simultaneous"], record="all", paths=20, days=1)
    spot, limit = many.paths["spot"].to_numpy(), exact.paths["spot"].to_numpy()
    largest = np.abs(np.diff(many.paths["fundamental"].to_numpy())).max()
    assert np.abs(spot - limit).max() < 2 * (1 - theta * (1 + kappa)) ** rounds * largest


def test_small_step_volatility_of_a_one_month_call(run_scenario: Any) -> None:
    """Gamma of an at-the-money one-month call at 20%: 0.06907, so 5e6 shares give kappa 0.34535 at lambda 1e-6."""
    for sign in (1.0, -1.0):
        scenario = one_dealer(
            [option("call", 100.0, 21, sign * 50_000)],
            {"type": "continuous"},
            CLEARINGS["simultaneous"],
            impact={"type": "kyle", "kyle_lambda": 1e-6, "form": "arithmetic"},
            days=1,
            steps_per_day=400,
            paths=400,
            record=None,
        )
        result = run_scenario(scenario)
        start = observed(result, "feedback_gain_start")[0]
        assert start == pytest.approx(sign * 0.345350, abs=2e-6)
        value, error = observed(result, "realised_vol", "ratio")
        assert value == pytest.approx(1 / (1 + start), rel=0.03)
        assert error < 0.03


def test_without_impact_a_diverged_path_takes_its_twin_along(run_scenario: Any) -> None:
    """lambda = 0 is the twin in what diverges too, whichever clearing finds out."""
    for clearing in CLEARINGS.values():
        tree = teaching(0.2, clearing)
        tree["market"]["fundamental"] = {"type": "bachelier", "volatility": 20.0, "drift": -1.0e5}
        tree["market"]["impact"] = {"type": "kyle", "kyle_lambda": 0.0}
        result = run_scenario(tree)
        assert observed(result, "diverged_paths")[0] == observed(result, "diverged_paths", "twin")[0] == tree["paths"]
