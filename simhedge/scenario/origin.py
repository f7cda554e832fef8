"""Where a scenario comes from: the files that extend one another, what was set over them, and what each changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simhedge.scenario.tree import item_label, plain

if TYPE_CHECKING:
    from simhedge.scenario.tree import Node


class Change(NamedTuple):
    """A dotted key, its value before and its value after; None where it was not written."""

    key: str
    before: Any
    after: Any


class Layer(NamedTuple):
    """One layer of a scenario, the first at the bottom: `source` names its file, or is `--set`.

    `changes`: what it changed of the layers below. `settings`: of `--set`, the dotted keys and values as given.
    """

    source: str
    changes: tuple[Change, ...] = ()
    settings: Mapping[str, Any] = {}

    def as_json(self) -> dict[str, Any]:
        """The layer as a JSON object."""
        changes = [change._asdict() for change in self.changes]
        return {"source": self.source, "changes": changes, "settings": dict(self.settings)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Layer:
        """The layer that `as_json` wrote."""
        changes = tuple(Change(**change) for change in values["changes"])
        return cls(values["source"], changes, values["settings"])


def changes(before: Node, after: Node) -> tuple[Change, ...]:
    """Every single value that differs, in the order of `after`; then those that went."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(Change(key, old.get(key), new.get(key)) for key in keys if not _same(old.get(key), new.get(key)))


def _same(one: Any, other: Any) -> bool:
    """Equal, and of one kind: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _leaves(node: Node, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Dotted keys and single values; a list or mapping without items counts as one."""
    items: Sequence[tuple[str | int, Node]] = ()
    if isinstance(node.value, dict):
        items = list(node.value.items())
    elif isinstance(node.value, list):
        items = [(item_label(node.value, position), item) for position, item in enumerate(node.value)]
    if not items:
        yield ".".join(path), plain(node)
    for label, item in items:
        yield from _leaves(item, (*path, str(label)))
