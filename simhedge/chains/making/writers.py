"""Made chains in the formats that `read_chain` reads, shaped like their sources' own files."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from datetime import UTC, date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simhedge.chains.assembly import assemble
from simhedge.chains.calendar import MARKETS, NEW_YORK, US_OPTIONS
from simhedge.chains.chain import Chain
from simhedge.chains.formats.parquet import write_parquet
from simhedge.chains.making.generator import Made
from simhedge.chains.making.listed import scale_of
from simhedge.chains.table import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, Quotes, Request
from simhedge.errors import InputError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
FIRST_LINE = "---Synthetic Data---"
QUOTEDATA_CELLS = ("last", "net", "bid", "ask", "volume", "implied_vol", "delta", "gamma", "open_interest")
QUOTEDATA_NAMES = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
QUOTEDATA_HEADER = f"Expiration Date,Calls,{QUOTEDATA_NAMES},Strike,Puts,{QUOTEDATA_NAMES}"
LARGEST_OCC_STRIKE = 99_999.999  # eight digits of thousandths
DECIMALS = 10


class Writer(NamedTuple):
    """A format: what it is, the market it is of (None: any), and its writer."""

    words: str
    market: str | None
    write: Callable[[Made], str] | Callable[[Made], bytes]


def quotedata_text(made: Made) -> str:
    """Cboe's quotedata CSV: a heading of three lines, then the call left and the put right of every strike."""
    options, recipe = made.options, made.recipe
    moment = made.quote_time.tz_convert(NEW_YORK)
    half_spread = 2.5 * scale_of(recipe.spot)
    name = recipe.name or f"Synthetic {recipe.symbol} (generated - not market data)"
    heading = (
        FIRST_LINE,
        f"{name},Last: {recipe.spot},Change:  {recipe.change}",
        f'"Date: {_long_date(moment)}",Bid: {recipe.spot - half_spread:.2f},Ask: {recipe.spot + half_spread:.2f},'
        "Size: 1*1,Volume: 0",
        QUOTEDATA_HEADER,
    )
    symbols = occ_symbols(options)
    cells = list(zip(*(_numbers(options[name]) for name in QUOTEDATA_CELLS), strict=True))
    days, strikes = options["expiry_date"].dt.date.tolist(), options["strike"].tolist()
    spelled = {day: f"{WEEKDAYS[day.weekday()]} {MONTHS[day.month - 1][:3]} {day:%d} {day.year}" for day in set(days)}
    lines = [
        ",".join(
            (
                spelled[days[call]],
                symbols[call],
                *cells[call],
                _strike(strikes[call]),
                symbols[call + 1],
                *cells[call + 1],
            )
        )
        for call in range(0, len(symbols), 2)
    ]
    return "\n".join((*heading, *lines)) + "\n"


def delayed_json_text(made: Made) -> str:
    """Cboe's delayed-quotes JSON; its time stamp is UTC and does not say so, the time of the last trade New York's."""
    options, recipe = made.options, made.recipe
    traded = (made.quote_time - recipe.delay).tz_convert(NEW_YORK).strftime("%Y-%m-%dT%H:%M:%S")
    columns: dict[str, list[Any]] = {
        "option": occ_symbols(options),
        "bid": _plain(options["bid"]),
        "ask": _plain(options["ask"]),
        "iv": _plain(options["implied_vol"]),
        "open_interest": _plain(options["open_interest"]),
        "volume": _plain(options["volume"]),
        "delta": _plain(options["delta"]),
        "gamma": _plain(options["gamma"]),
        "theta": _plain(options["theta"]),
        "vega": _plain(options["vega"]),
        "theo": _plain(options["price"]),
        "last_trade_price": _plain(options["last"]),
        "last_trade_time": [traded if volume > 0.0 else None for volume in options["volume"].tolist()],
    }
    underlying = {
        "symbol": f"^{recipe.symbol}",
        "current_price": recipe.spot,
        "price_change": recipe.change,
        "close": recipe.spot,
        "prev_day_close": recipe.spot - recipe.change,
        "last_trade_time": traded,
    }
    stamp = made.quote_time.tz_convert(UTC).strftime("%Y-%m-%d %H:%M:%S")
    answer = {"timestamp": stamp, "data": {"options": _records(columns)} | underlying, "symbol": f"_{recipe.symbol}"}
    return json.dumps(answer, separators=(",", ":")) + "\n"


