"""Tabulating a book's delta: per expiry at few times and on a grid as coarse as it bears, then summed step by step.

Between two times an expiry's delta and gamma at a node follow the cubic Hermite polynomial through their exact values
and exact time derivatives (charm, color); between nodes delta follows the cubic Hermite polynomial with exact gamma.
A cubic restricted to part of its cell is the same cubic, so adding a coarse table into a finer grid loses nothing.
"""

import math

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log
from simhedge.kernels.layout import Floats, Integers, Options, Records
from simhedge.kernels.normal import cdf_pdf


@kernel(inner=True)
def tabulate(
    nodes: Floats, table: Floats, first_group: int, last_group: int, step: int, options: Options, model: Records
) -> None:
    """Fill table[0..3, j] with delta, gamma, charm and color (per year) of a run of groups at the prices `nodes`.

    table[4] and table[5] are working space: log price and its inverse price. Time is the end of `step`.
    """
    m = model[0]
    carry = m.rate - m.dividend_yield
    for j in range(nodes.shape[0]):
        table[4, j] = log(nodes[j])
        table[5, j] = 1.0 / nodes[j]
        for k in range(4):
            table[k, j] = 0.0
    for g in range(first_group, last_group):
        tau = (options.groups[g].expiry_step - step) * m.years_per_step
        total_vol = options.groups[g].implied_vol * math.sqrt(tau)
        discount = math.exp(-m.dividend_yield * tau)
        add_group(
            table,
            nodes.shape[0],
            options.groups[g].log_strike - carry * tau,
            total_vol,
            tau,
            discount * options.groups[g].shares,
            discount * options.groups[g].put_shares,
            m.dividend_yield,
            carry,
        )


@kernel(inner=True)
def add_group(
    table: Floats,
    count: int,
    log_strike_forward: float,
    total_vol: float,
    tau: float,
    shares: float,
    constant: float,
    dividend_yield: float,
    carry: float,
) -> None:
    """Add one merged group to `table`; formulas of Haug (2007), time derivatives in calendar time.

    `log_strike_forward` is log(K) - (r - q) tau; `shares` and `constant` are discounted by the dividend yield.
    """
    inverse = 1.0 / total_vol
    half_rate = 0.5 / tau
    drift = carry * inverse
    shift = 0.5 * total_vol - log_strike_forward * inverse
    for j in range(count):
        d1 = table[4, j] * inverse + shift
        c, p = cdf_pdf(d1)
        d1_slope = drift - (d1 - total_vol) * half_rate  # derivative of d1 in time to expiry
        density = shares * p
        delta = shares * c - constant
        gamma = density * inverse * table[5, j]
        table[0, j] += delta
        table[1, j] += gamma
        table[2, j] += dividend_yield * delta - density * d1_slope
        table[3, j] += gamma * (dividend_yield + half_rate + d1 * d1_slope)


@kernel(inner=True)
def add_between(
    early: Floats,
    late: Floats,
    weights: Floats,
    count: int,
    refinement: int,
    node_width: float,
    delta: Floats,
    gamma: Floats,
) -> None:
    """Add an expiry's delta and gamma at a time between two tables to a step's grid, `refinement` times as fine.

    `weights` (4,) are the cubic Hermite weights in time of (early, early rate, late, late rate); `node_width` is the
    coarse grid's spacing in $; `delta`, `gamma` are the step's node values, shape ((count - 1) * refinement + 1,).
    """
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    left_delta = w0 * early[0, 0] + w1 * early[2, 0] + w2 * late[0, 0] + w3 * late[2, 0]
    left_gamma = w0 * early[1, 0] + w1 * early[3, 0] + w2 * late[1, 0] + w3 * late[3, 0]
    delta[0] += left_delta
    gamma[0] += left_gamma
    for j in range(1, count):
        right_delta = w0 * early[0, j] + w1 * early[2, j] + w2 * late[0, j] + w3 * late[2, j]
        right_gamma = w0 * early[1, j] + w1 * early[3, j] + w2 * late[1, j] + w3 * late[3, j]
        rise = right_delta - left_delta
        c1 = node_width * left_gamma
        c2 = 3.0 * rise - node_width * (2.0 * left_gamma + right_gamma)
        c3 = node_width * (left_gamma + right_gamma) - 2.0 * rise
        base = (j - 1) * refinement
        for i in range(1, refinement):
            u = i / refinement
            delta[base + i] += left_delta + u * (c1 + u * (c2 + u * c3))
            gamma[base + i] += (c1 + u * (2.0 * c2 + u * 3.0 * c3)) / node_width
        delta[base + refinement] += right_delta
        gamma[base + refinement] += right_gamma
        left_delta = right_delta
        left_gamma = right_gamma


