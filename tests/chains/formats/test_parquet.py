"""Parquet: what is written comes back, foreign files are read by their columns, damage is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.calendar import NEW_YORK
from simhedge.chains.formats.parquet import read_bytes, recognises_bytes, write_parquet
from simhedge.chains.table import TABLE_COLUMNS, Quotes, Request
from simhedge.errors import InputError

ASKED = Request("chain.parquet")


@dataclass(frozen=True)
class Written:
    """What `write_parquet` needs of a chain."""

    symbol: str
    name: str
    spot: float
    quote_time: pd.Timestamp
    delay: pd.Timedelta
    market: str
    table: pd.DataFrame


def table_of(rows: int = 4) -> pd.DataFrame:
    """A table with expired rows, missing Greeks and every type of column."""
    at = np.arange(rows)
    expiry = pd.Series(pd.Timestamp("2025-09-19 16:00", tz=NEW_YORK) + pd.to_timedelta(7 * at, unit="D"))
    columns = {
        "line": at + 2,
        "kind": pd.Categorical.from_codes(at % 2, categories=["call", "put"]),
        "root": pd.Categorical(np.where(at % 3 == 0, "SPX", "SPXW")),
        "strike": 4000.0 + 0.1 * at,
        "expiry": expiry,
        "expiry_date": expiry.dt.tz_localize(None).dt.normalize(),
        "settlement": pd.Categorical.from_codes(at % 2, categories=["pm", "am"]),
        "expiry_days": at - 1,
    }
    numbers = {name: np.where(at % 2 == 0, 0.1 * at, 1.0) for name in ("bid", "ask", "volume", "open_interest")}
    greeks = {name: np.where(at % 2 == 0, np.nan, -0.1 * at) for name in ("delta", "gamma", "theta", "vega", "forward")}
    numbers |= greeks | {"implied_vol": 0.2 + 0.01 * at, "multiplier": 100.0 + 0.0 * at, "dealer_sign": np.sin(at)}
    return pd.DataFrame(columns | numbers)[list(TABLE_COLUMNS)]


def chain_of(table: pd.DataFrame | None = None) -> Written:
    moment = pd.Timestamp("2025-09-25 15:45:00.123456", tz=NEW_YORK)
    given_table = table_of() if table is None else table
    return Written("SPX", "S&P 500 – “Index”", 4000.25, moment, pd.Timedelta(minutes=15), "us_options", given_table)


def content_of(chain: Written, path: Path) -> bytes:
    write_parquet(chain, path)  # type: ignore[arg-type]
    return path.read_bytes()


def altered(content: bytes, heading: dict[str, object] | None = None, **columns: object) -> bytes:
    """The file with another heading or other columns (None: without it)."""
    table = pq.read_table(pa.BufferReader(content))
    frame = table.to_pandas().assign(**{name: cells for name, cells in columns.items() if cells is not None})
    frame = frame.drop(columns=[name for name, cells in columns.items() if cells is None])
    told = json.loads(table.schema.metadata[b"simhedge"]) | (heading or {})
    fresh = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    kept = {key: value for key, value in told.items() if value is not None}
    pq.write_table(fresh.replace_schema_metadata({**fresh.schema.metadata, b"simhedge": json.dumps(kept)}), sink)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("rows", [1, 4, 500])
def test_what_is_written_comes_back(tmp_path: Path, rows: int) -> None:
    chain = chain_of(table_of(rows))
    quotes = read_bytes(content_of(chain, tmp_path / "a.parquet"), ASKED)
    pd.testing.assert_frame_equal(quotes.options, chain.table)
    told = (quotes.name, quotes.spot, quotes.quote_time, quotes.delay, quotes.market, quotes.file)
    assert told == (chain.name, chain.spot, chain.quote_time, chain.delay, chain.market, "chain.parquet")
    assert str(quotes.quote_time.tz) == str(chain.quote_time.tz)


@settings(max_examples=30, deadline=None)
@given(
    spot=st.floats(1e-6, 1e9),
    moment=st.datetimes(pd.Timestamp("1990-01-01").to_pydatetime(), pd.Timestamp("2060-01-01").to_pydatetime()),
    zone=st.sampled_from(["UTC", NEW_YORK, "Asia/Kolkata", "-04:00"]),
    minutes=st.floats(0.0, 60.0),
)
def test_the_heading_comes_back(
    tmp_path_factory: pytest.TempPathFactory, spot: float, moment: object, zone: str, minutes: float
) -> None:
    quoted = pd.Timestamp(moment).tz_localize(zone, ambiguous=True, nonexistent="shift_forward")  # type: ignore[arg-type]
    chain = replace(chain_of(), spot=spot, quote_time=quoted, delay=pd.Timedelta(minutes=minutes))
    quotes = read_bytes(content_of(chain, tmp_path_factory.getbasetemp() / "b.parquet"), ASKED)
    assert (quotes.spot, quotes.quote_time, quotes.delay) == (spot, quoted, chain.delay)
    assert quotes.quote_time.isoformat() == quoted.isoformat()


def test_request_replaces_spot_and_quote_time(tmp_path: Path) -> None:
    moment = pd.Timestamp("2025-09-26 10:00", tz=NEW_YORK)
    quotes = read_bytes(content_of(chain_of(), tmp_path / "a.parquet"), Request("f", 5.0, moment))
    assert (quotes.spot, quotes.quote_time) == (5.0, moment)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    before = content_of(chain_of(), path)

    def fail(table: object, where: Path, **options: object) -> None:
        where.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", fail)
    with pytest.raises(InputError, match="No space left"):
        write_parquet(chain_of(table_of(9)), path)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    with pytest.raises(InputError, match="cannot be written"):
        write_parquet(chain_of(), tmp_path / "nowhere" / "a.parquet")  # type: ignore[arg-type]


def test_foreign_files_are_read_by_their_columns() -> None:
    def foreign(table: pd.DataFrame) -> Quotes:
        sink = pa.BufferOutputStream()
        table.to_parquet(sink)
        return read_bytes(sink.getvalue().to_pybytes(), Request("f", 650.0, pd.Timestamp("2025-09-25", tz="UTC")))

    symbols = ["SPY251017C00600000", "SPY251017P00600000"]
    yahoo = pd.DataFrame({"contractSymbol": symbols, "openInterest": [1.0, None], "impliedVolatility": [1e-5, 0.2]})
    assert foreign(yahoo).options["implied_vol"].tolist() == [0.0, 0.2]
    long = pd.DataFrame({"occ": pd.Categorical(symbols), "open_interest": [1, 2], "gamma": [0.1, 0.2]})
    assert foreign(long).options["open_interest"].tolist() == [1.0, 2.0]
    assert foreign(long.set_index("occ")).options["strike"].tolist() == [600.0, 600.0]
    with pytest.raises(InputError, match="known columns") as caught:
        foreign(pd.DataFrame({"price": [1.0]}))
    assert caught.value.value == "price"


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ({"version": 2}, "version not known"),
        ({"version": "x"}, "version not known"),
        ({"version": None}, "not readable"),
        ({"spot": None}, "not readable"),
        ({"spot": "x"}, "not readable"),
        ({"spot": -1.0}, "makes no sense"),
        ({"market": "moon"}, "makes no sense"),
        ({"quote_time": "2025-09-25 15:45"}, "no time zone"),
        ({"quote_time": "soon"}, "not readable"),
        ({"quote_zone": "America"}, "not readable"),
        ({"quote_zone": "Mars/Phobos"}, "not readable"),
        ({"delay_minutes": 1e300}, "not readable"),
    ],
)
def test_other_headings_are_refused(tmp_path: Path, heading: dict[str, object], message: str) -> None:
    content = content_of(chain_of(), tmp_path / "a.parquet")
    assert len(read_bytes(altered(content), ASKED).options) == 4
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(altered(content, heading), ASKED)
    assert caught.value.remedy
    assert ("update" in str(caught.value.remedy)) is (heading == {"version": 2})


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("strike", None),
        ("kind", None),
        ("strike", [1.0, 2.0, -3.0, 4.0]),
        ("strike", ["a", "b", "c", "d"]),
        ("open_interest", [1.0, None, 3.0, 4.0]),
        ("bid", [1.0, np.inf, 3.0, 4.0]),
        ("gamma", [1.0, np.inf, 3.0, 4.0]),
        ("gamma", ["a", "b", "c", "d"]),
        ("kind", ["call", "put", "both", "call"]),
        ("kind", [1, 2, 3, 4]),
        ("kind", [["call"], ["put"], ["call"], ["put"]]),
        ("root", ["SPX", None, "SPX", "SPX"]),
        ("settlement", ["am", "noon", "pm", ""]),
        ("expiry_date", ["a", "b", "c", "d"]),
        ("line", [0.5, 1.0, 2.0, 3.0]),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, name: str, cells: list[object] | None) -> None:
    content = content_of(chain_of(), tmp_path / "a.parquet")
    with pytest.raises(InputError) as caught:
        read_bytes(altered(content, **{name: cells}), ASKED)
    assert caught.value.key == name
    assert caught.value.remedy


def test_recognition(tmp_path: Path) -> None:
    assert recognises_bytes(content_of(chain_of(), tmp_path / "a.parquet"))
    assert not recognises_bytes(b"")
    assert not recognises_bytes(b"PK\x03\x04")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    content = content_of(chain_of(), tmp_path / "a.parquet")
    for size in range(0, len(content) - 1, 97):
        with pytest.raises(InputError, match="damaged"):
            read_bytes(content[:size], ASKED)


def test_flipped_bytes_give_the_table_or_an_input_error(tmp_path: Path) -> None:
    chain = chain_of()
    content = content_of(chain, tmp_path / "a.parquet")
    random = np.random.default_rng(7)
    refused = 0
    for place in random.integers(4, len(content), size=300):
        damaged = bytearray(content)
        damaged[place] ^= int(random.integers(1, 256))
        try:
            quotes = read_bytes(bytes(damaged), ASKED)
        except InputError:
            refused += 1
        else:
            assert (quotes.options["strike"] > 0.0).all()
    assert refused > 30
