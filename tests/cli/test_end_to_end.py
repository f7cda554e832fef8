"""The whole way from a scenario file to table, JSON and directory, nothing replaced."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simhedge.simulation import load_result

Call = Callable[..., Any]

SCENARIO = """\
schema_version: 1
name: small
description: A small run.
seed: 11
paths: 128
clock: {days: 2, steps_per_day: 10}
market: {spot: 100.0, adv_shares: 5.0e+6, fundamental: {type: bachelier, volatility: 20.0}}
books: {monthly: [{kind: call, strike: 100.0, expiry_days: 5, contracts: 50_000, implied_vol: 0.20}]}
dealers: [{name: street, book: monthly, policy: {type: continuous}}]
expect:
  - {metric: horizon_vol, series: ratio, below: 1.0}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SCENARIO)
    return str(file)


def test_json_has_the_documented_keys_and_no_nan(program: Call, scenario: str) -> None:
    outcome = program("run", scenario, "--json", "--check")
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert set(document) == {
        "scenario", "sha256", "seed", "paths", "steps", "metrics", "expectations", "engine", "warnings",
    }  # fmt: skip
    assert (document["scenario"], document["seed"], document["paths"], document["steps"]) == ("small", 11, 128, 20)
    row = {"hedged", "hedged_se", "twin", "twin_se", "ratio", "ratio_se", "difference", "difference_se"}
    assert all(set(values) == row for values in document["metrics"].values())
    assert [outcome["passed"] for outcome in document["expectations"]] == [True]


def test_a_failed_expectation_exits_with_1(program: Call, scenario: str) -> None:
    arguments = ["run", scenario, "--check", "--set", "expect=[{metric: horizon_vol, series: ratio, above: 1.0}]"]
    outcome = program(*arguments)
    assert outcome.code == 1
    assert "FAILED" in outcome.out


def test_table_tells_each_step_and_adds_up(program: Call, scenario: str) -> None:
    outcome = program("run", scenario, "--table")
    assert outcome.code == 0, outcome.err
    rows = [line.split() for line in outcome.out.splitlines() if line.strip().split(" ")[0].isdigit()]
    assert [row[0] for row in rows] == [str(step) for step in range(21)]
    trades = [float(row[4].replace(",", "").replace("−", "-")) for row in rows]
    assert sum(trades) == pytest.approx(float(rows[-1][3].replace(",", "").replace("−", "-")), abs=0.2)


def test_out_holds_the_result_and_its_figures(program: Call, scenario: str, tmp_path: Path) -> None:
    place = tmp_path / "saved"
    for _ in range(2):
        assert program("run", scenario, "--out", str(place), "--quiet").code == 0
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert {"manifest.json", "summary.parquet", "figures/fan.png", "figures/path.png", "figures/gain.png"} <= names
    assert {path.name for path in tmp_path.iterdir()} == {"small.yaml", "saved"}
    assert load_result(place).scenario.name == "small"


def test_a_directory_of_other_things_is_refused_before_the_run(program: Call, scenario: str, tmp_path: Path) -> None:
    place = tmp_path / "precious"
    place.mkdir()
    (place / "thesis.tex").write_text("years of work")
    outcome = program("run", scenario, "--set", "paths=1_000_000_000", "--out", str(place), "--json")
    assert outcome.code == 2
    assert json.loads(outcome.out)["error"]["key"] == "--out"
    assert [path.name for path in place.iterdir()] == ["thesis.tex"]


def test_what_the_table_shows_is_the_same_path_the_run_took(program: Call, scenario: str, tmp_path: Path) -> None:
    record = "outputs={record: {paths: 2, every: 1, series: [spot]}}"
    outcome = program("run", scenario, "--set", record, "--table", "--out", str(tmp_path / "saved"), "--no-figures")
    assert outcome.code == 0, outcome.err
    rows = [line.split() for line in outcome.out.splitlines() if line.strip().split(" ")[0].isdigit()]
    paths = load_result(tmp_path / "saved").paths
    assert paths is not None
    np.testing.assert_allclose([float(row[1]) for row in rows], paths["spot"][0], atol=5.1e-5)


def test_bad_values_name_file_line_key_and_remedy(program: Call, scenario: str) -> None:
    Path(scenario).write_text(SCENARIO.replace("volatility: 20.0", "volatilty: 20.0"))
    outcome = program("run", scenario, "--json")
    error = json.loads(outcome.out)["error"]
    assert outcome.code == 2
    assert (error["file"], error["line"]) == (scenario, 7)
    assert "volatilty" in error["key"]
    assert "volatility" in error["remedy"]


def test_threads_of_a_process_change_no_digit(scenario: str) -> None:
    def metrics(threads: int) -> Any:
        command = [sys.executable, "-m", "simhedge.cli.main", "run", scenario, "--json", "--threads", str(threads)]
        document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert document["engine"]["threads"] == threads
        return document["metrics"]

    assert metrics(1) == metrics(2)
