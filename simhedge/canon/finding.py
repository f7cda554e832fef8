"""What a check gives back: cells, and the lines of a figure as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simhedge.canon.cell import Cell

Floats = NDArray[np.float64]
Kind = Literal["ours", "published", "formula", "twin"]


class Line(NamedTuple):
    """One series of a panel, (n,): measured points (with standard errors), published points, a formula, a twin."""

    label: str
    x: Floats
    y: Floats
    kind: Kind
    error: Floats | None = None


class Panel(NamedTuple):
    """One pair of axes; labels carry units."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    log_x: bool = False
    log_y: bool = False


class Finding(NamedTuple):
    """The outcome of one check: its cells, and panels where there is something to see."""

    cells: list[Cell]
    panels: Sequence[Panel] = ()
