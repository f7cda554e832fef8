"""The figures of a validation, and the files they are written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simhedge.report import style
from simhedge.report.distance_figure import volatility_by_distance
from simhedge.report.placebo_figure import placebo_distribution
from simhedge.report.power_figures import power_figure
from simhedge.report.regression_figure import regression_slopes
from simhedge.report.touch_figure import touch_and_hold
from simhedge.report.wrong_sign_figures import wrong_sign_figure

if TYPE_CHECKING:
    from simhedge.validation.result import Validation

__all__ = [
    "placebo_distribution",
    "regression_slopes",
    "touch_and_hold",
    "volatility_by_distance",
    "write_validation_figures",
]


def write_validation_figures(validation: Validation, directory: Path | str) -> list[Path]:
    """Paths of the PNGs written to `directory`: touch_and_hold, volatility_by_distance, placebo_distribution, ..."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "touch_and_hold.png": touch_and_hold(validation),
        "volatility_by_distance.png": volatility_by_distance(validation),
        "placebo_distribution.png": placebo_distribution(validation),
        "regressions.png": regression_slopes(validation),
    }
    if validation.power is not None:
        figures["power.png"] = power_figure(validation.power)
    if validation.wrong_sign is not None:
        figures["wrong_sign.png"] = wrong_sign_figure(validation.wrong_sign)
    written = []
    for name, figure in figures.items():
        style.save_figure(figure, folder / name)
        written.append(folder / name)
    return written
