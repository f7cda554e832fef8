"""A chain in memory: the options a simulation can hold, its report, and the listing that levels are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.special import ndtr

import simhedge as sh
from simhedge.book import Book
from simhedge.chains import Chain, read_chain
from simhedge.chains.table import TABLE_COLUMNS
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]
Option = Callable[..., dict[str, Any]]
TableChain = Callable[..., Chain]

NO_VOL = "0,0,0,0,0,0,0,0,7"
NO_IMPLIED_VOL = "1,0,1.9,2.1,5,0,0.5,0.04,10"

SPOT, QUOTED = 100.0, datetime(2022, 12, 12, 14, 0, tzinfo=ZoneInfo("America/New_York"))
# Expiry, forward ($) and discount factor of each of two expiries.
MARKETS = ((date(2022, 12, 16), 100.4, 0.999), (date(2023, 3, 31), 102.5, 0.985))
STRIKES = (80.0, 88.0, 95.0, 98.0, 100.0, 102.0, 105.0, 112.0, 120.0)


def true_vol(strike: float) -> float:
    return 0.25 - 0.002 * (strike - SPOT) + 0.00005 * (strike - SPOT) ** 2


def years_to(expiry: date, day_count: str) -> float:
    """Years from QUOTED to the close of the expiry, counted here on its own."""
    if day_count == "busday252":
        return max(int(np.busday_count(QUOTED.date(), expiry)), 1) / 252.0
    close = datetime(expiry.year, expiry.month, expiry.day, 16, 0, tzinfo=QUOTED.tzinfo)
    return (close.timestamp() - QUOTED.timestamp()) / (365.0 * 86_400.0)


def black(sign: float, forward: float, strike: float, vol: float, discount: float, years: float) -> float:
    """Black's (1976) price ($)."""
    total = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / total + 0.5 * total
    return float(discount * sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - total))))


def priced_rows(option: Option, day_count: str, implied_vol: float = 0.0) -> list[dict[str, Any]]:
    """Calls and puts quoted one part in a hundred around their true prices."""
    rows = []
    for expiry, forward, discount in MARKETS:
        for strike in STRIKES:
            for kind, sign in (("call", 1.0), ("put", -1.0)):
                price = black(sign, forward, strike, true_vol(strike), discount, years_to(expiry, day_count))
                quote = {"bid": 0.99 * price, "ask": 1.01 * price, "implied_vol": implied_vol}
                rows.append(option(kind, strike, f"{expiry:%y%m%d}", **quote))
    return rows


def test_arrays_and_market_state(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(), line(115.0, call=NO_VOL, put=NO_VOL)))
    assert tuple(chain.table.columns) == TABLE_COLUMNS
    for name in ("strike", "expiry_days", "open_interest", "multiplier", "implied_vol"):
        column = getattr(chain, name)
        assert column.shape == chain.is_call.shape == (2,)
        assert column.dtype == np.float64
        assert column.flags.c_contiguous
        assert column.flags.writeable
    market = chain.market_state(rate=0.03, dividend_yield=0.01)
    assert (market.spot, market.rate, market.dividend_yield) == (100.0, 0.03, 0.01)
    assert market.trading_days_per_year == 252.0


def test_what_is_written_to_an_array_does_not_change_the_chain(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line()))
    for name in ("strike", "open_interest", "implied_vol"):
        getattr(chain, name)[:] = -1.0
    listing = chain.listing()
    listing.strike[:] = listing.gamma[:] = -1.0
    assert chain.strike.tolist() == chain.table["strike"].tolist() == [100.0, 100.0]
    assert chain.listing().gamma.tolist() == [0.04, 0.04]


def test_the_report_is_about_reading_the_book_report_about_simulating(chain_file: Writer, line: Line) -> None:
    lines = line(), line(115.0, call=NO_VOL, put=NO_VOL), line(root="SPX", expiry="221213"), line(expiry="221212")
    chain = read_chain(chain_file(*lines))
    read, seen = chain.report, chain.book_report
    assert read.dropped == {"expired": 2}
    assert read.rows_used == 6
    assert seen.dropped == {"expired": 2, "expires before the clock starts": 2, "no implied vol": 2}
    assert seen.dropped_open_interest == {
        "expired": 30.0,
        "expires before the clock starts": 30.0,
        "no implied vol": 14.0,
    }
    assert (seen.rows_read, seen.rows_used, seen.rows_without_open_interest) == (8, 2, 0)
    assert Book.from_chain(chain).contracts.tolist() == [10.0, -20.0]
    assert chain.report is read


def test_vols_solved_are_told(chain_file: Writer, line: Line) -> None:
    out, alone = line(101.0, call=NO_IMPLIED_VOL), line(103.0, call="0,0,0,0,5,0,0.5,0.04,10")
    chain = read_chain(chain_file(line(), out, alone))
    assert chain.report.repaired == {}
    assert chain.book_report.repaired == {
        "implied vol solved from the quote": 2,
        "implied vol of the in-the-money side": 2,
    }
    vols = chain.shared_vols
    assert [*vols.columns] == [*TABLE_COLUMNS, "shared_vol", "vol_source"]
    assert vols["vol_source"].tolist() == ["vendor"] * 2 + ["quote"] * 2 + ["other side"] * 2
    assert chain.implied_vol[2] == chain.implied_vol[3] > 0.0
    assert chain.implied_vol.tolist() == vols["shared_vol"].tolist()


