"""The shipped synthetic option chain: an index near 4,000 with smile, term structure, round-strike open interest.

Written in the format of Cboe's quotedata CSV with its usual blemishes: options expired that evening, implied vols that
are missing, floored or rounded, one-sided quotes. No number in it was ever quoted by anyone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from simhedge.chains.making.generator import make_chain
from simhedge.chains.making.listed import ListedExpiry
from simhedge.chains.making.quirks import written
from simhedge.chains.making.recipe import Recipe

SEED = 20240614
SPOT, RATE, DIVIDEND_YIELD = 4012.37, 0.05, 0.015
BLEMISHES = ("heading_empty", "floored_iv", "zero_iv", "unquoted_rows", "rounded_gamma")

# Per option root: expiry date and its weight in open interest.
EXPIRIES: dict[str, tuple[tuple[str, float], ...]] = {
    "SPXW": (
        *(("2024-06-14", 2.0), ("2024-06-17", 1.6), ("2024-06-18", 1.1), ("2024-06-20", 1.0), ("2024-06-21", 3.2)),
        *(("2024-06-24", 0.7), ("2024-06-25", 0.5), ("2024-06-26", 0.5), ("2024-06-27", 0.4), ("2024-06-28", 6.5)),
        *(("2024-07-01", 0.4), ("2024-07-05", 1.2), ("2024-07-12", 1.0), ("2024-07-19", 1.8), ("2024-07-26", 0.6)),
        *(("2024-07-31", 2.4), ("2024-08-02", 0.4), ("2024-08-16", 1.2), ("2024-08-30", 1.5), ("2024-09-20", 0.8)),
        *(("2024-09-30", 2.0), ("2024-12-31", 1.3)),
    ),
    "SPX": (
        *(("2024-06-21", 21.0), ("2024-07-19", 9.0), ("2024-08-16", 5.0), ("2024-09-20", 9.0), ("2024-10-18", 2.2)),
        *(("2024-11-15", 2.0), ("2024-12-20", 10.0), ("2025-01-17", 2.5), ("2025-03-21", 2.2), ("2025-06-20", 2.2)),
        *(("2025-12-19", 3.0), ("2026-06-18", 0.8)),
    ),
}

RECIPE = Recipe(
    symbol="SPX",
    name="Synthetic 500 Index (generated - not market data)",
    spot=SPOT,
    change=18.42,
    quote_time="2024-06-14 20:30",
    rate=RATE,
    dividend_yield=DIVIDEND_YIELD,
    front_vol=0.15,  # 15.5% next day
    back_vol=0.20,
    skew=-0.7,
    curvature=1.1,
    expiries=tuple(
        ListedExpiry(root, date.fromisoformat(day), weight) for root, days in EXPIRIES.items() for day, weight in days
    ),
    open_interest=13_500_000.0,
    call_share=0.46,
    clock="sessions",
    seed=SEED,
)


def chain_text(seed: int = SEED) -> str:
    """The whole file; equal seeds give equal bytes."""
    return written(make_chain(replace(RECIPE, seed=seed)), "quotedata", BLEMISHES).decode("utf-8")
