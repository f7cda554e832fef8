"""Simultaneous clearing: the price at which everybody's demand after hedging fits (Frey and Stremme, 1997).

With excess(S) = S - X - base - impact * (sum_i h_i(S) - H_0), or the same in logs for multiplicative impact, the new
price is the first root met when walking from the old price against the sign of the excess. Where excess is monotone
that is the continuation of the old price; where it folds, the walk leaves the vanished branch and stops at the next
root, which is stable because excess crosses zero upwards there. Where a holding jumps through the root (an expiring
strike, the edge of a band) the price stays at the jump, and everybody fills the same fraction of its jump.
"""

import math

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
)
from simhedge.kernels.options import expiring_delta
from simhedge.kernels.policies import follows_target, stays_put, wanted_hedge
from simhedge.kernels.surface import all_books_lanes, delta_gamma

NEWTON_ROUNDS = 5
BISECTIONS = 200
LEFT, RIGHT = np.int64(0), np.int64(1)  # sides of an expiring strike: its option is out of, or in the money
MARGIN = 1000.0  # prices outside [spot / MARGIN, spot * MARGIN] have diverged


@kernel(inner=True)
def hedge_at(row, i, spot, at_strike, surface, options, dealers, step, model, user_policy):
    """Total shares that all dealers want to hold at price `spot`, and the derivative in spot, of lane i.

    Leaves each book's delta, gamma and expiring delta and each dealer's NEW_HEDGE in the lane. `at_strike` = 1 counts
    expiring options struck exactly at `spot` as in the money.
    """
    books = options.first.shape[0] - 1
    dealers_at = BOOKS + books * BOOK_SIZE
    for book in range(books):
        at = BOOKS + book * BOOK_SIZE + i
        delta, gamma = delta_gamma(spot, surface, options, book, step, model)
        row[at + DELTA] = delta
        row[at + GAMMA] = gamma
        row[at + EXPIRING] = expiring_delta(spot, at_strike, options, book, step)
    total = 0.0
    slope = 0.0
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE + i
        at = BOOKS + dealers.book[d] * BOOK_SIZE + i
        target = -dealers.scale[d] * (row[at + DELTA] + row[at + FROZEN] + row[at + EXPIRING])
        gamma = dealers.scale[d] * row[at + GAMMA]
        wanted = wanted_hedge(row[own + HEDGE], target, spot, gamma, dealers, d, step, user_policy)
        row[own + NEW_HEDGE] = wanted
        total += dealers.number[d] * wanted
        if wanted != row[own + HEDGE]:
            slope -= dealers.number[d] * gamma
    return total, slope


@kernel(inner=True)
def excess(row, i, spot, at_strike, surface, options, dealers, step, model, user_policy):
    """Price (or log price) less what it would clear at if everybody hedged at `spot`, and its derivative in spot."""
    m = model[0]
    total, slope = hedge_at(row, i, spot, at_strike, surface, options, dealers, step, model, user_policy)
    impact = m.impact * (total - row[INITIAL_HEDGE + i]) + row[PRICE_BASE + i]
    if m.form == MULTIPLICATIVE:
        return math.log(spot / row[FUNDAMENTAL + i]) - impact, 1.0 / spot - m.impact * slope
    return spot - row[FUNDAMENTAL + i] - impact, 1.0 - m.impact * slope


@kernel(inner=True)
def next_stop(spot, up, surface, options, step, model):
    """The next price to look at when walking, and 1 if it is an expiring strike: a cell's half, or a strike before it."""
    width = 0.5 * surface.width[step - surface.first_step]
    # beyond the grid deltas are flat: stride proportionally
    stride = width if spot >= surface.low and spot <= surface.high else max(width, 0.01 * spot)
    stop = spot + stride if up else spot - stride
    if not up and stop <= 0.0:
        stop = 0.5 * spot
    strike_met = 0
    for book in range(options.first.shape[0] - 1):
        for g in range(options.expired[book, step], options.live[book, step]):
            strike = options.strike[g]
            if (up and strike > spot and strike <= stop) or (not up and strike < spot and strike >= stop):
                stop = strike
                strike_met = 1
    return stop, strike_met