def test_shared_vols_count_time_in_sessions(option: Option, table_chain: TableChain) -> None:
    price = black(1.0, SPOT, 110.0, 0.3, 1.0, 65 / 252)  # 65 sessions to 2023-03-17
    quote = {"bid": 0.99 * price, "ask": 1.01 * price, "implied_vol": 0.0}
    chain = table_chain(option("call", 110, "230317", **quote))
    assert chain.expiry_days.tolist() == [65.0]
    assert chain.implied_vol == pytest.approx([0.3], abs=1e-9)
    assert chain.listing(implied_vol="solved").implied_vol[0] != pytest.approx(0.3, abs=5e-4)


def test_an_option_of_today_is_listed_but_not_simulated(chain_file: Writer, line: Line) -> None:
    heading = ("Example Index,Last: 100.0", '"Date: December 12, 2022 at 11:00 AM EST"')
    chain = read_chain(chain_file(line(expiry="221212"), line(), heading=heading))
    listing = chain.listing()
    assert listing.expiries == ("2022-12-12", "2022-12-16")
    assert listing.days.tolist() == [0.0, 0.0, 4.0, 4.0]
    # From 10:45, the moment at which quotes 15 minutes late were true, to 16:00.
    assert listing.time_to_expiry[0] * 365.0 * 24.0 == pytest.approx(5.25, abs=1e-9)
    assert chain.strike.size == 2
    assert chain.expiry_days.tolist() == [4.0, 4.0]
    assert chain.book_report.dropped == {"expires before the clock starts": 2}


def test_a_listing_holds_what_the_file_says(chain_file: Writer, line: Line) -> None:
    call, none = "1,0,1.9,2.1,5,0.25,0.45,0.03,10", "1,0,1.9,2.1,5,0.25,0.45,0.03,0"
    put = "1,0,1.9,2.1,5,0,-0.55,0.05,20"
    listing = read_chain(chain_file(line(95.0, call=call, put=put), line(105.0, call=none))).listing()
    assert listing.is_call.tolist() == [True, False, False]
    assert listing.strike.tolist() == [95.0, 95.0, 105.0]
    assert listing.open_interest.tolist() == [10.0, 20.0, 20.0]
    assert listing.shares.tolist() == [1000.0, 2000.0, 2000.0]
    assert listing.gamma.tolist() == [0.03, 0.05, 0.04]
    assert listing.delta.tolist() == [0.45, -0.55, -0.5]
    np.testing.assert_array_equal(listing.implied_vol, [0.25, math.nan, 0.2])
    assert np.isnan(listing.dealer_sign).all()
    assert np.isnan(listing.log_forward).all()
    assert listing.spot == 100.0


@pytest.mark.parametrize("day_count", ["act365", "busday252"])
@pytest.mark.parametrize("source", ["solved", "repaired"])
def test_vols_solved_from_known_prices(option: Option, table_chain: TableChain, day_count: Any, source: Any) -> None:
    chain = table_chain(*priced_rows(option, day_count), quote_time="2022-12-12 14:00")
    listing = chain.listing(implied_vol=source, day_count=day_count)
    expected = [years_to(expiry, day_count) for expiry, _, _ in MARKETS for _ in range(2 * len(STRIKES))]
    np.testing.assert_allclose(listing.time_to_expiry, expected, rtol=1e-13)
    np.testing.assert_allclose(listing.implied_vol, [true_vol(strike) for strike in listing.strike], atol=1e-6)


def test_the_clock_of_the_prices_is_that_of_the_vols(option: Option, table_chain: TableChain) -> None:
    chain = table_chain(*priced_rows(option, "act365"), quote_time="2022-12-12 14:00")
    calendar, weekdays = (chain.listing(implied_vol="solved", day_count=count) for count in ("act365", "busday252"))
    totals = [listing.implied_vol * np.sqrt(listing.time_to_expiry) for listing in (calendar, weekdays)]
    np.testing.assert_allclose(*totals, rtol=1e-9)


def test_the_vendors_vols_are_left_as_they_are(option: Option, table_chain: TableChain) -> None:
    rows = priced_rows(option, "act365", implied_vol=0.31)
    rows[0]["implied_vol"], rows[1]["implied_vol"], rows[2]["implied_vol"] = 0.0, 4.5, 0.02
    listing = table_chain(*rows, quote_time="2022-12-12 14:00").listing(implied_vol="vendor")
    np.testing.assert_array_equal(listing.implied_vol, [math.nan, 4.5, 0.02] + [0.31] * (len(rows) - 3))


