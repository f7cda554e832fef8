"""Deribit's book summaries (or tickers) of options, as its JSON-RPC interface answers them.

Open interest and volume of options come in coins of the base currency (Deribit, API documentation of
public/get_book_summary_by_currency, 2025), also where a contract is several coins; here they are in contracts. Premiums
of inverse options (BTC-..., ETH-...) are in coins and become $ at the forward of their expiry; those of linear ones
(BTC_USDC-...) are in USDC and taken as $.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.formats.json_text import LARGEST, Where, lines_of, load_json, numbers, refuse_where, shown
from simhedge.chains.table import GIVE_QUOTE_TIME, GIVE_SPOT, NAME_ROOT, Quotes, Request, shown_list
from simhedge.errors import InputError

NAME = "Deribit book summary JSON"
NO_OPTION = "not an option: future, perpetual, spot or combination"
OTHER_ROOT = "other root"
BLANK = "blank cell read as zero"
AT_SPOT = "premium turned into $ at the spot, no forward"

# Coins per contract of linear options (Deribit Insights 2024 for SOL, XRP, MATIC; Deribit's announcement of January
# 2026 for AVAX and TRX). Inverse options are on one coin.
COINS_PER_CONTRACT = {
    "BTC": 1.0,
    "ETH": 1.0,
    "SOL": 10.0,
    "XRP": 1000.0,
    "MATIC": 1000.0,
    "AVAX": 100.0,
    "TRX": 10_000.0,
}
GREEKS = ("delta", "gamma", "theta", "vega")
CELLS = {
    "bid": ("bid_price", "best_bid_price"),
    "ask": ("ask_price", "best_ask_price"),
    "open_interest": ("open_interest",),
    "implied_vol": ("mark_iv",),
}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MOMENTS = ("creation_timestamp", "timestamp")  # milliseconds since 1970, UTC
SPREAD_TOLD = pd.Timedelta(minutes=5)
EARLIEST, LATEST = pd.Timestamp("2010-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")
ASK_AGAIN = "save the answer of public/get_book_summary_by_currency with kind=option"

_DAY = r"[0-9]{1,2}[A-Z]{3}[0-9]{2}"
_ROOT = r"[A-Z0-9]+(?:_[A-Z0-9]+)?"
_NO_OPTION = re.compile(rf"{_ROOT}|{_ROOT}-(?:PERPETUAL|{_DAY})|{_ROOT}-[A-Z]+[0-9]*-[^-]+(?:-[^-]+)?")
_DATE = re.compile(r"([0-9]{1,2})([A-Z]{3})([0-9]{2})")
_STRIKE = re.compile(r"[0-9]+(?:[D.][0-9]+)?")


class Options(NamedTuple):
    """Records of options, what their names say (root, expiry, kind and strike, one each), and where they stand."""

    records: list[dict[str, Any]]
    root: NDArray[np.object_]
    expiry: NDArray[np.datetime64]
    kind: NDArray[np.object_]
    strike: NDArray[np.float64]
    where: Where


def recognises(text: str) -> bool:
    """Whether the text looks like JSON with Deribit's instrument names, or like an answer of its interface."""
    return text.lstrip()[:1] in ("{", "[") and ('"instrument_name"' in text or '"jsonrpc"' in text)


def read(text: str, request: Request) -> Quotes:
    """Quotes of the options among the records, prices in $ per coin; the forward of each expiry beside them."""
    answer = load_json(text, request.file)
    options, dropped = _options(*_records(answer, text, request.file), request)
    if not any("open_interest" in record for record in options.records):
        raise InputError("no open_interest in the records", file=request.file, line=1, remedy=ASK_AGAIN)
    quote_time, apart = _quote_time(answer, options, request)
    spot, assumed = _spot(options, request, quote_time)
    table, repaired, told = _table(options, spot)
    return Quotes(
        file=request.file,
        name=str(options.root[0]).partition("_")[0],
        spot=spot,
        quote_time=quote_time,
        options=table,
        market="deribit",
        repaired=repaired,
        dropped=dropped,
        warnings=[*apart, *assumed, *told],
    )


