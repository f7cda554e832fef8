"""Every metric once more from the recorded paths of the same run, by the definition; standard errors by brute force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, SPOT, dealer, mixed_book, one_dealer, option, teaching
from numpy.typing import NDArray
from oracle import book_gamma, dealers_of, market_of

Tree = dict[str, Any]
Array = NDArray[np.float64]
YEAR_STEPS = 252 * 80  # steps per year of the runs here
STEPS_PER_DAY = 80
GBM = {"type": "gbm", "drift": 0.05, "volatility": 0.2}


def main_tree(clearing: str = "lagged") -> Tree:
    """A run through an expiry, with a book whose net gamma changes sign, costs and interest."""
    book = [option("call", 101.0, 3, 40_000), option("put", 98.0, 7, -55_000, 0.25), option("call", 102.0, 7, 2_000)]
    sizes: Tree = {"paths": 300, "days": 5, "steps_per_day": STEPS_PER_DAY, "fundamental": GBM}
    tree = one_dealer(book, POLICIES["continuous"], CLEARINGS[clearing], cost_bps=1.0, rate=0.03, **sizes)
    tree["outputs"]["pin"] = {"strike": 101.0, "tolerance": 0.4}
    tree["outputs"]["squeeze"] = {"jump": 2.5}
    return tree


# ---------------------------------------------------------------- the definitions, on (path, step + 1) prices


def returns(spot: Array) -> Array:
    return np.diff(np.log(spot), axis=1)


def root_mean_square(moves: Array) -> float:
    return float(np.sqrt(np.mean(moves**2) * YEAR_STEPS))


def realised_vol(spot: Array) -> float:
    return root_mean_square(returns(spot))


def first_day(spot: Array) -> float:
    return root_mean_square(returns(spot)[:, :STEPS_PER_DAY])


def last_day(spot: Array) -> float:
    return root_mean_square(returns(spot)[:, -STEPS_PER_DAY:])


def horizon_vol(spot: Array) -> float:
    years = (spot.shape[1] - 1) / YEAR_STEPS
    return float(np.log(spot[:, -1] / spot[:, 0]).std(ddof=1) / np.sqrt(years))


def autocorrelation_1(spot: Array) -> float:
    """Pooled over paths, about the pooled mean."""
    moves = returns(spot) - returns(spot).mean()
    return float(np.mean(moves[:, 1:] * moves[:, :-1]) / np.mean(moves**2))


def variance_ratio(spot: Array, horizon: int) -> float:
    level = np.log(spot)
    return float(np.var(level[:, horizon:] - level[:, :-horizon]) / (horizon * np.var(returns(spot))))


def kurtosis(spot: Array) -> float:
    moves = returns(spot) - returns(spot).mean()
    return float(np.mean(moves**4) / np.mean(moves**2) ** 2 - 3.0)


def max_drawdown(spot: Array) -> float:
    peak = np.maximum.accumulate(spot, axis=1)
    return float(np.mean(np.max(1.0 - spot / peak, axis=1)))


def max_runup(spot: Array) -> float:
    trough = np.minimum.accumulate(spot, axis=1)
    return float(np.mean(np.max(spot / trough - 1.0, axis=1)))


def pin_probability(spot: Array) -> float:
    return float(np.mean(np.abs(spot[:, -1] - 101.0) <= 0.4))


PRICE_METRICS: dict[str, Callable[[Array], float]] = {
    "realised_vol": realised_vol,
    "horizon_vol": horizon_vol,
    "autocorrelation_1": autocorrelation_1,
    "variance_ratio_5": lambda s: variance_ratio(s, 5),
    "variance_ratio_20": lambda s: variance_ratio(s, 20),
    "variance_ratio_78": lambda s: variance_ratio(s, 78),
    "variance_ratio_390": lambda s: variance_ratio(s, 390),
    "kurtosis": kurtosis,
    "max_drawdown": max_drawdown,
    "max_runup": max_runup,
    "pin_probability": pin_probability,
    "realised_vol_first_day": first_day,
    "realised_vol_last_day": last_day,
}


def cell(result: Any, metric: str, column: str) -> float:
    return float(result.summary.loc[metric, column])


@pytest.mark.parametrize("metric", list(PRICE_METRICS))
def test_price_metrics(run_scenario: Any, metric: str) -> None:
    result = run_scenario(main_tree())
    hedged = PRICE_METRICS[metric](result.paths["spot"].to_numpy())
    twin = PRICE_METRICS[metric](result.paths["twin_spot"].to_numpy())
    for column, expected in (
        ("hedged", hedged),
        ("twin", twin),
        ("ratio", hedged / twin),
        ("difference", hedged - twin),
    ):
        assert cell(result, metric, column) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("metric", "sign"), [("above", 1.0), ("below", -1.0)])
def test_volatility_by_side_of_zero_gamma(run_scenario: Any, metric: str, sign: float) -> None:
    """Steps are sorted by the (exact) net gamma at their start; the twin on the same steps."""
    result = run_scenario(main_tree(), book_delta="exact")
    chosen = sign * result.paths["net_gamma"].to_numpy()[:, :-1] > 0
    assert 0.05 < chosen.mean() < 0.95
    for column, series in (("hedged", "spot"), ("twin", "twin_spot")):
        expected = root_mean_square(returns(result.paths[series].to_numpy())[chosen])
        assert cell(result, f"realised_vol_{metric}_zero_gamma", column) == pytest.approx(expected, rel=1e-9)


def test_feedback_gain(run_scenario: Any) -> None:
    """kappa = lambda * gamma of what lives beyond a step; the expiry step itself is left out of the extremes."""
    tree = main_tree()
    result, market = run_scenario(tree), market_of(tree)
    gain = market.impact * result.paths["net_gamma"].to_numpy()
    before = np.delete(gain, 3 * STEPS_PER_DAY, axis=1)
    start = market.impact * float(book_gamma(dealers_of(tree)[0], np.array([SPOT]), 0, market)[0])
    assert cell(result, "feedback_gain_start", "hedged") == pytest.approx(start, rel=1e-9)
    assert cell(result, "feedback_gain_min", "hedged") == pytest.approx(before.min(axis=1).mean(), rel=1e-6)
    assert cell(result, "feedback_gain_max", "hedged") == pytest.approx(before.max(axis=1).mean(), rel=1e-6)
    assert np.isnan(cell(result, "feedback_gain_min", "twin")) or cell(result, "feedback_gain_min", "twin") == 0.0


def test_feedback_gain_counts_only_dealers_who_hedge(run_scenario: Any) -> None:
    """Multiplicative: kappa = E S gamma; a dealer who never trades adds to net gamma and not to the gain."""
    tree = one_dealer(
        mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"],
        impact={"type": "adv", "coefficient": 1.0, "form": "multiplicative"}, days=2,
    )  # fmt: skip
    tree["dealers"].append(dealer(POLICIES["none"], "idle"))
    result, market = run_scenario(tree), market_of(tree)
    gain = 0.5 * market.impact / SPOT * (result.paths["net_gamma"] * result.paths["spot"]).to_numpy()
    assert cell(result, "feedback_gain_min", "hedged") == pytest.approx(gain.min(axis=1).mean(), rel=1e-6)
    assert cell(result, "feedback_gain_max", "hedged") == pytest.approx(gain.max(axis=1).mean(), rel=1e-6)


@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_hedge_turnover(run_scenario: Any, clearing: str) -> None:
    result = run_scenario(main_tree(clearing))
    traded = np.abs(np.diff(result.paths["hedge"].to_numpy(), axis=1)).sum(axis=(1, 2)).mean()
    assert cell(result, "hedge_turnover", "hedged") == pytest.approx(traded / 5 / 5e6, rel=1e-9)
    assert cell(result, "hedge_turnover", "twin") == 0.0


def test_squeeze_probability(run_scenario: Any) -> None:
    """A step larger than 2.5 standard deviations whose interval holds a point with kappa <= -1 at the new time."""
    tree = one_dealer(
        [option("call", 103.0, 3, -150_000)], POLICIES["continuous"], CLEARINGS["simultaneous"], paths=200, days=3,
        fundamental={"type": "gbm", "drift": 0.0, "volatility": 0.3},
    )  # fmt: skip
    tree["outputs"]["squeeze"] = {"jump": 2.5}
    result, market, one = run_scenario(tree), market_of(tree), dealers_of(tree)[0]
    spot = result.paths["spot"].to_numpy()
    threshold = 2.5 * SPOT * 0.3 * np.sqrt(market.year_step)
    squeezed = np.zeros(len(spot), dtype=bool)
    for path, n in zip(*np.nonzero(np.abs(np.diff(spot, axis=1)) > threshold), strict=True):
        interval = np.linspace(spot[path, n], spot[path, n + 1], 2001)
        folded = market.impact * book_gamma(one, interval, int(n) + 1, market).min() <= -1.0
        expiring = n + 1 == 24 and min(spot[path, n : n + 2]) <= 103.0 <= max(spot[path, n : n + 2])
        squeezed[path] |= bool(folded or expiring)
    assert 0.05 < squeezed.mean() < 0.95
    assert cell(result, "squeeze_probability", "hedged") == pytest.approx(squeezed.mean(), abs=1e-12)
    assert cell(result, "squeeze_probability", "twin") == 0.0


def test_expected_shortfall(run_scenario: Any) -> None:
    """es95 is the mean of the worst 5% of the dealers' wealth; no options: wealth is cash plus shares."""
    tree = one_dealer(
        [option("call", 100.0, 2, 40_000)], POLICIES["continuous"], CLEARINGS["lagged"], cost_bps=2.0, paths=200, days=3
    )
    paths = run_scenario(tree).paths
    spot = paths["spot"].to_numpy()[:, -1]
    shares = (paths["hedge"] + paths["dealer_delta"]).to_numpy()[:, -1, 0]  # all expired: delta is shares delivered
    wealth = paths["cash"].to_numpy()[:, -1, 0] + shares * spot
    result = run_scenario(tree)
    assert cell(result, "pnl_mean", "hedged") == pytest.approx(wealth.mean(), rel=1e-9)
    assert cell(result, "pnl_sd", "hedged") == pytest.approx(wealth.std(ddof=1), rel=1e-9)
    assert cell(result, "pnl_es95", "hedged") == pytest.approx(np.sort(wealth)[:10].mean(), rel=1e-9)


