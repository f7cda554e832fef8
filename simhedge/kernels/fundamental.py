"""News: one step of the fundamental price for all lanes."""

import math

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import exp
from simhedge.kernels.layout import (
    FUNDAMENTAL,
    GBM,
    LANES,
    LOG_NEWS,
    NEWS,
    NEXT_SHOCK,
    SURPRISE,
    WORK,
    Floats,
    Records,
)
from simhedge.kernels.philox import normal_pair


@kernel(inline=True)
def draw_shocks(row: Floats, first_path: int, step: int, model: Records) -> None:
    """Put the standard normals of `step` into WORK; keyed by (seed, stream, path, step), see Salmon et al. (2011).

    One Philox block makes the normals of an even step and of the odd one after it; the second is kept in the state.
    """
    if step % 2 == 1:
        for i in range(LANES):
            row[WORK + i] = row[NEXT_SHOCK + i]
        return
    low = model[0].key_low
    high = model[0].key_high
    pair = step // 2
    for i in range(LANES):
        even, odd = normal_pair(first_path + i, pair, low, high)
        row[WORK + i] = even
        row[NEXT_SHOCK + i] = odd


@kernel(inline=True)
def move_fundamental(row: Floats, first_path: int, step: int, model: Records) -> None:
    """Move X over one step and keep the move in NEWS: geometric or arithmetic Brownian motion, exact in law.

    A SURPRISE comes on top, once.
    """
    m = model[0]
    dt = m.years_per_step
    draw_shocks(row, first_path, step, model)
    scale = m.volatility * math.sqrt(dt)
    if m.fundamental == GBM:
        trend = (m.drift - 0.5 * m.volatility * m.volatility) * dt
        for i in range(LANES):
            old = row[FUNDAMENTAL + i]
            growth = trend + scale * row[WORK + i] + row[SURPRISE + i]
            new = old * exp(growth)
            row[LOG_NEWS + i] = growth
            row[FUNDAMENTAL + i] = new
            row[NEWS + i] = new - old
    else:
        trend = m.drift * dt
        for i in range(LANES):
            move = trend + scale * row[WORK + i] + row[SURPRISE + i]
            row[FUNDAMENTAL + i] += move
            row[NEWS + i] = move
    row[SURPRISE : SURPRISE + LANES] = 0.0
