"""What a run says, in the words that terminal and notebook share: units, cells of metrics, feedback gain, size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simhedge.rounding import MISSING, counted, plain, with_error, with_interval

if TYPE_CHECKING:
    import pandas as pd

    from simhedge.scenario import Scenario
    from simhedge.simulation.gain import GainProfile
    from simhedge.simulation.result import Result

GAIN_METRICS = ("feedback_gain_start", "feedback_gain_min", "feedback_gain_max")
METRIC_COLUMNS = ("hedged ± se", "twin ± se", "ratio [95%]")
LEVELS_SHOWN = 6
_HASH_DIGITS = 8

PER_YEAR = "per √year"
UNITS = {
    "realised_vol": PER_YEAR,
    "horizon_vol": PER_YEAR,
    "pin_probability": "share of paths",
    "max_drawdown": "return",
    "max_runup": "return",
    "squeeze_probability": "share of paths",
    "realised_vol_first_day": PER_YEAR,
    "realised_vol_last_day": PER_YEAR,
    "realised_vol_above_zero_gamma": PER_YEAR,
    "realised_vol_below_zero_gamma": PER_YEAR,
    "hedge_turnover": "days of volume a day",
    "pnl_mean": "$",
    "pnl_sd": "$",
    "pnl_es95": "$",
    "diverged_paths": "paths",
}  # of the metrics that have one; the others are pure numbers


def size_words(scenario: Scenario) -> str:
    """Paths, steps and seed: "20,000 paths, 390 steps, seed 7"."""
    return f"{counted(scenario.paths, 'path')}, {counted(scenario.clock.steps, 'step')}, seed {scenario.seed}"


def hash_words(scenario: Scenario) -> str:
    """The first digits of the scenario's SHA-256, enough to tell two runs apart: "sha256 5c0e3f9a"."""
    return f"sha256 {scenario.sha256[:_HASH_DIGITS]}"


def metric_names(summary: pd.DataFrame) -> list[str]:
    """The metrics that are compared with their twin: all but the feedback gains."""
    return [str(name) for name in summary.index if name not in GAIN_METRICS]


def metric_cells(summary: pd.DataFrame, metric: str) -> list[str]:
    """Hedged and twin with their errors and the interval of their ratio, see METRIC_COLUMNS.

    The ratio is a dash where the twin's value is within two standard errors of zero (noise over noise).
    """
    row = summary.astype(float).to_dict("index")[metric]
    undetermined = abs(row["twin"]) <= 2.0 * row["twin_se"]
    return [
        with_error(row["hedged"], row["hedged_se"]),
        with_error(row["twin"], row["twin_se"]),
        MISSING if undetermined else with_interval(row["ratio"], row["ratio_se"]),
    ]


def gain_words(result: Result) -> str:
    """Feedback gain at the start and the means of the paths' extremes: "start −0.594, least −0.877"."""
    start = _hedged(result.summary, "feedback_gain_start")
    told = f"start {plain(start if math.isfinite(start) else float(result.gain_profile.start_gain), 3)}"
    for label, metric in (("least", "feedback_gain_min"), ("greatest", "feedback_gain_max")):
        if metric in result.summary.index:
            told += f", {label} {plain(_hedged(result.summary, metric), 3)}"
    return told


def tipping_words(profile: GainProfile) -> str:
    """The tipping levels ($) and when they are there; empty where there are none."""
    levels, elapsed_days = profile.first_tipping_levels()
    if not levels:
        return ""
    shown = ", ".join(plain(level, 5) for level in levels[:LEVELS_SHOWN])
    more = f" and {len(levels) - LEVELS_SHOWN} more" if len(levels) > LEVELS_SHOWN else ""
    when = "at the start" if elapsed_days == 0.0 else f"after {elapsed_days:.3g} days, none at the start"
    return f"tipping levels {when}: {shown}{more}"


def verdict_words(result: Result) -> str:
    """ "all passed" or "2 of 3 failed"; empty where nothing was claimed."""
    failed, count = sum(not outcome.passed for outcome in result.expectations), len(result.expectations)
    if count == 0:
        return ""
    return f"{failed} of {count} failed" if failed else "all passed"


def _hedged(summary: pd.DataFrame, metric: str) -> float:
    return float(summary.loc[metric, "hedged"]) if metric in summary.index else math.nan  # type: ignore[arg-type]
