"""Figures of power and of wrong signs, on small tables made by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import validation_by_hand
from matplotlib.text import Text

from simhedge.report import style
from simhedge.report.power_figures import power_figure
from simhedge.report.validation_figures import write_validation_figures
from simhedge.report.wrong_sign_figures import wrong_sign_figure
from simhedge.rounding import NORMAL_95
from simhedge.validation.assumed_levels import Shares
from simhedge.validation.power import Power
from simhedge.validation.wrong_sign import WrongSign

GAINS, ERRORS, SESSIONS = (0.01, 0.1), (0.0, 0.25), (20, 200, 2000)
TESTS = ("realised_variance", "hold_rate")


def make_power() -> Power:
    """Sessions that fall as 1 / gain^2 and rise as 1 / (1 - 2 error)^2; infinite without feedback."""
    needed, curves = [], []
    for test in TESTS:
        for spread in (0.0, 0.35):
            for gain in (0.0, *GAINS):
                for error in ERRORS:
                    at = {"test": test, "volatility_spread": spread, "feedback_gain": gain, "sign_error": error}
                    count = (1.0 + spread) / (gain * (1.0 - 2.0 * error)) ** 2 if gain else math.inf
                    high = math.inf if gain == GAINS[0] else 1.2 * count
                    needed.append(at | {"sessions": count, "low": 0.8 * count, "high": high})
                    for size in SESSIONS:
                        share = 1.0 - math.exp(-size / count) if gain else 0.05
                        told = {"power": share, "power_se": 0.02, "closed_form": share}
                        curves.append(at | {"sessions": size} | told)
    samples = pd.DataFrame([(31, "a study"), (2930, "another")], columns=["sessions", "source"])
    return Power(pd.DataFrame(curves), pd.DataFrame(), pd.DataFrame(needed), samples, {})


def make_wrong_sign(names: tuple[str, ...] = ("zero_gamma", "call_wall")) -> WrongSign:
    """Meaning that is as large as the agreement; ours finds no zero gamma where signs agree by half."""
    rows: list[dict[str, Any]] = []
    for name in names:
        for statistic in ("volatility_switch", "variance_sorted") if name == "zero_gamma" else ("hold_difference",):
            for calls, puts, agreement in ((1.0, -1.0, 1.0), (1.0, 0.0, 0.5), (-1.0, 1.0, -1.0)):
                for definition in ("simhedge", "gflows"):
                    if (name, definition, agreement) == ("zero_gamma", "simhedge", 0.5):
                        continue
                    meaning = 0.2 * agreement - (0.01 if definition == "gflows" else 0.0)
                    rows.append(
                        {
                            "calls": calls, "puts": puts, "agreement": agreement, "name": name,
                            "definition": definition, "statistic": statistic, "meaning": meaning,
                            "standard_error": 0.02,
                        }
                    )  # fmt: skip
    levels = pd.DataFrame(rows)
    if levels.empty:
        return WrongSign(Shares(1.0, -1.0), levels, pd.DataFrame(), pd.DataFrame(), {})
    ranking = levels[levels["agreement"] == 1.0].assign(rank_low=1.0, rank_high=2.0)
    decay = ranking[["name", "statistic", "definition"]].assign(half_agreement=0.6)
    return WrongSign(Shares(1.0, -1.0), levels, ranking, decay, {})


def words(figure: Any) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


def test_sessions_needed_are_drawn_over_gain_a_line_for_each_share_of_wrong_signs() -> None:
    axis = power_figure(make_power()).axes[0]
    lines = [line for line in axis.lines if line.get_marker() in ("o", "s")]
    assert len(lines) == len(ERRORS)
    for line, error in zip(lines, ERRORS, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), GAINS)
        expected = [1.35 / (gain * (1.0 - 2.0 * error)) ** 2 for gain in GAINS]
        np.testing.assert_allclose(np.asarray(line.get_ydata()), expected)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")


def test_days_of_one_volatility_are_drawn_apart() -> None:
    axis = power_figure(make_power()).axes[0]
    (alike,) = [line for line in axis.lines if line.get_marker() == "None" and np.array_equal(line.get_xdata(), GAINS)]
    np.testing.assert_allclose(np.asarray(alike.get_ydata()), [1.0 / gain**2 for gain in GAINS])


def test_sample_sizes_of_the_literature_are_marked_in_both_columns() -> None:
    needed, curves = power_figure(make_power()).axes[:2]
    assert {31, 2930} <= {line.get_ydata()[0] for line in needed.lines if len(set(line.get_ydata())) == 1}
    assert {31, 2930} <= {line.get_xdata()[0] for line in curves.lines if len(set(line.get_xdata())) == 1}
    assert {"31", "2,930"} <= {text.get_text() for text in needed.texts}


def test_power_is_drawn_over_sessions_with_its_binomial_interval() -> None:
    axis = power_figure(make_power()).axes[1]
    held: Any = axis.containers[0]  # the largest gain
    share = [100.0 * (1.0 - math.exp(-size * GAINS[1] ** 2 / 1.35)) for size in SESSIONS]
    np.testing.assert_allclose(held.lines[0].get_ydata().astype(float), share)
    reach = [0.5 * np.ptp(segment[:, 1]) for segment in held.lines[2][0].get_segments()]
    np.testing.assert_allclose(reach, 100.0 * NORMAL_95 * 0.02)
    assert len(axis.containers) == 3


def test_power_has_a_row_for_each_test() -> None:
    figure = power_figure(make_power())
    assert len(figure.axes) == 2 * len(TESTS)
    assert "Log realised variance on assumed gamma" in words(figure)
    assert "Hold rate at walls" in words(figure)


def test_meaning_is_drawn_over_agreement_with_ours_in_front() -> None:
    figure = wrong_sign_figure(make_wrong_sign())
    axis = figure.axes[2]
    ours: Any = axis.containers[0]
    np.testing.assert_array_equal(ours.lines[0].get_xdata().astype(float), [1.0, 0.5, -1.0])
    np.testing.assert_allclose(ours.lines[0].get_ydata().astype(float), [20.0, 10.0, -20.0])
    others = next(line for line in axis.lines if line.get_marker() == "s")
    np.testing.assert_allclose(np.asarray(others.get_ydata()), [19.0, 9.0, -21.0])
    assert axis.get_xlim()[0] > axis.get_xlim()[1]


def test_assumptions_without_a_level_are_crosses_at_zero() -> None:
    axis = wrong_sign_figure(make_wrong_sign()).axes[0]
    (crosses,) = [line for line in axis.lines if line.get_marker() == "x"]
    assert (crosses.get_xdata().tolist(), crosses.get_ydata().tolist()) == ([0.5], [0.0])


def test_definitions_are_ranked_from_the_top_with_their_interval() -> None:
    axis = wrong_sign_figure(make_wrong_sign()).axes[1]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["simhedge", "gflows"]
    assert axis.get_ylim()[0] > axis.get_ylim()[1]
    held: Any = axis.containers[0]
    np.testing.assert_allclose(held.lines[0].get_xdata().astype(float), [20.0, 19.0])
    assert [text.get_text() for text in axis.texts] == ["1–2", "1–2"]


def test_without_levels_or_ranks_the_figure_says_so() -> None:
    assert "no definition finds a level" in words(wrong_sign_figure(make_wrong_sign(())))
    found = make_wrong_sign()
    unranked = found._replace(ranking=found.ranking.iloc[:0], decay=found.decay.iloc[:0])
    assert "no definition finds it" in " ".join(words(wrong_sign_figure(unranked)).split())


@pytest.mark.parametrize(
    "make", [lambda: power_figure(make_power()), lambda: wrong_sign_figure(make_wrong_sign())], ids=["power", "sign"]
)
def test_all_words_are_on_the_paper(make: Any) -> None:
    figure = make()
    with style.house_style():
        figure.draw_without_rendering()
    for text in figure.findobj(Text):
        box = text.get_window_extent()
        if not text.get_text().strip() or not text.get_visible() or text in _ticks_outside(figure):
            continue
        assert box.x0 > -1.0, text
        assert box.x1 < figure.bbox.width + 1.0, text
        assert box.y0 > -1.0, text
        assert box.y1 < figure.bbox.height + 1.0, text


def _ticks_outside(figure: Any) -> list[Text]:
    """Labels of ticks beyond the ends of their axes, which are not drawn."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = axis.get_major_ticks()
            found += [t.label1 for t in ticks if not low <= t.get_loc() <= high or not t.label1.get_visible()]
    return found


@pytest.mark.parametrize("name", ["power", "wrong_sign"])
def test_files_depend_on_the_tables_alone(tmp_path: Path, name: str) -> None:
    found = validation_by_hand.make_validation(power=make_power(), wrong_sign=make_wrong_sign())
    for folder in ("a", "b"):
        write_validation_figures(found, tmp_path / folder)
    first, again = ((tmp_path / folder / f"{name}.png").read_bytes() for folder in ("a", "b"))
    assert first == again
