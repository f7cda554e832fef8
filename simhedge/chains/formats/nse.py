"""The option chain of the National Stock Exchange of India (NSE), as its website answers it in JSON.

Open interest and volume are in contracts, i.e. lots (Sensibull's help page on the difference to NSE's numbers, 2024;
bid and ask quantities of the same file are in units of the index or shares). The file does not give the lot size.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.calendar import MARKETS
from simhedge.chains.formats.json_text import Where, line_of, lines_of, load_json, numbers, refuse_where, shown
from simhedge.chains.formats.nse_lots import lot_size
from simhedge.chains.table import GIVE_QUOTE_TIME, GIVE_SPOT, NAME_ROOT, Quotes, Request, shown_list
from simhedge.errors import InputError

NAME = "NSE option-chain JSON"
MARKET = "nse"
BLANK = "blank cell read as zero"
DOWNLOAD_AGAIN = "download the chain again: the site answers with this where it takes the visitor for a robot"

SIDES = {"CE": "call", "PE": "put"}
CELLS = {
    "bid": ("bidprice", "bidPrice", "buyPrice1"),
    "ask": ("askPrice", "askprice", "sellPrice1"),
    "volume": ("totalTradedVolume",),
    "open_interest": ("openInterest",),
    "implied_vol": ("impliedVolatility",),
}
EXPIRY_NAMES = ("expiryDate", "expiryDates")
YEARS = range(1990, 2100)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_DAY = re.compile(r"([0-9]{1,2})[- ]([A-Za-z]{3}|[0-9]{1,2})[- ]([0-9]{4})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_IDENTIFIER = re.compile(r"OPT(?:IDX|STK|CUR|IRC)(.+?)[0-9]{2}-[0-9]{2}-[0-9]{4}(?:CE|PE|XX)[0-9.]*")


class Side(NamedTuple):
    """The calls or the puts: their cells, the rows they are from, and the places of these in the file."""

    name: str
    cells: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    places: list[int]


class Listing(NamedTuple):
    """What the file holds, for messages: its name and text, the name of the list of rows, and what stands beside it."""

    file: str
    text: str
    place: str
    beside: dict[str, Any]


def recognises(text: str) -> bool:
    """Whether the text looks like JSON with the records of NSE's option chain, whole or filtered."""
    holds = '"records"' in text or '"filtered"' in text
    return (
        holds and text.lstrip()[:1] == "{" and any(f'"{name}' in text for name in ("strikePrice", "expiryDate", "CE"))
    )


def read(text: str, request: Request) -> Quotes:
    """Quotes of the calls (CE) and puts (PE) of every row; prices in rupees per unit of the underlying."""
    listing, rows, warnings = _rows(load_json(text, request.file), text, request.file)
    sides = [_side(rows, name, listing) for name in SIDES]
    if not any(side.cells for side in sides):
        raise InputError("rows without CE and PE", file=request.file, line=1, key=listing.place, remedy=DOWNLOAD_AGAIN)
    quote_time = _quote_time(listing, request)
    spot = _spot(listing, sides, request)
    tables = [_table(side, listing) for side in sides if side.cells]
    options = pd.concat([table for table, _ in tables], ignore_index=True)
    root = _one_root(set(options["root"]), request)
    quoted = quote_time.tz_convert(MARKETS[MARKET].zone).date()
    multiplier, told = _multipliers(options["expiry_date"].to_numpy(), root, quoted)
    blanks = sum(blanks for _, blanks in tables)
    return Quotes(
        file=request.file,
        name=root,
        spot=spot,
        quote_time=quote_time,
        options=options.assign(root=root, multiplier=multiplier),
        market=MARKET,
        repaired={BLANK: blanks} if blanks else {},
        warnings=[*warnings, *told],
    )


