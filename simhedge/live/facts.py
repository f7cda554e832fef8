"""The numbers of now beside the figures, as a table for readers and screen readers alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simhedge.display import frame, table
from simhedge.rounding import MISSING, signed

if TYPE_CHECKING:
    from simhedge.live.sight import Sight
    from simhedge.live.street import Street


def facts_table(street: Street, sight: Sight) -> str:
    """The table as HTML: prices, gain, gamma and levels of now, and which path of which seed this is."""
    tipping = [level for level in (sight.tipping_below, sight.tipping_above) if math.isfinite(level)]
    exposure = 0.0 if street.diverged else street.net_gamma * street.spot**2 * 0.01
    rows = [
        ("Price, hedged", _level(street.spot)),
        ("Price, twin", _level(street.twin)),
        ("Feedback gain κ", _gain(street.gain)),
        ("Net gamma ($ per 1%)", _money(exposure)),
        ("Zero gamma", _level(sight.zero_gamma)),
        ("Call wall", _level(sight.call_wall)),
        ("Put wall", _level(sight.put_wall)),
        ("Tipping levels", ", ".join(map(_level, tipping)) or MISSING),
    ]
    day = f"day {street.day:.2f} of {street.steps / street.steps_per_day:g}"
    return frame(table(f"Cycle {street.cycle + 1}", [day, f"seed {street.settings.seed}"], ("Now", ""), rows))


def _gain(gain: float) -> str:
    return signed(gain, 3) if math.isfinite(gain) else MISSING


def _level(level: float) -> str:
    return f"${level:,.2f}" if math.isfinite(level) else MISSING


def _money(amount: float) -> str:
    """Signed dollars with a unit: +$1.20bn, -$340m."""
    sign = "+" if amount > 0.0 else "−" if amount < 0.0 else ""
    for divisor, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(amount) >= divisor:
            return f"{sign}${abs(amount) / divisor:.2f}{unit}"
    return f"{sign}${abs(amount):.0f}"
