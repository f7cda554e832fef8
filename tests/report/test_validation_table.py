"""The table of a validation: sentences first, then every number behind them, within 100 columns."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from rich.console import Console
from validation_by_hand import NAN, make_facts, make_validation, nothing, statistic_row, wall_rows, zero_gamma_rows

from simhedge.report.study import authors
from simhedge.report.validation_table import validation_table
from simhedge.validation.levels_under_test import levels_under_test
from simhedge.validation.words import sentences


@pytest.fixture(scope="module")
def text() -> str:
    return shown(make_validation())


def shown(validation: Any, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(validation_table(validation))
    return stream.getvalue()


def cells(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def block(text: str, title: str) -> list[str]:
    """The lines of the table under a title, up to the next empty line."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip() == title)
    last = next((n for n in range(first, len(lines)) if not lines[n].strip()), len(lines))
    return lines[first:last]


def row(text: str, title: str, name: str) -> list[str]:
    return cells(next(line for line in block(text, title) if line.startswith(name)))


def test_sentences_come_before_all_numbers(text: str) -> None:
    head = " ".join(text[: text.index("statistic")].split())
    for sentence in sentences(make_validation())[:3]:
        assert sentence.verdict in re.sub(r"\s+", " ", head)
    assert "held on 71% of touches, twin 52%, placebo 51–56%" in head
    assert "by all 3 definitions" in head
    assert "tipping level: none by any of 2 definitions" in head
    assert "ratio 1.2720 ± 0.0010, twin 1.0010 ± 0.0010, predicted 1.2720 ± 0.0010" in head


def test_heading_names_scenario_size_and_time(text: str) -> None:
    assert text.splitlines()[0].strip() == "by-hand  1,000 paths, 780 steps, seed 7  (2.0 s on 2 threads)"


def test_each_of_our_levels_has_a_table_of_its_statistics(text: str) -> None:
    for level in levels_under_test(make_validation()):
        if level.headline:
            named = [cells(line)[0].split(",")[0] for line in block(text, level.title)[3:]]
            assert named == list(level.tests.index)
    assert row(text, "put wall 94", "hold_rate") == [
        "hold_rate, %", "71.0 ± 2.0", "52.0 ± 2.0", "19.0 ± 2.0", "[−2.0, 4.0]", "<0.001",
    ]  # fmt: skip
    assert row(text, "zero gamma 97.5", "vol_ratio") == [
        "vol_ratio", "1.2720 ± 0.0010", "1.0010 ± 0.0010", "0.2710 ± 0.0010", "[−0.020, 0.040]", "<0.001",
    ]  # fmt: skip
    assert row(text, "put wall 94", "crossing_speed")[0] == "crossing_speed, sd"


def test_what_is_undefined_is_a_dash() -> None:
    text = shown(make_validation({2: wall_rows(nothing())}))
    assert row(text, "put wall 94", "hold_rate") == ["hold_rate, %", "–", "–", "–", "–", "–"]


def test_levels_that_only_others_find_are_gathered(text: str) -> None:
    line = next(line for line in text.splitlines() if line.startswith("gflows"))
    assert cells(line) == [
        "gflows", "zero gamma 97.25", "vol_ratio", "1.272", "1.001", "0.2710 ± 0.0010", "<0.001",
    ]  # fmt: skip


def test_the_number_of_tests_corrected_for_and_the_definitions_are_told(text: str) -> None:
    told = " ".join(text.split())
    count = int(make_validation().tests["p_value"].notna().sum())
    assert f"corrected for {count} tests" in told
    assert "the difference at 40 placebo levels" in told
    assert "A touch comes within 0.10, a break goes 0.50 daily standard deviations (sd) beyond, within 78 steps" in told


def test_regressions_stand_beside_what_is_predicted(text: str) -> None:
    line = next(line for line in text.splitlines() if line.startswith("absolute_return"))
    assert cells(line) == [
        "absolute_return", "−1.030 ± 0.070", "−1.00", "−0.4", "0.030", "10,000", "Ni et al. (2021)",
    ]  # fmt: skip
    line = next(line for line in text.splitlines() if line.startswith("pinning"))
    assert cells(line)[1:5] == ["–", "–", "–", "–"]
    assert "the days have no" in line


def test_stylised_facts_are_told_for_both_worlds(text: str) -> None:
    line = next(line for line in text.splitlines() if line.startswith("excess_kurtosis_1_step"))
    assert cells(line)[1:] == ["1.50 ± 0.10", "0.020 ± 0.030", "1.48 ± 0.10"]
    assert shown(make_validation(stylised_facts=make_facts().reset_index())) == text


def test_without_regressions_facts_and_warnings_their_tables_are_left_out() -> None:
    text = shown(make_validation(regressions=pd.DataFrame(), stylised_facts=pd.DataFrame(), warnings=[]))
    for word in ("regression ", "stylised fact", "warning"):
        assert word not in text


def test_warnings_come_last(text: str) -> None:
    assert text.splitlines()[-1].strip() == "warning: 3 of 1000 paths diverged [and] are left out"


def test_a_validation_without_levels_says_so_without_a_table() -> None:
    levels = pd.DataFrame([("zero_gamma", "simhedge", NAN, -1)], columns=["name", "definition", "value", "track"])
    empty = make_validation(levels=levels, tests=make_validation().tests.iloc[:0], placebos=pd.DataFrame())
    text = shown(empty)
    assert "zero gamma:             none" in text
    assert "statistic" not in text


def wide() -> Any:
    long = statistic_row(-0.0012345, 0.0054321, 0.000234, placebo_low=-0.000431, placebo_high=-0.000123)
    rows = {0: zero_gamma_rows() | {"autocorrelation_above": long, "autocorrelation_below": long}}
    scenario = SimpleNamespace(
        name="a-scenario-with-quite-a-long-name",
        paths=1_000_000,
        seed=20240614,
        clock=SimpleNamespace(steps=98_280),
        levels=SimpleNamespace(daily=True),
    )
    return make_validation(rows, scenario=scenario)


@pytest.mark.parametrize("make", [make_validation, wide], ids=["usual", "wide"])
def test_no_line_is_wider_than_100_columns(make: Any) -> None:
    lines = shown(make(), 140).splitlines()
    assert lines
    lines = shown(make()).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 100
    assert not any("…" in line for line in lines)


@pytest.mark.parametrize(
    ("study", "short"),
    [
        ("Ni, Pearson, Poteshman and White (2021), Review of Financial Studies 34:1952", "Ni et al. (2021)"),
        ("Barbon and Buraschi (2021), Gamma Fragility, working paper", "Barbon and Buraschi (2021)"),
        ("SqueezeMetrics (2016), Gamma Exposure, white paper", "SqueezeMetrics (2016)"),
        ("nobody in particular", "nobody in particular"),
    ],
)
def test_studies_are_named_by_author_and_year(study: str, short: str) -> None:
    assert authors(study) == short
