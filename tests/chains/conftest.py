"""Small chains written cell by cell: files in Cboe's quotedata format, and tables with one option a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simhedge.chains import Chain, read_chain

HEADER = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,"
    "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
HEADING = ("", "Example Index,Last: 100.0,Change: 0.5", '"Date: December 12, 2022 at 8:30 PM EST",Bid: 99,Ask: 101')


def quote_line(
    strike: float = 100.0,
    expiry: str = "221216",
    root: str = "SPXW",
    call: str = "1,0,1.9,2.1,5,0.2,0.5,0.04,10",
    put: str = "1,0,1.9,2.1,5,0.2,-0.5,0.04,20",
) -> str:
    """A line of the file; `call` and `put` are last, net, bid, ask, volume, IV, delta, gamma, open interest."""
    coded, day = f"{round(strike * 1000):08d}", datetime.strptime(expiry, "%y%m%d")
    return f"{day:%a %b %d %Y},{root}{expiry}C{coded},{call},{strike:.2f},{root}{expiry}P{coded},{put}"


@pytest.fixture
def line() -> Callable[..., str]:
    return quote_line


@pytest.fixture
def chain_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines under the usual heading and header to a file and returns its path."""

    def write(*lines: str, heading: tuple[str, ...] = HEADING, header: str = HEADER, end: str = "\n") -> Path:
        path = tmp_path / "quotedata.csv"
        path.write_bytes((end.join((*heading, header, *lines)) + end).encode())
        return path

    return write


def option_row(kind: str, strike: float, expiry: str = "221216", root: str = "SPXW", **cells: Any) -> dict[str, Any]:
    """A row of a table with one option a row; `expiry` as yymmdd, other cells by the name of their column."""
    symbol = f"{root}{expiry}{kind[0].upper()}{round(strike * 1000):08d}"
    usual = {"open_interest": 10.0, "bid": 1.9, "ask": 2.1, "volume": 5.0, "implied_vol": 0.2}
    return {"option_symbol": symbol} | usual | cells


def chain_of_rows(*rows: dict[str, Any], quote_time: str = "2022-12-12 20:30", **options: Any) -> Chain:
    """The chain of a DataFrame with these rows, by default at a spot of $100; its quotes are not delayed."""
    return read_chain(pd.DataFrame(rows), quote_time=quote_time, **({"spot": 100.0} | options))


@pytest.fixture
def option() -> Callable[..., dict[str, Any]]:
    return option_row


@pytest.fixture
def table_chain() -> Callable[..., Chain]:
    return chain_of_rows
