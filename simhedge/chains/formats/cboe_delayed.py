"""Cboe's delayed quotes JSON: `data` holds the underlying's quote and `options`, one record an option.

Its `timestamp` is UTC, which it does not say; the times of last trades are New York's, which they do not say either.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains import option_symbol
from simhedge.chains.calendar import NEW_YORK, covers_year
from simhedge.chains.formats.json_text import Where, line_of, load_json, numbers, refuse_where, shown
from simhedge.chains.table import GIVE_QUOTE_TIME, GIVE_SPOT, Quotes, Request
from simhedge.errors import InputError

NAME = "Cboe delayed quotes JSON"
DELAY = pd.Timedelta(minutes=15)  # by which Cboe's free quotes are late
PLACE = "data.options"
PRICES_APART_TOLD = 0.005  # relative, of current_price and close
NULL_RECORD = "null instead of an option"
BLANK = "blank cell read as zero"

# Fields of a record by column; a blank is zero, of the greeks NaN.
_CELLS = {"bid": "bid", "ask": "ask", "volume": "volume", "open_interest": "open_interest", "implied_vol": "iv"}
_GREEKS = ("delta", "gamma", "theta", "vega")
_OPTIONS = re.compile(r'"options"\s*:\s*(?:\[\s*(?:\{|null|\])|null)')
_OPTION = re.compile(r'"option"\s*:')


def recognises(text: str) -> bool:
    """Whether the text looks like JSON with a list `options` of records that have the key `option`."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    listed = _OPTIONS.search(text)
    return listed is not None and (listed[0][-1] in "]l" or _OPTION.search(text) is not None)


def read(text: str, request: Request) -> Quotes:
    """Quotes of the file's text in the order of its records, expired options too."""
    text = text.lstrip("\ufeff")
    answer = load_json(text, request.file)
    inner = answer.get("data") if isinstance(answer, dict) else None
    quoted = inner if isinstance(inner, dict) else answer
    if not isinstance(answer, dict) or not isinstance(quoted, dict) or not isinstance(quoted.get("options"), list):
        told, remedy = "no list of options", 'expected {"timestamp": ..., "data": {"options": [...], ...}}'
        raise InputError(told, file=request.file, line=1, key=PLACE, remedy=remedy)
    moment, delay, warnings = _quote_time(answer, quoted, text, request)
    spot, more_warnings = _spot(quoted, text, request)
    records, where = _records(quoted["options"], text, request.file)
    options, repaired, absent = _options(records, where)
    away = len(quoted["options"]) - len(records)
    return Quotes(
        file=request.file,
        name=str(quoted.get("symbol") or answer.get("symbol") or ""),
        spot=spot,
        quote_time=moment,
        options=options,
        delay=delay,
        repaired=repaired,
        dropped={NULL_RECORD: away} if away else {},
        warnings=warnings + more_warnings + absent,
    )


def _quote_time(
    answer: dict[str, Any], quoted: dict[str, Any], text: str, request: Request
) -> tuple[pd.Timestamp, pd.Timedelta, list[str]]:
    """The moment of the file (New York time), by how much its quotes are older, and what had to be assumed."""
    if request.quote_time is not None:
        return request.quote_time, pd.Timedelta(0), []
    traded = _moment(quoted.get("last_trade_time"), NEW_YORK)
    stamp = next((source["timestamp"] for source in (answer, quoted) if source.get("timestamp")), None)
    if stamp is None and traded is not None:
        told = f"no timestamp: the time of the underlying's last trade, {traded}, is taken as that of the quotes"
        return traded, pd.Timedelta(0), [told]
    moment = _moment(stamp, "UTC")
    if moment is None:
        told = "no moment of the quotes, neither timestamp nor last_trade_time"
        if stamp is not None:
            told = "not a moment like '2023-09-21 03:17:42'"
        line = line_of(text, '"timestamp"')
        raise InputError(
            told, file=request.file, line=line, key="timestamp", value=shown(stamp), remedy=GIVE_QUOTE_TIME
        )
    warnings = []
    if traded is not None and traded > moment:
        warnings.append(f"the underlying's last trade, {traded}, is after the timestamp, {moment} if it is UTC")
    return moment, DELAY, warnings