def test_repaired_keeps_sound_vols_and_solves_the_others(option: Option, table_chain: TableChain) -> None:
    rows = priced_rows(option, "act365", implied_vol=0.31)
    floored = (STRIKES.index(80.0), STRIKES.index(112.0))
    for row in floored:  # out of the money are the put of 80 and the call of 112
        rows[2 * row]["implied_vol"] = rows[2 * row + 1]["implied_vol"] = 0.02
    listing = table_chain(*rows, quote_time="2022-12-12 14:00").listing(implied_vol="repaired")
    expected = np.full(len(rows), 0.31)
    for row in floored:
        expected[2 * row : 2 * row + 2] = true_vol(STRIKES[row])
    np.testing.assert_allclose(listing.implied_vol, expected, atol=1e-6)


def test_failures_of_the_solver_are_counted(option: Option, table_chain: TableChain) -> None:
    rows = priced_rows(option, "act365", implied_vol=0.31)
    rows[0] |= {"bid": 0.0, "ask": 5.0}  # strike 80: no two-sided quote
    rows[1] |= {"bid": 0.6, "ask": 0.5}  # crossed
    rows[6] |= {"bid": 98.0, "ask": 98.2}  # strike 98: far above what any vol gives, the put beside it is sound
    chain = table_chain(*rows, quote_time="2022-12-12 14:00")
    solved = chain.listing(implied_vol="solved").implied_vol
    assert np.flatnonzero(np.isnan(solved)).tolist() == [0, 1]
    assert solved[6] == solved[7] == pytest.approx(true_vol(98.0), abs=1e-6)
    assert not np.isnan(chain.listing(implied_vol="repaired").implied_vol).any()
    snapshot = sh.take_snapshot(chain, sh.Asked(gamma="model", implied_vol="solved"))
    assert snapshot.dropped() == {"no implied vol": 2}


def test_quotes_without_open_interest_help_to_solve(option: Option, table_chain: TableChain) -> None:
    rows = priced_rows(option, "act365")
    for row in rows[1::2]:
        row["open_interest"] = 0.0
    listing = table_chain(*rows, quote_time="2022-12-12 14:00").listing(implied_vol="solved")
    assert listing.is_call.all()
    np.testing.assert_allclose(listing.implied_vol, [true_vol(strike) for strike in listing.strike], atol=1e-6)


def test_forward_and_dealers_share_of_the_table(option: Option, table_chain: TableChain) -> None:
    told = option("call", 100, forward=104.0, dealer_sign=-0.25), option("put", 100, forward=0.0, dealer_sign=None)
    chain = table_chain(*told)
    listing = chain.listing()
    np.testing.assert_allclose(listing.log_forward, [math.log(1.04), math.nan], rtol=1e-14)
    np.testing.assert_array_equal(listing.dealer_sign, [-0.25, math.nan])
    assert chain.report.repaired["forward of zero read as none"] == 1


@pytest.mark.parametrize(
    ("expiry", "kept"),
    [
        ("0dte", []),
        ("2022-12-16", ["2022-12-16"]),
        ("3", []),
        ("4", ["2022-12-16"]),
        ("200", ["2022-12-16", "2023-03-31"]),
    ],
)
def test_some_expiries(option: Option, table_chain: TableChain, expiry: str, kept: list[str]) -> None:
    rows = priced_rows(option, "act365", implied_vol=0.31)
    chain = table_chain(*rows, quote_time="2022-12-12 14:00")
    if not kept:
        with pytest.raises(InputError, match="no option has this expiry") as caught:
            chain.listing(expiry=expiry)
        assert (caught.value.file, caught.value.value) == ("DataFrame", expiry)
        assert "2022-12-16, 2023-03-31" in str(caught.value.remedy)
        return
    some, everything = chain.listing(expiry=expiry, implied_vol="solved"), chain.listing(implied_vol="solved")
    assert [*some.expiries] == kept
    assert some.expiry.max() == len(kept) - 1
    np.testing.assert_array_equal(some.implied_vol, everything.implied_vol[: some.strike.size])


def test_rows_in_any_order_give_the_same_listing(option: Option, table_chain: TableChain) -> None:
    rows = priced_rows(option, "act365")
    order = np.random.default_rng(3).permutation(len(rows))
    straight, mixed = (table_chain(*some, quote_time="2022-12-12 14:00") for some in (rows, [rows[n] for n in order]))
    for source in ("vendor", "solved", "repaired"):
        one, other = straight.listing(source), mixed.listing(source)
        np.testing.assert_array_equal(one.expiry[order], other.expiry)
        np.testing.assert_allclose(one.implied_vol[order], other.implied_vol, rtol=1e-12)
        np.testing.assert_array_equal(one.strike[order], other.strike)


@pytest.mark.parametrize("sign", [{"call": 1.0}, {"calls": "x"}, {"puts": float("nan")}])
def test_a_books_sign_that_is_none_is_refused(table_chain: Any, option: Any, sign: Any) -> None:
    chain = table_chain(option("call", 100.0), option("put", 100.0))
    with pytest.raises(ValueError, match="no share of open interest"):
        Book.from_chain(chain, sign)
