"""The `simhedge` program: the table of commands, and the one place where errors become messages and exit codes.

Nothing heavy is imported here or by the command modules when they load: `simhedge --help` answers at once, and
`--threads` takes effect before numba starts its threads.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn, TextIO

import typer

from simhedge.cli.check import check_command
from simhedge.cli.interrupts import heeded_interrupts, ignore_interrupts, interrupt_asked
from simhedge.cli.levels import levels_command
from simhedge.cli.live import live_command
from simhedge.cli.make_chain import make_chain_command
from simhedge.cli.output import print_text, report_error, say
from simhedge.cli.report import report_command
from simhedge.cli.reproduce import reproduce_command
from simhedge.cli.run import run_command
from simhedge.cli.scenarios import scenarios_command, schema_command
from simhedge.cli.validate import validate_command
from simhedge.cli.warmup import warmup_command
from simhedge.errors import InputError, ResourceError, SimhedgeError

INTERRUPTED = 130

# The base class of all usage errors has no public name that every version of typer knows.
UsageProblem: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="simhedge",
    help="Dealers delta-hedge option books, their flow moves the price; the twin shows the price without them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run_command)
app.command("check")(check_command)
app.command("levels")(levels_command)
app.command("make-chain")(make_chain_command)
app.command("validate")(validate_command)
app.command("reproduce")(reproduce_command)
app.command("report")(report_command)
app.command("live")(live_command)
app.command("scenarios")(scenarios_command)
app.command("schema")(schema_command)
app.command("warmup")(warmup_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_text(f"simhedge {version('simhedge')}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options that belong to no command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code of the command in `argv` (default: the program's arguments): 0, 1, 2, 3 or 130."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    as_json = "--json" in arguments
    with warnings.catch_warnings(), heeded_interrupts():
        warnings.showwarning = _show_warning
        try:
            code = typer.main.get_command(app).main(arguments, prog_name="simhedge", standalone_mode=False)
        except BaseException as error:
            if interrupt_asked() or isinstance(error, (KeyboardInterrupt, typer.Abort)):
                code = INTERRUPTED
            else:
                return report_error(_explained(error), as_json=as_json)
        # Some versions of typer turn ctrl-C into this code themselves; no command returns it.
        if code == INTERRUPTED:
            ignore_interrupts()
            report_error(SimhedgeError("interrupted"), as_json=as_json)
    return int(code or 0)


def program() -> NoReturn:
    """The program `simhedge`: `main`, and the end of the process."""
    code = main()
    if code == INTERRUPTED:
        # At once: an ordinary exit waits for the threads' work, and Python ends itself by the signal, not by this code,
        # if the interrupt has passed through an exec() on its way.
        os._exit(code)
    sys.exit(code)


def _explained(error: BaseException) -> SimhedgeError:
    """An error of ours for what the user or the machine is the cause of; raises anything else again."""
    match error:
        case SimhedgeError():
            return error
        case UsageProblem():
            return _usage_error(error)
        case OSError():
            return _operating_system_error(error)
        case MemoryError():
            return ResourceError("not enough memory", remedy="record fewer paths or series, or use fewer paths")
    raise error


def _usage_error(problem: Any) -> InputError:
    """The parser's complaint (unknown option, missing FILE, ill-typed value) as an error of ours."""
    names = getattr(getattr(problem, "param", None), "opts", None) or [getattr(problem, "option_name", None)]
    return InputError(problem.format_message(), key=names[0], remedy="see simhedge --help")


def _operating_system_error(error: OSError) -> InputError:
    """What the operating system refused (permission, full disk), with the file it refused it for."""
    file = None if error.filename is None else str(error.filename)
    remedy = "check the path, its permissions and the free space"
    return InputError(error.strerror or str(error), file=file, value=file, remedy=remedy)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as one line without a place in the source, which means nothing to the reader."""
    say(f"warning: {message}")


if __name__ == "__main__":
    program()
