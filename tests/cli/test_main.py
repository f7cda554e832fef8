"""The program as a whole: help, usage errors, and what a terminal user meets in a true process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]
PROGRAM = [sys.executable, "-m", "simhedge.cli.main"]
COMMANDS = ("run", "check", "scenarios", "schema", "warmup")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_command(program: Call, arguments: tuple[str, ...]) -> None:
    outcome = program(*arguments)
    assert outcome.code == 0
    assert all(command in outcome.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(program: Call, command: str) -> None:
    outcome = program(command, "--help")
    assert outcome.code == 0
    assert command in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rn"], "rn"),
        (["run"], "FILE"),
        (["run", "a.yaml", "--pats", "3"], "--pats"),
        (["run", "a.yaml", "--threads", "0"], "--threads"),
        (["run", "a.yaml", "--threads", "many"], "--threads"),
        (["run", "a.yaml", "--book-delta", "rough"], "--book-delta"),
        (["check"], "FILE"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_usage_errors_exit_with_2_and_name_the_option(
    program: Call, arguments: list[str], words: str, as_json: bool
) -> None:
    outcome = program(*arguments, *(["--json"] if as_json else []))
    assert outcome.code == 2
    assert words in outcome.err
    if as_json:
        assert words in json.loads(outcome.out)["error"]["message"]


def test_loading_the_program_loads_nothing_heavy() -> None:
    heavy = ["numba", "numpy", "pandas", "pydantic", "xarray", "matplotlib", "scipy"]
    code = f"import sys, simhedge.cli.main; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_usage_error_in_a_process_shows_no_traceback() -> None:
    done = subprocess.run([*PROGRAM, "run", "--nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_the_pipe_is_no_error() -> None:
    code = "import sys; from simhedge.cli.output import print_text; [print_text('x' * 9999) for _ in range(99)]"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.read(10)
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 0


def test_output_that_the_terminal_cannot_spell_is_replaced() -> None:
    code = "from simhedge.cli.output import print_text; print_text('0.1 ± 0.2')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.stdout == b"0.1 ? 0.2\n"
