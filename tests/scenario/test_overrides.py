"""Overrides: values as YAML, dotted keys, and refusals that say --set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simhedge.errors import InputError
from simhedge.scenario import ChainBook, load_scenario, parse_set_options, scenario_from_dict


def test_values_are_yaml() -> None:
    options = ["a=1e-6", "b=no", "c='5'", "d=[1, x]", "e={f: true}", "g=", "h=x=y", "i.j=20_000", "k=2024-06-21"]
    assert parse_set_options(options) == {
        "a": 1e-6,
        "b": "no",
        "c": "5",
        "d": [1, "x"],
        "e": {"f": True},
        "g": None,
        "h": "x=y",
        "i.j": 20_000,
        "k": "2024-06-21",
    }


@pytest.mark.parametrize("option", ["market.spot", "=5", "", " = 3"])
def test_what_is_not_key_equals_value_is_refused(option: str) -> None:
    with pytest.raises(InputError, match="not key=value") as caught:
        parse_set_options([option])
    assert caught.value.file == "--set"


@pytest.mark.parametrize("text", ["[1", "{a: 1, a: 2}", "!!python/name:os.system x", "*x", "a: 1\n---\nb: 2"])
def test_values_that_are_no_yaml_are_refused_with_their_key(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_set_options([f"market.spot={text}"])
    assert (caught.value.file, caught.value.key) == ("--set", "market.spot")
    assert caught.value.line is None


def test_a_key_set_twice_is_refused() -> None:
    with pytest.raises(InputError, match="set twice"):
        parse_set_options(["paths=1", "paths=2"])


def test_overrides_reach_names_positions_and_absent_blocks(minimal: dict[str, Any]) -> None:
    scenario = scenario_from_dict(minimal).with_overrides(
        {
            "dealers.street.policy.band": 5,
            "books.monthly.1.contracts": 7,
            "outputs.pin": {"strike": 95.0},
            "market.impact.coefficient": 0,
            "market.clearing": {"type": "lagged"},
            "dealers.1.copies": 3,
        }
    )
    assert scenario.dealers[0].policy.band == 5.0  # type: ignore[union-attr]
    assert scenario.books["monthly"][1].contracts == 7.0  # type: ignore[index,union-attr]
    assert scenario.outputs.pin is not None
    assert scenario.outputs.pin.strike == 95.0
    assert (scenario.market.impact.type, scenario.market.clearing.type) == ("adv", "lagged")
    assert scenario.dealers[1].copies == 3


def test_overrides_take_numbers_of_numpy_and_paths(minimal: dict[str, Any]) -> None:
    minimal["books"]["street"] = {"from_chain": "a.csv"}
    scenario = scenario_from_dict(minimal).with_overrides(
        {
            "paths": np.int64(7),
            "market.spot": np.float32(90),
            "books.street.from_chain": Path("b.csv"),
            "expect": ({"metric": "horizon_vol", "between": (np.float64(0), 1)},),
        }
    )
    assert (scenario.paths, scenario.market.spot) == (7, 90.0)
    assert isinstance(scenario.books["street"], ChainBook)
    assert scenario.books["street"].from_chain == "b.csv"
    assert scenario.expect[0].between == [0.0, 1.0]


@pytest.mark.parametrize("value", [object(), {1: 2}, b"x", 1j, {"a": {"b": {3}}}, "\ud800"])
def test_overrides_of_other_kinds_are_refused(minimal: dict[str, Any], value: object) -> None:
    with pytest.raises(InputError) as caught:
        scenario_from_dict(minimal).with_overrides({"market.spot": value})
    assert caught.value.file == "--set"


def test_values_that_contain_themselves_are_refused(minimal: dict[str, Any]) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InputError, match="nested deeper"):
        scenario_from_dict(minimal).with_overrides({"expect": endless})


@pytest.mark.parametrize("key", ["", ".", "market.", ".spot", "market..spot", 3, "extends", "extends.x"])
def test_keys_that_are_not_dotted_are_refused(minimal: dict[str, Any], key: Any) -> None:
    with pytest.raises(InputError) as caught:
        scenario_from_dict(minimal).with_overrides({key: 1})
    assert caught.value.file == "--set"


def test_a_left_over_key_of_another_type_says_how_to_replace_the_block(write: Any, minimal_text: str) -> None:
    file = write(minimal_text)
    with pytest.raises(InputError) as caught:
        load_scenario(file, {"market.clearing.type": "lagged"})
    assert (caught.value.key, caught.value.file, caught.value.line) == ("market.clearing.rounds", str(file), 8)
    assert "market.clearing={type: ...}" in str(caught.value.remedy)


def test_chain_files_in_overrides_are_relative_to_the_current_directory(
    write: Any, minimal_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(minimal_text + "outputs: {}\n", "deep/small.yaml")
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario(file, {"books.monthly": {"from_chain": "x/y.csv"}})
    assert scenario.chain_path("monthly") == tmp_path / "x" / "y.csv"
    assert scenario.as_dict()["books"]["monthly"]["from_chain"] == "x/y.csv"
    with pytest.raises(KeyError, match="quadratic"):
        scenario.chain_path("quadratic")
