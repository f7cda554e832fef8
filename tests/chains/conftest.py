"""Small chain files in Cboe's quotedata format, written cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

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
    coded = f"{round(strike * 1000):08d}"
    return f"Fri Dec 16 2022,{root}{expiry}C{coded},{call},{strike:.2f},{root}{expiry}P{coded},{put}"


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
