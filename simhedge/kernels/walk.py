"""Walking one path from its old price to the next price that clears, over folds, strikes and the edges of bands.

With excess(S) = S - X - base - impact * (sum_i h_i(S) - H_0), or the same in logs for multiplicative impact, the new
price is the first root met when walking from the old price against the sign of the excess. Where excess is monotone
that is the continuation of the old price; where it folds, the walk leaves the vanished branch and stops at the next
root, which is stable because excess crosses zero upwards there. Where a holding jumps through the root (an expiring
strike, any strike of a stop-loss dealer, the edge of a band) the price stays at the jump, and everybody fills the same
fraction of its jump. Below, a strike is one at which a delta jumps in this step.
"""

import math
from typing import Any

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import (
    BOOK_SIZE,
    BOOKS,
    DEALER_SIZE,
    DELTA,
    EXPIRING,
    FROZEN,
    FUNDAMENTAL,
    GAMMA,
    HEDGE,
    INITIAL_HEDGE,
    MARGIN,
    MULTIPLICATIVE,
    NEW_HEDGE,
    PINNED_AT,
    PRICE_BASE,
    SIDE_HEDGE,
    SOLUTION,
    SPOT,
    Floats,
    Options,
    Records,
    Setup,
    Surface,
)
from simhedge.kernels.options import expiring_delta, strikes_below
from simhedge.kernels.policies import wanted_hedge
from simhedge.kernels.surface import delta_gamma

BISECTIONS = 200
LEFT: Any = np.int64(0)  # sides of a strike: its call is out of,
RIGHT: Any = np.int64(1)  # or in the money


@kernel(inner=True)
def hedge_at(row: Floats, i: int, spot: float, at_strike: int, setup: Setup, step: int) -> tuple[float, float, int]:
    """Shares that all dealers together want to hold at price `spot`, the derivative, and a bit for each who trades.

    Leaves each book's delta, gamma and expiring delta and each dealer's NEW_HEDGE in lane i. `at_strike` = 1 counts
    calls struck exactly at `spot`, of those that count with their step, as in the money.
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    user_policy = setup.user_policy
    books = options.books.shape[0]
    dealers_at = BOOKS + books * BOOK_SIZE
    for book in range(books):
        at = BOOKS + book * BOOK_SIZE + i
        delta, gamma = delta_gamma(spot, surface, options, book, step, model)
        row[at + DELTA] = delta
        row[at + GAMMA] = gamma
        row[at + EXPIRING] = expiring_delta(spot, at_strike, options, book, step)
    total = 0.0
    slope = 0.0
    trading: Any = np.int64(0)
    for d in range(dealers.shape[0]):
        own = dealers_at + d * DEALER_SIZE + i
        at = BOOKS + dealers[d].hedge_book * BOOK_SIZE + i
        target = -dealers[d].scale * (row[at + DELTA] + row[at + FROZEN] + row[at + EXPIRING])
        gamma = dealers[d].scale * row[at + GAMMA]
        wanted = wanted_hedge(row[own + HEDGE], target, spot, gamma, dealers, d, step, user_policy)
        row[own + NEW_HEDGE] = wanted
        total += dealers[d].number * wanted
        if wanted != row[own + HEDGE]:
            slope -= dealers[d].number * gamma
            trading |= np.int64(1) << np.int64(d % 63)
    return total, slope, trading


@kernel(inner=True)
def excess(row: Floats, i: int, spot: float, at_strike: int, setup: Setup, step: int) -> tuple[float, float, int]:
    """Price (or log) less what it would clear at if everybody hedged at `spot`, its derivative, and who trades."""
    model = setup.model
    m = model[0]
    total, slope, trading = hedge_at(row, i, spot, at_strike, setup, step)
    impact = m.impact * (total - row[INITIAL_HEDGE + i]) + row[PRICE_BASE + i]
    if m.form == MULTIPLICATIVE:
        return math.log(spot / row[FUNDAMENTAL + i]) - impact, 1.0 / spot - m.impact * slope, trading
    return spot - row[FUNDAMENTAL + i] - impact, 1.0 - m.impact * slope, trading


@kernel(inner=True)
def stride_end(spot: float, up: bool, smooth: bool, surface: Surface, step: int) -> float:
    """The price to look at next when walking, strikes aside.

    Where the surface says that clearing is monotone around `spot` (`smooth`: policies without bands) that is the end of
    the monotone interval; else half a cell on, the resolution at which a turn of excess is sought.
    """
    n = step - surface.first_step
    width = 0.5 * surface.steps[n].width
    if not (spot >= surface.low and spot <= surface.high):
        stride = max(width, 0.01 * spot)  # beyond the grid deltas are flat
        return spot + stride if up else max(spot - stride, 0.5 * spot)
    if smooth and surface.steps[n].usable == 1:
        position = (spot - surface.low) / surface.steps[n].width
        cell = np.int64(math.floor(position)) if up else np.int64(math.ceil(position)) - 1
        first = surface.steps[n].first_cell
        if cell >= 0 and cell < surface.steps[n].cells:
            end = surface.branches[first + cell].high if up else surface.branches[first + cell].low
            if (up and end > spot + width) or (not up and end < spot - width):
                return end
    return spot + width if up else max(spot - width, 0.5 * spot)


@kernel(inner=True)
def next_stop(spot: float, up: bool, smooth: bool, surface: Surface, options: Options, step: int) -> tuple[float, int]:
    """The price to look at next when walking, and 1 if it is a strike that comes before the stride's end."""
    stop = stride_end(spot, up, smooth, surface, step)
    strike_met = 0
    for book in range(options.books.shape[0]):
        first = options.calendar[book, step].expired
        last = options.calendar[book, step].live
        if up:
            g = strikes_below(spot, RIGHT, options, first, last)  # the next strike above
        else:
            g = strikes_below(spot, LEFT, options, first, last) - 1  # the next strike below
        if g < first or g >= last:
            continue
        strike = options.groups[g].strike
        if (up and strike <= stop) or (not up and strike >= stop):
            stop = strike
            strike_met = 1
    return stop, strike_met


