"""Cboe's quotedata CSV: three or four heading lines, then one line per strike with the call left and the put right."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray

from simhedge.chains import option_symbol
from simhedge.chains.formats import heading, separated
from simhedge.chains.formats.separated import Body
from simhedge.chains.table import GIVE_QUOTE_TIME, GIVE_SPOT, Quotes, Request
from simhedge.errors import InputError

NAME = "Cboe quotedata CSV"
DELAY = pd.Timedelta(minutes=15)  # by which Cboe's free quotes are late
HEADING_LINES_AT_MOST = 20
_HEADING_CHARACTERS = 65_536

_HEADER_START = re.compile(
    r'[\s"]*(?:exp(?:iration|iry|\.)?(?:\s*date)?"?\s*[,;\t]\s*"?calls?|calls?"?\s*[,;\t]\s*"?last sale)"?\s*[,;\t]',
    re.IGNORECASE,
)
_HEADER = "header: Expiration Date, Calls, ... , Strike, Puts, ..."

# Names of columns, letters only in lower case, with their older and shorter spellings.
_CALLS, _STRIKE, _PUTS = ("calls", "call"), ("strike", "strikeprice"), ("puts", "put")
_SIDE_COLUMNS = {
    "bid": ("bid",),
    "ask": ("ask",),
    "volume": ("volume", "vol"),
    "implied_vol": ("iv", "impliedvol", "impliedvolatility", "impvol"),
    "delta": ("delta",),
    "gamma": ("gamma",),
    "open_interest": ("openinterest", "openint", "oi"),
}
# What older layouts lack: the value instead.
_MAY_BE_ABSENT = {"volume": 0.0, "implied_vol": 0.0, "delta": np.nan, "gamma": np.nan}
_STAY_MISSING = ("delta", "gamma")
_GROUPED_BY_COMMAS = ("bid", "ask", "volume", "open_interest", "strike")

_STRIKE_ROUNDING = 0.0051  # $; the column has two decimals, the symbol three
_NO_DAYS = (np.datetime64("NaT", "D"),) * 2
_OLD_NAME = re.compile(r"\s*\d\d \w{3,4} [\d.,]+ \(")
_SLASHED_DAY = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)


class Parts(NamedTuple):
    """The file's text: lines above the header, the header, and all that follows it."""

    above: list[str]
    header: str
    body: str


class Layout(NamedTuple):
    """Where things are on a line: separator, number of cells, and the position of each column (of expiry: if any)."""

    separator: str
    cells: int
    expiry: list[int]
    strike: int
    call: dict[str, int]
    put: dict[str, int]


class Side(NamedTuple):
    """One side of the table: `call` or `put`, positions of its columns, and which lines list an option, shape (n,)."""

    kind: str
    places: dict[str, int]
    listed: NDArray[np.bool_]


def recognises(text: str) -> bool:
    """Whether the text has this format's header among its first lines."""
    return _parts(text[:_HEADING_CHARACTERS]) is not None


def read(text: str, request: Request) -> Quotes:
    """Quotes of the file's text, calls and puts in turn, expired ones too."""
    parts = _parts(text)
    if parts is None:
        raise InputError("no header row", file=request.file, remedy=_HEADER)
    moment, delay, warnings = _quote_time(parts.above, request)
    spot = request.spot if request.spot is not None else _spot(parts.above, request.file)
    first_line = len(parts.above) + 2
    layout = _layout(parts.header, first_line - 1, request.file)
    wanted = sorted({layout.strike, *layout.call.values(), *layout.put.values(), *layout.expiry})
    body = separated.read_body(parts.body, first_line, layout.separator, layout.cells, wanted, request.file)
    options, repaired, more_warnings = _options(body, layout, request.file)
    absent = [name.replace("_", " ") for name in _SIDE_COLUMNS if name not in layout.call]
    if absent:
        warnings.append(f"an older layout without columns of {', '.join(absent)}")
    if not parts.body.endswith("\n"):
        warnings.append("the last line has no line end: its last number may have been cut short")
    return Quotes(
        file=request.file,
        name=_name(parts.above),
        spot=spot,
        quote_time=moment,
        options=options,
        delay=delay,
        repaired=repaired,
        warnings=warnings + more_warnings,
    )


