"""Standard errors of tails, shares and conditional metrics: the spread over many seeds, and closed forms."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from building import CLEARINGS, POLICIES, mixed_book, one_dealer, option
from numpy.typing import NDArray

import simhedge as sh
from simhedge.simulation.moments import Moments

Tree = dict[str, Any]
SEEDS = 160
SERIES = ("hedged", "twin", "ratio", "difference")


def street(seed: int) -> Tree:
    """Net gamma changes its sign on the way, some options expire, some paths squeeze, some end near a strike."""
    book = [option("call", 101.0, 2, 40_000), option("put", 98.0, 5, -55_000, 0.25), option("call", 102.0, 5, 2_000)]
    tree = one_dealer(
        book, POLICIES["continuous"], CLEARINGS["lagged"], paths=256, days=3, steps_per_day=8, seed=seed, record=None,
        cost_bps=1.0,
    )  # fmt: skip
    tree["outputs"] = {"pin": {"strike": 101.0, "tolerance": 0.4}, "squeeze": {"jump": 2.0}}
    return tree


@cache
def summaries() -> list[pd.DataFrame]:
    return [sh.run(sh.scenario_from_dict(street(seed)), threads=1).summary for seed in range(SEEDS)]


def over_seeds(metric: str, column: str) -> NDArray[np.float64]:
    return np.array([float(table.loc[metric, column]) for table in summaries()])


@pytest.mark.parametrize(
    "metric",
    [
        "pnl_es95",
        "pnl_sd",
        "pnl_mean",
        "realised_vol_above_zero_gamma",
        "realised_vol_below_zero_gamma",
        "realised_vol_first_day",
        "realised_vol_last_day",
        "pin_probability",
        "hedge_turnover",
        "feedback_gain_min",
        "feedback_gain_max",
        "max_runup",
        "kurtosis",
    ],
)
def test_standard_errors_are_the_spread_over_seeds(metric: str) -> None:
    """To four standard errors of a spread; a ratio only where what it is taken to stands clear of zero."""
    tolerance = 4.0 / math.sqrt(2 * (SEEDS - 1))
    checked = 0
    for series in SERIES:
        values, errors = over_seeds(metric, series), over_seeds(metric, f"{series}_se")
        twin, twin_error = over_seeds(metric, "twin"), over_seeds(metric, "twin_se")
        noisy = series == "ratio" and (np.abs(twin) < 8 * twin_error).any()
        if np.isnan(values).all() or noisy or (values == 0.0).all():
            continue
        assert np.isfinite(errors).all()
        assert values.std(ddof=1) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=tolerance), series
        checked += 1
    assert checked >= 1


def test_hedged_and_twin_are_paired() -> None:
    """The error of a difference is smaller than that of two runs without common shocks."""
    for metric in ("realised_vol", "horizon_vol", "realised_vol_above_zero_gamma"):
        apart = np.hypot(over_seeds(metric, "hedged_se"), over_seeds(metric, "twin_se"))
        assert (over_seeds(metric, "difference_se") < 0.75 * apart).all()


@pytest.mark.parametrize("paths", [1, 2, 19, 20, 21, 40, 41, 100])
def test_expected_shortfall_is_the_mean_of_the_worst_twentieth(paths: int) -> None:
    """Rounded up to whole paths; no options live at the end, so wealth is cash and shares."""
    tree = one_dealer(
        [option("call", 100.0, 1, 40_000)], POLICIES["continuous"], CLEARINGS["lagged"], paths=paths, days=2
    )
    result = sh.run(sh.scenario_from_dict(tree))
    assert result.paths is not None
    last = result.paths.isel(step=-1, dealer=0)
    wealth = (last["cash"] + (last["hedge"] + last["dealer_delta"]) * last["spot"]).to_numpy()
    worst = math.ceil(0.05 * paths)
    assert float(result.summary.loc["pnl_es95", "hedged"]) == pytest.approx(np.sort(wealth)[:worst].mean(), rel=1e-9)
    assert math.isnan(result.summary.loc["pnl_es95", "hedged_se"]) == (paths == 1)


# ---------------------------------------------------------------- paths that diverge


def wild(seed: int) -> Tree:
    """News so large that many paths leave the bounds, hedged and twin not always together."""
    return one_dealer(
        mixed_book(0.1), POLICIES["continuous"], CLEARINGS["lagged"], paths=200, days=25, steps_per_day=1, seed=seed,
        record=None, fundamental={"type": "gbm", "drift": 0.0, "volatility": 9.0},
    )  # fmt: skip


def test_diverged_paths_are_counted_with_the_error_of_a_count() -> None:
    rows = [sh.run(sh.scenario_from_dict(wild(seed)), threads=1).summary.loc["diverged_paths"] for seed in range(60)]
    for series in ("hedged", "twin", "difference"):
        values = np.array([row[series] for row in rows])
        errors = np.array([row[f"{series}_se"] for row in rows])
        assert 1.0 < abs(values.mean()) < 199.0
        assert values.std(ddof=1) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=4 / math.sqrt(2 * 59)), series


def test_the_error_of_a_difference_of_counts_is_that_of_the_paths_that_differ() -> None:
    """Three outcomes of a path matter: only hedged, only twin, both (or none), the last of which differ by nothing."""
    result = sh.run(sh.scenario_from_dict(wild(3)))
    row = result.summary.loc["diverged_paths"]
    gone = int(next(line for line in result.warnings if "diverged" in line).split()[0])
    only_hedged, only_twin = gone - row["twin"], gone - row["hedged"]
    assert only_hedged + only_twin < gone
    variance = only_hedged + only_twin - (only_hedged - only_twin) ** 2 / 200
    assert row["difference_se"] == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert row["hedged_se"] == pytest.approx(math.sqrt(row["hedged"] * (1 - row["hedged"] / 200)), rel=1e-12)


def test_diverged_paths_are_left_out_with_their_twins(run_scenario: Any) -> None:
    tree = wild(3)
    tree["outputs"]["record"] = {"paths": "all", "every": 1, "series": ["spot", "twin_spot"]}
    result = run_scenario(tree)
    alive = np.isfinite(result.paths["spot"].to_numpy()[:, -1])
    assert 10 < alive.sum() < 190
    for column, series in (("hedged", "spot"), ("twin", "twin_spot")):
        ends = np.log(result.paths[series].to_numpy()[alive, -1] / 100.0)
        expected = ends.std(ddof=1) / math.sqrt(25 / 252)
        assert float(result.summary.loc["horizon_vol", column]) == pytest.approx(expected, rel=1e-9)
    assert any("diverged" in warning for warning in result.warnings)
    counts = result.summary.loc["diverged_paths"]
    assert max(counts["hedged"], counts["twin"]) <= (~alive).sum() <= counts["hedged"] + counts["twin"]


def test_a_run_of_which_nothing_is_left_has_no_metrics(run_scenario: Any) -> None:
    tree = one_dealer(
        [{"kind": "constant_gamma", "gamma": 40.0 / (0.0126 * 100 / 5e6)}], POLICIES["continuous"],
        CLEARINGS["lagged"], paths=10,
    )  # fmt: skip
    result = run_scenario(tree)
    assert float(result.summary.loc["diverged_paths", "hedged"]) == 10.0
    others = result.summary.drop(index="diverged_paths")
    assert others.isna().all(axis=None)
    assert result.as_json()["metrics"]["realised_vol"]["hedged"] is None


# ---------------------------------------------------------------- streaming moments


def test_moments_do_not_depend_on_how_paths_arrive() -> None:
    """Batches of a fixed size, filled in the order of paths: the same bits whatever the chunks, equal to numpy's."""
    width = len(Moments().mean)
    rows = np.random.default_rng(1).normal(3.0, 2.0, (5000, width))
    status = (np.arange(5000) % 7 == 0).astype(np.int64)
    gathered = []
    for chunk in (5000, 128, 1024, 777):
        moments = Moments()
        for first in range(0, 5000, chunk):
            moments.add(rows[first : first + chunk].copy(), status[first : first + chunk])
        moments.finish()
        gathered.append(moments)
    alive = rows[status == 0]
    for moments in gathered:
        assert moments.count == alive.shape[0]
        np.testing.assert_array_equal(moments.mean, gathered[0].mean)
        np.testing.assert_array_equal(moments.comoment, gathered[0].comoment)
    np.testing.assert_allclose(gathered[0].mean, alive.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(gathered[0].covariance(), np.cov(alive, rowvar=False), rtol=1e-9, atol=1e-12)
    assert gathered[0].diverged.tolist() == [int(status.sum()), 0, 0]


def test_what_is_not_asked_for_is_not_counted_and_changes_nothing() -> None:
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], paths=200, days=2, record=None)
    everything = sh.run(sh.scenario_from_dict(tree)).summary
    assert everything.loc["feedback_gain_min", "hedged"] < everything.loc["feedback_gain_max", "hedged"]
    for metric in everything.index:
        outputs = tree.get("outputs", {}) | {"metrics": [metric]}
        alone = sh.run(sh.scenario_from_dict(tree | {"outputs": outputs})).summary
        assert list(alone.index) == [metric]
        np.testing.assert_array_equal(alone.loc[metric].to_numpy(), everything.loc[metric].to_numpy())