@kernel(inner=True)
def crossing(row: Floats, i: int, near: float, far: float, trial: float, setup: Setup, step: int) -> tuple[float, int]:
    """The price between `near` and `far` where excess changes sign, and 1 if it jumps there instead of vanishing.

    Newton steps inside a bracket that bisection shrinks, from `trial` if that is inside; excess at `near` has the sign
    that the walk started with.
    Ends with the holdings of the far side in the lane (NEW_HEDGE) and, at a jump, those of the near side in SIDE_HEDGE.
    """
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    tolerance = model[0].tolerance / (model[0].spot if model[0].form == MULTIPLICATIVE else 1.0)
    sign = 1.0 if far > near else -1.0
    spot = trial if (trial - near) * (trial - far) < 0.0 else 0.5 * (near + far)
    for _ in range(BISECTIONS):
        f, slope, _ = excess(row, i, spot, LEFT, setup, step)
        if abs(f) <= tolerance:
            return spot, 0
        if f * sign < 0.0:
            near = spot
        else:
            far = spot
        if abs(far - near) <= 4e-16 * abs(far):
            break
        trial = spot - f / slope if slope > 0.0 else near
        inside = (trial - near) * (trial - far) < 0.0
        spot = trial if inside else 0.5 * (near + far)
        if not (spot > min(near, far) and spot < max(near, far)):
            spot = 0.5 * (near + far)
        if spot in (near, far):
            break
    excess(row, i, near, LEFT, setup, step)
    keep_side(row, i, options, dealers)
    excess(row, i, far, LEFT, setup, step)
    return far, 1


@kernel(inner=True)
def keep_side(row: Floats, i: int, options: Options, dealers: Records) -> None:
    """Copy the lane's NEW_HEDGE to SIDE_HEDGE."""
    at = BOOKS + (options.books.shape[0]) * BOOK_SIZE
    for d in range(dealers.shape[0]):
        own = at + d * DEALER_SIZE + i
        row[own + SIDE_HEDGE] = row[own + NEW_HEDGE]


@kernel(inner=True)
def fill_partly(
    row: Floats, i: int, spot: float, options: Options, dealers: Records, step: int, model: Records
) -> float:
    """Give every dealer the fraction of its jump of demand at `spot` that makes `spot` clear.

    The options that expire at this strike freeze at the same fraction of their delta.
    """
    m = model[0]
    at = BOOKS + (options.books.shape[0]) * BOOK_SIZE
    near = 0.0
    far = 0.0
    for d in range(dealers.shape[0]):
        own = at + d * DEALER_SIZE + i
        near += dealers[d].number * row[own + SIDE_HEDGE]
        far += dealers[d].number * row[own + NEW_HEDGE]
    if m.form == MULTIPLICATIVE:
        moved = math.log(spot / row[FUNDAMENTAL + i])
    else:
        moved = spot - row[FUNDAMENTAL + i]
    needed = (moved - row[PRICE_BASE + i]) / m.impact + row[INITIAL_HEDGE + i]
    fraction = min(1.0, max(0.0, (needed - near) / (far - near)))
    for d in range(dealers.shape[0]):
        own = at + d * DEALER_SIZE + i
        row[own + NEW_HEDGE] = row[own + SIDE_HEDGE] + fraction * (row[own + NEW_HEDGE] - row[own + SIDE_HEDGE])
    return fraction


