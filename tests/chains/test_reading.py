"""`read_chain` at the door: files that are none, encodings, overrides."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simhedge.chains import read_chain
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]


def test_missing_file_suggests_its_neighbour(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    with pytest.raises(InputError, match="no such file") as caught:
        read_chain(path.with_name("quotdata.csv"))
    assert str(path) in str(caught.value.remedy)
    with pytest.raises(InputError, match="no such file"):
        read_chain(path.parent / "nowhere" / "x.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"PK\x03\x04\x00\x00\x00", "Excel workbook"),
        ("Expiration Date,Calls".encode("utf-16"), "no header row"),
        ("Expiration Date,Calls".encode("utf-16-le"), "binary"),
        ("Expiration Date,Calls".encode("utf-16")[:-1], "broken UTF-16 text at byte 4"),
        (b'{"symbols": []}', "JSON, but of no known"),
        (b"<!doctype html><p>Too many requests", "a web page"),
        (b"contractSymbol,strike,bid\nX,1,2\n", "no header row"),
        (b"\xe9t\xe9,Last: 5\n", "no header row"),
        (b"Expiration Date,Calls,Strike,Puts\n", "no heading line"),
    ],
)
def test_files_that_are_no_chain(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_chain(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="directory"):
        read_chain(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_encodings_told_by_their_mark(chain_file: Writer, line: Line, encoding: str) -> None:
    path = chain_file(line(), heading=("", "Índice,Last: 100.0", '"Date: December 12, 2022 at 8:30 PM EST"'))
    chain = read_chain(path)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    again = read_chain(path)
    assert again.name == chain.name == "Índice"
    assert again.table.equals(chain.table)


def test_utf_16_of_either_end(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    table = read_chain(path).table
    path.write_bytes(codecs.BOM_UTF16_BE + path.read_text(encoding="utf-8").encode("utf-16-be"))
    assert read_chain(path).table.equals(table)


def test_the_content_tells_the_format_not_the_name(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    assert read_chain(path.rename(path.with_suffix(".json"))).format == "Cboe quotedata CSV"


def test_a_table_with_unknown_columns() -> None:
    with pytest.raises(InputError, match="no option table") as caught:
        read_chain(pd.DataFrame({"price": [1.0], "size": [2.0]}))
    assert (caught.value.file, caught.value.value) == ("DataFrame", "price, size")
    assert caught.value.remedy


def test_a_chain_without_lines(chain_file: Writer) -> None:
    with pytest.raises(InputError, match="no option in the file"):
        read_chain(chain_file())


def test_spot_and_quote_time_given(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    moment = datetime(2022, 12, 14, 1, 0, tzinfo=UTC)
    chain = read_chain(str(path), spot=104.5, quote_time=moment)
    assert (chain.spot, chain.quote_time) == (104.5, moment)
    assert chain.expiry_days.tolist() == [3.0, 3.0]
    assert read_chain(path, quote_time="2022-12-13 20:00").quote_time == moment


@pytest.mark.parametrize(
    "quote_time",
    [
        "2022-12-13 20:00:00.123456789-05:00",
        pd.Timestamp("2022-12-13 20:00", tz="America/Chicago"),
        datetime(2022, 12, 13, 20, 0),
        date(2022, 12, 13),
        np.datetime64("2022-12-13T20:00"),
    ],
)
def test_quote_times_of_all_kinds(chain_file: Writer, line: Line, quote_time: Any) -> None:
    chain = read_chain(chain_file(line()), quote_time=quote_time)
    assert chain.quote_time.tzinfo is not None
    assert chain.delay == timedelta(0)
    assert chain.listing().time_to_expiry.min() > 0.0


@pytest.mark.parametrize("quote_time", ["0002-01-01", "1989-12-31", "2061-01-01", "9998-12-31", pd.Timestamp.max])
def test_quote_times_beyond_the_calendar_name_the_file(chain_file: Writer, line: Line, quote_time: Any) -> None:
    path = chain_file(line())
    with pytest.raises(InputError, match="the trading calendar covers 1990 to 2060") as caught:
        read_chain(path, quote_time=quote_time)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("spot", [0.0, -1.0, 1e-300, 1e300, float("nan"), float("inf")])
def test_impossible_spots(chain_file: Writer, line: Line, spot: float) -> None:
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line()), spot=spot)
    assert caught.value.key == "spot"


@pytest.mark.parametrize(
    "quote_time",
    [
        *(
            "yesterday evening",
            "",
            "NaT",
            "2022-13-01",
            "0001-01-01 00:10+00:00",
            "9999-12-31 23:59-12:00",
            "9999-12-31",
        ),
        *(10**30, float("nan"), [1], {}),
    ],
)
def test_impossible_quote_times(chain_file: Writer, line: Line, quote_time: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line()), quote_time=quote_time)
    assert caught.value.key == "quote_time"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x1f\x8b\x08\x00rest", "gzip archive"),
        (b"PK\x03\x04rest", "Excel workbook"),
        ("Expiration Date,Calls,\n".encode("utf-16-le") * 200, "UTF-16 text without its byte order mark"),
        (b"a,b\nc,\0d\n", "binary file"),
        (b"[QUOTE_UNIXTIME], [QUOTE_DATE], [STRIKE]\n1, 2, 3\n", "no header row"),
        (b"[1, 2, 3]", "JSON"),
    ],
)
def test_what_a_file_is_instead_is_said(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "chain.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        read_chain(file)
    assert caught.value.remedy
