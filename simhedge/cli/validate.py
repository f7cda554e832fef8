"""`simhedge validate`: do the predicted levels of a scenario hold on its paths?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simhedge.cli.compiling import told_of_compiling
from simhedge.cli.output import print_json, print_table, say
from simhedge.cli.progress import progress_bar
from simhedge.cli.run import MOST_THREADS, FileArgument, JsonOption, SetOption, load_asked
from simhedge.cli.threads import limit_threads
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.scenario import Scenario
    from simhedge.validation import Validation


# typer reads one parameter per option, hence more of them than a function should have.
def validate_command(
    file: FileArgument,
    settings: SetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Save manifest, tables (Parquet) and figures there.")
    ] = None,
    as_json: JsonOption = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, max=MOST_THREADS, help="Number of threads (default: all cores).")
    ] = None,
    power: Annotated[
        bool, typer.Option("--power", help="Also: how many sessions of real data would show the effect?")
    ] = False,
    wrong_sign: Annotated[
        bool, typer.Option("--wrong-sign", help="Also: what is left of each level if the dealers' side is mistaken?")
    ] = False,
    figures: Annotated[
        bool | None, typer.Option("--figures/--no-figures", help="Draw figures (default: with --out).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no tables and no progress.")] = False,
) -> int:
    """Test zero gamma, walls and tipping levels on a scenario's paths, against its twin and placebo levels."""
    if figures and out is None:
        raise InputError("figures need a directory", key="--figures", remedy="add --out DIR")
    limit_threads(threads)
    scenario = load_asked(file, settings or [], out)
    found = _validate(scenario, threads, (power, wrong_sign), show_progress=not quiet and not as_json)
    if out is not None:
        _save(found, out, with_figures=figures is not False)
    _show(found, as_json=as_json, quiet=quiet)
    return 0


def _validate(scenario: Scenario, threads: int | None, extras: tuple[bool, bool], show_progress: bool) -> Validation:
    from simhedge.validation import validate

    with told_of_compiling(seconds=30), progress_bar(show_progress) as progress:
        return validate(scenario, threads=threads, progress=progress, power=extras[0], wrong_sign=extras[1])


def _save(found: Validation, directory: Path, with_figures: bool) -> None:
    if not with_figures:
        found.save(directory)
        return
    from simhedge.report.validation_figures import write_validation_figures

    def draw(beside: Path) -> None:
        write_validation_figures(found, beside / "figures")

    found.save(directory, extras=draw)


def _show(found: Validation, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(found.as_json())
    elif not quiet:
        from simhedge.report.validation_table import validation_table

        print_table(validation_table(found))
        return
    for warning in found.warnings:
        say(f"warning: {warning}")
