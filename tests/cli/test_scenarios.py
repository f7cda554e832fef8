"""`simhedge scenarios`, `schema` and `warmup`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import simhedge.scenario
from simhedge.cli.scenarios import claim

Call = Callable[..., Any]

SCENARIO = """\
schema_version: 1
name: {name}
description: >
  Dealers long alpha = 1.5 of calls hold the
  price. The rest explains how.
clock: {{days: 1, steps_per_day: 10}}
market: {{spot: 100.0, adv_shares: 5.0e+6, fundamental: {{type: bachelier, volatility: 20.0}}}}
books: {{teaching: [{{kind: constant_gamma, gamma: 1.0e5}}]}}
dealers: [{{name: street, book: teaching, policy: {{type: continuous}}}}]
"""


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two scenarios with a data folder beside them, shipped from a temporary directory."""
    home = tmp_path / "shipped"
    (home / "data").mkdir(parents=True)
    (home / "data" / "chain.csv").write_text("quotes")
    files = {}
    for name in ("pin", "squeeze"):
        files[name] = home / f"{name}.yaml"
        files[name].write_text(SCENARIO.format(name=name))
    monkeypatch.setattr(simhedge.scenario, "shipped_scenarios", lambda: files)
    return files


def test_each_scenario_is_listed_with_its_claim(program: Call, shipped: dict[str, Path]) -> None:
    outcome = program("scenarios")
    assert outcome.code == 0
    for name in shipped:
        line = next(line for line in outcome.out.splitlines() if line.startswith(name))
        assert "Dealers long alpha = 1.5 of calls hold the price." in line
    assert "The rest" not in outcome.out


def test_a_claim_is_the_first_sentence_and_decimals_do_not_end_it(shipped: dict[str, Path]) -> None:
    assert claim(shipped["pin"]) == "Dealers long alpha = 1.5 of calls hold the price."


def test_the_list_as_json(program: Call, shipped: dict[str, Path]) -> None:
    listed = json.loads(program("scenarios", "--json").out)["scenarios"]
    assert [entry["name"] for entry in listed] == list(shipped)


def test_copy_brings_scenarios_and_data(program: Call, shipped: dict[str, Path], tmp_path: Path) -> None:
    target = tmp_path / "mine"
    assert program("scenarios", "--copy", str(target)).code == 0
    assert (target / "pin.yaml").read_text() == shipped["pin"].read_text()
    assert (target / "data" / "chain.csv").read_text() == "quotes"


def test_copy_overwrites_nothing(program: Call, shipped: dict[str, Path], tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "pin.yaml").write_text("my own")
    outcome = program("scenarios", "--copy", str(target))
    assert outcome.code == 2
    assert "--copy" in outcome.err
    assert [path.name for path in target.iterdir()] == ["pin.yaml"]
    assert (target / "pin.yaml").read_text() == "my own"


def test_every_truly_shipped_scenario_has_a_claim() -> None:
    claims = {name: claim(path) for name, path in simhedge.scenario.shipped_scenarios().items()}
    assert all(text.endswith((".", "!", "?")) for text in claims.values()), claims


def test_the_schema_is_one_json_document_about_scenarios(program: Call) -> None:
    schema = json.loads(program("schema").out)
    assert {"market", "books", "dealers"} <= set(schema["properties"])


@pytest.mark.parametrize(("needed", "compiled"), [(True, ["all"]), (False, [])])
def test_warmup_compiles_only_what_is_not_compiled(
    program: Call, monkeypatch: pytest.MonkeyPatch, needed: bool, compiled: list[str]
) -> None:
    done: list[str] = []
    fake = SimpleNamespace(needs_compiling=lambda: needed, warmup=lambda: done.append("all"))
    monkeypatch.setitem(sys.modules, "simhedge.simulation.warmup", fake)  # type: ignore[arg-type]
    outcome = program("warmup")
    assert outcome.code == 0
    assert outcome.out == ""
    assert done == compiled
    assert "compil" in outcome.err
