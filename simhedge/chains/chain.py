"""An option chain in memory: its table, the options a simulation can hold, and the listing that levels are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.book import Listing, MarketState
from simhedge.chains import clock
from simhedge.chains.calendar import MARKETS
from simhedge.chains.chain_display import html, line
from simhedge.chains.report import ChainReport
from simhedge.chains.shared_vol import share_implied_vols
from simhedge.errors import InputError

VolSource = Literal["vendor", "solved", "repaired"]

NO_IMPLIED_VOL = "no implied vol"
BEFORE_THE_CLOCK = "expires before the clock starts"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """Options on `symbol`, whose price was `spot` ($) at `quote_time`; the clock starts at the open `clock_start`.

    `table` (columns: `simhedge.chains.table.TABLE_COLUMNS`) holds every option that was not dropped; the quotes are
    older than `quote_time` by `delay`. The array properties, all of one shape (n,), hold the options a simulation can
    start with: those that live beyond `clock_start` and have an implied vol, one for call and put of a strike.
    """

    symbol: str
    name: str
    file: str
    format: str
    market: str
    spot: float
    quote_time: pd.Timestamp
    delay: pd.Timedelta
    clock_start: pd.Timestamp
    table: pd.DataFrame
    report: ChainReport

    def __repr__(self) -> str:
        return line(self)

    def _repr_html_(self) -> str:
        return html(self)

    @property
    def is_call(self) -> NDArray[np.bool_]:
        """Call or put, shape (n,)."""
        return np.asarray(self._held["kind"] == "call", dtype=np.bool_)

    @property
    def strike(self) -> Floats:
        """Strikes ($), shape (n,)."""
        return self._column("strike")

    @property
    def expiry_days(self) -> Floats:
        """Sessions from the start of the clock to expiry, positive, shape (n,)."""
        return self._column("expiry_days")

    @property
    def open_interest(self) -> Floats:
        """Contracts outstanding, not negative, shape (n,)."""
        return self._column("open_interest")

    @property
    def multiplier(self) -> Floats:
        """Shares per contract, shape (n,)."""
        return self._column("multiplier")

    @property
    def implied_vol(self) -> Floats:
        """Implied vol per sqrt(year), one for the call and the put of a strike and expiry, shape (n,)."""
        return self._column("shared_vol")

    def market_state(self, rate: float = 0.0, dividend_yield: float = 0.0) -> MarketState:
        """The market at the start of the clock: this chain's spot with the rates given (per year)."""
        sessions_per_year = MARKETS[self.market].sessions_per_year
        return MarketState(self.spot, rate, dividend_yield, trading_days_per_year=sessions_per_year)

    @cached_property
    def shared_vols(self) -> pd.DataFrame:
        """The table's rows that live beyond the clock's start, with `shared_vol` (NaN: none) and `vol_source`."""
        alive = self.table[self.table["expiry_days"] > 0]
        years = alive["expiry_days"].to_numpy(dtype=np.float64) / MARKETS[self.market].sessions_per_year
        vol, source = share_implied_vols(alive, self.spot, years)
        return alive.assign(shared_vol=vol, vol_source=source)

    @cached_property
    def book_report(self) -> ChainReport:
        """The report as a simulation sees it: what else cannot be held, and which implied vols were repaired."""
        alive, interest = self.shared_vols, self.table["open_interest"]
        early = interest[(self.table["expiry_days"] <= 0) & (interest > 0.0)]
        lost = alive.loc[alive["shared_vol"].isna() & (alive["open_interest"] > 0.0), "open_interest"]
        away = {reason: rows for reason, rows in ((BEFORE_THE_CLOCK, early), (NO_IMPLIED_VOL, lost)) if rows.size}
        sources = alive.loc[alive["open_interest"] > 0.0, "vol_source"].value_counts()
        names = {"quote": "implied vol solved from the quote", "other side": "implied vol of the in-the-money side"}
        return replace(
            self.report,
            rows_used=self.report.rows_used - sum(rows.size for rows in away.values()),
            dropped=self.report.dropped | {reason: rows.size for reason, rows in away.items()},
            dropped_open_interest=self.report.dropped_open_interest
            | {reason: float(rows.sum()) for reason, rows in away.items()},
            repaired=self.report.repaired | {words: int(sources[s]) for s, words in names.items() if s in sources},
        )

    def listing(
        self,
        implied_vol: VolSource = "vendor",
        day_count: clock.DayCount = "act365",
        settlement: clock.SettlementRule = "root",
        expiry: str | None = None,
    ) -> Listing:
        """The options with open interest as arrays, before anyone's side is assumed, seen at the moment of the quotes.

        `implied_vol`: `vendor` leaves each row its own (NaN where it is 0); `solved` gives call and put of a strike the
        vol of the out-of-the-money mid price; `repaired` the vendor's where it is sound, else the solved one.
        `day_count` and `settlement`: see `simhedge.chains.clock`. `expiry` keeps some: `0dte`, an ISO date, or a
        number of calendar days from the session of the quotes. Raises InputError where nothing is left.
        """
        table = self.table[(self.table["open_interest"] > 0.0).to_numpy()]
        years = clock.years_to_expiry(table, self, day_count, settlement)
        chosen = clock.chosen_expiries(table, self, expiry)
        if not chosen.any():
            remedy = f"expiries in the chain: {', '.join(clock.expiry_names(table)[1][:12])}"
            raise InputError("no option has this expiry", file=self.file, key="expiry", value=expiry, remedy=remedy)
        listed = self.table["strike"].to_numpy()[clock.chosen_expiries(self.table, self, expiry)]
        vols = self._vols(implied_vol, years)
        table, years, vols = table[chosen], years[chosen], vols[chosen]
        number, names = clock.expiry_names(table)

        def column(name: str) -> Floats:
            return table[name].to_numpy(dtype=np.float64, copy=True)

        return Listing(
            spot=self.spot,
            is_call=(table["kind"] == "call").to_numpy(dtype=np.bool_),
            strike=column("strike"),
            open_interest=column("open_interest"),
            multiplier=column("multiplier"),
            implied_vol=vols,
            time_to_expiry=years,
            weekdays=clock.weekdays_to_expiry(table, self),
            days=clock.days_to_expiry(table, self),
            listed_strikes=np.unique(listed).astype(np.float64),
            expiry=number,
            expiries=names,
            gamma=column("gamma"),
            delta=column("delta"),
            log_forward=np.log(column("forward") / self.spot),
            dealer_sign=column("dealer_sign"),
        )

    def _vols(self, source: VolSource, years: Floats) -> Floats:
        """Implied vols (NaN: none) of the rows with open interest, shape (n,); quotes of the other rows help."""
        own = (self.table["open_interest"] > 0.0).to_numpy()
        if source == "vendor":
            vendor = self.table["implied_vol"].to_numpy(dtype=np.float64)[own]
            return np.where(vendor > 0.0, vendor, np.nan)
        all_years = np.full(len(self.table), np.nan)
        all_years[own] = years
        # Call and put of a strike and expiry share their time, whichever of them has open interest.
        pair = self.table.groupby(["expiry", "settlement"], observed=True, sort=False).ngroup().to_numpy()
        of_expiry = np.full(int(pair.max()) + 1, np.nan)
        of_expiry[pair[own]] = years
        vol, _ = share_implied_vols(self.table, self.spot, of_expiry[pair], use_vendor=source == "repaired")
        return vol[own]

    @cached_property
    def _held(self) -> pd.DataFrame:
        usable = self.shared_vols["shared_vol"].notna()
        return self.shared_vols[usable]

    def _column(self, name: str) -> Floats:
        return self._held[name].to_numpy(dtype=np.float64, copy=True)
