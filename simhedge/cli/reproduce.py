"""`simhedge reproduce`: published results run again, ours beside theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simhedge.cli.compiling import told_of_compiling
from simhedge.cli.output import print_json, print_table
from simhedge.cli.progress import progress_bar
from simhedge.cli.run import MOST_THREADS, JsonOption
from simhedge.cli.threads import limit_threads

if TYPE_CHECKING:
    from simhedge.canon import Finding

DISAGREES = 1
MOST_PATHS = 100_000_000


# typer reads one parameter per option, hence more of them than a function should have.
def reproduce_command(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Checks to run (default: all).")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the checks and run none.")] = False,
    as_json: JsonOption = False,
    paths: Annotated[
        int | None,
        typer.Option("--paths", min=1, max=MOST_PATHS, help="Paths of each simulation (default: each check's own)."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, max=MOST_THREADS, help="Number of threads (default: all cores).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write rows and figures there.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no table and no progress.")] = False,
) -> int:
    """Run published results again; exit with 1 where ours disagrees with theirs and nothing explains it."""
    limit_threads(threads)
    from simhedge.canon import chosen_checks

    chosen = chosen_checks(ids or ())
    if listed:
        _list(chosen, as_json=as_json)
        return 0
    if out is not None:
        from simhedge.simulation.destination import check_destination

        check_destination(out)
    found = _run(chosen, paths, threads, show_progress=not quiet and not as_json)
    if out is not None:
        _write(found, out)
    _show(found, as_json=as_json, quiet=quiet)
    disagree = any(cell.verdict == "disagrees" for finding in found.values() for cell in finding.cells)
    return DISAGREES if disagree else 0


def _run(chosen: list[str], paths: int | None, threads: int | None, show_progress: bool) -> dict[str, Finding]:
    from simhedge.canon import Effort, reproduce

    with told_of_compiling(seconds=30), progress_bar(show_progress) as progress:
        return reproduce(chosen, Effort(paths, threads, progress))


def _list(chosen: list[str], *, as_json: bool) -> None:
    from simhedge.canon import CHECKS

    if as_json:
        names = ("ID", "TITLE", "SOURCE", "SETUP")
        print_json([{name.lower(): getattr(CHECKS[id_], name) for name in names} for id_ in chosen])
        return
    from simhedge.report.canon_table import list_of_checks

    print_table(list_of_checks(chosen))


def _write(found: dict[str, Finding], directory: Path) -> None:
    """Rows and figures, whole or not at all, with a manifest that lets a later run replace them."""
    import json

    from simhedge.report.canon_figures import write_canon_figures
    from simhedge.simulation.destination import MANIFEST, versions, write_directory

    def write(beside: Path) -> None:
        manifest = {
            "kind": "reproduction",
            "format": 1,
            "versions": versions(),
            "scenario": None,
            "checks": list(found),
        }
        for name, document in ((MANIFEST, manifest), ("reproduce.json", _rows(found))):
            text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
            (beside / name).write_text(text + "\n", encoding="utf-8")
        write_canon_figures(found, beside / "figures")

    write_directory(directory, write)


def _rows(found: dict[str, Finding]) -> list[dict[str, object]]:
    return [cell.as_json() for finding in found.values() for cell in finding.cells]


def _show(found: dict[str, Finding], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(_rows(found))
    elif not quiet:
        from simhedge.report.canon_table import canon_table

        print_table(canon_table(found))
