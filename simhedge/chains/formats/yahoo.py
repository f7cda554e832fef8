"""Yahoo Finance's option tables as yfinance gives them: calls and puts one below the other, as text or DataFrame."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.formats.column_times import TIME_COLUMNS, snapshot
from simhedge.chains.formats.columns import (
    Floats,
    Sheet,
    find_header,
    locate,
    missing_column,
    sheet_of_table,
    sheet_of_text,
    spellings,
)
from simhedge.chains.formats.option_columns import OPTION_COLUMNS, count, option_values, spot_price
from simhedge.chains.formats.option_identity import identity, wanted_rows
from simhedge.chains.table import NO_DELAY, Quotes, Request
from simhedge.errors import InputError

NAME = "Yahoo Finance table"

COLUMNS = (
    OPTION_COLUMNS
    | TIME_COLUMNS
    | {
        "symbol": spellings("contractSymbol"),
        "strike": spellings("strike"),
        "last_update": spellings("lastTradeDate"),  # UTC
    }
)
NEEDED = ("symbol", "open_interest", "implied_vol")
DELAY = pd.Timedelta(minutes=15)
SMALLEST_VOL = 1e-5  # where Yahoo's bisection for the implied vol starts
PLACEHOLDER = "placeholder implied vol read as none"


def recognises_table(columns: list[str]) -> bool:
    """Whether columns of these names are Yahoo's: contractSymbol and impliedVolatility, in its spelling."""
    return {"contractsymbol", "impliedvolatility"} <= {str(name).strip().lower() for name in columns}


def recognises(text: str) -> bool:
    """Whether the text has a header with these columns among its first lines."""
    return find_header(text, recognises_table) is not None


def read(text: str, request: Request) -> Quotes:
    """Quotes of a delimited text."""
    header = find_header(text, recognises_table)
    if header is None:
        remedy = "a line with contractSymbol, strike, bid, ask, openInterest, impliedVolatility, ... is expected"
        raise InputError("no header of a Yahoo Finance table", file=request.file, line=1, remedy=remedy)
    return _quotes(sheet_of_text(text, header, COLUMNS, request.file), request)


def read_table(table: pd.DataFrame, request: Request) -> Quotes:
    """Quotes of a DataFrame; rows count from 1."""
    return _quotes(sheet_of_table(table, COLUMNS, request.file), request)


def _quotes(sheet: Sheet, request: Request) -> Quotes:
    found = locate(sheet, COLUMNS)
    for name in NEEDED:
        if name not in found:
            raise missing_column(sheet, name, COLUMNS[name])
    if not sheet.line.size:
        raise InputError("a header without rows", file=sheet.file, line=sheet.header_line, remedy="export it again")
    known = identity(sheet, found, request)
    wanted = wanted_rows(known.options["root"], sheet, request)
    seen = snapshot(sheet, found, wanted, request, update_zone="UTC")
    sheet, wanted = sheet.rows(seen.chosen), wanted[seen.chosen]
    options = known.options[seen.chosen].reset_index(drop=True)
    spot, spot_warnings = spot_price(sheet, found, wanted, request)
    values = option_values(sheet, found, options["root"])
    options = options.assign(line=sheet.line, **values.columns)
    placeholder = is_placeholder(*(options[name].to_numpy() for name in ("implied_vol", "bid", "ask")))
    options["implied_vol"] = np.where(placeholder, 0.0, options["implied_vol"].to_numpy())
    count(values.repaired, PLACEHOLDER, int(placeholder.sum()))
    return Quotes(
        file=request.file,
        name="",
        spot=spot,
        quote_time=seen.quote_time,
        options=options,
        delay=DELAY if seen.own and request.quote_time is None else NO_DELAY,
        repaired=values.repaired,
        dropped=seen.dropped,
        warnings=[*seen.warnings, *spot_warnings, *known.warnings, *values.warnings],
    )


def is_placeholder(implied_vol: Floats, bid: Floats, ask: Floats) -> NDArray[np.bool_]:
    """Whether an implied vol tells nothing, shape (n,): no more than 1e-5, or a step of the bisection without quote.

    Yahoo halves the span from 1e-5 to 1 and stops early where there is no price, so 0.500005, 0.2500075, ... remain
    (0.5, 0.25, ... where the table was rounded).
    """
    unknown = (implied_vol > 0.0) & (implied_vol <= SMALLEST_VOL * (1.0 + 1e-9))
    unquoted = (bid == 0.0) & (ask == 0.0) & (implied_vol > SMALLEST_VOL * (1.0 + 1e-9)) & (implied_vol < 0.75)
    is_step = np.zeros(implied_vol.size, dtype=np.bool_)
    for least in (0.0, SMALLEST_VOL):
        halvings = -np.log2((implied_vol[unquoted] - least) / (1.0 - least))
        is_step[unquoted] |= np.abs(halvings - np.rint(halvings)) < 1e-4
    return unknown | is_step
