"""An option chain in memory: its table of options, and the usable ones as the arrays that `Book.from_chain` takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.book import MarketState
from simhedge.chains.report import ChainReport


@dataclass(frozen=True)
class Chain:
    """Options on `symbol`, whose price was `spot` ($) at `quote_time`; the clock starts at the open `clock_start`.

    `table` (columns: `simhedge.chains.table.TABLE_COLUMNS`) holds every live option. The array properties, all of one
    shape (n,), hold the usable ones: those with an implied vol.
    """

    symbol: str
    name: str
    file: str
    spot: float
    quote_time: pd.Timestamp
    clock_start: pd.Timestamp
    table: pd.DataFrame
    report: ChainReport

    @property
    def is_call(self) -> NDArray[np.bool_]:
        """Call or put, shape (n,)."""
        return np.asarray(self._usable("kind") == "call", dtype=np.bool_)

    @property
    def strike(self) -> NDArray[np.float64]:
        """Strikes ($), shape (n,)."""
        return self._usable("strike").to_numpy(dtype=np.float64, copy=True)

    @property
    def expiry_days(self) -> NDArray[np.float64]:
        """Sessions from the start of the clock to expiry, positive, shape (n,)."""
        return self._usable("expiry_days").to_numpy(dtype=np.float64, copy=True)

    @property
    def open_interest(self) -> NDArray[np.float64]:
        """Contracts outstanding, not negative, shape (n,)."""
        return self._usable("open_interest").to_numpy(dtype=np.float64, copy=True)

    @property
    def multiplier(self) -> NDArray[np.float64]:
        """Shares per contract, shape (n,)."""
        return self._usable("multiplier").to_numpy(dtype=np.float64, copy=True)

    @property
    def implied_vol(self) -> NDArray[np.float64]:
        """Implied vol per sqrt(year), one for the call and the put of a strike and expiry, shape (n,)."""
        return self._usable("shared_vol").to_numpy(dtype=np.float64, copy=True)

    def market_state(self, rate: float = 0.0, dividend_yield: float = 0.0) -> MarketState:
        """The market at the start of the clock: this chain's spot with the rates given (per year)."""
        return MarketState(self.spot, rate, dividend_yield)

    def _usable(self, column: str) -> pd.Series:
        return self.table.loc[self.table["shared_vol"].notna(), column]
