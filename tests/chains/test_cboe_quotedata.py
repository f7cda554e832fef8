"""Cboe's file as it is found: heading variants, stray commas, odd numbers, and errors that name the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from simhedge.chains import Chain, read_chain
from simhedge.chains.cboe_quotedata import recognises
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]

DATE = '"Date: December 12, 2022 at 8:30 PM EST",Bid: 0,Ask: 0,Size: 0*0,Volume: 0'
SPOT = "Example Index,Last: 100.0,Change: 0.5"


def facts(chain: Chain) -> tuple[object, ...]:
    return chain.symbol, chain.spot, chain.quote_time.isoformat(), chain.strike.tolist(), chain.open_interest.tolist()


EXPECTED = ("SPX", 100.0, "2022-12-12T20:30:00-05:00", [100.0, 100.0], [10.0, 20.0])


@pytest.mark.parametrize(
    "heading",
    [
        ("", SPOT, DATE),
        (",,,,,", SPOT, DATE),
        ("---Example Data---", SPOT, DATE),
        (SPOT, DATE),
        (SPOT, "Date: December 12, 2022 at 8:30 PM EST,Bid: 0,Ask: 0"),
        ("", SPOT, '"Date: December 12, 2022 at 8:30 PM EST",Bid: 0,Ask: 0,Size: 0*0,"Volume: 89,468,957"'),
        ("", SPOT, '"Date: December 12, 2022 at 8:30 PM EST,Bid: 0'),  # the quote is never closed
        (SPOT, "December 12, 2022 at 8:30 PM EST"),
        ("", SPOT + ",,,,,,", DATE + ",,,,"),
    ],
)
def test_heading_variants(chain_file: Writer, line: Line, heading: tuple[str, ...]) -> None:
    assert facts(read_chain(chain_file(line(), heading=heading))) == EXPECTED


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(chain_file: Writer, line: Line, end: str, mark: bytes) -> None:
    path = chain_file(line(), end=end)
    path.write_bytes(mark + path.read_bytes())
    assert facts(read_chain(path)) == EXPECTED


def test_stray_commas_blank_lines_and_thousands(chain_file: Writer, line: Line) -> None:
    path = chain_file(line() + ",,,", "", ",,,,", line(4000, call='1,0,1.9,2.1,"1,234",0.2,0.5,0.04,"12,345"'), "")
    chain = read_chain(path)
    assert chain.open_interest.max() == 12_345.0
    assert chain.table["volume"].max() == 1_234.0


def test_integer_strikes_and_older_column_names(chain_file: Writer, line: Line) -> None:
    header = (
        "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Vol,IV,Delta,Gamma,Open Int,Strike,"
        "Puts,Last Sale,Net,Bid,Ask,Vol,IV,Delta,Gamma,Open Int"
    )
    assert facts(read_chain(chain_file(line().replace(",100.00,", ",100,"), header=header))) == EXPECTED


def test_the_symbol_comes_from_the_roots_not_from_the_name(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(root="RUTW"), line(root="RUT"))
    renamed = path.rename(path.with_name("spx_quotedata.csv"))
    assert read_chain(renamed).symbol == "RUT"


@pytest.mark.parametrize("blank", ["", "--", "N/A", "nan"])
def test_blank_cells_are_zero_and_counted(chain_file: Writer, line: Line, blank: str) -> None:
    chain = read_chain(chain_file(line(call=f"1,0,1.9,2.1,{blank},0.2,0.5,0.04,{blank}")))
    assert chain.report.repaired == {"blank cell read as zero": 2}
    assert chain.open_interest.tolist() == [0.0, 20.0]


def test_a_side_without_option_is_left_out(chain_file: Writer, line: Line) -> None:
    without_put = re.sub(r",SPXW221216P.*", "," * 10, line(110))
    chain = read_chain(chain_file(line(), without_put))
    assert chain.report.rows_read == 3


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"call": "1,0,x1.9,2.1,5,0.2,0.5,0.04,10"}, "bid of the call", "x1.9"),
        ({"put": "1,0,1.9,2.1,5,0.2,0.5,0.04,1e999"}, "open interest of the put", "1e999"),
        ({"put": "1,0,1.9,inf,5,0.2,0.5,0.04,10"}, "ask of the put", "inf"),
        ({"put": "1,0,1.9,2.1,5,0.2,0.5,0.04,-3"}, "open interest of the put", -3.0),
        ({"strike": 0.0}, "strike of the call", 0.0),
    ],
)
def test_bad_cells_name_line_and_cell(
    chain_file: Writer, line: Line, change: dict[str, str], key: str, value: object
) -> None:
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line(), "", line(110), line(**change)))
    assert (caught.value.line, caught.value.key, caught.value.value) == (8, key, value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: text.index("SPXW221216P") + 20], "14 cells"),
        (lambda text: text.replace(",5,", ',"5,', 1), "cells where the header has 22"),
        (lambda text: text + ",7", "23 cells"),
        (lambda text: text.replace("SPXW221216C", "SPXW221316C"), "not the option symbol of a call"),
        (lambda text: text.replace("SPXW221216P", "SPXW221216C"), "not the option symbol of a put"),
    ],
)
def test_damaged_lines_name_the_line(
    chain_file: Writer, line: Line, damage: Callable[[str], str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_chain(chain_file(line(90), damage(line())))
    assert caught.value.line == 6


@pytest.mark.parametrize(
    ("heading", "key", "line_number"),
    [
        (("", "Example Index,Change: 0.5", DATE), "Last", 1),
        (("", "Example Index,Last: 0,Change: 0.5", DATE), "Last", 2),
        (("", SPOT), "Date", 1),
        (("", SPOT, '"Date: 12 de diciembre de 2022, 20:30"'), "Date", 3),
        (("", SPOT, "Date: D?c?mb?r"), "Date", 3),
    ],
)
def test_unreadable_headings(
    chain_file: Writer, line: Line, heading: tuple[str, ...], key: str, line_number: int
) -> None:
    path = chain_file(line(), heading=heading)
    with pytest.raises(InputError) as caught:
        read_chain(path)
    assert (caught.value.key, caught.value.line, caught.value.file) == (key, line_number, str(path))
    assert "give " in str(caught.value.remedy)
    assert read_chain(path, spot=100.0, quote_time="2022-12-12 20:30").open_interest.sum() == 30.0


@pytest.mark.parametrize("column", ["IV", "Open Interest", "Strike", "Puts", "Gamma"])
def test_missing_columns(chain_file: Writer, line: Line, column: str) -> None:
    header = chain_file(line()).read_text().splitlines()[3]
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line(), header=header.replace(f",{column}", ",Other", 1)))
    assert caught.value.line == 4
    assert str(caught.value.key).lower() == column.lower()


def test_recognition_is_by_header(line: Line) -> None:
    assert recognises("\n\nExpiration Date,Calls,Bid\n")
    assert recognises('"Expiration Date","Calls",Bid')
    assert not recognises("contractSymbol,strike,bid\n" + line())
