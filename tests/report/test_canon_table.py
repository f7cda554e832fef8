"""The table of published results: what each source gives, ours with its error, and the verdict, within 100 columns."""

from __future__ import annotations

import io
import math
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding
from simhedge.canon.registry import CHECKS
from simhedge.report.canon_table import canon_table, count_line, folded, list_of_checks, published

SOURCE = "Somebody (1980), Journal of Something 8:259"
AGREES = Cell("pins.alpha_1", SOURCE, "C", 0.382925, 0.381, 0.003)
ROUNDED = Cell("pins.weeks_1", SOURCE, "P", 0.13, 0.1336, 0.0023, precision=0.005)
EXPLAINED = Cell(
    "pins.sloped", SOURCE, "P2", 1.0, 0.9, 0.001, expected=0.9001, explanation="Lag, which the source has not."
)
LIKEWISE = Cell("pins.steep", SOURCE, "P2", 2.0, 1.8, 0.001, expected=1.8, explanation="Lag, which the source has not.")
MISSING = Cell("pins.heston", "Fang (2008), SIAM 31:826", "P", 5.785, None, explanation="Stochastic volatility.")
WRONG = Cell("pins.wrong", SOURCE, "D", 1.0, 1.5, 0.01)
EXACT = Cell("pins.exact", SOURCE, "D", 1.0, 2.0)
UNKNOWN = Cell("pins.recalled", SOURCE, "R", None, 0.5, 0.1)
ALL = [AGREES, ROUNDED, EXPLAINED, LIKEWISE, MISSING, WRONG, EXACT, UNKNOWN]


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    own = SimpleNamespace(ID="pins", TITLE="Pins at expiry", SOURCE=SOURCE, SETUP="Paths are simulated.")
    monkeypatch.setitem(CHECKS, "pins", own)


def printed(renderable: Any) -> str:
    stream = io.StringIO()
    Console(file=stream, width=100, highlight=False).print(renderable)
    return stream.getvalue()


def shown(cells: list[Cell]) -> str:
    return printed(canon_table({"pins": Finding(cells)}))


def row(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(name))
    return re.split(r"\s{2,}", line.strip())


def test_each_check_has_its_title_and_source_above_its_cells() -> None:
    lines = [line.strip() for line in shown([AGREES]).splitlines()]
    assert lines[:2] == ["pins  Pins at expiry", SOURCE]


def test_a_row_holds_published_ours_z_and_verdict() -> None:
    text = shown(ALL)
    assert row(text, "alpha_1") == ["alpha_1", "C", "0.382925", "0.3810 ± 0.0030", "−0.6", "agrees"]
    assert row(text, "weeks_1") == ["weeks_1", "P", "0.13", "0.1336 ± 0.0023", "0.0", "agrees"]
    assert row(text, "sloped")[-1] == "explained"
    assert row(text, "heston") == ["heston", "P", "5.785", "–", "–", "not available"]
    assert row(text, "wrong") == ["wrong", "D", "1", "1.500 ± 0.010", "50.0", "disagrees"]
    assert row(text, "exact")[-2:] == ["∞", "disagrees"]


def test_a_number_that_nobody_confirmed_is_a_dash() -> None:
    assert row(shown(ALL), "recalled")[:4] == ["recalled", "R", "–", "0.50 ± 0.10"]


def test_published_numbers_have_the_digits_of_their_source() -> None:
    assert published(ROUNDED) == "0.13"
    assert published(Cell("a", SOURCE, "P", 0.4, 0.4, precision=0.0005)) == "0.400"
    assert published(Cell("a", SOURCE, "P", 263_300.0, 263_300.0, precision=50.0)) == "263,300"
    assert published(Cell("a", SOURCE, "C", 0.5, 0.5)) == "0.5"


def test_explanations_stand_below_those_of_the_same_reason_together() -> None:
    text = " ".join(shown(ALL).split())
    assert "sloped (expected 0.9001), steep (expected 1.8): Lag, which the source has not." in text
    assert "heston: Fang (2008), SIAM 31:826. Stochastic volatility." in text
    assert text.count(SOURCE) == 1


def test_statuses_in_use_are_explained() -> None:
    text = " ".join(shown([AGREES, ROUNDED]).split())
    assert "P: published, seen in the source; C: computed from a published formula. A cell agrees within 4" in text
    assert "P2:" not in text


def test_the_last_line_counts_verdicts() -> None:
    assert shown(ALL).splitlines()[-1].strip() == "8 cells: 2 agree, 2 explained, 1 not available, 3 disagree"
    assert str(count_line([AGREES])) == "1 cell: 1 agree, 0 explained, 0 not available, 0 disagree"
    assert "red" in str(count_line([WRONG]).style)
    assert "red" not in str(count_line([AGREES]).style)


def test_no_line_is_wider_than_100_columns_and_names_break_after_a_dot_or_underscore() -> None:
    long = Cell("pins.cost_1_percent.whalley_wilmott.certainty_equivalent", SOURCE, "D", 911_227.25, 911_000.4, 12.0)
    small = Cell("pins.news", SOURCE, "D", -0.46328712, -0.4632883, 2e-6)
    lines = shown([*ALL, long, small]).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    assert any(line.startswith("cost_1_percent.whalley_wilmott. ") for line in lines)
    assert any(line.strip() == "certainty_equivalent" for line in lines)


def test_folding_keeps_every_letter() -> None:
    name = "a.bb_ccc.dddd_eeeee"
    assert folded(name, 6).replace("\n", "") == name
    assert max(map(len, folded(name, 6).split("\n"))) <= 6
    assert folded("abcdefgh", 3) == "abc\ndef\ngh"
    assert folded("short", 6) == "short"


def test_a_check_that_is_not_registered_is_shown_all_the_same() -> None:
    text = printed(canon_table({"new": Finding([Cell("new.cell", SOURCE, "C", 1.0, 1.0, math.pi)])}))
    assert text.startswith("new")
    assert "cell  " in text


def test_the_list_of_checks_names_title_source_and_setup() -> None:
    text = " ".join(printed(list_of_checks(["pins"])).split())
    assert f"pins Pins at expiry {SOURCE} Paths are simulated." in text