# ---------------------------------------------------------------- standard errors


def jackknife(statistic: Callable[[Array, Array], float], hedged: Array, twin: Array) -> float:
    """Standard error of a statistic of paired paths, leaving out one path at a time (Efron & Stein 1981)."""
    n = len(hedged)
    left_out = np.array([statistic(np.delete(hedged, i, 0), np.delete(twin, i, 0)) for i in range(n)])
    return float(np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2)))


@pytest.mark.parametrize("metric", list(PRICE_METRICS))
def test_standard_errors_are_those_of_leaving_out_paths(run_scenario: Any, metric: str) -> None:
    result = run_scenario(main_tree())
    hedged, twin = (result.paths[name].to_numpy()[:150] for name in ("spot", "twin_spot"))
    short = run_scenario(main_tree() | {"paths": 150})
    of = PRICE_METRICS[metric]
    columns: dict[str, Callable[[Array, Array], float]] = {
        "hedged_se": lambda h, t: of(h),
        "twin_se": lambda h, t: of(t),
        "difference_se": lambda h, t: of(h) - of(t),
        "ratio_se": lambda h, t: of(h) / of(t),
    }
    noisy = abs(cell(short, metric, "twin")) < 4 * cell(short, metric, "twin_se")
    for column, statistic in columns.items():
        if not (noisy and column == "ratio_se"):  # a ratio to what is not distinct from zero has no useful error
            assert cell(short, metric, column) == pytest.approx(jackknife(statistic, hedged, twin), rel=0.03)


def test_standard_errors_are_the_spread_over_seeds(run_scenario: Any) -> None:
    """50 seeds: the spread of a metric is its standard error, to four standard errors of a spread."""
    results = [
        run_scenario(teaching(-0.3, CLEARINGS["lagged"], paths=64, days=2, steps_per_day=50, record=None, seed=seed))
        for seed in range(50)
    ]
    for metric in ("realised_vol", "horizon_vol", "autocorrelation_1", "variance_ratio_5", "max_drawdown", "pnl_mean"):
        for column in ("hedged", "ratio", "difference"):
            values = np.array([cell(r, metric, column) for r in results])
            errors = np.array([cell(r, metric, f"{column}_se") for r in results])
            if np.isnan(values).any() or (metric == "autocorrelation_1" and column == "ratio"):
                continue
            assert values.std(ddof=1) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=4 / np.sqrt(2 * 49)), (
                metric,
                column,
            )


def test_one_path_has_no_standard_errors(run_scenario: Any) -> None:
    summary = run_scenario(one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], paths=1)).summary
    errors = summary[[c for c in summary.columns if c.endswith("_se")]]
    assert errors.isna().all().all()
