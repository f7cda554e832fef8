"""Option symbols (root, yymmdd, C or P, strike * 1000) and what their roots tell about settlement and underlying."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Index roots that settle at the open of their expiry day; their weekly and daily siblings settle at the close.
AM_SETTLED_ROOTS = frozenset({"SPX", "NDX", "RUT", "VIX", "VIXW", "DJX", "RUI", "RLG", "RLV"})

UNDERLYING_OF_ROOT = {"SPXW": "SPX", "SPXPM": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}

PATTERN = r"^(\d?[A-Z]+\d?)(\d{6})([CP])(\d{8})$"


def parse(symbols: pd.Series[str]) -> pd.DataFrame:
    """Columns root, expiry_date and kind of each symbol, on the index of `symbols`; missing where unreadable."""
    bare = symbols.str.replace(" ", "", regex=False).str.upper().str.lstrip(".^")
    parts = bare.str.extract(PATTERN)
    return pd.DataFrame(
        {
            "root": parts[0],
            "expiry_date": pd.to_datetime(parts[1], format="%y%m%d", errors="coerce"),
            "kind": parts[2].map({"C": "call", "P": "put"}),
        }
    )


def is_am_settled(roots: pd.Series[str]) -> NDArray[np.bool_]:
    """Whether options of these roots settle at the open of their expiry day, shape (n,)."""
    return np.asarray(roots.isin(AM_SETTLED_ROOTS), dtype=np.bool_)


def underlying_symbol(roots: pd.Series[str]) -> tuple[str, list[str]]:
    """The symbol most options are written on, and the other symbols that occur (empty for a sound chain)."""
    symbols = roots.map(lambda root: UNDERLYING_OF_ROOT.get(root, root)).value_counts()
    found = [str(symbol) for symbol in symbols.index]
    return found[0], found[1:]