def _moment(stamp: object, zone: str) -> pd.Timestamp | None:
    """The moment in New York time, of `zone` where it names none; None for what is no moment."""
    if not isinstance(stamp, str):
        return None
    try:
        moment = pd.Timestamp(datetime.fromisoformat(stamp.strip()))
    except (ValueError, OverflowError):
        return None
    if not covers_year(moment):
        return None
    moment = moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward") if not moment.tzinfo else moment
    return moment.tz_convert(NEW_YORK)


def _spot(quoted: dict[str, Any], text: str, request: Request) -> tuple[float, list[str]]:
    """The underlying's price ($): the current one, else its close, and what is to be told about it."""
    if request.spot is not None:
        return request.spot, []
    current, close = _price(quoted.get("current_price")), _price(quoted.get("close"))
    if current is not None and close is not None and abs(current / close - 1.0) > PRICES_APART_TOLD:
        return current, [f"current_price {current:g} and close {close:g} differ: current_price is used"]
    if current is not None:
        return current, []
    said = shown(quoted.get("current_price"))
    if close is not None:
        return close, [f"current_price is {said}: close, {close:g}, is taken as the spot"]
    told = "no positive price, neither current_price nor close"
    line = line_of(text, '"current_price"')
    raise InputError(told, file=request.file, line=line, key="data.current_price", value=said, remedy=GIVE_SPOT)


def _price(value: object) -> float | None:
    """A positive finite number, also one written as text; None for anything else."""
    try:
        price = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return price if 0.0 < price < math.inf else None


def _records(listed: list[Any], text: str, file: str) -> tuple[list[dict[str, Any]], Where]:
    """The records of the list, nulls left out, and where they stand."""
    places = [place for place, record in enumerate(listed) if record is not None]
    records = [listed[place] for place in places]
    if not all(isinstance(record, dict) for record in records):
        odd = next(place for place in places if not isinstance(listed[place], dict))
        remedy = "download the chain again"
        raise InputError(
            "not a record", file=file, key=f"{PLACE}[{odd}]", value=shown(listed[odd]), line=1, remedy=remedy
        )
    return records, Where(file=file, text=text, place=PLACE, index=places)


def _options(records: list[dict[str, Any]], where: Where) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """One row a record, counts of repaired cells, and a warning where no record has some field."""
    symbols = pd.Series([_text(record.get("option")) for record in records], dtype="str")
    columns: dict[str, Any] = {"line": _lines(where, len(records))}
    parsed = option_symbol.parse(symbols)
    refuse_where(parsed["kind"].isna().to_numpy(dtype=np.bool_), "not an option symbol", records, "option", **where)
    refuse_where(parsed["strike"].to_numpy() <= 0.0, "a strike of zero", records, "option", **where)
    columns |= {str(name): column for name, column in parsed.items()}
    present = set().union(*records)
    if records and "open_interest" not in present:
        remedy = "download the chain again"
        raise InputError("in no record", file=where["file"], line=1, key=f"{PLACE}[].open_interest", remedy=remedy)
    repaired: dict[str, int] = {}
    for name, field in _CELLS.items():
        values, blanks = numbers(records, field, blank=0.0, **where)
        negative = values < 0.0
        if name == "open_interest":
            refuse_where(negative, "must not be negative", records, field, **where)
        values[negative] = 0.0
        counts = {BLANK: blanks if field in present else 0, f"negative {field} read as zero": int(negative.sum())}
        repaired |= {reason: repaired.get(reason, 0) + count for reason, count in counts.items() if count}
        columns[name] = values
    for name in _GREEKS:
        columns[name], _ = numbers(records, name, blank=math.nan, **where)
    columns["multiplier"] = option_symbol.multipliers(parsed["root"])
    absent = sorted({*_CELLS.values(), *_GREEKS} - present) if records else []
    warnings = [f"no record has {', '.join(absent)}"] if absent else []
    return pd.DataFrame(columns, copy=False), repaired, warnings


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _lines(where: Where, count: int) -> NDArray[np.int64]:
    """Line (from 1) of each record: that of its key `option`, or 1 where these cannot be told apart."""
    text = where["text"]
    starts = [found.start() for found in _OPTION.finditer(text)] if "\n" in text else []
    if len(starts) != count:
        return np.ones(count, dtype=np.int64)
    breaks = np.flatnonzero(np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32) == ord("\n"))
    return np.asarray(np.searchsorted(breaks, starts) + 1, dtype=np.int64)
