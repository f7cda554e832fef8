"""Option symbols (root, yymmdd, C or P, strike * 1000), and settlement, underlying and multiplier by their roots."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
from numpy.typing import NDArray

# Index roots whose options settle on opening prices of their expiry day; all others settle at the close, among them
# XSP, MRUT, NANOS, OEX, XEO, NQX, XND, MXEA, MXEF and the weekly siblings below. Sources: the contract specifications
# of Cboe (SPX, RUT, DJX, VIX, VXST, RUI, RLG, RLV, SPESG, the Select Sector options SIX...) and of Nasdaq (NDX).
AM_SETTLED_ROOTS = frozenset(
    {"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW", "VXST", "RUI", "RLG", "RLV", "SPESG"}
    | {"SIXB", "SIXC", "SIXE", "SIXI", "SIXM", "SIXR", "SIXRE", "SIXT", "SIXU", "SIXV", "SIXY"}
)

# Roots on the same index level as another root; minis and nanos (XSP, MRUT, NANOS, XND) are on a level of their own.
UNDERLYING_OF_ROOT = {"SPXW": "SPX", "SPXPM": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX", "XEO": "OEX"}

# Units of the index per contract where it is not 100. Source: Cboe's specification of the Nanos options.
UNITS_PER_CONTRACT = 100.0
MULTIPLIER_OF_ROOT = {"NANOS": 1.0}

# OCC's root has up to six characters: a digit before it marks FLEX options, one behind it an adjusted deliverable.
_ROOT = re.compile(r"\d?[A-Z]+\d?")
_ROOT_BYTES = 8
_FIXED_BYTES = 15  # yymmdd, C or P, eight digits of strike
_WINDOW = _ROOT_BYTES + _FIXED_BYTES
_NO_BYTE = np.uint8(0xFF)  # does not occur in UTF-8
_DIGIT_PLACES = np.array([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14])
_FIRST_YEAR = 1970  # two digits of year: 70 to 99 are of the last century


def parse(symbols: pd.Series[str]) -> pd.DataFrame:
    """Columns root, expiry_date, kind and strike ($) of each symbol, on the index of `symbols`.

    Root and kind are categoricals. Where a symbol is not readable all four are missing. Blanks inside a symbol, lower
    case and a leading '.', '^', '_', '-' or 'O:' are as some vendors write them.
    """
    text = _arrow_text(symbols)
    parsed = _decode(text)
    if parsed["kind"].isna().any():
        bare = compute.utf8_upper(compute.replace_substring_regex(text, r"[\s\p{Z}]", ""))
        parsed = _decode(compute.replace_substring_regex(bare, r"^(?:O:)?[._^-]*", ""))
    return parsed.set_axis(symbols.index)


def is_am_settled(roots: pd.Series[str]) -> NDArray[np.bool_]:
    """Whether options of these roots settle at the open of their expiry day, shape (n,)."""
    codes, listed = _by_root(roots)
    return np.array([*(root in AM_SETTLED_ROOTS for root in listed), False], dtype=np.bool_)[codes]


def multipliers(roots: pd.Series[str]) -> NDArray[np.float64]:
    """Units of the underlying per contract of these roots (adjusted deliverables are not known here), shape (n,)."""
    codes, listed = _by_root(roots)
    known = [MULTIPLIER_OF_ROOT.get(root, UNITS_PER_CONTRACT) for root in listed]
    return np.array([*known, UNITS_PER_CONTRACT])[codes]


def underlying_symbol(roots: pd.Series[str]) -> tuple[str, list[str]]:
    """The symbol most options are written on, and the other symbols that occur (empty for a sound chain)."""
    codes, listed = _by_root(roots)
    symbols = [UNDERLYING_OF_ROOT.get(root, root) for root in listed]
    counts = pd.Series(np.bincount(codes, minlength=len(listed) + 1)[: len(listed)]).groupby(symbols).sum()
    found = [str(symbol) for symbol in counts[counts > 0].sort_values(ascending=False, kind="stable").index]
    return found[0], found[1:]


def _by_root(roots: pd.Series[str]) -> tuple[NDArray[np.intp], list[str]]:
    """The place of each option's root in the list of roots (-1 where it is missing), and that list."""
    as_category = roots.astype("category")
    return as_category.cat.codes.to_numpy().astype(np.intp), [str(root) for root in as_category.cat.categories]