def _records(answer: object, text: str, file: str) -> tuple[list[dict[str, Any]], Where]:
    """The records of an answer, of a list of answers, of a list, or of a dict by instrument name."""
    place = "records"
    if isinstance(answer, dict) and "error" in answer and "result" not in answer:
        raise InputError(
            "an error message of Deribit, no quotes",
            file=file,
            line=1,
            key="error",
            value=shown(answer["error"]),
            remedy=ASK_AGAIN,
        )
    if isinstance(answer, dict) and "result" in answer:
        answer, place = answer["result"], "result"
    if isinstance(answer, dict):
        answer = [answer] if "instrument_name" in answer else list(answer.values())
    if not isinstance(answer, list) or not answer:
        raise InputError("no list of records", file=file, line=1, key=place, value=shown(answer), remedy=ASK_AGAIN)
    inner = [item["result"] if isinstance(item, dict) and "result" in item else item for item in answer]
    for index, item in enumerate(inner):
        if not isinstance(item, dict) or not isinstance(item.get("instrument_name"), str):
            raise InputError(
                "a record with an instrument_name is expected",
                file=file,
                line=1,
                key=f"{place}[{index}]",
                value=shown(item),
                remedy=ASK_AGAIN,
            )
    return inner, Where(file=file, text=text, place=place, index=range(len(inner)))


def _options(records: list[dict[str, Any]], where: Where, request: Request) -> tuple[Options, dict[str, int]]:
    """The options of one underlying, and how many other records were left out, by reason."""
    parts = [record["instrument_name"].upper().split("-") for record in records]
    listed = [place for place, part in enumerate(parts) if len(part) == 4 and part[3] in ("C", "P")]
    sound_roots = {root for root in {parts[place][0] for place in listed} if re.fullmatch(_ROOT, root)}
    others = set(range(len(records))).difference(listed)
    known = {place for place in others if _NO_OPTION.fullmatch("-".join(parts[place]))}
    _refuse_names(others - known | {place for place in listed if parts[place][0] not in sound_roots}, records, where)
    if not listed:
        told = f"no option among the {len(records):,} instruments"
        raise InputError(told, file=where["file"], line=1, remedy=ASK_AGAIN)
    wanted = _wanted_roots(sound_roots, where["file"], request.root)
    kept = [place for place in listed if parts[place][0] in wanted]
    columns = list(zip(*(parts[place] for place in kept), strict=True))
    expiries = {text: _expiry(text) for text in set(columns[1])}
    strikes = {text: _strike(text) for text in set(columns[2])}
    if None in expiries.values() or None in strikes.values():
        _refuse_names(
            {p for p in kept if expiries[parts[p][1]] is None or strikes[parts[p][2]] is None}, records, where
        )
    dropped = {NO_OPTION: len(known), OTHER_ROOT: len(listed) - len(kept)}
    options = Options(
        [records[place] for place in kept],
        np.array(columns[0], dtype=object),
        np.array([expiries[text] for text in columns[1]], dtype="datetime64[ns]"),
        np.array(["call" if letter == "C" else "put" for letter in columns[3]], dtype=object),
        np.array([strikes[text] for text in columns[2]], dtype=np.float64),
        Where(file=where["file"], text=where["text"], place=where["place"], index=kept),
    )
    return options, {reason: count for reason, count in dropped.items() if count}


def _refuse_names(places: set[int], records: list[dict[str, Any]], where: Where) -> None:
    """An InputError for the first of the records at these places."""
    wrong = np.zeros(len(records), dtype=np.bool_)
    wrong[list(places)] = True
    told = "not an instrument name of Deribit, expected like BTC-27DEC24-100000-C"
    refuse_where(wrong, told, records, "instrument_name", **where)


