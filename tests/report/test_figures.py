"""The figures show the numbers they are given: medians, sums, levels; and leave matplotlib's state alone."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image
from result_by_hand import make_paths, make_profile, make_result

import simhedge.simulation
from simhedge.report import style
from simhedge.report.figures import fan, gain_profile, single_path, write_figures
from simhedge.report.level_looks import LEVEL_LOOKS
from simhedge.simulation.gain import LaterGain


def texts(axis: Any) -> list[str]:
    return [text.get_text() for text in axis.texts]


def test_fan_draws_the_median_and_both_panels_share_the_price_axis() -> None:
    paths = make_paths()
    hedged, twin = fan(paths).axes
    for axis, series in ((hedged, "spot"), (twin, "twin_spot")):
        median = next(line for line in axis.lines if line.get_label() == "median")
        np.testing.assert_allclose(median.get_ydata(), np.median(paths[series], axis=0))
        assert median.get_xdata()[-1] == pytest.approx(5.0)
        assert len(axis.collections) == 2
    assert hedged.get_ylim() == twin.get_ylim()
    assert hedged.get_ylabel() == "Price ($)"
    assert hedged.get_title(loc="left") == "Hedged (40 paths)"


def test_fan_of_few_paths_draws_the_paths_themselves() -> None:
    paths = make_paths(paths=1)
    hedged, twin = fan(paths).axes
    np.testing.assert_array_equal(hedged.lines[0].get_ydata(), paths["spot"][0])
    np.testing.assert_array_equal(twin.lines[0].get_ydata(), paths["twin_spot"][0])
    assert not hedged.collections
    assert hedged.get_title(loc="left") == "Hedged (1 path)"


def test_fan_leaves_out_what_has_diverged() -> None:
    paths = make_paths(paths=20, steps=10)
    paths["spot"][0, 5:] = np.inf
    paths["spot"][:, 9:] = np.nan
    hedged = fan(paths).axes[0]
    median = next(line for line in hedged.lines if line.get_label() == "median").get_ydata()
    assert np.isfinite(median[:9]).all()
    assert np.isnan(median[9:]).all()
    assert np.isfinite(hedged.get_ylim()).all()


def test_single_path_shows_prices_above_and_summed_flow_below() -> None:
    paths = make_paths(squeezes=True)
    price, flow = single_path(paths, path=2).axes
    by_label = {line.get_label(): line for line in price.lines}
    np.testing.assert_array_equal(by_label["hedged"].get_ydata(), paths["spot"][2])
    np.testing.assert_array_equal(by_label["twin"].get_ydata(), paths["twin_spot"][2])
    assert to_rgba(by_label["hedged"].get_color()) == to_rgba(style.HEDGED)
    assert to_rgba(by_label["twin"].get_color()) == to_rgba(style.TWIN)
    np.testing.assert_allclose(flow.lines[0].get_ydata() * 1e6, np.cumsum(paths["hedge_flow"][2]))
    assert "million shares" in flow.get_ylabel()


@pytest.mark.parametrize(
    ("scale", "unit"), [(1.0, "million shares"), (1e-3, "thousand shares"), (1e-6, "(shares)"), (0.0, "(shares)")]
)
def test_flow_is_labelled_in_the_unit_that_fits(scale: float, unit: str) -> None:
    paths = make_paths()
    paths["hedge_flow"] = paths["hedge_flow"] * scale
    assert unit in single_path(paths).axes[1].get_ylabel()


def test_gain_profile_marks_start_threshold_and_tipping_levels() -> None:
    profile = make_profile()
    axis = gain_profile(profile).axes[0]
    assert any(np.array_equal(line.get_ydata(), profile.gain) for line in axis.lines)
    assert "κ = −1" in texts(axis)
    assert {"106.8", "113.2"} <= set(texts(axis))
    verticals = [line.get_xdata()[0] for line in axis.lines if len(set(line.get_xdata())) == 1]
    assert {100.0, 106.82, 113.18} <= set(verticals)
    (tipping,) = (line for line in axis.lines if line.get_label() == "tipping level")
    assert to_rgba(tipping.get_color()) == to_rgba(style.TIPPING)
    assert tipping.get_linestyle() == "--"


def test_gain_profile_without_tipping_levels_marks_none() -> None:
    axis = gain_profile(make_profile(levels=[], gain=np.full(201, 0.2))).axes[0]
    assert texts(axis) == []
    assert axis.get_ylim()[0] > -1.0
    assert axis.get_ylim()[0] <= 0.0 <= axis.get_ylim()[1]


@pytest.mark.parametrize("levels", [[99.0, 100.0, 101.0, 102.0], [106.0, 106.5], [50.0, 101.0]])
def test_labels_of_close_tipping_levels_do_not_overlap(levels: list[float]) -> None:
    figure = gain_profile(make_profile(levels=levels))
    axis = figure.axes[0]
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in axis.texts if not text.get_text().startswith("κ")]
    assert len(boxes) == sum(80.0 <= level <= 120.0 for level in levels)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


@pytest.mark.parametrize("gain", [np.zeros(201), np.full(201, np.nan), np.full(201, 1e-9), np.linspace(-50, 50, 201)])
def test_gain_profile_of_any_size_has_a_finite_scale_with_zero_in_sight(gain: np.ndarray) -> None:
    low, high = gain_profile(make_profile(levels=[], gain=gain)).axes[0].get_ylim()
    assert low < 0.0 < high
    assert np.isfinite([low, high]).all()


def test_write_figures_writes_three_print_quality_images(tmp_path: Path) -> None:
    written = write_figures(make_result(), tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "figures/fan.png",
        "figures/path.png",
        "figures/gain.png",
    ]
    for path in written:
        with Image.open(path) as image:
            assert image.width >= 1000
            assert image.info["dpi"][0] == pytest.approx(300, abs=1)


def test_written_figures_depend_on_the_result_alone(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_figures(make_result(), tmp_path / "a")]
    second = [path.read_bytes() for path in write_figures(make_result(), tmp_path / "b")]
    assert first == second


def test_unrecorded_paths_are_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def sample_paths(scenario: Any, paths: int) -> Any:
        asked.append(paths)
        return make_paths(paths=9, steps=20)

    monkeypatch.setattr(simhedge.simulation, "sample_paths", sample_paths, raising=False)
    write_figures(make_result(paths=None), tmp_path)
    write_figures(make_result(paths=make_paths(paths=3)), tmp_path)
    assert asked == [200, 200]


def test_paths_handed_over_are_drawn_without_sampling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simhedge.simulation, "sample_paths", None)
    assert len(write_figures(make_result(paths=None), tmp_path, paths=make_paths(paths=9, steps=20))) == 3


def test_figures_leave_global_settings_and_pyplot_alone() -> None:
    before = dict(matplotlib.rcParams)
    gain_profile(make_profile())
    assert dict(matplotlib.rcParams) == before
    loaded = "import sys, simhedge.report.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_no_level_looks_like_another_or_like_a_price() -> None:
    looks = {(look.colour, look.form) for look in LEVEL_LOOKS.values()}
    colours = {look.colour for look in LEVEL_LOOKS.values()}
    assert len(looks) == len(colours) == len(LEVEL_LOOKS)
    assert not colours & {style.HEDGED, style.TWIN, style.INK, style.MUTED}


def test_hedged_and_twin_differ_in_lightness_too() -> None:
    def luminance(colour: str) -> float:
        red, green, blue, _ = to_rgba(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert abs(luminance(style.HEDGED) - luminance(style.TWIN)) > 0.2


def test_gain_profile_shows_later_lines_and_their_tipping_levels_where_the_start_has_none() -> None:
    profile = make_profile(levels=[], gain=np.full(201, -0.4))
    curve = np.full(201, -0.4)
    curve[100:] = -1.2
    later = [LaterGain(2.5, np.full(201, -0.6), []), LaterGain(4.5, curve, [100.0])]
    axis = gain_profile(dataclasses.replace(profile, later=later)).axes[0]
    labels = [text.get_text() for text in axis.figure.legends[0].get_texts()]
    assert {"after 2.5 days", "after 4.5 days", "tipping level after 4.5 days"} <= set(labels)
    assert any(np.allclose(line.get_xdata(), 100.0) for line in axis.lines)
