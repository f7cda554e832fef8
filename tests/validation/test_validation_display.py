"""A validation shown in a notebook: each level's main statistic with errors, beside twin and placebo levels."""

from __future__ import annotations

from typing import Any

import pytest
from html_tables import assert_fit_for_every_reader, forbid_work, read_html
from validation_by_hand import make_validation, nothing, wall_rows

import simhedge as sh

HOSTILE = "<b onclick=alert(1)>"


def make(rows: dict[int, Any] | None = None, **changes: Any) -> sh.Validation:
    """A Validation of numbers made by hand, on a scenario of 1,000 paths and 780 steps."""
    scenario = sh.load_scenario("walls_that_hold", overrides={"paths": 1_000, "clock.days": 10, "seed": 7})
    parts = vars(make_validation(rows)) | {"scenario": scenario}
    return sh.Validation(**(parts | changes))


def test_levels_are_rows_with_errors_and_placebos() -> None:
    validation = make()
    html = validation._repr_html_()
    table = read_html(html).tables[0]
    assert table.caption == (
        f"walls-that-hold · do levels hold? · 1,000 paths, 780 steps, seed 7 · sha256 {validation.scenario.sha256[:8]}"
    )
    assert table.rows["put wall 94"] == [
        "hold rate, %", "71.0 ± 2.0", "52.0 ± 2.0", "19.0 ± 2.0", "[−2.0, 4.0]", "<0.001", "1",
    ]  # fmt: skip
    assert table.rows["zero gamma 97.5"][:2] == ["vol ratio", "1.2720 ± 0.0010"]
    assert_fit_for_every_reader(html)


def test_undefined_statistics_are_dashes() -> None:
    table = read_html(make({2: wall_rows(hold=nothing())})._repr_html_()).tables[0]
    assert table.rows["put wall 94"][1:6] == ["–"] * 5


def test_regimes_absent_levels_and_warnings_are_told() -> None:
    text = read_html(make()._repr_html_()).text
    assert "regimes: volatility is 23.40% where dealers are short gamma against 18.40% where long" in text
    assert "tipping level: none by any of 2 definitions" in text
    assert "warning: 3 of 1000 paths diverged [and] are left out" in text


def test_definitions_that_name_a_level_are_counted_once() -> None:
    table = read_html(make()._repr_html_()).tables[0]
    assert table.rows["call wall and largest gamma strike 104"][-1] == "3"
    assert table.rows["zero gamma 97.5"][-1] == "2"


def test_text_cannot_leave_its_place() -> None:
    levels = make().levels
    levels.loc[len(levels)] = ["call_wall", HOSTILE, float("nan"), -1]
    html = make(levels=levels, warnings=[HOSTILE])._repr_html_()
    assert read_html(html).text.count(HOSTILE) == 2
    assert "<b onclick" not in html


def test_the_repr_is_one_short_line() -> None:
    validation = make()
    assert repr(validation) == (
        f"<Validation 'walls-that-hold': 1,000 paths, 780 steps, seed 7, sha256 {validation.scenario.sha256[:8]}, "
        f"4 levels, {len(validation.tests)} tests>"
    )


def test_nothing_is_read_or_run_to_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    validation = make()
    forbid_work(monkeypatch)
    assert validation._repr_html_()
    assert repr(validation)
