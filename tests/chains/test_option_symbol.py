"""Option symbols and roots."""

from __future__ import annotations

import pandas as pd
import pytest

from simhedge.chains.option_symbol import is_am_settled, parse, underlying_symbol


def test_symbols_in_their_spellings() -> None:
    symbols = pd.Series(
        ["SPXW221216C04000000", "SPX   221216P04000000", ".AMD1230120C00080000", "^4SPX230120p00080000"]
    )
    parsed = parse(symbols)
    assert parsed["root"].tolist() == ["SPXW", "SPX", "AMD1", "4SPX"]
    assert parsed["kind"].tolist() == ["call", "put", "call", "put"]
    assert parsed["expiry_date"].dt.strftime("%Y-%m-%d").tolist() == ["2022-12-16"] * 2 + ["2023-01-20"] * 2


@pytest.mark.parametrize(
    "symbol", ["SPX", "SPX221316C04000000", "SPX221216X04000000", "221216C04000000", "SPX221216C4000"]
)
def test_what_is_no_option_symbol(symbol: str) -> None:
    assert parse(pd.Series([symbol])).isna().any(axis=1).all()


def test_settlement_by_root() -> None:
    roots = pd.Series(["SPX", "SPXW", "NDX", "NDXP", "RUT", "RUTW", "VIX", "SPY", "AAPL"])
    assert is_am_settled(roots).tolist() == [True, False, True, False, True, False, True, False, False]


def test_underlying_from_roots() -> None:
    assert underlying_symbol(pd.Series(["SPX", "SPXW", "SPXW"])) == ("SPX", [])
    assert underlying_symbol(pd.Series(["NDXP"])) == ("NDX", [])
    assert underlying_symbol(pd.Series(["AMD", "AMD", "GME"])) == ("AMD", ["GME"])
