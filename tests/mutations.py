"""Damage to chain files: small random changes of text, JSON, bytes and DataFrames, each drawn from a `Random`."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pandas as pd

BAD_CELLS = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e999",
        "-1",
        "",
        "0",
        "-0.0",
        "1e-320",
        "1e300",
        "1e15",
        "1e-9",
        "9" * 400,
        "12345678901234567890",
    ),
    *("null", "true", "None", "٣٤", "１２", "\0", " ", '"', "1,234.5", "1.234,5", "0x1F", "1_000", "²", "#N/A", "50%"),
    *("2024-02-30", "31/12/2024", "9999-12-31", "0001-01-01", "99999999999999999999-01-01", "24:61", "P", "call"),
)
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
CHARACTERS = "0159.,;:-+\"'eE\n\r\t CPX/\\{}[]\0é\u0435\u00a0\u2028\ufeff\ud83d".replace("\ud83d", "😀")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp1251")
MANY_NESTED = 100_000


def damaged(text: str, random: Random) -> bytes:
    """The text after one to three changes, encoded in one way or another."""
    for _ in range(random.choice((1, 1, 2, 3))):
        text = random.choice(TEXT_CHANGES)(text, random)
    return _encoded(text, random)


def damaged_bytes(content: bytes, random: Random) -> bytes:
    """Binary content with bytes flipped, cut out, put in or zeroed."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + random.randint(1, 40))
        how = random.randrange(5)
        if how == 0:
            changed[start : start + 1] = bytes([random.randrange(256)])
        elif how == 1:
            del changed[start:end]
        elif how == 2:
            changed[start:start] = random.randbytes(random.randint(1, 20))
        elif how == 3:
            changed[start:end] = bytes(end - start)
        else:
            del changed[start:]
    return bytes(changed)


def damaged_table(table: pd.DataFrame, random: Random) -> pd.DataFrame:
    """The DataFrame after one to three changes of dtypes, cells, names and rows."""
    table = table.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of casts that make little sense
        for _ in range(random.choice((1, 1, 2, 3))):
            table = random.choice(TABLE_CHANGES)(table, random)
    return table


def _encoded(text: str, random: Random) -> bytes:
    encoding = random.choice(ENCODINGS) if random.random() < 0.3 else "utf-8"
    return text.encode(encoding, "replace")


def _cut(text: str, random: Random) -> str:
    return text[: random.randint(0, len(text))]


