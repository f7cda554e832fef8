"""Tables with a header: a delimited text or a DataFrame in, columns found by name, cells as numbers and words."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray

from simhedge.chains.formats import separated
from simhedge.errors import InputError

Floats = NDArray[np.float64]
Spellings = tuple[tuple[str, ...], ...]

DELIMITERS = (",", ";", "\t", "|")
HEADER_LINES_AT_MOST = 20  # a title, a comment or `sep=;` may stand above the header
LONGEST_HEAD = 50_000  # characters
LONGEST_VALUE_SHOWN, LONGEST_NAMES_SHOWN = 60, 300
COLUMNS_AT_MOST = 2_000  # of a text; searching more of them for names would take minutes
BLANKS = (*separated.BLANKS, "nat", "<na>")
BLANK = "blank cell read as zero"


class Header(NamedTuple):
    """Where the header of a text is: its line (counted from 0), its delimiter and the column names."""

    line_index: int
    delimiter: str
    names: list[str]


class Sheet(NamedTuple):
    """A table as it came: all column names, the cells of the known ones as Arrow arrays by place, each row's line."""

    names: list[str]
    cells: dict[int, Any]
    line: NDArray[np.int64]
    file: str
    header_line: int | None = None
    delimiter: str = ","

    def rows(self, chosen: NDArray[np.bool_]) -> Sheet:
        """The sheet with the chosen rows only, shape (n,)."""
        if chosen.all():
            return self
        kept = pa.array(chosen)
        cells = {place: array.filter(kept) for place, array in self.cells.items()}
        return self._replace(cells=cells, line=self.line[chosen])

    def error(self, message: str, row: int, place: int, remedy: str) -> InputError:
        """What is wrong with one cell."""
        line, value = int(self.line[row]), self.cells[place][row].as_py()
        shown = value[:LONGEST_VALUE_SHOWN] if isinstance(value, str) else value
        key = self.names[place][:LONGEST_VALUE_SHOWN]
        return InputError(message, file=self.file, line=line, key=key, value=shown, remedy=remedy)


def spelled(name: object) -> str:
    """A column name without case, blanks and punctuation: 'Open Interest', 'open_interest', 'openInterest' are one."""
    return re.sub(r"[\W_]", "", str(name).lower())


def spellings(*tiers: str) -> Spellings:
    """Names of one column, those that mean nothing else in the first tier; within a tier they are synonyms."""
    return tuple(tuple(spelled(name) for name in tier.split()) for tier in tiers)


def find_header(text: str, recognises: Callable[[list[str]], bool]) -> Header | None:
    """The first line among the first ones whose column names are recognised; None where there is none."""
    head = text[:LONGEST_HEAD].replace("\r\n", "\n").replace("\r", "\n")
    for index, line in enumerate(head.split("\n")[:HEADER_LINES_AT_MOST]):
        delimiter = max(DELIMITERS, key=line.count)
        names = [name.strip() for name in next(csv.reader([line.lstrip("\ufeff#")], delimiter=delimiter), [])]
        if 1 < len(names) <= COLUMNS_AT_MOST and recognises(names):
            return Header(index, delimiter, names)
    return None


def sheet_of_text(text: str, header: Header, known: dict[str, Spellings], file: str) -> Sheet:
    """The table under the header; rows blank in all known columns are left out, stray delimiters at line ends too."""
    names = header.names
    while not names[-1]:
        names = names[:-1]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    above, first = header.line_index + 1, header.line_index + 2
    *_, body = (text if text.count("\n") >= above else text + "\n").split("\n", above)
    if body.endswith("\n"):
        body = body.rstrip("\n") + "\n"
    wanted = _known_places(names, known)
    rows = separated.read_body(body, first, header.delimiter, len(names), wanted, file)
    sheet = Sheet(names, dict(rows.columns), rows.line, file, header.line_index + 1, header.delimiter)
    return sheet.rows(~_blank_rows(sheet))


def sheet_of_table(table: pd.DataFrame, known: dict[str, Spellings], file: str) -> Sheet:
    """The table, its named index levels as columns behind the others; rows count from 1, blank ones left out."""
    levels = [n for n, name in enumerate(table.index.names) if name is not None and name not in table.columns]
    names = [str(name) for name in [*table.columns, *(table.index.names[level] for level in levels)]]
    width = table.shape[1]
    cells = {}
    for place in _known_places(names, known):
        column = table.iloc[:, place] if place < width else table.index.get_level_values(levels[place - width])
        cells[place] = _arrow(column)
    sheet = Sheet(names, cells, np.arange(1, len(table) + 1, dtype=np.int64), file)
    return sheet.rows(~_blank_rows(sheet))


def locate(sheet: Sheet, known: dict[str, Spellings]) -> dict[str, int]:
    """Place of each known column that the sheet has; an InputError where two columns mean the same."""
    found = {}
    for column, tiers in known.items():
        hits = next((hits for tier in tiers if (hits := places_of(sheet.names, (tier,)))), [])
        if len(hits) > 1:
            raise InputError(
                f"{len(hits)} columns for {column}",
                file=sheet.file,
                line=sheet.header_line,
                key=column,
                value=", ".join(sheet.names[place] for place in hits)[:LONGEST_NAMES_SHOWN],
                remedy="leave one of them in the table",
            )
        if hits:
            found[column] = hits[0]
    return found


