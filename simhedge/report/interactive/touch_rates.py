"""How often paths touch each level, and how often it then holds, breaks or bounces: hedged, twin, placebo levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import FixedTicker

from simhedge.report import style
from simhedge.report.interactive.dots import draw_dots, world_marks
from simhedge.report.interactive.drawn import Drawn, Mark, Panel, more_words
from simhedge.report.interactive.look import LIGHT, TYPEFACE, Paper, new_figure
from simhedge.report.touch_figure import MOST_LEVELS, PANELS, rate_of, whole_of, why_no_rate
from simhedge.report.validation_marks import PLACEBO_ALPHA, label_of
from simhedge.rounding import NORMAL_95
from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.levels_under_test import levels_under_test

if TYPE_CHECKING:
    from bokeh.plotting import figure as Figure

    from simhedge.validation.levels_under_test import LevelUnderTest
    from simhedge.validation.result import Validation

_ROW, _AROUND = 44, 64  # pixels a level, and for axis and label
_BAND, _OFFSET = 0.36, 0.15  # of a row: half height of the placebo band; hedged above and twin below the middle
_ROOM_FOR_LABELS = 150  # pixels


def touch_rates(validation: Validation, paper: Paper = LIGHT, **look: Any) -> Drawn:
    """Four panels with a row for each level: touched (% of paths); held, broken, bounced (% of touches)."""
    found = levels_under_test(validation)
    levels = found[:MOST_LEVELS]
    panels = []
    for statistic, title in PANELS.items():
        height = _AROUND + _ROW * len(levels)
        low, high = _range(levels, statistic)
        rows = len(levels) - 0.4, -0.6  # the first on top
        x_label = f"% of {whole_of(statistic, validation)}"
        plot = new_figure(x_label, "", height=height, x_range=(low, high), y_range=rows, paper=paper, **look)
        _label_rows(plot, levels)
        _draw_bands(plot, levels, statistic)
        _draw_rates(plot, levels, statistic, paper)
        _say_why_nothing(plot, levels, statistic, 0.5 * (low + high), paper)
        panels.append(Panel(title, plot))
    key = (*world_marks(), *_other_marks(levels))
    return Drawn(tuple(panels), key, columns=2, note=more_words(len(found) - len(levels)))


def _range(levels: list[LevelUnderTest], statistic: str) -> tuple[float, float]:
    """Percent from the least to the greatest that is drawn, with a margin, within 0 and 100."""
    ends = [end for level in levels for end in _placebo_ends(level, statistic)]
    for level in levels:
        for world in ("hedged", "twin"):
            rate, error = (100.0 * rate_of(level, statistic, name) for name in (world, f"{world}_se"))
            ends += [rate - NORMAL_95 * np.nan_to_num(error), rate + NORMAL_95 * np.nan_to_num(error)]
    known = [end for end in ends if math.isfinite(end)]
    if not known:
        return 0.0, 100.0
    margin = max(0.08 * (max(known) - min(known)), 1.0)
    return max(min(known) - margin, -2.0), min(max(known) + margin, 102.0)


def _label_rows(plot: Figure, levels: list[LevelUnderTest]) -> None:
    plot.yaxis.ticker = FixedTicker(ticks=list(range(len(levels))))
    plot.yaxis.major_label_overrides = {row: label_of(level, 22) for row, level in enumerate(levels)}
    plot.yaxis.major_tick_line_color = None
    plot.ygrid.grid_line_color = None
    plot.min_border_left = _ROOM_FOR_LABELS


def _has_rate(level: LevelUnderTest, statistic: str) -> bool:
    return any(math.isfinite(rate_of(level, statistic, world)) for world in ("hedged", "twin"))


def _placebo_ends(level: LevelUnderTest, statistic: str) -> tuple[float, float]:
    """The central 95% of hedged rates (%) at placebo levels; NaN where the level itself has no rate."""
    low, high = (100.0 * rate_of(level, statistic, f"placebo_hedged_{end}") for end in ("low", "high"))
    return (low, high) if _has_rate(level, statistic) else (math.nan, math.nan)


def _draw_bands(plot: Figure, levels: list[LevelUnderTest], statistic: str) -> None:
    """The central 95% of hedged rates at placebo levels."""
    ends = [_placebo_ends(level, statistic) for level in levels]
    known = [(row, low, max(high, low + 0.3)) for row, (low, high) in enumerate(ends) if math.isfinite(low)]
    rows = np.array([row for row, _, _ in known], dtype=np.float64)
    band: Any = {"fill_color": style.MUTED, "fill_alpha": PLACEBO_ALPHA, "line_color": None}
    lows, highs = [low for _, low, _ in known], [high for _, _, high in known]
    plot.quad(left=lows, right=highs, top=rows - _BAND, bottom=rows + _BAND, **band)


def _draw_rates(plot: Figure, levels: list[LevelUnderTest], statistic: str, paper: Paper) -> None:
    """Rates of both worlds (%), hollow where they rest on few touches."""
    for world, offset in (("hedged", -_OFFSET), ("twin", _OFFSET)):
        rates, errors, events = (
            np.array([rate_of(level, statistic, name) for level in levels])
            for name in (world, f"{world}_se", f"events_{world}")
        )
        known, few = np.isfinite(rates), events < LEAST_COUNT
        for hollow in (False, True):
            rows = np.flatnonzero(known & (few == hollow))
            if rows.size:
                look: Any = {"paper": paper, "along": "x", "hollow": hollow}
                draw_dots(plot, world, 100.0 * rates[rows], rows + offset, 100.0 * errors[rows], **look)


def _say_why_nothing(plot: Figure, levels: list[LevelUnderTest], statistic: str, middle: float, paper: Paper) -> None:
    empty = [(row, why_no_rate(level)) for row, level in enumerate(levels) if not _has_rate(level, statistic)]
    text: Any = {
        "text_align": "center",
        "text_baseline": "middle",
        "text_font_size": "12px",
        "text_font": value(TYPEFACE),
    }
    rows, told = [row for row, _ in empty], [why for _, why in empty]
    if rows:
        plot.text([middle] * len(rows), rows, told, text_color=paper.ink, **text)


def _other_marks(levels: list[LevelUnderTest]) -> list[Mark]:
    """The key to placebo bands and hollow dots, where there are any."""
    marks = []
    if any(math.isfinite(end) for level in levels for end in _placebo_ends(level, "touch_rate")):
        marks.append(Mark("hedged at placebo levels, central 95%", style.MUTED, "light_band"))
    events = [rate_of(level, "hold_rate", f"events_{world}") for level in levels for world in ("hedged", "twin")]
    if any(0.0 < count < LEAST_COUNT for count in events):
        marks.append(Mark(f"hollow: below {LEAST_COUNT} touches", style.MUTED, "ring"))
    return marks