def yahoo_text(made: Made) -> str:
    """Yahoo's table of calls and puts as CSV; it tells neither the underlying's price nor the moment of the quotes."""
    options = made.options
    in_the_money = (options["price"] > 0.0) & (options["depth"] > 0.0)
    traded = (made.quote_time - made.recipe.delay).tz_convert(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")
    columns = {
        "contractSymbol": occ_symbols(options),
        "lastTradeDate": [traded] * len(options),
        "strike": [str(strike) for strike in options["strike"].tolist()],
        "lastPrice": _numbers(options["last"]),
        "bid": _numbers(options["bid"]),
        "ask": _numbers(options["ask"]),
        "change": _numbers(options["net"]),
        "volume": _numbers(options["volume"]),
        "openInterest": _numbers(options["open_interest"]),
        "impliedVolatility": _numbers(options["implied_vol"]),
        "inTheMoney": [str(inside) for inside in in_the_money.tolist()],
        "contractSize": ["REGULAR"] * len(options),
        "currency": ["USD"] * len(options),
    }
    return _table(columns)


def long_text(made: Made) -> str:
    """A table with one option a row: its symbol, what it tells, quotes, open interest and greeks, spot and moment."""
    options, count = made.options, len(made.options)
    columns = {
        "quote_datetime": [made.quote_time.tz_convert(NEW_YORK).isoformat(sep=" ")] * count,
        "underlying_price": [str(made.recipe.spot)] * count,
        "option_symbol": occ_symbols(options),
        "expiration": [str(day) for day in options["expiry_date"].dt.date],
        "strike": [_strike(strike) for strike in options["strike"].tolist()],
        "option_type": options["kind"].tolist(),
    }
    names = ("bid", "ask", "last", "volume", "open_interest", "implied_vol", "delta", "gamma", "theta", "vega")
    return _table(columns | {name: _numbers(options[name]) for name in names})


def deribit_text(made: Made) -> str:
    """Deribit's book summaries of inverse options: prices in coins, implied vol in percent, a forward per expiry."""
    options, recipe = made.options, made.recipe
    forward = options["forward"].to_numpy()
    days = [_deribit_date(day) for day in options["expiry_date"].dt.date]
    strikes = [f"{strike:.10g}".replace(".", "d") for strike in options["strike"].tolist()]
    letters = options["kind"].str[0].str.upper().tolist()
    columns: dict[str, list[Any]] = {
        "instrument_name": [
            f"{recipe.symbol}-{day}-{strike}-{letter}"
            for day, strike, letter in zip(days, strikes, letters, strict=True)
        ],
        "bid_price": _coins(options["bid"], forward),
        "ask_price": _coins(options["ask"], forward),
        "mark_price": _plain((options["price"] / forward).round(6)),
        "mark_iv": _plain(100.0 * options["implied_vol"]),
        "open_interest": _plain(options["open_interest"]),
        "volume": _plain(options["volume"]),
        "underlying_price": _plain(options["forward"]),
        "underlying_index": [f"SYN.{recipe.symbol}-{day}" for day in days],
        "estimated_delivery_price": [recipe.spot] * len(options),
        "interest_rate": [0.0] * len(options),
        "base_currency": [recipe.symbol] * len(options),
        "quote_currency": [recipe.symbol] * len(options),
        "creation_timestamp": [made.quote_time.value // 10**6] * len(options),
    }
    microseconds = made.quote_time.value // 1000
    answer = {"jsonrpc": "2.0", "result": _records(columns), "usIn": microseconds, "usOut": microseconds, "usDiff": 0}
    return json.dumps(answer | {"testnet": False}, separators=(",", ":")) + "\n"


def nse_text(made: Made) -> str:
    """NSE's option chain: a row per expiry and strike with the call in CE and the put in PE, implied vol in percent."""
    options, recipe = made.options, made.recipe
    days = options["expiry_date"].dt.date.tolist()
    written = [f"{day:%d}-{MONTHS[day.month - 1][:3]}-{day.year}" for day in days]
    strikes = options["strike"].tolist()
    letters = ["CE", "PE"] * (len(options) // 2)
    columns: dict[str, list[Any]] = {
        "strikePrice": strikes,
        "expiryDate": written,
        "underlying": [recipe.symbol] * len(options),
        "identifier": [
            f"OPTIDX{recipe.symbol}{day:%d-%m-%Y}{letter}{strike:.2f}"
            for day, letter, strike in zip(days, letters, strikes, strict=True)
        ],
        "openInterest": _plain(options["open_interest"]),
        "totalTradedVolume": _plain(options["volume"]),
        "impliedVolatility": _plain(100.0 * options["implied_vol"]),
        "lastPrice": _plain(options["last"]),
        "change": _plain(options["net"]),
        "bidprice": _plain(options["bid"]),
        "askPrice": _plain(options["ask"]),
        "underlyingValue": [recipe.spot] * len(options),
    }
    cells = _records(columns)
    rows = [
        {"strikePrice": call["strikePrice"], "expiryDate": call["expiryDate"], "CE": call, "PE": put}
        for call, put in zip(cells[0::2], cells[1::2], strict=True)
    ]
    moment = made.quote_time.tz_convert(MARKETS["nse"].zone)
    records = {
        "expiryDates": list(dict.fromkeys(written)),
        "data": rows,
        "timestamp": f"{moment:%d}-{MONTHS[moment.month - 1][:3]}-{moment:%Y %H:%M:%S}",
        "underlyingValue": recipe.spot,
        "strikePrices": sorted(set(strikes)),
    }
    front = [row for row in rows if row["expiryDate"] == written[0]]
    return json.dumps({"records": records, "filtered": {"data": front}}, separators=(",", ":")) + "\n"


def parquet_bytes(made: Made) -> bytes:
    """simhedge's own Parquet file of the chain."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.parquet"
        write_parquet(chain_of(made), path)
        return path.read_bytes()


def chain_of(made: Made) -> Chain:
    """The made chain as `read_chain` would give it, without a file between."""
    recipe, columns = made.recipe, (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    options = made.options.assign(line=np.arange(1, len(made.options) + 1), dealer_sign=np.nan)
    quotes = Quotes(
        file="made",
        name=recipe.name,
        spot=recipe.spot,
        quote_time=made.quote_time,
        options=options[list(columns)],
        market=recipe.market,
        delay=recipe.delay,
    )
    return assemble(quotes, "made", Request("made"))


def occ_symbols(options: pd.DataFrame) -> list[str]:
    """Option symbols: root, yymmdd, C or P, eight digits of strike; an InputError where a strike has more."""
    strikes = options["strike"].tolist()
    if max(strikes) > LARGEST_OCC_STRIKE:
        remedy = "a smaller spot or fewer strikes; deribit and nse have no such limit"
        told = "option symbols of this format hold no strike above 99,999.999"
        raise InputError(told, key="strikes", value=max(strikes), remedy=remedy)
    days = options["expiry_date"].dt.strftime("%y%m%d")
    stems = (options["root"] + days + options["kind"].str[0].str.upper()).tolist()
    return [f"{stem}{round(strike * 1000):08d}" for stem, strike in zip(stems, strikes, strict=True)]


def _long_date(moment: pd.Timestamp) -> str:
    """The moment as Cboe's heading writes it: June 14, 2024 at 8:30 PM EDT."""
    clock = f"{(moment.hour - 1) % 12 + 1}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year} at {clock} {moment.tzname()}"


def _deribit_date(day: date) -> str:
    return f"{day.day}{MONTHS[day.month - 1][:3].upper()}{day:%y}"


def _strike(strike: float) -> str:
    """The strike with two decimals, or with three where it has them."""
    cents = f"{strike:.2f}"
    return cents if abs(float(cents) - strike) < 5e-4 else f"{strike:.3f}"


def _numbers(column: pd.Series) -> list[str]:
    """Numbers as text without needless digits, '' where there is none."""
    return [_number(value) for value in column.tolist()]


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(column: pd.Series) -> list[float | None]:
    """Numbers for JSON, None where there is none."""
    values = column.round(DECIMALS)
    return values.tolist() if values.notna().all() else [None if math.isnan(value) else value for value in values]


def _coins(price: pd.Series, forward: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    """Prices ($) as coins, None where nobody quotes."""
    coins = (price.to_numpy() / forward).round(6)
    return [None if value == 0.0 else value for value in coins.tolist()]


def _records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _table(columns: dict[str, list[str]]) -> str:
    rows = (",".join(row) for row in zip(*columns.values(), strict=True))
    return "\n".join((",".join(columns), *rows)) + "\n"


WRITERS: dict[str, Writer] = {
    "quotedata": Writer("Cboe quotedata CSV", US_OPTIONS, quotedata_text),
    "delayed-json": Writer("Cboe delayed-quotes JSON", US_OPTIONS, delayed_json_text),
    "yahoo": Writer("Yahoo/yfinance CSV (neither spot nor quote time in it)", US_OPTIONS, yahoo_text),
    "deribit": Writer("Deribit book summary JSON", "deribit", deribit_text),
    "nse": Writer("NSE option-chain JSON", "nse", nse_text),
    "long": Writer("long table CSV, one option a row", US_OPTIONS, long_text),
    "parquet": Writer("simhedge's own Parquet", None, parquet_bytes),
}