def _arrow_text(symbols: pd.Series[str]) -> Any:
    """The symbols as one Arrow array of large strings, null where missing."""
    try:
        text = pa.array(symbols.astype("str"), type=pa.large_string(), from_pandas=True)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON's escapes can write
        ascii_only = [str(symbol).encode("ascii", "replace").decode("ascii") for symbol in symbols]
        text = pa.array(ascii_only, type=pa.large_string())
    return pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text


def _decode(text: Any) -> pd.DataFrame:
    """Root, expiry_date, kind and strike of the symbols in an Arrow array of large strings, read from the right."""
    cells, length = _last_bytes(text)
    fixed = np.ascontiguousarray(cells[:, _ROOT_BYTES:].T)
    digits = (fixed - np.uint8(ord("0")))[_DIGIT_PLACES]
    is_call = fixed[6] == ord("C")
    readable = (digits <= 9).all(axis=0) & (is_call | (fixed[6] == ord("P")))
    expiry, is_date = _dates(digits[:6].astype(np.int64))
    roots, listed = _roots(cells, length)
    readable &= is_date & (roots >= 0)
    kinds = np.where(readable, np.where(is_call, 0, 1), -1)
    strike = np.array([1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1.0]) @ digits[6:] / 1000.0
    return pd.DataFrame(
        {
            "root": pd.Categorical.from_codes(np.where(readable, roots, -1), dtype=pd.CategoricalDtype(listed)),
            "expiry_date": np.where(readable, expiry, np.datetime64("NaT")).astype("datetime64[us]"),
            "kind": pd.Categorical.from_codes(kinds, dtype=pd.CategoricalDtype(["call", "put"])),
            "strike": np.where(readable, strike, np.nan),
        }
    )


def _last_bytes(text: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The last _WINDOW bytes before the end of each string, shape (n, _WINDOW), and the strings' lengths in bytes."""
    _, offsets, content = text.buffers()
    if offsets is None or content is None or len(text) == 0:
        return np.zeros((len(text), _WINDOW), dtype=np.uint8), np.zeros(len(text), dtype=np.int64)
    ends = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    padded = np.concatenate([np.zeros(_WINDOW, dtype=np.uint8), np.frombuffer(content, dtype=np.uint8)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)
    return windows[ends[1:]], np.diff(ends)


def _dates(digits: NDArray[np.int64]) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """The days that six rows of digits (yymmdd, shape (6, n)) name, and whether each is a day of the calendar."""
    year, month, day = digits[0::2] * 10 + digits[1::2]
    months = (year + np.where(year >= 70, 0, 100) + 1900 - _FIRST_YEAR) * 12 + month - 1
    first = months.astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day - 1)
    is_date = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]") == first)
    return days, is_date


def _roots(cells: NDArray[np.uint8], length: NDArray[np.int64]) -> tuple[NDArray[np.intp], list[str]]:
    """The place of each root in the list of those that occur (-1 where it is none), and that list."""
    outside = np.arange(_ROOT_BYTES) < (_WINDOW - length)[:, None]
    letters = np.where(outside, _NO_BYTE, cells[:, :_ROOT_BYTES])
    letters[(length <= _FIXED_BYTES) | (length > _WINDOW)] = _NO_BYTE
    places, keys = pd.factorize(letters.view(np.uint64).ravel())
    written = [key.tobytes().lstrip(b"\xff").decode("latin-1") for key in keys]
    listed = [root for root in written if _ROOT.fullmatch(root)]
    place = {root: number for number, root in enumerate(listed)}
    place_of_key = np.array([place.get(root, -1) for root in written], dtype=np.intp)
    return (place_of_key[places] if len(keys) else places.astype(np.intp)), listed
