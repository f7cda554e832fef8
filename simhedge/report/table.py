"""A run as a table for the terminal: hedged beside twin, expectations, feedback gain, warnings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.report.numbers import MISSING, plain, with_error, with_interval

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from simhedge.simulation.result import Result

_GAIN_METRICS = ("feedback_gain_start", "feedback_gain_min", "feedback_gain_max")
_LEVELS_SHOWN = 6
_BLANK = Text()


def summary_table(result: Result) -> RenderableType:
    """A rich renderable, at most 100 columns wide: metrics, expectations, feedback gain, engine, warnings."""
    parts: list[RenderableType] = [
        _heading(result),
        _BLANK,
        _metrics_table(result.summary),
        _BLANK,
        _gain_line(result),
    ]
    if result.expectations:
        parts += [_BLANK, _expectations_table(result)]
    if result.warnings:
        parts += [_BLANK, *(Text(f"warning: {warning}", style="yellow") for warning in result.warnings)]
    parts.append(_BLANK)
    parts.append(_engine_line(result))
    return Group(*parts)


def _plain_table() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))


def _heading(result: Result) -> Text:
    scenario = result.scenario
    size = f"  {_counted(scenario.paths, 'path')}, {_counted(scenario.clock.steps, 'step')}, seed {scenario.seed}"
    return Text.assemble((scenario.name, "bold"), size)


def _metrics_table(summary: pd.DataFrame) -> Table:
    table = _plain_table()
    table.add_column("metric", overflow="fold")
    for heading in ("hedged ± se", "twin ± se", "ratio [95%]"):
        table.add_column(heading, justify="right", overflow="fold")
    for metric in summary.index:
        if metric in _GAIN_METRICS:
            continue
        row = summary.loc[metric].astype(float)
        table.add_row(
            str(metric),
            with_error(row["hedged"], row["hedged_se"]),
            with_error(row["twin"], row["twin_se"]),
            _ratio(row),
        )
    return table


def _ratio(row: pd.Series[float]) -> str:
    """Ratio and interval; a dash where the twin's value is within two standard errors of zero (noise over noise)."""
    undetermined = abs(row["twin"]) <= 2.0 * row["twin_se"]
    return MISSING if undetermined else with_interval(row["ratio"], row["ratio_se"])


def _gain_line(result: Result) -> Text:
    """Feedback gain at the start, the mean of the paths' extremes, and the tipping levels ($)."""
    line = Text("feedback gain  ")
    start = _hedged(result.summary, "feedback_gain_start")
    profile = result.gain_profile
    line.append(f"start {plain(start if math.isfinite(start) else float(profile.start_gain), 3)}")
    for label, metric in (("least", "feedback_gain_min"), ("greatest", "feedback_gain_max")):
        if metric in result.summary.index:
            line.append(f", {label} {plain(_hedged(result.summary, metric), 3)}")
    levels, elapsed_days = profile.first_tipping_levels()
    if not levels:
        line.append("\ntipping levels: none")
        return line
    shown = ", ".join(plain(level, 5) for level in levels[:_LEVELS_SHOWN])
    more = f" and {len(levels) - _LEVELS_SHOWN} more" if len(levels) > _LEVELS_SHOWN else ""
    when = "at the start" if elapsed_days == 0.0 else f"after {elapsed_days:.3g} days, none at the start"
    line.append(f"\ntipping levels {when}: {shown}{more}", style="red")
    return line


def _hedged(summary: pd.DataFrame, metric: str) -> float:
    return float(summary.loc[metric, "hedged"]) if metric in summary.index else math.nan  # type: ignore[arg-type]


def _expectations_table(result: Result) -> Table:
    failed = sum(not outcome.passed for outcome in result.expectations)
    count = len(result.expectations)
    table = _plain_table()
    table.add_column(f"{failed} of {count} failed" if failed else "all passed", no_wrap=True)
    table.add_column("expectation", no_wrap=True)
    table.add_column("series")
    table.add_column("observed", justify="right", no_wrap=True)
    table.add_column("bound", overflow="fold")
    for outcome in result.expectations:
        verdict = Text("passed", style="green") if outcome.passed else Text("FAILED", style="bold red")
        observed = MISSING if outcome.observed is None else plain(float(outcome.observed))
        table.add_row(verdict, outcome.metric, outcome.series, observed, Text(outcome.bound))
    return table


def _engine_line(result: Result) -> Text:
    engine = result.engine
    line = f"{engine['elapsed_s']:.2f} s on {_counted(int(engine['threads']), 'thread')}"
    if engine.get("path_steps_per_s"):
        line += f", {float(engine['path_steps_per_s']):.2g} path steps/s"
    line += f", book delta {engine['book_delta']}"
    if engine.get("surface_max_error") is not None and engine["book_delta"] != "exact":
        line += f" (error {float(engine['surface_max_error']):.1e} of gross shares)"
    return Text(line, style="dim")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
