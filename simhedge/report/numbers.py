"""Numbers as a reader wants them: rounded to what the standard error allows, null as a dash."""

from __future__ import annotations

import math

MISSING = "–"
NORMAL_95 = 1.959963984540054


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
    # Two digits of the error only where the first is a 1: the interval is wide against what is cut.
    decimals = _decimals(standard_error)
    if decimals > 0 and f"{standard_error:.1e}"[0] != "1":
        decimals -= 1
    shown = [_rounded(number, standard_error, decimals) for number in (value, value - reach, value + reach)]
    return _minus(f"{shown[0]} [{shown[1]}, {shown[2]}]")


def _shared_exponent(value: float, standard_error: float) -> int:
    """The power of ten to take out of a number and its error; 0 where the plain form is short enough."""
    magnitude = max(abs(value), standard_error)
    if 1e-4 <= magnitude < 1e6 and standard_error >= 1e-6:
        return 0
    return math.floor(math.log10(magnitude))


def _decimals(standard_error: float) -> int:
    """Decimals that show two significant digits of the error, 0 for errors above ten, at most 12."""
    return min(12, max(0, 1 - math.floor(math.log10(standard_error))))


def _rounded(value: float, standard_error: float, decimals: int) -> str:
    if decimals == 0 and standard_error >= 100.0:
        step = 10 ** (math.floor(math.log10(standard_error)) - 1)
        value = round(value / step) * step
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not any(digit in text for digit in "123456789") else text


def _minus(text: str) -> str:
    """The typographic minus sign for every hyphen, exponents included."""
    return text.replace("-", "−")
