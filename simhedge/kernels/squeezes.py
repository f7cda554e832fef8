"""Squeezes: steps in which the price jumped across prices that those who hedge cannot hold, kappa being -1 or less."""

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import (
    ALIVE,
    LANES,
    MULTIPLICATIVE,
    NO_HEDGE,
    SPOT,
    SQUEEZED,
    Floats,
    Options,
    Records,
    Setup,
)
from simhedge.kernels.surface import delta_gamma

SQUEEZE_POINTS = 256


@kernel(inner=True)
def mark_squeezes(row: Floats, old_spot: Floats, setup: Setup, step: int) -> None:
    """Mark lanes whose price jumped further than `squeeze_move` across prices with kappa <= -1 at the new time."""
    m = setup.model[0]
    if m.impact == 0.0 or m.count_squeezes == 0:
        return
    large = 0
    for i in range(LANES):
        large += 1 if abs(row[SPOT + i] - old_spot[i]) > m.squeeze_move else 0
    if large == 0:
        return
    for i in range(LANES):
        old = old_spot[i]
        new = row[SPOT + i]
        if not abs(new - old) > m.squeeze_move or row[ALIVE + i] != 1.0 or row[SQUEEZED + i] == 1.0:
            continue
        if tips_between(old, new, setup, step) or short_strike_between(old, new, setup.options, setup.dealers, step):
            row[SQUEEZED + i] = 1.0


@kernel(inner=True)
def tips_between(old: float, new: float, setup: Setup, step: int) -> bool:
    """True if kappa of the dealers who hedge is -1 or less somewhere between two prices, at the end of `step`."""
    surface = setup.surface
    dealers = setup.dealers
    m = setup.model[0]
    inside = min(old, new) >= surface.low and max(old, new) <= surface.high
    if inside and surface.steps[step - surface.first_step].tips == 0:
        return False
    for k in range(SQUEEZE_POINTS + 1):
        spot = old + (new - old) * (k / SQUEEZE_POINTS)
        gamma = 0.0
        for d in range(dealers.shape[0]):
            if dealers[d].policy != NO_HEDGE:
                _, own = delta_gamma(spot, surface, setup.options, dealers[d].hedge_book, step, setup.model)
                gamma += dealers[d].number * dealers[d].scale * own
        if m.impact * gamma * (spot if m.form == MULTIPLICATIVE else 1.0) <= -1.0:
            return True
    return False


@kernel(inner=True)
def short_strike_between(old: float, new: float, options: Options, dealers: Records, step: int) -> bool:
    """True if hedging dealers are short, taken together, a strike between two prices that counts with its step now.

    That is an expiring one, or any of a stop-loss book; kappa is -inf there.
    """
    low = min(old, new)
    high = max(old, new)
    for d in range(dealers.shape[0]):
        book = dealers[d].hedge_book
        for g in range(options.calendar[book, step].expired, options.calendar[book, step].live):
            strike = options.groups[g].strike
            if strike < low or strike > high:
                continue
            shares = 0.0
            for other in range(dealers.shape[0]):
                if dealers[other].policy == NO_HEDGE:
                    continue
                own = dealers[other].hedge_book
                for k in range(options.calendar[own, step].expired, options.calendar[own, step].live):
                    if options.groups[k].strike == strike:
                        shares += dealers[other].number * dealers[other].scale * options.groups[k].shares
            if shares < 0.0:
                return True
    return False
