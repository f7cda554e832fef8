"""Long tables: one option a row, in any delimited text or DataFrame, its columns found by the names in use."""

from __future__ import annotations

from datetime import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.formats import yahoo
from simhedge.chains.formats.column_times import AFTER_THE_CLOSE, TIME_COLUMNS, Snapshot, snapshot
from simhedge.chains.formats.columns import (
    Floats,
    Sheet,
    find_header,
    locate,
    missing_column,
    places_of,
    sheet_of_table,
    sheet_of_text,
    spelled,
)
from simhedge.chains.formats.option_columns import OPTION_COLUMNS, option_values, spot_price
from simhedge.chains.formats.option_identity import IDENTITY_COLUMNS, SYMBOL_NAMES, THOUSAND, identity, wanted_rows
from simhedge.chains.table import GIVE_QUOTE_TIME, Quotes, Request
from simhedge.errors import InputError

NAME = "long table (one option a row)"

COLUMNS = {"symbol": SYMBOL_NAMES} | IDENTITY_COLUMNS | OPTION_COLUMNS | TIME_COLUMNS
QUARTER_TO_FOUR = time(15, 45)  # Cboe DataShop's bid_1545 and ask_1545

# Settled at the open on third Fridays, their weeklies at the close.
WITH_WEEKLIES = ("SPX", "NDX", "RUT")

# OptionMetrics and ThetaData write strikes in thousandths of a dollar; a chain's median strike lies near its spot.
IN_THOUSANDTHS = ("strikeprice", "exdate", "cpflag", "msofday")
THOUSANDTHS_ABOVE, THOUSANDTHS_BELOW = 100.0, 10_000.0


def recognises_table(columns: list[str]) -> bool:
    """Whether columns of these names tell one option a row."""
    names = {spelled(name) for name in columns}
    if yahoo.recognises_table(columns) or {"calls", "puts"} <= names:
        return False
    if not (places_of(columns, SYMBOL_NAMES) or places_of(columns, COLUMNS["strike"])):
        return False
    others = ("expiry", "kind", "bid", "ask", "implied_vol", "gamma")
    known = sum(bool(places_of(columns, COLUMNS[name])) for name in others)
    return known >= (1 if places_of(columns, COLUMNS["open_interest"]) else 3)


def recognises(text: str) -> bool:
    """Whether the text has a header with such columns among its first lines."""
    return find_header(text, recognises_table) is not None


def read(text: str, request: Request) -> Quotes:
    """Quotes of a delimited text."""
    header = find_header(text, recognises_table)
    if header is None:
        remedy = "a line with the names of the columns is expected: an option symbol or strike, open_interest, ..."
        raise InputError("no header of an option table", file=request.file, line=1, remedy=remedy)
    return _quotes(sheet_of_text(text, header, COLUMNS, request.file), request)


def read_table(table: pd.DataFrame, request: Request) -> Quotes:
    """Quotes of a DataFrame; rows count from 1."""
    return _quotes(sheet_of_table(table, COLUMNS, request.file), request)


def _quotes(sheet: Sheet, request: Request) -> Quotes:
    found = locate(sheet, {name: tiers for name, tiers in COLUMNS.items() if name != "symbol"})
    if "open_interest" not in found:
        raise missing_column(sheet, "open_interest", COLUMNS["open_interest"])
    if not sheet.line.size:
        raise InputError("a header without rows", file=sheet.file, line=sheet.header_line, remedy="export it again")
    known = identity(sheet, found, request)
    wanted = wanted_rows(known.options["root"], sheet, request)
    seen = snapshot(sheet, found, wanted, request, _closing(sheet, found))
    sheet, wanted = sheet.rows(seen.chosen), wanted[seen.chosen]
    options = known.options[seen.chosen].reset_index(drop=True)
    spot, spot_warnings = spot_price(sheet, found, wanted, request)
    strike, strike_warnings = _in_dollars(options["strike"].to_numpy(), wanted, spot, sheet)
    values = option_values(sheet, found, options["root"])
    options = options.assign(line=sheet.line, strike=strike, **values.columns)
    _check_one_moment(options, seen, sheet, found)
    warnings = [*seen.warnings, *spot_warnings, *known.warnings, *strike_warnings, *values.warnings]
    if not known.is_root and "settlement" not in values.columns:
        warnings += _settle_by_date(options)
    return Quotes(
        file=request.file,
        name="",
        spot=spot,
        quote_time=seen.quote_time,
        options=options,
        repaired=values.repaired,
        dropped=seen.dropped,
        warnings=warnings,
    )


def _closing(sheet: Sheet, found: dict[str, int]) -> time:
    quotes_at_1545 = "bid" in found and spelled(sheet.names[found["bid"]]).endswith("1545")
    return QUARTER_TO_FOUR if quotes_at_1545 else AFTER_THE_CLOSE


def _in_dollars(strike: Floats, wanted: NDArray[np.bool_], spot: float, sheet: Sheet) -> tuple[Floats, list[str]]:
    """Strikes ($), and a warning where they had to be divided."""
    median = float(np.median(strike[wanted])) if wanted.any() else spot
    may_be = any(spelled(name) in IN_THOUSANDTHS for name in sheet.names)
    if may_be and THOUSANDTHS_ABOVE < median / spot < THOUSANDTHS_BELOW:
        return strike / THOUSAND, [f"strikes (median {median:,.10g}) are taken as thousandths of a dollar"]
    return strike, []


def _check_one_moment(options: pd.DataFrame, seen: Snapshot, sheet: Sheet, found: dict[str, int]) -> None:
    """Refuses several snapshots of one day: the same option at more than one moment."""
    if seen.moments == 1:
        return
    twice = np.flatnonzero(options.duplicated(["root", "expiry_date", "strike", "kind"]).to_numpy())
    if twice.size:
        row, place = int(twice[0]), found["quote_time"]
        told = f"the same option at several of {seen.moments} quote times in one table"
        remedy = f"one snapshot a file, or {GIVE_QUOTE_TIME} as in the table"
        raise sheet.error(told, row, place, remedy)


def _settle_by_date(options: pd.DataFrame) -> list[str]:
    """Settlement of index options whose root is not told, written into the table: at the open on third Fridays."""
    indices = options["root"].isin(WITH_WEEKLIES).to_numpy(dtype=np.bool_)
    if not indices.any():
        return []
    expiry = options["expiry_date"].dt
    third_friday = ((expiry.day_of_week == 4) & expiry.day.between(15, 21)).to_numpy()
    options["settlement"] = np.where(indices, np.where(third_friday, "am", "pm"), "")
    return ["the table names the index, not the option root: third Fridays are taken as AM-settled, others as PM"]
