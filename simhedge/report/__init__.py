"""What a reader sees of a run: tables for the terminal, figures for a paper, and a page for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from simhedge.simulation.result import Result
    from simhedge.validation.result import Validation

__all__ = ["write_report"]


def write_report(result: Result | Validation | str | Path, out: str | Path | None = None) -> Path:
    """The path of the HTML page written to `out`: of a Result, a Validation, or a directory that one was saved in.

    The page stands alone (it opens offline, under 3 MB) and prints to a clean PDF. `out` is by default report.html in
    the directory. Needs Bokeh (`pip install 'simhedge[live]'`). Raises InputError where there is nothing to report.

        from simhedge.report import write_report
        write_report("runs/pin")                # runs/pin/report.html
        write_report(sh.run(scenario), "pin.html")
    """
    from simhedge.report.needs_bokeh import check_bokeh

    check_bokeh("an HTML report")
    from simhedge.report.page.write import write_report as write

    return write(result, out)
