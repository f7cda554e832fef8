"""Simultaneous clearing: the price at which everybody's demand after hedging fits (Frey and Stremme, 1997).

Newton's method on all lanes (newton.py) finds it where clearing is monotone between the old and the new price; the
paths left over walk to it one by one (walk.py).
"""

import math

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import exp
from simhedge.kernels.layout import (
    ALIVE,
    DIVERGED,
    EXCESS,
    FUNDAMENTAL,
    INITIAL_HEDGE,
    LANES,
    MARGIN,
    MULTIPLICATIVE,
    PINNED_AT,
    PRICE_BASE,
    SOLUTION,
    SPOT,
    TOTAL_HEDGE,
    Floats,
    Options,
    Records,
    Setup,
    Surface,
)
from simhedge.kernels.newton import clearing_level, follow_targets, newton_lanes
from simhedge.kernels.options import expiring_lanes, strikes_below
from simhedge.kernels.surface import book_part
from simhedge.kernels.walk import LEFT, clear_path


@kernel(inner=True)
def on_same_branch(row: Floats, i: int, surface: Surface, step: int) -> bool:
    """True if clearing is monotone from lane i's old price to SOLUTION, so that SOLUTION is the first root met."""
    n = step - surface.first_step
    old = row[SPOT + i]
    new = row[SOLUTION + i]
    if surface.steps[n].fold == 0:
        return surface.steps[n].usable == 0 or (new >= surface.low and new <= surface.high)
    if surface.steps[n].fold == 2 or not (old >= surface.low and old <= surface.high):
        return False
    first = surface.steps[n].first_cell
    cell = first + min(int((old - surface.low) / surface.steps[n].width), surface.steps[n].cells - 1)
    return new > surface.branches[cell].low and new < surface.branches[cell].high


@kernel(inner=True)
def all_solved(row: Floats, surface: Surface, step: int) -> bool:
    """True if Newton's method solved every lane inside a grid without folds, the usual case."""
    n = step - surface.first_step
    if surface.steps[n].fold != 0:
        return False
    low = surface.low
    high = surface.high
    left = 0
    for i in range(LANES):
        new = row[SOLUTION + i]
        left += 0 if ((row[EXCESS + i] == 0.0) & (new >= low) & (new <= high)) else 1
    return left == 0


@kernel(inner=True)
def crosses_strike(old: float, new: float, options: Options, step: int) -> bool:
    """True if a strike at which a delta jumps in `step` lies between two prices, or at the lower of them."""
    for book in range(options.books.shape[0]):
        first = options.calendar[book, step].expired
        last = options.calendar[book, step].live
        if strikes_below(old, LEFT, options, first, last) != strikes_below(new, LEFT, options, first, last):
            return True
    return False


@kernel(inner=True)
def clear_simultaneously(row: Floats, jumps: bool, smooth: bool, weights: Floats, setup: Setup, step: int) -> None:
    """Set SOLUTION, NEW_HEDGE and the books' deltas of all lanes at the clearing price of `step`.

    Newton on all lanes, deltas that jump at strikes in this step (`jumps`) held at those of the old price. That stands
    where the map does not fold and no such strike lies between old and new price; the lanes left over walk one by one,
    and all of them do where a policy has a band or is the user's (not `smooth`).
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    m = model[0]
    for i in range(LANES):
        row[PINNED_AT + i] = 0.0
    if smooth:
        if jumps:
            for book in range(options.books.shape[0]):
                expiring_lanes(row[SPOT : SPOT + LANES], book_part(row, book), options, book, step)
        clearing_level(row, dealers, options, step, model)
        newton_lanes(row, weights, surface, options, step, model)
        follow_targets(row, dealers, options, step)
        if not jumps and all_solved(row, surface, step):
            return
    for i in range(LANES):
        if row[ALIVE + i] != 1.0:
            continue
        stands = smooth and row[EXCESS + i] == 0.0 and on_same_branch(row, i, surface, step)
        if not stands or (jumps and crosses_strike(row[SPOT + i], row[SOLUTION + i], options, step)):
            clear_path(row, i, smooth, setup, step)
            if math.isnan(row[SOLUTION + i]):
                twin = row[FUNDAMENTAL + i]
                twin_inside = twin >= m.spot / MARGIN and twin <= m.spot * MARGIN
                row[ALIVE + i] = 0.0
                row[DIVERGED + i] = 1.0 if twin_inside else 3.0


@kernel(inline=True)
def price_lanes(row: Floats, model: Records) -> None:
    """Fill SPOT from the fundamental and the dealers' holdings: X + impact * (H - H_0), never from adding up moves."""
    m = model[0]
    if m.form == MULTIPLICATIVE:
        for i in range(LANES):
            moved = row[PRICE_BASE + i] + m.impact * (row[TOTAL_HEDGE + i] - row[INITIAL_HEDGE + i])
            row[SPOT + i] = row[FUNDAMENTAL + i] * exp(moved)
    else:
        for i in range(LANES):
            moved = row[PRICE_BASE + i] + m.impact * (row[TOTAL_HEDGE + i] - row[INITIAL_HEDGE + i])
            row[SPOT + i] = row[FUNDAMENTAL + i] + moved
