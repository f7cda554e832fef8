"""Quotes, open interest, implied vols and Greeks in the columns of a table with one option a row, and the spot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains import option_symbol
from simhedge.chains.formats.columns import BLANK, Floats, Sheet, distinct, numbers, quantities, spellings, words
from simhedge.chains.table import GIVE_SPOT, Request
from simhedge.errors import InputError

# Names without case, blanks and punctuation: those of ThetaData, Tradier, Polygon, Alpaca, MarketData, Alpha Vantage,
# OptionMetrics and Cboe DataShop (with quotes at 15:45 and at the end of the day) among them.
QUANTITY_COLUMNS = {
    "bid": spellings("bid best_bid bid_price last_quote_bid nbbo_bid", "bid_1545", "bid_eod"),
    "ask": spellings("ask best_ask best_offer offer ask_price last_quote_ask nbbo_ask", "ask_1545", "ask_eod"),
    "volume": spellings("volume trade_volume total_volume day_volume"),
    "open_interest": spellings("open_interest open_int oi"),
    "implied_vol": spellings(
        "implied_vol implied_volatility iv impl_volatility imp_vol mid_iv greeks_mid_iv implied_volatility_1545",
        "smv_vol greeks_smv_vol",
    ),
}
GREEK_COLUMNS = {name: spellings(f"{name} greeks_{name} {name}_1545") for name in ("delta", "gamma", "theta", "vega")}
SPOT_COLUMNS = {
    "spot": spellings(
        "underlying_price active_underlying_price spot spot_price stock_price underlying_last underlying_close stk_px "
        "underlying_asset_price",
        "active_underlying_price_1545",
    ),
    "spot_bid": spellings("underlying_bid", "underlying_bid_1545", "underlying_bid_eod"),
    "spot_ask": spellings("underlying_ask", "underlying_ask_1545", "underlying_ask_eod"),
}
OTHER_COLUMNS = {
    "multiplier": spellings(
        "multiplier contract_multiplier shares_per_contract details_shares_per_contract contract_size"
    ),
    "forward": spellings("forward forward_price"),
    "dealer_sign": spellings("dealer_sign dealer_share"),
    "settlement": spellings("am_settlement am_pm", "settlement", "settle"),
}
OPTION_COLUMNS = QUANTITY_COLUMNS | GREEK_COLUMNS | SPOT_COLUMNS | OTHER_COLUMNS

NO_QUOTE = "negative bid, ask or volume read as none"
NO_VOL = "negative implied vol read as none"
NO_FORWARD = "forward of zero read as none"
NO_MULTIPLIER = "contract size missing: that of the root"

MISSING_MARKS = (-99.99, -99.0)  # OptionMetrics
MULTIPLIER_WORDS = {"regular": np.nan, "": np.nan, "mini": 10.0}
SETTLEMENT_WORDS = {
    **dict.fromkeys(("am", "a.m.", "a", "1", "true", "open"), "am"),
    **dict.fromkeys(("pm", "p.m.", "p", "0", "false", "close"), "pm"),
    **dict.fromkeys(("", "nan", "none", "null", "n/a"), ""),
}
# Prices of the underlying on rows of one snapshot may lie apart by so much (relative) without and with a warning.
STEADY_SPOT, UNSTEADY_SPOT = 1e-3, 0.1


class Values(NamedTuple):
    """Columns of the canonical table, each of shape (n,), what was repaired (counts of cells) and assumed."""

    columns: dict[str, NDArray[np.generic]]
    repaired: dict[str, int]
    warnings: list[str]


def option_values(sheet: Sheet, found: dict[str, int], roots: pd.Series[str]) -> Values:
    """Everything a row tells about its option beside what identifies it; `roots` know the usual multiplier."""
    result = Values({}, {}, [])
    for name in QUANTITY_COLUMNS:
        result.columns[name] = _quantity(sheet, found, name, result)
    for name in (*GREEK_COLUMNS, "forward", "dealer_sign"):
        if name in found:
            values = numbers(sheet, found[name])
            result.columns[name] = np.where(np.isin(values, MISSING_MARKS), np.nan, values)
    if "forward" in found:
        forward = result.columns["forward"]
        count(result.repaired, NO_FORWARD, int((forward == 0.0).sum()))
        result.columns["forward"] = np.where(forward == 0.0, np.nan, forward)
    if "dealer_sign" in found:
        shares = numbers(sheet, found["dealer_sign"])
        remedy = "dealers' share of the open interest, from -1 (all of it short) to 1 (all of it long)"
        _refuse(sheet, found["dealer_sign"], np.abs(shares) > 1.0, "must lie between -1 and 1", remedy)
    result.columns["multiplier"] = _multipliers(sheet, found, roots, result)
    if "settlement" in found and (settlement := _settlements(sheet, found["settlement"], result)) is not None:
        result.columns["settlement"] = settlement
    return result


def spot_price(
    sheet: Sheet, found: dict[str, int], wanted: NDArray[np.bool_], request: Request
) -> tuple[float, list[str]]:
    """Price ($) of the underlying as requested, or on the `wanted` rows (shape (n,)), and what was assumed."""
    if request.spot is not None:
        return request.spot, []
    remedy = GIVE_SPOT + ", or a column underlying_price"
    if "spot" in found:
        place, prices = found["spot"], numbers(sheet, found["spot"])
    elif "spot_bid" in found and "spot_ask" in found:
        place = found["spot_bid"]
        prices = 0.5 * (numbers(sheet, place) + numbers(sheet, found["spot_ask"]))
    else:
        told = "the table does not say the price of the underlying"
        raise InputError(told, file=sheet.file, line=sheet.header_line, key="spot", remedy=remedy)
    known = prices[wanted & (prices > 0.0)]
    key = sheet.names[place]
    if not known.size:
        raise InputError("no price of the underlying", file=sheet.file, line=sheet.header_line, key=key, remedy=remedy)
    spot = float(np.median(known))
    apart = known.max() - known.min()
    span = f"{known.min():,.2f} to {known.max():,.2f}"
    if apart > UNSTEADY_SPOT * spot:
        raise InputError("prices of several underlyings or days", file=sheet.file, key=key, value=span, remedy=remedy)
    return spot, [f"{key} is {span}: its median is taken"] if apart > STEADY_SPOT * spot else []


def count(repaired: dict[str, int], what: str, cells: int) -> None:
    """Adds to a count of repaired cells; nothing is noted where there are none."""
    if cells:
        repaired[what] = repaired.get(what, 0) + cells


def _refuse(sheet: Sheet, place: int, wrong: NDArray[np.bool_], message: str, remedy: str) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        raise sheet.error(message, int(rows[0]), place, remedy)


def _quantity(sheet: Sheet, found: dict[str, int], name: str, result: Values) -> Floats:
    if name not in found:
        result.warnings.append(f"no column for {name.replace('_', ' ')}: none is known")
        return np.zeros(len(sheet.line))
    values, blanks = quantities(sheet, found[name])
    count(result.repaired, BLANK, blanks)
    below = values < 0.0
    if name == "open_interest":
        _refuse(sheet, found[name], below, "must not be negative", "correct the cell")
    elif below.any():
        count(result.repaired, NO_VOL if name == "implied_vol" else NO_QUOTE, int(below.sum()))
        values[below] = 0.0
    return values


def _multipliers(sheet: Sheet, found: dict[str, int], roots: pd.Series[str], result: Values) -> Floats:
    usual = option_symbol.multipliers(roots)
    if "multiplier" not in found:
        return usual
    place = found["multiplier"]
    at, written = distinct(words(sheet, place))
    if any(word.lower() in MULTIPLIER_WORDS and word for word in written):
        values = np.array([MULTIPLIER_WORDS.get(word.lower(), np.inf) for word in written])[at]
        _refuse(sheet, place, np.isinf(values), "not a contract size", "expected REGULAR, MINI, or a number like 100")
        return np.where(np.isnan(values), usual, values)
    values = numbers(sheet, place)
    missing = np.isnan(values) | np.isin(values, MISSING_MARKS)
    count(result.repaired, NO_MULTIPLIER, int(missing.sum()))
    values = np.where(missing, usual, values)
    _refuse(sheet, place, values <= 0.0, "must be positive", "units of the underlying per contract, like 100")
    return values


def _settlements(sheet: Sheet, place: int, result: Values) -> NDArray[np.str_] | None:
    """am, pm or '' of each row; None where the column is about something else."""
    at, written = distinct(words(sheet, place))
    known = [SETTLEMENT_WORDS.get(word.lower().removesuffix(".0")) for word in written]
    if None not in known:
        return np.array(known, dtype=np.str_)[at]
    if not sheet.names[place].lower().startswith("am"):
        result.warnings.append(f"column {sheet.names[place]} is neither am nor pm: the root tells the settlement")
        return None
    row = int(np.flatnonzero(at == known.index(None))[0])
    raise sheet.error("neither am nor pm", row, place, "expected AM or PM, 1 or 0")
