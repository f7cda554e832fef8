"""Simultaneous clearing: the price at which everybody's demand after hedging fits (Frey and Stremme, 1997).

With excess(S) = S - X - base - impact * (sum_i h_i(S) - H_0), or the same in logs for multiplicative impact, the new
price is the first root met when walking from the old price against the sign of the excess. Where excess is monotone
that is the continuation of the old price; where it folds, the walk leaves the vanished branch and stops at the next
root, which is stable because excess crosses zero upwards there. Where a holding jumps through the root (an expiring
strike, the edge of a band) the price stays at the jump, and everybody fills the same fraction of its jump.
"""

import math
from typing import Any

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import exp, log
from simhedge.kernels.layout import (
    ALIVE,
    BOOK_SIZE,
    BOOKS,
    DEALER_SIZE,
    DELTA,
    DIVERGED,
    EXCESS,
    EXPIRING,
    FROZEN,
    FUNDAMENTAL,
    GAMMA,
    HEDGE,
    HEDGED_GAMMA,
    INITIAL_HEDGE,
    LANES,
    LEVEL,
    MULTIPLICATIVE,
    NEW_HEDGE,
    NEWS,
    PINNED_AT,
    PRICE_BASE,
    SIDE_HEDGE,
    SLOPE,
    SOLUTION,
    SPOT,
    TOTAL_HEDGE,
    WORK,
    Floats,
    Options,
    Records,
    Setup,
    Surface,
)
from simhedge.kernels.options import expiring_delta, expiring_lanes, strikes_below
from simhedge.kernels.policies import follows_target, stays_put, wanted_hedge
from simhedge.kernels.surface import all_books_lanes, book_part, dealer_part, delta_gamma

NEWTON_ROUNDS = 5
NEAR = 1e-8  # of spot: residual from which the last Newton step needs no further evaluation
BISECTIONS = 200
LEFT: Any = np.int64(0)  # sides of an expiring strike: its option is out of,
RIGHT: Any = np.int64(1)  # or in the money
MARGIN = 1000.0  # prices outside [spot / MARGIN, spot * MARGIN] have diverged


@kernel(inner=True)
def hedge_at(row: Floats, i: int, spot: float, at_strike: int, setup: Setup, step: int) -> tuple[float, float, int]:
    """Shares that all dealers together want to hold at price `spot`, the derivative, and a bit for each who trades.

    Leaves each book's delta, gamma and expiring delta and each dealer's NEW_HEDGE in lane i. `at_strike` = 1 counts
    expiring options struck exactly at `spot` as in the money.
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
        at = BOOKS + dealers[d].book * BOOK_SIZE + i
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
    """The price to look at next when walking, expiring strikes aside.

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
    """The price to look at next when walking, and 1 if it is an expiring strike that comes before the stride's end."""
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
    """Settle lane i exactly at `strike`, dealers' expiring delta there being whatever clearing needs."""
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
    """True if an option struck exactly at `spot` expires in `step`."""
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
    f, slope, trading = excess(row, i, spot, LEFT, setup, step)
    up = f < 0.0
    if f > 0.0 and strikes_at(spot, options, step):
        # walking down starts on the right of a strike that the old price stands on
        f, slope, trading = excess(row, i, spot, RIGHT, setup, step)
        f = max(f, 0.0)
    sign = 1.0 if up else -1.0
    near_side = LEFT if up else RIGHT
    row[SOLUTION + i] = spot
    if f == 0.0:
        return
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


