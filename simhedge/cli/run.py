"""`simhedge run`: one scenario, hedged beside its twin."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simhedge.cli.compiling import told_of_compiling
from simhedge.cli.output import print_json, print_table, say
from simhedge.cli.progress import progress_bar
from simhedge.cli.threads import limit_threads
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.scenario import Scenario
    from simhedge.simulation.result import Result

EXPECTATION_FAILED = 1
MOST_THREADS = 1024

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Scenario file, or the name of a shipped scenario.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one key, such as market.spot=90; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


class BookDelta(StrEnum):
    """How a dealer's delta is computed; the values are those of `simhedge.run(book_delta=...)`."""

    auto = "auto"
    exact = "exact"
    surface = "surface"


# typer reads one parameter per option, hence more of them than a function should have.
def run_command(
    file: FileArgument,
    settings: SetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Save manifest, summary, paths and figures there.")
    ] = None,
    as_json: JsonOption = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, max=MOST_THREADS, help="Number of threads (default: all cores).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if an expectation fails.")] = False,
    table: Annotated[bool, typer.Option("--table", help="Print the first path step by step.")] = False,
    figures: Annotated[
        bool | None, typer.Option("--figures/--no-figures", help="Draw figures (default: with --out).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no summary and no progress.")] = False,
    book_delta: Annotated[
        BookDelta, typer.Option("--book-delta", help="Exact sum over contracts or tabulated surface.")
    ] = BookDelta.auto,
) -> int:
    """Run a scenario: dealers hedge, prices move, and the twin shows what would have happened otherwise."""
    if figures and out is None:
        raise InputError("figures need a directory", key="--figures", remedy="add --out DIR")
    limit_threads(threads)
    scenario = load_asked(file, settings or [], out)
    result = _simulate(scenario, threads, book_delta.value, show_progress=not quiet and not as_json)
    if out is not None:
        save(result, out, with_figures=figures is not False)
    _show(result, as_json=as_json, quiet=quiet, table=table)
    return EXPECTATION_FAILED if check and not all(outcome.passed for outcome in result.expectations) else 0


def load_asked(file: str, settings: list[str], out: Path | None) -> Scenario:
    """The scenario with `--set` applied; refuses at once what would otherwise fail after the run."""
    from simhedge.scenario import load_scenario, parse_set_options

    scenario = load_scenario(file, overrides=parse_set_options(settings))
    if out is not None:
        from simhedge.simulation.destination import check_destination

        check_destination(out)
    return scenario


def _simulate(scenario: Scenario, threads: int | None, book_delta: str, show_progress: bool) -> Result:
    from simhedge.simulation import run

    with told_of_compiling(), progress_bar(show_progress) as progress:
        return run(scenario, progress=progress, threads=threads, book_delta=book_delta)


def save(result: Result, directory: Path, with_figures: bool) -> None:
    """Save the result, and its figures in the same swap, to `directory`."""
    if not with_figures:
        result.save(directory)
        return
    from simhedge.report.figures import write_figures

    def draw(beside: Path) -> None:
        write_figures(result, beside)

    result.save(directory, extras=draw)


def _show(result: Result, *, as_json: bool, quiet: bool, table: bool) -> None:
    if table:
        from simhedge.report.step_table import step_table

        print_table(step_table(result), to_stderr=as_json)
    if as_json:
        print_json(result.as_json())
    elif not quiet:
        from simhedge.report.table import summary_table

        print_table(summary_table(result))
        return
    for warning in result.warnings:
        say(f"warning: {warning}")