def places_of(names: list[str], tiers: Spellings) -> list[int]:
    """Places of all columns with these names, in the order of the spellings."""
    present = [spelled(name) for name in names]
    return [place for tier in tiers for wanted in tier for place, name in enumerate(present) if name == wanted]


def missing_column(sheet: Sheet, column: str, tiers: Spellings) -> InputError:
    """No column of this meaning: what was looked for and what the table has."""
    looked_for = ", ".join(name for tier in tiers for name in tier)
    return InputError(
        f"no column for {column}",
        file=sheet.file,
        line=sheet.header_line,
        key=column,
        value="columns: " + ", ".join(name or "(no name)" for name in sheet.names)[:LONGEST_NAMES_SHOWN],
        remedy=f"expected one named {looked_for} (case, blanks and underscores do not matter)",
    )


def numbers(sheet: Sheet, place: int) -> Floats:
    """A column as finite numbers, NaN where the cell is blank; an InputError where a cell is no number."""
    array = sheet.cells[place]
    if _is_text(array):
        return _numbers_of_text(array, sheet, place)
    if not _is_number(array):
        return _numbers_of_text(array.cast(pa.string()), sheet, place)
    values = np.array(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise sheet.error("not a finite number", int(infinite[0]), place, "correct the cell")
    return values


def quantities(sheet: Sheet, place: int) -> tuple[Floats, int]:
    """A column as numbers with blank cells as 0, and how many were blank."""
    values = numbers(sheet, place)
    blank = np.isnan(values)
    values[blank] = 0.0
    return values, int(blank.sum())


def words(sheet: Sheet, place: int) -> Any:
    """A column as one Arrow array of trimmed text, '' where the cell is blank."""
    array = sheet.cells[place]
    text = compute.utf8_trim_whitespace(array if _is_text(array) else array.cast(pa.string()))
    return compute.fill_null(text, "") if text.null_count else text


def distinct(text: Any) -> tuple[NDArray[np.int64], list[str]]:
    """The place of each cell of `words` in the list of those that occur, shape (n,), and that list."""
    encoded = text.dictionary_encode()
    places = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return places, [str(value) for value in encoded.dictionary.to_pylist()]


def is_blank(word: str) -> bool:
    """Whether a cell says that there is nothing."""
    return word.strip().lower() in BLANKS


def is_dated(array: Any) -> bool:
    """Whether an Arrow array holds dates or moments."""
    return bool(pa.types.is_timestamp(array.type) or pa.types.is_date(array.type))


def _known_places(names: list[str], known: dict[str, Spellings]) -> list[int]:
    spelling = {name for tiers in known.values() for tier in tiers for name in tier}
    return [place for place, name in enumerate(names) if spelled(name) in spelling]


def _blank_rows(sheet: Sheet) -> NDArray[np.bool_]:
    """Whether a row has nothing in any known column, shape (n,)."""
    blank = np.ones(len(sheet.line), dtype=np.bool_)
    for array in sheet.cells.values():
        empty = array.is_null()
        if _is_text(array):
            empty = compute.or_(empty, compute.fill_null(compute.equal(compute.utf8_trim_whitespace(array), ""), True))
        blank &= empty.to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    return blank


def _numbers_of_text(text: Any, sheet: Sheet, place: int) -> Floats:
    """Numbers, also with thousands separators, dollar or per cent signs; in a table with semicolons commas are odd."""
    try:
        values = np.array(text.cast(pa.float64()).to_numpy(zero_copy_only=False))
        if not np.isinf(values).any():
            return values
    except pa.ArrowInvalid:
        pass  # a cell that is no plain number is mended or named below
    scale: float | Floats = 1.0
    if compute.any(compute.match_substring_regex(text, "[%$<#]|NaT")).as_py():
        is_per_cent = compute.fill_null(compute.ends_with(compute.utf8_trim_whitespace(text), "%"), False)
        scale = np.where(is_per_cent.to_numpy(zero_copy_only=False), 0.01, 1.0)
        text = compute.replace_substring_regex(text, r"^\s*\$|\s*%\s*$|^\s*(?:<NA>|#N/A|NaT)\s*$", "")
    may_group = sheet.delimiter != ";"
    return separated.numbers(text, sheet.line, sheet.names[place], sheet.file, may_group) * scale


def _arrow(column: Any) -> Any:
    """A column of a DataFrame as one Arrow array of numbers, text, booleans, dates or moments, null where missing."""
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        array = _as_text(column)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return array.cast(pa.string())
    simple = _is_text(array) or is_dated(array) or _is_number(array)
    return array if simple else _as_text(column)


def _as_text(column: Any) -> Any:
    def told(value: Any) -> str | None:
        nothing = value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
        return None if nothing else str(value).encode("utf-8", "replace").decode("utf-8")

    return pa.array([told(value) for value in column], type=pa.large_string())


def _is_text(array: Any) -> bool:
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def _is_number(array: Any) -> bool:
    kinds = pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean
    return any(is_kind(array.type) for is_kind in kinds)
