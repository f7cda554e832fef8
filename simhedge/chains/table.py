"""The canonical table: one option a row, whatever the format of the file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

QUOTE_COLUMNS = (
    "line",  # of the file, for messages
    "kind",  # call | put
    "root",  # option root, e.g. SPXW
    "expiry_date",  # datetime64, midnight
    "strike",
    "bid",
    "ask",
    "volume",
    "open_interest",  # contracts
    "implied_vol",  # the vendor's, per sqrt(year); 0 where missing
    "delta",  # the vendor's, per share
    "gamma",  # the vendor's, per share and $
)

TABLE_COLUMNS = (
    "kind",
    "strike",
    "expiry",  # moment of settlement, New York time
    "settlement",  # am | pm
    "bid",
    "ask",
    "volume",
    "open_interest",
    "implied_vol",
    "delta",
    "gamma",
    "root",
    "multiplier",  # shares per contract
    "expiry_days",  # sessions from the start of the clock
    "shared_vol",  # the one implied vol of this strike and expiry; NaN where there is none
    "vol_source",  # vendor | quote | other side | none
)


@dataclass(frozen=True)
class Quotes:
    """What a format's reader hands over: the heading, and one row per option with the columns QUOTE_COLUMNS."""

    file: str
    name: str
    spot: float
    quote_time: pd.Timestamp
    options: pd.DataFrame
    repaired: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
