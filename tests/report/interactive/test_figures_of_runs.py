"""Interactive figures of a run show the numbers they are given, on either paper, in the colours of all figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bokeh.models import Label, Line, Scatter, Segment, Step, Text, VArea
from result_by_hand import make_paths, make_profile

from simhedge.report import style
from simhedge.report.interactive.gain_over_spot import gain_over_spot
from simhedge.report.interactive.look import DARK, LIGHT
from simhedge.report.interactive.one_path import one_path
from simhedge.report.interactive.price_fan import price_fan
from simhedge.simulation.gain import LaterGain


def drawn(plot: Any, glyph: type) -> list[Any]:
    """The renderers of one kind of glyph, in the order they were drawn."""
    return [renderer for renderer in plot.renderers if isinstance(renderer.glyph, glyph)]


def column(renderer: Any, name: str) -> np.ndarray:
    """The numbers of a glyph's coordinate."""
    spec = getattr(renderer.glyph, name)
    return np.asarray(renderer.data_source.data[getattr(spec, "field", spec)])


def levels() -> Any:
    import xarray as xr

    values = {"zero_gamma": 99.0, "call_wall": 101.0, "put_wall": 500.0, "net_gamma": 1.0}
    data = {name: (("day", "definition"), [[value]]) for name, value in values.items()}
    return xr.Dataset(data, coords={"day": [0], "definition": ["floe"]})


def test_the_fan_is_the_quantiles_of_each_world_on_one_scale() -> None:
    paths = make_paths()
    figure = price_fan(paths)
    hedged, twin = (panel.plot for panel in figure.panels)
    for plot, series, colour in ((hedged, "spot", style.HEDGED), (twin, "twin_spot", style.TWIN)):
        wide, narrow = drawn(plot, VArea)
        np.testing.assert_allclose(column(drawn(plot, Line)[0], "y"), np.median(paths[series], axis=0))
        np.testing.assert_allclose(column(wide, "y1"), np.quantile(paths[series], 0.05, axis=0))
        np.testing.assert_allclose(column(narrow, "y2"), np.quantile(paths[series], 0.75, axis=0))
        assert wide.glyph.fill_color == colour
        assert plot.yaxis.axis_label == "Price ($)"
    assert hedged.y_range is twin.y_range
    assert hedged.x_range is twin.x_range
    assert [panel.heading for panel in figure.panels] == ["Hedged, 40 paths", "Twin, 40 paths"]


def test_few_paths_are_drawn_themselves() -> None:
    paths = make_paths(paths=3)
    hedged = price_fan(paths).panels[0].plot
    assert len(drawn(hedged, Line)) == 3
    assert not drawn(hedged, VArea)


def test_long_runs_are_thinned_and_paths_that_diverge_leave_no_trace() -> None:
    paths = make_paths(paths=20, steps=5_000)
    paths["spot"][0, 50:] = np.inf
    hedged = price_fan(paths).panels[0].plot
    assert column(drawn(hedged, Line)[0], "y").size <= 400
    assert np.isfinite([hedged.y_range.start, hedged.y_range.end]).all()
    assert max(column(r, "x").size for panel in one_path(paths, 1).panels for r in panel.plot.renderers) <= 400


def test_levels_within_reach_are_drawn_on_the_fan_and_on_the_path() -> None:
    for figure in (price_fan(make_paths(), levels()), one_path(make_paths(), levels=levels())):
        plot = figure.panels[0].plot
        zero, call = drawn(plot, Step)
        assert set(column(zero, "y")) == {99.0}
        assert call.glyph.line_color == style.CALLS
        assert plot.y_range.start < 99.0
        assert plot.y_range.end > 101.0
        assert {"zero gamma", "call wall"} <= {mark.words for mark in figure.key}
        assert "put wall" not in {mark.words for mark in figure.key}
        assert figure.note == "levels: floe; beyond the axis: put wall 500"


def test_a_path_has_its_prices_and_the_sum_of_its_hedges() -> None:
    paths = make_paths()
    price, flow = (panel.plot for panel in one_path(paths, 2).panels)
    twin, hedged = drawn(price, Line)
    np.testing.assert_array_equal(column(twin, "y"), paths["twin_spot"][2])
    np.testing.assert_array_equal(column(hedged, "y"), paths["spot"][2])
    assert (hedged.glyph.line_color, twin.glyph.line_color) == (style.HEDGED, style.TWIN)
    np.testing.assert_allclose(column(drawn(flow, Step)[0], "y") * 1e6, np.cumsum(paths["hedge_flow"][2]))
    assert flow.yaxis.axis_label == "Million shares"
    assert flow.x_range is price.x_range


def test_the_gain_shows_start_later_and_tipping_levels_with_labels() -> None:
    profile = make_profile()
    profile.later.append(LaterGain(2.5, 2.0 * profile.gain, [105.0]))
    figure = gain_over_spot(profile)
    plot = figure.panels[0].plot
    later, start = drawn(plot, Line)
    np.testing.assert_allclose(column(later, "y"), 2.0 * column(start, "y"))
    tipping = drawn(plot, Segment)[0]
    assert column(tipping, "x0").tolist() == [106.82, 113.18]
    assert (tipping.glyph.line_color, tipping.glyph.line_dash) == (style.TIPPING, [2, 3])
    assert ("tipping level", style.TIPPING, "dots") in figure.key
    assert column(drawn(plot, Text)[0], "text").tolist() == ["106.8", "113.2"]
    assert column(drawn(plot, Scatter)[0], "x").tolist() == [100.0]
    assert {"tipping level", "after 2.5 days"} <= {mark.words for mark in figure.key}
    (threshold,) = plot.select(Label)
    assert (threshold.text, threshold.y) == ("κ = −1", -1.0)


def test_neighbouring_labels_do_not_overlap_and_there_is_room_for_them() -> None:
    plot = gain_over_spot(make_profile(levels=[100.0, 100.1, 100.2, 100.3, 100.4, 119.0])).panels[0].plot
    labels = drawn(plot, Text)[0]
    heights = column(labels, "y")
    assert len(set(heights[:4])) == 4
    assert column(labels, "text").tolist() == ["100", "100.1", "100.2", "100.3", "119"]
    assert plot.y_range.end > heights.max()
    assert column(drawn(plot, Segment)[0], "x0").size == 6


def test_a_harmless_gain_has_no_warning() -> None:
    figure = gain_over_spot(make_profile(levels=[], gain=np.full(201, 0.1)))
    assert not drawn(figure.panels[0].plot, Segment)
    assert style.TIPPING not in {mark.colour for mark in figure.key}
    assert not figure.panels[0].plot.select(Label)


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_paper_changes_ink_and_nothing_else(paper: Any) -> None:
    plot = price_fan(make_paths(), paper=paper).panels[0].plot
    assert plot.background_fill_color == paper.sheet
    assert drawn(plot, Line)[0].glyph.line_color == paper.ink
    assert drawn(plot, VArea)[0].glyph.fill_color == style.HEDGED