@kernel(inner=True)
def crossing(row, i, near, far, surface, options, dealers, step, model, user_policy):
    """The price between `near` and `far` where excess changes sign, and 1 if it jumps there instead of vanishing.

    Newton steps inside a bracket that bisection shrinks; excess at `near` has the sign that the walk started with.
    Ends with the holdings of the far side in the lane (NEW_HEDGE) and, at a jump, those of the near side in SIDE_HEDGE.
    """
    tolerance = model[0].tolerance / (model[0].spot if model[0].form == MULTIPLICATIVE else 1.0)
    sign = 1.0 if far > near else -1.0
    spot = 0.5 * (near + far)
    for _ in range(BISECTIONS):
        f, slope = excess(row, i, spot, LEFT, surface, options, dealers, step, model, user_policy)
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
        if spot == near or spot == far:
            break
    excess(row, i, near, LEFT, surface, options, dealers, step, model, user_policy)
    keep_side(row, i, options, dealers)
    excess(row, i, far, LEFT, surface, options, dealers, step, model, user_policy)
    return far, 1


@kernel(inner=True)
def keep_side(row, i, options, dealers):
    """Copy the lane's NEW_HEDGE to SIDE_HEDGE."""
    at = BOOKS + (options.first.shape[0] - 1) * BOOK_SIZE
    for d in range(dealers.book.shape[0]):
        own = at + d * DEALER_SIZE + i
        row[own + SIDE_HEDGE] = row[own + NEW_HEDGE]


@kernel(inner=True)
def fill_partly(row, i, spot, options, dealers, step, model):
    """Give every dealer the fraction of its jump of demand at `spot` that makes `spot` clear.

    The options that expire at this strike freeze at the same fraction of their delta.
    """
    m = model[0]
    at = BOOKS + (options.first.shape[0] - 1) * BOOK_SIZE
    near = 0.0
    far = 0.0
    for d in range(dealers.book.shape[0]):
        own = at + d * DEALER_SIZE + i
        near += dealers.number[d] * row[own + SIDE_HEDGE]
        far += dealers.number[d] * row[own + NEW_HEDGE]
    if m.form == MULTIPLICATIVE:
        moved = math.log(spot / row[FUNDAMENTAL + i])
    else:
        moved = spot - row[FUNDAMENTAL + i]
    needed = (moved - row[PRICE_BASE + i]) / m.impact + row[INITIAL_HEDGE + i]
    fraction = min(1.0, max(0.0, (needed - near) / (far - near)))
    for d in range(dealers.book.shape[0]):
        own = at + d * DEALER_SIZE + i
        row[own + NEW_HEDGE] = row[own + SIDE_HEDGE] + fraction * (row[own + NEW_HEDGE] - row[own + SIDE_HEDGE])
    return fraction


@kernel(inner=True)
def pin(row, i, strike, up, surface, options, dealers, step, model, user_policy):
    """Settle lane i exactly at `strike`, dealers' expiring delta there being whatever clearing needs."""
    near_side = LEFT if up else RIGHT
    excess(row, i, strike, near_side, surface, options, dealers, step, model, user_policy)
    keep_side(row, i, options, dealers)
    excess(row, i, strike, RIGHT - near_side, surface, options, dealers, step, model, user_policy)
    fraction = fill_partly(row, i, strike, options, dealers, step, model)
    for book in range(options.first.shape[0] - 1):
        near = expiring_delta(strike, near_side, options, book, step)
        at = BOOKS + book * BOOK_SIZE + i
        row[at + EXPIRING] = near + fraction * (row[at + EXPIRING] - near)
    row[PINNED_AT + i] = strike


@kernel(inner=True)
def fold_between(row, i, near, far, surface, options, dealers, step, model, user_policy):
    """The price between `near` and `far` where excess turns: its slope is positive at `near`, negative at `far`."""
    for _ in range(60):
        middle = 0.5 * (near + far)
        _, slope = excess(row, i, middle, LEFT, surface, options, dealers, step, model, user_policy)
        if slope > 0.0:
            near = middle
        else:
            far = middle
    return near


