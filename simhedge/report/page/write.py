"""`write_report`: the page of a result, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from simhedge.errors import InputError
from simhedge.report.page.document import page_html
from simhedge.report.page.run_content import run_content
from simhedge.report.page.validation_content import validation_content
from simhedge.report.saved import as_saved
from simhedge.validation.result import Validation

if TYPE_CHECKING:
    from simhedge.report.saved import Saved
    from simhedge.simulation.result import Result

FILE = "report.html"


def write_report(result: Result | Validation | str | Path, out: str | Path | None = None) -> Path:
    """The path of the page written, see `simhedge.report.write_report`."""
    return write_page(as_saved(result), out)


def write_page(saved: Saved, out: str | Path | None = None) -> Path:
    """The path of the page written to `out`, by default report.html beside the saved result."""
    if out is None and saved.place is None:
        raise InputError("the page needs a place", key="out", remedy="name a file, such as report.html")
    target = Path(out) if out is not None else Path(saved.place or "") / FILE
    if target.is_dir():
        remedy = f"name a file, such as {target / FILE}"
        raise InputError("this is a directory", file=str(target), key="--out", value=str(target), remedy=remedy)
    text = report_html(saved)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new-{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def report_html(saved: Saved) -> str:
    """The page of a run or a validation as one HTML document."""
    if isinstance(saved.found, Validation):
        return page_html(validation_content(saved.found, saved.versions))
    return page_html(run_content(saved.found, saved.versions))