def _wanted_roots(roots: set[str], file: str, asked: str | None) -> set[str]:
    """The roots asked for (separated by commas), else all; an InputError where they are on several coins."""
    told = shown_list(roots)
    wanted = roots if asked is None else {root.strip().upper() for root in asked.split(",") if root.strip()}
    missing = sorted(wanted - roots)
    if missing:
        remedy = f"roots in the file: {told}"
        raise InputError("no option has this root", file=file, key="root", value=missing[0], remedy=remedy)
    if len({root.partition("_")[0] for root in wanted}) > 1:
        raise InputError(
            "options on several underlyings",
            file=file,
            key="root",
            value=shown_list(wanted),
            remedy=f"pick one with {NAME_ROOT}; roots in the file: {told}",
        )
    return wanted


def _expiry(text: str) -> np.datetime64 | None:
    found = _DATE.fullmatch(text)
    if found is None or found.group(2) not in MONTHS:
        return None
    try:
        day = date(2000 + int(found.group(3)), MONTHS.index(found.group(2)) + 1, int(found.group(1)))
    except ValueError:
        return None
    return np.datetime64(day, "ns")


def _strike(text: str) -> float | None:
    """Strike in $; names write the decimal point as d."""
    strike = float(text.replace("D", ".")) if _STRIKE.fullmatch(text) else 0.0
    return strike if 0.0 < strike < LARGEST else None


def _column(options: Options, *spellings: str) -> tuple[NDArray[np.float64], int]:
    """The field of the first spelling that occurs, NaN where a record has none, and how many have none."""
    records, where = options.records, options.where
    name = next((name for name in spellings if any(name in record for record in records)), spellings[0])
    column, blanks = numbers(records, name, blank=np.nan, **where)
    refuse_where(column < 0.0, "must not be negative", records, name, **where)
    return column, blanks


def _quote_time(answer: object, options: Options, request: Request) -> tuple[pd.Timestamp, list[str]]:
    """Moment of the latest record (UTC), or of the answer where the records have none."""
    if request.quote_time is not None:
        return request.quote_time, []
    file, text = options.where["file"], options.where["text"]
    stamps, _ = _column(options, *MOMENTS)
    key, unit, nanoseconds = "creation_timestamp", "milliseconds", 1e6
    if np.isnan(stamps).all() and isinstance(answer, dict):
        stamps, _ = numbers([answer], "usOut", file=file, text=text, place="", blank=np.nan)
        key, unit, nanoseconds = "usOut", "microseconds", 1e3
    if np.isnan(stamps).all():
        raise InputError("no moment of the quotes", file=file, line=1, key=key, remedy=GIVE_QUOTE_TIME)
    first, last = (float(edge(stamps)) * nanoseconds for edge in (np.nanmin, np.nanmax))
    for stamp in (first, last):
        if not EARLIEST.value <= stamp <= LATEST.value:
            told, value = f"not a moment in {unit} since 1970", f"{stamp / nanoseconds:.15g}"
            raise InputError(told, file=file, line=1, key=key, value=value, remedy=GIVE_QUOTE_TIME)
    apart = pd.Timedelta(int(last - first), unit="ns")
    warning = f"the records are up to {apart.floor('s')} apart in time: the latest is the quote time"
    return pd.Timestamp(int(last), tz="UTC").floor("ms"), [warning] if apart > SPREAD_TOLD else []


def _forwards(options: Options) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Forward prices ($): the record's own underlying_price, and their median by root and expiry; NaN where none is."""
    prices, _ = _column(options, "underlying_price")
    own = np.where(prices > 0.0, prices, np.nan)
    by_expiry = pd.Series(own).groupby([options.root, options.expiry]).transform("median").to_numpy(dtype=np.float64)
    return np.where(np.isnan(own), by_expiry, own), by_expiry


def _spot(options: Options, request: Request, quote_time: pd.Timestamp) -> tuple[float, list[str]]:
    """Index price ($): the median of the records' own, else the forward of the nearest expiry, with a warning."""
    if request.spot is not None:
        return request.spot, []
    for name in ("index_price", "estimated_delivery_price"):
        if not any(name in record for record in options.records):
            continue
        prices, _ = _column(options, name)
        if (prices > 0.0).any():
            return float(np.median(prices[prices > 0.0])), []
    _, forward = _forwards(options)
    today = np.datetime64(quote_time.tz_convert("UTC").date(), "ns")
    usable = np.flatnonzero((forward > 0.0) & (options.expiry >= today))
    if not usable.size:
        told = "no index price and no forward of a live expiry"
        raise InputError(told, file=request.file, line=1, key="estimated_delivery_price", remedy=GIVE_SPOT)
    nearest = usable[np.argmin(options.expiry[usable])]
    day = np.datetime_as_string(options.expiry[nearest], unit="D")
    return float(forward[nearest]), [f"no index price in the file: the forward to {day} stands for the spot"]