@kernel(inner=True)
def clearing_level(row: Floats, dealers: Records, options: Options, step: int, model: Records) -> None:
    """Put into LEVEL what the price (arithmetic) or its log would be if those who follow their target held nothing.

    Their frozen and expiring deltas count here; what they add at a price S is -impact * (delta of the live options).
    """
    m = model[0]
    books = options.books.shape[0]
    for i in range(LANES):
        row[LEVEL + i] = -row[INITIAL_HEDGE + i]
    for d in range(dealers.shape[0]):
        number = dealers[d].number
        if stays_put(dealers, d, step):
            own = dealer_part(row, books, d)
            for i in range(LANES):
                row[LEVEL + i] += number * own[HEDGE + i]
        else:
            held = book_part(row, dealers[d].book)
            shares = number * dealers[d].scale
            for i in range(LANES):
                row[LEVEL + i] -= shares * (held[FROZEN + i] + held[EXPIRING + i])
    if m.form == MULTIPLICATIVE:
        for i in range(LANES):
            row[LEVEL + i] = log(row[FUNDAMENTAL + i]) + row[PRICE_BASE + i] + m.impact * row[LEVEL + i]
    else:
        for i in range(LANES):
            row[LEVEL + i] = row[FUNDAMENTAL + i] + row[PRICE_BASE + i] + m.impact * row[LEVEL + i]


@kernel(inner=True)
def residual(row: Floats, weights: Floats, options: Options, model: Records) -> None:
    """Fill EXCESS and SLOPE at SOLUTION from the books' deltas; `weights` (books,): shares that follow each book."""
    m = model[0]
    if m.form == MULTIPLICATIVE:
        for i in range(LANES):
            row[EXCESS + i] = log(row[SOLUTION + i]) - row[LEVEL + i]
            row[SLOPE + i] = 1.0 / row[SOLUTION + i]
    else:
        for i in range(LANES):
            row[EXCESS + i] = row[SOLUTION + i] - row[LEVEL + i]
            row[SLOPE + i] = 1.0
    for book in range(weights.shape[0]):
        held = book_part(row, book)
        w = m.impact * weights[book]
        for i in range(LANES):
            row[EXCESS + i] += w * held[DELTA + i]
            row[SLOPE + i] += w * held[GAMMA + i]


@kernel(inner=True)
def finish_newton(row: Floats, weights: Floats, tolerance: float, near: float) -> int:
    """Take the last Newton step where it is so small that deltas follow it by their gamma; returns how many are left.

    WORK holds the residuals before the present ones in EXCESS. Errors fall as e' = c * e**2, so two residuals f0, f1
    foretell the next: f1 * (f1 / f0)**2. The step is the last where that is below `tolerance`, or where f1 is below
    `near`, so small that it must be. EXCESS becomes zero there, and WORK the step that was taken.
    """
    left = 0
    for i in range(LANES):
        f = abs(row[EXCESS + i])
        foretold = f * f * f <= tolerance * row[WORK + i] * row[WORK + i]
        left += 0 if (foretold | (f <= near)) else 1
    if left > 0:
        return left
    for i in range(LANES):
        row[WORK + i] = -row[EXCESS + i] / row[SLOPE + i]
        row[SOLUTION + i] += row[WORK + i]
        row[EXCESS + i] = 0.0
    follow_step(row, weights)
    return 0


@kernel(inner=True)
def finish_some(row: Floats, weights: Floats, near: float) -> None:
    """After the last round: finish the lanes that converged, and leave the others with an EXCESS that is not zero."""
    for i in range(LANES):
        solved = abs(row[EXCESS + i]) <= near
        row[WORK + i] = -row[EXCESS + i] / row[SLOPE + i] if solved else 0.0
        row[SOLUTION + i] += row[WORK + i]
        row[EXCESS + i] = 0.0 if solved else 1.0
    follow_step(row, weights)


@kernel(inner=True)
def follow_step(row: Floats, weights: Floats) -> None:
    """Move the books' deltas along the step in WORK, by their gammas."""
    for book in range(weights.shape[0]):
        held = book_part(row, book)
        for i in range(LANES):
            held[DELTA + i] += held[GAMMA + i] * row[WORK + i]


