"""The figures of a saved result as files for papers: by name, as PNG, SVG or PDF."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simhedge.errors import InputError
from simhedge.report import style
from simhedge.report.figures import PATH_FIGURES, run_figures, why_no_paths
from simhedge.report.validation_figures import validation_figures
from simhedge.scenario.base import suggestion
from simhedge.validation.result import Validation

if TYPE_CHECKING:
    from simhedge.report.style import ImageFormat
    from simhedge.simulation.result import Result


def write_figure_files(
    found: Result | Validation, directory: str | Path, image_format: ImageFormat = "png", names: Sequence[str] = ()
) -> list[Path]:
    """Paths of the images written to `directory`, all of them or none; without `names`, every figure that can be drawn.

    `why_left_out` says which cannot; InputError for their names.
    """
    figures = validation_figures(found) if isinstance(found, Validation) else run_figures(found)
    unknown = next((name for name in names if name not in figures), None)
    if unknown is not None:
        remedy = suggestion(unknown, list(figures), "figures")
        raise InputError("there is no such figure", key="--figure", value=unknown, remedy=remedy)
    folder = Path(directory)
    if folder.exists() and not folder.is_dir():
        remedy = "name a directory for the figures"
        raise InputError("this is a file, not a directory", key="--out", value=str(folder), remedy=remedy)
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".figures-", dir=folder))
    try:
        without = PATH_FIGURES if why_left_out(found) else ()
        wanted = names or [name for name in figures if name not in without]
        files = [f"{name}.{image_format}" for name in dict.fromkeys(wanted)]
        for file in files:
            style.save_figure(figures[Path(file).stem](), beside / file, image_format)
        for file in files:
            os.replace(beside / file, folder / file)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [folder / file for file in files]


def why_left_out(found: Result | Validation) -> str:
    """Why figures of paths cannot be drawn, in a sentence; empty where all can."""
    return "" if isinstance(found, Validation) else why_no_paths(found)
