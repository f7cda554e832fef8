"""A validation as a table for the terminal: the answer in sentences, then every number behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.report.study_tables import power_table, wrong_sign_table
from simhedge.report.validation_rows import (
    differs,
    fact_rows,
    other_definition_rows,
    regression_rows,
    statistic_notes,
    statistic_rows,
)
from simhedge.validation.levels_under_test import LevelUnderTest, levels_under_test
from simhedge.validation.words import Sentence, absent_sentences, level_sentence, regime_sentence

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from simhedge.validation.result import Validation

_BLANK = Text()
_LABEL_WIDTH, _NAMES_WIDTH = 22, 32


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
    parts += [_BLANK, Text(statistic_notes(validation), style="dim")]
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
    rows = statistic_rows(level)
    table = _plain_table(*rows.columns)
    for cells in rows.cells:
        table.add_row(*cells)
    return table


def _other_definitions(validation: Validation, levels: list[LevelUnderTest]) -> Table:
    rows = other_definition_rows(validation, levels)
    first, level, statistic, *numbers = rows.columns
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", max_width=_NAMES_WIDTH)
    table.add_column(level, overflow="fold")
    table.add_column(statistic, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    for cells in rows.cells:
        table.add_row(*cells)
    return table


def _regressions(table: pd.DataFrame) -> list[RenderableType]:
    rows = regression_rows(table)
    shown = _plain_table(*rows.columns[:-1])
    shown.add_column(rows.columns[-1], overflow="fold")
    for cells in rows.cells:
        shown.add_row(*cells)
    return [shown, Text(rows.note, style="dim")]


def _facts(table: pd.DataFrame) -> Table:
    """Stylised facts of returns, hedged beside twin; differences beyond chance stand out."""
    rows = fact_rows(table)
    shown = _plain_table(*rows.columns)
    for cells, row in zip(rows.cells, table.to_dict("records"), strict=True):
        bold = differs({str(name): value for name, value in row.items()})
        shown.add_row(*cells[:-1], Text(cells[-1], style="bold" if bold else ""))
    return shown
