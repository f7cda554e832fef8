"""Validation errors in the user's words: file and line, dotted key, value, and a remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from simhedge.errors import InputError
from simhedge.scenario.base import NAME_PATTERN, RULE_BROKEN, closest, suggestion
from simhedge.scenario.fields import known_keys, meaning
from simhedge.scenario.tree import Node, brief, item_label, nearest, plain

_NUMBER_IN_QUOTES = re.compile(r"[-+]?[0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?")
_TRUTH_WORDS = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}

_BOOK_FORM = "_book_form()"
"""How pydantic names the function in `books` that tells the two forms of a book apart."""

_CHOSEN_BY_TYPE = ("fundamental", "impact", "clearing", "policy")
"""Keys of blocks that are chosen by their `type`."""

_UNKNOWN_KEY = "extra_forbidden"

_BOUNDS = {
    "greater_than": ("must be greater than {gt}", "gt"),
    "greater_than_equal": ("must be at least {ge}", "ge"),
    "less_than": ("must be less than {lt}", "lt"),
    "less_than_equal": ("must be at most {le}", "le"),
}

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
}


@dataclass(frozen=True)
class _Located:
    """One of pydantic's errors with its key as a user writes it, and the value, or the block where it is absent."""

    detail: Any
    path: list[str | int]
    node: Node
    present: bool


def explain(error: ValidationError, tree: Node, root: type[BaseModel]) -> InputError:
    """The first of the errors (unknown keys before all others, then by line), saying how many more there are."""
    located = [_located(detail, tree) for detail in error.errors(include_url=False)]
    first = min(located, key=lambda found: (found.detail["type"] != _UNKNOWN_KEY, found.node.line or 0))
    value = plain(first.node) if first.present else None
    message, remedy = _words(first.detail, value, first.present, first.path)
    location = first.detail["loc"]
    if first.detail["type"] == _UNKNOWN_KEY:
        remedy = suggestion(str(location[-1]), known_keys(root, location[:-1]), "known keys")
        remedy = _foreign_type(remedy, tree, first)
    elif not remedy:
        text = meaning(root, location)
        subject = first.path[-1] if first.present else "add it"
        remedy = "see docs/scenarios.md" if text is None else f"{subject}: {text}"
    more = len(located) - 1
    if more:
        message += f"; {more} more error{'s' if more > 1 else ''} after this one"
    return InputError(
        message,
        file=first.node.source.name,
        line=first.node.line,
        key=".".join(str(label) for label in first.path) or None,
        value=brief(value),
        remedy=remedy or None,
    )


def _located(detail: Any, tree: Node) -> _Located:
    culprit = detail.get("ctx", {}).get("key") or _chooser(detail)
    location = [*detail["loc"], *culprit]
    may_be_absent = detail["type"] == "missing" or bool(culprit)
    path: list[str | int] = []
    node = tree
    for position, step in enumerate(location):
        below = _below(node, step)
        if below is not None:
            path.append(item_label(node.value, step) if isinstance(node.value, list) else step)
            node = below
        elif may_be_absent and position == len(location) - 1 and isinstance(node.value, dict | list):
            return _Located(detail, [*path, step], node, present=False)
        # other steps are the tags of unions, which nobody wrote
    return _Located(detail, path, node, present=True)


def _below(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, dict):
        return node.value.get(str(step))
    if isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step]
    return None


def _words(detail: Any, value: Any, present: bool, path: list[str | int]) -> tuple[str, str]:
    """Message and remedy for one of pydantic's errors or ours; no remedy: what the key means is the remedy."""
    kind, context = detail["type"], detail.get("ctx", {})
    shown = _shown(value)
    if kind == RULE_BROKEN:
        return context["message"], context["remedy"]
    if kind == _UNKNOWN_KEY:
        return "unknown key", ""
    if kind == "missing":
        return "this key is missing", ""
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"{words.format(**{name: _number(context[name])})}, got {shown}", ""
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, got {shown}", _type_remedy(kind, value, str(path[-1]) if path else "")
    if kind == "literal_error":
        return _choice_words(context["expected"], value, shown)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _union_words(detail, value, present, str(path[-1]) if path else "")
    if kind == "string_pattern_mismatch":
        return _pattern_words(detail, shown, path)
    if kind in ("too_short", "string_too_short"):
        return "must not be empty" if not value else "has too few items", "write at least one item"
    if kind in ("too_long", "string_too_long"):
        return "is too long", "shorten it"
    return f"{detail['msg']}, got {shown}", ""


