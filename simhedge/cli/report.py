"""`simhedge report`: a saved run or validation as a page for the browser, or as figures for a paper."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simhedge.cli.output import print_json, print_text, say
from simhedge.cli.run import JsonOption
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.report.saved import Saved
    from simhedge.report.style import ImageFormat


class ReportFormat(StrEnum):
    """A page, or figures as images."""

    html = "html"
    png = "png"
    svg = "svg"
    pdf = "pdf"


IMAGES: dict[ReportFormat, ImageFormat] = {ReportFormat.png: "png", ReportFormat.svg: "svg", ReportFormat.pdf: "pdf"}


def report_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a saved run or validation.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PLACE", help="File of the page (DIR/report.html), folder of figures (DIR/figures)."
        ),
    ] = None,
    report_format: Annotated[
        ReportFormat, typer.Option("--format", help="A page that stands alone, or figures as images.")
    ] = ReportFormat.html,
    figures: Annotated[
        list[str] | None, typer.Option("--figure", metavar="NAME", help="Only this figure; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Write a saved run or validation as one HTML page that opens offline, or its figures for a paper."""
    from simhedge.report.saved import load_saved

    if figures and report_format is ReportFormat.html:
        remedy = "add --format png, svg or pdf"
        raise InputError("a page has all figures", key="--figure", value=figures[0], remedy=remedy)
    saved = load_saved(directory)
    written = _page(saved, out) if report_format is ReportFormat.html else _figures(saved, out, report_format, figures)
    if as_json:
        files = [{"file": str(file), "bytes": file.stat().st_size} for file in written]
        print_json({"format": report_format.value, "files": files})
    else:
        print_text("\n".join(map(str, written)))
    return 0


def _page(saved: Saved, out: Path | None) -> list[Path]:
    from simhedge.report.needs_bokeh import check_bokeh

    check_bokeh("an HTML report")
    from simhedge.report.page.write import write_page

    return [write_page(saved, out)]


def _figures(saved: Saved, out: Path | None, image_format: ReportFormat, names: list[str] | None) -> list[Path]:
    from simhedge.report.figure_files import why_left_out, write_figure_files

    folder = out if out is not None else Path(saved.place or "") / "figures"
    written = write_figure_files(saved.found, folder, IMAGES[image_format], names or ())
    without = "" if names else why_left_out(saved.found)
    if without:
        say(f"warning: {without}")
    return written
