"""Strict YAML in, a tree of values with their lines out: the parts of YAML that surprise people are refused.

Plain scalars follow the core schema of YAML 1.2 (so `1e-6` and `20_000` are numbers, `no` and `on` are text), keys
occur once, there are no tags, merge keys or second documents, aliases may not multiply values without end, and what a
reader cannot follow (50 levels) is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from simhedge.errors import InputError
from simhedge.scenario.tree import MAX_DEPTH, MAX_VALUES, Node, Scalar, Source, brief, is_text, plain, whole_number

MAX_BYTES = 1_000_000

_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


def scalar_value(text: str) -> Scalar:
    """What a plain (unquoted) scalar means: null, true or false, a number, or else the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        # int() refuses more than 4300 digits; what is beyond 64 bits is a float in any case
        return whole_number(int(digits)) if len(digits) < 400 else float(digits)
    if _DECIMAL.fullmatch(text):
        return float(digits)
    infinite = _INFINITE.fullmatch(text)
    if infinite:
        return -math.inf if infinite[1] == "-" else math.inf
    return text


def read_text(path: Path, shown: str) -> str:
    """The text of a scenario file; refused if it is no file, not text in UTF-8, or too large."""
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        remedy = "name a scenario file (.yaml) in it"
        raise InputError("this is a directory", file=shown, value=shown, remedy=remedy) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "check the path and its rights"
        raise InputError(f"cannot be read: {reason}", file=shown, value=shown, remedy=remedy) from error
    if len(content) > MAX_BYTES:
        remedy = "put options in a chain file and use from_chain"
        raise InputError(f"larger than {MAX_BYTES:,} bytes", file=shown, value=shown, remedy=remedy)
    if b"\0" in content:
        remedy = "a scenario is YAML text in UTF-8"
        raise InputError("this is a binary file", file=shown, value=shown, remedy=remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        remedy = "save the file as UTF-8"
        raise InputError("not text in UTF-8", file=shown, line=line, value=shown, remedy=remedy) from error


def parse_document(text: str, source: Source) -> Node:
    """The tree of a whole file, whose top level must be a mapping."""
    root = _Composer(text, source).document()
    if not isinstance(root.value, dict):
        what = "the file is empty" if root.value is None else "the top level must be a mapping of keys to values"
        raise InputError(what, file=source.name, line=root.line, remedy="start with schema_version: 1 and name: ...")
    return root


def parse_value(text: str, source: Source) -> Node:
    """The tree of one value, such as the right-hand side of `--set key=value`."""
    return _Composer(text, source).document()


@dataclass(frozen=True)
class _Anchored:
    node: Node
    values: int
    depth: int


class _Composer:
    """Builds nodes from parser events; `values` counts them after expansion of aliases, `path` leads to the present."""

    def __init__(self, text: str, source: Source) -> None:
        self.source = source
        self.written = text
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self.anchors: dict[str, _Anchored | None] = {}
        self.values = 0
        self.deepest = 0
        self.path: list[str] = []

    def refuse(self, message: str, line: int | None, remedy: str, value: Any = None) -> InputError:
        """The error at a line, about the key that is being read; its value, if none is given, is the line itself."""
        if value is None and line is not None:
            value = "".join(self.written.split("\n")[line - 1 : line]).strip()
        key = brief(".".join(self.path)) or None
        return InputError(message, file=self.source.name, line=line, key=key, value=brief(value), remedy=remedy)

    def next_event(self) -> Any:
        try:
            return next(self.events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = None if mark is None else mark.line + 1
            message = f"not valid YAML: {error.problem or error.context}"
            remedy = "check indentation, brackets, quotes and colons at this line"
            raise self.refuse(message, line, remedy) from error
        except yaml.reader.ReaderError as error:
            line = self.written.count("\n", 0, error.position) + 1
            message = "not valid YAML: a control character is not allowed"
            value = repr(self.written[error.position])
            raise self.refuse(message, line, "remove control characters", value) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise self.refuse(f"not valid YAML: {error}", None, "check escapes and directives") from error

    def document(self) -> Node:
        self.next_event()  # start of the stream
        first = self.next_event()
        if isinstance(first, yaml.StreamEndEvent):
            return Node(None, self.source, 1)
        root = self.node(self.next_event(), 1)
        self.next_event()  # end of the document
        after = self.next_event()
        if not isinstance(after, yaml.StreamEndEvent):
            line = after.start_mark.line + 1
            raise self.refuse("a second document begins here", line, "keep one document in a file (remove ---)")
        return root

    def node(self, event: Any, depth: int, line: int | None = None) -> Node:
        """The value that begins with `event`; `line` is its key's line, where errors should point to."""
        line = event.start_mark.line + 1 if line is None else line
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth, line)
        self.count(1, depth, line)
        if event.tag is not None:
            raise self.refuse("a tag is not allowed", line, "write the bare value without a tag", event.tag)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        values, deepest, self.deepest = self.values, self.deepest, depth
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self.text(event, line) if event.style else self.plain_scalar(event, line), self.source, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(self.items(depth), self.source, line)
        else:
            node = Node(self.mapping(depth), self.source, line)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, self.values - values + 1, self.deepest - depth)
        self.deepest = max(self.deepest, deepest)
        return node

    def count(self, values: int, depth: int, line: int) -> None:
        self.values += values
        self.deepest = max(self.deepest, depth)
        if self.values > MAX_VALUES:
            remedy = "aliases count each time they are used; put options in a chain file and use from_chain"
            raise self.refuse(f"more than {MAX_VALUES:,} values", line, remedy)
        if depth > MAX_DEPTH:
            raise self.refuse(f"nested deeper than {MAX_DEPTH} levels", line, "a scenario needs no such nesting")

    def alias(self, event: Any, depth: int, line: int) -> Node:
        name = event.anchor
        if name not in self.anchors:
            remedy = f"mark the value with &{brief(name)}"
            raise self.refuse(f"the alias *{brief(name)} has no anchor", line, remedy, f"*{name}")
        anchored = self.anchors[name]
        if anchored is None:
            raise self.refuse(f"the anchor &{brief(name)} contains itself", line, "write the value out", f"*{name}")
        self.count(anchored.values, depth + anchored.depth, line)
        return replace(anchored.node, line=line)

    def plain_scalar(self, event: Any, line: int) -> Scalar:
        return scalar_value(self.text(event, line))

    def text(self, event: Any, line: int) -> str:
        value: str = event.value
        if not is_text(value):
            raise self.refuse("a character outside of Unicode", line, "remove the escape \\ud800 to \\udfff")
        return value

    def items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
            self.path.append(str(len(items)))
            items.append(self.node(event, depth + 1))
            self.path.pop()
        return items

    def mapping(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self.key(event, line)
            self.path.append(key)
            node = self.node(self.next_event(), depth + 1, line)
            if key in entries:
                message = f"the key is here twice, in lines {entries[key].line} and {line}"
                raise self.refuse(message, line, "keep one of them", plain(node))
            entries[key] = node
            self.path.pop()
        return entries

    def key(self, event: Any, line: int) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or event.anchor is not None:
            raise self.refuse("a key must be a plain word", line, "write key: value")
        key = self.text(event, line)
        if key == "<<" and not event.style:
            self.path.append(key)
            raise self.refuse("merge keys (<<) are not supported", line, "use extends, or write the keys out")
        if not event.style and key in _WORDS and _WORDS[key] is None:
            raise self.refuse("a key must not be empty or null", line, "write key: value")
        return key
