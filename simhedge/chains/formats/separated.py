"""Lines of separated cells as columns: in one sweep where all lines are alike, else line by line; errors name the line.

Columns of text are Arrow arrays, null (or one of BLANKS) where a cell is blank.
"""

from __future__ import annotations

import csv
import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv
from numpy.typing import NDArray

from simhedge.errors import InputError

BLANKS = ("", "-", "--", "n/a", "#n/a", "na", "nan", "null", "none")
_BLANK_SPELLINGS = [*BLANKS, "N/A", "#N/A", "NA", "NaN", "NULL", "None"]
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?[\d.]*,\d+", re.ASCII)


class Body(NamedTuple):
    """The lines that hold anything: columns of text by position, and the lines' numbers in the file, shape (n,)."""

    columns: dict[int, Any]
    line: NDArray[np.int64]


def split_line(line: str, separator: str, number: int, file: str) -> list[str]:
    """The cells of one line, quotes around them removed."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        remedy = "download the chain again"
        raise InputError(f"no cells: {error}", file=file, line=number, value=line[:60], remedy=remedy) from error


def read_body(text: str, first_line: int, separator: str, cells: int, wanted: list[int], file: str) -> Body:
    """The wanted columns of `text`, whose lines have `cells` cells each and are counted from `first_line`.

    Lines without content and blank cells too many at a line's end are left out.
    """
    if text.endswith("\n\n"):
        text = text.rstrip("\n") + "\n"
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    last = text[text.rfind("\n") + 1 :]
    if last.count(separator) == cells - 1 and last.endswith(separator) and not last.endswith(2 * separator):
        raise _irregular("the last cell is missing", last, first_line + lines - 1, file)
    columns = None if '"' in text else _sweep(text, separator, cells, wanted)
    if columns is not None and len(columns[wanted[0]]) == lines:
        return Body(columns, np.arange(first_line, first_line + lines))
    rows, line = _line_by_line(text, first_line, separator, cells, file)
    return Body({place: pa.array([row[place].strip() for row in rows], type=pa.string()) for place in wanted}, line)


def numbers(column: Any, line: NDArray[np.int64], key: str, file: str, may_group: bool) -> NDArray[np.float64]:
    """A column of text as numbers, NaN where blank; `may_group`: commas between thousands may occur."""
    try:
        found: NDArray[np.float64] = compute.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
        if not np.isinf(found).any():
            return found
    except pa.ArrowInvalid:
        pass  # some cell is no plain number: the loop below mends it or names it
    cells = [(cell or "").strip() for cell in column.to_pylist()]
    found = pd.to_numeric(pd.Series(cells, dtype="object"), errors="coerce").to_numpy(dtype=np.float64, copy=True)
    for row in np.flatnonzero(~np.isfinite(found)):
        if cells[row].lower() in BLANKS:
            found[row] = np.nan
        else:
            found[row] = _number(cells[row], int(line[row]), key, file, may_group)
    return found


def _number(cell: str, line: int, key: str, file: str, may_group: bool) -> float:
    bare = cell.replace(",", "") if may_group and _THOUSANDS.fullmatch(cell) else cell
    value = float(bare) if _NUMBER.fullmatch(bare) else np.nan
    if np.isfinite(value):
        return value
    if _DECIMAL_COMMA.fullmatch(cell):
        told, remedy = "a decimal comma", "save the file with decimal points, or download the chain again"
    else:
        told, remedy = "not a number", "expected a number like 12.5"
    raise InputError(told, file=file, line=line, key=key, value=cell[:60], remedy=remedy)


def _sweep(text: str, separator: str, cells: int, wanted: list[int]) -> dict[int, Any] | None:
    """Wanted columns of text by position, blanks null; None where the lines have not all one number of cells."""
    content = text.encode("utf-8", "replace")
    names = [str(place) for place in range(cells)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(content) + 1),
            parse_options=pyarrow.csv.ParseOptions(delimiter=separator, quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[names[place] for place in wanted],
                null_values=_BLANK_SPELLINGS,
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    chunks = {place: column.chunks for place, column in zip(wanted, table.columns, strict=True)}
    return {place: pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces) for place, pieces in chunks.items()}


def _line_by_line(
    text: str, first_line: int, separator: str, cells: int, file: str
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """The cells of each line that holds anything, and the number of each of these lines."""
    rows: list[list[str]] = []
    line_of_row: list[int] = []
    for number, line in enumerate(text.split("\n"), start=first_line):
        if not line.strip(f'{separator}" \t'):
            continue
        if line.count('"') % 2:
            raise _irregular("a quote that is not closed", line, number, file)
        row = split_line(line, separator, number, file)
        while len(row) > cells and not row[-1].strip():
            row.pop()
        if len(row) != cells:
            raise _irregular(f"{len(row)} cells where the header has {cells}", line, number, file)
        rows.append(row)
        line_of_row.append(number)
    return rows, np.array(line_of_row, dtype=np.int64)


def _irregular(told: str, line: str, number: int, file: str) -> InputError:
    remedy = "an unclosed quote, decimal commas, or a download that was cut short: download the chain again"
    return InputError(told, file=file, line=number, value=line[:60], remedy=remedy)
