"""`read_chain`: an option-chain file in, a Chain out. The content tells the format, not the file's name."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from simhedge.chains import cboe_quotedata
from simhedge.chains.assembly import assemble
from simhedge.chains.calendar import NEW_YORK
from simhedge.chains.chain import Chain
from simhedge.chains.table import Quotes
from simhedge.errors import InputError


class Format(NamedTuple):
    """One readable format: its name, whether a text is of it, and its reader."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, str, float | None, pd.Timestamp | None], Quotes]


FORMATS = (Format(cboe_quotedata.NAME, cboe_quotedata.recognises, cboe_quotedata.read),)


def read_chain(path: str | Path, *, spot: float | None = None, quote_time: str | datetime | None = None) -> Chain:
    """The option chain in the file at `path`: usable quotes, and a report of what was dropped and why.

    `spot` ($) and `quote_time` (New York time unless it carries a zone) replace the file's own. Exercise is taken as
    European throughout.
    """
    file = str(path)
    if spot is not None and not (math.isfinite(spot) and spot > 0.0):
        raise InputError("must be a positive number", key="spot", value=spot, remedy="give the underlying's price in $")
    moment = None if quote_time is None else _moment(quote_time)
    text = _text(Path(path))
    for candidate in FORMATS:
        if candidate.recognises(text):
            return assemble(candidate.read(text, file, spot, moment))
    raise _unknown_format(text, file)


def _moment(quote_time: str | datetime) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(quote_time)
    except (ValueError, TypeError) as error:
        raise _bad_quote_time(quote_time) from error
    if pd.isna(moment):
        raise _bad_quote_time(quote_time)
    return (
        moment.tz_localize(NEW_YORK, ambiguous=False, nonexistent="shift_forward") if moment.tzinfo is None else moment
    )


def _bad_quote_time(value: object) -> InputError:
    return InputError("not a moment", key="quote_time", value=value, remedy="expected like '2022-12-12 20:30'")


def _text(path: Path) -> str:
    if path.is_dir():
        raise InputError("is a directory", file=str(path), remedy="give the option-chain file in it")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", file=str(path), remedy=_nearest_name(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(path), remedy="check its permissions") from error
    remedy = "expected a text file: " + _readable_formats()
    if not content.strip():
        raise InputError("the file is empty", file=str(path), remedy=remedy)
    if b"\0" in content:
        raise InputError("a binary file, or text that is not UTF-8", file=str(path), remedy=remedy)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _nearest_name(path: Path) -> str:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {path.parent / near[0]}?" if near else "check the path"


def _readable_formats() -> str:
    return "readable formats: " + ", ".join(candidate.name for candidate in FORMATS)


def _unknown_format(text: str, file: str) -> InputError:
    if text.lstrip()[:1] in ("{", "["):
        return InputError(
            "JSON option chains are not read by this version", file=file, line=1, remedy=_readable_formats()
        )
    return InputError(
        "no header row of a known option-chain format, expected a line that starts with 'Expiration Date,Calls,'",
        file=file,
        line=1,
        value=text.lstrip().splitlines()[0][:60],
        remedy=_readable_formats(),
    )
