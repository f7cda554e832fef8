"""Call wall and put wall: the strikes where gamma, or open interest, is largest, under each published rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.levels.exposure import StrikeExposures

    Floats = NDArray[np.float64]

WallRule = Literal["side_gamma", "net_gamma", "open_interest", "side_gamma_beyond_spot"]
WALL_RULES: tuple[WallRule, ...] = get_args(WallRule)


class Walls(NamedTuple):
    """Strikes ($) of the call wall and the put wall, None where no strike qualifies."""

    call: float | None
    put: float | None


def walls(strikes: StrikeExposures, spot: float, rule: WallRule = "side_gamma") -> Walls:
    """Both walls by `rule`; of equal strikes the one nearer to spot counts."""
    return RULES[rule](strikes, spot)


def side_gamma(strikes: StrikeExposures, spot: float) -> Walls:
    """Strikes with the largest gamma exposure of the calls, and of the puts, on either side of spot."""
    return Walls(
        largest(strikes.strike, np.abs(strikes.calls), spot), largest(strikes.strike, np.abs(strikes.puts), spot)
    )


def net_gamma(strikes: StrikeExposures, spot: float) -> Walls:
    """Strikes with the largest positive and the most negative net exposure (SpotGamma's glossary)."""
    return Walls(largest(strikes.strike, strikes.net, spot), largest(strikes.strike, -strikes.net, spot))


def open_interest(strikes: StrikeExposures, spot: float) -> Walls:
    """Strikes with the largest open interest of the calls, and of the puts."""
    return Walls(
        largest(strikes.strike, strikes.call_interest, spot), largest(strikes.strike, strikes.put_interest, spot)
    )


def side_gamma_beyond_spot(strikes: StrikeExposures, spot: float) -> Walls:
    """As `side_gamma`, but the call wall is looked for above spot and the put wall below it."""
    above, below = strikes.strike > spot, strikes.strike < spot
    return Walls(
        largest(strikes.strike[above], np.abs(strikes.calls[above]), spot),
        largest(strikes.strike[below], np.abs(strikes.puts[below]), spot),
    )


def largest(strike: Floats, size: Floats, spot: float) -> float | None:
    """The strike with the largest positive size, the nearest to spot among equals; None where no size is positive."""
    top = float(np.max(size, initial=0.0))
    if top <= 0.0:
        return None
    equals = strike[size == top]
    return float(equals[np.argmin(np.abs(equals - spot))])


RULES: dict[WallRule, Callable[[StrikeExposures, float], Walls]] = {
    "side_gamma": side_gamma,
    "net_gamma": net_gamma,
    "open_interest": open_interest,
    "side_gamma_beyond_spot": side_gamma_beyond_spot,
}
