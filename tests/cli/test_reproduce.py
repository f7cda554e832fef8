"""`simhedge reproduce`: rows, list, figures, and the exit code of a disagreement."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simhedge.canon import CHECKS
from simhedge.canon.results import end_of_day_feedback

Call = Callable[..., Any]
QUICK = "end_of_day_feedback"
ROW = {"id", "source", "status", "published", "observed", "standard_error", "z", "verdict"}


def test_json_is_a_list_of_rows(program: Call) -> None:
    outcome = program("reproduce", QUICK, "--json")
    rows = json.loads(outcome.out)
    assert outcome.code == 0
    assert rows
    assert all(row.keys() >= ROW and row["id"].startswith(QUICK) for row in rows)


def test_the_table_names_check_and_verdict(program: Call) -> None:
    outcome = program("reproduce", QUICK, "missing")
    assert outcome.code == 0
    assert end_of_day_feedback.TITLE in outcome.out
    assert "agrees" in outcome.out
    assert "not available" in outcome.out


def test_the_list_runs_nothing(program: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for check in CHECKS.values():
        monkeypatch.setattr(check, "check", None)
    listed = json.loads(program("reproduce", "--list", "--json").out)
    assert [row["id"] for row in listed] == list(CHECKS)
    shown = program("reproduce", "--list").out
    assert all(name in shown for name in CHECKS)


def test_a_disagreement_exits_with_1(program: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    found = end_of_day_feedback.check
    wrong = lambda effort: found(effort)._replace(  # noqa: E731
        cells=[c.__class__(**(c.__dict__ | {"observed": c.observed * 1.05})) for c in found(effort).cells]
    )
    monkeypatch.setattr(end_of_day_feedback, "check", wrong)
    outcome = program("reproduce", QUICK, "--json")
    assert outcome.code == 1
    assert {row["verdict"] for row in json.loads(outcome.out)} == {"disagrees"}


def test_out_holds_rows_and_figures(program: Call, tmp_path: Path) -> None:
    assert program("reproduce", "squeeze_fold", "--quiet", "--out", str(tmp_path / "canon")).code == 0
    assert json.loads((tmp_path / "canon" / "reproduce.json").read_text())
    assert (tmp_path / "canon" / "figures" / "squeeze_fold.png").stat().st_size > 10_000


def test_a_directory_is_replaced_only_if_it_holds_such_rows(program: Call, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "reproduce.json").write_text("mine")
    outcome = program("reproduce", QUICK, "--quiet", "--out", str(tmp_path / "precious"))
    assert outcome.code == 2
    assert "holds no saved run" in outcome.err
    assert (tmp_path / "precious" / "reproduce.json").read_text() == "mine"
    for _ in range(2):
        assert program("reproduce", QUICK, "--quiet", "--out", str(tmp_path / "own")).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such_check"], "no such check"),
        ([QUICK, "--paths", "0"], "--paths"),
        ([QUICK, "--out", "taken"], "this is a file"),
    ],
)
def test_bad_input_is_refused_in_words(
    program: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("not a directory")
    outcome = program("reproduce", *arguments, "--json")
    assert outcome.code == 2
    assert words in outcome.err
    assert json.loads(outcome.out)["error"]["remedy"]
