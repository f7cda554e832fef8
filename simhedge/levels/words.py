"""What levels say, in the words that terminal, figures and notebook share: units, slopes, sides, cells of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.rounding import MISSING, amount, distance, level, plain, price

if TYPE_CHECKING:
    from collections.abc import Callable

    from simhedge.levels.definitions import Defined
    from simhedge.levels.feedback import Feedback
    from simhedge.levels.find import Conventions, Levels
    from simhedge.levels.sign import Sign
    from simhedge.levels.uncertainty import Uncertainty
    from simhedge.levels.units import GammaUnit

RISING, FALLING = "↑", "↓"
UNIT_WORDS: dict[GammaUnit, str] = {
    "usd_per_1pct": "$ per 1%",
    "usd_per_point": "$ per point",
    "shares": "shares per $",
}
DEFINITION_COLUMNS = ("zero gamma", "from spot", "call wall", "put wall", "net gamma", "unit", "dealers' sign")
BAND_COLUMNS = ("5%", "median", "95%", "without")
_ROOTS_SHOWN, _TIPPING_LEVELS_SHOWN = 8, 6


def slope_arrow(slope: float) -> str:
    """An arrow up where dealers pass from short to long gamma as the price rises, down where from long to short."""
    return RISING if slope > 0.0 else FALLING


def sign_words(sign: Sign) -> str:
    """The dealers' assumed side: "calls +1, puts −1"."""
    if sign.from_column:
        return "each row's own dealer_sign"
    return ", ".join(f"{side} {price(share) if share <= 0.0 else '+' + price(share)}" for side, share in sign.rules)


def exposure_units(own: Conventions) -> dict[str, str]:
    """The units of gamma, delta, vanna and charm exposure."""
    return {
        "gamma": UNIT_WORDS[own.unit],
        "delta": "$",
        "vanna": "$ per vol point",
        "charm": f"$ per day of {own.days_per_year:.0f} a year",
    }


def exposure_rows(levels: Levels) -> list[list[str]]:
    """Each exposure: name, calls, puts, net, unit."""
    units = exposure_units(levels.conventions)
    return [
        [name, amount(found.calls), amount(found.puts), amount(found.net), units[name]]
        for name, found in levels.exposure_legs().items()
    ]


def roots_words(levels: Levels) -> str:
    """The roots nearest to spot in order of price, with an arrow each, and how many more there are."""
    roots = levels.zero_gamma.roots
    if not roots:
        return "none"
    near = sorted(sorted(roots, key=lambda root: abs(root.spot - levels.spot))[:_ROOTS_SHOWN])
    more = len(roots) - len(near)
    told = ", ".join(f"{price(root.spot)} {slope_arrow(root.slope)}" for root in near)
    return told + (f" + {more} more" if more else "")


def headline_arrow(levels: Levels) -> str:
    """The slope at the headline zero gamma; empty where it is no root of the profile."""
    found = levels.zero_gamma
    return "".join(slope_arrow(root.slope) for root in found.roots if root.spot == found.headline)


def definition_cells(found: Defined, spot: float) -> list[str]:
    """One definition's cells, in the order of DEFINITION_COLUMNS."""
    return [
        level(found.zero_gamma),
        distance(found.zero_gamma, spot),
        price(found.call_wall),
        price(found.put_wall),
        amount(found.net_gamma),
        UNIT_WORDS[found.unit],
        found.sign.replace("-", "−"),
    ]


def uncertainty_words(found: Uncertainty) -> str:
    """What the bands are of."""
    errors = found.errors
    return f"bands where each option's side is wrong with probability {errors.wrong:g} ({errors.draws:,} draws)"


def band_rows(found: Uncertainty) -> list[list[str]]:
    """Each level's name and BAND_COLUMNS; net gamma in $ per 1% and the feedback gain are no prices."""
    written: dict[str, Callable[[float | None], str]] = {"net_gamma": amount, "gain_at_spot": _gain}
    rows = []
    for name, band in found.bands.items():
        shown = [written.get(name, level)(value) for value in (band.low, band.median, band.high)]
        label = "net gamma, $ per 1%" if name == "net_gamma" else name.replace("_", " ")
        rows.append([label, *shown, MISSING if band.none == 0.0 else f"{100.0 * band.none:.3g}% of draws"])
    return rows


def feedback_rows(found: Feedback) -> list[tuple[str, str]]:
    """The feedback gain with the impact model it rests on, and the tipping levels: a label and what it says."""
    impact = found.impact
    levels = [
        f"{price(tipping, 5)} ({plain(away, 3)} daily s.d.)"
        for tipping, away in zip(found.tipping_levels, found.distances, strict=True)
    ]
    shown = ", ".join(levels[:_TIPPING_LEVELS_SHOWN]) or "none"
    more = f" + {len(levels) - _TIPPING_LEVELS_SHOWN} more" if len(levels) > _TIPPING_LEVELS_SHOWN else ""
    gain = f"{_gain(found.gain_at_spot)} at spot, least {_gain(found.gain_min)} at {price(found.gain_min_spot, 5)}"
    volume = amount(impact.adv_notional, 3).lstrip("+")
    model = f"{impact.coefficient:g} daily vol of {100.0 * impact.daily_vol:.3g}% for a day's volume of ${volume}"
    return [("feedback gain", f"{gain}  (impact: {model})"), ("tipping levels", shown + more)]


def _gain(value: float | None) -> str:
    return MISSING if value is None else plain(value, 3)
