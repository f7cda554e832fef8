"""The JSON Schema: valid, agrees with the loader, and fit for completion in an editor."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from simhedge.scenario import json_schema, load_scenario
from simhedge.scenario.base import Block
from simhedge.scenario.names import METRICS
from simhedge.scenario.reference import EXAMPLE


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema)


def test_it_is_a_schema_and_plain_json(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


def test_complete_files_are_accepted(validator: Draft202012Validator, minimal: dict[str, Any], write: Any) -> None:
    assert best_match(validator.iter_errors(minimal)) is None
    assert best_match(validator.iter_errors(load_scenario(write(EXAMPLE)).as_dict())) is None
    minimal["market"]["impact"] = {"coefficient": 2.0}
    minimal["market"]["clearing"] = {}
    minimal["books"]["street"] = {"from_chain": "a.csv", "sign": {"calls": -1}}
    minimal["outputs"] = {"record": {"paths": "all"}}
    assert best_match(validator.iter_errors(minimal)) is None


PARTS = [
    "{}",
    "market: {spot: 90}",
    "market: {clearing: {participation: 0.5}}",
    "market: {fundamental: {volatility: 0.3}}",
    "dealers: [{name: street, policy: {band: 5}}]",
    "books: {monthly: [{kind: call, strike: 100, expiry_days: 5, contracts: -1, implied_vol: 0.2}]}",
    "books: {street: {sign: {calls: -1}}}",
    "outputs: {pin: {tolerance: 0.1}}",
]


@pytest.mark.parametrize("part", PARTS)
def test_with_extends_only_what_differs_is_asked_for(validator: Draft202012Validator, part: str) -> None:
    values = yaml.safe_load(part)
    assert best_match(validator.iter_errors({"extends": "base.yaml"} | values)) is None
    assert not validator.is_valid(values)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("paths",), 0),
        (("paths",), "5"),
        (("pahts",), 5),
        (("schema_version",), 2),
        (("market", "spot"), -1),
        (("market", "spott"), 1),
        (("market", "clearing"), {"type": "lagged", "rounds": 5}),
        (("market", "clearing"), {"type": "laged"}),
        (("market", "impact"), {"type": "kyle"}),
        (("books", "monthly"), []),
        (("books", "quadratic"), [{"kind": "constant_gamma"}]),
        (("books",), {}),
        (("dealers",), [{"name": "a.b", "book": "monthly", "policy": {"type": "none"}}]),
        (("outputs",), {"metrics": ["realized_vol"]}),
        (("outputs",), {"record": {"paths": "some"}}),
        (("validation",), {"break_": 1}),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(
    validator: Draft202012Validator, minimal: dict[str, Any], place: tuple[str, ...], value: Any
) -> None:
    block = minimal
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] = value
    assert not validator.is_valid(minimal)


def test_unknown_keys_are_refused_beside_extends_too(validator: Draft202012Validator) -> None:
    assert not validator.is_valid({"extends": "a.yaml", "pahts": 5})
    assert not validator.is_valid({"extends": "a.yaml", "market": {"spott": 5}})
    assert not validator.is_valid({"extends": 5})


def test_every_key_is_described_for_the_editor(schema: dict[str, Any]) -> None:
    definitions = schema["$defs"]
    for name, block in definitions.items():
        assert name.split(".")[0] in ("whole", "part")
        assert block["additionalProperties"] is False
        for key, entry in block["properties"].items():
            assert entry.get("description"), f"{name}.{key}"
    assert "Unit: $." in definitions["whole.Market"]["properties"]["spot"]["description"]
    assert not any("required" in block for name, block in definitions.items() if name.startswith("part."))
    assert "required" in definitions["whole.Scenario"]
    blocks = {block.__name__ for block in _blocks(Block)}
    assert {name.split(".")[1] for name in definitions} == blocks


def test_completion_offers_names_and_references_resolve(schema: dict[str, Any]) -> None:
    assert set(schema["$defs"]["part.Expectation"]["properties"]["metric"]["enum"]) == set(METRICS)
    text = json.dumps(schema)
    targets = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert targets <= set(schema["$defs"])
    assert "discriminator" not in text


def _blocks(root: type[Block]) -> list[type[Block]]:
    return [block for child in root.__subclasses__() for block in (child, *_blocks(child))]