@kernel(inner=True)
def pin(row: Floats, i: int, strike: float, up: bool, setup: Setup, step: int) -> None:
    """Put lane i exactly at `strike`, the delta that jumps there being whatever clearing needs between its sides."""
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    near_side = LEFT if up else RIGHT
    excess(row, i, strike, near_side, setup, step)
    keep_side(row, i, options, dealers)
    excess(row, i, strike, RIGHT - near_side, setup, step)
    fraction = fill_partly(row, i, strike, options, dealers, step, model)
    for book in range(options.books.shape[0]):
        near = expiring_delta(strike, near_side, options, book, step)
        at = BOOKS + book * BOOK_SIZE + i
        row[at + EXPIRING] = near + fraction * (row[at + EXPIRING] - near)
    row[PINNED_AT + i] = strike


@kernel(inner=True)
def fold_between(row: Floats, i: int, near: float, far: float, setup: Setup, step: int) -> float:
    """The price between `near` and `far` where excess turns: its slope is positive at `near`, negative at `far`."""
    for _ in range(60):
        middle = 0.5 * (near + far)
        _, slope, _ = excess(row, i, middle, LEFT, setup, step)
        if slope > 0.0:
            near = middle
        else:
            far = middle
    return near


@kernel(inner=True)
def strikes_at(spot: float, options: Options, step: int) -> bool:
    """True if a delta jumps exactly at `spot` in `step`."""
    for book in range(options.books.shape[0]):
        first = options.calendar[book, step].expired
        last = options.calendar[book, step].live
        g = strikes_below(spot, LEFT, options, first, last)
        if g < last and options.groups[g].strike == spot:
            return True
    return False


@kernel(inner=True)
def band_edge(
    row: Floats, i: int, near: float, far: float, trading: int, setup: Setup, step: int
) -> tuple[float, float]:
    """Neighbouring prices between `near` and `far`, somebody starting or stopping to trade from one to the other.

    `trading` is who trades at `near`.
    """
    for _ in range(BISECTIONS):
        middle = 0.5 * (near + far)
        if abs(far - near) <= 4e-16 * abs(far):
            break
        _, _, now = excess(row, i, middle, LEFT, setup, step)
        if now == trading:
            near = middle
        else:
            far = middle
    return near, far


@kernel(inner=True)
def clear_path(row: Floats, i: int, smooth: bool, setup: Setup, step: int) -> None:
    """Find the clearing price of lane i by walking from the old price; leaves it in SOLUTION, NaN if there is none.

    Strides end where the surface folds, or resolve its cells; within a stride a turn of excess is seen from its slope,
    and the edge of a band from who trades, so that neither a root just before a fold nor one before a jump of demand is
    stepped over. `smooth`: no policy has a band or is the user's.
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    m = model[0]
    spot = row[SPOT + i]
    row[PINNED_AT + i] = 0.0
    row[SOLUTION + i] = spot
    f, slope, trading = excess(row, i, spot, LEFT, setup, step)
    up = f < 0.0
    if up and strikes_at(spot, options, step):  # the old price stands to the left of a strike: that is passed first
        f, slope, trading = excess(row, i, spot, RIGHT, setup, step)
        if f >= 0.0:
            pin(row, i, spot, up, setup, step)
            return
    if f == 0.0:
        return
    sign = 1.0 if up else -1.0
    near_side = LEFT if up else RIGHT
    while spot > m.spot / MARGIN and spot < m.spot * MARGIN:
        stop, strike_met = next_stop(spot, up, smooth, surface, options, step)
        f_stop, slope_stop, now = excess(row, i, stop, near_side, setup, step)
        beyond = stop
        if now != trading and not smooth:
            stop, beyond = band_edge(
                row, i, spot, stop, trading, setup, step)  # fmt: skip
            strike_met = 0
            f_stop, slope_stop, now = excess(row, i, stop, LEFT, setup, step)
        far = stop
        if f_stop * sign < 0.0 and slope > 0.0 and slope_stop < 0.0:
            turn = fold_between(row, i, spot, stop, setup, step)
            f_turn, _, _ = excess(row, i, turn, LEFT, setup, step)
            if f_turn * sign >= 0.0:
                far = turn
                f_stop = f_turn
        if f_stop * sign >= 0.0:
            trial = spot - f / slope if slope > 0.0 else far
            root, jumps = crossing(row, i, spot, far, trial, setup, step)
            if jumps == 1:
                fill_partly(row, i, root, options, dealers, step, model)
            row[SOLUTION + i] = root
            return
        if strike_met == 1 or beyond != stop:
            far_side = RIGHT - near_side if strike_met == 1 else LEFT
            excess(row, i, stop, near_side, setup, step)
            keep_side(row, i, options, dealers)
            stop = beyond
            f_stop, slope_stop, now = excess(
                row, i, stop, far_side, setup, step)  # fmt: skip
            if f_stop * sign >= 0.0:
                if strike_met == 1:
                    pin(row, i, stop, up, setup, step)
                else:
                    fill_partly(row, i, stop, options, dealers, step, model)
                row[SOLUTION + i] = stop
                return
        spot, f, slope, trading = stop, f_stop, slope_stop, now
    row[SOLUTION + i] = math.nan
