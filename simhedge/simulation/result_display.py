"""A run as one line and as HTML tables, from what it holds: nothing is simulated or read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.display import frame, lines, table
from simhedge.rounding import MISSING, counted, plain
from simhedge.simulation.own_policies import policy_words
from simhedge.simulation.result_words import (
    METRIC_COLUMNS,
    UNITS,
    gain_words,
    hash_words,
    metric_cells,
    metric_names,
    size_words,
    tipping_words,
    verdict_words,
)

if TYPE_CHECKING:
    from simhedge.simulation.result import Result

_READ = "hedged: dealers hedge; twin: the same news without their hedges; ± one standard error over paths"
_GAIN = "κ > 0: dealers long gamma, moves damped; κ < 0: short, moves amplified"


def line(result: Result) -> str:
    """Name, size, hash, number of metrics and outcome of the expectations, in one line."""
    scenario, verdict = result.scenario, verdict_words(result)
    facts = [
        f"{scenario.name!r}: {size_words(scenario)}",
        hash_words(scenario),
        counted(len(result.summary), "metric"),
        *([f"expectations {verdict}"] if verdict else []),
        *([f"{counted(result.paths.sizes['path'], 'path')} recorded"] if result.paths is not None else []),
    ]
    return f"<Result {', '.join(facts)}>"


def html(result: Result) -> str:
    """Metrics with units and errors, feedback gain, expectations, recorded series, warnings."""
    scenario = result.scenario
    metrics = table(
        scenario.name,
        [size_words(scenario), hash_words(scenario)],
        ["metric", *METRIC_COLUMNS, "unit"],
        [[name, *metric_cells(result.summary, name), UNITS.get(name, "")] for name in metric_names(result.summary)],
        words=["unit"],
        most=len(result.summary),
    )
    gain = f"feedback gain κ: {gain_words(result)} ({_GAIN})"
    tipping = tipping_words(result.gain_profile)
    own = [f"policies of the user's own: {policy_words(result.policies)}"] if result.policies else []
    told = [_READ, gain, *([tipping] if tipping else []), *own, *_recorded(result)]
    parts = [metrics, lines(told)]
    if result.expectations:
        parts.append(_expectations(result))
    return frame(*parts, lines(result.warnings, "warning"))


def _expectations(result: Result) -> str:
    rows = [
        [
            outcome.metric,
            outcome.series,
            plain(outcome.observed),
            outcome.bound,
            "passed" if outcome.passed else "FAILED",
        ]
        for outcome in result.expectations
    ]
    columns = ["expectation", "series", "observed", "bound", "verdict"]
    return table(
        "Expectations", [verdict_words(result)], columns, rows, words=["series", "bound", "verdict"], most=len(rows)
    )


def _recorded(result: Result) -> list[str]:
    """What `paths` and `levels` hold, a sentence each."""
    told = []
    if result.paths is not None:
        sizes, series = result.paths.sizes, ", ".join(str(name) for name in result.paths.data_vars)
        told.append(
            f"paths: {counted(sizes['path'], 'path')} recorded at {sizes['step']:,} points: {series or MISSING}"
        )
    if result.levels is not None:
        told.append(f"levels: {', '.join(str(name) for name in result.levels['definition'].values)}")
    return told
