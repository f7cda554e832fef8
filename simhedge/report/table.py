"""A run as a table for the terminal: hedged beside twin, expectations, feedback gain, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.rounding import MISSING, counted, plain
from simhedge.simulation.result_words import (
    METRIC_COLUMNS,
    gain_words,
    metric_cells,
    metric_names,
    size_words,
    tipping_words,
    verdict_words,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from simhedge.simulation.result import Result

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
    return Text.assemble((result.scenario.name, "bold"), f"  {size_words(result.scenario)}")


def _metrics_table(summary: pd.DataFrame) -> Table:
    table = _plain_table()
    table.add_column("metric", overflow="fold")
    for heading in METRIC_COLUMNS:
        table.add_column(heading, justify="right", overflow="fold")
    for metric in metric_names(summary):
        table.add_row(metric, *metric_cells(summary, metric))
    return table


def _gain_line(result: Result) -> Text:
    """Feedback gain at the start, the mean of the paths' extremes, and the tipping levels ($)."""
    line = Text(f"feedback gain  {gain_words(result)}")
    tipping = tipping_words(result.gain_profile)
    return line.append(f"\n{tipping}", style="red") if tipping else line.append("\ntipping levels: none")


def _expectations_table(result: Result) -> Table:
    table = _plain_table()
    table.add_column(verdict_words(result), no_wrap=True)
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
    line = f"{engine['elapsed_s']:.2f} s on {counted(int(engine['threads']), 'thread')}"
    if engine.get("path_steps_per_s"):
        line += f", {float(engine['path_steps_per_s']):.2g} path steps/s"
    line += f", book delta {engine['book_delta']}"
    if engine.get("surface_max_error") is not None and engine["book_delta"] != "exact":
        line += f" (error {float(engine['surface_max_error']):.1e} of gross shares)"
    return Text(line, style="dim")