def _choice_words(expected: str, value: Any, shown: str) -> tuple[str, str]:
    """For a key that takes one of a few words; a long list is told only where no word is close."""
    choices = re.findall(r"'([^']*)'", expected)
    match = closest(str(value), choices)
    if match is not None and len(choices) > 8:
        return f"not one of the {len(choices)} known names, got {shown}", f"did you mean {match}?"
    remedy = "choose one of them" if match is None else f"did you mean {match}?"
    return f"must be one of {', '.join(choices)}; got {shown}", remedy


def _pattern_words(detail: Any, shown: str, path: list[str | int]) -> tuple[str, str]:
    """For names; the name of a book is a key, not a value."""
    if detail["ctx"]["pattern"] != NAME_PATTERN:
        return f"must be one line without spaces at its ends, got {shown}", "shorten it to one line"
    name = repr(path[-1]) if detail["loc"][-1] == "[key]" else shown
    return f"a name is made of letters, digits, _ and -, with a letter or _ in it; got {name}", "choose another name"


def _shown(value: Any) -> str:
    """A value as it is written in YAML, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(brief(value)) if isinstance(value, str) else str(brief(value))


def _number(bound: float) -> str:
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"


def _type_remedy(kind: str, value: Any, key: str) -> str:
    if kind == "bool_type":
        return f"write {_TRUTH_WORDS.get(str(value).lower(), 'true or false')}, without quotes"
    if kind == "string_type":
        return "write it in quotes" if isinstance(value, bool | int | float) else "write a text"
    if isinstance(value, str) and kind in ("int_type", "float_type"):
        if value and _NUMBER_IN_QUOTES.fullmatch(value):
            return "write the number without quotes"
        return "write a number such as 100, 0.2 or 1e-6"
    if kind in ("int_type", "int_from_float"):
        whole = isinstance(value, float) and abs(value) < 1e15 and value == round(value)
        return f"write {value:.0f}" if whole else "write a whole number such as 100"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        if key in _CHOSEN_BY_TYPE and isinstance(value, str):
            return f"write {{type: {brief(value, 30)}}}"
        return "write key: value pairs below it, or {key: value}"
    if kind == "list_type":
        return "write - before each item, or [a, b]"
    return "write a number such as 100, 0.2 or 1e-6"


def _chooser(detail: Any) -> list[str | int]:
    """The key that was to choose the form of a block, where it failed to."""
    discriminator = detail.get("ctx", {}).get("discriminator", "")
    if not discriminator or discriminator == _BOOK_FORM:
        return []
    return ["kind" if "kind" in discriminator else "type"]


def _union_words(detail: Any, value: Any, present: bool, key: str) -> tuple[str, str]:
    """For a block that is chosen by its `type` or `kind`, or a book in one of its two forms."""
    if detail["ctx"]["discriminator"] == _BOOK_FORM:
        return (
            f"must be a list of positions or a block with from_chain, got {_shown(value)}",
            "write - {kind: call, strike: ...} items, or {from_chain: FILE}",
        )
    if not present:
        return "this key is missing", "it says which kind of block this is, see docs/scenarios.md"
    if detail["type"] == "union_tag_not_found":
        return f"must be a block of keys, got {_shown(value)}", _type_remedy("dict_type", value, key)
    return _choice_words(detail["ctx"]["expected_tags"], value, _shown(value))


def _foreign_type(remedy: str, tree: Node, unknown: _Located) -> str:
    """The remedy, with a hint where the unknown key was left over from another layer's `type`."""
    block = nearest(tree, unknown.path[:-1])
    if not isinstance(block.value, dict) or "type" not in block.value:
        return remedy
    chosen = block.value["type"]
    if chosen.source == unknown.node.source:
        return remedy
    where = ".".join(str(label) for label in unknown.path[:-1])
    written = chosen.source.name if chosen.line is None else f"{chosen.source.name}:{chosen.line}"
    to_change = f"to change the type set the whole block, {where}={{type: ...}}"
    return f"{remedy}; type: {chosen.value} is written in {written}, {to_change}"
