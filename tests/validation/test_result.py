"""A validation's document and directory: keys, no NaN, and a way to disk and back."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from building import option
from building_levels import market_tree, wall

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.destination import MANIFEST
from simhedge.validation import Validation, load_validation, validate
from simhedge.validation.level_tests import TEST_COLUMNS
from simhedge.validation.result import TABLES
from simhedge.validation.statistics import STATISTICS

PROMISED = {"hedged", "twin", "difference", "difference_se", "placebo_mean", "placebo_ci95", "p_value", "p_adjusted"}
PROMISED_REGIMES = {"vol_above_zero_gamma", "vol_below_zero_gamma", "twin_above", "twin_below", "ratio", "ratio_se"}


@pytest.fixture(scope="module")
def own() -> Validation:
    book = [option("call", 102.0, 10, 50_000), option("put", 98.0, 10, -40_000)]
    return validate(sh.scenario_from_dict(market_tree(book, paths=120, placebos=6)), threads=1)


@pytest.fixture(scope="module")
def document(own: Validation) -> dict[str, Any]:
    """As any other program reads it."""
    read: dict[str, Any] = json.loads(json.dumps(own.as_json(), allow_nan=False))
    return read


# ---------------------------------------------------------------- the document


def test_the_keys_that_are_promised(own: Validation, document: dict[str, Any]) -> None:
    assert {"scenario", "sha256", "levels", "regimes", "method"} <= set(document)
    assert document["scenario"] == own.scenario.name
    assert document["sha256"] == own.scenario.sha256
    assert set(document["regimes"]) >= PROMISED_REGIMES
    for level in document["levels"]:
        assert set(level) == {"name", "definition", "value", "tests"}
        for row in level["tests"].values():
            assert set(row) >= PROMISED
    assert {"tolerance", "break", "horizon_steps", "p_adjusted"} <= set(document["method"])
    assert "Holm" in document["method"]["p_adjusted"]


def test_every_level_has_its_tests(own: Validation, document: dict[str, Any]) -> None:
    assert len(document["levels"]) == len(own.levels)
    absent = [level for level in document["levels"] if level["value"] is None]
    assert absent
    assert all(level["tests"] == {} for level in absent)
    every = {statistic.name for statistic in STATISTICS if statistic.family == "any"}
    for level in document["levels"]:
        if level["value"] is not None:
            assert set(level["tests"]) >= every
            assert ("vol_ratio" in level["tests"]) == (level["name"] in ("zero_gamma", "tipping_level"))
            assert "hold_rate" in level["tests"]


def test_numbers_are_those_of_the_tables(own: Validation, document: dict[str, Any]) -> None:
    level = next(each for each in document["levels"] if (each["name"], each["definition"]) == ("call_wall", "floe"))
    rows = own.tests_of("call_wall", "floe")
    assert list(rows.columns) == list(TEST_COLUMNS)
    for statistic, values in level["tests"].items():
        row = rows.loc[statistic]
        for name, value in values.items():
            if name.endswith("_ci95"):
                ends = [row[name.replace("_ci95", end)] for end in ("_low", "_high")]
                assert value == (None if np.isnan(ends).any() else pytest.approx(ends))
            else:
                assert value == (None if math.isnan(row[name]) else pytest.approx(row[name], rel=1e-14))
    low, high = level["tests"]["touch_rate"]["difference_ci95"]
    assert low <= level["tests"]["touch_rate"]["difference"] <= high


def test_what_is_undefined_is_null(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "NaN" not in text
    assert "Infinity" not in text
    assert "null" in text


def test_tests_of_a_level(own: Validation) -> None:
    assert own.tests_of("call_wall").index.is_unique
    absent = own.levels[own.levels["track"] == -1].iloc[0]
    assert own.tests_of(absent["name"], absent["definition"]).empty
    for name, definition in (("call_mall", "simhedge"), ("call_wall", "nobody")):
        with pytest.raises(InputError, match="no such level") as caught:
            own.tests_of(name, definition)
        assert "call_wall" in str(caught.value.remedy)


# ---------------------------------------------------------------- to disk and back


@pytest.fixture(scope="module")
def saved(own: Validation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own.save(tmp_path_factory.mktemp("validation") / "kept")


def test_what_is_read_is_what_was_written(own: Validation, saved: Path, document: dict[str, Any]) -> None:
    read = load_validation(saved)
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(read, table), getattr(own, table), check_exact=True)
    assert read.scenario.as_dict() == own.scenario.as_dict()
    assert json.loads(json.dumps(read.as_json(), allow_nan=False)) == document
    assert (read.regimes, read.method, read.warnings) == (own.regimes, own.method, own.warnings)


def test_the_directory(saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == {MANIFEST, *(f"{table}.parquet" for table in TABLES)}
    manifest = json.loads((saved / MANIFEST).read_text())
    assert manifest["kind"] == "validation"
    assert "simhedge" in manifest["versions"]


@pytest.mark.parametrize("paths", [1, 3])
def test_little_is_saved_too(tmp_path: Path, paths: int) -> None:
    """Empty tables of placebos and distances, and columns of nothing but NaN."""
    few = validate(sh.scenario_from_dict(wall() | {"paths": paths}), threads=1)
    read = load_validation(few.save(tmp_path / "few"))
    assert read.as_json() == few.as_json()


def test_extras_are_kept_beside_the_tables(own: Validation, tmp_path: Path) -> None:
    own.save(tmp_path / "kept", lambda place: (place / "figure.txt").write_text("drawn") and None)
    assert (tmp_path / "kept" / "figure.txt").read_text() == "drawn"


def test_a_saved_validation_may_be_replaced(own: Validation, tmp_path: Path) -> None:
    own.save(tmp_path / "kept", lambda place: (place / "old.txt").write_text("old") and None)
    own.save(tmp_path / "kept")
    assert not (tmp_path / "kept" / "old.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_a_directory_of_somebody_else_is_left_alone(own: Validation, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty") as caught:
        own.save(tmp_path / "theirs")
    assert caught.value.remedy
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="not a directory"):
        own.save(tmp_path / "theirs" / "thesis.txt")


def test_a_failed_write_leaves_nothing(own: Validation, tmp_path: Path) -> None:
    def fails(place: Path) -> None:
        raise OSError("no more ink")

    with pytest.raises(InputError, match="no more ink"):
        own.save(tmp_path / "kept", fails)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- what cannot be read


def test_a_run_is_no_validation_and_the_other_way_round(own: Validation, saved: Path, tmp_path: Path) -> None:
    sh.run(own.scenario, threads=1).save(tmp_path / "run")
    with pytest.raises(InputError, match="it holds a run") as caught:
        load_validation(tmp_path / "run")
    assert "validate --out" in str(caught.value.remedy)
    with pytest.raises(InputError, match="it holds a validation"):
        sh.load_result(saved)


@pytest.mark.parametrize("what", ["absent", "empty"])
def test_there_is_nothing(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no saved validation here") as caught:
        load_validation(tmp_path / what)
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[]", "[1]", "3", "null", '"validation"', '{"format": 1}'])
@pytest.mark.parametrize("load", [load_validation, sh.load_result])
def test_a_manifest_that_is_none(tmp_path: Path, load: Any, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="not a saved"):
        load(tmp_path)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_table_that_is_none(own: Validation, tmp_path: Path, table: str, damage: str) -> None:
    file = own.save(tmp_path / "kept") / f"{table}.parquet"
    file.unlink() if damage == "missing" else file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(InputError, match="not a saved validation that can be read"):
        load_validation(tmp_path / "kept")


def test_another_format(own: Validation, tmp_path: Path) -> None:
    place = own.save(tmp_path / "kept")
    manifest = json.loads((place / MANIFEST).read_text())
    (place / MANIFEST).write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(InputError, match="format 99"):
        load_validation(place)
