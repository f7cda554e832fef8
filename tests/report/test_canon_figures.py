"""Figures of the canon: every line of every panel, kinds told apart by shape, errors as intervals, the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from PIL import Image

from simhedge.canon.finding import Finding, Line, Panel
from simhedge.report import style
from simhedge.report.canon_figures import GROUPS, canon_figure, looks, write_canon_figures
from simhedge.rounding import NORMAL_95

X = np.array([0.25, 1.0, 4.0])
FINE = np.linspace(0.1, 10.0, 100)
OURS = Line("simulated", X, np.array([0.1, 0.38, 0.95]), "ours", np.array([0.01, 0.02, 0.005]))
PRINTED = Line("printed", X, np.array([0.1, 0.4, 0.95]), "published")
FORMULA = Line("formula", FINE, FINE / (1.0 + FINE), "formula")
TWIN = Line("twin", X, np.array([0.03, 0.03, 0.03]), "twin")
PANEL = Panel("Pins", "alpha", "P(pin)", [FORMULA, OURS, PRINTED, TWIN])


def bars(axis: Axes) -> list[ErrorbarContainer]:
    return [held for held in axis.containers if isinstance(held, ErrorbarContainer)]


def drawn(panel: Panel) -> Axes:
    return canon_figure([panel]).axes[0]


def legend_of(axis: Axes) -> list[str]:
    legend = axis.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def test_every_line_is_drawn_with_its_numbers_and_named_in_order() -> None:
    axis = drawn(PANEL)
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), FORMULA.y)
    for held, line in zip(bars(axis), (OURS, PRINTED, TWIN), strict=True):
        np.testing.assert_array_equal(held.lines[0].get_xdata(), line.x)
        np.testing.assert_array_equal(held.lines[0].get_ydata(), line.y)
    assert legend_of(axis) == ["formula", "simulated", "printed", "twin"]
    assert (axis.get_title(loc="left"), axis.get_xlabel(), axis.get_ylabel()) == ("Pins", "alpha", "P(pin)")


def test_errors_are_95_percent_intervals() -> None:
    (segments,) = bars(drawn(PANEL))[0].lines[2]
    assert OURS.error is not None
    for segment, y, error in zip(segments.get_segments(), OURS.y, OURS.error, strict=True):
        np.testing.assert_allclose(segment[:, 1], [y - NORMAL_95 * error, y + NORMAL_95 * error])


def test_kinds_differ_in_shape_and_colour() -> None:
    axis = drawn(PANEL)
    points = [held.lines[0] for held in bars(axis)]
    assert len({line.get_marker() for line in points}) == 3
    assert len({line.get_color() for line in (*points, axis.lines[0])}) == 4
    assert points[0].get_color() == style.HEDGED
    assert points[1].get_markerfacecolor() == "none"
    assert points[1].get_markersize() > 1.5 * points[0].get_markersize()
    assert points[2].get_color() == style.TWIN
    assert axis.lines[0].get_linestyle() == "-"


def test_lines_that_share_a_name_share_a_colour_and_differ_from_others_in_shape() -> None:
    lines = [
        line
        for z in ("z = 0", "z = 2")
        for line in (Line(f"{z}, formula", FINE, FINE, "formula"), Line(z, X, X, "ours", 0.1 * X))
    ]
    found = looks([*lines, Line("alone", FINE, FINE, "formula")])
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[0].colour != found[2].colour
    assert len({look.number for look in (found[0], found[2], found[4])}) == 3
    assert found[4].colour == style.INK
    axis = drawn(Panel("", "", "", lines))
    formulas = [line for line in axis.lines if len(line.get_xdata()) == FINE.size]
    assert len({str(line.get_linestyle()) for line in formulas}) == 2
    assert len({held.lines[0].get_marker() for held in bars(axis)}) == 2


def test_each_of_many_lines_of_a_kind_has_its_own_colour() -> None:
    lines = [Line(f"policy {k}", X, X + k, "ours", 0.1 * X) for k in range(6)]
    found = looks([*lines, PRINTED])
    assert len({look.colour for look in found}) == 7
    assert found[-1].colour == style.WARNING
    assert {look.colour for look in found} == set(GROUPS)


def test_many_points_without_error_are_joined() -> None:
    steps = np.arange(500.0)
    axis = drawn(Panel("", "hours", "price", [Line("a path", steps, np.sin(steps), "ours")]))
    assert not bars(axis)
    assert axis.lines[0].get_marker() == "None"
    assert axis.lines[0].get_linestyle() == "-"


def test_log_axes_show_nothing_at_zero_and_no_interval_down_to_it() -> None:
    y = np.array([0.0, 0.01, 0.5])
    line = Line("density", X, y, "ours", np.array([0.1, 0.1, 0.1]))
    axis = drawn(Panel("", "x", "density", [line, FORMULA._replace(y=FORMULA.y - 0.3)], log_x=True, log_y=True))
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    (held,) = bars(axis)
    np.testing.assert_array_equal(held.lines[0].get_xdata(), X[1:])
    assert min(segment[:, 1].min() for segment in held.lines[2][0].get_segments()) > 0.0
    (formula,) = [line for line in axis.lines if len(line.get_xdata()) == FINE.size]
    shown = np.asarray(formula.get_ydata(), dtype=float)
    np.testing.assert_array_equal(np.isnan(shown), FORMULA.y - 0.3 <= 0.0)


def test_a_short_log_axis_has_plain_numbers() -> None:
    figure = canon_figure([PANEL._replace(lines=[OURS], log_x=True)])
    with style.house_style():
        figure.draw_without_rendering()
    labels = {label.get_text() for label in figure.axes[0].get_xticklabels()}
    assert {"0.5", "1", "2", "5"} & labels
    assert not any("e" in label for label in labels)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_panels_stand_two_a_row(count: int) -> None:
    figure = canon_figure([PANEL] * count)
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == count
    assert figure.get_figwidth() == pytest.approx(min(2, count) * style.SINGLE_COLUMN)


def assert_legends_apart(figure: Figure) -> None:
    with style.house_style():
        figure.draw_without_rendering()
    for axis in figure.axes:
        legend = axis.get_legend()
        if legend is None:
            continue
        box = legend.get_window_extent()
        assert not box.overlaps(axis.get_window_extent())
        assert not box.overlaps(axis.xaxis.label.get_window_extent())
        assert box.y0 > -1.0
        assert box.x1 < figure.bbox.width + 1.0


@pytest.mark.parametrize(
    "panels",
    [
        [PANEL],
        [PANEL, PANEL._replace(lines=[OURS])],
        [PANEL._replace(lines=[Line(f"a line with a rather long label {k}", X, X, "ours") for k in range(7)])],
    ],
    ids=["one", "two", "long labels"],
)
def test_legends_lie_outside_the_axes_and_on_the_paper(panels: list[Panel]) -> None:
    assert_legends_apart(canon_figure(panels))


def test_each_finding_with_panels_is_written_under_its_id_with_the_same_bytes(tmp_path: Path) -> None:
    found: dict[str, Any] = {"pins": Finding([], [PANEL]), "nothing": Finding([]), "two": Finding([], [PANEL, PANEL])}
    first = write_canon_figures(found, tmp_path / "new" / "folder")
    assert [path.name for path in first] == ["pins.png", "two.png"]
    with Image.open(first[0]) as image:
        assert image.width >= 1000
        assert image.info["dpi"][0] == pytest.approx(300, abs=1)
    again = write_canon_figures(dict(reversed(found.items())), tmp_path / "again")
    assert {path.name: path.read_bytes() for path in first} == {path.name: path.read_bytes() for path in again}
