"""The tree of values that a scenario is read into: each value knows the file and line that wrote it."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from simhedge.errors import InputError

MAX_VALUES = 20_000
MAX_DEPTH = 50

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Source:
    """Who wrote a value: the name shown in errors (a file, `--set`, or None), and where its paths are relative to."""

    name: str | None
    directory: Path


@dataclass(frozen=True)
class Node:
    """A value with its origin; mappings and lists hold nodes. `line` counts from 1, None where there is no file."""

    value: Scalar | dict[str, Node] | list[Node]
    source: Source
    line: int | None = None


def plain(node: Node) -> Any:
    """The values alone, as dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def brief(value: Any, width: int = 80) -> Any:
    """A value as errors show it: scalars as they are, long or nested ones as shortened text."""
    if isinstance(value, str | dict | list | tuple):
        text = value if isinstance(value, str) else str(value)
        return text if len(text) <= width else text[: width - 3] + "..."
    return value


def is_text(value: str) -> bool:
    """True where the string can be written out again (lone surrogates cannot)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def from_plain(value: Any, source: Source) -> Node:
    """A tree of Python values; numbers of numpy, paths and dates are accepted, everything else is refused."""
    return _from_plain(value, source, (), iter(range(MAX_VALUES)))


def _from_plain(value: Any, source: Source, path: tuple[str, ...], budget: Iterator[int]) -> Node:
    key = ".".join(path) or None
    if next(budget, None) is None:
        raise InputError(f"more than {MAX_VALUES:,} values", file=source.name, key=key, remedy="put options in a chain")
    if len(path) > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", file=source.name, key=key, remedy="flatten it")
    if isinstance(value, Mapping):
        items = {}
        for name, item in value.items():
            if not isinstance(name, str) or not is_text(name):
                message = f"a key must be text, got {name!r:.80}"
                raise InputError(message, file=source.name, key=key, value=repr(name)[:80], remedy="use a string")
            items[name] = _from_plain(item, source, (*path, name), budget)
        return Node(items, source)
    if isinstance(value, list | tuple):
        numbered = enumerate(value)
        return Node([_from_plain(item, source, (*path, str(index)), budget) for index, item in numbered], source)
    return Node(_scalar(value, source, key), source)


def _scalar(value: Any, source: Source, key: str | None) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and is_text(value):
        return str(value)
    if isinstance(value, os.PathLike):
        return _scalar(os.fspath(value), source, key)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, numbers.Integral):
        return whole_number(int(value))
    if isinstance(value, numbers.Real):
        return float(value)
    raise InputError(
        f"a value of type {type(value).__name__} has no place in a scenario",
        file=source.name,
        key=key,
        value=repr(value)[:80],
        remedy="use numbers, text, true, false, lists and mappings",
    )


def whole_number(number: int) -> int | float:
    """The number itself, as a float where it is beyond 64 bits (no whole-number key takes such a value)."""
    if -(2**63) <= number < 2**63:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def item_label(items: Sequence[Node], position: int) -> str | int:
    """How an item of a list is addressed: by its name if it has one of its own, else by position."""
    name = item_name(items[position])
    if name is None or sum(item_name(item) == name for item in items) > 1:
        return position
    return name


def item_name(node: Node) -> str | None:
    """The name of a named item (a dealer), None for others."""
    if isinstance(node.value, dict) and "name" in node.value:
        name = node.value["name"].value
        return name if isinstance(name, str) else None
    return None


def item_position(items: Sequence[Node], label: str | int) -> int | None:
    """The position of the item that a label addresses (by name first, else by number), None if there is none."""
    for position, item in enumerate(items):
        if item_name(item) == label:
            return position
    text = str(label)
    # int() refuses very long numbers, and no list has a position of more than nine digits
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(items):
        return int(text)
    return None


def child(node: Node, label: str | int) -> Node | None:
    """The value under a key or list label, None if there is none."""
    if isinstance(node.value, dict):
        return node.value.get(str(label))
    if isinstance(node.value, list):
        position = item_position(node.value, label)
        return None if position is None else node.value[position]
    return None


def value_at(root: Node, path: Sequence[str | int]) -> Node | None:
    """The value at a path, None where there is none."""
    node: Node | None = root
    for label in path:
        node = None if node is None else child(node, label)
    return node


def nearest(root: Node, path: Sequence[str | int]) -> Node:
    """The value at a path or, where the path ends before, the last block on the way: its line is where to look."""
    node = root
    for label in path:
        below = child(node, label)
        if below is None:
            break
        node = below
    return node