def _table(options: Options, spot: float) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """The options in canonical units, what was repaired, and warnings."""
    is_inverse = np.array(["_" not in root for root in options.root], dtype=np.bool_)
    coins, warnings = _coins_per_contract(options, is_inverse)
    cells = {name: _column(options, *spellings) for name, spellings in CELLS.items()}
    cells["volume"] = _column(_with_stats(options), "volume")
    columns = {name: np.nan_to_num(column) for name, (column, _) in cells.items()}
    own_forward, forward = _forwards(options)
    to_dollars = np.where(is_inverse, np.where(np.isnan(own_forward), spot, own_forward), 1.0)
    at_spot = is_inverse & np.isnan(own_forward) & ((columns["bid"] > 0.0) | (columns["ask"] > 0.0))
    repaired = {BLANK: sum(blanks for _, blanks in cells.values()), AT_SPOT: int(at_spot.sum())}
    if not columns["implied_vol"].any():
        warnings.append("no implied vol (mark_iv) in the file: solve it from the quotes with --iv solved")
    table = pd.DataFrame(
        {
            "line": lines_of(options.where["text"], [record["instrument_name"] for record in options.records]),
            "kind": options.kind,
            "root": options.root,
            "expiry_date": options.expiry,
            "strike": options.strike,
            "bid": columns["bid"] * to_dollars,
            "ask": columns["ask"] * to_dollars,
            "volume": columns["volume"] / coins,
            "open_interest": columns["open_interest"] / coins,
            "implied_vol": columns["implied_vol"] / 100.0,
            "multiplier": coins,
            "forward": forward,
            **_greeks(options),
        }
    )
    return table, {reason: count for reason, count in repaired.items() if count}, warnings


def _coins_per_contract(options: Options, is_inverse: NDArray[np.bool_]) -> tuple[NDArray[np.float64], list[str]]:
    """Coins per contract, shape (n,), and a warning for each linear underlying whose contract size is not known."""
    bases = [root.partition("_")[0] for root in options.root]
    coins = np.where(is_inverse, 1.0, [COINS_PER_CONTRACT.get(base, 1.0) for base in bases])
    unknown = {base for base, inverse in zip(bases, is_inverse, strict=True) if not inverse} - COINS_PER_CONTRACT.keys()
    told = "contract size of {} options not known: a contract is taken as one coin (exposures do not depend on it)"
    return coins, [told.format(base) for base in sorted(unknown)]


def _with_stats(options: Options) -> Options:
    """The options with the fields that tickers keep under `stats` beside the others."""
    if not any(isinstance(record.get("stats"), dict) for record in options.records):
        return options
    stats = [record["stats"] if isinstance(record.get("stats"), dict) else {} for record in options.records]
    return options._replace(records=[record | more for record, more in zip(options.records, stats, strict=True)])


def _greeks(options: Options) -> dict[str, NDArray[np.float64]]:
    """Deribit's greeks where the records have them: per coin, $, day and vol point; NaN where one has none."""
    given = [record.get("greeks") for record in options.records]
    if not any(given):
        return {}
    where = options.where
    wrong = np.array([not isinstance(greeks, dict | None) for greeks in given], dtype=np.bool_)
    refuse_where(wrong, "not greeks by name", options.records, "greeks", **where)
    names = [{"instrument_name": record["instrument_name"]} for record in options.records]
    records = [name | (greeks or {}) for name, greeks in zip(names, given, strict=True)]
    inner = where["place"] + "[].greeks"
    within = Where(file=where["file"], text=where["text"], place=inner, index=where["index"])
    return {name: numbers(records, name, blank=np.nan, **within)[0] for name in GREEKS}
