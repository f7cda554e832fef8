"""A validation as a table for the terminal: the answer in sentences, then every number behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.report.study import authors
from simhedge.report.study_tables import power_table, wrong_sign_table
from simhedge.rounding import MISSING, plain, plain_at, with_error
from simhedge.validation.levels_under_test import LevelUnderTest, levels_under_test, numbers_of
from simhedge.validation.words import (
    SURE,
    Sentence,
    absent_sentences,
    bracketed,
    difference,
    level_sentence,
    measured,
    named_by,
    p_value,
    percent,
    regime_sentence,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from simhedge.validation.result import Validation

_BLANK = Text()
_LABEL_WIDTH, _NAMES_WIDTH = 22, 32
_SHARES = ("share", "per sqrt(year)")  # units shown in percent
_SHORT_UNITS = {
    "share": "%",
    "per sqrt(year)": "%",
    "daily standard deviations": "sd",
    "step standard deviations": "sd",
}


def validation_table(validation: Validation) -> RenderableType:
    """A rich renderable, at most 100 columns wide: sentences, tests of our levels, other definitions, regressions."""
    levels = levels_under_test(validation)
    parts: list[RenderableType] = [_heading(validation), _BLANK, _answers(validation, levels)]
    for level in levels:
        if level.headline:
            parts += [_BLANK, Text(level.title, style="bold"), _tests(level)]
    others = [level for level in levels if not level.headline]
    if others:
        parts += [_BLANK, _other_definitions(validation, others)]
    parts += [_BLANK, _notes(validation)]
    if not validation.regressions.empty:
        parts += [_BLANK, *_regressions(validation.regressions)]
    if not validation.stylised_facts.empty:
        parts += [_BLANK, _facts(validation.stylised_facts)]
    if validation.power is not None:
        parts += [_BLANK, power_table(validation.power)]
    if validation.wrong_sign is not None:
        parts += [_BLANK, wrong_sign_table(validation.wrong_sign)]
    if validation.warnings:
        parts += [_BLANK, *(Text(f"warning: {warning}", style="yellow") for warning in validation.warnings)]
    return Group(*parts)


def _plain_table(first: str, *others: str) -> Table:
    """A table without frame: the first column left, the others right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", overflow="fold")
    return table


def _heading(validation: Validation) -> Text:
    scenario, engine = validation.scenario, validation.engine
    told = f"  {scenario.paths:,} paths, {scenario.clock.steps:,} steps, seed {scenario.seed}"
    if "elapsed_s" in engine:
        told += f"  ({float(engine['elapsed_s']):.1f} s on {engine['threads']} threads)"
    return Text.assemble((scenario.name, "bold"), told)


