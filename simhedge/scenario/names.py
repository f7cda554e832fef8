"""The names a scenario may use for metrics, series and level definitions, written out as Literals."""

from __future__ import annotations

from typing import Literal, get_args

MetricName = Literal[
    "realised_vol",
    "horizon_vol",
    "autocorrelation_1",
    "variance_ratio_5",
    "variance_ratio_20",
    "variance_ratio_78",
    "variance_ratio_390",
    "kurtosis",
    "pin_probability",
    "max_drawdown",
    "max_runup",
    "squeeze_probability",
    "realised_vol_first_day",
    "realised_vol_last_day",
    "realised_vol_above_zero_gamma",
    "realised_vol_below_zero_gamma",
    "hedge_turnover",
    "feedback_gain_start",
    "feedback_gain_min",
    "feedback_gain_max",
    "pnl_mean",
    "pnl_sd",
    "pnl_es95",
    "diverged_paths",
]

ComparedSeries = Literal["hedged", "twin", "ratio", "difference"]

RecordedSeries = Literal[
    "spot",
    "fundamental",
    "twin_spot",
    "dealer_delta",
    "net_gamma",
    "hedged_gamma",
    "hedge_flow",
    "hedge",
    "cash",
    "market_shares",
    "market_cash",
]

LevelDefinition = Literal[
    "all",
    "simhedge",
    "gflows",
    "perfiliev",
    "flashalpha",
    "gamma_wall",
    "spx_gamma_exposure",
    "squeezemetrics",
    "floe",
    "cumulative",
    "spotgamma",
]

METRICS: tuple[MetricName, ...] = get_args(MetricName)
RECORDED_SERIES: tuple[RecordedSeries, ...] = get_args(RecordedSeries)
LEVEL_DEFINITIONS: tuple[LevelDefinition, ...] = get_args(LevelDefinition)

HEDGED_ONLY: frozenset[str] = frozenset({"feedback_gain_start", "feedback_gain_min", "feedback_gain_max"})
"""Metrics that have no twin, ratio or difference."""

STEPS_NEEDED: dict[str, int] = {
    "autocorrelation_1": 2,
    "variance_ratio_5": 5,
    "variance_ratio_20": 20,
    "variance_ratio_78": 78,
    "variance_ratio_390": 390,
}
"""Least number of steps in a run for a metric to have a value; metrics not listed need one."""