def _parts(text: str) -> Parts | None:
    text = text.lstrip("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    above: list[str] = []
    start = 0
    while start < len(text) and len(above) <= HEADING_LINES_AT_MOST:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if _HEADER_START.match(line):
            return Parts(above, line, text[end + 1 :])
        above.append(line)
        start = end + 1
    return None


def _name(above: list[str]) -> str:
    for line in above:
        before, found, _ = line.partition("Last:")
        if found:
            return before.strip(' \t",;')
    return ""


def _spot(above: list[str], file: str) -> float:
    for number, line in enumerate(above, start=1):
        if "last:" not in line.lower():
            continue
        price = heading.last_price(line)
        if price is not None and 0.0 < price < np.inf:
            return price
        said = re.split("last:", line, maxsplit=1, flags=re.IGNORECASE)[1].strip()[:60]
        told = "a positive price with a decimal point is expected, like 'Last: 1234.56'"
        raise InputError(
            told, file=file, line=number, key="Last", value=said if price is None else price, remedy=GIVE_SPOT
        )
    told = "no heading line with the price, 'Last: 1234.56'"
    raise InputError(told, file=file, line=1, key="Last", remedy=GIVE_SPOT)


def _quote_time(above: list[str], request: Request) -> tuple[pd.Timestamp, pd.Timedelta, list[str]]:
    """The moment shown, by how much its quotes are older, and what had to be assumed."""
    if request.quote_time is not None:
        return request.quote_time, pd.Timedelta(0), []
    remedy = f"expected like 'Date: December 12, 2022 at 8:30 PM EST'; else {GIVE_QUOTE_TIME}"
    dated = [(number, line) for number, line in enumerate(above, start=1) if "date:" in line.lower()]
    undated = [(number, line) for number, line in enumerate(above, start=1) if "last:" not in line.lower()]
    for number, line in dated or undated:
        after = re.split("date:", line, maxsplit=1, flags=re.IGNORECASE)[-1].strip(' \t",;')
        found = heading.quote_moment(re.split(r'["\t;]|bid:', after, maxsplit=1, flags=re.IGNORECASE)[0])
        if found is not None:
            return found[0], DELAY, found[1]
        if dated:
            told = "date not readable"
            raise InputError(told, file=request.file, line=number, key="Date", value=after[:60], remedy=remedy)
    told = "no heading line with the date of the quotes"
    raise InputError(told, file=request.file, line=1, key="Date", remedy=remedy)


def _layout(header: str, line: int, file: str) -> Layout:
    separator = max(",;\t", key=header.count)
    names = [re.sub("[^a-z]", "", name.lower()) for name in separated.split_line(header, separator, line, file)]
    while names and not names[-1]:
        names.pop()
    starts = []
    for spellings in (_CALLS, _STRIKE, _PUTS):
        found = [place for place, name in enumerate(names) if name in spellings]
        if len(found) != 1:
            key = spellings[0].title()
            told = "one column expected; Cboe's oldest layout, without columns of expiry and strike, is not read"
            raise InputError(told, file=file, line=line, key=key, value=header[:60], remedy=_HEADER)
        starts.append(found[0])
    calls, strike, puts = starts
    ends = {start: min((other for other in starts if other > start), default=len(names)) for start in starts}
    sides = [{"symbol": start} | _side_columns(names, start, ends[start], line, file) for start in (calls, puts)]
    for column in {*sides[0]} ^ {*sides[1]}:
        raise _column_error(_SIDE_COLUMNS[column][0], names[puts if column in sides[0] else calls], line, file)
    expiry = [place for place, name in enumerate(names) if name.startswith("exp")][:1]
    return Layout(separator, len(names), expiry, strike, *sides)


def _side_columns(names: list[str], start: int, end: int, line: int, file: str) -> dict[str, int]:
    """Position of each column found between `start` and `end`."""
    places = {}
    for column, spellings in _SIDE_COLUMNS.items():
        found = [place for place in range(start, end) if names[place] in spellings]
        if len(found) == 1:
            places[column] = found[0]
        elif found or column not in _MAY_BE_ABSENT:
            raise _column_error(column.replace("_", " "), names[start], line, file)
    return places


def _column_error(column: str, side: str, line: int, file: str) -> InputError:
    told = f"one column '{column}' expected beside {side}"
    return InputError(told, file=file, line=line, key=column, remedy="download the chain again with all columns")


def _options(body: Body, layout: Layout, file: str) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Options in the order of the file, call before put; counts of repaired cells; warnings."""
    sides = [_side("call", layout.call, body, file), _side("put", layout.put, body, file)]
    listed = _in_turn([side.listed for side in sides])
    line = np.repeat(body.line, 2)
    options = _symbols(sides, listed, line, body, file)
    columns = {
        name: _in_turn([_column(body, side, name, layout.separator, file) for side in sides])
        for name in layout.call
        if name != "symbol"
    }
    _check_interest(columns["open_interest"], line, file)
    repaired = _read_as_zero(columns, listed)
    _check_strikes(body, layout, sides, options["strike"].to_numpy(), file)
    warnings = _check_expiries(body, layout, options["expiry_date"], listed, file)
    columns |= {name: np.full(line.size, value) for name, value in _MAY_BE_ABSENT.items() if name not in columns}
    known: dict[str, Any] = {"line": line} | {str(name): column for name, column in options.items()} | columns
    known["multiplier"] = option_symbol.multipliers(options["root"])
    options = pd.DataFrame(known, copy=False)
    return (options if listed.all() else options[listed].reset_index(drop=True)), repaired, warnings


def _in_turn(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """The calls' and the puts' column as one: call and put of the first line, of the second, ..."""
    return np.stack(columns, axis=1).ravel()


def _side(kind: str, places: dict[str, int], body: Body, file: str) -> Side:
    symbols = compute.fill_null(compute.utf8_trim_whitespace(body.columns[places["symbol"]]), "")
    listed = compute.not_equal(symbols, "").to_numpy(zero_copy_only=False)
    interest = body.columns[places["open_interest"]].filter(pa.array(~listed)).to_pylist()
    for row, cell in zip(np.flatnonzero(~listed), interest, strict=True):
        if (cell or "").strip(" 0.").lower() not in separated.BLANKS:
            key = "Calls" if kind == "call" else "Puts"
            told = f"open interest of {cell[:20]} but no option symbol"
            raise InputError(told, file=file, line=int(body.line[row]), key=key, remedy="correct or delete the line")
    return Side(kind, places, listed)


def _symbols(
    sides: list[Side], listed: NDArray[np.bool_], line: NDArray[np.int64], body: Body, file: str
) -> pd.DataFrame:
    """Root, expiry_date, kind and strike of calls and puts in turn, missing where no option is listed."""
    cells = [body.columns[side.places["symbol"]] for side in sides]
    in_turn = np.arange(2 * len(body.line)).reshape(2, -1).T.ravel()
    symbols = pa.concat_arrays(cells).take(pa.array(in_turn))
    options = option_symbol.parse(symbols.to_pandas())
    is_put = np.tile(np.array([0, 1], dtype=np.int8), len(body.line))
    wrong = np.flatnonzero(listed & (options["kind"].cat.codes.to_numpy() != is_put))
    if wrong.size:
        side, symbol = sides[wrong[0] % 2], str(symbols[wrong[0]])
        remedy = "expected root, yymmdd, C or P, and eight digits of strike, like SPXW221216C04000000"
        if _OLD_NAME.match(symbol):
            remedy = f"an option named in Cboe's way of before 2010 is not read; {remedy}"
        raise InputError(
            f"not the option symbol of a {side.kind}",
            file=file,
            line=int(line[wrong[0]]),
            key="Calls" if side.kind == "call" else "Puts",
            value=symbol[:60],
            remedy=remedy,
        )
    return options


def _column(body: Body, side: Side, name: str, separator: str, file: str) -> NDArray[np.float64]:
    """A column of one side as numbers, NaN where blank or no option is listed."""
    cells = body.columns[side.places[name]]
    if not side.listed.all():
        cells = compute.if_else(pa.array(side.listed), cells, None)
    may_group = name in _GROUPED_BY_COMMAS and separator == ","
    return separated.numbers(cells, body.line, f"{name.replace('_', ' ')} of the {side.kind}", file, may_group)


def _read_as_zero(columns: dict[str, NDArray[np.float64]], listed: NDArray[np.bool_]) -> dict[str, int]:
    """Sets blank and negative cells to zero, in place; how many there were."""
    repaired: dict[str, int] = {}
    for name, values in columns.items():
        if name in _STAY_MISSING:
            continue
        blank, negative = listed & np.isnan(values), listed & (values < 0.0)
        for reason, where in (("blank cell", blank), (f"negative {name.replace('_', ' ')}", negative)):
            if where.any():
                values[where] = 0.0
                repaired[f"{reason} read as zero"] = repaired.get(f"{reason} read as zero", 0) + int(where.sum())
    return repaired


def _check_interest(open_interest: NDArray[np.float64], line: NDArray[np.int64], file: str) -> None:
    negative = np.flatnonzero(open_interest < 0.0)
    if negative.size:
        place = negative[0]
        raise InputError(
            "must not be negative",
            file=file,
            line=int(line[place]),
            key=f"open interest of the {'put' if place % 2 else 'call'}",
            value=open_interest[place],
            remedy="correct the cell or download the chain again",
        )


def _check_strikes(body: Body, layout: Layout, sides: list[Side], by_symbol: NDArray[np.float64], file: str) -> None:
    """InputError where a strike is not positive or the option symbol names another than the column."""
    by_column = separated.numbers(body.columns[layout.strike], body.line, "strike", file, layout.separator == ",")
    for number, side in enumerate(sides):
        named = by_symbol[number::2]
        odd = side.listed & ((named <= 0.0) | (np.abs(by_column - named) > _STRIKE_ROUNDING))
        if odd.any():
            row = int(np.argmax(odd))
            key, remedy = f"strike of the {side.kind}", "correct the line or download the chain again"
            told, value = "must be positive", named[row]
            if named[row] > 0.0:
                told, value = f"the option symbol's strike is {named[row]:g}", by_column[row]
            raise InputError(told, file=file, line=int(body.line[row]), key=key, value=value, remedy=remedy)


def _check_expiries(
    body: Body, layout: Layout, by_symbol: pd.Series[pd.Timestamp], listed: NDArray[np.bool_], file: str
) -> list[str]:
    """Warnings where expiry cells are unreadable or a day off the symbol's; InputError where they are further off."""
    if not layout.expiry:
        return []
    cells = body.columns[layout.expiry[0]].dictionary_encode()
    texts = [str(text) for text in cells.dictionary.to_pylist()]
    days = np.array([*(_days(text) for text in texts), _NO_DAYS], dtype="datetime64[us]")
    code = np.repeat(compute.fill_null(cells.indices, -1).to_numpy(zero_copy_only=False), 2)
    moments = by_symbol.to_numpy()
    if (days[code, 0] == moments)[listed].all():
        return []
    apart = np.abs(days[code] - moments[:, None]).min(axis=1)
    line = np.repeat(body.line, 2)
    further = np.flatnonzero(listed & (apart > np.timedelta64(1, "D")))
    if further.size:
        place = further[0]
        told = f"the option symbol's expiry is {by_symbol.iloc[place]:%Y-%m-%d}"
        remedy = "correct the line or download the chain again"
        key = "Expiration Date"
        raise InputError(told, file=file, line=int(line[place]), key=key, value=texts[code[place]][:60], remedy=remedy)
    warnings = []
    for what, odd in (("not readable", np.isnat(apart)), ("a day off", apart == np.timedelta64(1, "D"))):
        lines = np.unique(line[listed & odd])
        if lines.size:
            warnings.append(
                f"expiry column {what} on {lines.size:,} lines, first {lines[0]}: the option symbol's is used"
            )
    return warnings


def _days(text: str) -> list[np.datetime64]:
    """The two days that a cell may name, the same where it names one, NaT where it names none."""
    day = heading.calendar_day(text)
    readings = [day, day] if day is not None else []
    if found := _SLASHED_DAY.match(text):
        first, second, year = (int(group) for group in found.groups())
        readings = [(year, first, second), (year, second, first)]
    named = [_day(*reading) for reading in readings]
    sound = [day for day in named if not np.isnat(day)]
    return [sound[0], sound[-1]] if sound else [*_NO_DAYS]


def _day(year: int, month: int, day: int) -> np.datetime64:
    try:
        return np.datetime64(f"{year:04}-{month:02}-{day:02}", "D")
    except ValueError:
        return np.datetime64("NaT", "D")
