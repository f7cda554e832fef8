"""Newton's method for the clearing price on all lanes at once, where every dealer follows its target or stays put."""

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log
from simhedge.kernels.layout import (
    DELTA,
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
    PRICE_BASE,
    SLOPE,
    SOLUTION,
    SPOT,
    WORK,
    Floats,
    Options,
    Records,
    Surface,
)
from simhedge.kernels.policies import stays_put
from simhedge.kernels.surface import all_books_lanes, book_part, dealer_part

NEWTON_ROUNDS = 5
NEAR = 1e-8  # of spot: residual from which the last Newton step needs no further evaluation


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
            held = book_part(row, dealers[d].hedge_book)
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
            held = book_part(row, dealers[d].hedge_book)
            scale = dealers[d].scale
            for i in range(LANES):
                own[NEW_HEDGE + i] = -scale * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i])
