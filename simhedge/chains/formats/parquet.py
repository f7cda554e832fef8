"""Chains as Parquet files: our own, without loss, and those of others that hold a table of known columns."""

from __future__ import annotations

import json
import math
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simhedge.chains.calendar import MARKETS, covers_year
from simhedge.chains.formats import long_table, yahoo
from simhedge.chains.table import NO_DELAY, REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.chains.chain import Chain

NAME = "simhedge Parquet"
KEY = b"simhedge"
VERSION = 1
NANOSECONDS_PER_MINUTE = 60e9
MAGIC = b"PAR1"
ROWS_AT_MOST = 50_000_000  # a damaged file may claim any number

POSITIVE = ("strike", "multiplier")
NOT_NEGATIVE = ("bid", "ask", "volume", "open_interest", "implied_vol")
MAY_BE_MISSING = ("delta", "gamma", "theta", "vega", "forward", "dealer_sign")
WORDS = {"kind": ("call", "put"), "settlement": ("am", "pm", ""), "root": None}
REMEDY = "write the chain again, or download the file again"

# What pyarrow and pandas raise on damaged files beside ArrowException.
DAMAGE = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError, NotImplementedError)


class Heading(NamedTuple):
    """What our files tell beside the table, of use to a reader."""

    name: str
    spot: float
    quote_time: pd.Timestamp
    market: str
    delay: pd.Timedelta


def write_parquet(chain: Chain, path: str | os.PathLike[str]) -> None:
    """Writes the whole chain; the file appears complete or not at all."""
    heading = {
        "version": VERSION,
        "symbol": chain.symbol,
        "name": chain.name,
        "spot": chain.spot,
        "quote_time": chain.quote_time.isoformat(),
        "quote_zone": getattr(chain.quote_time.tz, "key", None),
        "market": chain.market,
        "delay_minutes": chain.delay / pd.Timedelta(minutes=1),
    }
    table = pa.Table.from_pandas(chain.table, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: json.dumps(heading).encode()})
    target = Path(path)
    beside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        pq.write_table(table, beside, compression="zstd", write_page_checksum=True)
        os.replace(beside, target)
    except OSError as error:
        told = f"cannot be written: {error.strerror or error}"
        raise InputError(told, file=str(path), remedy="check the directory and its permissions") from error
    finally:
        beside.unlink(missing_ok=True)


def recognises_bytes(content: bytes) -> bool:
    """Whether the content begins as a Parquet file does."""
    return content.startswith(MAGIC)


def read_bytes(content: bytes, request: Request) -> Quotes:
    """Quotes of a file of ours, or of another Parquet file with columns that a table reader knows."""
    try:
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        rows, metadata = file.metadata.num_rows, file.schema_arrow.metadata or {}
        if not 0 <= rows <= ROWS_AT_MOST:
            raise _damaged(request, f"it claims {rows:,} rows")
        table = file.read(use_threads=False).to_pandas()
    except DAMAGE as error:
        raise _damaged(request, str(error)[:120]) from error
    if KEY in metadata:
        return _ours(table, _heading(metadata[KEY], request), request)
    columns = [str(name) for name in (*table.columns, *table.index.names) if name is not None]
    if yahoo.recognises_table(columns):
        return yahoo.read_table(table, request)
    if long_table.recognises_table(columns):
        return long_table.read_table(table, request)
    remedy = "a column with option symbols, or strike, expiry and kind, beside open_interest, is needed"
    told = "no option table with known columns"
    raise InputError(told, file=request.file, key="columns", value=", ".join(columns)[:300], remedy=remedy)


def _damaged(request: Request, told: str) -> InputError:
    return InputError(f"a damaged Parquet file, or one cut short: {told}", file=request.file, remedy=REMEDY)


