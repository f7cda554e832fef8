"""The figures of a validation show its numbers: dots, intervals, bands, marked levels; and say where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from validation_by_hand import (
    LEVELS,
    NAN,
    make_distances,
    make_placebos,
    make_validation,
    nothing,
    statistic_row,
    wall_rows,
    zero_gamma_rows,
)

from simhedge.report import style
from simhedge.report.validation_figures import (
    placebo_distribution,
    regression_slopes,
    touch_and_hold,
    volatility_by_distance,
    write_validation_figures,
)
from simhedge.rounding import NORMAL_95
from simhedge.validation.levels_under_test import levels_under_test

DRAW = (touch_and_hold, volatility_by_distance, placebo_distribution, regression_slopes)
HEDGED, TWIN = to_rgba(style.HEDGED), to_rgba(style.TWIN)


@pytest.fixture(scope="module")
def drawn() -> dict[str, Figure]:
    validation = make_validation()
    return {draw.__name__: draw(validation) for draw in DRAW}


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


def dots(axis: Axes, colour: Any) -> list[tuple[float, float, float]]:
    """x, y and half width of the interval of each dot of one colour."""
    found = []
    for held in axis.containers:
        if isinstance(held, ErrorbarContainer) and to_rgba(held.lines[0].get_color()) == colour:
            x, y = (np.asarray(values, dtype=float) for values in held.lines[0].get_data())
            for k, segment in enumerate(held.lines[2][0].get_segments()):
                found.append((float(x[k]), float(y[k]), 0.5 * float(np.ptp(segment, axis=0).max())))
    return found


def shown_texts(figure: Figure) -> list[Text]:
    """Every text that reaches the paper, ticks within the axes only."""
    with style.house_style():
        figure.draw_without_rendering()
    found = []
    for axis in figure.axes:
        if not axis.axison:
            continue
        (left, right), (low, high) = sorted(axis.get_xlim()), sorted(axis.get_ylim())
        found += [t.label1 for t in axis.xaxis.get_major_ticks() if left <= t.get_loc() <= right]
        found += [t.label1 for t in axis.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
        found += [axis.xaxis.label, axis.yaxis.label, axis.title, axis._left_title, *axis.texts]  # type: ignore[attr-defined]
    found += [text for legend in figure.legends for text in legend.get_texts()]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


def assert_legible(figure: Figure) -> None:
    """No text lies on another or leaves the paper, and legends lie outside the axes."""
    texts = shown_texts(figure)
    boxes = [Text.get_window_extent(text) for text in texts]
    for number, box in enumerate(boxes):
        assert box.x0 > -1.0, texts[number]
        assert box.y0 > -1.0, texts[number]
        assert box.x1 < figure.bbox.width + 1.0, texts[number]
        assert box.y1 < figure.bbox.height + 1.0, texts[number]
        for later in range(number + 1, len(boxes)):
            assert not box.overlaps(boxes[later]), (texts[number], texts[later])
    for legend in figure.legends:
        assert not any(legend.get_window_extent().overlaps(axis.get_window_extent()) for axis in figure.axes)


def test_rates_are_dots_with_95_percent_intervals_in_the_colours_of_the_worlds(drawn: dict[str, Figure]) -> None:
    held = drawn["touch_and_hold"].axes[1]
    assert held.get_title(loc="left") == "Held"
    assert held.get_xlabel() == "% of touches"
    for colour, share, side in ((HEDGED, 71.0, -1.0), (TWIN, 52.0, 1.0)):
        found = dots(held, colour)
        assert len(found) == 4
        for row, (x, y, reach) in enumerate(found):
            assert x == pytest.approx(share)
            assert np.sign(y - row) == side
            assert abs(y - row) < 0.4
            assert reach == pytest.approx(NORMAL_95 * 2.0)
    assert drawn["touch_and_hold"].axes[0].get_xlabel() == "% of paths"


def test_worlds_differ_in_shape_as_well_as_in_colour(drawn: dict[str, Figure]) -> None:
    shapes = {}
    for held in drawn["touch_and_hold"].axes[0].containers:
        assert isinstance(held, ErrorbarContainer)
        shapes[to_rgba(held.lines[0].get_color())] = held.lines[0].get_marker()
    assert shapes[HEDGED] != shapes[TWIN]


def test_the_placebo_range_is_a_grey_band_behind_each_row(drawn: dict[str, Figure]) -> None:
    for row, band in enumerate(drawn["touch_and_hold"].axes[1].collections[::3][:4]):
        box = band.get_paths()[0].get_extents()
        assert (box.x0, box.x1) == (pytest.approx(51.0), pytest.approx(56.2))
        assert box.y0 < row < box.y1


def test_rows_are_named_by_level_and_by_who_finds_it_where_we_do_not(drawn: dict[str, Figure]) -> None:
    labels = [label.get_text() for label in drawn["touch_and_hold"].axes[0].get_yticklabels()]
    plain = [" ".join(label.split()) for label in labels]
    assert plain == [
        "zero gamma 97.5", "call wall and largest gamma strike 104", "put wall 94", "zero gamma 97.25 (gflows)",
    ]  # fmt: skip


def test_rates_of_few_touches_are_hollow_and_rows_without_touches_say_so() -> None:
    few = statistic_row(0.8, 0.57, 0.13, events_hedged=10.0, p_value=NAN)
    figure = touch_and_hold(make_validation({1: wall_rows(few), 2: wall_rows(nothing())}))
    held = figure.axes[1]
    faces = [c.lines[0].get_markerfacecolor() for c in held.containers if to_rgba(c.lines[0].get_color()) == HEDGED]
    assert [to_rgba(face) == to_rgba("white") for face in faces] == [False, True, False]
    assert "below 30 touches" in words(figure)
    assert [text.get_text() for text in held.texts] == ["no touches"]
    assert not list(figure.axes[0].texts)


def test_a_level_at_the_start_is_told_instead_of_drawn() -> None:
    rows = {2: wall_rows(nothing()) | {"touch_rate": nothing(), "break_rate": nothing(), "bounce_rate": nothing()}}
    figure = touch_and_hold(make_validation(rows))
    assert all([text.get_text() for text in axis.texts] == ["starts at it"] for axis in figure.axes)


def test_volatility_over_distance_is_that_of_the_table_in_percent(drawn: dict[str, Figure]) -> None:
    upper, lower = drawn["volatility_by_distance"].axes
    table = make_distances()
    found = dots(upper, HEDGED)
    np.testing.assert_allclose([x for x, _, _ in found], table["distance"])
    np.testing.assert_allclose([y for _, y, _ in found], 100.0 * table["hedged"])
    np.testing.assert_allclose([reach for *_, reach in found], NORMAL_95 * 0.2)
    np.testing.assert_allclose([y for _, y, _ in dots(upper, TWIN)], 20.0)
    lines = [line for line in upper.lines if len(line.get_xdata()) == len(table) and line.get_marker() == "None"]
    np.testing.assert_allclose(np.asarray(lines[0].get_ydata()), 100.0 * table["predicted"])
    np.testing.assert_allclose([y for _, y, _ in dots(lower, HEDGED)], table["ratio"])
    assert "zero gamma 97.5" in words(drawn["volatility_by_distance"])
    assert "daily standard deviations" in lower.get_xlabel()


def test_without_prediction_there_is_no_curve() -> None:
    table = make_distances().assign(predicted=NAN, predicted_se=NAN)
    figure = volatility_by_distance(make_validation(distances=table))
    assert "predicted" not in words(figure)


def test_placebo_differences_are_all_in_the_bars_and_the_level_is_marked(drawn: dict[str, Figure]) -> None:
    figure = drawn["placebo_distribution"]
    wall = figure.axes[1]
    assert sum(bar.get_height() for bar in wall.patches) == 40
    assert wall.patches[0].get_x() == pytest.approx(-3.0)
    assert wall.patches[-1].get_x() + wall.patches[-1].get_width() == pytest.approx(5.0)
    assert wall.lines[0].get_xdata()[0] == pytest.approx(19.0)
    ((x, y, reach),) = dots(wall, HEDGED)
    assert (x, reach) == (pytest.approx(19.0), pytest.approx(NORMAL_95 * 2.0))
    assert y > max(bar.get_height() for bar in wall.patches)
    assert wall.get_xlabel() == "Hold rate, hedged less twin (points)"
    assert wall.texts[0].get_text() == "p = 0.010"
    assert figure.axes[0].get_xlabel() == "Volatility ratio, hedged less twin"
    assert figure.axes[0].lines[0].get_xdata()[0] == pytest.approx(0.271)


def test_levels_without_placebos_or_value_say_so() -> None:
    validation = make_validation({2: wall_rows(nothing())}, placebos=pd.DataFrame())
    figure = placebo_distribution(validation)
    assert [axis.texts[0].get_text() for axis in figure.axes[:4]] == [
        "no placebo levels", "no placebo levels", "no touches", "no placebo levels",
    ]  # fmt: skip
    one_side = placebo_distribution(make_validation({0: zero_gamma_rows(nothing())}))
    assert "no step starts on one of its sides" in words(one_side)


def test_placebo_levels_that_are_all_alike_make_one_bar() -> None:
    validation = make_validation()
    validation.placebos = make_placebos(validation.tests).assign(difference=0.0)
    axis = placebo_distribution(validation).axes[1]
    assert [bar.get_height() for bar in axis.patches] == [40]


def test_slopes_stand_above_the_predicted_ones(drawn: dict[str, Figure]) -> None:
    axes = drawn["regression_slopes"].axes
    ((x, _, reach),) = dots(axes[0], HEDGED)
    assert (x, reach) == (pytest.approx(-1.03), pytest.approx(NORMAL_95 * 0.07))
    diamonds = [line for line in axes[0].lines if line.get_marker() == "D"]
    assert diamonds[0].get_xdata()[0] == -1.0
    assert axes[0].get_title(loc="left") == "log absolute return on κ\nNi et al. (2021); 10,000 rows; z = −0.4"
    assert not [line for line in axes[1].lines if line.get_marker() == "D"]
    assert "no prediction" in axes[1].get_title(loc="left")
    assert axes[2].texts[0].get_text() == "the days have no column strike"


def without_levels() -> Any:
    levels = pd.DataFrame([("zero_gamma", "simhedge", NAN, -1)], columns=["name", "definition", "value", "track"])
    empty = pd.DataFrame()
    return make_validation(
        levels=levels, tests=make_validation().tests.iloc[:0], placebos=empty, regressions=empty, distances=empty
    )


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (touch_and_hold, "no definition finds a level"),
        (volatility_by_distance, "no zero gamma at the start"),
        (placebo_distribution, "no definition finds a level"),
        (regression_slopes, "no regressions were run"),
    ],
)
def test_where_there_is_nothing_the_figure_says_why(draw: Any, why: str) -> None:
    assert why in " ".join(words(draw(without_levels())).split())


def test_too_few_steps_near_zero_gamma_are_not_called_no_zero_gamma() -> None:
    figure = volatility_by_distance(make_validation(distances=make_distances().iloc[:0]))
    assert "too few steps" in words(figure)


def many() -> Any:
    """Twenty levels, most of them others'."""
    rows = [("zero_gamma", f"published_definition_{k}", 97.0 + 0.01 * k, 4 + k) for k in range(16)]
    levels = pd.DataFrame([*LEVELS, *rows], columns=["name", "definition", "value", "track"])
    return make_validation({4 + k: zero_gamma_rows() for k in range(16)}, levels=levels)


def test_more_levels_than_there_is_room_for_are_told() -> None:
    assert len(levels_under_test(many())) == 20
    figure = touch_and_hold(many())
    assert "4 more levels are in the tables" in words(figure)
    assert len(figure.axes[0].get_yticks()) == 16
    assert "8 more levels are in the tables" in words(placebo_distribution(many()))


@pytest.mark.parametrize("make", [make_validation, many, without_levels], ids=["usual", "many", "none"])
@pytest.mark.parametrize("draw", DRAW)
def test_no_text_lies_on_another(draw: Any, make: Any) -> None:
    assert_legible(draw(make()))


def test_figures_are_written_with_print_quality_and_bytes_of_their_own(tmp_path: Path) -> None:
    first = write_validation_figures(make_validation(), tmp_path / "new" / "folder")
    assert [path.name for path in first] == [
        "touch_and_hold.png", "volatility_by_distance.png", "placebo_distribution.png", "regressions.png",
    ]  # fmt: skip
    for path in first:
        with Image.open(path) as image:
            assert image.width >= 1000
            assert image.info["dpi"][0] == pytest.approx(300, abs=1)
    again = write_validation_figures(make_validation(), tmp_path / "again")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
