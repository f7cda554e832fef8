"""From a format's quotes to a Chain: roots, settlement, the clock, and what is set aside and why."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains import option_symbol
from simhedge.chains.calendar import (
    MARKETS,
    US_OPTIONS,
    covered,
    covers_year,
    session_after,
    sessions,
    settlement_times,
    span,
    trading_days,
)
from simhedge.chains.chain import Chain
from simhedge.chains.report import ChainReport
from simhedge.chains.table import GIVE_SPOT, OPTIONAL_COLUMNS, TABLE_COLUMNS, Quotes, Request, shown_list
from simhedge.errors import InputError

EXPIRED = "expired"
OTHER_ROOT = "other root"
ADJUSTED = "adjusted root, other deliverable"
FLEXIBLE = "FLEX root"
LISTED_TWICE = "listed twice"

LARGEST_SHARE_OF_NEGATIVES = 0.01
NEAR_THE_MONEY = 0.1
LARGEST_MEDIAN_VOL = 3.0  # near the money; above it vols are in per cent
DAYS_TO_NEXT_SESSION = 10  # at most, over any weekend with holidays

# What no price, count, vol or greek is beyond; products of three of them stay finite.
SMALLEST_PRICE, LARGEST_NUMBER = 1e-9, 1e15
PRICES = ("strike", "multiplier", "forward")
NUMBERS = (*PRICES, "bid", "ask", "volume", "open_interest", "implied_vol", "delta", "gamma", "theta", "vega")


def assemble(quotes: Quotes, format_name: str, request: Request, keep_expired: bool = False) -> Chain:
    """The chain of the quotes; an InputError where no option with open interest is left."""
    if quotes.options.empty:
        raise InputError("no option in the file", file=quotes.file, remedy="download the chain again")
    _check_sizes(quotes)
    _check_dates(quotes)
    clock_start = session_after(quotes.quote_time, quotes.market)
    options = _canonical(quotes, clock_start)
    repaired, told = _in_decimals(options.columns, quotes.spot)
    repaired |= _unsigned_gammas(options.columns, quotes.file)
    wanted_roots = _wanted_roots(options.columns["root"], request)
    stays, reasons = _set_aside(options, quotes.market, wanted_roots, keep_expired)
    table = options.table(stays)
    has_interest = table["open_interest"].to_numpy() > 0.0
    if not has_interest.any():
        raise _nothing_usable(quotes, reasons, len(stays))
    contradictions = _contradictions(options, reasons[LISTED_TWICE].size)
    symbol, others = option_symbol.underlying_symbol(table["root"])
    report = ChainReport(
        rows_read=len(stays) + sum(quotes.dropped.values()),
        rows_used=int(has_interest.sum()),
        rows_without_open_interest=int(table.shape[0] - has_interest.sum()),
        dropped=quotes.dropped | {reason: int(away.size) for reason, away in reasons.items() if away.size},
        dropped_open_interest=dict.fromkeys(quotes.dropped, 0.0)
        | {reason: float(away.sum()) for reason, away in reasons.items() if away.size},
        repaired=quotes.repaired | repaired,
        warnings=[*quotes.warnings, *told, *contradictions, *_warnings(quotes, table, others)],
    )
    return Chain(
        symbol=symbol,
        name=quotes.name,
        file=quotes.file,
        format=format_name,
        market=quotes.market,
        spot=quotes.spot,
        quote_time=quotes.quote_time,
        delay=quotes.delay,
        clock_start=clock_start,
        table=table,
        report=report,
    )


def _check_sizes(quotes: Quotes) -> None:
    """Refuses numbers that nothing quoted can have and that would overflow in what is computed from them."""
    positive = f"must lie between {SMALLEST_PRICE:g} and {LARGEST_NUMBER:g}"
    if not SMALLEST_PRICE <= quotes.spot <= LARGEST_NUMBER:
        raise InputError(positive, file=quotes.file, key="spot", value=quotes.spot, remedy=GIVE_SPOT)
    for name in NUMBERS:
        if name not in quotes.options:
            continue
        values = quotes.options[name].to_numpy(dtype=np.float64)
        wrong = (np.abs(values) > LARGEST_NUMBER) | (values < SMALLEST_PRICE if name in PRICES else False)
        if wrong.any():
            row, remedy = int(np.argmax(wrong)), "correct the cell or download the chain again"
            line, value = int(quotes.options["line"].iloc[row]), values[row]
            told = positive if name in PRICES else f"must lie within {LARGEST_NUMBER:g} of zero"
            raise InputError(told, file=quotes.file, line=line, key=name, value=value, remedy=remedy)


def _check_dates(quotes: Quotes) -> None:
    if not covers_year(quotes.quote_time):
        raise _beyond_calendar(quotes, None, "quote time", quotes.quote_time)
    quoted = np.datetime64(quotes.quote_time.tz_convert(MARKETS[quotes.market].zone).date(), "D")
    expiry = quotes.options["expiry_date"].to_numpy().astype("datetime64[D]")
    beyond = np.flatnonzero(~covered(expiry, quotes.market))
    if not covered(np.array([quoted, quoted + DAYS_TO_NEXT_SESSION]), quotes.market).all():
        raise _beyond_calendar(quotes, None, "quote time", quotes.quote_time)
    if beyond.size:
        line = int(quotes.options["line"].iloc[beyond[0]])
        raise _beyond_calendar(quotes, line, "expiry", expiry[beyond[0]])


def _beyond_calendar(quotes: Quotes, line: int | None, key: str, value: object) -> InputError:
    told = f"the trading calendar covers {span(quotes.market)}"
    return InputError(told, file=quotes.file, line=line, key=key, value=value, remedy="check the year")


class Canonical(NamedTuple):
    """The options column by column, as TABLE_COLUMNS has them, and whether each had settled when it was quoted."""

    columns: dict[str, Any]
    expired: NDArray[np.bool_]

    def table(self, rows: NDArray[np.bool_]) -> pd.DataFrame:
        """The canonical table of the chosen rows."""
        return pd.DataFrame({name: self.columns[name][rows] for name in TABLE_COLUMNS}, copy=False)


def _canonical(quotes: Quotes, clock_start: pd.Timestamp) -> Canonical:
    """The options with settlement and clock filled in; one row per row of the reader."""
    options = quotes.options
    categories = ("kind", "root", "settlement")
    plain = [name for name in TABLE_COLUMNS if name in options and name not in categories]
    columns: dict[str, Any] = {name: options[name].to_numpy() for name in plain}
    for name, value in OPTIONAL_COLUMNS.items():
        if name not in columns and name not in categories:
            columns[name] = np.full(len(options), value)
    columns |= {name: options[name].astype("category").array for name in ("kind", "root")}
    is_am = _settles_at_the_open(options.get("settlement"), columns["root"], quotes.market)
    # A chain has some fifty expiries and tens of thousands of rows.
    days, day_of_row = np.unique(columns["expiry_date"].astype("datetime64[D]"), return_inverse=True)
    both = np.array([False, True])
    moments = settlement_times(np.repeat(days, 2), np.tile(both, days.size), quotes.market)
    start = np.datetime64(clock_start.date(), "D")
    left = trading_days(start, np.repeat(days, 2), np.tile(both, days.size), quotes.market)
    place = 2 * day_of_row + is_am
    columns["settlement"] = pd.Categorical.from_codes(is_am.astype(np.int8), categories=pd.Index(["pm", "am"]))
    columns["expiry"], columns["expiry_days"] = moments[place], left[place]
    return Canonical(columns, np.asarray(moments <= quotes.quote_time - quotes.delay)[place])


def _in_decimals(columns: dict[str, Any], spot: float) -> tuple[dict[str, int], list[str]]:
    """Divides implied vols written in per cent by 100, in place; what was repaired, and a warning.

    Near the money and days from expiry no underlying has a vol of several hundred per cent.
    """
    vol = columns["implied_vol"]
    near = (np.abs(columns["strike"] / spot - 1.0) < NEAR_THE_MONEY) & (vol > 0.0) & (columns["expiry_days"] > 1)
    median = float(np.median(vol[near])) if near.any() else 0.0
    if median <= LARGEST_MEDIAN_VOL:
        return {}, []
    columns["implied_vol"] = vol / 100.0
    told = f"implied vols (median {median:.4g} near the money) are taken as per cent and divided by 100"
    return {"implied vol in per cent": int((vol > 0.0).sum())}, [told]


def _unsigned_gammas(columns: dict[str, Any], file: str) -> dict[str, int]:
    """Takes away the few negative gammas of a vendor, in place, and counts them; an InputError where they are many.

    No option's gamma is negative: a column with signs has somebody's side in it already.
    """
    gamma = columns["gamma"]
    negative = gamma < 0.0
    if not negative.any():
        return {}
    if negative.sum() > LARGEST_SHARE_OF_NEGATIVES * np.count_nonzero(gamma[~np.isnan(gamma)]):
        row = int(np.argmax(negative))
        remedy = "give gamma without sign; the dealers' side is said by --sign"
        line = int(columns["line"][row])
        raise InputError("negative gammas", file=file, line=line, key="gamma", value=gamma[row], remedy=remedy)
    columns["gamma"] = np.where(negative, np.nan, gamma)
    return {"negative gamma read as none": int(negative.sum())}


def _settles_at_the_open(settlement: pd.Series[Any] | None, root: pd.Categorical, market: str) -> NDArray[np.bool_]:
    """Whether each option settles at the open (on Deribit: at the hour at which its days begin), shape (n,)."""
    if MARKETS[market].settles_at is not None:
        return np.ones(len(root), dtype=np.bool_)
    by_root = np.zeros(len(root), dtype=np.bool_)
    if market == US_OPTIONS:
        by_root = option_symbol.is_am_settled(pd.Series(root, copy=False))
    if settlement is None:
        return by_root
    said = settlement.astype("str").to_numpy()
    return np.where(said == "am", True, np.where(said == "pm", False, by_root))


def _wanted_roots(root: pd.Categorical, request: Request) -> list[str] | None:
    """The roots asked for, None for all; an InputError where one of them does not occur."""
    if request.root is None:
        return None
    wanted = [root.strip().upper() for root in request.root.split(",") if root.strip()]
    listed = [str(name) for name in root.categories]
    missing = [root for root in wanted if root not in listed]
    if missing:
        remedy = "roots in the file: " + shown_list(listed)
        raise InputError("no option has this root", file=request.file, key="root", value=missing[0], remedy=remedy)
    return wanted


def _set_aside(
    options: Canonical, market: str, wanted_roots: list[str] | None, keep_expired: bool
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """Whether each option stays, shape (n,), and the open interest of those that do not, by reason."""
    root = options.columns["root"]
    roots = [str(name) for name in root.categories]
    unwanted: dict[str, NDArray[np.bool_]] = {}
    if not keep_expired:
        unwanted[EXPIRED] = options.expired
    if wanted_roots is not None:
        unwanted[OTHER_ROOT] = _has_root(root, [name for name in roots if name not in wanted_roots])
    elif market == US_OPTIONS:
        unwanted[ADJUSTED] = _has_root(root, [name for name in roots if name[-1:].isdigit()])
        unwanted[FLEXIBLE] = _has_root(root, [name for name in roots if name[:1].isdigit()])
    unwanted[LISTED_TWICE] = _listed_before(options.columns, [])
    reasons: dict[str, NDArray[np.float64]] = {}
    interest = options.columns["open_interest"]
    stays = np.ones(interest.size, dtype=np.bool_)
    for reason, away in unwanted.items():
        reasons[reason] = interest[stays & away]
        stays &= ~away
    return stays, reasons


def _has_root(root: pd.Categorical, roots: list[str]) -> NDArray[np.bool_]:
    return np.isin(root.codes, root.categories.get_indexer(pd.Index(roots, dtype=object)))


def _listed_before(columns: dict[str, Any], beside: list[str]) -> NDArray[np.bool_]:
    """Whether an earlier row has the same root, kind, expiry date, settlement and strike, shape (n,).

    `beside` names columns that must be the same too.
    """
    days = columns["expiry_date"].astype("datetime64[D]").astype(np.int64)
    series = (days * 2 + columns["kind"].codes) * 2 + columns["settlement"].codes
    series = series * len(columns["root"].categories) + columns["root"].codes
    same = {"series": series, "strike": columns["strike"]} | {name: columns[name] for name in beside}
    return pd.DataFrame(same).duplicated().to_numpy()


def _contradictions(options: Canonical, twice: int) -> list[str]:
    """A warning where options that are listed twice come with different numbers."""
    if not twice:
        return []
    equal = int(_listed_before(options.columns, ["open_interest", "implied_vol"]).sum())
    if equal >= twice:
        return []
    told = f"{twice - equal:,} rows list an option again with another open interest or implied vol: the first counts"
    return [f"{told} (two roots under one name, as SPX and SPXW? give option symbols or a column settlement)"]


def _warnings(quotes: Quotes, table: pd.DataFrame, others: list[str]) -> list[str]:
    warnings = []
    if others:
        warnings.append(f"options on {', '.join(others)} beside the chain's own are read as one chain")
    strike = table["strike"].to_numpy()
    if not 0.5 * strike.min() <= quotes.spot <= 2.0 * strike.max():
        span_of = f"{strike.min():,.10g} to {strike.max():,.10g}"
        warnings.append(f"the strikes, {span_of}, lie nowhere near the spot, {quotes.spot:,.10g}: check both")
    known_to = sessions(quotes.market).known_to
    if (table["expiry_date"].to_numpy().astype("datetime64[D]") > known_to).any():
        warnings.append(f"holidays after {known_to} are not known: every weekday counts as a session there")
    return warnings


def _nothing_usable(quotes: Quotes, reasons: dict[str, NDArray[np.float64]], rows: int) -> InputError:
    told = ", ".join(f"{lost.size:,} {reason}" for reason, lost in reasons.items() if lost.size)
    return InputError(
        f"no option with open interest among the {rows:,} read at {quotes.quote_time}" + (f": {told}" if told else ""),
        file=quotes.file,
        remedy="options with open interest that have not expired are needed (keep_expired keeps those that have)",
    )
