"""`simhedge run`: what goes where, and which exit code comes back."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simhedge.cli.threads import limit_threads
from simhedge.errors import InputError, ResourceError

Call = Callable[..., Any]


def test_the_summary_goes_to_standard_output(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml")
    assert outcome.code == 0
    assert "realised_vol" in outcome.out
    assert outcome.err == ""


def test_json_is_the_only_document_and_warnings_go_to_standard_error(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml", "--json")
    assert json.loads(outcome.out) == fake_run.result.as_json()
    assert "warning: 12 paths diverged" in outcome.err


def test_quiet_prints_no_summary_but_keeps_warnings(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml", "--quiet")
    assert outcome.out == ""
    assert outcome.err.count("warning:") == 1
    assert fake_run.simulated[0]["show_progress"] is False


def test_options_reach_the_run(program: Call, fake_run: Any) -> None:
    arguments = ["--set", "paths=5", "--set", "market.spot=90", "--threads", "2", "--book-delta", "exact"]
    assert program("run", "squeeze.yaml", *arguments).code == 0
    assert fake_run.loaded == [("squeeze.yaml", ["paths=5", "market.spot=90"], None)]
    assert fake_run.simulated == [{"threads": 2, "book_delta": "exact", "show_progress": True}]


@pytest.mark.parametrize(("flags", "code"), [([], 0), (["--check"], 1), (["--check", "--json"], 1)])
def test_a_failed_expectation_matters_only_with_check(
    program: Call, fake_run: Any, flags: list[str], code: int
) -> None:
    assert program("run", "squeeze.yaml", *flags).code == code


def test_check_is_content_when_all_expectations_pass(program: Call, fake_run: Any) -> None:
    fake_run.result.expectations = fake_run.result.expectations[:1]
    assert program("run", "squeeze.yaml", "--check").code == 0


@pytest.mark.parametrize(("flags", "images"), [([], 3), (["--figures"], 3), (["--no-figures"], 0)])
def test_figures_are_saved_with_the_result(
    program: Call, fake_run: Any, tmp_path: Path, flags: list[str], images: int
) -> None:
    place = tmp_path / "saved"
    assert program("run", "squeeze.yaml", "--out", str(place), *flags).code == 0
    assert fake_run.saved == [place]
    assert len(list(place.glob("figures/*.png"))) == images


def test_figures_without_a_directory_are_refused_before_the_run(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml", "--figures")
    assert outcome.code == 2
    assert "--out DIR" in outcome.err
    assert fake_run.simulated == []


def test_table_prints_the_path_and_the_summary(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml", "--table")
    assert outcome.out.index("option delta") < outcome.out.index("realised_vol")


def test_table_stays_out_of_the_json_document(program: Call, fake_run: Any) -> None:
    outcome = program("run", "squeeze.yaml", "--table", "--json")
    assert json.loads(outcome.out)["scenario"] == "gamma-squeeze"
    assert "option delta" in outcome.err


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("must be positive", file="a.yaml", line=7, key="market.spot", value=-1, remedy="use 100"), 2),
        (ResourceError("recorded paths need 80 GB", key="outputs.record", remedy="record fewer"), 3),
        (MemoryError(), 3),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/no/entry"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_words_json_and_exit_codes(
    program: Call, fake_run: Any, error: BaseException, code: int, as_json: bool
) -> None:
    fake_run.error = error
    outcome = program("run", "a.yaml", *(["--json"] if as_json else []))
    assert outcome.code == code
    assert outcome.err.startswith("error: ")
    assert "Traceback" not in outcome.err
    if not as_json:
        assert outcome.out == ""
        return
    body = json.loads(outcome.out)["error"]
    assert set(body) >= {"file", "line", "key", "value", "remedy"}
    if isinstance(error, InputError):
        assert body["file"] == "a.yaml"
        assert (body["line"], body["key"], body["value"]) == (7, "market.spot", "-1")
        assert "a.yaml:7: market.spot: must be positive (use 100)" in outcome.err


def test_a_fault_of_ours_is_not_hidden(program: Call, fake_run: Any) -> None:
    fake_run.error = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        program("run", "a.yaml")


def test_threads_are_set_only_before_numba_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    monkeypatch.setitem(sys.modules, "numba", sys)
    limit_threads(3)
    assert os.environ["NUMBA_NUM_THREADS"] == "7"
    monkeypatch.delitem(sys.modules, "numba")
    limit_threads(None)
    assert os.environ["NUMBA_NUM_THREADS"] == "7"
    limit_threads(3)
    assert os.environ["NUMBA_NUM_THREADS"] == "3"
