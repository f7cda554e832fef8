"""`read_chain`: an option chain in any known format in, a Chain out. The content tells the format, not its name."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import pandas as pd

from simhedge.chains.assembly import LARGEST_NUMBER, SMALLEST_PRICE, assemble
from simhedge.chains.calendar import NEW_YORK
from simhedge.chains.chain import Chain
from simhedge.chains.formats import cboe_delayed, cboe_quotedata, deribit, long_table, nse, parquet, yahoo
from simhedge.chains.source import fetch
from simhedge.chains.table import Quotes, Request
from simhedge.errors import InputError


class TextFormat(NamedTuple):
    """A format that is text: its name, whether a text is of it, and its reader."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Request], Quotes]


class TableFormat(NamedTuple):
    """A format that may come as a DataFrame: its name, whether these columns are of it, and its reader."""

    name: str
    recognises: Callable[[list[str]], bool]
    read: Callable[[pd.DataFrame, Request], Quotes]


# Asked in this order: the narrower format first.
TEXT_FORMATS = tuple(
    TextFormat(module.NAME, module.recognises, module.read)
    for module in (cboe_quotedata, cboe_delayed, deribit, nse, yahoo, long_table)
)
TABLE_FORMATS = tuple(TableFormat(m.NAME, m.recognises_table, m.read_table) for m in (yahoo, long_table))
FORMAT_NAMES = (*(known.name for known in TEXT_FORMATS), parquet.NAME)

_JSON_START = re.compile(r'\{|\[\s*[\[\]{"\d]')
_ARCHIVES = {b"\x1f\x8b": "a gzip archive", b"PK\x03\x04": "a zip archive or an Excel workbook"}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_chain(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    spot: float | None = None,
    quote_time: str | datetime | None = None,
    root: str | None = None,
    keep_expired: bool = False,
) -> Chain:
    """The option chain in a file, at an http(s) address, or in a DataFrame: quotes, and a report of what was dropped.

    `spot` ($) and `quote_time` (New York time unless it carries a zone) replace the file's own. `root` keeps only the
    options of that root (several: separated by commas), or names it where the file does not. Options that settled
    before the quotes are dropped unless `keep_expired`. Exercise is taken as European throughout. Raises InputError
    with file, line, key, value and remedy for what cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return _from_table(source, checked_request("DataFrame", spot, quote_time, root), keep_expired)
    request = checked_request(str(source), spot, quote_time, root)
    return chain_from_bytes(fetch(source), request, keep_expired)


def chain_from_bytes(content: bytes, request: Request, keep_expired: bool = False) -> Chain:
    """The chain in the bytes of a file, as `read_chain` gives it."""
    if parquet.recognises_bytes(content):
        return assemble(parquet.read_bytes(content, request), parquet.NAME, request, keep_expired)
    text = _text(content, request.file)
    for known in TEXT_FORMATS:
        if known.recognises(text):
            return assemble(known.read(text, request), known.name, request, keep_expired)
    raise _unknown_format(text, request.file)


def _from_table(table: pd.DataFrame, request: Request, keep_expired: bool) -> Chain:
    columns = [str(column) for column in table.columns]
    for known in TABLE_FORMATS:
        if known.recognises(columns):
            return assemble(known.read(table, request), known.name, request, keep_expired)
    raise InputError(
        "no option table with known columns",
        file=request.file,
        key="columns",
        value=", ".join(columns)[:200],
        remedy="a column with option symbols, or strike, expiry and kind, beside open_interest, is needed",
    )


def checked_request(file: str, spot: float | None, quote_time: str | datetime | None, root: str | None) -> Request:
    """What the reader of `file` is asked for; an InputError for a value that no chain can have."""
    if spot is not None and not SMALLEST_PRICE <= spot <= LARGEST_NUMBER:
        raise InputError("must be a positive price", key="spot", value=spot, remedy="give the underlying's price in $")
    if root is not None and not root.strip(", "):
        raise InputError("no root is named", key="root", value=root, remedy="give one like SPXW")
    return Request(file, spot, None if quote_time is None else _moment(quote_time), root)


def _moment(quote_time: str | datetime) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(quote_time)
    except (ValueError, TypeError, OverflowError) as error:
        raise _bad_quote_time(quote_time) from error
    if pd.isna(moment) or not datetime.min.year < moment.year < datetime.max.year:
        raise _bad_quote_time(quote_time)
    moment = moment.floor("us").as_unit("us")
    if moment.tzinfo is None:
        return moment.tz_localize(NEW_YORK, ambiguous=False, nonexistent="shift_forward")
    return moment


def _bad_quote_time(value: object) -> InputError:
    return InputError("not a moment", key="quote_time", value=value, remedy="expected like '2022-12-12 20:30'")


def _text(content: bytes, file: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                told = f"broken {encoding.removesuffix('-sig').upper()} text at byte {error.start:,}"
                raise InputError(told, file=file, remedy="download the chain again") from error
    for magic, words in _ARCHIVES.items():
        if content.startswith(magic):
            raise InputError(f"{words}, not a text", file=file, remedy="unpack it, or save the chain as CSV")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        half = content[1:2000:2].count(0) > 500 or content[0:2000:2].count(0) > 500
        told = "UTF-16 text without its byte order mark" if half else "a binary file"
        raise InputError(told, file=file, line=line, remedy=_readable_formats())
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _readable_formats() -> str:
    return "readable formats: " + ", ".join(FORMAT_NAMES)


def _unknown_format(text: str, file: str) -> InputError:
    body = text.lstrip()
    first = next(iter(body.splitlines()), "")[:60]
    line = text[: len(text) - len(body)].count("\n") + 1
    if body.startswith("<"):
        told = "a web page, not an option chain"
    elif _JSON_START.match(body):
        told = "JSON, but of no known option-chain format"
    else:
        told = "no header row of a known option-chain format"
    return InputError(told, file=file, line=line, value=first, remedy=_readable_formats())
