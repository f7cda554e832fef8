"""The figures of levels show the numbers of the levels: bars, lines, labels; and no label lies on another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from snapshot_by_hand import ONE, THREE, make_snapshot, many_rows

from simhedge.errors import InputError
from simhedge.levels import Sign
from simhedge.levels.exposure import by_expiry
from simhedge.levels.units import GAMMA_UNITS, gamma_factor
from simhedge.report import style
from simhedge.report.expiry_groups import expiry_groups
from simhedge.report.heat_map import COLOURS, cells
from simhedge.report.level_figures import (
    exposure_by_expiry,
    exposure_by_strike,
    feedback_over_spot,
    heat_map,
    profile_over_spot,
    write_level_figures,
)
from simhedge.report.level_marks import spread
from simhedge.report.level_words import in_unit, scaled_unit
from simhedge.report.strike_window import Window, bars_within, common_step, round_step, window_around
from simhedge.rounding import price, scale_of, signed
from simhedge.snapshots import Snapshot

CALLS, PUTS = to_rgba(style.CALLS), to_rgba(style.PUTS)


@pytest.fixture(scope="module")
def three() -> Snapshot:
    return make_snapshot(THREE, adv_notional=1e6)


@pytest.fixture(scope="module")
def drawn(three: Snapshot) -> dict[str, Figure]:
    draw = (exposure_by_strike, profile_over_spot, exposure_by_expiry, heat_map)
    return {make.__name__: make(three) for make in draw}


@pytest.fixture(scope="module")
def many() -> Snapshot:
    return make_snapshot(many_rows(), spot=4003.0)


def side_bars(axis: Any, colour: Any) -> tuple[np.ndarray, np.ndarray]:
    """Middles and heights of the bars of one colour."""
    bars = [bar for bar in axis.patches if bar.get_facecolor() == colour]
    return np.array([bar.get_x() + 0.5 * bar.get_width() for bar in bars]), np.array([b.get_height() for b in bars])


def verticals(axis: Any) -> list[float]:
    return [
        line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 1
    ]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


def shown_texts(figure: Figure) -> list[Text]:
    """Every text that reaches the paper, ticks within the axes only."""
    with style.house_style():
        figure.draw_without_rendering()
    found = []
    for axis in figure.axes:
        (left, right), (low, high) = sorted(axis.get_xlim()), sorted(axis.get_ylim())
        found += [t.label1 for t in axis.xaxis.get_major_ticks() if left <= t.get_loc() <= right]
        found += [
            t.label2 if t.label2.get_visible() else t.label1
            for t in axis.yaxis.get_major_ticks()
            if low <= t.get_loc() <= high
        ]
        found += [axis.xaxis.label, axis.yaxis.label, axis.title, axis._left_title, *axis.texts]  # type: ignore[attr-defined]
    found += [text for legend in figure.legends for text in legend.get_texts()]
    return [text for text in found if text.get_text().strip()]


def assert_legible(figure: Figure) -> None:
    """No text lies on another or leaves the paper, and legends lie outside the axes."""
    texts = shown_texts(figure)
    boxes = [Text.get_window_extent(text) for text in texts]  # that of the text alone, without its leader
    width, height = figure.bbox.width, figure.bbox.height
    for number, box in enumerate(boxes):
        assert box.x0 > -1.0, texts[number]
        assert box.y0 > -1.0, texts[number]
        assert box.x1 < width + 1.0, texts[number]
        assert box.y1 < height + 1.0, texts[number]
        for later in range(number + 1, len(boxes)):
            assert not box.overlaps(boxes[later]), (texts[number], texts[later])
    for legend in figure.legends:
        assert not any(legend.get_window_extent().overlaps(axis.get_window_extent()) for axis in figure.axes)


def test_bars_by_strike_are_the_exposures_calls_and_puts_in_their_colours(drawn: dict[str, Figure]) -> None:
    axis = drawn["exposure_by_strike"].axes[0]
    strikes, heights = side_bars(axis, CALLS)
    np.testing.assert_allclose(strikes, [95.0, 105.0])
    np.testing.assert_allclose(heights * 1e3, [0.0, 0.05 * 1000 * 100 * 100.0])
    strikes, heights = side_bars(axis, PUTS)
    np.testing.assert_allclose(heights * 1e3, [-0.04 * 1500 * 100 * 100.0, 0.0])
    net = next(line for line in axis.lines if len(line.get_xdata()) == 2 and line.get_marker() == "o")
    np.testing.assert_allclose(np.asarray(net.get_ydata()) * 1e3, [-600e3, 500e3])
    assert axis.get_ylabel() == "Gamma exposure\n($k per 1%)"


def test_spot_zero_gamma_and_walls_are_marked_with_price_and_rule(three: Snapshot, drawn: dict[str, Figure]) -> None:
    figure = drawn["exposure_by_strike"]
    headline = three.levels.zero_gamma.headline
    assert headline is not None
    assert set(verticals(figure.axes[0])) == {100.0, 95.0, 105.0, headline}
    labels = {text.get_text() for text in figure.axes[0].texts}
    zero_gamma = f"zero gamma {price(headline)} ↑\nnearest"
    assert {"spot\n100", "call wall 105\nside_gamma", "put wall 95\nside_gamma", zero_gamma} <= labels


def test_walls_at_one_strike_share_a_mark() -> None:
    both = [("call", 100.0, "2024-06-21", 10.0, 0.2, 0.05), ("put", 100.0, "2024-06-21", 12.0, 0.2, 0.05)]
    figure = exposure_by_strike(make_snapshot(both, spot=101.0))
    assert "call and put wall 100\nside_gamma" in words(figure)
    assert sorted(verticals(figure.axes[0])) == [100.0, 101.0]


def test_every_figure_names_symbol_spot_time_unit_and_sign(drawn: dict[str, Figure]) -> None:
    for figure in drawn.values():
        told = words(figure)
        assert "XYZ 100: " in told
        assert "2024-06-14 10:00 EDT" in told
        assert "unit: $ per 1%" in told
        assert "dealers: calls +1, puts −1" in told
    assert "vendor gamma" in words(drawn["exposure_by_strike"])
    assert "model gamma, vendor implied vol" in words(drawn["profile_over_spot"])


@pytest.mark.parametrize("unit", GAMMA_UNITS)
def test_bars_are_in_the_unit_of_the_conventions(unit: Any) -> None:
    snapshot = make_snapshot(THREE, spot=50.0, unit=unit)
    axis = exposure_by_expiry(snapshot).axes[0]
    legs = snapshot.levels.exposure_legs()["gamma"]
    divisor = scale_of([legs.calls, legs.puts]).divisor
    assert side_bars(axis, CALLS)[1].sum() * divisor == pytest.approx(legs.calls)
    assert side_bars(axis, PUTS)[1].sum() * divisor == pytest.approx(legs.puts)
    assert in_unit(np.array([7.0]), unit, 50.0)[0] == pytest.approx(
        7.0 * gamma_factor(unit, 50.0) / gamma_factor("usd_per_1pct", 50.0)
    )


def test_window_holds_nearly_all_exposure_within_15_percent(many: Snapshot) -> None:
    strikes, spot = many.levels.strikes, many.levels.spot
    window = window_around(strikes, spot, [])
    size = np.abs(strikes.calls) + np.abs(strikes.puts)
    assert window.share == pytest.approx(size[window.holds(strikes.strike)].sum() / size.sum())
    assert window.share >= 0.98
    assert 0.8 * spot < window.low < spot < window.high < 1.2 * spot


def test_window_widens_to_a_level_nearby_and_not_to_one_far_away(many: Snapshot) -> None:
    strikes, spot = many.levels.strikes, many.levels.spot
    assert window_around(strikes, spot, [1.14 * spot]).high > 1.14 * spot
    assert window_around(strikes, spot, [2.0 * spot]) == window_around(strikes, spot, [])


def test_window_follows_exposure_that_lies_far_from_spot() -> None:
    far = make_snapshot([("call", 300.0, "2025-06-20", 10.0, 0.8, 0.01)])
    window = window_around(far.levels.strikes, 100.0, [])
    assert window.low < 100.0 < 300.0 < window.high
    assert window.share == 1.0
    assert "call wall 300" in words(exposure_by_strike(far))


def test_too_many_strikes_are_gathered_in_bins_that_keep_the_sums() -> None:
    snapshot = make_snapshot(
        [(k, 3500.0 + 5.0 * n, "2024-06-21", 10.0 + n, 0.2, 0.001) for n in range(200) for k in ("call", "put")],
        spot=4000.0,
    )
    strikes = snapshot.levels.strikes
    window = Window(0.0, 1e4, 1.0)
    shown = bars_within(strikes, Window(3500.0, 4500.0, 1.0), 120)
    assert shown.step == 10.0
    assert shown.strike.size <= 120
    np.testing.assert_allclose(shown.strike % 10.0, 0.0)
    assert shown.calls.sum() == pytest.approx(strikes.calls.sum())
    assert shown.net.sum() == pytest.approx(strikes.net.sum())
    alone = bars_within(strikes, window, 500)
    assert alone.step is None
    np.testing.assert_array_equal(alone.puts, strikes.puts)
    figure = exposure_by_strike(snapshot)
    assert "in bins of 10" in figure.axes[0].get_xlabel()


@given(st.floats(1e-3, 1e6), st.integers(2, 200))
def test_round_steps_make_few_bins(width: float, most: int) -> None:
    step = round_step(width, most)
    assert width / step <= (most - 1) * (1.0 + 1e-9)
    assert any(np.isclose(step / 10.0 ** np.floor(np.log10(step) + 1e-9), factor) for factor in (1.0, 2.5, 5.0))


def test_common_step_is_one_that_all_strikes_are_multiples_of() -> None:
    assert common_step(np.array([95.0, 105.0, 120.0]), 0.5, 12.0) == 5.0
    assert common_step(np.array([95.0, 105.3]), 0.5, 12.0) == 0.5


def test_profile_line_is_the_profile_and_its_roots_are_marked(three: Snapshot, drawn: dict[str, Figure]) -> None:
    levels = three.levels
    axis = drawn["profile_over_spot"].axes[0]
    near = (levels.profile.spot >= 80.0) & (levels.profile.spot <= 120.0)
    divisor = scale_of(levels.profile.net[near]).divisor
    curves = [line for line in axis.lines if len(line.get_xdata()) == near.sum()]
    np.testing.assert_allclose(curves[0].get_ydata(), levels.profile.net[near] / divisor)
    np.testing.assert_allclose(curves[1].get_ydata(), levels.profile.by_expiry[0][near] / divisor)
    assert curves[1].get_linewidth() < curves[0].get_linewidth()
    (root,) = levels.zero_gamma.roots
    rising = next(line for line in axis.lines if line.get_marker() == "^")
    np.testing.assert_array_equal(rising.get_xdata(), [root.spot])
    assert axis.get_xlim() == pytest.approx((80.0, 120.0))
    assert "expiry 2024-06-21 alone" in words(axis.figure)


def test_profile_shades_what_is_positive_and_what_is_negative(drawn: dict[str, Figure]) -> None:
    axis = drawn["profile_over_spot"].axes[0]
    heights = {tuple(c.get_facecolor()[0][:3]): c.get_paths()[0].vertices[:, 1] for c in axis.collections}
    assert heights[CALLS[:3]].min() >= -1e-12
    assert heights[PUTS[:3]].max() <= 1e-12


def many_roots(scale: float) -> Snapshot:
    """Puts and calls in turn, so short that each makes its own hump: a root between any two."""
    kinds = ("put", "call")
    rows = [(kinds[n % 2], scale * (80.0 + 4.0 * n), "2024-06-17", 100.0, 0.10, 0.05) for n in range(12)]
    return make_snapshot(rows, spot=100.0 * scale, zero_gamma="nearest_rising")


@pytest.mark.parametrize("scale", [1.0, 1234.5])
def test_many_roots_are_all_told_with_their_slope(scale: float) -> None:
    snapshot = many_roots(scale)
    roots = snapshot.levels.zero_gamma.roots
    assert len(roots) == 11
    figure = profile_over_spot(snapshot)
    told = words(figure).replace("\N{NO-BREAK SPACE}", " ")
    for root in roots:
        arrow = "↑" if root.slope > 0.0 else "↓"
        assert f"{price(root.spot, 5)} {arrow}" in told or f"{price(root.spot)} {arrow}" in told
    assert "roots without label" in told
    assert {line.get_marker() for line in figure.axes[0].lines} >= {"^", "v"}
    assert_legible(figure)


def test_without_root_the_figure_says_so() -> None:
    figure = profile_over_spot(make_snapshot(ONE))
    assert "no zero gamma by rule nearest" in words(figure)
    assert verticals(figure.axes[0]) == [100.0]


def test_a_spike_of_a_tiny_vol_is_cut_and_told() -> None:
    rows = [*many_rows(4, 21), ("put", 4210.0, "2024-06-21", 5e3, 0.006, 0.0)]
    snapshot = make_snapshot(rows, spot=4000.0)
    figure = profile_over_spot(snapshot)
    assert "spikes are cut, the largest reaches −" in words(figure)
    divisor = scale_of(snapshot.levels.profile.net).divisor
    assert figure.axes[0].get_ylim()[0] > 0.5 * snapshot.levels.profile.net.min() / divisor


def test_bars_by_expiry_are_the_exposures_in_order_of_time(three: Snapshot, drawn: dict[str, Figure]) -> None:
    axis = drawn["exposure_by_expiry"].axes[0]
    calls, puts = by_expiry(three.levels.listing, three.levels.exposure.gamma)
    np.testing.assert_allclose(side_bars(axis, CALLS)[1] * 1e3, calls)
    np.testing.assert_allclose(side_bars(axis, PUTS)[1] * 1e3, puts)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["2024-06-21", "2024-07-19"]


def test_sixty_expiries_are_gathered_without_losing_any(many: Snapshot) -> None:
    axis = exposure_by_expiry(many).axes[0]
    legs = many.levels.exposure_legs()["gamma"]
    names = [label.get_text() for label in axis.get_xticklabels()]
    assert len(many.levels.listing.expiries) == 60
    assert names[0] == "2024-06-21"
    assert names[14:16] == ["2024-09 later", "2024-10"]
    assert side_bars(axis, CALLS)[1].sum() * 1e6 == pytest.approx(legs.calls)
    assert side_bars(axis, PUTS)[1].sum() * 1e6 == pytest.approx(legs.puts)


@given(st.lists(st.dates(), min_size=1, max_size=120, unique=True), st.sampled_from([16, 20, 34]))
def test_expiry_groups_are_few_ordered_and_complete(days: list[Any], most: int) -> None:
    expiries = tuple(sorted(day.isoformat() for day in days))
    groups = expiry_groups(expiries, most)
    assert len(groups.names) <= most
    assert groups.group.size == len(expiries)
    assert (np.diff(groups.group) >= 0).all()
    assert set(groups.group.tolist()) == set(range(len(groups.names)))
    assert len(set(groups.names)) == len(groups.names)


def test_heat_map_cells_add_up_and_the_first_expiry_is_on_top(many: Snapshot) -> None:
    edges, names, net = cells(many, Window(0.0, 1e4, 1.0))
    assert net.shape == (len(names), edges.size - 1)
    assert net.sum() == pytest.approx(many.levels.strikes.net.sum())
    figure = heat_map(many)
    axis = figure.axes[0]
    assert axis.get_ylim()[0] > axis.get_ylim()[1]
    assert axis.get_yticklabels()[0].get_text() == "2024-06-21"
    norm = axis.collections[0].norm
    assert norm.vmin == -norm.vmax
    assert norm(0.0) == pytest.approx(0.5)
    assert {4003.0} <= set(verticals(axis))


def test_heat_map_cell_of_a_strike_lies_about_it(three: Snapshot) -> None:
    edges, names, net = cells(three, Window(90.0, 125.0, 1.0))
    assert names == ("2024-06-21", "2024-07-19")
    row, column = (int(place) for place in np.argwhere(net == net.min())[0])
    assert row == 0
    assert 0.5 * (edges[column] + edges[column + 1]) == pytest.approx(95.0)
    assert net.min() == pytest.approx(-600e3)


def test_positive_and_negative_colours_differ_in_hue_and_zero_is_white() -> None:
    assert COLOURS(0.5)[:3] == pytest.approx((1.0, 1.0, 1.0), abs=0.01)
    positive, negative = COLOURS(0.8), COLOURS(0.2)
    assert positive[2] > positive[0]
    assert negative[0] > negative[2]


def test_feedback_figure_draws_the_gain_and_its_tipping_levels(three: Snapshot) -> None:
    feedback = three.levels.feedback
    assert feedback is not None
    assert len(feedback.tipping_levels) == 2
    figure = feedback_over_spot(three, feedback)
    axis = figure.axes[0]
    near = np.abs(feedback.spot - 100.0) <= 20.0
    assert any(np.array_equal(line.get_ydata(), feedback.gain[near]) for line in axis.lines)
    assert set(feedback.tipping_levels) <= set(verticals(axis))
    assert "a day's volume of $1.00 m" in words(figure)
    assert_legible(figure)


def test_levels_outside_the_prices_shown_are_told() -> None:
    rows = [*many_rows(2, 21), ("put", 1000.0, "2024-06-21", 3e6, 0.5, 1e-9)]
    figure = exposure_by_strike(make_snapshot(rows, spot=4000.0, walls="open_interest"))
    assert "outside the prices shown: put wall 1,000 open_interest" in words(figure)
    assert 1000.0 not in verticals(figure.axes[0])


def long_sign() -> Snapshot:
    sign = Sign.parse("calls=0.9,puts=-0.75,puts:otm=-0.5,calls:itm=0.25,calls:0dte=-0.1,puts:<=30d=-1,calls:>60d=1")
    return make_snapshot([(*row[:2], "2024-06-14", *row[3:]) for row in THREE], sign=sign)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_snapshot(ONE),
        lambda: make_snapshot(THREE, spot=104.9),
        lambda: make_snapshot(many_rows(), spot=4003.0),
        long_sign,
    ],
    ids=["one option", "levels close together", "sixty expiries", "many sign rules"],
)
def test_no_text_lies_on_another(make: Any) -> None:
    snapshot = make()
    for figure in (
        exposure_by_strike(snapshot),
        profile_over_spot(snapshot),
        exposure_by_expiry(snapshot),
        heat_map(snapshot),
    ):
        assert_legible(figure)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 0.12)), min_size=1, max_size=8))
def test_spread_labels_keep_apart_in_order_and_inside(labels: list[tuple[float, float]]) -> None:
    wanted, widths = zip(*sorted(labels), strict=True)
    centres = spread(list(wanted), list(widths))
    for (left, left_width), (right, right_width) in zip(
        zip(centres, widths, strict=True), list(zip(centres, widths, strict=True))[1:], strict=False
    ):
        assert right - left >= 0.5 * (left_width + right_width) - 1e-9
    assert centres[0] - 0.5 * widths[0] >= -1e-9
    assert centres[-1] + 0.5 * widths[-1] <= 1.0 + 1e-9


def test_labels_with_room_stay_where_they_belong() -> None:
    assert spread([0.2, 0.5, 0.8], [0.1, 0.1, 0.1]) == pytest.approx([0.2, 0.5, 0.8])


def test_write_level_figures_writes_all_of_print_quality(three: Snapshot, tmp_path: Path) -> None:
    written = write_level_figures(three, tmp_path / "new" / "folder")
    names = ["exposure_by_strike", "profile", "by_expiry", "heat_map", "feedback"]
    assert [path.name for path in written] == [f"{name}.png" for name in names]
    for path in written:
        with Image.open(path) as image:
            assert image.width >= 2000
            assert image.info["dpi"][0] == pytest.approx(300, abs=1)


def test_written_figures_depend_on_the_snapshot_alone(tmp_path: Path) -> None:
    snapshot = make_snapshot(ONE)
    first = write_level_figures(snapshot, tmp_path / "a", ("svg", "svg"))
    assert [path.name for path in first[::2]] == [
        f"{n}.svg" for n in ("exposure_by_strike", "profile", "by_expiry", "heat_map")
    ]
    again = write_level_figures(snapshot, tmp_path / "b", ("svg",))
    assert [path.read_bytes() for path in first[::2]] == [path.read_bytes() for path in again]


def test_an_unknown_format_is_refused_before_anything_is_written(three: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="png, pdf, svg"):
        write_level_figures(three, tmp_path / "x", formats=("png", "bmp"))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3990.5601, "3,990.56"),
        (4000.0, "4,000"),
        (658.05, "658.05"),
        (0.0, "0"),
        (102.5, "102.5"),
        (None, "–"),
        (1234567.0, "1,234,567"),
    ],
)
def test_prices_have_no_zeros_at_the_end(value: float | None, text: str) -> None:
    assert price(value) == text


def test_signed_numbers_and_scaled_units() -> None:
    assert (signed(0.351, 2), signed(-4.0, 2), signed(-0.001, 2)) == ("+0.35", "−4.00", "0.00")
    assert scaled_unit("usd_per_1pct", scale_of(2.5e9)) == "$bn per 1%"
    assert scaled_unit("usd_per_point", scale_of([5.0])) == "$ per point"
    assert scaled_unit("shares", scale_of([-5e6])) == "million shares per $"


def test_calls_and_puts_differ_in_lightness_too() -> None:
    def luminance(colour: Any) -> float:
        return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]

    assert abs(luminance(CALLS) - luminance(PUTS)) > 0.15
