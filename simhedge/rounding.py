"""Numbers as a reader wants them: rounded to what the standard error allows, null as a dash."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MISSING = "–"
NORMAL_95 = 1.959963984540054
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))


class Scale(NamedTuple):
    """What to divide numbers by, and its short name: tn, bn, m, k or nothing."""

    divisor: float
    name: str


def plain(value: float, digits: int = 4) -> str:
    """`value` with that many significant digits; scientific outside 1e-4 .. 1e7, a dash where it is not finite."""
    if not math.isfinite(value):
        return MISSING
    if value == 0.0:
        return "0"
    magnitude = abs(value)
    if not 1e-4 <= magnitude < 1e7:
        return _minus(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(magnitude)))
    return _minus(f"{value:,.{decimals}f}")


def with_error(value: float, standard_error: float) -> str:
    """ "value ± standard error", the error with two significant digits and the value with as many decimals."""
    if not math.isfinite(value):
        return MISSING
    if not math.isfinite(standard_error):
        return plain(value)
    if standard_error <= 0.0:
        return f"{plain(value)} ± 0"
    exponent = _shared_exponent(value, standard_error)
    if exponent:
        scale = 10.0**exponent
        decimals = _decimals(standard_error / scale)
        return _minus(f"({value / scale:.{decimals}f} ± {standard_error / scale:.{decimals}f})e{exponent:d}")
    decimals = _decimals(standard_error)
    return _minus(f"{_rounded(value, standard_error, decimals)} ± {_rounded(standard_error, standard_error, decimals)}")


def with_interval(value: float, standard_error: float) -> str:
    """ "value [low, high]", the normal 95% interval; the value alone where there is no standard error."""
    if not math.isfinite(value):
        return MISSING
    if not math.isfinite(standard_error) or standard_error <= 0.0:
        return plain(value)
    reach = NORMAL_95 * standard_error
    if _shared_exponent(value, standard_error):
        return f"{plain(value, 3)} [{plain(value - reach, 3)}, {plain(value + reach, 3)}]"
    decimals = _interval_decimals(standard_error)
    shown = [_rounded(number, standard_error, decimals) for number in (value, value - reach, value + reach)]
    return _minus(f"{shown[0]} [{shown[1]}, {shown[2]}]")


def percent_with_interval(value: float, standard_error: float) -> str:
    """A fraction in percent with its normal 95% interval: "21.4% [21.3, 21.5]"."""
    shown, _, interval = with_interval(100.0 * value, 100.0 * standard_error).partition(" ")
    return shown if shown == MISSING else f"{shown}% {interval}".rstrip()


def share_with_interval(share: float, of: int) -> str:
    """A share of so many in percent with its 95% interval by Wilson (1927): of none of 5,000 "0.00% [0.00, 0.08]"."""
    if not math.isfinite(share) or of < 1:
        return MISSING
    from scipy.stats import binomtest  # slow to load

    interval = binomtest(round(share * of), of).proportion_ci(method="wilson")
    low, high = 100.0 * float(interval.low), 100.0 * float(interval.high)
    decimals = _interval_decimals((high - low) / (2.0 * NORMAL_95))
    return f"{100.0 * share:.{decimals}f}% [{low:.{decimals}f}, {high:.{decimals}f}]"


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


def plain_at(value: float, decimals: int) -> str:
    """A number with so many decimals and a typographic minus sign; 0 has no sign."""
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
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


def counted(number: int, noun: str) -> str:
    """A number of things: "1 path", "20,000 paths"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _shared_exponent(value: float, standard_error: float) -> int:
    """The power of ten to take out of a number and its error; 0 where the plain form is short enough."""
    magnitude = max(abs(value), standard_error)
    if 1e-4 <= magnitude < 1e6 and standard_error >= 1e-6:
        return 0
    return math.floor(math.log10(magnitude))


def _decimals(standard_error: float) -> int:
    """Decimals that show two significant digits of the error, 0 for errors above ten, at most 12."""
    return min(12, max(0, 1 - math.floor(math.log10(standard_error))))


def _interval_decimals(standard_error: float) -> int:
    """Two digits of the error only where the first is a 1: the interval is wide against what is cut."""
    decimals = _decimals(standard_error)
    return decimals - 1 if decimals > 0 and f"{standard_error:.1e}"[0] != "1" else decimals


def _rounded(value: float, standard_error: float, decimals: int) -> str:
    if decimals == 0 and standard_error >= 100.0:
        step = 10 ** (math.floor(math.log10(standard_error)) - 1)
        value = round(value / step) * step
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not any(digit in text for digit in "123456789") else text


def _minus(text: str) -> str:
    """The typographic minus sign for every hyphen, exponents included."""
    return text.replace("-", "−")
