"""Volatility against the distance from zero gamma: hedged, twin, and what the feedback gain predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simhedge.report import style
from simhedge.report.validation_marks import NOTE_SIZE, draw_world, legend_above, only_a_note
from simhedge.validation.levels_under_test import levels_under_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.validation.result import Validation

    Floats = NDArray[np.float64]

OWN_ZERO_GAMMA = ("zero_gamma", "simhedge")
_PREDICTED: Any = {"color": style.INK, "linewidth": 1.0, "zorder": 3}


def volatility_by_distance(validation: Validation) -> Figure:
    """Figure of annualised volatility (%) above, and hedged over twin below, by distance in daily standard deviations.

    Dots with 95% intervals, one a bin of distances that the steps start at; the line is the prediction, where clearing
    allows one.
    """
    table = validation.distances
    if table.empty:
        return only_a_note(why_no_distances(validation))
    found = {str(name): table[name].to_numpy(dtype=np.float64) for name in table.columns}
    with style.house_style():
        figure = style.new_figure(style.SINGLE_COLUMN, 3.6)
        upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3.0, 2.0]})
        _draw_volatilities(upper, found)
        _draw_ratio(lower, found)
        for axis in (upper, lower):
            axis.axvline(0.0, color=style.ZERO_GAMMA, linewidth=0.8, linestyle=(0, (5.0, 1.5)), zorder=1)
        _name_zero_gamma(upper, validation)
        lower.set_xlabel("Price less zero gamma (daily standard deviations)")
        lower.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        figure.align_ylabels([upper, lower])
        predicted = np.isfinite(found["predicted"]).any()
        line = {"predicted from the feedback gain": Line2D([], [], **_PREDICTED)} if predicted else {}
        legend_above(figure, [upper], columns=2, extra=line)
    return figure


def why_no_distances(validation: Validation) -> str:
    """Why volatility is not measured by distance."""
    if any(OWN_ZERO_GAMMA in level.members for level in levels_under_test(validation)):
        return "too few steps at any distance from zero gamma to measure volatility by"
    return "no zero gamma at the start: there is no distance to measure volatility by"


def _draw_volatilities(axis: Axes, found: dict[str, Floats]) -> None:
    for world in ("hedged", "twin"):
        draw_world(axis, world, found["distance"], 100.0 * found[world], 100.0 * found[f"{world}_se"])
    if np.isfinite(found["predicted"]).any():
        axis.plot(found["distance"], 100.0 * found["predicted"], **_PREDICTED)
    axis.set_ylabel("Realised volatility\n(% per year)")


def _draw_ratio(axis: Axes, found: dict[str, Floats]) -> None:
    axis.axhline(1.0, color=style.TWIN, linewidth=0.8, zorder=1)
    if np.isfinite(found["predicted"]).any():
        axis.plot(found["distance"], found["predicted"] / found["twin"], **_PREDICTED)
    draw_world(axis, "hedged", found["distance"], found["ratio"], found["ratio_se"])
    axis.set_ylabel("Hedged over\ntwin")
    axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _name_zero_gamma(axis: Axes, validation: Validation) -> None:
    axis.annotate(
        zero_gamma_title(validation),
        xy=(0.0, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        va="top",
        color=style.ZERO_GAMMA,
        fontsize=NOTE_SIZE,
    )


def zero_gamma_title(validation: Validation) -> str:
    """Our zero gamma with its price."""
    named = (level.title for level in levels_under_test(validation) if OWN_ZERO_GAMMA in level.members)
    return next(named, "zero gamma")
