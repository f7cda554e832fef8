"""A validation as one line and as an HTML table: each level's main statistic, hedged beside twin and placebo levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.display import frame, lines, table
from simhedge.rounding import counted
from simhedge.simulation.result_words import hash_words, size_words
from simhedge.validation.levels_under_test import LevelUnderTest, levels_under_test, numbers_of
from simhedge.validation.statistics import STATISTICS
from simhedge.validation.words import (
    absent_sentences,
    bracketed,
    difference,
    measured,
    p_value,
    regime_sentence,
)

if TYPE_CHECKING:
    from simhedge.validation.result import Validation

_COLUMNS = (
    "level",
    "statistic",
    "hedged ± se",
    "twin ± se",
    "difference ± se",
    "placebo difference [95%]",
    "p (Holm)",
    "definitions",
)
_UNITS = {own.name: own.unit for own in STATISTICS}
_READ = (
    "difference: hedged less twin, paired by their news; placebo: the same difference at other prices, "
    "to which the level's own must be compared; p: hedged equals twin, corrected for all tests"
)


def line(validation: Validation) -> str:
    """Name, size, hash and number of levels and tests, in one line."""
    scenario = validation.scenario
    levels = int(validation.levels.loc[validation.levels["track"] >= 0, "track"].nunique())
    told = f"{counted(levels, 'level')}, {counted(len(validation.tests), 'test')}"
    return f"<Validation {scenario.name!r}: {size_words(scenario)}, {hash_words(scenario)}, {told}>"


def html(validation: Validation) -> str:
    """The main statistic of every level, volatility by regime, names without a level, warnings."""
    scenario = validation.scenario
    rows = [_cells(validation, level) for level in levels_under_test(validation)]
    facts = ["do levels hold?", size_words(scenario), hash_words(scenario)]
    shown = table(scenario.name, facts, _COLUMNS, rows, words=("statistic",))
    absent = [f"{sentence.level}: {sentence.told}" for sentence in absent_sentences(validation)]
    told = lines([_READ]) + lines([regime_sentence(validation)], "regimes") + lines(absent)
    return frame(shown, told, lines(validation.warnings, "warning"))


def _cells(validation: Validation, level: LevelUnderTest) -> list[str]:
    """Shares in percent, what is no share in its unit."""
    statistic = level.main_statistic
    row = numbers_of(level, statistic)
    scale, unit = (100.0, ", %") if _UNITS[statistic] == "share" else (1.0, "")
    return [
        level.title,
        statistic.replace("_", " ") + unit,
        *(measured(row[world], row[f"{world}_se"], scale) for world in ("hedged", "twin")),
        difference(row, scale),
        bracketed(scale * row["placebo_low"], scale * row["placebo_high"]),
        p_value(row["p_adjusted"]),
        f"{len({definition for _, definition in level.members}):,}",
    ]
