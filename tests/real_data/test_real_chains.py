"""Delayed quotes as their users downloaded them, where the checkout has them beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simhedge.book import Book
from simhedge.chains import Chain, read_chain

CHAINS = Path(__file__).parents[3] / "shared" / "data" / "chains"

pytestmark = pytest.mark.skipif(not CHAINS.is_dir(), reason="no real option chains beside this checkout")


def exposure(chain: Chain, kind: str) -> float:
    """Vendor's gamma exposure of one kind, $bn per 1% move, unsigned."""
    side = chain.table[chain.table["kind"] == kind]
    return float((side["gamma"] * side["open_interest"]).sum() * 100.0 * chain.spot**2 * 0.01 / 1e9)


@pytest.mark.parametrize(
    ("name", "symbol", "read", "expired"),
    [
        ("cboe_spx_2022-12-12.csv", "SPX", 19_156, 286),
        ("cboe_ndx_2022-12-12.csv", "NDX", 19_118, 716),
        ("cboe_rut_2022-12-12.csv", "RUT", 7_334, 322),
        ("cboe_spy_2025-09-25.csv", "SPY", 3_716, 0),
    ],
)
def test_all_are_read(name: str, symbol: str, read: int, expired: int) -> None:
    chain = read_chain(CHAINS / name)
    report = chain.report
    assert (chain.symbol, report.rows_read, report.dropped.get("expired", 0)) == (symbol, read, expired)
    assert report.rows_read == report.rows_used + report.rows_without_open_interest + sum(report.dropped.values())
    lost = chain.book_report.dropped_open_interest.get("no implied vol", 0.0)
    assert lost < 0.001 * chain.open_interest.sum()
    assert ((chain.implied_vol >= 0.005) & (chain.implied_vol < 10.0)).all()
    assert Book.from_chain(chain).contracts.size == chain.book_report.rows_used


@pytest.mark.parametrize(
    ("name", "calls", "puts"),
    [
        ("cboe_spx_2022-12-12.csv", 83.689083, 84.764240),
        ("cboe_rut_2022-12-12.csv", 1.351217, 1.672466),
    ],
)
def test_vendor_gamma_exposure_is_the_one_of_independent_programs(name: str, calls: float, puts: float) -> None:
    chain = read_chain(CHAINS / name)
    assert exposure(chain, "call") == pytest.approx(calls, abs=1e-6)
    assert exposure(chain, "put") == pytest.approx(puts, abs=1e-6)


def test_vols_solved_from_long_dated_quotes_continue_the_vendors_term_structure() -> None:
    """The vendor of this file leaves out all vols beyond January 2024; at the money they hardly change with expiry."""
    table = read_chain(CHAINS / "cboe_spx_2022-12-12.csv").shared_vols
    calls = table[table["kind"] == "call"]
    at_the_money = calls[calls["strike"] == 4000.0].set_index("expiry_days")
    vendor = at_the_money.loc[at_the_money["vol_source"] == "vendor", "shared_vol"].iloc[-1]
    solved = at_the_money.loc[(at_the_money["vol_source"] == "quote") & (at_the_money.index > 300), "shared_vol"]
    assert len(solved) == 5
    assert np.abs(solved - vendor).max() < 0.01
    for days in solved.index:
        near = calls[(calls["expiry_days"] == days) & calls["strike"].between(3000.0, 5000.0)]
        assert (near["shared_vol"].diff().dropna() < 0.0).all()
