"""Cboe's file as it is found: heading variants, stray commas, odd numbers, and errors that name the line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.chains.formats.cboe_quotedata import read, recognises
from simhedge.chains.table import Quotes, Request
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]
FILE = "x.csv"

DATE = '"Date: December 12, 2022 at 8:30 PM EST",Bid: 0,Ask: 0,Size: 0*0,Volume: 0'
SPOT = "Example Index,Last: 100.0,Change: 0.5"


def quotes(path: Path, **given: object) -> Quotes:
    text = path.read_bytes().decode()
    assert recognises(text)
    return read(text, Request(FILE, **given))  # type: ignore[arg-type]


def facts(found: Quotes) -> tuple[object, ...]:
    options = found.options
    return (
        *(found.name, found.spot, found.quote_time.isoformat(), found.delay.total_seconds(), found.market),
        *(options["root"].tolist(), options["kind"].tolist(), options["strike"].tolist()),
        *(options["open_interest"].tolist(), options["line"].diff().tolist()[1:]),
    )


EXPECTED = (
    *("Example Index", 100.0, "2022-12-12T20:30:00-05:00", 900.0, "us_options"),
    *(["SPXW", "SPXW"], ["call", "put"], [100.0, 100.0], [10.0, 20.0], [0.0]),
)


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
        (SPOT, '"December 12, 2022 at 8:30 PM EST"'),
        (";;;", "Example Index;Last: 100.0;Change: 0.5", "Date: December 12, 2022 at 8:30 PM EST;Bid: 0;Ask: 0"),
        ("", SPOT, '"Date: 12 de diciembre de 2022, 8:30 p. m. EST",Bid: 99,Ask: 101'),
        ("", SPOT, '"Date: 12 декабря 2022 г. в 20:30 EST",Bid: 99,Ask: 101'),
        ("", SPOT + ",,,,,,", DATE + ",,,,"),
    ],
)
def test_heading_variants(chain_file: Writer, line: Line, heading: tuple[str, ...]) -> None:
    assert facts(quotes(chain_file(line(), heading=heading))) == EXPECTED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(chain_file: Writer, line: Line, end: str, mark: bytes) -> None:
    path = chain_file(line(), end=end)
    path.write_bytes(mark + path.read_bytes())
    assert facts(quotes(path)) == EXPECTED


def spellings_of(text: str) -> dict[str, str]:
    """The same file as others save it; the dates and names of its heading hold no separator."""
    above, header, body = re.split(r"^(Expiration Date.*\n)", text, maxsplit=1, flags=re.MULTILINE)
    table = header + body
    return {
        "semicolons": above + table.replace(",", ";"),
        "tabs": above + table.replace(",", "\t"),
        "quoted": above + re.sub(r"([^,\n]+)", r'"\1"', table),
        "trailing commas": above + header + body.replace("\n", ",,,\n"),
        "commas in the header too": above + table.replace("\n", ",,,\n"),
        "blank lines": above + header + "\n" + body.replace("\n", "\n , ,\n\n"),
        "blanks around cells": above + re.sub(r"(?<=,)([^,\n]+)", r" \1 ", table),
        "slashed expiries": above + header + body.replace("Fri Dec 16 2022", "12/16/2022"),
        "European expiries": above + header + body.replace("Fri Dec 16 2022", "16/12/2022"),
        "ISO expiries": above + header + body.replace("Fri Dec 16 2022", "2022-12-16"),
        "integer strikes": above + header + body.replace(".00,SPX", ",SPX"),
    }


@pytest.mark.parametrize("spelling", [*spellings_of("Expiration Date\n")])
def test_the_same_chain_in_every_spelling(chain_file: Writer, line: Line, spelling: str) -> None:
    text = chain_file(line(90), line(100, root="SPX"), line(110)).read_text()
    expected = read(text, Request(FILE))
    found = read(spellings_of(text)[spelling], Request(FILE))
    assert recognises(spellings_of(text)[spelling])
    pd.testing.assert_frame_equal(found.options.drop(columns="line"), expected.options.drop(columns="line"))
    assert (found.spot, found.quote_time, found.warnings) == (expected.spot, expected.quote_time, [])


def test_columns_and_their_types(chain_file: Writer, line: Line) -> None:
    options = quotes(chain_file(line(call="1,0,1.9,2.1,5,0.2,0.5,0.04,10"))).options
    call = options.iloc[0].to_dict()
    numbers = ("bid", "ask", "volume", "implied_vol", "delta", "gamma", "multiplier")
    assert [call[name] for name in numbers] == [1.9, 2.1, 5.0, 0.2, 0.5, 0.04, 100.0]
    assert call["expiry_date"] == pd.Timestamp("2022-12-16")
    assert call["line"] == 5
    assert (options["root"].dtype, options["kind"].dtype) == ("category", "category")


def test_order_of_lines_is_order_of_options(chain_file: Writer, line: Line) -> None:
    lines = [line(strike, root=root) for strike in (90, 100, 110) for root in ("SPX", "SPXW")]
    forth = quotes(chain_file(*lines)).options
    back = quotes(chain_file(*reversed(lines))).options
    pd.testing.assert_series_equal(back["strike"].iloc[::-1].reset_index(drop=True), forth["strike"], check_names=False)
    assert back["root"].tolist() == forth["root"].tolist()[::-1]


def test_thousands_in_quotes(chain_file: Writer, line: Line) -> None:
    options = quotes(chain_file(line(), line(4000, call='1,0,"1,001.9",2.1,"1,234",0.2,0.5,0.04,"12,345"'))).options
    assert options.loc[2, ["bid", "volume", "open_interest"]].tolist() == [1_001.9, 1_234.0, 12_345.0]


@pytest.mark.parametrize("cell", ['"0,2"', '"0,234"', '"1,234"'])
def test_decimal_commas_are_refused(chain_file: Writer, line: Line, cell: str) -> None:
    with pytest.raises(InputError, match="a decimal comma") as caught:
        quotes(chain_file(line(), line(call=f"1,0,1.9,2.1,5,{cell},0.5,0.04,10")))
    assert (caught.value.line, caught.value.key, caught.value.value) == (6, "implied vol of the call", cell.strip('"'))
    assert "decimal points" in str(caught.value.remedy)


def test_decimal_commas_between_semicolons_are_refused(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    above, body = path.read_text().split("Expiration", 1)
    path.write_text(above + "Expiration" + body.replace(",", ";").replace(".", ","))
    with pytest.raises(InputError, match="a decimal comma") as caught:
        quotes(path)
    assert caught.value.line == 5


def test_integer_strikes_and_older_column_names(chain_file: Writer, line: Line) -> None:
    header = (
        "Expiration,Calls,Last Sale,Net,Bid,Ask,Vol,Implied Volatility,Delta,Gamma,Open Int,Strike,"
        "Puts,Last Sale,Net,Bid,Ask,Vol,Implied Volatility,Delta,Gamma,Open Int"
    )
    assert facts(quotes(chain_file(line().replace(",100.00,", ",100,"), header=header))) == EXPECTED


def test_a_layout_without_vols_and_greeks(chain_file: Writer) -> None:
    header = "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Vol,Open Int,Strike,Puts,Last Sale,Net,Bid,Ask,Vol,Open Int"
    line = "12/16/2022,SPXW221216C00100000,1,0,1.9,2.1,5,10,100,SPXW221216P00100000,1,0,1.9,2.1,5,20"
    found = quotes(chain_file(line, header=header))
    assert facts(found) == EXPECTED
    assert found.options["implied_vol"].tolist() == [0.0, 0.0]
    assert found.options[["delta", "gamma"]].isna().all(axis=None)
    assert found.repaired == {}
    assert found.warnings == ["an older layout without columns of implied vol, delta, gamma"]


def test_the_oldest_layout_is_refused(chain_file: Writer) -> None:
    header = "Calls,Last Sale,Net,Bid,Ask,Vol,Open Int,Puts,Last Sale,Net,Bid,Ask,Vol,Open Int"
    line = "22 Dec 4000.00 (SPXW2216L4000),1,0,1.9,2.1,5,10,22 Dec 4000.00 (SPXW2216X4000),1,0,1.9,2.1,5,20"
    with pytest.raises(InputError, match="oldest layout") as caught:
        quotes(chain_file(line, header=header))
    assert (caught.value.line, caught.value.key) == (4, "Strike")


def test_options_named_the_old_way_are_refused(chain_file: Writer, line: Line) -> None:
    old = line().replace("SPXW221216C00100000", "22 Dec 100.00 (SPXW2216L100)")
    with pytest.raises(InputError, match="not the option symbol of a call") as caught:
        quotes(chain_file(line(), old))
    assert caught.value.line == 6
    assert "before 2010" in str(caught.value.remedy)


def test_nanos_have_a_multiplier_of_one(chain_file: Writer, line: Line) -> None:
    assert quotes(chain_file(line(root="NANOS"))).options["multiplier"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("blank", ["", "--", "N/A", "nan", " "])
def test_blank_cells_are_zero_and_counted(chain_file: Writer, line: Line, blank: str) -> None:
    found = quotes(chain_file(line(call=f"1,0,1.9,2.1,{blank},{blank},{blank},0.04,{blank}")))
    assert found.repaired == {"blank cell read as zero": 3}
    assert found.options["open_interest"].tolist() == [0.0, 20.0]
    assert found.options["implied_vol"].tolist() == [0.0, 0.2]
    assert np.isnan(found.options["delta"]).tolist() == [True, False]


def test_negative_quotes_are_zero_and_counted(chain_file: Writer, line: Line) -> None:
    found = quotes(chain_file(line(call="1,0,-1,2.1,5,-0.2,0.5,0.04,10")))
    assert found.repaired == {"negative bid read as zero": 1, "negative implied vol read as zero": 1}
    assert found.options[["bid", "implied_vol"]].iloc[0].tolist() == [0.0, 0.0]
    assert found.options["delta"].tolist() == [0.5, -0.5]


def test_a_side_without_option_is_left_out(chain_file: Writer, line: Line) -> None:
    without_put = re.sub(r",SPXW221216P.*", "," * 10, line(110))
    options = quotes(chain_file(line(), without_put, line(120))).options
    assert options["strike"].tolist() == [100.0, 100.0, 110.0, 120.0, 120.0]
    assert options["line"].tolist() == [5, 5, 6, 7, 7]
    assert options.index.tolist() == [0, 1, 2, 3, 4]


def test_open_interest_without_a_symbol_is_refused(chain_file: Writer, line: Line) -> None:
    with pytest.raises(InputError, match="open interest of 20 but no option symbol") as caught:
        quotes(chain_file(line(), line(110).replace("SPXW221216P00110000", "")))
    assert (caught.value.line, caught.value.key) == (6, "Puts")


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"call": "1,0,x1.9,2.1,5,0.2,0.5,0.04,10"}, "bid of the call", "x1.9"),
        ({"put": "1,0,1.9,2.1,5,0.2,0.5,0.04,1e999"}, "open interest of the put", "1e999"),
        ({"put": "1,0,1.9,inf,5,0.2,0.5,0.04,10"}, "ask of the put", "inf"),
        ({"put": "1,0,1.9,2.1,5,0.2,0.5,0.04,-3"}, "open interest of the put", -3.0),
        ({"put": "1,0,1.9,2.1,5,0.2,0x1,0.04,3"}, "delta of the put", "0x1"),
        ({"strike": 0.0}, "strike of the call", 0.0),
    ],
)
def test_bad_cells_name_line_and_cell(
    chain_file: Writer, line: Line, change: dict[str, str], key: str, value: object
) -> None:
    for above in ((line(), "", line(110)), (line(), line(110), line(120))):  # with a blank line and without
        with pytest.raises(InputError) as caught:
            quotes(chain_file(*above, line(**change)))
        error = caught.value
        assert (error.file, error.line, error.key, error.value) == (FILE, 8, key, value)
        assert error.remedy


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: text.index("SPXW221216P") + 20], "14 cells"),
        (lambda text: text.replace(",5,", ',"5,', 1), "a quote that is not closed"),
        (lambda text: text.replace(",5,", ',5",', 1).replace("SPXW221216P", '"SPXW221216P'), "13 cells"),
        (lambda text: text + ",7", "23 cells"),
        (lambda text: text.replace("SPXW221216C", "SPXW221316C"), "not the option symbol of a call"),
        (lambda text: text.replace("SPXW221216P", "SPXW221216C"), "not the option symbol of a put"),
        (lambda text: text.replace(",100.00,", ",105.00,"), "the option symbol's strike is 100"),
        (lambda text: text.replace("Dec 16", "Dec 23"), "the option symbol's expiry is 2022-12-16"),
    ],
)
def test_damaged_lines_name_the_line(
    chain_file: Writer, line: Line, damage: Callable[[str], str], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        quotes(chain_file(line(90), damage(line()), line(110)))
    assert caught.value.line == 6


def test_a_file_cut_anywhere_in_its_last_line_is_refused_or_told(chain_file: Writer, line: Line) -> None:
    text = chain_file(line(90), line(put="1,0,1.9,2.1,5,0.2,-0.5,0.04,2000")).read_text()
    start, last_cell = text.rindex("\n", 0, -1) + 1, text.rindex(",") + 1
    for end in range(start + 1, last_cell + 1):
        with pytest.raises(InputError) as caught:
            read(text[:end], Request(FILE))
        assert caught.value.line == 6
    for end in range(last_cell + 1, len(text)):
        assert "may have been cut short" in read(text[:end], Request(FILE)).warnings[0]
    assert read(text, Request(FILE)).warnings == []


def test_an_expiry_column_a_day_off_or_unreadable_is_told(chain_file: Writer, line: Line) -> None:
    odd = [line(110).replace("Dec 16", "Dec 15"), line(120).replace("Fri Dec 16 2022", "soon")]
    found = quotes(chain_file(line(), *odd))
    assert found.options["expiry_date"].unique().tolist() == [pd.Timestamp("2022-12-16")]
    assert found.warnings == [
        "expiry column not readable on 1 lines, first 7: the option symbol's is used",
        "expiry column a day off on 1 lines, first 6: the option symbol's is used",
    ]


@pytest.mark.parametrize(
    ("heading", "key", "line_number"),
    [
        (("", "Example Index,Change: 0.5", DATE), "Last", 1),
        (("", "Example Index,Last: 0,Change: 0.5", DATE), "Last", 2),
        (("", "Example Index,Last: 3.990,56,Change: 0.5", DATE), "Last", 2),
        (("", SPOT), "Date", 1),
        (("", SPOT, '"Date: 12.12.2022 20:30"'), "Date", 3),
        (("", SPOT, "Date: D?c?mb?r"), "Date", 3),
    ],
)
def test_unreadable_headings(
    chain_file: Writer, line: Line, heading: tuple[str, ...], key: str, line_number: int
) -> None:
    path = chain_file(line(), heading=heading)
    with pytest.raises(InputError) as caught:
        quotes(path)
    assert (caught.value.key, caught.value.line, caught.value.file) == (key, line_number, FILE)
    assert ("give --spot" if key == "Last" else "give --quote-time") in str(caught.value.remedy)
    given = quotes(path, spot=90.0, quote_time=pd.Timestamp("2022-12-12 20:30", tz="America/New_York"))
    assert given.options["open_interest"].sum() == 30.0
    assert (given.spot, given.quote_time.hour, given.delay.total_seconds()) == (90.0, 20, 0.0)


@pytest.mark.parametrize("column", ["IV", "Open Interest", "Strike", "Puts", "Gamma", "Bid"])
def test_missing_columns(chain_file: Writer, line: Line, column: str) -> None:
    header = chain_file(line()).read_text().splitlines()[3]
    with pytest.raises(InputError) as caught:
        quotes(chain_file(line(), header=header.replace(f",{column}", ",Other", 1)))
    assert caught.value.line == 4
    assert str(caught.value.key).lower().replace("implied vol", "iv") == column.lower()


def test_no_line_under_the_header(chain_file: Writer) -> None:
    assert quotes(chain_file()).options.empty
    assert quotes(chain_file("", ",,,")).options.empty


def test_recognition_is_by_header(line: Line) -> None:
    assert recognises("\n\nExpiration Date,Calls,Bid\n")
    assert recognises('"Expiration Date","Calls",Bid')
    assert recognises("Expiration Date;Calls;Last Sale")
    assert not recognises("contractSymbol,strike,bid\n" + line())
    assert not recognises("")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.tuples(st.floats(0, 1), st.integers(0, 30)), patch=st.text('",;\n\r\t\0 -.0129aéCP:', max_size=12))
def test_no_patch_breaks_the_reader(chain_file: Writer, line: Line, cut: tuple[float, int], patch: str) -> None:
    text = chain_file(line(90), line(), line(110)).read_text()
    start = int(cut[0] * len(text))
    text = text[:start] + patch + text[start + cut[1] :]
    found = None
    with contextlib.suppress(InputError):
        found = read(text, Request(FILE))
    if found is not None:
        assert len(found.options) <= 8
        assert np.isfinite(found.options[["strike", "bid", "ask", "open_interest", "implied_vol"]]).all(axis=None)
        assert found.quote_time.tzinfo is not None
