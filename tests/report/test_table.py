"""The summary table: everything is said, in words, within 100 columns."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from result_by_hand import COLUMNS, make_profile, make_result, make_summary
from rich.console import Console

from simhedge.report.table import summary_table


def shown(result: Any, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(summary_table(result))
    return stream.getvalue()


def line_of(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


def test_a_line_holds_hedged_twin_and_the_interval_of_their_ratio() -> None:
    line = line_of(shown(make_result()), "realised_vol ")
    assert line.split("  ")[0].strip() == "realised_vol"
    assert "0.15003 ± 0.00011" in line
    assert "0.20000 ± 0.00014" in line
    assert "0.7501 [0.7493, 0.7509]" in line


def test_no_line_is_wider_than_100_columns_and_nothing_is_cut() -> None:
    text = shown(make_result())
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "…" not in text
    assert "realised_vol_above_zero_gamma" in text


def test_at_80_columns_numbers_fold_instead_of_being_cut() -> None:
    assert "…" not in shown(make_result(), width=80)


def test_a_null_ratio_is_a_dash() -> None:
    assert line_of(shown(make_result()), "pin_probability").rstrip().endswith("–")


def test_a_ratio_to_a_twin_that_may_be_zero_is_a_dash() -> None:
    summary = make_summary()
    summary.loc["realised_vol", ["twin", "twin_se"]] = [0.0002, 0.0001]
    assert line_of(shown(make_result(summary=summary)), "realised_vol ").rstrip().endswith("–")
    summary.loc["realised_vol", "twin_se"] = 0.00009
    assert line_of(shown(make_result(summary=summary)), "realised_vol ").rstrip().endswith("0.7509]")


def test_verdicts_are_words() -> None:
    text = shown(make_result())
    assert "1 of 2 failed" in text
    assert line_of(text, "below 0.7").startswith("FAILED")
    assert line_of(text, "0.383 ± 0.02").startswith("passed")
    passing = [outcome for outcome in make_result().expectations if outcome.passed]
    assert "all passed" in shown(make_result(expectations=passing))


def test_without_expectations_nothing_is_said_of_them() -> None:
    text = shown(make_result(expectations=[]))
    assert "passed" not in text
    assert "failed" not in text


def test_feedback_gain_line_gives_start_extremes_and_tipping_levels() -> None:
    line = line_of(shown(make_result()), "feedback gain")
    for part in ("start −0.594", "least −1.92", "greatest 0.0312"):
        assert part in line
    assert line_of(shown(make_result()), "tipping").rstrip() == "tipping levels at the start: 106.82, 113.18"
    assert "feedback_gain" not in shown(make_result())


def test_feedback_gain_comes_from_the_profile_where_the_metric_was_not_asked_for() -> None:
    summary = make_summary().drop(index=["feedback_gain_start", "feedback_gain_min", "feedback_gain_max"])
    profile = make_profile(levels=[], gain=np.full(201, 0.105))
    text = shown(make_result(summary=summary, gain_profile=profile))
    assert line_of(text, "feedback gain").rstrip() == "feedback gain  start 0.105"
    assert line_of(text, "tipping").rstrip() == "tipping levels: none"


def test_many_tipping_levels_are_counted_not_listed() -> None:
    text = shown(make_result(gain_profile=make_profile(levels=[float(level) for level in range(90, 110)])))
    assert "and 14 more" in text


def test_warnings_and_engine_are_told_with_brackets_intact() -> None:
    text = shown(make_result())
    assert "warning: 12 paths diverged [of 20000]" in text
    assert "book delta surface (error 3.0e-07 of gross shares)" in text


def test_exact_book_delta_has_no_surface_error() -> None:
    engine = make_result().engine | {"book_delta": "exact", "surface_max_error": None}
    assert "gross shares" not in shown(make_result(engine=engine))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, 1e300, -1e-300])
def test_any_number_can_be_shown(value: float) -> None:
    summary = pd.DataFrame([[value] * len(COLUMNS)], index=["realised_vol"], columns=COLUMNS)
    text = shown(make_result(summary=summary))
    assert "realised_vol" in text
    assert "nan" not in text
    assert "inf" not in text
