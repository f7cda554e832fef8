"""Commands called in-process, with the layers below replaced where a test is not about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from result_by_hand import make_result

from simhedge.cli import run as run_module
from simhedge.cli.main import main


class Outcome(SimpleNamespace):
    """Exit code and what went to standard output and standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`program("run", "file")` calls it and gives back exit code, output and errors."""

    def call(*arguments: str) -> Outcome:
        code = main(arguments)
        captured = capsys.readouterr()
        return Outcome(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture
def fake_run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loading and running replaced by a result made by hand; the attributes say what was asked of them."""
    asked = SimpleNamespace(loaded=[], simulated=[], saved=[], result=make_result(), error=None)

    def load(file: str, settings: list[str], out: Path | None) -> Any:
        asked.loaded.append((file, settings, out))
        return asked.result.scenario

    def simulate(scenario: Any, threads: int | None, book_delta: str, show_progress: bool) -> Any:
        asked.simulated.append({"threads": threads, "book_delta": book_delta, "show_progress": show_progress})
        if asked.error is not None:
            raise asked.error
        return asked.result

    def save(directory: Path, extras: Callable[[Path], None] | None = None) -> None:
        directory.mkdir(parents=True)
        if extras is not None:
            extras(directory)
        asked.saved.append(directory)

    asked.result.save = save
    asked.result.as_json = lambda: {"scenario": "gamma-squeeze", "metrics": {"kurtosis": None}}
    monkeypatch.setattr(run_module, "load_asked", load)
    monkeypatch.setattr(run_module, "_simulate", simulate)
    monkeypatch.setattr(run_module, "limit_threads", lambda threads: None)
    return asked
