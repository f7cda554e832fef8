"""Overrides: `--set key=value` on the command line, a dict of dotted keys in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simhedge.errors import InputError
from simhedge.scenario.layers import with_value
from simhedge.scenario.tree import Node, Source, brief, from_plain, plain
from simhedge.scenario.yaml_source import parse_value

SET = "--set"


def parse_set_options(options: Sequence[str]) -> dict[str, Any]:
    """Dotted keys and their values from `key=value` texts; a value is one YAML scalar, list or mapping in braces."""
    overrides: dict[str, Any] = {}
    for option in options:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not equals or not key:
            raise InputError(
                f"{brief(option)!r} is not key=value", file=SET, value=brief(option), remedy="such as market.spot=90"
            )
        if key in overrides:
            raise InputError("the key is set twice", file=SET, key=key, value=brief(text), remedy="set it once")
        overrides[key] = plain(_parsed(key, text))
    return overrides


def _parsed(key: str, text: str) -> Node:
    try:
        return parse_value(text, Source(SET, Path.cwd()))
    except InputError as error:
        raise InputError(error.message, file=SET, key=key, value=brief(text), remedy=error.remedy) from error


def with_overrides(tree: Node, overrides: Mapping[str, Any]) -> Node:
    """The tree with each override laid upon it, in their order; a mapping replaces what was there."""
    source = Source(SET, Path.cwd())
    for key, value in overrides.items():
        tree = with_value(tree, _segments(key, value), from_plain(value, source))
    return tree


def plain_overrides(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides with numbers of numpy, paths and dates as JSON knows them."""
    return {key: plain(from_plain(value, Source(SET, Path.cwd()))) for key, value in overrides.items()}


def _segments(key: Any, value: Any) -> list[str]:
    segments = key.split(".") if isinstance(key, str) else []
    if not segments or not all(segments):
        message = "not a dotted key"
        raise InputError(message, file=SET, key=str(key)[:80], value=brief(value), remedy="such as market.spot")
    if segments[0] == "extends":
        remedy = "write a file that extends it"
        raise InputError("extends belongs in a file", file=SET, key=key, value=brief(value), remedy=remedy)
    return segments
