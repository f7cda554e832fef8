"""All published results at their own number of paths: green or explained, and a 5% error anywhere would be seen."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from simhedge.canon import CHECKS, Cell, Effort, Finding, chosen_checks, reproduce
from simhedge.errors import InputError

# 5% less stays inside the rounding of these printed numbers: 0.13 and 0.16 are given to two digits.
TOO_COARSE = {"hull_performance.weeks_0.5", "hull_performance.weeks_0.25"}


@cache
def findings() -> dict[str, Finding]:
    return reproduce()


def cells() -> list[Cell]:
    return [cell for finding in findings().values() for cell in finding.cells]


def test_nothing_disagrees() -> None:
    assert [cell.as_json() for cell in cells() if cell.verdict == "disagrees"] == []


def test_there_are_enough_cells_and_ids_are_unique() -> None:
    observed = [cell for cell in cells() if cell.observed is not None]
    assert len(observed) >= 150
    assert len({cell.id for cell in cells()}) == len(cells())
    assert all(cell.id.startswith(f"{name}.") for name, finding in findings().items() for cell in finding.cells)


def test_an_error_of_5_percent_above_is_seen_in_every_cell() -> None:
    blind = [cell.id for cell in cells() if cell.observed is not None and _off(cell, 1.05).verdict != "disagrees"]
    assert blind == []


def test_an_error_of_5_percent_below_is_seen_where_the_print_has_the_digits() -> None:
    blind = {cell.id for cell in cells() if cell.observed is not None and _off(cell, 0.95).verdict != "disagrees"}
    assert blind <= TOO_COARSE


def _off(cell: Cell, factor: float) -> Cell:
    assert cell.observed is not None
    return dataclasses.replace(cell, observed=cell.observed * factor)


def test_what_is_recalled_only_is_never_printed() -> None:
    assert all(cell.published is None for cell in cells() if cell.status == "R")


def test_what_differs_says_why_and_what_is_missing_says_what() -> None:
    for cell in cells():
        if cell.verdict == "explained":
            assert cell.expected is not None
            assert len(cell.explanation) > 20
        if cell.verdict == "not available":
            assert len(cell.explanation) > 20


def test_rows_are_json() -> None:
    rows = json.loads(json.dumps([cell.as_json() for cell in cells()], allow_nan=False))
    wanted = {"id", "source", "status", "published", "observed", "standard_error", "z", "verdict"}
    assert all(wanted <= row.keys() for row in rows)


def test_the_page_counts_verdicts_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "canon.md").read_text(encoding="utf-8")
    for name, finding in findings().items():
        counts = Counter(cell.verdict for cell in finding.cells)
        shown = " | ".join(str(counts[verdict] or "") for verdict in ("agrees", "explained", "not available"))
        assert f"| `{name}` | {CHECKS[name].TITLE} | {CHECKS[name].SOURCE} | {shown} |" in page


def test_every_check_tells_of_itself() -> None:
    for name, check in CHECKS.items():
        assert name == check.ID == check.__name__.rpartition(".")[2]
        assert all(isinstance(text, str) and text for text in (check.TITLE, check.SOURCE, check.SETUP))


def test_checks_are_chosen_by_id_in_the_order_of_the_registry() -> None:
    first, second = list(CHECKS)[:2]
    assert chosen_checks([second, first]) == [first, second]
    assert chosen_checks([]) == list(CHECKS)
    with pytest.raises(InputError, match="no such check"):
        chosen_checks(["gamma_of_the_gods"])


def test_progress_is_told_by_check() -> None:
    told: list[tuple[int, int, str]] = []
    reproduce(["missing"], Effort(progress=lambda done, total, phase: told.append((done, total, phase))))
    assert told == [(0, 1, "missing"), (1, 1, "done")]


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        (Cell("a", "b", "D", 1.0, 1.0), "agrees"),
        (Cell("a", "b", "D", 1.0, 1.0 + 1e-6), "disagrees"),
        (Cell("a", "b", "P", 0.42, 0.4249, precision=0.005), "agrees"),
        (Cell("a", "b", "P", 0.42, 0.4251, precision=0.005), "disagrees"),
        (Cell("a", "b", "D", 1.0, 1.039, standard_error=0.01), "agrees"),
        (Cell("a", "b", "D", 1.0, 1.041, standard_error=0.01), "disagrees"),
        (Cell("a", "b", "D", 1.0, 2.0, 0.01, expected=2.0, explanation="why"), "explained"),
        (Cell("a", "b", "D", 1.0, 2.0, 0.01, expected=2.0), "disagrees"),
        (Cell("a", "b", "D", 1.0, 2.0, 0.01, explanation="words alone"), "disagrees"),
        (Cell("a", "b", "R", None, 2.0, 0.01, expected=2.01, explanation="why"), "explained"),
        (Cell("a", "b", "P", 1.0, None, explanation="needs an order book"), "not available"),
        (Cell("a", "b", "D", 1.0, math.nan, 0.01), "disagrees"),
        (Cell("a", "b", "D", 1.0, 1.0, math.nan), "agrees"),
    ],
)
def test_verdicts(cell: Cell, verdict: str) -> None:
    assert cell.verdict == verdict


def test_z_counts_from_the_rounding_of_the_print() -> None:
    assert Cell("a", "b", "P", 0.42, 0.445, standard_error=0.01, precision=0.005).z == pytest.approx(2.0, rel=1e-6)
    assert Cell("a", "b", "P", 0.42, 0.395, standard_error=0.01, precision=0.005).z == pytest.approx(-2.0, rel=1e-6)
    assert Cell("a", "b", "P", None, 0.4).z is None