def _rows(answer: object, text: str, file: str) -> tuple[Listing, list[dict[str, Any]], list[str]]:
    """The rows of `records`, or of `filtered` with a warning where there are no others."""
    if not isinstance(answer, dict) or not answer:
        raise InputError("no option chain", file=file, line=1, value=shown(answer), remedy=DOWNLOAD_AGAIN)
    for name in ("records", "filtered"):
        beside = answer.get(name)
        if not isinstance(beside, dict) or not isinstance(beside.get("data"), list) or not beside["data"]:
            continue
        place = f"{name}.data"
        for index, row in enumerate(beside["data"]):
            if not isinstance(row, dict):
                raise InputError(
                    "a row with CE and PE is expected",
                    file=file,
                    line=1,
                    key=f"{place}[{index}]",
                    value=shown(row),
                    remedy="download the chain again",
                )
        told = "the file has only the filtered rows, of one expiry: the other expiries are missing"
        return Listing(file, text, place, beside), beside["data"], [told] if name == "filtered" else []
    told = "an error message, no option chain" if "error" in answer else "no rows in records.data nor in filtered.data"
    raise InputError(told, file=file, line=1, value=shown(answer), remedy=DOWNLOAD_AGAIN)


def _side(rows: list[dict[str, Any]], name: str, listing: Listing) -> Side:
    cells = [row.get(name) for row in rows]
    wrong = np.array([not isinstance(cell, dict | None) for cell in cells], dtype=np.bool_)
    refuse_where(wrong, "not quotes by name", rows, name, file=listing.file, text=listing.text, place=listing.place)
    places = [place for place, cell in enumerate(cells) if cell]
    return Side(name, [rows[place][name] for place in places], [rows[place] for place in places], places)


def _quote_time(listing: Listing, request: Request) -> pd.Timestamp:
    """Moment of the quotes; NSE's clock is India's."""
    if request.quote_time is not None:
        return request.quote_time
    written = listing.beside.get("timestamp")
    moment = _moment(written) if isinstance(written, str) else None
    if moment is None:
        raise InputError(
            "no moment of the quotes, expected like 22-Nov-2024 15:30:00",
            file=listing.file,
            line=line_of(listing.text, '"timestamp"'),
            key=listing.place.removesuffix("data") + "timestamp",
            value=shown(written),
            remedy=GIVE_QUOTE_TIME,
        )
    return moment


def _moment(written: str) -> pd.Timestamp | None:
    day, clock = _day(written), _CLOCK.search(written)
    if day is None or clock is None:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups())
    try:
        moment = datetime.combine(day, time(hour, minute, second), ZoneInfo(MARKETS[MARKET].zone))
    except ValueError:
        return None
    return pd.Timestamp(moment)


