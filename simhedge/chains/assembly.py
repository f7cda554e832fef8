"""From a format's quotes to a Chain: what is set aside and why, the clock, settlement, one implied vol per strike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simhedge.chains import option_symbol
from simhedge.chains.calendar import FIRST_YEAR, LAST_YEAR, covered, session_after, settlement_times, trading_days
from simhedge.chains.chain import Chain
from simhedge.chains.report import ChainReport
from simhedge.chains.shared_vol import share_implied_vols
from simhedge.chains.table import TABLE_COLUMNS, Quotes
from simhedge.errors import InputError

SHARES_PER_CONTRACT = 100.0

EXPIRED = "expired"
ADJUSTED = "adjusted root, other deliverable"
FLEXIBLE = "FLEX root"
LISTED_TWICE = "listed twice"
NO_IMPLIED_VOL = "no implied vol"


def assemble(quotes: Quotes) -> Chain:
    """The chain of the quotes; an InputError where no option with open interest is usable."""
    _check_dates(quotes)
    clock_start = session_after(quotes.quote_time)
    live, reasons = _set_aside(_with_clock(quotes.options, clock_start))
    if live.empty:
        raise _nothing_usable(quotes, reasons)
    symbol, others = option_symbol.underlying_symbol(live["root"])
    warnings = [*quotes.warnings]
    if others:
        warnings.append(f"options on {', '.join(others)} beside those on {symbol} are read as one chain")
    table = _canonical(live, quotes.spot)
    lost = (table["vol_source"] == "none") & (table["open_interest"] > 0.0)
    reasons[NO_IMPLIED_VOL] = table.loc[lost, "open_interest"]
    used = (table["vol_source"] != "none") & (table["open_interest"] > 0.0)
    if not used.any():
        raise _nothing_usable(quotes, reasons)
    report = ChainReport(
        rows_read=len(quotes.options),
        rows_used=int(used.sum()),
        rows_without_open_interest=int((table["open_interest"] == 0.0).sum()),
        dropped={reason: int(away.size) for reason, away in reasons.items() if away.size},
        dropped_open_interest={reason: float(away.sum()) for reason, away in reasons.items() if away.size},
        repaired=quotes.repaired | _repaired_vols(table[used]),
        warnings=warnings,
    )
    return Chain(symbol, quotes.name, quotes.file, quotes.spot, quotes.quote_time, clock_start, table, report)


def _check_dates(quotes: Quotes) -> None:
    quoted = np.datetime64(quotes.quote_time.date(), "D")
    expiry = quotes.options["expiry_date"].to_numpy().astype("datetime64[D]")
    beyond = np.flatnonzero(~covered(expiry))
    if not covered(np.array([quoted])).all():
        raise _beyond_calendar(quotes.file, None, "quote time", quotes.quote_time)
    if beyond.size:
        line = int(quotes.options["line"].iloc[beyond[0]])
        raise _beyond_calendar(quotes.file, line, "expiry", expiry[beyond[0]])


def _beyond_calendar(file: str, line: int | None, key: str, value: object) -> InputError:
    span = f"the trading calendar covers {FIRST_YEAR} to {LAST_YEAR}"
    return InputError(span, file=file, line=line, key=key, value=value, remedy="check the year")


def _with_clock(options: pd.DataFrame, clock_start: pd.Timestamp) -> pd.DataFrame:
    expiry = options["expiry_date"].to_numpy().astype("datetime64[D]")
    is_am = option_symbol.is_am_settled(options["root"])
    days = trading_days(np.datetime64(clock_start.date(), "D"), expiry, is_am)
    return options.assign(settlement=np.where(is_am, "am", "pm"), expiry_days=days)


def _set_aside(options: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.Series[float]]]:
    """The options that stay, and the open interest of those that do not, by reason."""
    reasons: dict[str, pd.Series[float]] = {}
    unwanted = {
        EXPIRED: options["expiry_days"] <= 0,
        ADJUSTED: options["root"].str.contains(r"\d$"),
        FLEXIBLE: options["root"].str.contains(r"^\d"),
        LISTED_TWICE: options.duplicated(["root", "expiry_date", "strike", "kind"]),
    }
    stays = pd.Series(True, index=options.index)
    for reason, away in unwanted.items():
        reasons[reason] = options.loc[stays & away, "open_interest"]
        stays &= ~away
    return options[stays].reset_index(drop=True), reasons


def _canonical(live: pd.DataFrame, spot: float) -> pd.DataFrame:
    expiry = live["expiry_date"].to_numpy().astype("datetime64[D]")
    is_am = (live["settlement"] == "am").to_numpy(dtype=np.bool_)
    table = live.assign(expiry=settlement_times(expiry, is_am), multiplier=SHARES_PER_CONTRACT)
    vol, source = share_implied_vols(table, spot)
    return table.assign(shared_vol=vol, vol_source=source)[list(TABLE_COLUMNS)]


def _repaired_vols(used: pd.DataFrame) -> dict[str, int]:
    names = {"quote": "implied vol solved from the quote", "other side": "implied vol taken from the in-the-money side"}
    counts = used["vol_source"].value_counts()
    return {words: int(counts[source]) for source, words in names.items() if source in counts}


def _nothing_usable(quotes: Quotes, reasons: dict[str, pd.Series[float]]) -> InputError:
    told = ", ".join(f"{lost.size:,} {reason}" for reason, lost in reasons.items() if lost.size)
    return InputError(
        f"no usable option among the {len(quotes.options):,} read at {quotes.quote_time}"
        + (f": {told}" if told else ""),
        file=quotes.file,
        remedy="options with open interest, not expired, with an implied vol or a two-sided quote are needed",
    )
