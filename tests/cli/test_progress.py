"""The progress bar: only for a person who waits."""

from __future__ import annotations

import io

import pytest

from simhedge.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_bar_where_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = io.StringIO()
    monkeypatch.setattr("sys.stderr", plain)
    with progress_bar(patience=0.0) as progress:
        progress(1, 2, "paths")
    assert plain.getvalue() == ""


def test_no_bar_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_bar(wanted=False, patience=0.0) as progress:
        progress(1, 2, "paths")
    assert terminal.getvalue() == ""


def test_a_short_run_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_bar(patience=60.0) as progress:
        progress(1, 2, "paths")
    assert terminal.getvalue() == ""


def test_a_long_run_draws_phase_and_share_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress_bar(patience=0.0) as progress:
        progress(1, 2, "paths")
    assert "paths" in terminal.getvalue()
    assert "50%" in terminal.getvalue()
    assert capsys.readouterr().out == ""
