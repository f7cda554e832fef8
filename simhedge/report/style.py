"""The one look of printed figures: the colours of the palette, sizes and line widths of a journal column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from simhedge.report.palette import (
    CALLS,
    HEDGED,
    INK,
    MUTED,
    NEGATIVE_TO_DARK,
    POSITIVE_TO_DARK,
    PUTS,
    TIPPING,
    TWIN,
    WARNING,
    ZERO_GAMMA,
)

__all__ = [
    "CALLS",
    "DOUBLE_COLUMN",
    "DPI",
    "HEDGED",
    "INK",
    "MUTED",
    "NEGATIVE_TO_DARK",
    "NET_LINE",
    "NET_POINTS",
    "POSITIVE_TO_DARK",
    "PUTS",
    "SINGLE_COLUMN",
    "TIPPING",
    "TWIN",
    "WARNING",
    "ZERO_GAMMA",
    "ImageFormat",
    "house_style",
    "new_figure",
    "save_figure",
]

NET_LINE: Any = {"color": INK, "linewidth": 0.6, "marker": "o", "markersize": 1.6}
NET_POINTS: Any = {"color": INK, "linestyle": "none", "marker": "o", "markersize": 4.0, "markeredgecolor": "white"}

SINGLE_COLUMN = 3.4
DOUBLE_COLUMN = 7.0
DPI = 300

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.0,
    "axes.labelsize": 7.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "patch.linewidth": 0.0,
}


ImageFormat = Literal["png", "svg", "pdf"]
_NO_DATE: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@contextmanager
def house_style() -> Iterator[None]:
    """The settings above while a figure is drawn; the caller's matplotlib settings come back afterwards."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(width: float, height: float, column_gap: float = 0.02) -> Figure:
    """An empty figure of that size in inches, apart from pyplot's global state; the gap is a share of a column."""
    return Figure(figsize=(width, height), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=column_gap))


def save_figure(figure: Figure, path: Path, image_format: ImageFormat = "png") -> None:
    """Write an image whose bytes depend on the figure alone (no date, no version inside)."""
    settings: Any = {"svg.hashsalt": "simhedge", "pdf.fonttype": 42}
    with house_style(), matplotlib.rc_context(settings):
        figure.savefig(path, dpi=DPI, format=image_format, metadata=_NO_DATE[image_format])