@kernel()
def add_expiry(
    times: Integers,
    levels: Integers,
    first_group: int,
    last_group: int,
    tables: Floats,
    nodes: Floats,
    grid: tuple[int, Integers, Integers, float, float, int],
    delta: Floats,
    gamma: Floats,
    options: Options,
    model: Records,
) -> None:
    """Add one expiry to the node values of all steps between its first and last table.

    `times` (k,) are the steps with tables, `levels` (k - 1,) the grid level of each interval (2**level times as many
    cells as the coarsest), `grid` = (first_step, first_cell, step_levels, low, high, coarsest cells). `delta`, `gamma`
    hold one node more than cells for each step: node j of step n is at first_cell[n] + n + j (n from first_step).
    """
    first_step, first_cell, step_levels, low, high, coarsest = grid
    weights = tables[2, 0, :4]
    for k in range(times.shape[0] - 1):
        cells = coarsest << levels[k]
        width = (high - low) / cells
        for j in range(cells + 1):
            nodes[j] = low + j * width
        early = tables[0]
        late = tables[1]
        tabulate(nodes[: cells + 1], early, first_group, last_group, times[k], options, model)
        last = times[k + 1]
        if last > times[k]:
            tabulate(nodes[: cells + 1], late, first_group, last_group, last, options, model)
        final = last + 1 if k == times.shape[0] - 2 else last
        span = max(last - times[k], 1)
        years = span * model[0].years_per_step
        for step in range(times[k], final):
            s = (step - times[k]) / span
            weights[0] = (1.0 + 2.0 * s) * (1.0 - s) * (1.0 - s)
            weights[1] = s * (1.0 - s) * (1.0 - s) * years
            weights[2] = s * s * (3.0 - 2.0 * s)
            weights[3] = s * s * (s - 1.0) * years
            n = step - first_step
            start = first_cell[n] + n
            add_between(
                early,
                late if last > times[k] else early,
                weights,
                cells + 1,
                1 << (step_levels[n] - levels[k]),
                width,
                delta[start:],
                gamma[start:],
            )


@kernel()
def to_cells(delta: Floats, gamma: Floats, cells: int, width: float, coefficients: Floats) -> None:
    """Turn node values of one step into the coefficients (4 * cells,) of u**k, u in [0, 1] across each cell."""
    for j in range(cells):
        rise = delta[j + 1] - delta[j]
        left = width * gamma[j]
        right = width * gamma[j + 1]
        coefficients[4 * j] = delta[j]
        coefficients[4 * j + 1] = left
        coefficients[4 * j + 2] = 3.0 * rise - 2.0 * left - right
        coefficients[4 * j + 3] = left + right - 2.0 * rise


@kernel()
def largest_error(
    coefficients: Floats,
    table: Floats,
    nodes: Floats,
    low: float,
    width: float,
    options: Options,
    book: int,
    step: int,
    model: Records,
) -> float:
    """Largest abs(surface - exact) in shares at the cell midpoints of one step; `nodes`, `table` are working space."""
    cells = nodes.shape[0]
    for j in range(cells):
        nodes[j] = low + (j + 0.5) * width
    tabulate(nodes, table, options.calendar[book, step].live, options.books[book].last, step, options, model)
    largest = 0.0
    for j in range(cells):
        c = 4 * j
        tabulated = coefficients[c] + 0.5 * (
            coefficients[c + 1] + 0.5 * (coefficients[c + 2] + 0.5 * coefficients[c + 3])
        )
        largest = max(largest, abs(tabulated - table[0, j]))
    return largest
