"""A saved result comes back equal, bit for bit, and a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.destination import check_destination

CHAIN = Path(__file__).parents[2] / "scenarios/data/spx_like_quotedata.csv"


def claims() -> list[dict[str, Any]]:
    """One claim that holds and one about a ratio that does not exist (the twin's turnover is zero)."""
    return [
        {"metric": "realised_vol", "series": "hedged", "between": [0.0, 1.0]},
        {"metric": "hedge_turnover", "series": "ratio", "above": 0.0},
    ]


@pytest.fixture
def result(run_scenario: Any) -> sh.Result:
    books = {"mixed": mixed_book(), "calls": [option("call", 101.0, 5, 20_000)]}
    dealers = [dealer(POLICIES["continuous"], "first", "mixed", copies=2), dealer(POLICIES["none"], "second", "calls")]
    tree = scenario(books, dealers, clearing=CLEARINGS["simultaneous"], paths=70, record=5)
    tree["expect"] = claims()
    result: sh.Result = run_scenario(tree)
    return result


def assert_equal(one: sh.Result, other: sh.Result) -> None:
    """Every field, numbers bit for bit."""
    assert one.scenario == other.scenario
    assert one.scenario.sha256 == other.scenario.sha256
    pd.testing.assert_frame_equal(one.summary, other.summary, check_exact=True)
    assert one.summary.to_numpy().tobytes() == other.summary.to_numpy().tobytes()
    assert one.summary.index.name == other.summary.index.name
    assert [str(outcome) for outcome in one.expectations] == [str(outcome) for outcome in other.expectations]
    assert (one.engine, one.warnings, one.policies) == (other.engine, other.warnings, other.policies)
    np.testing.assert_array_equal(one.gain_profile.spot, other.gain_profile.spot)
    np.testing.assert_array_equal(one.gain_profile.gain, other.gain_profile.gain)
    for name in ("tipping_levels", "start_spot", "start_gain", "daily_vol"):
        assert getattr(one.gain_profile, name) == getattr(other.gain_profile, name)
    assert one.as_json() == other.as_json()
    assert (one.paths is None) == (other.paths is None)
    if one.paths is not None and other.paths is not None:
        xr.testing.assert_identical(one.paths, other.paths)


def test_reload_gives_an_equal_result(result: sh.Result, tmp_path: Path) -> None:
    assert result.save(tmp_path / "run") == tmp_path / "run"
    loaded = sh.load_result(tmp_path / "run")
    assert_equal(result, loaded)
    assert math.isnan(loaded.expectations[1].observed)
    assert [outcome.passed for outcome in loaded.expectations] == [True, False]
    assert loaded.summary.isna().to_numpy().any()
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_reload_without_paths_and_with_figures(run_scenario: Any, tmp_path: Path) -> None:
    bare = run_scenario(one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], record=None))
    bare.save(tmp_path / "run", extras=lambda beside: (beside / "note.txt").write_text("drawn"))
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"manifest.json", "summary.parquet", "note.txt"}
    loaded = sh.load_result(tmp_path / "run")
    assert loaded.paths is None
    assert_equal(bare, loaded)


def test_a_new_result_replaces_the_old_one_whole(result: sh.Result, tmp_path: Path) -> None:
    result.save(tmp_path / "run", extras=lambda beside: (beside / "old.txt").write_text("old"))
    result.save(tmp_path / "run")
    assert not (tmp_path / "run/old.txt").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert_equal(result, sh.load_result(tmp_path / "run"))


def test_saving_twice_gives_the_same_bytes_of_paths(result: sh.Result, tmp_path: Path) -> None:
    again = sh.run(result.scenario)
    for name, one in (("a", result), ("b", again)):
        one.save(tmp_path / name)
    for file in ("paths.nc", "summary.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("a", "b")]
    for manifest in manifests:
        del manifest["engine"]  # timings
    assert manifests[0] == manifests[1]


def test_paths_are_netcdf_with_units_and_dealers_by_name(result: sh.Result, tmp_path: Path) -> None:
    result.save(tmp_path / "run")
    with xr.open_dataset(tmp_path / "run/paths.nc", engine="h5netcdf") as paths:
        assert dict(paths.sizes) == {"path": 5, "step": 41, "dealer": 2}
        assert paths["dealer"].to_numpy().tolist() == ["first", "second"]
        assert paths["step"].to_numpy().tolist() == list(range(41))
        assert paths["spot"].attrs["units"] == "$"
        assert paths["dealer_delta"].dims == ("path", "step", "dealer")


# ---------------------------------------------------------------- policies of the user's own


@sh.user_policy
def half_way(hedge: float, target_hedge: float, spot: float, gamma: float, parameter: float, step: int) -> float:
    return 0.5 * (hedge + target_hedge)


def test_policies_of_ones_own_are_saved_by_name(tmp_path: Path) -> None:
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], paths=8, record=2)
    asked = sh.scenario_from_dict(tree)
    own, plain = sh.run(asked, policies={"street": half_way}), sh.run(asked)
    assert own.policies == {"street": f"{__name__}.half_way"}
    own.save(tmp_path / "own")
    assert json.loads((tmp_path / "own/manifest.json").read_text())["policies"] == own.policies
    assert_equal(own, sh.load_result(tmp_path / "own"))
    assert own.as_json()["policies"] == own.policies
    assert "policies" not in plain.as_json()


