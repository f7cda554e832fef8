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
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from simhedge.validation.result import Validation

__all__ = [
    "placebo_distribution",
    "regression_slopes",
    "touch_and_hold",
    "validation_figures",
    "volatility_by_distance",
    "write_validation_figures",
]


def write_validation_figures(validation: Validation, directory: Path | str) -> list[Path]:
    """Paths of the PNGs written to `directory`: touch_and_hold, volatility_by_distance, placebo_distribution, ..."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in validation_figures(validation).items():
        style.save_figure(draw(), folder / f"{name}.png")
        written.append(folder / f"{name}.png")
    return written


def validation_figures(validation: Validation) -> dict[str, Callable[[], Figure]]:
    """The figures of a validation by name, each drawn when called; `power` and `wrong_sign` where asked for."""
    figures: dict[str, Callable[[], Figure]] = {
        "touch_and_hold": lambda: touch_and_hold(validation),
        "volatility_by_distance": lambda: volatility_by_distance(validation),
        "placebo_distribution": lambda: placebo_distribution(validation),
        "regressions": lambda: regression_slopes(validation),
    }
    power, wrong_sign = validation.power, validation.wrong_sign
    if power is not None:
        figures["power"] = lambda: power_figure(power)
    if wrong_sign is not None:
        figures["wrong_sign"] = lambda: wrong_sign_figure(wrong_sign)
    return figures