@kernel(inner=True)
def clear_path(row, i, surface, options, dealers, step, model, user_policy):
    """Find the clearing price of lane i by walking from the old price; leaves it in SOLUTION, NaN if there is none.

    The step length resolves the surface's cells; within a step a turn of excess is seen from its slope, so that a root
    just before a fold is not stepped over.
    """
    m = model[0]
    spot = row[SPOT + i]
    row[PINNED_AT + i] = 0.0
    f, slope = excess(row, i, spot, LEFT, surface, options, dealers, step, model, user_policy)
    up = f < 0.0
    if f > 0.0:
        # excess is taken from the right at a strike equal to the old price when walking down
        f, slope = excess(row, i, spot, RIGHT, surface, options, dealers, step, model, user_policy)
        if f <= 0.0:
            f = 0.0
    sign = 1.0 if up else -1.0
    row[SOLUTION + i] = spot
    if f == 0.0:
        return
    while spot > m.spot / MARGIN and spot < m.spot * MARGIN:
        stop, strike_met = next_stop(spot, up, surface, options, step, model)
        side = LEFT if up else RIGHT
        f_stop, slope_stop = excess(row, i, stop, side, surface, options, dealers, step, model, user_policy)
        far = stop
        if f_stop * sign < 0.0 and slope > 0.0 and slope_stop < 0.0:
            turn = fold_between(row, i, spot, stop, surface, options, dealers, step, model, user_policy)
            f_turn, _ = excess(row, i, turn, LEFT, surface, options, dealers, step, model, user_policy)
            if f_turn * sign >= 0.0:
                far = turn
                f_stop = f_turn
        if f_stop * sign >= 0.0:
            root, jumps = crossing(row, i, spot, far, surface, options, dealers, step, model, user_policy)
            if jumps == 1:
                fill_partly(row, i, root, options, dealers, step, model)
            row[SOLUTION + i] = root
            return
        if strike_met == 1:
            f_stop, slope_stop = excess(row, i, stop, RIGHT - side, surface, options, dealers, step, model, user_policy)
            if f_stop * sign >= 0.0:
                pin(row, i, stop, up, surface, options, dealers, step, model, user_policy)
                row[SOLUTION + i] = stop
                return
        spot, f, slope = stop, f_stop, slope_stop
    row[SOLUTION + i] = math.nan


@kernel(inner=True)
def stop_unsolved(row, i):
    """Stop lane i as diverged if the walk left the bounds of prices without meeting a root."""
    if math.isnan(row[SOLUTION + i]):
        row[ALIVE + i] = 0.0
        row[DIVERGED + i] = 1.0


@kernel(inner=True)
def clearing_level(row, dealers, options, step, model):
    """Put into LEVEL what the price (arithmetic) or its log would be if those who follow their target held nothing.

    Their frozen deltas count here; what they add at a price S is -impact * (delta of the live options at S).
    """
    m = model[0]
    dealers_at = BOOKS + (options.first.shape[0] - 1) * BOOK_SIZE
    for i in range(LANES):
        row[LEVEL + i] = -row[INITIAL_HEDGE + i]
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE
        number = dealers.number[d]
        if stays_put(dealers, d, step):
            for i in range(LANES):
                row[LEVEL + i] += number * row[own + HEDGE + i]
        else:
            at = BOOKS + dealers.book[d] * BOOK_SIZE + FROZEN
            shares = number * dealers.scale[d]
            for i in range(LANES):
                row[LEVEL + i] -= shares * row[at + i]
    if m.form == MULTIPLICATIVE:
        for i in range(LANES):
            row[LEVEL + i] = log(row[FUNDAMENTAL + i]) + row[PRICE_BASE + i] + m.impact * row[LEVEL + i]
    else:
        for i in range(LANES):
            row[LEVEL + i] = row[FUNDAMENTAL + i] + row[PRICE_BASE + i] + m.impact * row[LEVEL + i]


@kernel(inner=True)
def residual(row, weights, options, model):
    """Fill EXCESS and SLOPE at SOLUTION from the books' deltas; `weights` (books,): shares that follow each book."""
    m = model[0]
    multiplicative = m.form == MULTIPLICATIVE
    if multiplicative:
        for i in range(LANES):
            row[EXCESS + i] = log(row[SOLUTION + i]) - row[LEVEL + i]
            row[SLOPE + i] = 1.0 / row[SOLUTION + i]
    else:
        for i in range(LANES):
            row[EXCESS + i] = row[SOLUTION + i] - row[LEVEL + i]
            row[SLOPE + i] = 1.0
    for book in range(weights.shape[0]):
        at = BOOKS + book * BOOK_SIZE
        w = m.impact * weights[book]
        for i in range(LANES):
            row[EXCESS + i] += w * row[at + DELTA + i]
            row[SLOPE + i] += w * row[at + GAMMA + i]