def _heading(written: bytes, request: Request) -> Heading:
    """The heading in a file's metadata, checked; spot and moment are those requested where there are such."""
    try:
        told = json.loads(written)
        if isinstance(told, dict) and told.get("kind") == "level_history":
            remedy = "give the chain files it was made of, or read it with simhedge.read_history"
            raise InputError("a level history, not an option chain", file=request.file, remedy=remedy)
        version = told["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(request, "its heading is not readable") from error
    if version != VERSION:
        remedy = "update simhedge" if isinstance(version, int) and version > VERSION else REMEDY
        raise InputError("version not known", file=request.file, key="version", value=version, remedy=remedy)
    try:
        spot = float(told["spot"]) if request.spot is None else request.spot
        moment = request.quote_time or _moment(told["quote_time"], told["quote_zone"])
        delay = pd.Timedelta(round(float(told["delay_minutes"]) * NANOSECONDS_PER_MINUTE), unit="ns")
        delay = delay if request.quote_time is None else NO_DELAY
        heading = Heading(str(told["name"]), spot, moment, str(told["market"]), delay)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise _damaged(request, f"its heading is not readable, {error}") from error
    if not (math.isfinite(spot) and spot > 0.0) or heading.market not in MARKETS or pd.isna(delay):
        raise _damaged(request, "its heading makes no sense")
    return heading


def _moment(written: str, zone: str | None) -> pd.Timestamp:
    moment = pd.Timestamp(written)
    if pd.isna(moment) or moment.tzinfo is None:
        raise ValueError("no time zone")
    if not covers_year(moment):
        raise ValueError("no year of option quotes")
    moment = moment.floor("us").as_unit("us")
    return moment if zone is None else moment.tz_convert(ZoneInfo(zone))


def _ours(table: pd.DataFrame, heading: Heading, request: Request) -> Quotes:
    _check(table, request)
    numbers = {name: np.float64 for name in (*POSITIVE, *NOT_NEGATIVE, *MAY_BE_MISSING) if name in table.columns}
    table = table.astype(numbers | {"line": np.int64})
    return Quotes(
        file=request.file,
        name=heading.name,
        spot=heading.spot,
        quote_time=heading.quote_time,
        options=table,
        market=heading.market,
        delay=heading.delay,
    )


def _check(table: pd.DataFrame, request: Request) -> None:
    """Refuses a table that is not as it was written: columns, their types, and values that no reader hands over."""
    if table.columns.nlevels > 1:
        raise InputError("columns of several levels", file=request.file, key="columns", remedy=REMEDY)
    if not table.columns.is_unique:
        twice = str(table.columns[table.columns.duplicated()][0])
        raise InputError("column twice", file=request.file, key=twice, remedy=REMEDY)
    missing = [name for name in REQUIRED_COLUMNS if name not in table.columns]
    if missing:
        raise InputError("column missing", file=request.file, key=missing[0], remedy=REMEDY)
    for name in (*POSITIVE, *NOT_NEGATIVE, *MAY_BE_MISSING):
        if name in table.columns:
            _check_type(table, name, pd.api.types.is_float_dtype(table[name].dtype), request)
            values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
            possible = np.isfinite(values) & (values > 0.0 if name in POSITIVE else values >= 0.0)
            _refuse(table, name, np.isinf(values) if name in MAY_BE_MISSING else ~possible, request)
    for name, words in WORDS.items():
        if name in table.columns:
            cells = table[name].cat.categories if hasattr(table[name], "cat") else table[name]
            _check_type(table, name, pd.api.types.is_string_dtype(cells), request)
            known = table[name].notna() if words is None else table[name].isin(words)
            _refuse(table, name, ~known.to_numpy(dtype=np.bool_), request)
    _check_type(table, "expiry_date", pd.api.types.is_datetime64_dtype(table["expiry_date"].dtype), request)
    _refuse(table, "expiry_date", table["expiry_date"].isna().to_numpy(), request)
    _check_type(table, "line", pd.api.types.is_integer_dtype(table["line"].dtype), request)
    _refuse(table, "line", table["line"].isna().to_numpy(), request)


def _check_type(table: pd.DataFrame, name: str, is_right: bool, request: Request) -> None:
    if not is_right:
        told = "a column of another type"
        raise InputError(told, file=request.file, key=name, value=table[name].dtype, remedy=REMEDY)


def _refuse(table: pd.DataFrame, name: str, wrong: Any, request: Request) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        row = int(rows[0])
        value = table[name].iloc[row]
        raise InputError("not a possible value", file=request.file, line=row + 1, key=name, value=value, remedy=REMEDY)
