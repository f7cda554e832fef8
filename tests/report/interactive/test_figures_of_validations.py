"""Interactive figures of a validation show the rates, differences and slopes of its tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.models import Line, Quad, Scatter, Segment, Text
from validation_by_hand import (
    NAN,
    make_distances,
    make_regressions,
    make_validation,
    nothing,
    statistic_row,
    wall_rows,
)

from simhedge.report import style
from simhedge.report.interactive.look import LIGHT
from simhedge.report.interactive.placebo_histograms import placebo_histograms
from simhedge.report.interactive.slopes import slopes
from simhedge.report.interactive.touch_rates import touch_rates
from simhedge.report.interactive.volatility_over_distance import volatility_over_distance
from simhedge.rounding import NORMAL_95


def drawn(plot: Any, glyph: type) -> list[Any]:
    return [renderer for renderer in plot.renderers if isinstance(renderer.glyph, glyph)]


def points(plot: Any, colour: str) -> pd.DataFrame:
    """All dots of one colour: x, y, low, high."""
    parts = [pd.DataFrame(dict(r.data_source.data)) for r in drawn(plot, Scatter) if dots_are(r, colour)]
    return pd.concat(parts, ignore_index=True)


def dots_are(renderer: Any, colour: str) -> bool:
    return colour in (renderer.glyph.fill_color, renderer.glyph.line_color)


def test_rates_stand_in_percent_with_their_intervals_over_placebos() -> None:
    figure = touch_rates(make_validation())
    held = figure.panels[1]
    assert held.heading == "Held"
    hedged, twin = points(held.plot, style.HEDGED), points(held.plot, style.TWIN)
    np.testing.assert_allclose(hedged["x"], 71.0)
    np.testing.assert_allclose(twin["x"], 52.0)
    np.testing.assert_allclose(hedged["high"] - hedged["x"], 100.0 * NORMAL_95 * 0.02)
    assert (hedged["y"] < twin["y"]).all()
    band = drawn(held.plot, Quad)[0].data_source.data
    np.testing.assert_allclose(band["left"], 51.0)
    labels = held.plot.yaxis[0].major_label_overrides
    assert labels[0].replace("\N{NO-BREAK SPACE}", " ") == "zero gamma 97.5"
    assert {segment.glyph.line_color for segment in drawn(held.plot, Segment)} == {style.HEDGED, style.TWIN}


def test_few_touches_make_hollow_dots_and_none_a_note() -> None:
    few = statistic_row(0.7, 0.5, 0.1, events_hedged=3.0)
    none = {"touch_rate": statistic_row(0.0, 0.0), "hold_rate": nothing(), "break_rate": nothing()}
    validation = make_validation({1: wall_rows(few), 2: none | {"bounce_rate": nothing(), "pin_rate": nothing()}})
    figure = touch_rates(validation)
    plot = figure.panels[1].plot
    assert "hollow: below 30 touches" in {mark.words for mark in figure.key}
    hollow = [r for r in drawn(plot, Scatter) if r.glyph.fill_color == LIGHT.sheet]
    assert [r.glyph.line_color for r in hollow] == [style.HEDGED]
    assert list(drawn(plot, Text)[0].data_source.data["text"]) == ["no touches"]


def test_volatility_is_hedged_twin_and_the_prediction() -> None:
    table = make_distances()
    upper, lower = (panel.plot for panel in volatility_over_distance(table).panels)
    np.testing.assert_allclose(points(upper, style.HEDGED)["y"], 100.0 * table["hedged"])
    np.testing.assert_allclose(points(upper, style.TWIN)["y"], 100.0 * table["twin"])
    line = drawn(upper, Line)[0]
    np.testing.assert_allclose(line.data_source.data["y"], 100.0 * table["predicted"])
    np.testing.assert_allclose(points(lower, style.HEDGED)["y"], table["ratio"])
    assert upper.x_range is lower.x_range


def test_without_a_prediction_there_is_no_line_and_no_key_to_it() -> None:
    figure = volatility_over_distance(make_distances().assign(predicted=NAN))
    assert not drawn(figure.panels[0].plot, Line)
    assert "predicted from the feedback gain" not in {mark.words for mark in figure.key}


def test_placebo_bars_count_every_placebo_level_and_the_level_is_marked() -> None:
    validation = make_validation()
    figure = placebo_histograms(validation)
    wall = next(panel for panel in figure.panels if panel.heading.startswith("put wall"))
    assert wall.heading == "put wall\N{NO-BREAK SPACE}94: p = 0.010"
    assert sum(drawn(wall.plot, Quad)[0].data_source.data["top"]) == 40
    np.testing.assert_allclose(points(wall.plot, style.HEDGED)["x"], 19.0)
    assert wall.plot.y_range.end > points(wall.plot, style.HEDGED)["y"].max()


def test_a_level_without_placebos_or_without_touches_says_so() -> None:
    untouched = {2: wall_rows(nothing())}
    headings = [panel.heading for panel in placebo_histograms(make_validation(untouched)).panels]
    assert sum(heading.endswith("no touches") for heading in headings) == 1
    bare = placebo_histograms(make_validation(untouched, placebos=pd.DataFrame()))
    assert len(bare.panels) == len(headings) - 1
    assert all(panel.heading.endswith("no placebo levels") for panel in bare.panels)


@pytest.mark.filterwarnings("error")
def test_slopes_stand_beside_their_predictions_those_without_estimate_are_left_out() -> None:
    figure = slopes(make_regressions())
    assert len(figure.panels) == 2
    first = figure.panels[0]
    assert first.heading.startswith("log absolute return on κ; Ni et al. (2021); 10,000 rows; z = −0.4")
    np.testing.assert_allclose(points(first.plot, style.HEDGED)["x"], -1.03)
    diamonds = [r for r in drawn(first.plot, Scatter) if r.glyph.marker == "diamond"]
    assert list(diamonds[0].data_source.data["x"]) == [-1.0]
    assert not [r for r in drawn(figure.panels[1].plot, Scatter) if r.glyph.marker == "diamond"]
