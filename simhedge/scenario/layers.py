"""Layers of a scenario: a file over the file it extends, and single values set over both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simhedge.errors import InputError
from simhedge.scenario.base import suggestion
from simhedge.scenario.tree import Node, brief, item_label, item_name, item_position

EXCLUSIVE = ({"count", "copies"}, {"adv_shares", "adv_notional"}, {"expiry_days", "expiry"})
"""Keys that stand for one another: where a later layer writes one, an earlier layer's other one is dropped."""


def merged(base: Node, over: Node) -> Node:
    """`over` laid upon `base`: mappings merge, lists of named items merge by name, everything else is replaced.

    A block whose `type` (or `kind`) changes is replaced as a whole, since the keys of one type mean nothing in another.
    """
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if _changes_type(base.value, over.value):
            return over
        entries = _without_rivals(base.value, set(over.value))
        for key, node in over.value.items():
            entries[key] = merged(entries[key], node) if key in entries else node
        return replace(over, value=entries)
    if isinstance(base.value, list) and isinstance(over.value, list) and _named(base.value) and _named(over.value):
        return replace(over, value=_merged_by_name(base.value, over.value))
    return over


def _changes_type(base: dict[str, Node], over: dict[str, Node]) -> bool:
    return any(key in base and key in over and base[key].value != over[key].value for key in ("type", "kind"))


def _without_rivals(base: dict[str, Node], written: set[str]) -> dict[str, Node]:
    dropped: set[str] = set()
    for group in EXCLUSIVE:
        if group & written:
            dropped |= group - written
    return {key: node for key, node in base.items() if key not in dropped}


def _named(items: list[Node]) -> bool:
    names = [item_name(item) for item in items]
    return bool(names) and None not in names and len(set(names)) == len(names)


def _merged_by_name(base: list[Node], over: list[Node]) -> list[Node]:
    items = {item_name(item): item for item in base}
    for item in over:
        name = item_name(item)
        items[name] = merged(items[name], item) if name in items else item
    return list(items.values())


def with_value(root: Node, path: Sequence[str], value: Node) -> Node:
    """The tree with one value replaced or added; list items are addressed by name, unnamed ones by position."""
    return _with_value(root, tuple(path), value, ())


def _with_value(node: Node, path: tuple[str, ...], value: Node, walked: tuple[str, ...]) -> Node:
    if not path:
        return value
    label, rest = path[0], path[1:]
    if isinstance(node.value, list):
        position = item_position(node.value, label)
        if position is None:
            raise _no_such_item(node.value, label, (*walked, *path), value)
        items = list(node.value)
        items[position] = _with_value(items[position], rest, value, (*walked, label))
        return replace(node, value=items)
    if isinstance(node.value, dict) or node.value is None:
        entries = _without_rivals(node.value or {}, {label})
        below = entries.get(label, Node({}, value.source, value.line))
        entries[label] = _with_value(below, rest, value, (*walked, label))
        return replace(node, value=entries)
    raise InputError(
        f"{'.'.join(walked)} is a single value and has nothing below it",
        file=value.source.name,
        line=value.line,
        key=".".join((*walked, *path)),
        value=brief(node.value),
        remedy=f"set {'.'.join(walked)} itself",
    )


def _no_such_item(items: list[Node], label: str, path: tuple[str, ...], value: Node) -> InputError:
    labels = [str(item_label(items, position)) for position in range(len(items))]
    return InputError(
        f"the list has no item {label}",
        file=value.source.name,
        line=value.line,
        key=".".join(path),
        value=brief(value.value if not isinstance(value.value, dict | list) else None),
        remedy=suggestion(label, labels, "items"),
    )
