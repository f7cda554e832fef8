"""Delta and gamma of books at any price: from the tabulated surface where it is good enough, else from all options."""

import math

import numpy as np

from simhedge.kernels.compiler import kernel
from simhedge.kernels.layout import (
    BOOK_SIZE,
    BOOKS,
    CELL,
    CELL_COEFFICIENTS,
    DEALER_SIZE,
    DELTA,
    FRACTION,
    GAMMA,
    LANES,
    LOG_SOLUTION,
    Floats,
    Options,
    Records,
    Surface,
)
from simhedge.kernels.options import exact_delta_gamma, exact_lanes


@kernel(inline=True)
def locate_lanes(row: Floats, spots: Floats, surface: Surface, step: int) -> int:
    """Put each price's cell number and fraction of a cell into CELL and FRACTION; returns how many are outside.

    Prices outside the grid get the nearest cell.
    """
    n = step - surface.first_step
    low = surface.low
    high = surface.high
    per_dollar = 1.0 / surface.steps[n].width
    last = np.float64(surface.steps[n].cells - 1)
    outside = 0
    for i in range(LANES):
        spot = spots[i]
        position = (spot - low) * per_dollar
        cell = math.floor(position)
        cell = cell if cell > 0.0 else 0.0
        cell = cell if cell < last else last
        row[CELL + i] = cell
        row[FRACTION + i] = position - cell
        outside += 0 if (spot >= low and spot <= high) else 1
    return outside


@kernel(inline=True)
def interpolate_lanes(
    row: Floats,
    spots: Floats,
    own: Floats,
    base: int,
    per_dollar: float,
    surface: Surface,
    constant_gamma: float,
    origin: float,
) -> None:
    """Fill delta and gamma of one book from the cells in CELL; `base` is the number of the grid's first cell.

    The coefficients are copied to the state first: gathering and arithmetic in one loop would not be vectorised.
    """
    coefficients = surface.coefficients
    gathered = row[CELL_COEFFICIENTS : CELL_COEFFICIENTS + 4 * LANES]
    for i in range(LANES):
        c = 4 * (base + np.int64(row[CELL + i]))
        for k in range(4):
            gathered[4 * i + k] = coefficients[c + k]
    for i in range(LANES):
        u = row[FRACTION + i]
        c1 = row[CELL_COEFFICIENTS + 4 * i + 1]
        c2 = row[CELL_COEFFICIENTS + 4 * i + 2]
        c3 = row[CELL_COEFFICIENTS + 4 * i + 3]
        delta = row[CELL_COEFFICIENTS + 4 * i] + u * (c1 + u * (c2 + u * c3))
        own[DELTA + i] = delta + constant_gamma * (spots[i] - origin)
        own[GAMMA + i] = (c1 + u * (2.0 * c2 + 3.0 * u * c3)) * per_dollar + constant_gamma


@kernel(inner=True)
def all_books_lanes(row: Floats, at: int, surface: Surface, options: Options, step: int, model: Records) -> None:
    """Fill delta (shares) and gamma (shares per $) of the live options of every book at the prices row[at + i].

    Time is the end of `step`. Lanes outside the tabulated range of prices are computed from all options.
    """
    m = model[0]
    n = step - surface.first_step
    spots = row[at : at + LANES]
    books = options.books.shape[0]
    if m.exact == 1 or surface.steps[n].usable == 0:
        logs = row[LOG_SOLUTION : LOG_SOLUTION + LANES]
        for book in range(books):
            exact_lanes(spots, logs, book_part(row, book), options, book, step, model)
        return
    outside = locate_lanes(row, spots, surface, step)
    per_dollar = 1.0 / surface.steps[n].width
    total = surface.cells
    for book in range(books):
        own = book_part(row, book)
        base = surface.steps[n].first_cell + book * total
        interpolate_lanes(row, spots, own, base, per_dollar, surface, options.books[book].constant_gamma, m.spot)
        if outside > 0:
            for i in range(LANES):
                if not (spots[i] >= surface.low and spots[i] <= surface.high):
                    own[DELTA + i], own[GAMMA + i] = exact_delta_gamma(spots[i], options, book, step, model)


