"""Cboe's quotedata CSV: three or four heading lines, then one line per strike with the call left and the put right."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains import heading, option_symbol
from simhedge.chains.table import QUOTE_COLUMNS, Quotes
from simhedge.errors import InputError

NAME = "Cboe quotedata CSV"
HEADER_START = re.compile(r'^\s*"?expiration date"?\s*,\s*"?calls"?\s*,', re.IGNORECASE)
HEADING_LINES_AT_MOST = 20

# Column names of each side, in lower case, with their older spellings.
SIDE_COLUMNS = {
    "bid": ("bid",),
    "ask": ("ask",),
    "volume": ("volume", "vol"),
    "implied_vol": ("iv", "implied vol"),
    "delta": ("delta",),
    "gamma": ("gamma",),
    "open_interest": ("open interest", "open int"),
}
BLANKS = ("", "-", "--", "n/a", "na", "nan", "null", "none")


class Layout(NamedTuple):
    """Where things are on a line: the number of cells and the position of each column, by side."""

    cells: int
    strike: int
    call: dict[str, int]
    put: dict[str, int]


class Body(NamedTuple):
    """The lines under the header: their cells, shape (n, cells), and their numbers in the file, shape (n,)."""

    cells: NDArray[np.object_]
    line: NDArray[np.int64]


def recognises(text: str) -> bool:
    """Whether the text has this format's header among its first lines."""
    return _header_index(text.splitlines()) is not None


def read(text: str, file: str, spot: float | None, quote_time: pd.Timestamp | None) -> Quotes:
    """Quotes of the file's text; `spot` ($) and `quote_time` replace what the heading says."""
    lines = text.splitlines()
    header = _header_index(lines)
    if header is None:
        raise InputError(
            "no header row", file=file, remedy="a line 'Expiration Date,Calls,...,Strike,Puts,...' is expected"
        )
    above = lines[:header]
    warnings: list[str] = []
    if quote_time is None:
        quote_time, warnings = _quote_time(above, file)
    if spot is None:
        spot = _spot(above, file)
    layout = _layout(lines[header], header + 1, file)
    body = _body(lines, header + 1, layout.cells, file)
    sides = [_side(body, layout, side, file) for side in ("call", "put")]
    options = pd.concat([options for options, _ in sides]).sort_values("line", kind="stable", ignore_index=True)
    blanks = sum(count for _, count in sides)
    repaired = {"blank cell read as zero": blanks} if blanks else {}
    return Quotes(file, _name(above), spot, quote_time, options, repaired, warnings)


def _header_index(lines: list[str]) -> int | None:
    for index, line in enumerate(lines[: HEADING_LINES_AT_MOST + 1]):
        if HEADER_START.match(line):
            return index
    return None


def _name(above: list[str]) -> str:
    for line in above:
        before, found, _ = line.partition("Last:")
        if found:
            return before.strip().strip('",').strip()
    return ""


def _spot(above: list[str], file: str) -> float:
    for number, line in enumerate(above, start=1):
        price = heading.last_price(line)
        if price is not None:
            if price > 0.0:
                return price
            raise InputError(
                "the price must be positive", file=file, line=number, key="Last", value=price, remedy="give spot="
            )
    raise InputError(
        "no heading line with the price, 'Last: 1234.56'", file=file, line=1, key="Last", remedy="give spot="
    )


def _quote_time(above: list[str], file: str) -> tuple[pd.Timestamp, list[str]]:
    remedy = "expected like 'Date: December 12, 2022 at 8:30 PM EST'; give quote_time= where the file does not say so"
    dated = [(number, line) for number, line in enumerate(above, start=1) if "date:" in line.lower()]
    for number, line in dated or list(enumerate(above, start=1)):
        after = line[line.lower().find("date:") + 5 :] if dated else line
        found = heading.quote_moment(re.split(r'"|,?\s*bid:', after, maxsplit=1, flags=re.IGNORECASE)[0])
        if found is not None:
            return found
        if dated:
            raise InputError(
                "date not readable", file=file, line=number, key="Date", value=after.strip(), remedy=remedy
            )
    raise InputError("no heading line with the date of the quotes", file=file, line=1, key="Date", remedy=remedy)


