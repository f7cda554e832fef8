"""A run shown in a notebook: the numbers of the terminal with units, and nothing done for it."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from html_tables import Shown, assert_fit_for_every_reader, forbid_work, read_html
from result_by_hand import make_paths, make_profile, make_summary
from rich.console import Console

import simhedge as sh
from simhedge.report.table import summary_table
from simhedge.simulation.expectations import ExpectationOutcome
from simhedge.simulation.metrics import REGISTRY
from simhedge.simulation.result_words import GAIN_METRICS, UNITS

HOSTILE = "<script>alert('x')</script>"
ENGINE = {"elapsed_s": 0.4, "threads": 2, "book_delta": "exact"}
PURE_NUMBERS = {"autocorrelation_1", "kurtosis", *(f"variance_ratio_{lag}" for lag in (5, 20, 78, 390))}


def make_result(name: str = "by-hand", **changes: Any) -> sh.Result:
    """A Result made without a run; the scenario's size is that of gamma_squeeze."""
    parts: dict[str, Any] = {
        "scenario": sh.load_scenario("gamma_squeeze", overrides={"name": name, "paths": 20_000, "seed": 7}),
        "summary": make_summary(),
        "expectations": [
            ExpectationOutcome("pin_probability", "hedged", True, 0.3832, "equals 0.383 within 0.02"),
            ExpectationOutcome("realised_vol", "ratio", False, 0.7501, "below 0.7"),
            ExpectationOutcome("hedge_turnover", "ratio", False, float("nan"), "above 0"),
        ],
        "engine": ENGINE,
        "warnings": ["12 paths diverged"],
        "gain_profile": make_profile(),
        "paths": make_paths(paths=4, steps=10),
    }
    return sh.Result(**(parts | changes))


def shown(result: sh.Result) -> Shown:
    return read_html(result._repr_html_())


def test_the_caption_says_which_run_it_is() -> None:
    result = make_result()
    own = f"by-hand · 20,000 paths, 390 steps, seed 7 · sha256 {result.scenario.sha256[:8]}"
    assert shown(result).tables[0].caption == own
    assert_fit_for_every_reader(result._repr_html_())


def test_policies_of_ones_own_are_named_and_only_those() -> None:
    own = make_result(policies={"street": "mine.half_way"})._repr_html_()
    assert "street: mine.half_way" in own
    assert_fit_for_every_reader(own)
    assert "policies" not in make_result()._repr_html_()


def test_metrics_have_errors_intervals_and_units() -> None:
    table = shown(make_result()).tables[0]
    assert table.columns == ["metric", "hedged ± se", "twin ± se", "ratio [95%]", "unit"]
    assert table.rows["realised_vol"] == [
        "0.15003 ± 0.00011", "0.20000 ± 0.00014", "0.7501 [0.7493, 0.7509]", "per √year",
    ]  # fmt: skip


def test_what_is_undefined_is_a_dash() -> None:
    tables = shown(make_result()).tables
    assert tables[0].rows["realised_vol_above_zero_gamma"] == ["0.1500", "–", "–", "per √year"]
    assert tables[1].rows["hedge_turnover"][1] == "–"


def test_numbers_are_those_of_the_terminal() -> None:
    result = make_result()
    stream = io.StringIO()
    Console(file=stream, width=200, highlight=False).print(summary_table(result))
    terminal = [re.split(r"\s{2,}", line.strip()) for line in stream.getvalue().splitlines()]
    for metric, cells in shown(result).tables[0].rows.items():
        assert [metric, *cells[:3]] in terminal


def test_expectations_are_words() -> None:
    table = shown(make_result()).tables[1]
    assert table.caption == "Expectations · 2 of 3 failed"
    assert table.rows["pin_probability"] == ["hedged", "0.3832", "equals 0.383 within 0.02", "passed"]
    assert table.rows["realised_vol"][-1] == "FAILED"
    assert len(shown(make_result(expectations=[])).tables) == 1


def test_gain_with_its_sign_tipping_levels_records_and_warnings_are_told() -> None:
    text = shown(make_result()).text
    assert "feedback gain κ: start −0.594, least −1.92, greatest 0.0312 (κ > 0: dealers long gamma" in text
    assert "tipping levels at the start: 106.82, 113.18" in text
    assert "paths: 4 paths recorded at 11 points: spot, twin_spot" in text
    assert "warning: 12 paths diverged" in text
    bare = make_result(paths=None, warnings=[], gain_profile=make_profile(levels=[]))._repr_html_()
    assert not any(word in read_html(bare).text for word in ("tipping", "recorded", "warning"))
    assert "></p>" not in bare


def test_levels_of_the_run_are_named() -> None:
    levels = xr.Dataset(coords={"definition": ["simhedge", HOSTILE]})
    text = shown(make_result(levels=levels)).text
    assert f"levels: simhedge, {HOSTILE}" in text


def test_every_metric_is_shown() -> None:
    summary = make_summary().reindex(REGISTRY)
    table = shown(make_result(summary=summary)).tables[0]
    assert list(table.rows) == [name for name in REGISTRY if name not in GAIN_METRICS]


def test_units_are_of_metrics() -> None:
    assert set(REGISTRY) - set(GAIN_METRICS) - PURE_NUMBERS == set(UNITS)


def test_names_and_warnings_cannot_leave_their_place() -> None:
    result = make_result(HOSTILE, warnings=[HOSTILE])
    assert shown(result).text.count(HOSTILE) == 2
    assert "<script" not in result._repr_html_()


def test_the_repr_is_one_short_line() -> None:
    result = make_result()
    assert repr(result) == (
        f"<Result 'by-hand': 20,000 paths, 390 steps, seed 7, sha256 {result.scenario.sha256[:8]}, "
        "8 metrics, expectations 2 of 3 failed, 4 paths recorded>"
    )
    assert "expectations" not in repr(make_result(expectations=[]))
    assert str(result) == repr(result)


def test_a_loaded_run_is_shown_without_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = make_result()
    told, directory = result._repr_html_(), result.save(tmp_path / "run")
    result = sh.load_result(directory)
    shutil.rmtree(directory)
    forbid_work(monkeypatch)
    assert result._repr_html_() == told
    assert repr(result).startswith("<Result 'by-hand'")
