"""The page of a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.report.page.asked import again, asked, size_of
from simhedge.report.page.content import Answer, Content, Table
from simhedge.report.page.method import method_of_validation
from simhedge.report.page.validation_charts import validation_charts
from simhedge.report.rows import Rows
from simhedge.report.study_tables import power_rows, wrong_sign_rows
from simhedge.report.validation_rows import (
    fact_rows,
    other_definition_rows,
    regression_rows,
    statistic_notes,
    statistic_rows,
)
from simhedge.rounding import counted, price
from simhedge.validation.levels_under_test import levels_under_test, spoken
from simhedge.validation.words import Sentence, absent_sentences, level_sentence, p_value, regime_sentence

if TYPE_CHECKING:
    from simhedge.validation.result import Validation


def validation_content(validation: Validation, versions: dict[str, str]) -> Content:
    """What the page of a validation says and shows."""
    scenario = validation.scenario
    headlines = [level for level in levels_under_test(validation) if level.headline]
    told = [*(level_sentence(validation, level) for level in headlines), *absent_sentences(validation)]
    asked_for = (("--power", validation.power), ("--wrong-sign", validation.wrong_sign))
    return Content(
        kind="Validation of levels",
        title=scenario.name,
        description=" ".join(scenario.description.split()),
        facts=(
            *size_of(scenario),
            counted(int(validation.method["placebos"]), "placebo level"),
        ),
        lead=_lead(len(headlines), told),
        answers=(*map(_answer, told), Answer(f"{regime_sentence(validation)}.", "Regimes:")),
        answers_note="",
        warnings=tuple(validation.warnings),
        summary=None,
        tables=_tables(validation),
        charts=validation_charts(validation),
        levels=(_levels(validation),) if headlines else (),
        levels_told=f"Levels {validation.method.get('levels', 'of the start')}; equal ones are tested once.",
        asked=asked(scenario),
        method=method_of_validation(validation, versions),
        again=again(scenario, "validate", {flag: "" for flag, study in asked_for if study is not None}),
    )


def _lead(count: int, told: list[Sentence]) -> str:
    """How many of the levels differ from the twin."""
    if count == 0:
        return "None of our definitions finds a level: there is nothing to test."
    more = sum("than the twin" in sentence.verdict for sentence in told)
    unlike = sum("unlike placebo" in sentence.verdict for sentence in told)
    return (
        f"Of {counted(count, 'level')}, {more} {'differs' if more == 1 else 'differ'} from the twin, and "
        f"{unlike} from placebo levels."
    )


def _answer(sentence: Sentence) -> Answer:
    told = f"{sentence.told}; {sentence.verdict}." if sentence.verdict else f"{sentence.told}."
    subject = f"{sentence.level[:1].upper()}{sentence.level[1:]}:"
    return Answer(told, subject, more=f"Found {sentence.named}." if sentence.named else "")


def _tables(validation: Validation) -> tuple[Table, ...]:
    """Every number behind the answers."""
    levels = levels_under_test(validation)
    note = statistic_notes(validation)
    tables = [Table(f"Tests of {level.title}", statistic_rows(level)) for level in levels if level.headline]
    if tables:
        tables[-1] = Table(tables[-1].caption, tables[-1].rows._replace(note=note))
    others = [level for level in levels if not level.headline]
    if others:
        tables.append(Table("Levels that only other definitions find", other_definition_rows(validation, others)))
    if not validation.regressions.empty:
        tables.append(Table("Regressions of the literature on simulated days", regression_rows(validation.regressions)))
    if not validation.stylised_facts.empty:
        tables.append(Table("Stylised facts of returns", fact_rows(validation.stylised_facts)))
    if validation.power is not None:
        tables.append(Table("Sessions of market data it would take", power_rows(validation.power)))
    if validation.wrong_sign is not None:
        tables.append(
            Table(
                "What levels mean, and what is left where the side is mistaken", wrong_sign_rows(validation.wrong_sign)
            )
        )
    return tuple(tables)


def _levels(validation: Validation) -> Table:
    """Every definition with its price, and how the test of its level came out."""
    adjusted = {
        level.track: (level.main_statistic, float(level.tests["p_adjusted"].get(level.main_statistic, float("nan"))))
        for level in levels_under_test(validation)
    }
    cells = []
    for row in validation.levels[validation.levels["track"] >= 0].to_dict("records"):
        statistic, p = adjusted.get(int(row["track"]), ("", float("nan")))
        cells.append((spoken(str(row["name"])), str(row["definition"]), price(row["value"]), statistic, p_value(p)))
    columns = ("level", "definition", "price ($)", "tested by", "p Holm")
    return Table("Levels by definition", Rows(columns, cells, ("definition", "tested by")))
