"""Dealers' positions as the kernels take them: the rows of a listing that a model can price, with signed shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.book import Listing

    Floats = NDArray[np.float64]

LEAST_VOL = 0.005  # below it a vol is a vendor's placeholder; its gamma would be a spike with a root on either side


@dataclass(frozen=True)
class Positions:
    """Options as arrays of shape (n,): `shares` signed from the dealers' side, time in years, rates per year.

    `expiry` numbers `expiries` dates, `row` the rows of the listing that they are.
    """

    shares: Floats
    kind_sign: Floats
    strike: Floats
    time_to_expiry: Floats
    dividend_yield: Floats
    implied_vol: Floats
    expiry: NDArray[np.int64]
    row: NDArray[np.int64]
    expiries: int
    rate: float

    def where(self, kept: NDArray[np.bool_]) -> Positions:
        """Those of the rows `kept` (n,)."""
        return replace(
            self,
            shares=self.shares[kept],
            kind_sign=self.kind_sign[kept],
            strike=self.strike[kept],
            time_to_expiry=self.time_to_expiry[kept],
            dividend_yield=self.dividend_yield[kept],
            implied_vol=self.implied_vol[kept],
            expiry=self.expiry[kept],
            row=self.row[kept],
        )


def positions(
    listing: Listing,
    share: Floats,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    time_to_expiry: Floats | None = None,
) -> Positions:
    """The rows with an implied vol and time left; `share` (n,) is the dealers' signed share of open interest.

    A forward that the vendor tells takes the place of `dividend_yield`. `time_to_expiry` (n,) replaces the listing's.
    """
    years = listing.time_to_expiry if time_to_expiry is None else time_to_expiry
    priced = (listing.implied_vol > LEAST_VOL) & (years > 0.0) & np.isfinite(listing.implied_vol)
    row = np.flatnonzero(priced)
    told = listing.log_forward[row]
    t = years[row]
    return Positions(
        shares=(share * listing.shares)[row],
        kind_sign=np.where(listing.is_call[row], 1.0, -1.0),
        strike=np.ascontiguousarray(listing.strike[row]),
        time_to_expiry=np.ascontiguousarray(t),
        dividend_yield=np.where(np.isnan(told), dividend_yield, rate - told / t),
        implied_vol=np.ascontiguousarray(listing.implied_vol[row]),
        expiry=listing.expiry[row],
        row=row,
        expiries=len(listing.expiries),
        rate=float(rate),
    )
