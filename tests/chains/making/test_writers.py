"""What is made and written is read again: strikes, expiries, open interest, vols, quotes, spot and quote time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simhedge.chains import Chain, read_chain
from simhedge.chains.making.generator import Made, make_chain
from simhedge.chains.making.listed import listed_expiry
from simhedge.chains.making.quirks import written
from simhedge.chains.making.recipe import USUAL_RECIPES, Recipe
from simhedge.chains.making.writers import WRITERS, chain_of
from simhedge.errors import InputError

KEYS = ["expiry_date", "root", "strike", "kind"]


def made_for(format_name: str) -> Made:
    return make_chain(replace(USUAL_RECIPES[WRITERS[format_name].market or "us_options"], expiries=5))


def read_back(made: Made, content: bytes, path: Path) -> Chain:
    """The chain read; a Yahoo file tells neither spot nor quote time."""
    path.write_bytes(content)
    if b"contractSymbol" in content[:200]:
        return read_chain(path, spot=made.recipe.spot, quote_time=made.quote_time)
    return read_chain(path)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    plain = table.assign(root=table["root"].astype("str"), kind=table["kind"].astype("str"))
    return plain.sort_values(KEYS, ignore_index=True)


@pytest.mark.parametrize("format_name", WRITERS)
def test_what_is_written_is_read_again(format_name: str, tmp_path: Path) -> None:
    made = made_for(format_name)
    chain = read_back(made, written(made, format_name), tmp_path / "chain")
    assert chain.symbol == made.recipe.symbol
    assert chain.spot == made.recipe.spot
    assert chain.quote_time == made.quote_time
    assert chain.report.dropped == {}
    read, options = in_order(chain.table), in_order(made.options)
    assert read["root"].tolist() == options["root"].tolist()
    assert read["kind"].tolist() == options["kind"].tolist()
    assert (read["expiry"] == options["expiry"]).all()
    for name in ("strike", "open_interest", "volume", "multiplier"):
        assert read[name].tolist() == options[name].tolist(), name
    np.testing.assert_allclose(read["implied_vol"], options["implied_vol"], rtol=0, atol=1e-9)
    cent_of_a_coin = 1e-6 * made.recipe.spot if format_name == "deribit" else 1e-9
    np.testing.assert_allclose(read["bid"], options["bid"], rtol=0, atol=cent_of_a_coin)
    np.testing.assert_allclose(read["ask"], options["ask"], rtol=0, atol=cent_of_a_coin)


@pytest.mark.parametrize("format_name", ["quotedata", "delayed-json", "long"])
def test_greeks_are_written_in_full(format_name: str, tmp_path: Path) -> None:
    made = made_for(format_name)
    read = in_order(read_back(made, written(made, format_name), tmp_path / "chain").table)
    for name in ("delta", "gamma"):
        np.testing.assert_allclose(read[name], in_order(made.options)[name], rtol=0, atol=1e-9)


def test_model_gamma_at_the_moment_of_the_quotes_is_the_vendors(tmp_path: Path) -> None:
    made = make_chain(Recipe(rate=0.0, dividend_yield=0.0))
    chain = read_back(made, written(made, "quotedata"), tmp_path / "chain")
    listing = chain.listing("vendor", "act365", "root")
    deviation = listing.implied_vol * np.sqrt(listing.time_to_expiry)
    d1 = np.log(listing.spot / listing.strike) / deviation + 0.5 * deviation
    gamma = np.exp(-0.5 * d1**2) / np.sqrt(2.0 * np.pi) / (listing.spot * deviation)
    np.testing.assert_allclose(listing.gamma, gamma, rtol=1e-6, atol=1e-9)


def test_deribit_prices_are_coins_at_the_forward() -> None:
    made = made_for("deribit")
    records = json.loads(written(made, "deribit"))["result"]
    nearest = made.options[made.options["open_interest"] > 0.0].iloc[0]
    record = next(record for record in records if record["open_interest"] == nearest["open_interest"])
    assert record["mark_iv"] == pytest.approx(100.0 * nearest["implied_vol"])
    assert record["mark_price"] == pytest.approx(nearest["price"] / nearest["forward"], abs=1e-6)
    assert made.options.groupby("expiry_date")["forward"].nunique().max() == 1


def test_a_delayed_json_stamp_is_utc_and_a_morning_is_am() -> None:
    made = make_chain(Recipe(quote_time="2024-06-14 09:05", expiries=2))
    assert json.loads(written(made, "delayed-json"))["timestamp"] == "2024-06-14 13:05:00"
    assert '"Date: June 14, 2024 at 9:05 AM EDT"' in written(made, "quotedata").decode()


def test_thousandths_of_a_strike_survive(tmp_path: Path) -> None:
    recipe = Recipe(symbol="XYZ", spot=3.0, strikes=(2.875, 3.0, 3.125), expiries=2, oi_profile="uniform")
    made = make_chain(recipe)
    for format_name in ("quotedata", "long", "yahoo", "delayed-json"):
        chain = read_back(made, written(made, format_name), tmp_path / "chain")
        assert sorted(set(chain.table["strike"])) == [2.875, 3.0, 3.125]


@pytest.mark.parametrize("market", USUAL_RECIPES)
def test_a_made_chain_needs_no_file_and_parquet_loses_nothing(market: str, tmp_path: Path) -> None:
    made = make_chain(replace(USUAL_RECIPES[market], expiries=3))
    chain = chain_of(made)
    read = read_back(made, written(made, "parquet"), tmp_path / "chain")
    assert (chain.symbol, chain.spot, chain.quote_time) == (made.recipe.symbol, made.recipe.spot, made.quote_time)
    assert (read.symbol, read.spot, read.quote_time, read.delay) == (
        chain.symbol,
        chain.spot,
        chain.quote_time,
        chain.delay,
    )
    for name in ("strike", "implied_vol", "bid", "ask", "open_interest", "gamma", "forward", "expiry_days"):
        assert read.table[name].tolist() == chain.table[name].tolist(), name
    assert chain.table["implied_vol"].tolist() == made.options["implied_vol"].tolist()


def test_what_a_format_cannot_hold_is_refused() -> None:
    dates = (listed_expiry(date(2025, 6, 20), "SPX", "us_options"),)
    large = make_chain(replace(Recipe(), spot=90_000.0, expiries=dates))
    with pytest.raises(InputError, match="no strike above") as raised:
        written(large, "quotedata")
    assert raised.value.key == "strikes"
    with pytest.raises(InputError, match="another market"):
        written(large, "deribit")
    with pytest.raises(InputError, match="unknown format"):
        written(large, "xls")
