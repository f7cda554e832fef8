"""Which option each row of a table is: by its symbol, or by columns for root, expiry, strike and kind."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains import option_symbol
from simhedge.chains.formats.column_times import expiry_dates, is_day_first
from simhedge.chains.formats.columns import (
    Floats,
    Sheet,
    distinct,
    is_blank,
    missing_column,
    numbers,
    places_of,
    spelled,
    spellings,
    words,
)
from simhedge.chains.table import NAME_ROOT, Request, shown_list
from simhedge.errors import InputError

# Later names mean other things elsewhere.
SYMBOL_NAMES = spellings(
    "option_symbol contract_symbol contract_id option_id occ_symbol osi_symbol osi occ details_ticker",
    "contract option symbol ticker",
)
IDENTITY_COLUMNS = {
    "root": spellings(
        "root root_symbol option_root",
        "underlying_symbol underlying_ticker act_symbol",
        "underlying",
        "symbol",
        "ticker",
    ),
    "expiry": spellings(
        "expiration expiry exdate expiry_date expiration_date exp_date expire_date details_expiration_date", "maturity"
    ),
    "strike": spellings("strike strike_price details_strike_price"),
    "kind": spellings(
        "kind option_type call_put cp_flag put_call contract_type details_contract_type is_call",
        "right",
        "type",
        "side",
    ),
}
KINDS = {
    **dict.fromkeys(("c", "call", "calls", "ce", "1", "1.0", "true"), "call"),
    **dict.fromkeys(("p", "put", "puts", "pe", "0", "0.0", "-1", "-1.0", "false"), "put"),
}
UNKNOWN_ROOT = "UNKNOWN"
THOUSAND = 1000.0
FIRST_ROWS = 200  # among which a column of option symbols must have one

# OptionMetrics leaves out the zeros before the strike.
_UNPADDED = re.compile(r"([A-Z]+\d?)\s+(\d{6}[CP])(\d{1,7})")


class Identity(NamedTuple):
    """Columns root, expiry_date, kind and strike (as the file writes it), one row an option.

    `is_root` is false where the table names the underlying and not the option's root.
    """

    options: pd.DataFrame
    is_root: bool
    warnings: list[str]


def identity(sheet: Sheet, found: dict[str, int], request: Request) -> Identity:
    """The option of each row; an InputError names the row that is none, or the column that is missing."""
    place = _symbol_place(sheet)
    if place is not None:
        return Identity(_by_symbol(sheet, place, found.get("strike")), True, [])
    for name in ("expiry", "strike", "kind"):
        if name not in found:
            symbol = next(iter(places_of(sheet.names, SYMBOL_NAMES[:1])), None)
            if symbol is not None:
                raise _no_symbol(sheet, symbol, 0)
            raise missing_column(sheet, name, IDENTITY_COLUMNS[name])
    strike = numbers(sheet, found["strike"])
    _refuse_strikes(sheet, found["strike"], strike)
    kind, warnings = _kinds(sheet, found["kind"])
    expiry = expiry_dates(sheet, found["expiry"], is_day_first(sheet, found["expiry"], found.get("quote_time")))
    root, is_root, root_warnings = _roots(sheet, found, request)
    options = pd.DataFrame({"root": root, "expiry_date": expiry, "kind": kind, "strike": strike})
    return Identity(options, is_root, warnings + root_warnings)


def wanted_rows(roots: pd.Series[str], sheet: Sheet, request: Request) -> NDArray[np.bool_]:
    """The rows that decide on spot and quote time: all, or those of the roots asked for; of one underlying."""
    listed = [str(root) for root in roots.unique()]
    asked = None if request.root is None else [root.strip().upper() for root in request.root.split(",")]
    chosen = listed if asked is None else [root for root in listed if root in asked]
    remedy = f"give {NAME_ROOT}; roots in the table: {shown_list(listed)}"
    if not chosen:
        raise InputError("no option has this root", file=sheet.file, key="root", value=request.root, remedy=remedy)
    several = _underlyings(chosen)
    if len(several) > 1:
        told = f"options on {len(several)} underlyings in one table"
        raise InputError(told, file=sheet.file, key="root", value=shown_list(several), remedy=remedy)
    return np.ones(len(roots), dtype=np.bool_) if asked is None else roots.isin(chosen).to_numpy(dtype=np.bool_)


def _symbol_place(sheet: Sheet) -> int | None:
    """The column whose first cell is an option symbol."""
    for place in places_of(sheet.names, SYMBOL_NAMES):
        first = next((word for word in words(sheet, place)[:FIRST_ROWS].to_pylist() if not is_blank(word)), "")
        if option_symbol.parse(pd.Series([_padded(first)], dtype="str"))["kind"].notna().all():
            return place
    return None


def _padded(symbol: str) -> str:
    found = _UNPADDED.fullmatch(symbol.strip().upper())
    return symbol if found is None else f"{found.group(1)}{found.group(2)}{found.group(3):>08}"


def _by_symbol(sheet: Sheet, place: int, strike_place: int | None) -> pd.DataFrame:
    options = option_symbol.parse(words(sheet, place).to_pandas())
    unread = options["kind"].isna().to_numpy()
    if unread.any():
        at, written = distinct(words(sheet, place))
        options = option_symbol.parse(pd.Series([_padded(word) for word in written], dtype="str")).iloc[at]
        options = options.reset_index(drop=True)
        unread = options["kind"].isna().to_numpy()
    if unread.any():
        raise _no_symbol(sheet, place, int(np.flatnonzero(unread)[0]))
    strike = options["strike"].to_numpy()
    _refuse_strikes(sheet, place, strike)
    if strike_place is not None:
        _check_strikes(sheet, strike_place, strike)
    return options


def _no_symbol(sheet: Sheet, place: int, row: int) -> InputError:
    remedy = "expected root, yymmdd, C or P, and eight digits of strike, like SPXW251219C04000000"
    return sheet.error("not an option symbol", row, place, remedy)


def _refuse_strikes(sheet: Sheet, place: int, strike: Floats) -> None:
    wrong = np.flatnonzero(~(strike > 0.0))
    if wrong.size:
        raise sheet.error("the strike must be positive", int(wrong[0]), place, "correct the cell")


def _check_strikes(sheet: Sheet, place: int, of_symbol: Floats) -> None:
    """Refuses a strike that is neither its symbol's nor that in thousandths of a dollar; blank cells pass."""
    strike = numbers(sheet, place)
    same = np.isclose(strike, of_symbol, rtol=1e-6, atol=1e-3) | np.isclose(strike, of_symbol * THOUSAND, rtol=1e-6)
    wrong = np.flatnonzero(~same & ~np.isnan(strike))
    if wrong.size:
        row = int(wrong[0])
        told = f"the strike is not that of the option symbol, {of_symbol[row]:g}"
        raise sheet.error(told, row, place, "correct one of them")