def _day(written: str) -> date | None:
    """The first date in the text, as 28-Nov-2024 or 28-11-2024."""
    found = _DAY.search(written)
    if found is None:
        return None
    day, month, year = found.group(1), found.group(2).lower(), found.group(3)
    if (not month.isdigit() and month not in MONTHS) or int(year) not in YEARS:
        return None
    try:
        return date(int(year), int(month) if month.isdigit() else MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None


def _spot(listing: Listing, sides: list[Side], request: Request) -> float:
    """The underlying's value beside the rows, else the median of those in the rows."""
    if request.spot is not None:
        return request.spot
    beside = listing.place.removesuffix(".data")
    alone = Where(file=listing.file, text=listing.text, place="", index=[0])
    for records, where in (([listing.beside], alone), *((side.cells, _where(side, listing)) for side in sides)):
        values, _ = numbers(records, "underlyingValue", blank=0.0, **where)
        if (values > 0.0).any():
            return float(np.median(values[values > 0.0]))
    raise InputError(
        "no value of the underlying",
        file=listing.file,
        line=line_of(listing.text, '"underlyingValue"'),
        key=f"{beside}.underlyingValue",
        value=shown(listing.beside.get("underlyingValue")),
        remedy=GIVE_SPOT,
    )


def _where(side: Side, listing: Listing) -> Where:
    return Where(file=listing.file, text=listing.text, place=f"{listing.place}[].{side.name}", index=side.places)


def _table(side: Side, listing: Listing) -> tuple[pd.DataFrame, int]:
    """The options of one side in canonical units, and how many blank cells were read as zero."""
    where = _where(side, listing)
    columns: dict[str, NDArray[np.float64]] = {}
    blanks = 0
    for column, spellings in CELLS.items():
        name = next((name for name in spellings if any(name in cell for cell in side.cells)), spellings[0])
        columns[column], missing = numbers(side.cells, name, blank=0.0, **where)
        refuse_where(columns[column] < 0.0, "must not be negative", side.cells, name, **where)
        blanks += missing
    table = pd.DataFrame(
        {
            "line": lines_of(listing.text, [_identifier(cell) for cell in side.cells]),
            "kind": SIDES[side.name],
            "root": [_root(cell) for cell in side.cells],
            "expiry_date": _expiries(side, where),
            "strike": _strikes(side, where),
            **columns,
        }
    )
    return table.assign(implied_vol=table["implied_vol"] / 100.0), blanks


def _strikes(side: Side, where: Where) -> NDArray[np.float64]:
    """Strikes of the rows, or of the cells where a row has none."""
    records = [
        {"identifier": _identifier(cell), "strikePrice": row.get("strikePrice", cell.get("strikePrice"))}
        for cell, row in zip(side.cells, side.rows, strict=True)
    ]
    strikes, _ = numbers(records, "strikePrice", blank=0.0, **where)
    refuse_where(strikes <= 0.0, "must be positive", records, "strikePrice", **where)
    return strikes


def _expiries(side: Side, where: Where) -> NDArray[np.datetime64]:
    """Expiry dates of the rows, or of the cells where a row has none."""
    written = [
        next((holder[name] for holder in (row, cell) for name in EXPIRY_NAMES if isinstance(holder.get(name), str)), "")
        for cell, row in zip(side.cells, side.rows, strict=True)
    ]
    days = {text: _day(text) for text in set(written)}
    if None in days.values():
        told = "no expiry date, expected like 28-Nov-2024"
        records = [
            {"identifier": _identifier(cell), "expiryDate": text}
            for cell, text in zip(side.cells, written, strict=True)
        ]
        refuse_where(np.array([days[text] is None for text in written]), told, records, "expiryDate", **where)
    return np.array([days[text] for text in written], dtype="datetime64[D]").astype("datetime64[ns]")


def _identifier(cell: dict[str, Any]) -> str:
    identifier = cell.get("identifier")
    return identifier if isinstance(identifier, str) else ""


def _root(cell: dict[str, Any]) -> str:
    """The underlying's symbol, '' where the cell does not tell."""
    underlying = cell.get("underlying")
    if isinstance(underlying, str) and underlying.strip():
        return underlying.strip().upper()
    found = _IDENTIFIER.fullmatch(_identifier(cell).strip())
    return "" if found is None else found.group(1).upper()


def _one_root(roots: set[str], request: Request) -> str:
    """The symbol that the cells name, else the one asked for."""
    named = sorted(roots - {""})
    asked = [] if request.root is None else [root.strip().upper() for root in request.root.split(",") if root.strip()]
    if len(named) > 1 or (not named and len(asked) != 1):
        told = "options on several underlyings" if named else "no underlying named"
        remedy = "one file per underlying is expected" if named else f"name it with {NAME_ROOT}"
        raise InputError(told, file=request.file, line=1, key="underlying", value=shown_list(named), remedy=remedy)
    return named[0] if named else asked[0]


def _multipliers(expiries: NDArray[np.datetime64], root: str, quoted: date) -> tuple[NDArray[np.float64], list[str]]:
    """Units of the underlying per contract of each expiry, shape (n,), and the warning that says what was taken."""
    days, of_row = np.unique(expiries.astype("datetime64[D]"), return_inverse=True)
    sizes = [lot_size(root, day, quoted) for day in days.astype(object)]
    known = sorted({size for size in sizes if size is not None})
    warnings = []
    if known:
        told = " and ".join(f"{size:g}" for size in known)
        warnings.append(f"lot size of {root} taken as {told}, by NSE's circulars: the file does not give it")
    if None in sizes:
        which = root if not known else f"some expiries of {root}"
        warnings.append(f"lot size of {which} not known: 1 taken, multiply exposures by the lot size")
    return np.array([1.0 if size is None else size for size in sizes])[of_row], warnings
