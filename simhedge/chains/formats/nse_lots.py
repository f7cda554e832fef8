"""Lot sizes of NSE's index options: units of the index per contract, by day of expiry and day of the quote."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Lot(NamedTuple):
    """Units per contract of expiries from `first_expiry` on, as quoted from the day `since` on.

    Series of expiries from `long_expiry` on that were listed before had the new lot from the day `long_since` on.
    """

    units: float
    first_expiry: date
    since: date = date.min
    long_expiry: date = date.max
    long_since: date = date.min


# Circulars of NSE's futures and options department, as brokers and newspapers passed them on: of 2020 (Zerodha), of
# 2021-03-31 (CNBC TV18), 2023-03-31 (Mint), 2024-04-02 (Zerodha), 2024-04-18 (Fyers), 2024-10-18 (Business Standard),
# 2025-03-28 (NDTV Profit), and 2025-10-03 (NDTV Profit).
LOTS = {
    "NIFTY": (
        Lot(75.0, date(2020, 1, 1)),
        Lot(50.0, date(2021, 7, 29), date(2021, 4, 30), date(2021, 9, 1), date(2021, 6, 25)),
        Lot(25.0, date(2024, 5, 1), date(2024, 4, 26)),
        Lot(75.0, date(2025, 1, 1), date(2024, 11, 20), date(2025, 3, 1), date(2024, 12, 27)),
        Lot(65.0, date(2026, 1, 1), date(2025, 10, 29), date(2026, 3, 1), date(2025, 12, 31)),
    ),
    "BANKNIFTY": (
        Lot(20.0, date(2020, 1, 1)),
        Lot(25.0, date(2020, 7, 30)),
        Lot(15.0, date(2023, 7, 27), date(2023, 4, 28), date(2023, 9, 1), date(2023, 6, 30)),
        Lot(30.0, date(2025, 2, 1), date(2024, 11, 20), date(2025, 3, 1), date(2024, 12, 25)),
        Lot(35.0, date(2025, 7, 1), date(2025, 4, 25)),
        Lot(30.0, date(2026, 1, 1), date(2025, 10, 29), date(2026, 3, 1), date(2025, 12, 31)),
    ),
    "FINNIFTY": (
        Lot(40.0, date(2021, 1, 1)),
        Lot(25.0, date(2024, 7, 30), date(2024, 4, 26)),
        Lot(65.0, date(2025, 2, 1), date(2024, 11, 20)),
        Lot(60.0, date(2026, 1, 1), date(2025, 10, 29)),
    ),
    "MIDCPNIFTY": (
        Lot(75.0, date(2022, 1, 1)),
        Lot(50.0, date(2024, 7, 29), date(2024, 4, 26)),
        Lot(120.0, date(2025, 2, 1), date(2024, 11, 20)),
        Lot(140.0, date(2025, 7, 1), date(2025, 4, 25)),
        Lot(120.0, date(2026, 1, 1), date(2025, 10, 29)),
    ),
    "NIFTYNXT50": (Lot(10.0, date(2024, 4, 24)), Lot(25.0, date(2025, 2, 1), date(2024, 11, 20))),
}
# The monthly series of January 2025 was listed before the weekly ones that surround it.
KEPT_LOTS = {("NIFTY", date(2025, 1, 30)): 25.0}


def lot_size(symbol: str, expiry: date, quoted: date) -> float | None:
    """Units of the underlying per contract of this expiry as it was quoted on a day; None where it is not known."""
    if (symbol, expiry) in KEPT_LOTS:
        return KEPT_LOTS[symbol, expiry]
    for lot in reversed(LOTS.get(symbol, ())):
        since = lot.long_since if expiry >= lot.long_expiry else lot.since
        if expiry >= lot.first_expiry and quoted >= since:
            return lot.units
    return None
