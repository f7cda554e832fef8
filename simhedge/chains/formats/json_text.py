"""Text of a JSON file to Python objects and columns of numbers; what is wrong is told by line, key and value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from simhedge.errors import InputError

BLANKS = frozenset({"", "-", "--", "n/a", "na", "nan", "null", "none"})
SYMBOL_NAMES = ("option", "instrument_name", "identifier", "contractSymbol", "symbol")  # fields that name a record
LONGEST_VALUE_SHOWN = 60
LARGEST = 1e30  # no price or count is beyond it, and products of two stay finite

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
# Half of a pair of UTF-16 code units: legal in JSON's grammar, but no character.
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_CUT_NUMBER = re.compile(r"\.|[eE][-+]?")
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


class Where(TypedDict):
    """Where records stand, for messages: file, text, name of their list and each record's place in it."""

    file: str
    text: str
    place: str
    index: Sequence[int]


def load_json(text: str, file: str) -> object:
    """The object that the JSON text describes; NaN becomes None, what is no JSON an InputError with line and column."""
    if "\\ud" in text or "\\uD" in text:
        text = _LONE_SURROGATE.sub(r"\\ufffd", text)
    try:
        return json.loads(text, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise _no_json(error, text, file) from None
    except RecursionError:
        raise InputError(
            "nested too deeply for an option chain", file=file, remedy="download the chain again"
        ) from None
    except ValueError:
        raise InputError(
            "a whole number with thousands of digits",
            file=file,
            remedy="correct the number or download the chain again",
        ) from None


def line_of(text: str, needle: str) -> int:
    """Line (from 1) on which `needle` first occurs in the text; 1 where it does not."""
    return text.count("\n", 0, max(text.find(needle), 0)) + 1


def lines_of(text: str, needles: list[str]) -> NDArray[np.int64]:
    """Lines (from 1), shape (n,), of needles that occur in this order; one that does not has the line before it."""
    if "\n" not in text:
        return np.ones(len(needles), dtype=np.int64)
    lines = np.empty(len(needles), dtype=np.int64)
    position, line = 0, 1
    for index, needle in enumerate(needles):
        found = text.find(needle, position) if needle else -1
        if found >= 0:
            line += text.count("\n", position, found)
            position = found
        lines[index] = line
    return lines


def numbers(
    records: list[dict[str, Any]],
    name: str,
    *,
    file: str,
    text: str,
    place: str,
    blank: float,
    index: Sequence[int] | None = None,
) -> tuple[NDArray[np.float64], int]:
    """The field `name` of all records as floats, shape (n,), and how many had none and were read as `blank`.

    Missing, null, '' and '-' are blanks; numbers may be written as strings. What else is no finite number is an
    InputError with the key `place[i].name`; a `place` like 'rows[].call' has the i between its brackets, '' leaves it
    out. `index` gives each record's i where it is not its place in the list.
    """
    values = _values(records, name)
    column: NDArray[np.float64] | None = None
    if set(map(type, values)) <= {int, float, type(None)}:
        try:
            column = np.array(values, dtype=np.float64)
        except OverflowError:  # a whole number beyond the largest float: named below
            column = None
    if column is None or (np.abs(column) >= LARGEST).any():
        checked = [_number(value) for value in values]
        wrong = np.array([number is None for number in checked], dtype=np.bool_)
        refuse_where(
            wrong, "not a finite number below 1e30", records, name, file=file, text=text, place=place, index=index
        )
        column = np.array(checked, dtype=np.float64)
    missing = np.isnan(column)
    column[missing] = blank
    return column, int(missing.sum())


def refuse_where(
    wrong: NDArray[np.bool_],
    told: str,
    records: list[dict[str, Any]],
    name: str,
    *,
    file: str,
    text: str,
    place: str,
    index: Sequence[int] | None = None,
) -> None:
    """An InputError that says `told` of the field `name` of the first record where `wrong`, shape (n,), is true.

    Its key is the one that `numbers` makes, its line that of the record's symbol.
    """
    if not wrong.any():
        return
    row = int(np.argmax(wrong))
    record, position = records[row], row if index is None else index[row]
    symbol = next((record[key] for key in SYMBOL_NAMES if isinstance(record.get(key), str) and record[key]), None)
    where = place.replace("[]", f"[{position}]", 1) if "[]" in place else f"{place}[{position}]"
    where = f"{where}." if place else ""
    raise InputError(
        told,
        file=file,
        line=None if symbol is None else line_of(text, json.dumps(symbol, ensure_ascii=False)),
        key=where + name,
        value=shown(record.get(name)),
        remedy="correct the value or download the chain again",
    )


def shown(value: object) -> str:
    """The value as a message shows it: JSON's spelling, cut where it is long."""
    try:
        spelled = value if isinstance(value, str) else json.dumps(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__}"
    return spelled if len(spelled) <= LONGEST_VALUE_SHOWN else spelled[:LONGEST_VALUE_SHOWN] + "..."


def _constant(token: str) -> float | None:
    return None if token == "NaN" else float(token)


def _values(records: list[dict[str, Any]], name: str) -> list[Any]:
    try:
        return [record[name] for record in records]
    except KeyError:
        return [record.get(name) for record in records]


def _number(value: object) -> float | None:
    """A float, NaN for a blank, None for what is no number or beyond LARGEST."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        bare = value.strip()
        if bare.lower() in BLANKS:
            return math.nan
        bare = bare.replace(",", "")
        value = float(bare) if _NUMBER.fullmatch(bare) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if abs(number) >= LARGEST else number


def _no_json(error: json.JSONDecodeError, text: str, file: str) -> InputError:
    rest = text[error.pos :].rstrip()
    cut_short = (
        not rest
        or error.msg.startswith("Unterminated string")
        or _CUT_NUMBER.fullmatch(rest) is not None
        or any(literal.startswith(rest) for literal in _LITERALS)
        or (error.msg.startswith("Invalid \\u") and len(rest) < 6)
    )
    told = "the file is cut short" if cut_short else "no valid JSON: " + error.msg[:1].lower() + error.msg[1:]
    return InputError(
        f"{told} (line {error.lineno}, column {error.colno})",
        file=file,
        line=error.lineno,
        key=f"column {error.colno}",
        value=None if cut_short else shown(rest[:20]),
        remedy="download the chain again",
    )