@kernel(inner=True)
def newton_lanes(row: Floats, weights: Floats, surface: Surface, options: Options, step: int, model: Records) -> None:
    """Newton's method on all lanes at once, from the old price moved by the news through the old gain.

    Returns with deltas and gammas at SOLUTION, and EXCESS zero in the lanes that converged.
    """
    m = model[0]
    multiplicative = m.form == MULTIPLICATIVE
    unit = 1.0 if multiplicative else m.spot
    tolerance = m.tolerance / m.spot * unit
    for i in range(LANES):
        gain = m.impact * row[HEDGED_GAMMA + i] * (row[SPOT + i] if multiplicative else 1.0)
        damped = 1.0 + gain
        row[SOLUTION + i] = row[SPOT + i] + row[NEWS + i] / (damped if damped > 0.2 else 0.2)
        row[WORK + i] = 0.0
    for k in range(NEWTON_ROUNDS):
        all_books_lanes(row, SOLUTION, surface, options, step, model)
        residual(row, weights, options, model)
        if finish_newton(row, weights, tolerance, NEAR * unit) == 0:
            return
        if k == NEWTON_ROUNDS - 1:
            break
        for i in range(LANES):
            row[WORK + i] = row[EXCESS + i]
            trial = row[SOLUTION + i] - row[EXCESS + i] / row[SLOPE + i]
            least = 0.1 * row[SPOT + i]
            row[SOLUTION + i] = trial if trial > least else least
    finish_some(row, weights, NEAR * unit)


@kernel(inner=True)
def follow_targets(row: Floats, dealers: Records, options: Options, step: int) -> None:
    """Set NEW_HEDGE of dealers who follow their target at the deltas in the row; the others keep their hedge."""
    books = options.books.shape[0]
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        if stays_put(dealers, d, step):
            for i in range(LANES):
                own[NEW_HEDGE + i] = own[HEDGE + i]
        else:
            held = book_part(row, dealers[d].book)
            scale = dealers[d].scale
            for i in range(LANES):
                own[NEW_HEDGE + i] = -scale * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i])


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
    """True if an expiring strike lies between two prices, or at the lower of them."""
    for book in range(options.books.shape[0]):
        first = options.calendar[book, step].expired
        last = options.calendar[book, step].live
        if strikes_below(old, LEFT, options, first, last) != strikes_below(new, LEFT, options, first, last):
            return True
    return False


@kernel(inner=True)
def clear_simultaneously(row: Floats, expiry: bool, smooth: bool, weights: Floats, setup: Setup, step: int) -> None:
    """Set SOLUTION, NEW_HEDGE and the books' deltas of all lanes at the clearing price of `step`.

    Newton on all lanes, options that expire now (`expiry`) held at their delta at the old price. That stands where the
    map does not fold and no expiring strike lies between old and new price; the lanes left over walk one by one, and
    all of them do where a policy has a band or is the user's (not `smooth`).
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    m = model[0]
    for i in range(LANES):
        row[PINNED_AT + i] = 0.0
    if smooth:
        if expiry:
            for book in range(options.books.shape[0]):
                expiring_lanes(row[SPOT : SPOT + LANES], book_part(row, book), options, book, step)
        clearing_level(row, dealers, options, step, model)
        newton_lanes(row, weights, surface, options, step, model)
        follow_targets(row, dealers, options, step)
        if not expiry and all_solved(row, surface, step):
            return
    for i in range(LANES):
        if row[ALIVE + i] != 1.0:
            continue
        stands = smooth and row[EXCESS + i] == 0.0 and on_same_branch(row, i, surface, step)
        if not stands or (expiry and crosses_strike(row[SPOT + i], row[SOLUTION + i], options, step)):
            clear_path(row, i, smooth, setup, step)
            if math.isnan(row[SOLUTION + i]):
                twin = row[FUNDAMENTAL + i]
                twin_inside = twin >= m.spot / MARGIN and twin <= m.spot * MARGIN
                row[ALIVE + i] = 0.0
                row[DIVERGED + i] = 1.0 if twin_inside else 3.0


@kernel(inner=True)
def policies_are_smooth(dealers: Records, step: int) -> bool:
    """True if every dealer follows its target or stays put at the end of `step`, whatever the price."""
    for d in range(dealers.shape[0]):
        if not follows_target(dealers, d, step) and not stays_put(dealers, d, step):
            return False
    return True


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