def test_a_run_saved_before_policies_were_remembered_is_read(result: sh.Result, tmp_path: Path) -> None:
    result.save(tmp_path / "run")
    assert "policies" not in json.loads((tmp_path / "run/manifest.json").read_text())
    assert sh.load_result(tmp_path / "run").policies == {}


# ---------------------------------------------------------------- crashes


class Crash(BaseException):
    """The process ends here."""


def crash_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `number`-th rename of the process, and all after it, do not happen."""
    rename, calls = Path.rename, [0]

    def fragile(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] >= number:
            raise Crash
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fragile)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_crash_between_renames_leaves_the_old_or_the_new(
    run_scenario: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], record=2)
    old, new = run_scenario(tree), run_scenario(tree | {"seed": 8})
    place = tmp_path / "run"
    old.save(place)
    with monkeypatch.context() as patch:
        crash_at(number, patch)
        if number < 3:  # a save renames twice
            with pytest.raises(Crash):
                new.save(place)
        else:
            new.save(place)
    assert_equal(sh.load_result(place), old if number < 3 else new)
    new.save(place)
    assert_equal(sh.load_result(place), new)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_a_failing_rename_brings_the_old_result_back(
    result: sh.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "run"
    result.save(place)
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name.startswith(".run.new"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(InputError, match="cannot be written: Permission denied") as caught:
        replace(result, warnings=["new"]).save(place)
    assert (caught.value.key, caught.value.value) == ("--out", str(place))
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert_equal(result, sh.load_result(place))


@pytest.mark.parametrize("half_written", [False, True])
def test_a_reader_that_finds_only_the_old_one_uses_it(result: sh.Result, tmp_path: Path, half_written: bool) -> None:
    place = tmp_path / "run"
    result.save(place)
    place.rename(tmp_path / "run.old")
    if half_written:
        (tmp_path / ".run.new-1").mkdir()
    assert_equal(result, sh.load_result(place))
    newer = replace(result, warnings=["newer"])
    newer.save(place)
    assert sh.load_result(place).warnings == ["newer"]
    assert not (tmp_path / "run.old").exists()


def test_a_run_that_fails_while_writing_leaves_nothing(result: sh.Result, tmp_path: Path) -> None:
    def fail(beside: Path) -> None:
        (beside / "figure.png").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left"):
        result.save(tmp_path / "run", extras=fail)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- what is no saved run


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"format": 1}', '{"format": 99}'])
def test_what_is_no_saved_run_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError) as caught:
        sh.load_result(tmp_path)
    assert caught.value.file == caught.value.value == str(tmp_path)
    assert caught.value.remedy


@pytest.mark.parametrize("file", ["summary.parquet", "paths.nc", "manifest.json"])
@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_a_damaged_file_is_refused_and_not_read_as_something_else(
    result: sh.Result, tmp_path: Path, file: str, damage: str
) -> None:
    result.save(tmp_path / "run")
    content = (tmp_path / "run" / file).read_bytes()
    (tmp_path / "run" / file).write_bytes(b"garbage" if damage == "garbage" else content[: len(content) // 2])
    with pytest.raises(InputError, match="not a saved run that can be read"):
        sh.load_result(tmp_path / "run")


def test_a_link_that_leads_nowhere_or_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "run.old").symlink_to(tmp_path / "gone")
    for name in ("loop", "run", "a\0b"):
        with pytest.raises(InputError) as caught:
            check_destination(tmp_path / name)
        assert caught.value.key == "--out"


# ---------------------------------------------------------------- chains


def chain_file(directory: Path, chain: str) -> Path:
    directory.mkdir(exist_ok=True)
    file = directory / "case.yaml"
    file.write_text(
        "schema_version: 1\nname: chain\npaths: 3\nclock: {days: 1, steps_per_day: 4}\n"
        "market: {adv_notional: 4.0e+11, fundamental: {type: gbm, volatility: 0.16}}\n"
        f"books: {{street: {{from_chain: {chain}}}}}\n"
        "dealers: [{name: street, book: street, policy: {type: continuous}}]\n"
    )
    return file


def beside_the_file(tmp_path: Path) -> sh.Scenario:
    shutil.copy(CHAIN, tmp_path / "quotes.csv")
    return sh.load_scenario(chain_file(tmp_path, "quotes.csv"))


def on_the_command_line(tmp_path: Path) -> sh.Scenario:
    shutil.copy(CHAIN, tmp_path / "here/quotes.csv")
    file = chain_file(tmp_path / "there", "missing.csv")
    return sh.load_scenario(file, overrides={"books.street.from_chain": "quotes.csv"})


def by_extension(tmp_path: Path) -> sh.Scenario:
    shutil.copy(CHAIN, tmp_path / "quotes.csv")
    chain_file(tmp_path, "quotes.csv")
    (tmp_path / "below").mkdir()
    (tmp_path / "below/more.yaml").write_text("extends: ../case.yaml\npaths: 4\n")
    return sh.load_scenario(tmp_path / "below/more.yaml")


@pytest.mark.parametrize("origin", [beside_the_file, on_the_command_line, by_extension])
def test_a_saved_run_finds_its_chain_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: Callable[[Path], sh.Scenario]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = sh.run(origin(tmp_path))
    result.save(tmp_path / "run")
    monkeypatch.chdir("/")
    loaded = sh.load_result(tmp_path / "run")
    assert_equal(result, loaded)
    assert loaded.scenario.chain_path("street").samefile(result.scenario.chain_path("street"))
    pd.testing.assert_frame_equal(sh.run(loaded.scenario).summary, result.summary, check_exact=True)
