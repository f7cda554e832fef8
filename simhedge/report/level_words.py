"""How figures and tables of levels are written: units of scaled numbers, expiry dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.chains import clock
from simhedge.levels.units import ONE_PERCENT, GammaUnit
from simhedge.levels.words import UNIT_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simhedge.rounding import Scale
    from simhedge.snapshots.snapshot import Snapshot

    Floats = NDArray[np.float64]

_SCALE_WORDS = {"tn": "trillion", "bn": "billion", "m": "million", "k": "thousand", "": ""}


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


def expiry_words(snapshot: Snapshot, expiry: str) -> str:
    """An expiry date, and whether it is that of the quotes (0DTE) or of the session that comes after them."""
    chain = snapshot.chain
    if expiry != str(clock.current_session(chain)):
        return expiry
    return f"{expiry} (0DTE)" if expiry == str(clock.local_quote_time(chain).date()) else f"{expiry} (next session)"
