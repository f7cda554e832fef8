"""Words of levels: units, the slope at a zero gamma, the dealers' assumed side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.rounding import price

if TYPE_CHECKING:
    from simhedge.levels.sign import Sign
    from simhedge.levels.units import GammaUnit

RISING, FALLING = "↑", "↓"
UNIT_WORDS: dict[GammaUnit, str] = {
    "usd_per_1pct": "$ per 1%",
    "usd_per_point": "$ per point",
    "shares": "shares per $",
}


def slope_arrow(slope: float) -> str:
    """An arrow up where dealers pass from short to long gamma as the price rises, down where from long to short."""
    return RISING if slope > 0.0 else FALLING


def sign_words(sign: Sign) -> str:
    """The dealers' assumed side: "calls +1, puts −1"."""
    if sign.from_column:
        return "each row's own dealer_sign"
    return ", ".join(f"{side} {price(share) if share <= 0.0 else '+' + price(share)}" for side, share in sign.rules)
