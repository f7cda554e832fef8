"""Every metric of a run with its standard error: smooth functions of per-path means, errors by the delta method.

Paths are independent, steps within a path are not, and hedged and twin share their shocks. So each metric is written
as a function of the mean of per-path numbers of both worlds, and its standard error is sqrt(g' C g / n), with C the
covariance of those numbers over paths and g the gradient (influence function), taken by complex step
(Squire and Trapp 1998), which is exact to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.simulation.moments import COLUMNS, Moments

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simhedge.simulation.plan import Plan

SERIES = ("hedged", "twin", "ratio", "difference")
TAIL = 0.05  # share of the worst paths in the expected shortfall
COMPLEX_STEP = 1e-30

Means = Mapping[str, Any]
WorldMetric = Callable[[Means, str, "Plan", int], Any]


def _realised_vol(m: Means, w: str, plan: Plan, n: int) -> Any:
    return np.sqrt(m[f"{w}.sum_squares"] / plan.steps / _dt(plan))


def _horizon_vol(m: Means, w: str, plan: Plan, n: int) -> Any:
    variance = m[f"{w}.log_end_squared"] - m[f"{w}.log_end"] ** 2
    unbiased = n / (n - 1) if n > 1 else math.nan
    return np.sqrt(variance * unbiased / (plan.steps * _dt(plan)))


def _autocorrelation(m: Means, w: str, plan: Plan, n: int) -> Any:
    steps = plan.steps
    mean = m[f"{w}.log_end"] / steps
    edges = 2 * m[f"{w}.log_end"] - m[f"{w}.first_return"] - m[f"{w}.last_return"]
    covariance = (m[f"{w}.sum_products"] - mean * edges) / (steps - 1) + mean**2
    return covariance / (m[f"{w}.sum_squares"] / steps - mean**2)


def _variance_ratio(position: int, lag: int) -> WorldMetric:
    def ratio(m: Means, w: str, plan: Plan, n: int) -> Any:
        windows = plan.steps - lag + 1
        mean = m[f"{w}.log_end"] / plan.steps
        lag_mean = m[f"{w}.lag_sum_{position}"] / windows
        lag_variance = m[f"{w}.lag_squares_{position}"] / windows - lag_mean**2
        return lag_variance / (lag * (m[f"{w}.sum_squares"] / plan.steps - mean**2))

    return ratio


def _kurtosis(m: Means, w: str, plan: Plan, n: int) -> Any:
    mean, second, third, fourth = (
        m[f"{w}.{name}"] / plan.steps for name in ("log_end", "sum_squares", "sum_cubes", "sum_fourths")
    )
    variance = second - mean**2
    central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return central / variance**2 - 3.0


def _mean_of(name: str) -> WorldMetric:
    return lambda m, w, plan, n: m[f"{w}.{name}"]


def _day_vol(name: str) -> WorldMetric:
    return lambda m, w, plan, n: np.sqrt(m[f"{w}.{name}"] / int(plan.model["steps_per_day"][0]) / _dt(plan))


def _side_vol(side: str) -> WorldMetric:
    def vol(m: Means, w: str, plan: Plan, n: int) -> Any:
        steps = m[f"{side}_steps"]
        return np.sqrt(m[f"{w}.{side}_squares"] / steps / _dt(plan)) if steps.real > 0 else math.nan

    return vol


def _pnl_sd(m: Means, w: str, plan: Plan, n: int) -> Any:
    unbiased = n / (n - 1) if n > 1 else math.nan
    return np.sqrt((m[f"{w}.pnl_squared"] - m[f"{w}.pnl"] ** 2) * unbiased)


def _turnover(m: Means, w: str, plan: Plan, n: int) -> Any:
    days = plan.steps / int(plan.model["steps_per_day"][0])
    return m["turnover"] / days / plan.adv_shares if w == "hedged" else 0.0 * m["turnover"]


def _squeezed(m: Means, w: str, plan: Plan, n: int) -> Any:
    return m["squeezed"] if w == "hedged" else 0.0 * m["squeezed"]


def _hedged_only(name: str) -> WorldMetric:
    return lambda m, w, plan, n: m[name] if w == "hedged" else math.nan


def _gain_start(m: Means, w: str, plan: Plan, n: int) -> Any:
    return plan.gain.start_gain if w == "hedged" else math.nan


def _dt(plan: Plan) -> float:
    return float(plan.model["years_per_step"][0])


SMOOTH: dict[str, WorldMetric] = {
    "realised_vol": _realised_vol,
    "horizon_vol": _horizon_vol,
    "autocorrelation_1": _autocorrelation,
    "variance_ratio_5": _variance_ratio(0, 5),
    "variance_ratio_20": _variance_ratio(1, 20),
    "variance_ratio_78": _variance_ratio(2, 78),
    "variance_ratio_390": _variance_ratio(3, 390),
    "kurtosis": _kurtosis,
    "pin_probability": _mean_of("pinned"),
    "max_drawdown": _mean_of("drawdown"),
    "max_runup": _mean_of("runup"),
    "squeeze_probability": _squeezed,
    "realised_vol_first_day": _day_vol("first_day"),
    "realised_vol_last_day": _day_vol("last_day"),
    "realised_vol_above_zero_gamma": _side_vol("above"),
    "realised_vol_below_zero_gamma": _side_vol("below"),
    "hedge_turnover": _turnover,
    "feedback_gain_start": _gain_start,
    "feedback_gain_min": _hedged_only("gain_min"),
    "feedback_gain_max": _hedged_only("gain_max"),
    "pnl_mean": _mean_of("pnl"),
    "pnl_sd": _pnl_sd,
}
REGISTRY = (*SMOOTH, "pnl_es95", "diverged_paths")


def metrics_wanted(plan: Plan) -> list[str]:
    """The metrics of a run, in the order of the registry: those asked for and claimed, or all that have a meaning."""
    outputs = plan.scenario.outputs
    if outputs.metrics is not None:
        wanted = set(outputs.metrics) | {claim.metric for claim in plan.scenario.expect}
        return [name for name in REGISTRY if name in wanted]
    left_out = {f"variance_ratio_{lag}" for lag in (5, 20, 78, 390) if lag not in plan.lags}
    if outputs.pin is None:
        left_out.add("pin_probability")
    if math.isnan(plan.adv_shares):
        left_out.add("hedge_turnover")
    if plan.steps < 2:
        left_out.add("autocorrelation_1")
    return [name for name in REGISTRY if name not in left_out]


def summarise(moments: Moments, plan: Plan) -> pd.DataFrame:
    """Table of all metrics: index metric; columns hedged, hedged_se, twin, twin_se, ratio, ...; NaN if undefined."""
    import pandas as pd  # slow to load, and a session has no use for it

    with np.errstate(all="ignore"):  # what is not finite becomes NaN below
        rows = {name: _evaluate(name, moments, plan) for name in metrics_wanted(plan)}
    columns = [f"{series}{suffix}" for series in SERIES for suffix in ("", "_se")]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=np.float64)
    table.index.name = "metric"
    return table.where(np.isfinite(table), math.nan)


def _evaluate(name: str, moments: Moments, plan: Plan) -> list[float]:
    if name == "diverged_paths":
        return _diverged(moments)
    if moments.count == 0:
        return [math.nan] * 8
    if name == "pnl_es95":
        return _expected_shortfall(np.concatenate(moments.pnl))
    return _by_delta_method(_lag_position(name, plan), moments, plan)


def _lag_position(name: str, plan: Plan) -> WorldMetric:
    """The metric's function; a variance ratio reads the running sums of its own lag among those that were kept."""
    if not name.startswith("variance_ratio_"):
        return SMOOTH[name]
    lag = int(name.rsplit("_", 1)[1])
    kept = plan.lags.tolist()
    return _variance_ratio(kept.index(lag), lag) if lag in kept else lambda m, w, plan, n: math.nan


