"""`simhedge validate`: what goes where, which exit code comes back, and that bad input ends in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simhedge.cli.main import main
from simhedge.errors import InputError
from simhedge.validation import load_validation

Call = Callable[..., Any]

SMALL = (
    "--set", "paths=256", "--set", "clock.steps_per_day=13", "--set", "validation.placebos=12",
    "--set", "levels.definitions=[simhedge]",
)  # fmt: skip
QUADRATIC = """
schema_version: 1
name: quadratic
paths: 10
clock: {days: 1, steps_per_day: 4}
market: {spot: 100.0, fundamental: {type: gbm, volatility: 0.2}, adv_shares: 1.0e+6}
books: {own: [{kind: constant_gamma, gamma: 1.0e+4}]}
dealers: [{name: street, book: own, policy: {type: continuous}}]
"""
TEST_KEYS = {"hedged", "twin", "difference", "difference_se", "placebo_mean", "placebo_ci95", "p_value", "p_adjusted"}
REGIME_KEYS = {"vol_above_zero_gamma", "vol_below_zero_gamma", "twin_above", "twin_below", "ratio", "ratio_se"}


def test_the_answers_lead_the_table(program: Call) -> None:
    outcome = program("validate", "walls_that_hold", *SMALL)
    assert outcome.code == 0
    answer = outcome.out.index("held on")
    assert answer < outcome.out.index("hold_rate")
    assert outcome.err == ""


def test_json_is_one_document_with_the_keys_promised(program: Call) -> None:
    outcome = program("validate", "walls_that_hold", *SMALL, "--json")
    document = json.loads(outcome.out)
    assert {"scenario", "sha256", "levels", "regimes", "method"} <= document.keys()
    assert document["scenario"] == "walls-that-hold"
    assert document["regimes"].keys() >= REGIME_KEYS
    for level in document["levels"]:
        assert level.keys() == {"name", "definition", "value", "tests"}
        assert all(test.keys() >= TEST_KEYS for test in level["tests"].values())
    names = {(level["name"], level["definition"]): level for level in document["levels"]}
    assert names["call_wall", "simhedge"]["value"] == 102.0
    assert "hold_rate" in names["put_wall", "simhedge"]["tests"]


def test_names_do_not_depend_on_the_true_sign(program: Call) -> None:
    documents = [
        json.loads(program("validate", name, *SMALL, "--json").out) for name in ("walls_that_hold", "walls_that_do_not")
    ]
    first, second = ([(x["name"], x["definition"], x["value"]) for x in d["levels"]] for d in documents)
    assert first == second


def test_out_holds_tables_and_figures_that_load_again(program: Call, tmp_path: Path) -> None:
    outcome = program("validate", "zero_gamma_switch", *SMALL, "--json", "--out", str(tmp_path / "v"))
    assert outcome.code == 0
    assert load_validation(tmp_path / "v").as_json() == json.loads(outcome.out)
    assert len(list((tmp_path / "v" / "figures").glob("*.png"))) >= 3


def test_no_figures_where_none_are_wanted(program: Call, tmp_path: Path) -> None:
    assert program("validate", "walls_that_hold", *SMALL, "--quiet", "--no-figures", "--out", str(tmp_path)).code == 0
    assert not list(tmp_path.rglob("*.png"))
    assert (tmp_path / "tests.parquet").exists()


def test_quiet_prints_nothing(program: Call) -> None:
    assert program("validate", "walls_that_hold", *SMALL, "--quiet").out == ""


@pytest.mark.parametrize(
    ("arguments", "key", "words"),
    [
        (["validate", "no_such_file.yaml"], None, "there is no such file"),
        (["validate", "walls_that_hold", "--set", "validation.tolerance=-1"], "validation.tolerance", "greater than 0"),
        (["validate", "walls_that_hold", "--set", "validation.twins=x"], "validation.twins", "twin"),
        (["validate", "walls_that_hold", "--figures"], "--figures", "--out"),
        (["validate", "quadratic.yaml"], "books", "no definition finds any level"),
        (["validate", "walls_that_hold", "--power", "3"], None, "unexpected extra argument"),
    ],
)
def test_bad_input_is_refused_in_words(
    program: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    key: str | None,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quadratic.yaml").write_text(QUADRATIC)
    outcome = program(*arguments, "--json")
    assert outcome.code == 2
    error = json.loads(outcome.out)["error"]
    assert key is None or error["key"] == key
    assert words in outcome.err
    assert error["remedy"]


def test_a_directory_with_something_else_in_it_is_refused_before_the_run(program: Call, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    outcome = program("validate", "walls_that_hold", *SMALL, "--out", str(tmp_path))
    assert outcome.code == 2
    assert "holds no saved run" in outcome.err
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    ("options", "asked"),
    [([], (False, False)), (["--power"], (True, False)), (["--wrong-sign"], (False, True))],
)
def test_what_takes_long_is_done_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, options: list[str], asked: tuple[bool, bool]
) -> None:
    """The work itself is that of tests/validation; here it ends before it begins."""
    seen: list[tuple[bool, bool]] = []

    def validate(_: object, *, power: bool, wrong_sign: bool, **others: object) -> None:
        seen.append((power, wrong_sign))
        raise InputError("enough")

    monkeypatch.setattr("simhedge.validation.validate", validate)
    assert main(["validate", "walls_that_hold", *options]) == 2
    assert seen == [asked]