def _layout(header: str, line: int, file: str) -> Layout:
    names = [name.strip().lower() for name in next(csv.reader([header]))]
    while names and not names[-1]:
        names.pop()
    expected = "Expiration Date, Calls, ... , Strike, Puts, ..."
    for name in ("calls", "strike", "puts"):
        if names.count(name) != 1:
            raise InputError(
                "one column expected", file=file, line=line, key=name.title(), remedy=f"header: {expected}"
            )
    calls, strike, puts = names.index("calls"), names.index("strike"), names.index("puts")

    def side(start: int, end: int) -> dict[str, int]:
        places = {"symbol": start}
        for column, spellings in SIDE_COLUMNS.items():
            found = [index for index in range(start, end) if names[index] in spellings]
            if len(found) != 1:
                raise InputError(
                    f"one column '{spellings[0]}' expected beside {names[start]}",
                    file=file,
                    line=line,
                    key=spellings[0],
                    remedy="download the chain again with all columns",
                )
            places[column] = found[0]
        return places

    return Layout(len(names), strike, side(calls, strike), side(puts, len(names)))


def _body(lines: list[str], start: int, cells: int, file: str) -> Body:
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        if not line.strip(", \t"):
            continue
        row = next(csv.reader([line])) if '"' in line else line.split(",")
        while len(row) > cells and not row[-1].strip():
            row.pop()
        if len(row) != cells:
            raise InputError(
                f"{len(row)} cells where the header has {cells}",
                file=file,
                line=number,
                value=line[:60],
                remedy="an unclosed quote or a download that was cut short: download the chain again",
            )
        rows.append(row)
        numbers.append(number)
    table = np.array(rows, dtype=object).reshape(len(rows), cells)
    return Body(table, np.array(numbers, dtype=np.int64))


def _side(body: Body, layout: Layout, side: str, file: str) -> tuple[pd.DataFrame, int]:
    """Options of one side (rows without an option symbol left out) and the number of blank cells read as zero."""
    places = layout.call if side == "call" else layout.put
    listed = np.array([bool(symbol.strip()) for symbol in body.cells[:, places["symbol"]]], dtype=np.bool_)
    rows = Body(body.cells[listed], body.line[listed])
    symbols = pd.Series(rows.cells[:, places["symbol"]], dtype="str")
    parsed = option_symbol.parse(symbols)
    wrong = np.flatnonzero((parsed.isna().any(axis=1) | (parsed["kind"] != side)).to_numpy())
    if wrong.size:
        raise InputError(
            f"not the option symbol of a {side}",
            file=file,
            line=int(rows.line[wrong[0]]),
            key="Calls" if side == "call" else "Puts",
            value=symbols.iloc[wrong[0]],
            remedy="expected root, yymmdd, C or P, and eight digits of strike, like SPXW221216C04000000",
        )
    columns: dict[str, NDArray[np.float64]] = {}
    blanks = 0
    for name, place in ({"strike": layout.strike} | places).items():
        if name == "symbol":
            continue
        columns[name], missing = _numbers(rows, place, f"{name.replace('_', ' ')} of the {side}", file)
        blanks += missing
    _check_signs(columns, rows, side, file)
    options = parsed.assign(line=rows.line, **columns)
    return options[list(QUOTE_COLUMNS)], blanks


def _numbers(rows: Body, place: int, key: str, file: str) -> tuple[NDArray[np.float64], int]:
    """A column as numbers, thousands separators removed, and how many of its cells were blank and read as zero."""
    cells = pd.Series(rows.cells[:, place], dtype="str").str.strip()
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    suspect = np.flatnonzero(~np.isfinite(numbers))
    blanks = 0
    for row in suspect:
        text = cells.iloc[row]
        if text.lower() in BLANKS:
            numbers[row] = 0.0
            blanks += 1
            continue
        bare = text.replace(",", "")
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", bare) or not np.isfinite(float(bare)):
            raise InputError(
                "not a number",
                file=file,
                line=int(rows.line[row]),
                key=key,
                value=text,
                remedy="expected a number like 12.5",
            )
        numbers[row] = float(bare)
    return numbers, blanks


def _check_signs(columns: dict[str, NDArray[np.float64]], rows: Body, side: str, file: str) -> None:
    for name, wrong in (("strike", columns["strike"] <= 0.0), ("open_interest", columns["open_interest"] < 0.0)):
        found = np.flatnonzero(wrong)
        if found.size:
            raise InputError(
                "must be positive" if name == "strike" else "must not be negative",
                file=file,
                line=int(rows.line[found[0]]),
                key=f"{name.replace('_', ' ')} of the {side}",
                value=columns[name][found[0]],
                remedy="correct the cell or download the chain again",
            )
