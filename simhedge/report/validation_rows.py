"""The numbers of a validation as rows of text: tests, other definitions, regressions, stylised facts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from simhedge.report.rows import Rows
from simhedge.report.study import authors
from simhedge.rounding import MISSING, plain, plain_at, with_error
from simhedge.validation.levels_under_test import LevelUnderTest, numbers_of
from simhedge.validation.statistics import STATISTICS
from simhedge.validation.words import SURE, bracketed, difference, measured, named_by, p_value, percent

if TYPE_CHECKING:
    from simhedge.validation.result import Validation

_SHARES = ("share", "per sqrt(year)")  # units shown in percent
_SHORT_UNITS = {
    "share": "%",
    "per sqrt(year)": "%",
    "daily standard deviations": "sd",
    "step standard deviations": "sd",
}
_UNITS = {statistic.name: statistic.unit for statistic in STATISTICS}


def statistic_rows(level: LevelUnderTest) -> Rows:
    """All statistics of a level; shares and volatilities in percent."""
    cells = []
    for statistic in level.tests.index:
        row = numbers_of(level, str(statistic))
        unit = _UNITS.get(str(statistic), "")
        scale = 100.0 if unit in _SHARES else 1.0
        label = f"{statistic}, {_SHORT_UNITS[unit]}" if unit else str(statistic)
        cells.append((label, *_compared(row, scale), p_value(row["p_adjusted"])))
    columns = ("statistic", "hedged ± se", "twin ± se", "difference ± se", "placebo [95%]", "p Holm")
    return Rows(columns, cells)


def _compared(row: dict[str, float], scale: float) -> list[str]:
    """Hedged, twin and difference with their errors, and the interval of the difference at placebo levels."""
    shown = [measured(row[name], row[f"{name}_se"], scale) for name in ("hedged", "twin")]
    return [*shown, difference(row, scale), bracketed(scale * row["placebo_low"], scale * row["placebo_high"])]


def other_definition_rows(validation: Validation, levels: list[LevelUnderTest]) -> Rows:
    """The main statistic of each of the levels, those that only other definitions find."""
    cells = []
    for level in levels:
        statistic = level.main_statistic
        row = numbers_of(level, str(statistic))
        shares = _UNITS.get(statistic, "") in _SHARES
        scale = 100.0 if shares else 1.0
        worlds = [percent(row[name], row[f"{name}_se"]) if shares else plain(row[name]) for name in ("hedged", "twin")]
        names = named_by(validation, level).removeprefix("by ")
        cells.append((names, level.title, statistic, *worlds, difference(row, scale), p_value(row["p_adjusted"])))
    columns = ("other definitions", "level", "statistic", "hedged", "twin", "difference ± se", "p Holm")
    return Rows(columns, cells, words=("level", "statistic"))


def statistic_notes(validation: Validation) -> str:
    """How to read the tests."""
    method = validation.method
    tests = int(validation.tests["p_value"].notna().sum())
    return (
        f"± standard error. Volatilities are annualised. p Holm: hedged = twin, corrected for {tests} tests. "
        f"placebo [95%]: the difference at {method['placebos']} placebo levels; their p is the share of them that "
        f"lie as far from their mean as the level. A touch comes within {plain(method['tolerance'], 2)}, a break "
        f"goes {plain(method['break'], 2)} daily standard deviations (sd) beyond, within {method['horizon_steps']} "
        "steps; crossing_speed is in standard deviations of a step."
    )


def regression_rows(table: pd.DataFrame) -> Rows:
    """Slopes with their errors and predictions, whose regression each is, or why there is no slope."""
    cells = []
    for row in table.to_dict("records"):
        z, explained = number_of(row["z"]), number_of(row["r_squared"])
        cells.append(
            (
                str(row["name"]),
                with_error(number_of(row["estimate"]), number_of(row["standard_error"])),
                plain(number_of(row["predicted"]), 3),
                plain_at(z, 1) if math.isfinite(z) else MISSING,
                plain_at(explained, 3) if math.isfinite(explained) else MISSING,
                f"{row['observations']:,}",
                str(row.get("note") or "") or authors(str(row["study"])),
            )
        )
    note = (
        "rows are days, or parts of days; predictions suppose simultaneous clearing and continuous hedging; "
        "z: standard errors from predicted"
    )
    columns = ("regression", "estimate ± se", "predicted", "z", "R²", "rows", "study")
    return Rows(columns, cells, ("study",), note)


def fact_rows(table: pd.DataFrame) -> Rows:
    """Stylised facts of returns, hedged beside twin."""
    rows = table if "fact" in table.columns else table.reset_index(names="fact")
    told = rows.to_dict("records")
    worlds = ("hedged", "twin", "difference")
    cells = [
        (str(row["fact"]), *(with_error(number_of(row[name]), number_of(row[f"{name}_se"])) for name in worlds))
        for row in told
    ]
    return Rows(("stylised fact", *(f"{name} ± se" for name in worlds)), cells)


def differs(row: dict[str, Any]) -> bool:
    """True where hedged and twin of a stylised fact differ by more than chance gives (5%)."""
    apart, error = number_of(row["difference"]), number_of(row["difference_se"])
    return error > 0.0 and math.erfc(abs(apart / error) / math.sqrt(2.0)) <= SURE


def number_of(value: Any) -> float:
    """The number in a cell of a table, NaN where it is empty."""
    return math.nan if value is None or pd.isna(value) else float(value)