def _kinds(sheet: Sheet, place: int) -> tuple[pd.Categorical[Any], list[str]]:
    at, written = distinct(words(sheet, place))
    kinds = [KINDS.get(word.lower()) for word in written]
    truths = [word.lower() in ("true", "false") for word in written]
    if None in kinds or (any(truths) and spelled(sheet.names[place]) != "iscall"):
        odd = kinds.index(None) if None in kinds else truths.index(True)
        row = int(np.flatnonzero(at == odd)[0])
        raise sheet.error("neither call nor put", row, place, "expected C or P, call or put")
    codes = np.array([0 if kind == "call" else 1 for kind in kinds], dtype=np.int8)[at]
    in_numbers = [word for word in written if word.strip("-.01") == ""]
    told = [f"in column {sheet.names[place]} 1 is read as call, 0 or -1 as put"] if in_numbers else []
    return _categorical(codes, ["call", "put"]), told


def _roots(sheet: Sheet, found: dict[str, int], request: Request) -> tuple[pd.Categorical[Any], bool, list[str]]:
    """Roots of the rows, whether they are option roots, and what was assumed."""
    if "root" not in found:
        root = UNKNOWN_ROOT if request.root is None else request.root.split(",")[0].strip().upper()
        told = f"no column for the root or symbol: the options are named {root} (give --root, from Python: root=)"
        return _categorical(np.zeros(len(sheet.line), dtype=np.int8), [root]), True, [] if request.root else [told]
    place = found["root"]
    at, written = distinct(words(sheet, place))
    roots = [re.sub(r"^(I:|[.^$_])+", "", word.upper()).partition(" ")[0] for word in written]
    if "" in roots or any(is_blank(word) for word in written):
        odd = next(n for n, word in enumerate(written) if not roots[n] or is_blank(word))
        row = int(np.flatnonzero(at == odd)[0])
        raise sheet.error("no root", row, place, "every row needs the root of its option, like SPXW")
    listed = list(dict.fromkeys(roots))
    codes = np.array([listed.index(root) for root in roots], dtype=np.int64)[at]
    is_root = spelled(sheet.names[place]) in IDENTITY_COLUMNS["root"][0]
    return _categorical(codes, listed), is_root, []


def _categorical(codes: NDArray[np.integer[Any]], names: list[str]) -> pd.Categorical[Any]:
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def _underlyings(roots: list[str]) -> list[str]:
    """The underlyings of these roots; adjusted and FLEX roots have that of the root without its digit."""
    bare = [root.strip("0123456789") or root for root in roots]
    return sorted({option_symbol.UNDERLYING_OF_ROOT.get(root, root) for root in bare})