def _by_delta_method(metric: WorldMetric, moments: Moments, plan: Plan) -> list[float]:
    """Values and standard errors of the four series of one metric."""
    n = moments.count

    def both(means: NDArray[Any]) -> tuple[Any, Any]:
        named = dict(zip(COLUMNS, means, strict=True))
        return metric(named, "hedged", plan, n), metric(named, "twin", plan, n)

    hedged, twin = (complex(v).real for v in both(moments.mean.astype(complex)))
    gradients = np.zeros((2, len(COLUMNS)))
    for k in range(len(COLUMNS)):
        means = moments.mean.astype(complex)
        means[k] += 1j * COMPLEX_STEP
        gradients[:, k] = [complex(v).imag / COMPLEX_STEP for v in both(means)]
    covariance = gradients @ moments.covariance() @ gradients.T / n if n > 1 else np.full((2, 2), math.nan)
    return _four_series(hedged, twin, covariance)


def _four_series(hedged: float, twin: float, covariance: NDArray[np.float64]) -> list[float]:
    """Hedged, twin, ratio, difference, each followed by its standard error; `covariance` (2, 2) of the first two."""
    var_h, var_t, cov = covariance[0, 0], covariance[1, 1], covariance[0, 1]
    ratio = hedged / twin if twin != 0.0 else math.nan
    ratio_variance = (var_h - 2 * ratio * cov + ratio**2 * var_t) / twin**2 if twin != 0.0 else math.nan
    values = [hedged, twin, ratio, hedged - twin]
    variances = [var_h, var_t, ratio_variance, var_h - 2 * cov + var_t]
    row: list[float] = []
    for value, variance in zip(values, variances, strict=True):
        row += [value, _root(variance) if math.isfinite(value) else math.nan]
    return row


def _root(variance: float) -> float:
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan


def _expected_shortfall(pnl: NDArray[np.float64]) -> list[float]:
    """Mean of the worst TAIL of the P&L, $, from each path's (n, 2), with errors from its influence function.

    The worst ceil(TAIL * n) paths are averaged; the influence of a path is q + min(x - q, 0) / TAIL - ES with q the
    TAIL quantile (Rockafellar and Uryasev 2000).
    """
    n = pnl.shape[0]
    worst = math.ceil(TAIL * n)
    values = np.empty(2)
    influence = np.empty((n, 2))
    for w in range(2):
        tail = np.partition(pnl[:, w], worst - 1)[:worst]
        values[w] = tail.mean()
        quantile = tail.max()
        influence[:, w] = quantile + np.minimum(pnl[:, w] - quantile, 0.0) / TAIL - values[w]
    covariance = np.cov(influence, rowvar=False) / n if n > 1 else np.full((2, 2), math.nan)
    return _four_series(values[0], values[1], covariance)


def _diverged(moments: Moments) -> list[float]:
    """Number of diverged paths of each world; errors of a count out of n independent paths."""
    hedged, twin, both = (int(k) for k in moments.diverged)
    n = moments.count + hedged + twin - both
    p, q, r = hedged / n, twin / n, both / n
    covariance = n * np.array([[p * (1 - p), r - p * q], [r - p * q, q * (1 - q)]])
    if n < 2:
        covariance = np.full((2, 2), math.nan)
    return _four_series(float(hedged), float(twin), covariance)
