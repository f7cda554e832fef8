"""The JSON Schema of scenario files, for editors: completion, hover texts and checks while typing."""

from __future__ import annotations

from typing import Any

from simhedge.scenario.model import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"

EXTENDS = {
    "type": "string",
    "minLength": 1,
    "description": "Another scenario file, relative to this one; this file then holds only what differs.",
}


def json_schema() -> dict[str, Any]:
    """A schema that asks for complete files, but lets a file with `extends` hold only what differs.

    All blocks exist twice: `whole` ones with their required keys, and `part` ones that require nothing.
    """
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    blocks = schema.pop("$defs")
    definitions = {f"whole.{name}": _rewritten(block, "whole") for name, block in blocks.items()}
    definitions |= {f"part.{name}": _rewritten(block, "part") for name, block in blocks.items()}
    definitions["whole.Scenario"] = _rewritten(schema, "whole")
    part = _rewritten(schema, "part")
    return {
        "$schema": DIALECT,
        "title": "simhedge scenario",
        "description": "A scenario file of simhedge, schema_version 1.",
        "type": "object",
        "properties": {"extends": EXTENDS, **part["properties"]},
        "additionalProperties": False,
        "if": {"required": ["extends"]},
        "then": {},
        "else": {"$ref": "#/$defs/whole.Scenario"},
        "$defs": definitions,
    }


def _rewritten(schema: Any, kind: str) -> Any:
    """The schema pointing to blocks of one kind, units told in descriptions, titles of single keys dropped.

    Blocks chosen by their type become `anyOf`: with nothing required several of them may match.
    """
    if isinstance(schema, list):
        return [_rewritten(item, kind) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref":
            result[key] = f"#/$defs/{kind}." + value.removeprefix("#/$defs/")
        elif key == "properties":
            result[key] = {name: _rewritten(item, kind) for name, item in value.items()}
        elif key == "oneOf" and kind == "part":
            result["anyOf"] = _rewritten(value, kind)
        elif key in ("default", "enum", "const"):
            result[key] = value
        elif key not in ("discriminator", "unit") and (key, kind) != ("required", "part"):
            result[key] = _rewritten(value, kind)
    if "unit" in schema:
        result["description"] = f"{schema['description']} Unit: {schema['unit']}."
    if "properties" not in schema:
        result.pop("title", None)
    return result
