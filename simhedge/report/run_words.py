"""What a run says, in sentences: whether its claims hold, and what hedging does to each metric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from simhedge.rounding import NORMAL_95, counted, share_with_interval, with_interval
from simhedge.simulation.result_words import metric_names

if TYPE_CHECKING:
    from simhedge.simulation.expectations import ExpectationOutcome
    from simhedge.simulation.result import Result

METRIC_WORDS = {
    "realised_vol": "realised volatility",
    "horizon_vol": "volatility over the whole run",
    "kurtosis": "excess kurtosis",
    "autocorrelation_1": "autocorrelation of returns",
    "pin_probability": "share of paths that end pinned",
    "max_drawdown": "mean largest fall",
    "max_runup": "mean largest rise",
    "squeeze_probability": "share of paths with a squeeze",
    "realised_vol_first_day": "volatility of the first day",
    "realised_vol_last_day": "volatility of the last day",
    "realised_vol_above_zero_gamma": "volatility where dealers are long gamma",
    "realised_vol_below_zero_gamma": "volatility where dealers are short gamma",
}
_SHARES = ("pin_probability", "squeeze_probability")


INTERVALS = "Square brackets hold the 95% interval over paths: of shares of paths that of Wilson, else the normal one."


class Claim(NamedTuple):
    """One expectation: whether it holds, and what was observed against what was claimed, in words."""

    passed: bool
    told: str


def verdict(result: Result) -> str:
    """ "All 3 claims hold.", "1 of 3 claims fails.", or that nothing was claimed."""
    count = len(result.expectations)
    failed = sum(not outcome.passed for outcome in result.expectations)
    if count == 0:
        return "The scenario claims nothing (key expect)."
    if failed == 0:
        return "The one claim holds." if count == 1 else f"All {count} claims hold."
    return f"{failed} of {counted(count, 'claim')} {'fails' if failed == 1 else 'fail'}."


def claims(result: Result) -> list[Claim]:
    """Every expectation with what was observed, and its 95% interval where it is an estimate."""
    return [
        Claim(outcome.passed, f"{_observed(result, outcome)}; claimed: {outcome.bound.replace('-', '−')}")
        for outcome in result.expectations
    ]


def _observed(result: Result, outcome: ExpectationOutcome) -> str:
    row = result.summary.astype(float).to_dict("index")[outcome.metric]
    error = row[f"{outcome.series}_se"]
    where = "" if outcome.series == "hedged" else f", {outcome.series}"
    return f"{outcome.metric}{where} is {with_interval(float(outcome.observed), error)}"


def findings(result: Result) -> list[str]:
    """A sentence for each metric that has words: its ratio to the twin, or both shares, with their 95% intervals."""
    rows = result.summary.astype(float).to_dict("index")
    told = []
    for name in metric_names(result.summary):
        row = rows[name]
        if name not in METRIC_WORDS or not math.isfinite(row["hedged"]):
            continue
        subject = METRIC_WORDS[name]
        if name in _SHARES:
            both = (share_with_interval(row[world], result.scenario.paths) for world in ("hedged", "twin"))
            told.append("The {} is {}, in the twin {}.".format(subject, *both))
        elif math.isfinite(row["ratio"]) and abs(row["twin"]) > 2.0 * row["twin_se"]:
            told.append(_ratio_sentence(subject, row["ratio"], row["ratio_se"]))
    return told


def _ratio_sentence(subject: str, ratio: float, error: float) -> str:
    interval = with_interval(ratio, error)
    reach = NORMAL_95 * error
    if not abs(ratio - 1.0) > reach:
        return f"Hedging leaves the {subject} as it is: {interval} times the twin's, and the interval contains 1."
    return f"Hedging {'raises' if ratio > 1.0 else 'lowers'} the {subject} to {interval} times the twin's."