def _lines_changed(text: str, random: Random) -> str:
    lines = text.split("\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    how = random.randrange(5)
    if how == 0:
        del lines[first]
    elif how == 1:
        lines.insert(first, lines[second])
    elif how == 2:
        lines[first], lines[second] = lines[second], lines[first]
    elif how == 3:
        random.shuffle(lines)
    else:
        lines[first] = lines[first][: random.randint(0, len(lines[first]))]
    return "\n".join(lines)


def _characters_changed(text: str, random: Random) -> str:
    for _ in range(random.randint(1, 4)):
        place = random.randint(0, len(text))
        removed = random.choice((0, 1, 1, 7))
        inserted = "".join(random.choice(CHARACTERS) for _ in range(random.randint(0, 3)))
        text = text[:place] + inserted + text[place + removed :]
    return text


def _number_changed(text: str, random: Random) -> str:
    found = list(NUMBERS.finditer(text))
    if not found:
        return text
    hit, bad = random.choice(found), random.choice(BAD_CELLS)
    return text[: hit.start()] + bad + text[hit.end() :]


def _column_changed(text: str, random: Random) -> str:
    """The same bad cell in one column of every line from some line on."""
    lines, separator = text.split("\n"), random.choice((",", ",", ";"))
    start, place, bad = random.randrange(min(len(lines), 6)), random.randrange(24), random.choice(BAD_CELLS)
    for number in range(start, len(lines)):
        cells = lines[number].split(separator)
        if place < len(cells):
            cells[place] = bad
            lines[number] = separator.join(cells)
    return "\n".join(lines)


def _names_changed(text: str, random: Random) -> str:
    """Two words of the header or two keys exchanged, or one made the other."""
    words = sorted(set(re.findall(r"[A-Za-z_]{2,20}", text[:2000])))
    if len(words) < 2:
        return text
    one, other = random.choice(words), random.choice(words)
    return text.replace(one, other, random.choice((1, 1, -1)))


def _line_ends_changed(text: str, random: Random) -> str:
    ends = random.choice((("\r\n",), ("\r",), ("\n", "\r\n", "\r"), ("\n\n",), (",\n",), (" \n", "\t\n")))
    return "".join(line + random.choice(ends) for line in text.split("\n"))


def _separators_changed(text: str, random: Random) -> str:
    return text.replace(random.choice(",;"), random.choice((";", "\t", "|", ", ", ",,", '","', "")))


def _repeated(text: str, random: Random) -> str:
    start = random.randint(0, len(text))
    return text + text[start:] * random.randint(1, 3)


def _wrapped(text: str, random: Random) -> str:
    depth = random.choice((1, 1, 3, MANY_NESTED))
    opened, closed = random.choice((("[", "]"), ('{"data":', "}"), ('{"records":', "}"), ('{"result":', "}")))
    return opened * depth + text + closed * depth


def _json_changed(text: str, random: Random) -> str:
    """One value of the JSON of another type, gone, or twice under its key."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return _number_changed(text, random)
    places = list(_places(tree, 0)) if isinstance(tree, dict | list) else []
    if not places:
        return text
    for _ in range(random.randint(1, 3)):
        holder, key = random.choice(places)
        if isinstance(holder, list) and key >= len(holder):
            continue
        bad = bad_value(random)
        if random.random() < 0.2 and isinstance(holder, dict):
            holder.pop(key, None)
        elif random.random() < 0.2 and isinstance(holder, list):
            for record in holder:
                if isinstance(record, dict) and record:
                    record[random.choice(sorted(record))] = bad
        else:
            holder[key] = bad
    return json.dumps(tree, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1)))


def _field_changed(text: str, random: Random) -> str:
    """The field of one name in all records, or in the first, of another value."""
    names = sorted(set(re.findall(r'"(\w+)"\s*:', text)))
    if not names:
        return _column_changed(text, random)
    told = json.dumps(bad_value(random))
    pattern = rf'("{random.choice(names)}"\s*:\s*)(-?[\w.+-]+|"[^"]*"|null)'
    return re.sub(pattern, lambda found: found.group(1) + told, text, count=random.choice((0, 0, 1)))


def bad_value(random: Random) -> Any:
    """A value of any type that JSON can write."""
    simple = (None, True, False, 0, -1, 1e300, -1e308, 10**400, 5e-324, float("nan"), float("inf"), "", "x", "\ud800")
    nested = ([], {}, [None], [[]], {"a": None}, {"instrument_name": 5}, ["call"], {"CE": []})
    return random.choice((*simple, *nested, *BAD_CELLS))


def _places(tree: Any, depth: int) -> Any:
    """Every (holder, key) of a JSON tree."""
    if depth > 6:  # deeper ones are left to `_wrapped`
        return
    for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value, depth + 1)


Change = Callable[[str, Random], str]
TEXT_CHANGES: tuple[Change, ...] = (
    *(_cut, _lines_changed, _characters_changed, _number_changed, _number_changed, _column_changed, _names_changed),
    *(_line_ends_changed, _separators_changed, _repeated, _wrapped, _json_changed, _json_changed, _field_changed),
)


def _cells_changed(table: pd.DataFrame, random: Random) -> pd.DataFrame:
    if table.empty:
        return table
    place = random.randrange(table.shape[1])
    column = table.iloc[:, place].astype(object)
    odd = (None, np.nan, pd.NA, pd.NaT, *BAD_CELLS, 10**400, -1, b"bytes", [], {}, (1,), 1j, pd.Timestamp("2024-06-14"))
    for _ in range(random.choice((1, 1, len(column)))):
        column.iloc[random.randrange(len(column))] = random.choice(odd)
    return _with_column(table, place, column)


def _dtype_changed(table: pd.DataFrame, random: Random) -> pd.DataFrame:
    if not table.shape[1]:
        return table
    place = random.randrange(table.shape[1])
    kinds = ("object", "category", "string[pyarrow]", "string[python]", "str", "float32", "Int64", "int8", "bool")
    more = ("datetime64[ns]", "datetime64[s]", "timedelta64[ns]", "complex128", "float64[pyarrow]", "decimal", "period")
    kind = random.choice((*kinds, *more))
    column = table.iloc[:, place]
    try:
        if kind == "decimal":
            column = column.map(lambda value: Decimal(str(value)))
        elif kind == "period":
            column = pd.Series(pd.period_range("2024-06", periods=len(column), freq="D"), index=column.index)
        else:
            column = column.astype(kind)
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        return table
    return _with_column(table, place, column)


def _column_names_changed(table: pd.DataFrame, random: Random) -> pd.DataFrame:
    if not table.shape[1]:
        return table
    names = list(table.columns)
    place = random.randrange(len(names))
    how = random.randrange(5)
    if how == 0:
        names[place] = random.choice(names)
    elif how == 1:
        names[place] = random.choice((None, 5, ("a", "b"), "", float("nan"), pd.Timestamp("2024-06-14"), b"strike"))
    elif how == 2:
        return table.set_axis(pd.MultiIndex.from_arrays([names, ["x"] * len(names)]), axis=1)
    elif how == 3:
        return table.set_index(names[place]) if names.count(names[place]) == 1 else table
    else:
        return table.drop(columns=[names[place]])
    return table.set_axis(pd.Index(names, tupleize_cols=False), axis=1)


def _rows_changed(table: pd.DataFrame, random: Random) -> pd.DataFrame:
    how = random.randrange(5)
    if how == 0:
        return table.iloc[:0]
    if how == 1:
        return pd.concat([table, table])
    if how == 2 and len(table):
        return table.iloc[[random.randrange(len(table)) for _ in range(len(table))]]
    if how == 3:
        return table.set_axis(pd.Index([random.choice((1, "a", None)) for _ in range(len(table))]), axis=0)
    return table.iloc[: random.randint(0, len(table))]


def _with_column(table: pd.DataFrame, place: int, column: Any) -> pd.DataFrame:
    columns = [column if n == place else table.iloc[:, n] for n in range(table.shape[1])]
    return pd.DataFrame(dict(enumerate(columns)), index=table.index).set_axis(table.columns, axis=1)


TableChange = Callable[[pd.DataFrame, Random], pd.DataFrame]
TABLE_CHANGES: tuple[TableChange, ...] = (
    _cells_changed,
    _cells_changed,
    _dtype_changed,
    _column_names_changed,
    _rows_changed,
)
