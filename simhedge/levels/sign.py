"""Which side of the open interest dealers are assumed to hold: an input, never data, and never hidden.

Written as a list of rules, the later ones overriding: `calls=1,puts=-1` is the usual assumption (customers sell calls
and buy puts), `calls=1,puts=-1,puts:otm=-0.5,calls:0dte=0,puts:<=7d=0.3` refines it by moneyness and by
days to expiry, counted from the session of the quotes (after its close: the next one).
`column` takes the dealers' share of each row from the file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simhedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simhedge.book import Listing

USUAL = {"calls": 1.0, "puts": -1.0}
FROM_COLUMN = "column"
LARGEST_SHARE = 1e6
FORM = "expected like calls=1,puts=-1 with buckets as in puts:otm=-0.5, calls:0dte=0, puts:<=30d=-1, or column"

_KEY = re.compile(r"(?:calls|puts)(?::(?:otm|itm|0dte|(?:<=|>)\d{1,5}d))?")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Sign:
    """Dealers' signed share of open interest: rules by `calls` or `puts` and bucket, in order, or the file's column."""

    rules: tuple[tuple[str, float], ...] = tuple(USUAL.items())
    from_column: bool = False

    @classmethod
    def parse(cls, text: str) -> Sign:
        """The sign that `text` says; an InputError with the form expected where it says none."""
        compact = text.replace(" ", "").lower()
        if compact == FROM_COLUMN:
            return cls((), from_column=True)
        rules: dict[str, float] = {}
        for part in compact.split(","):
            key, _, share = part.rpartition("=")
            if not _NUMBER.fullmatch(share):
                raise InputError("no sign of the dealers' side", key="sign", value=part, remedy=FORM)
            rules.pop(key, None)
            rules[key] = float(share)
        return cls.of(rules)

    @classmethod
    def of(cls, rules: Mapping[str, float]) -> Sign:
        """The sign of a mapping in its order; a side that is not named keeps its usual share."""
        for key, share in rules.items():
            if not (_KEY.fullmatch(str(key)) and is_share(share)):
                raise InputError("no sign of the dealers' side", key="sign", value=f"{key}={share}", remedy=FORM)
        unnamed = {side: share for side, share in USUAL.items() if side not in rules}
        return cls((*unnamed.items(), *rules.items()))

    def as_dict(self) -> dict[str, float | str]:
        """The rules by name; `column` where the file says the side of each row."""
        return {FROM_COLUMN: "dealer_sign"} if self.from_column else dict(self.rules)


def is_share(share: object) -> bool:
    """Whether this can be a dealers' share of open interest: a number, not beyond a million times."""
    return isinstance(share, int | float) and math.isfinite(share) and abs(share) <= LARGEST_SHARE


def dealer_shares(listing: Listing, sign: Sign) -> NDArray[np.float64]:
    """Dealers' signed share of each row's open interest, shape (n,)."""
    if sign.from_column:
        if np.isnan(listing.dealer_sign).any():
            remedy = "a column dealer_sign with the dealers' signed share is needed in every row"
            raise InputError("the file does not say the dealers' side", key="sign", value=FROM_COLUMN, remedy=remedy)
        return listing.dealer_sign
    share = np.zeros(listing.strike.size)
    for key, value in sign.rules:
        share[_rows(listing, key)] = value
    return share


def _rows(listing: Listing, key: str) -> NDArray[np.bool_]:
    side, _, bucket = key.partition(":")
    rows = listing.is_call if side == "calls" else ~listing.is_call
    if not bucket:
        return rows
    out_of_the_money = np.where(listing.is_call, listing.strike >= listing.spot, listing.strike < listing.spot)
    if bucket in ("otm", "itm"):
        return rows & (out_of_the_money if bucket == "otm" else ~out_of_the_money)
    days = listing.days
    if bucket == "0dte":
        return rows & (days <= 0.0)
    limit = float(bucket.lstrip("<=>").rstrip("d"))
    return rows & (days <= limit if bucket.startswith("<=") else days > limit)
