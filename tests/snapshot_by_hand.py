"""Snapshots of chains made by hand, so that tables and figures of levels are tested without a file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simhedge.chains.assembly import assemble
from simhedge.chains.table import Quotes, Request
from simhedge.snapshots import Asked, Snapshot, take_snapshot

Row = tuple[str, float, str, float, float, float]

COLUMNS = ["kind", "strike", "expiry_date", "open_interest", "implied_vol", "gamma"]
THREE: list[Row] = [
    ("call", 105.0, "2024-06-21", 1000.0, 0.20, 0.05),
    ("put", 95.0, "2024-06-21", 1500.0, 0.25, 0.04),
    ("call", 120.0, "2024-07-19", 500.0, 0.20, 0.01),
]
ONE: list[Row] = [("call", 105.0, "2024-06-14", 10.0, 0.20, 0.05)]


def make_snapshot(rows: list[Row], spot: float = 100.0, quote_time: str = "2024-06-14 10:00", **asked: Any) -> Snapshot:
    """The snapshot of options (kind, strike, expiry, open interest, implied vol, vendor gamma) quoted in New York."""
    options = pd.DataFrame(rows, columns=COLUMNS)
    options["expiry_date"] = pd.to_datetime(options["expiry_date"])
    options = options.assign(line=range(1, len(options) + 1), root="XYZ", bid=1.0, ask=1.1, volume=0.0)
    moment = pd.Timestamp(quote_time, tz="America/New_York")
    quotes = Quotes("xyz.csv", "XYZ Corp", spot, moment, options)
    return take_snapshot(assemble(quotes, "a table by hand", Request("xyz.csv")), Asked(**asked))


def many_rows(expiries: int = 60, strikes: int = 41, spot: float = 4000.0) -> list[Row]:
    """Calls and puts at strikes 25 $ apart on so many weekly expiries; open interest and gamma fall off from spot."""
    rows: list[Row] = []
    for number, day in enumerate(pd.date_range("2024-06-21", periods=expiries, freq="7D")):
        for strike in spot + 25.0 * (np.arange(strikes) - strikes // 2):
            away = abs(strike / spot - 1.0)
            gamma = 0.004 * float(np.exp(-((away / 0.04) ** 2))) / (1.0 + 0.1 * number)
            wanted = 900.0 if strike % 100.0 == 0.0 else 200.0
            rows.append(("call", strike, f"{day:%Y-%m-%d}", wanted * (1.3 if strike > spot else 0.6), 0.16, gamma))
            rows.append(("put", strike, f"{day:%Y-%m-%d}", wanted * (0.5 if strike > spot else 1.2), 0.18, gamma))
    return rows
