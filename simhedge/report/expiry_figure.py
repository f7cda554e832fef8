"""Gamma exposure by expiry: calls, puts and net of each date, later dates gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.levels.exposure import by_expiry
from simhedge.report import style
from simhedge.report.expiry_groups import expiry_groups
from simhedge.report.level_marks import draw_heading, draw_sides, exposure_basis
from simhedge.report.level_words import expiry_words, in_unit, scaled_unit
from simhedge.rounding import scale_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simhedge.snapshots.snapshot import Snapshot

_FEWEST_SLOTS = 8


def exposure_by_expiry(snapshot: Snapshot) -> Figure:
    """Figure of gamma exposure (in the unit of the conventions, dealers long: positive) by expiry date."""
    levels = snapshot.levels
    unit = levels.conventions.unit
    groups = expiry_groups(levels.listing.expiries)
    count = len(groups.names)
    calls, puts = (
        in_unit(
            np.bincount(groups.group, weights=side, minlength=count).astype(np.float64, copy=False), unit, levels.spot
        )
        for side in by_expiry(levels.listing, levels.exposure.gamma)
    )
    scale = scale_of(np.concatenate([calls, puts]))
    places = np.arange(count, dtype=np.float64)
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 3.5)
        axis = figure.subplots()
        draw_sides(figure, axis, places, calls / scale.divisor, puts / scale.divisor, 0.76)
        middle, half = 0.5 * (count - 1), 0.5 * max(count, _FEWEST_SLOTS) + 0.1
        axis.set_xlim(middle - half, middle + half)
        axis.set_xticks(places, groups.names, rotation=0 if count <= 6 else 90, fontsize=7.0 if count <= 6 else 6.0)
        axis.set_xlabel("Expiry")
        axis.set_ylabel(f"Gamma exposure\n({scaled_unit(unit, scale)})")
        notes = [f"first expiry: {expiry_words(snapshot, levels.listing.expiries[0])}"]
        if count < len(levels.listing.expiries):
            notes.append(f"{len(levels.listing.expiries)} expiries, the later ones gathered")
        draw_heading(axis, snapshot, "gamma exposure by expiry", notes, basis=exposure_basis(snapshot), labels=False)
    return figure
