"""Scenario files in, validated scenarios out: `extends`, overrides, and the scenarios that ship with simhedge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simhedge.errors import InputError
from simhedge.scenario.base import closest
from simhedge.scenario.layers import merged
from simhedge.scenario.model import Scenario, scenario_from_tree
from simhedge.scenario.origin import Layer, changes
from simhedge.scenario.overrides import SET, plain_overrides, with_overrides
from simhedge.scenario.shipped import shipped_scenarios
from simhedge.scenario.tree import Node, Source, brief, plain
from simhedge.scenario.yaml_source import parse_document, read_text

MAX_EXTENDS = 10


def load_scenario(path: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a YAML file (or of the shipped scenario of that name) with overrides laid upon it.

    `overrides` maps dotted keys to values, as `--set` does: {"paths": 1000, "dealers.street.policy.band": 50.0}.
    """
    file, shown = _scenario_file(os.fspath(path))
    written, layers = _with_parents(file, shown, ())
    tree = with_overrides(written, overrides or {})
    if overrides:
        layers = (*layers, Layer(SET, changes(written, tree), plain_overrides(overrides)))
    return scenario_from_tree(tree, file.absolute().parent, layers)


def _scenario_file(given: str) -> tuple[Path, str]:
    """The file to read and how errors name it; what exists in the file system goes before what is shipped."""
    path = Path(given)
    if "\0" in given or not given:
        raise InputError("not the name of a file", value=brief(given), remedy="name a scenario file (.yaml)")
    if _exists(path) and not path.is_dir():
        return path, given
    shipped = shipped_scenarios()
    by_name = path.suffix in ("", ".yaml") and str(path.parent) in (".", "scenarios")
    if by_name and path.stem in shipped:
        found = shipped[path.stem]
        return found, str(found)
    if not _exists(path):
        raise InputError("there is no such file", file=given, value=given, remedy=_closest_file(path, list(shipped)))
    return path, given


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for the file system
        return False


def _closest_file(path: Path, shipped: list[str]) -> str:
    """A remedy that names a file beside the missing one, or a shipped scenario, with a similar name."""
    try:
        beside = [item.name for item in sorted(path.parent.iterdir()) if item.suffix in (".yaml", ".yml")]
    except OSError:
        beside = []
    match = closest(path.name, beside)
    if match is not None:
        return f"did you mean {path.parent / match}?"
    match = closest(path.stem, shipped)
    return f"did you mean the shipped scenario {match}?" if match else "see `simhedge scenarios` for shipped ones"


def _with_parents(file: Path, shown: str, chain: tuple[Path, ...]) -> tuple[Node, tuple[Layer, ...]]:
    """The tree of a file merged over the files it extends, nearest last, and what each of them changed."""
    tree = parse_document(read_text(file, shown), Source(shown, file.absolute().parent))
    if not isinstance(tree.value, dict) or "extends" not in tree.value:
        return tree, (Layer(_called(file, shown)),)
    extends = tree.value["extends"]
    own = Node({key: node for key, node in tree.value.items() if key != "extends"}, tree.source, tree.line)
    chain = (*chain, file.resolve())
    parent, parent_shown = _parent_file(extends, shown, chain)
    below, layers = _with_parents(parent, parent_shown, chain)
    whole = merged(below, own)
    return whole, (*layers, Layer(_called(file, shown), changes(below, whole)))


def _called(file: Path, shown: str) -> str:
    """How a command names the file: a shipped scenario by its name, which holds on every machine."""
    return file.stem if shipped_scenarios().get(file.stem) == file.absolute() else shown


def _parent_file(extends: Node, shown: str, chain: tuple[Path, ...]) -> tuple[Path, str]:
    def refusal(message: str, remedy: str) -> InputError:
        value = brief(plain(extends))
        return InputError(message, file=shown, line=extends.line, key="extends", value=value, remedy=remedy)

    if not isinstance(extends.value, str) or not extends.value or "\0" in extends.value:
        raise refusal("must be the name of a scenario file", "write extends: other.yaml")
    parent = extends.source.directory / extends.value
    if not _exists(parent):
        remedy = _closest_file(parent, []) + "; the path is relative to this file"
        raise refusal(f"there is no such file: {parent}", remedy)
    if parent.resolve() in chain:
        raise refusal("the files extend each other in a circle", "remove one of the extends")
    if len(chain) > MAX_EXTENDS:
        raise refusal(f"more than {MAX_EXTENDS} files extend one another", "extend fewer files")
    return parent, os.path.normpath(os.path.join(os.path.dirname(shown), extends.value))