def _answers(validation: Validation, levels: list[LevelUnderTest]) -> Table:
    """A sentence for each of our own levels with who agrees, for what nobody finds, and for the two regimes."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", style="bold", width=_LABEL_WIDTH)
    grid.add_column(overflow="fold")
    told = [level_sentence(validation, level) for level in levels if level.headline]
    for sentence in [*told, *absent_sentences(validation)]:
        grid.add_row(f"{sentence.level}:", _told(sentence))
    grid.add_row("regimes:", regime_sentence(validation))
    return grid


def _told(sentence: Sentence) -> Text:
    told = Text(sentence.told)
    if sentence.verdict:
        told.append("; ").append(sentence.verdict, style="bold")
    if sentence.named:
        told.append(f"\n{sentence.named}", style="dim")
    return told


def _tests(level: LevelUnderTest) -> Table:
    """All statistics of a level; shares and volatilities in percent."""
    columns = ("hedged ± se", "twin ± se", "difference ± se", "placebo [95%]", "p Holm")
    table = _plain_table("statistic", *columns)
    for statistic in level.tests.index:
        row = numbers_of(level, str(statistic))
        unit = _unit(str(statistic))
        scale = 100.0 if unit in _SHARES else 1.0
        label = f"{statistic}, {_SHORT_UNITS[unit]}" if unit else str(statistic)
        table.add_row(label, *_compared(row, scale), p_value(row["p_adjusted"]))
    return table


def _compared(row: dict[str, float], scale: float) -> list[str]:
    """Hedged, twin and difference with their errors, and the interval of the difference at placebo levels."""
    shown = [measured(row[name], row[f"{name}_se"], scale) for name in ("hedged", "twin")]
    return [*shown, difference(row, scale), bracketed(scale * row["placebo_low"], scale * row["placebo_high"])]


def _other_definitions(validation: Validation, levels: list[LevelUnderTest]) -> Table:
    """The main statistic of each level that only other definitions find."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("other definitions", overflow="fold", max_width=_NAMES_WIDTH)
    table.add_column("level", overflow="fold")
    table.add_column("statistic", no_wrap=True)
    for heading in ("hedged", "twin", "difference ± se", "p Holm"):
        table.add_column(heading, justify="right", no_wrap=True)
    for level in levels:
        statistic = level.main_statistic
        row = numbers_of(level, str(statistic))
        shares = _unit(statistic) in _SHARES
        scale = 100.0 if shares else 1.0
        worlds = [percent(row[name], row[f"{name}_se"]) if shares else plain(row[name]) for name in ("hedged", "twin")]
        names = named_by(validation, level).removeprefix("by ")
        table.add_row(names, level.title, statistic, *worlds, difference(row, scale), p_value(row["p_adjusted"]))
    return table


def _notes(validation: Validation) -> Text:
    """How to read the tests."""
    method = validation.method
    tests = int(validation.tests["p_value"].notna().sum())
    told = (
        f"± standard error. Volatilities are annualised. p Holm: hedged = twin, corrected for {tests} tests. "
        f"placebo [95%]: the difference at {method['placebos']} placebo levels; their p is the share of them that "
        f"lie as far from their mean as the level. A touch comes within {plain(method['tolerance'], 2)}, a break "
        f"goes {plain(method['break'], 2)} daily standard deviations (sd) beyond, within {method['horizon_steps']} "
        "steps; crossing_speed is in standard deviations of a step."
    )
    return Text(told, style="dim")


def _regressions(table: pd.DataFrame) -> list[RenderableType]:
    shown = _plain_table("regression", "estimate ± se", "predicted", "z", "R²", "rows")
    shown.add_column("study", overflow="fold")
    for row in table.to_dict("records"):
        note = str(row.get("note") or "")
        estimate = with_error(_float(row["estimate"]), _float(row["standard_error"]))
        z = _float(row["z"])
        cells = (
            estimate,
            plain(_float(row["predicted"]), 3),
            plain_at(z, 1) if math.isfinite(z) else MISSING,
            plain_at(_float(row["r_squared"]), 3) if math.isfinite(_float(row["r_squared"])) else MISSING,
            f"{row['observations']:,}",
            note or authors(str(row["study"])),
        )
        shown.add_row(str(row["name"]), *cells)
    told = (
        "rows are days, or parts of days; predictions suppose simultaneous clearing and continuous hedging; "
        "z: standard errors from predicted"
    )
    return [shown, Text(told, style="dim")]


def _facts(table: pd.DataFrame) -> Table:
    """Stylised facts of returns, hedged beside twin."""
    shown = _plain_table("stylised fact", "hedged ± se", "twin ± se", "difference ± se")
    rows = table if "fact" in table.columns else table.reset_index(names="fact")
    for row in rows.to_dict("records"):
        cells = [with_error(_float(row[name]), _float(row[f"{name}_se"])) for name in ("hedged", "twin", "difference")]
        apart, error = _float(row["difference"]), _float(row["difference_se"])
        seen = math.erfc(abs(apart / error) / math.sqrt(2.0)) <= SURE if error > 0.0 else False
        shown.add_row(str(row["fact"]), *cells[:2], Text(cells[2], style="bold" if seen else ""))
    return shown


def _unit(statistic: str) -> str:
    from simhedge.validation.statistics import STATISTICS

    return next((own.unit for own in STATISTICS if own.name == statistic), "")


def _float(value: Any) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)
