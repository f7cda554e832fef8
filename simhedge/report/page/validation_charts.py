"""The figures of a validation on a page, each with words for those who do not see it."""

from __future__ import annotations

import base64
import io
from functools import partial
from typing import TYPE_CHECKING

from simhedge.report import style
from simhedge.report.distance_figure import zero_gamma_title
from simhedge.report.interactive.placebo_histograms import placebo_histograms
from simhedge.report.interactive.slopes import slopes
from simhedge.report.interactive.touch_rates import touch_rates
from simhedge.report.interactive.volatility_over_distance import volatility_over_distance
from simhedge.report.page.content import Chart, Picture
from simhedge.report.page.theme import chart
from simhedge.report.power_figures import power_figure
from simhedge.report.wrong_sign_figures import wrong_sign_figure
from simhedge.rounding import counted, plain
from simhedge.validation.levels_under_test import levels_under_test
from simhedge.validation.words import level_sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simhedge.validation.result import Validation


def validation_charts(validation: Validation) -> tuple[Chart | Picture, ...]:
    """Touches, volatility by distance, placebo levels, slopes, and the studies that were asked for."""
    charts: list[Chart | Picture] = []
    if levels_under_test(validation):
        charts += [chart for chart in (_touches(validation), _placebos(validation)) if chart.light.panels]
    if not validation.distances.empty:
        charts.append(_distances(validation))
    if validation.regressions["estimate"].notna().any():
        charts.append(_slopes(validation.regressions))
    if validation.power is not None:
        words = (
            "Left: sessions for a power of 80% over the feedback gain. Right: power over sessions. See also the table."
        )
        charts.append(Picture("How many sessions it would take", words, _address(power_figure(validation.power))))
    if validation.wrong_sign is not None:
        words = (
            "Left: what each level means over the agreement of assumed and true sides. Right: definitions, best first."
        )
        charts.append(Picture("Where the side is mistaken", words, _address(wrong_sign_figure(validation.wrong_sign))))
    return tuple(charts)


def _touches(validation: Validation) -> Chart:
    told = [level_sentence(validation, level) for level in levels_under_test(validation) if level.headline]
    found = " ".join(f"{sentence.level[:1].upper()}{sentence.level[1:]}: {sentence.told}." for sentence in told)
    words = f"How often paths come to each level, and what they do there. {found}"
    return chart("Touched, held, broken, bounced", words, partial(touch_rates, validation))


def _placebos(validation: Validation) -> Chart:
    draws = int(validation.method["placebos"])
    words = (
        f"The difference between hedged and twin at {counted(draws, 'placebo level')} nearby, and at the level itself. "
        "A level that matters for being a level lies apart from its placebo levels; where they do the same, it is the "
        "hedging nearby that acts."
    )
    return chart("Is it the level, or any price?", words, partial(placebo_histograms, validation))


def _distances(validation: Validation) -> Chart:
    table = validation.distances
    first, last = table.iloc[0], table.iloc[-1]
    words = "Volatility of steps by how far from zero gamma they start. " + " ".join(
        f"At {plain(float(row['distance']), 2)} daily standard deviations it is "
        f"{plain(100.0 * float(row['hedged']), 3)}% a year, in the twin {plain(100.0 * float(row['twin']), 3)}%."
        for row in (first, last)
    )
    draw = partial(volatility_over_distance, table, zero_gamma_title(validation))
    return chart("Volatility by distance from zero gamma", words, draw)


def _slopes(table: pd.DataFrame) -> Chart:
    words = (
        "Regressions that the literature runs on market data, run on simulated days, each on a scale of its own; z "
        "counts standard errors from the predicted slope. Numbers: see the table."
    )
    return chart("Slopes beside their predictions", words, partial(slopes, table))


def _address(figure: Figure) -> str:
    """A printed figure as the address of an image inside the page."""
    stream = io.BytesIO()
    with style.house_style():
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
