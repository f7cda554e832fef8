"""How levels are written: prices, exposures with their unit, conventions in a few words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.chains import clock
from simhedge.levels.units import ONE_PERCENT, GammaUnit
from simhedge.report.numbers import MISSING, plain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simhedge.snapshots.snapshot import Snapshot

    Floats = NDArray[np.float64]

RISING, FALLING = "↑", "↓"
UNIT_WORDS: dict[GammaUnit, str] = {
    "usd_per_1pct": "$ per 1%",
    "usd_per_point": "$ per point",
    "shares": "shares per $",
}
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
_SCALE_WORDS = {"tn": "trillion", "bn": "billion", "m": "million", "k": "thousand", "": ""}


class Scale(NamedTuple):
    """What to divide numbers by, and its short name: tn, bn, m, k or nothing."""

    divisor: float
    name: str


def price(value: float | None, digits: int = 6) -> str:
    """A price ($) with that many significant digits, at least those before the point, no zeros at the end."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0.0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def level(value: float | None) -> str:
    """A level ($) for a column: six significant digits, zeros kept so that digits stand under each other."""
    return MISSING if value is None else plain(value, 6)


def distance(value: float | None, spot: float) -> str:
    """How far a level lies from spot, in signed percent of spot."""
    return MISSING if value is None else signed(100.0 * (value / spot - 1.0), 2) + "%"


def signed(value: float, decimals: int) -> str:
    """A number with its sign and so many decimals; 0 has none."""
    text = f"{value:+,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text[1:]
    return text.replace("-", "−")


def scale_of(values: ArrayLike) -> Scale:
    """The scale in which the largest of the values is at least 1."""
    largest = float(np.max(np.abs(np.asarray(values, dtype=np.float64)), initial=0.0))
    return next((Scale(divisor, name) for divisor, name in _SCALES if largest >= divisor), Scale(1.0, ""))


def amount(value: float | None, digits: int = 4) -> str:
    """An exposure with its sign, its scale and so many digits: +83.69 bn."""
    if value is None or not math.isfinite(value):
        return MISSING
    divisor, name = scale_of(value)
    text = plain(value / divisor, digits)
    sign = "+" if value > 0.0 and text != "0" else ""
    return f"{sign}{text} {name}".rstrip()


def scaled_unit(unit: GammaUnit, scale: Scale) -> str:
    """The unit of numbers divided by the scale: "$bn per 1%", "million shares per $"."""
    if unit == "shares":
        return f"{_SCALE_WORDS[scale.name]} shares per $".lstrip()
    return UNIT_WORDS[unit].replace("$", f"${scale.name}", 1)


def in_unit(per_1pct: Floats, unit: GammaUnit, spot: float | Floats) -> Floats:
    """Gamma exposures given in $ per 1% at `spot` ($), in another unit."""
    if unit == "usd_per_1pct":
        return per_1pct
    return per_1pct / (ONE_PERCENT * spot if unit == "usd_per_point" else ONE_PERCENT * spot * spot)


def slope_arrow(slope: float) -> str:
    """An arrow up where dealers pass from short to long gamma as the price rises, down where from long to short."""
    return RISING if slope > 0.0 else FALLING


def sign_words(snapshot: Snapshot) -> str:
    """The dealers' assumed side: "calls +1, puts −1"."""
    sign = snapshot.levels.conventions.sign
    if sign.from_column:
        return "the file's column dealer_sign"
    return ", ".join(f"{side} {price(share) if share <= 0.0 else '+' + price(share)}" for side, share in sign.rules)


def quoted(snapshot: Snapshot) -> str:
    """The moment that the file shows, with its zone, and by how much the quotes are older."""
    chain = snapshot.chain
    minutes = chain.delay.total_seconds() / 60.0
    return f"{chain.quote_time:%Y-%m-%d %H:%M %Z}" + (f", delayed {minutes:.0f} min" if minutes > 0.0 else "")


def heading(snapshot: Snapshot) -> str:
    """Symbol and spot ($): "SPX 3,990.56"."""
    return f"{snapshot.chain.symbol or snapshot.chain.name} {price(snapshot.levels.spot)}"


def expiry_words(snapshot: Snapshot, expiry: str) -> str:
    """An expiry date, and whether it is that of the quotes (0DTE) or of the session that comes after them."""
    chain = snapshot.chain
    if expiry != str(clock.current_session(chain)):
        return expiry
    return f"{expiry} (0DTE)" if expiry == str(clock.local_quote_time(chain).date()) else f"{expiry} (next session)"
