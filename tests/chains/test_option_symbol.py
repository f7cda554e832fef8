"""Option symbols and roots."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.option_symbol import is_am_settled, multipliers, parse, underlying_symbol

SYMBOLS = st.tuples(
    st.from_regex(r"[0-9]?[A-Z]{1,5}[0-9]?", fullmatch=True),
    st.dates(date(1970, 1, 1), date(2069, 12, 31)),
    st.sampled_from("CP"),
    st.integers(0, 99_999_999),
)


@given(st.lists(SYMBOLS, max_size=20))
def test_parsing_undoes_writing(parts: list[tuple[str, date, str, int]]) -> None:
    written = [f"{root}{expiry:%y%m%d}{letter}{strike:08d}" for root, expiry, letter, strike in parts]
    parsed = parse(pd.Series(written, dtype="str"))
    assert parsed["root"].tolist() == [root for root, *_ in parts]
    assert parsed["expiry_date"].dt.date.tolist() == [expiry for _, expiry, *_ in parts]
    assert parsed["kind"].tolist() == ["call" if letter == "C" else "put" for _, _, letter, _ in parts]
    assert parsed["strike"].tolist() == [strike / 1000 for *_, strike in parts]


@given(st.lists(st.one_of(st.none(), st.text(max_size=30), st.just("SPX221216C04000000")), max_size=8))
def test_no_text_breaks_parsing(symbols: list[str | None]) -> None:
    series = pd.Series(symbols, dtype="object", index=range(3, 3 + len(symbols)))
    parsed = parse(series)
    assert parsed.index.equals(series.index)
    missing = parsed.isna()
    assert (missing.any(axis=1) == missing.all(axis=1)).all()
    good = (series == "SPX221216C04000000").to_numpy()
    assert not missing[good].any(axis=None)


def test_symbols_in_their_spellings() -> None:
    symbols = pd.Series(
        [
            "SPXW221216C04000000",
            "SPX   221216P04000000",
            ".AMD1230120C00080000",
            "^4SPX230120p00080500",
            "O:SPY251219C00650000",
            "_VIX230118P00020000",
        ]
    )
    parsed = parse(symbols)
    assert parsed["root"].tolist() == ["SPXW", "SPX", "AMD1", "4SPX", "SPY", "VIX"]
    assert parsed["kind"].tolist() == ["call", "put", "call", "put", "call", "put"]
    assert parsed["strike"].tolist() == [4000.0, 4000.0, 80.0, 80.5, 650.0, 20.0]
    assert parsed["expiry_date"].dt.strftime("%Y-%m-%d").tolist()[:3] == ["2022-12-16", "2022-12-16", "2023-01-20"]


@pytest.mark.parametrize("make", [lambda s: s.astype("category"), lambda s: s.astype("object"), lambda s: s])
def test_any_kind_of_column(make: object) -> None:
    symbols = make(pd.Series(["SPX221216C04000000", "SPY221216P00400000", "SPX221216C04000000"]))  # type: ignore[operator]
    assert parse(symbols[1:])["root"].tolist() == ["SPY", "SPX"]
    assert parse(symbols[1:]).index.tolist() == [1, 2]
    assert parse(symbols[:0]).columns.tolist() == ["root", "expiry_date", "kind", "strike"]


@pytest.mark.parametrize(
    "symbol",
    [
        "SPX",
        "SPX221316C04000000",
        "SPX221216X04000000",
        "221216C04000000",
        "SPX221216C4000",
        "SPX230229C04000000",
        "SPX220012C04000000",
        "S?X221216C04000000",
        "22 Dec 4000.00 (SPXW2216L4000)",
        "ABCDEFGHI221216C04000000",
        "\0SPX221216C04000000",
        "",
    ],
)
def test_what_is_no_option_symbol(symbol: str) -> None:
    assert parse(pd.Series([symbol, "SPX221216C04000000"])).isna().all(axis=1).tolist() == [True, False]


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_settlement_by_root(dtype: str) -> None:
    am = ["SPX", "NDX", "RUT", "VIX", "VIXW", "DJX", "SIXM"]
    pm = ["SPXW", "NDXP", "RUTW", "XSP", "MRUT", "NANOS", "OEX", "XEO", "SPY", "AAPL", "MXEA"]
    roots = pd.Series(am + pm, dtype=dtype)
    assert is_am_settled(roots).tolist() == [True] * len(am) + [False] * len(pm)
    assert is_am_settled(pd.Series(["SPX", None], dtype=dtype)).tolist() == [True, False]


def test_multipliers() -> None:
    assert multipliers(pd.Series(["SPX", "NANOS", "XSP"])).tolist() == [100.0, 1.0, 100.0]


def test_underlying_from_roots() -> None:
    assert underlying_symbol(pd.Series(["SPX", "SPXW", "SPXW"])) == ("SPX", [])
    assert underlying_symbol(pd.Series(["NDXP"])) == ("NDX", [])
    assert underlying_symbol(pd.Series(["AMD", "AMD", "GME"])) == ("AMD", ["GME"])
    sliced = pd.Series(["AMD", "SPY", "SPXW"], dtype="category")[:2]
    assert underlying_symbol(sliced) == ("AMD", ["SPY"])
