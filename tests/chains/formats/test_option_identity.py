"""Which option a row is: the symbol's columns equal the separate ones, roots, kinds, and rows that are no option."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.formats.column_times import TIME_COLUMNS
from simhedge.chains.formats.columns import Sheet, locate, sheet_of_table
from simhedge.chains.formats.option_identity import IDENTITY_COLUMNS, SYMBOL_NAMES, Identity, identity, wanted_rows
from simhedge.chains.table import Request
from simhedge.errors import InputError

KNOWN = {"symbol": SYMBOL_NAMES} | IDENTITY_COLUMNS | TIME_COLUMNS
SEPARATE = {"root": ["SPY"], "expiration": ["2025-12-19"], "strike": [650.0], "option_type": ["call"]}


def sheet_of(columns: dict[str, list[object]]) -> Sheet:
    return sheet_of_table(pd.DataFrame(columns), KNOWN, "DataFrame")


def identified(columns: dict[str, list[object]], root: str | None = None) -> Identity:
    sheet = sheet_of(columns)
    return identity(sheet, locate(sheet, IDENTITY_COLUMNS), Request("DataFrame", root=root))


def told(columns: dict[str, list[object]], root: str | None = None) -> list[tuple[str, str, str, float]]:
    options = identified(columns, root).options
    days = options["expiry_date"].dt.strftime("%y%m%d")
    return list(zip(options["root"], days, options["kind"], options["strike"], strict=True))


@settings(max_examples=60, deadline=None)
@given(
    options=st.lists(
        st.tuples(
            st.sampled_from(["SPX", "SPXW", "A", "GOOGL"]),
            st.dates(date(2000, 1, 1), date(2060, 1, 1)),
            st.sampled_from(["call", "put"]),
            st.integers(1, 99_999_999).map(lambda thousandths: thousandths / 1000),
        ),
        min_size=1,
        max_size=8,
    ),
    name=st.sampled_from(["option_symbol", "contractID", "OCC", "symbol", "ticker"]),
    prefix=st.sampled_from(["", "O:", "."]),
)
def test_the_symbol_tells_what_the_columns_tell(
    options: list[tuple[str, date, str, float]], name: str, prefix: str
) -> None:
    coded = [f"{prefix}{r}{d:%y%m%d}{k[0].upper()}{round(s * 1000):08d}" for r, d, k, s in options]
    roots, days, kinds, strikes = (list(column) for column in zip(*options, strict=True))
    separate = {"root": roots, "expiry": [day.isoformat() for day in days], "right": kinds, "strike": strikes}
    assert told({name: coded}) == told(separate)
    assert told({name: coded} | separate) == told(separate)
    assert told({name: coded, "strike_price": [strike * 1000 for strike in strikes]}) == told(separate)


@pytest.mark.parametrize(
    ("columns", "root"),
    [
        ({"root": ["spxw "]}, "SPXW"),
        ({"underlying_symbol": ["^SPX"]}, "SPX"),
        ({"ticker": ["SPX Index"]}, "SPX"),
        ({"symbol": ["I:SPX"]}, "SPX"),
        ({"root": ["SPXW"], "underlying": ["SPX"], "symbol": ["x"]}, "SPXW"),
        ({"act_symbol": ["BRK.B"]}, "BRK.B"),
    ],
)
def test_roots(columns: dict[str, list[object]], root: str) -> None:
    separate = {name: cells for name, cells in SEPARATE.items() if name != "root"}
    assert told(separate | columns) == [(root, "251219", "call", 650.0)]
    assert identified(separate | columns).is_root is ("root" in columns)


def test_a_table_without_root() -> None:
    separate = {name: cells for name, cells in SEPARATE.items() if name != "root"}
    assert told(separate, root="spxw")[0][0] == "SPXW"
    assert identified(separate, root="SPXW").warnings == []
    unknown = identified(separate)
    assert unknown.options["root"].tolist() == ["UNKNOWN"]
    assert "--root" in unknown.warnings[0]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("cp_flag", ["C", "P"]),
        ("call_put", ["Call", "Put"]),
        ("right", ["CALLS", "PUTS"]),
        ("type", ["CE", "PE"]),
        ("side", ["c", "p"]),
        ("is_call", [True, False]),
        ("option_type", [1, 0]),
        ("option_type", [1.0, -1.0]),
    ],
)
def test_kinds(name: str, cells: list[object]) -> None:
    separate = {column: cell * 2 for column, cell in SEPARATE.items() if column != "option_type"}
    known = identified(separate | {name: cells})
    assert known.options["kind"].tolist() == ["call", "put"]
    assert bool(known.warnings) is (1 in cells and name != "is_call")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"option_type": ["call", "straddle"]}, "option_type"),
        ({"option_type": ["call", ""]}, "option_type"),
        ({"option_type": ["true", "true"]}, "option_type"),
        ({"option_type": [1, 2]}, "option_type"),
        ({"strike": [650.0, -5.0]}, "strike"),
        ({"strike": [650.0, None]}, "strike"),
        ({"expiration": ["2025-12-19", "x"]}, "expiration"),
        ({"root": ["SPY", ""]}, "root"),
        ({"root": ["SPY", "^"]}, "root"),
        ({"option_symbol": ["SPY251219C00650000", "SPY251319C00650000"]}, "option_symbol"),
        ({"option_symbol": ["SPY251219C00650000", "SPY251219C00000000"]}, "option_symbol"),
        ({"option_symbol": ["SPY251219C00650000", "SPY251219C00640000"]}, "strike"),
    ],
)
def test_rows_that_are_no_option(change: dict[str, list[object]], key: str) -> None:
    with pytest.raises(InputError) as caught:
        identified({name: cells * 2 for name, cells in SEPARATE.items()} | change)
    assert caught.value.key == key
    assert caught.value.line in (1, 2)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["expiration", "strike", "option_type"])
def test_a_missing_column_is_named_with_its_spellings(name: str) -> None:
    with pytest.raises(InputError, match="no column for") as caught:
        identified({column: cells for column, cells in SEPARATE.items() if column != name})
    assert name.replace("_", "") in str(caught.value.remedy)
    assert "root" in str(caught.value.value)
    with pytest.raises(InputError, match="not an option symbol"):
        identified({"option_symbol": ["garbage"], "strike": [1.0]})


def test_optionmetrics_symbols_without_leading_zeros() -> None:
    columns = {"symbol": ["SPXW 230120C3800000"], "ticker": ["SPX"], "strike_price": [3_800_000]}
    assert told(columns) == [("SPXW", "230120", "call", 3800.0)]


def test_several_underlyings_need_a_choice() -> None:
    sheet = sheet_of({"symbol": ["a", "b", "c", "d"]})
    roots = pd.Series(["SPX", "SPXW", "NDX", "SPX7"])
    with pytest.raises(InputError, match="options on 2 underlyings") as caught:
        wanted_rows(roots, sheet, Request("f"))
    assert (caught.value.value, caught.value.key) == ("NDX, SPX", "root")
    assert "--root" in str(caught.value.remedy)
    assert wanted_rows(roots, sheet, Request("f", root="SPX, spxw")).tolist() == [True, True, False, False]
    assert wanted_rows(roots[[0, 1, 3]], sheet, Request("f")).all()
    for root in ("QQQ", "SPX,NDX"):
        with pytest.raises(InputError):
            wanted_rows(roots, sheet, Request("f", root=root))
