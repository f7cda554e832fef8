"""Ctrl-C where Python loses it, or a library makes another error of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba
import pytest

from simhedge.cli import run as run_module
from simhedge.cli.compiling import told_of_compiling
from simhedge.cli.interrupts import heeded_interrupts, interrupt_asked, raise_if_asked
from simhedge.cli.progress import progress_bar

Call = Callable[..., Any]


class Finalizer:
    """Interrupted while it is collected, where Python prints the exception and goes on."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1_000):  # until the interpreter looks for signals
            pass


def test_an_interrupt_that_was_lost_is_raised_at_the_next_step_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with heeded_interrupts(), progress_bar(wanted=False) as progress:
        progress(0, 1, "paths")
        Finalizer()  # loses it
        with pytest.raises(KeyboardInterrupt):
            progress(1, 1, "paths")
    assert capsys.readouterr().err == ""  # no "Exception ignored in"


def test_an_interrupt_that_was_lost_in_the_compiler_is_raised_before_its_next_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled: Any = numba.njit(lambda number: number + 1)
    monkeypatch.setattr("simhedge.simulation.warmup.needs_compiling", lambda: True)
    with heeded_interrupts(), told_of_compiling():
        Finalizer()  # loses it
        with pytest.raises(KeyboardInterrupt):
            compiled(1)
    assert capsys.readouterr().err == "compiling kernels, once: about 25 s\n"
    assert compiled(1) == 2  # the compiler is whole, and listens no more


def test_an_interrupt_is_forgotten_when_the_command_ends() -> None:
    with heeded_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupt_asked()
    assert not interrupt_asked()
    raise_if_asked()


def test_who_ignores_interrupts_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heeded_interrupts():
            signal.raise_signal(signal.SIGINT)
            assert not interrupt_asked()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_commands_can_be_called_in_a_thread(program: Call) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(program, "--version").result().code == 0


def test_an_interrupt_that_a_library_turned_into_another_error_is_an_interrupt(
    program: Call, fake_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_and_run(*asked: Any, **options: Any) -> Any:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("numpy failed to import") from None

    monkeypatch.setattr(run_module, "_simulate", compile_and_run)
    outcome = program("run", "a.yaml")
    assert outcome.code == 130
    assert outcome.err == "error: interrupted\n"


def test_the_program_ends_with_130_also_where_the_interrupt_passed_through_exec(tmp_path: Path) -> None:
    script = """
        import signal
        import simhedge.cli.main as main

        class Command:
            def main(self, *arguments, **options):
                exec("signal.raise_signal(signal.SIGINT)", {"signal": signal})

        main.typer.main.get_command = lambda app: Command()
        main.program()
    """
    (tmp_path / "interrupted.py").write_text(textwrap.dedent(script))
    command = [sys.executable, "-m", "interrupted"]
    found = os.environ | {"PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=found, check=False)
    assert (ended.returncode, ended.stderr) == (130, "error: interrupted\n")
