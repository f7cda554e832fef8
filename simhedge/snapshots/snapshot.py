"""One chain and what is read off it: the document of `simhedge levels FILE --json`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.chains import read_chain
from simhedge.chains.calendar import MARKETS
from simhedge.chains.chain import NO_IMPLIED_VOL, Chain
from simhedge.levels import Conventions, Impact, Levels, levels_of
from simhedge.levels.landmarks import at_the_money_vol
from simhedge.snapshots.asked import Asked
from simhedge.snapshots.snapshot_display import html, line

if TYPE_CHECKING:
    import os
    from datetime import datetime

    import pandas as pd

    from simhedge.book import Listing
    from simhedge.levels.exposure import GammaSource

TRADING_DAYS_PER_YEAR = 252.0
DAYS_OF_A_MONTH = 30.0
UNITS = {"delta": "usd", "vanna": "usd_per_vol_point", "charm": "usd_per_day"}


@dataclass(frozen=True)
class Snapshot:
    """A chain, its levels under what was `asked`, and what the reader should be warned of."""

    chain: Chain
    levels: Levels
    asked: Asked
    warnings: list[str]

    def __repr__(self) -> str:
        return line(self)

    def _repr_html_(self) -> str:
        return html(self)

    def as_json(self) -> dict[str, Any]:
        """The document as a JSON object; what is not finite is null."""
        document = {"chain": self._chain_json(), "conventions": self._conventions_json(), **self.levels.as_json()}
        finite: dict[str, Any] = _finite(document)
        return finite

    def dropped(self) -> dict[str, int]:
        """Options left out of the exposures, by reason."""
        away = dict(self.chain.report.dropped)
        used = int(self.levels.exposure.used.sum())
        unknown = self.levels.listing.strike.size - used
        reason = NO_IMPLIED_VOL if self.levels.conventions.gamma == "model" else "no vendor gamma"
        return away | ({reason: unknown} if unknown else {})

    def _chain_json(self) -> dict[str, Any]:
        chain, report = self.chain, self.chain.report
        return {
            "format": chain.format,
            "file": chain.file,
            "symbol": chain.symbol,
            "name": chain.name,
            "spot": chain.spot,
            "quote_time": chain.quote_time.isoformat(),
            "delay_minutes": chain.delay.total_seconds() / 60.0,
            "rows": report.rows_read,
            "contracts_used": int(self.levels.exposure.used.sum()),
            "open_interest_used": float(self.levels.listing.open_interest[self.levels.exposure.used].sum()),
            "without_open_interest": report.rows_without_open_interest,
            "dropped": self.dropped(),
            "repaired": report.repaired,
            "warnings": self.warnings,
        }

    def _conventions_json(self) -> dict[str, Any]:
        own, asked = self.levels.conventions, self.asked
        return {
            "gamma": own.gamma,
            "implied_vol": asked.implied_vol,
            "day_count": asked.day_count,
            "settlement": asked.settlement,
            "expiry": asked.expiry,
            "rate": own.rate,
            "dividend_yield": own.dividend_yield,
            "sign": own.sign.as_dict(),
            "unit": own.unit,
            "units": UNITS,
            "currency": MARKETS[self.chain.market].currency,
        }


def read_snapshot(
    source: str | os.PathLike[str] | pd.DataFrame,
    asked: Asked | None = None,
    *,
    spot: float | None = None,
    quote_time: str | datetime | None = None,
    root: str | None = None,
    keep_expired: bool = False,
) -> Snapshot:
    """The snapshot of a chain file, address or DataFrame; the overrides are those of `simhedge.read_chain`."""
    chain = read_chain(source, spot=spot, quote_time=quote_time, root=root, keep_expired=keep_expired)
    return take_snapshot(chain, asked)


def take_snapshot(chain: Chain, asked: Asked | None = None) -> Snapshot:
    """The levels of a chain under what is asked; raises InputError where the choice leaves nothing to compute."""
    wanted = asked or Asked()
    expiry = None if wanted.expiry is None else str(wanted.expiry)
    listing = chain.listing(wanted.implied_vol, wanted.day_count, wanted.settlement, expiry)
    gamma, warnings = _gamma_in_force(listing, wanted)
    conventions = Conventions(
        gamma=gamma,
        sign=wanted.dealers_sign(),
        rate=wanted.rate,
        dividend_yield=wanted.dividend_yield,
        unit=wanted.unit,
        zero_gamma=wanted.zero_gamma,
        walls=wanted.walls,
        definitions=wanted.definitions,
        days_per_year=365.0 if wanted.day_count == "act365" else TRADING_DAYS_PER_YEAR,
    )
    levels = levels_of(listing, conventions, impact=_impact(listing, wanted), errors=wanted.errors)
    told = [*chain.report.warnings, *_currency_warning(chain), *warnings, *levels.warnings()]
    return Snapshot(chain, levels, wanted, told)


def _currency_warning(chain: Chain) -> list[str]:
    currency = MARKETS[chain.market].currency
    return [] if currency == "USD" else [f"amounts are in {currency} where a unit says $ or usd"]


def _gamma_in_force(listing: Listing, asked: Asked) -> tuple[GammaSource, list[str]]:
    """Whose gamma makes the exposures: the vendor's where he shows any, unless the model's is asked for."""
    has_vendor = bool((listing.gamma > 0.0).any())
    if asked.gamma == "model" or (asked.gamma == "auto" and not has_vendor):
        return "model", []
    if has_vendor:
        return "vendor", []
    return "model", ["the file has no vendor gamma: the model's is used"]


def _impact(listing: Listing, asked: Asked) -> Impact | None:
    if asked.adv_notional is None:
        return None
    return Impact(asked.adv_notional, asked.daily_vol or daily_vol(listing), asked.impact)


def daily_vol(listing: Listing) -> float:
    """Standard deviation of a day's return that options price: at-the-money vol of the expiry nearest to a month."""
    days = np.array([listing.time_to_expiry[listing.expiry == k].max() for k in range(len(listing.expiries))]) * 365.0
    for number in np.argsort(np.abs(days - DAYS_OF_A_MONTH)):
        vol = at_the_money_vol(listing, listing.expiry == number)
        if vol is not None:
            return vol / math.sqrt(TRADING_DAYS_PER_YEAR)
    return 0.01


def _finite(value: Any) -> Any:
    """The document with everything that is not finite replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value
