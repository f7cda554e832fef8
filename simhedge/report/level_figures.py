"""The figures of a chain's levels, and the files they are written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context

from simhedge.errors import InputError
from simhedge.report import style
from simhedge.report.expiry_figure import exposure_by_expiry
from simhedge.report.gain_figure import gain_profile
from simhedge.report.heat_map import heat_map
from simhedge.report.level_marks import draw_heading, legend_below, price_ticks
from simhedge.report.profile_figure import profile_over_spot
from simhedge.report.strike_figure import exposure_by_strike
from simhedge.rounding import amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from simhedge.levels.feedback import Feedback
    from simhedge.snapshots.snapshot import Snapshot

__all__ = [
    "exposure_by_expiry",
    "exposure_by_strike",
    "feedback_over_spot",
    "heat_map",
    "profile_over_spot",
    "write_level_figures",
]

# Formats, and what to leave out of a file so that it depends on the figure alone.
FORMATS: dict[str, dict[str, None]] = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
GAIN_REACH = 0.20  # of spot, more where a tipping level lies farther away


def write_level_figures(snapshot: Snapshot, directory: Path | str, formats: Sequence[str] = ("png",)) -> list[Path]:
    """Paths of the figures written to `directory`: exposure_by_strike, profile, by_expiry, heat_map, and feedback.

    Feedback is drawn where the levels have it. `formats`: png, pdf, svg.
    """
    for wanted in formats:
        if wanted not in FORMATS:
            raise InputError("no such format", key="formats", value=wanted, remedy="one of " + ", ".join(FORMATS))
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "exposure_by_strike": exposure_by_strike(snapshot),
        "profile": profile_over_spot(snapshot),
        "by_expiry": exposure_by_expiry(snapshot),
        "heat_map": heat_map(snapshot),
    }
    if snapshot.levels.feedback is not None:
        figures["feedback"] = feedback_over_spot(snapshot, snapshot.levels.feedback)
    written = []
    for name, figure in figures.items():
        _settle(figure)
        for wanted in formats:
            path = folder / f"{name}.{wanted}"
            _save(figure, path, wanted)
            written.append(path)
    return written


def feedback_over_spot(snapshot: Snapshot, feedback: Feedback) -> Figure:
    """Figure of the feedback gain (dimensionless) over spot ($), with the tipping levels."""
    from simhedge.simulation.gain import GainProfile

    spot = snapshot.levels.spot
    reach = max([GAIN_REACH * spot, *(1.1 * abs(level - spot) for level in feedback.tipping_levels)])
    near = np.abs(feedback.spot - spot) <= reach
    profile = GainProfile(
        spot=feedback.spot[near],
        gain=feedback.gain[near],
        tipping_levels=list(feedback.tipping_levels),
        start_spot=spot,
        start_gain=feedback.gain_at_spot,
        daily_vol=feedback.impact.daily_vol * spot,
    )
    impact = feedback.impact
    volume = amount(impact.adv_notional, 3).lstrip("+")
    notes = [
        f"impact: {impact.coefficient:g} daily vol of {100.0 * impact.daily_vol:.3g}% for a day's volume of ${volume}"
    ]
    figure = gain_profile(profile)
    axis = figure.axes[0]
    with style.house_style():
        figure.set_size_inches(style.DOUBLE_COLUMN, 3.5)
        figure.legends[0].remove()
        handles, names = axis.get_legend_handles_labels()
        named = {name.replace("start", "spot"): handle for name, handle in zip(names, handles, strict=True)}
        legend_below(figure, named)
        price_ticks(axis)
        draw_heading(axis, snapshot, "feedback gain over spot", notes, basis=["model gamma"], labels=False)
    return figure


def _settle(figure: Figure) -> None:
    """Fixes the layout, so that a file does not depend on those written before it."""
    with style.house_style():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _save(figure: Figure, path: Path, wanted: str) -> None:
    with style.house_style(), rc_context({"svg.hashsalt": path.stem}):
        figure.savefig(path, dpi=style.DPI, format=wanted, metadata=FORMATS[wanted])