@kernel(inner=True)
def newton_lanes(row, weights, surface, options, step, model):
    """Newton's method on all lanes at once, from the old price moved by the news through the old gain.

    Returns with EXCESS, deltas and gammas at SOLUTION; lanes that did not converge are seen from EXCESS.
    """
    m = model[0]
    multiplicative = m.form == MULTIPLICATIVE
    tolerance = m.tolerance / (m.spot if multiplicative else 1.0)
    for i in range(LANES):
        gain = m.impact * row[HEDGED_GAMMA + i] * (row[SPOT + i] if multiplicative else 1.0)
        damped = 1.0 + gain
        row[SOLUTION + i] = row[SPOT + i] + row[NEWS + i] / (damped if damped > 0.2 else 0.2)
    for _ in range(NEWTON_ROUNDS):
        all_books_lanes(row, SOLUTION, surface, options, step, model)
        residual(row, weights, options, model)
        unsolved = 0.0
        for i in range(LANES):
            unsolved += 0.0 if abs(row[EXCESS + i]) <= tolerance else row[ALIVE + i]
        if unsolved == 0.0:
            return
        for i in range(LANES):
            step_down = row[EXCESS + i] / row[SLOPE + i]
            move = 0.0 if abs(row[EXCESS + i]) <= tolerance else step_down
            trial = row[SOLUTION + i] - move
            row[SOLUTION + i] = trial if trial > 0.1 * row[SPOT + i] else 0.1 * row[SPOT + i]
    all_books_lanes(row, SOLUTION, surface, options, step, model)
    residual(row, weights, options, model)


@kernel(inner=True)
def clear_simultaneously(row, walk_all, weights, surface, options, dealers, step, model, user_policy):
    """Set SOLUTION, NEW_HEDGE and the books' deltas of all lanes at the clearing price of `step`.

    Newton on all lanes where the map does not fold between old and new price; the lanes left over walk one by one, and
    all of them do where a strike expires or a policy is not smooth (`walk_all`).
    """
    m = model[0]
    books = options.first.shape[0] - 1
    dealers_at = BOOKS + books * BOOK_SIZE
    n = step - surface.first_step
    tolerance = m.tolerance / (m.spot if m.form == MULTIPLICATIVE else 1.0)
    for i in range(LANES):
        row[PINNED_AT + i] = 0.0
    if walk_all:
        for i in range(LANES):
            if row[ALIVE + i] == 1.0:
                clear_path(row, i, surface, options, dealers, step, model, user_policy)
                stop_unsolved(row, i)
        return
    clearing_level(row, dealers, options, step, model)
    newton_lanes(row, weights, surface, options, step, model)
    for d in range(dealers.book.shape[0]):
        own = dealers_at + d * DEALER_SIZE
        if stays_put(dealers, d, step):
            for i in range(LANES):
                row[own + NEW_HEDGE + i] = row[own + HEDGE + i]
        else:
            at = BOOKS + dealers.book[d] * BOOK_SIZE
            scale = dealers.scale[d]
            for i in range(LANES):
                row[own + NEW_HEDGE + i] = -scale * (row[at + DELTA + i] + row[at + FROZEN + i])
    base = surface.first_cell[n]
    last = surface.first_cell[n + 1] - base - 1
    for i in range(LANES):
        if row[ALIVE + i] != 1.0:
            continue
        solved = abs(row[EXCESS + i]) <= tolerance
        if surface.fold[n] != 0 or not (row[SOLUTION + i] >= surface.low and row[SOLUTION + i] <= surface.high):
            old = row[SPOT + i]
            if surface.fold[n] == 2 or not (old >= surface.low and old <= surface.high):
                solved = False
            else:
                cell = base + min(int((old - surface.low) / surface.width[n]), last)
                low = surface.fold_low[cell]
                high = surface.fold_high[cell]
                solved = solved and row[SOLUTION + i] > low and row[SOLUTION + i] < high
        if not solved:
            clear_path(row, i, surface, options, dealers, step, model, user_policy)
            stop_unsolved(row, i)


@kernel(inner=True)
def needs_walk(options, dealers, step):
    """True if holdings jump in price in this step: an option expires, or a policy has a band or is the user's."""
    for book in range(options.first.shape[0] - 1):
        if options.expired[book, step] < options.live[book, step]:
            return True
    for d in range(dealers.book.shape[0]):
        if not follows_target(dealers, d, step) and not stays_put(dealers, d, step):
            return True
    return False


@kernel(inner=True)
def price_lanes(row, model):
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