@kernel(inline=True)
def book_part(row: Floats, book: int) -> Floats:
    """The part of a state row that belongs to one book."""
    return row[BOOKS + book * BOOK_SIZE : BOOKS + (book + 1) * BOOK_SIZE]


@kernel(inline=True)
def dealer_part(row: Floats, books: int, dealer: int) -> Floats:
    """The part of a state row that belongs to one dealer entry."""
    start = BOOKS + books * BOOK_SIZE + dealer * DEALER_SIZE
    return row[start : start + DEALER_SIZE]


@kernel(inner=True)
def delta_gamma(
    spot: float, surface: Surface, options: Options, book: int, step: int, model: Records
) -> tuple[float, float]:
    """Delta (shares) and gamma (shares per $) of the live options of `book` at one price, as `delta_gamma_lanes`."""
    n = step - surface.first_step
    if model[0].exact == 1 or surface.steps[n].usable == 0 or not (spot >= surface.low and spot <= surface.high):
        return exact_delta_gamma(spot, options, book, step, model)
    base = surface.steps[n].first_cell
    cells = surface.steps[n].cells
    base += book * surface.cells
    per_dollar = 1.0 / surface.steps[n].width
    cell = min(np.int64((spot - surface.low) * per_dollar), cells - 1)
    u = (spot - surface.low) * per_dollar - cell
    c = 4 * (base + cell)
    c1 = surface.coefficients[c + 1]
    c2 = surface.coefficients[c + 2]
    c3 = surface.coefficients[c + 3]
    constant_gamma = options.books[book].constant_gamma
    delta = surface.coefficients[c] + u * (c1 + u * (c2 + u * c3)) + constant_gamma * (spot - model[0].spot)
    gamma = (c1 + u * (2.0 * c2 + 3.0 * u * c3)) * per_dollar + constant_gamma
    return delta, gamma


@kernel()
def fold_intervals(surface: Surface, weights: Floats, options: Options, impact: float, multiplicative: bool) -> None:
    """Mark where clearing is monotone, per step of the window, and the monotone interval around each cell.

    `weights` (steps in window, books): shares of each book hedged by dealers who act in that step. The map folds in a
    cell if 1 + kappa <= 0 somewhere in it, kappa = impact * gamma (arithmetic) or impact * S * gamma (multiplicative);
    gamma is quadratic in a cell, so its extremes are exact. Cells that fold get an empty interval.
    """
    total = surface.cells
    books = weights.shape[1]
    for n in range(surface.steps.shape[0]):
        if surface.steps[n].usable == 0:
            continue
        base = surface.steps[n].first_cell
        cells = surface.steps[n].cells
        width = surface.steps[n].width
        surface.steps[n].fold = 0
        start = surface.low
        opened = 0  # first cell of the monotone run that is open now
        for j in range(cells):
            c1 = 0.0
            c2 = 0.0
            c3 = 0.0
            constant = 0.0
            for book in range(books):
                c = 4 * (book * total + base + j)
                w = weights[n, book]
                c1 += w * surface.coefficients[c + 1]
                c2 += w * surface.coefficients[c + 2]
                c3 += w * surface.coefficients[c + 3]
                constant += w * options.books[book].constant_gamma
            smallest = min(c1, c1 + 2.0 * c2 + 3.0 * c3)
            if c3 > 0.0 and -c2 > 0.0 and -c2 < 3.0 * c3:
                smallest = min(smallest, c1 - c2 * c2 / (3.0 * c3))
            gamma = smallest / width + constant
            price = surface.low + (j + 1) * width if multiplicative else 1.0
            if 1.0 + impact * price * gamma <= 0.0:
                surface.steps[n].fold = 1
                edge = surface.low + j * width
                set_branch(surface.branches, base + opened, base + j, start, edge)
                set_branch(surface.branches, base + j, base + j + 1, edge, edge)
                start = surface.low + (j + 1) * width
                opened = j + 1
        set_branch(surface.branches, base + opened, base + cells, start, surface.high)


@kernel(inner=True)
def set_branch(branches: Records, first: int, last: int, low: float, high: float) -> None:
    """Write one monotone interval to the cells first .. last - 1."""
    for cell in range(first, last):
        branches[cell].low = low
        branches[cell].high = high
