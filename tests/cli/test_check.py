"""`simhedge check`: one line per file, the gravest outcome as exit code, nothing run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simhedge.errors import ResourceError

Call = Callable[..., Any]

GOOD = """\
schema_version: 1
name: small
paths: 50
clock: {days: 1, steps_per_day: 10}
market: {spot: 100.0, adv_shares: 5.0e+6, fundamental: {type: bachelier, volatility: 20.0}}
books: {teaching: [{kind: constant_gamma, gamma: 1.0e5}]}
dealers: [{name: street, book: teaching, policy: {type: continuous}}]
"""


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("spot: 100.0", "spot: -1.0"))
    return SimpleNamespace(good=str(good), bad=str(bad))


@pytest.fixture(autouse=True)
def planned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The scenarios that were planned; one with a seed of 3 is said to need too much memory."""
    scenarios: list[Any] = []

    def prepare(scenario: Any) -> None:
        scenarios.append(scenario)
        if scenario.seed == 3:
            raise ResourceError("recorded paths need 80 GB", key="outputs.record", remedy="record fewer")

    for name, stand_in in (("plan", {"prepare": prepare}), ("memory", {"check_memory": lambda plan: None})):
        monkeypatch.setitem(sys.modules, f"simhedge.simulation.{name}", SimpleNamespace(**stand_in))  # type: ignore[arg-type]
    return scenarios


def test_a_good_file_is_planned_and_ok(program: Call, files: SimpleNamespace, planned: list[Any]) -> None:
    outcome = program("check", files.good)
    assert outcome.code == 0
    assert outcome.out == f"{files.good}: OK (small, 50 paths)\n"
    assert outcome.err == ""
    assert [scenario.name for scenario in planned] == ["small"]


def test_a_bad_file_is_named_with_its_line_and_does_not_stop_the_others(program: Call, files: SimpleNamespace) -> None:
    outcome = program("check", files.bad, files.good)
    assert outcome.code == 2
    assert f"error: {files.bad}:5: market.spot" in outcome.err
    assert outcome.out.startswith(f"{files.good}: OK")


def test_lack_of_memory_has_its_own_exit_code_unless_a_file_is_wrong(program: Call, files: SimpleNamespace) -> None:
    outcome = program("check", files.good, "--set", "seed=3")
    assert outcome.code == 3
    assert files.good in outcome.err
    assert program("check", files.good, files.bad, "--set", "seed=3").code == 2


def test_json_lists_every_file_and_the_first_error(program: Call, files: SimpleNamespace) -> None:
    outcome = program("check", files.good, files.bad, "--json")
    document = json.loads(outcome.out)
    assert [entry["ok"] for entry in document["files"]] == [True, False]
    assert len(document["files"][0]["sha256"]) == 64
    assert document["error"] == document["files"][1]["error"]
    assert set(document["error"]) >= {"file", "line", "key", "value", "remedy"}
    assert document["error"]["key"] == "market.spot"


def test_json_of_good_files_has_no_error(program: Call, files: SimpleNamespace) -> None:
    assert "error" not in json.loads(program("check", files.good, "--json").out)


def test_settings_apply_to_every_file(program: Call, files: SimpleNamespace, planned: list[Any]) -> None:
    assert program("check", files.bad, "--set", "market.spot=90", "--set", "paths=7").code == 0
    assert (planned[0].market.spot, planned[0].paths) == (90.0, 7)


def test_a_missing_file_is_an_error_of_input(program: Call, tmp_path: Path) -> None:
    outcome = program("check", str(tmp_path / "nothing.yaml"))
    assert outcome.code == 2
    assert "nothing.yaml" in outcome.err
