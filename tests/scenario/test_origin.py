"""A scenario knows the files it was read from, and what each of them and `--set` changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simhedge as sh
from simhedge.scenario import Change, Layer
from simhedge.scenario.manifest import scenario_from_manifest, scenario_manifest
from simhedge.scenario.origin import changes
from simhedge.scenario.tree import Source, from_plain

SOURCE = Source("file", Path.cwd())


def differing(before: object, after: object) -> list[Change]:
    return list(changes(from_plain(before, SOURCE), from_plain(after, SOURCE)))


def test_negative_gamma_is_positive_gamma_with_one_sign_changed() -> None:
    parent, child = sh.load_scenario("negative_gamma").origin
    assert parent == Layer("positive_gamma")
    assert child.source == "negative_gamma"
    told = {change.key: change for change in child.changes if change.key.split(".")[0] not in ("description", "expect")}
    assert told == {
        "name": Change("name", "positive-gamma", "negative-gamma"),
        "books.quarterly.0.contracts": Change("books.quarterly.0.contracts", 243_000, -243_000),
    }


def test_what_is_set_is_the_last_layer_with_its_settings_as_given() -> None:
    scenario = sh.load_scenario("expiry_pin", overrides={"dealers.street.cost_bps": 1.5, "market.rate": 0.0})
    file, over = scenario.origin
    assert file == Layer("expiry_pin")
    assert over.source == "--set"
    assert over.settings == {"dealers.street.cost_bps": 1.5, "market.rate": 0.0}
    assert over.changes == (Change("dealers.street.cost_bps", 0.0, 1.5),)
    again = scenario.with_overrides({"paths": 7})
    assert again.origin == (*scenario.origin, Layer("--set", (Change("paths", 20_000, 7),), {"paths": 7}))


def test_a_file_of_ones_own_is_named_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    mine = tmp_path / "sub" / "expiry_pin.yaml"
    shipped = Path(__file__).parents[2] / "scenarios" / "expiry_pin.yaml"
    mine.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    child = tmp_path / "child.yaml"
    child.write_text("extends: sub/expiry_pin.yaml\npaths: 3\n", encoding="utf-8")
    assert [layer.source for layer in sh.load_scenario(child).origin] == [str(mine), str(child)]


def test_a_scenario_of_plain_values_has_no_origin() -> None:
    scenario = sh.scenario_from_dict(sh.load_scenario("expiry_pin").as_dict())
    assert scenario.origin == ()
    assert scenario.with_overrides({"paths": 3}).origin == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 2]}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Change("a.b", 1, 2)]),
        ({"a": 1}, {"b": 1}, [Change("b", None, 1), Change("a", 1, None)]),
        ({"a": [1, 2]}, {"a": [1]}, [Change("a.1", 2, None)]),
        ({"a": [{"name": "x", "v": 1}]}, {"a": [{"name": "x", "v": 2}]}, [Change("a.x.v", 1, 2)]),
        ({"a": {}}, {"a": {"b": 1}}, [Change("a.b", None, 1), Change("a", {}, None)]),
        ({"a": True}, {"a": 1}, [Change("a", True, 1)]),
        ({"a": 1}, {"a": 1.0}, []),
    ],
)
def test_changes_are_of_single_values(before: object, after: object, expected: list[Change]) -> None:
    assert differing(before, after) == expected


def test_origin_goes_through_a_manifest_and_one_without_it_is_still_read() -> None:
    scenario = sh.load_scenario("negative_gamma", overrides={"paths": 10})
    manifest = json.loads(json.dumps(scenario_manifest(scenario)))
    back = scenario_from_manifest(manifest)
    assert back == scenario
    assert back.origin == scenario.origin
    del manifest["origin"]
    assert scenario_from_manifest(manifest).origin == ()
