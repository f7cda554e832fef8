"""Running sums per path from which every metric is made; a step adds to them and nothing else is kept of it."""

from simhedge.kernels.compiler import kernel
from simhedge.kernels.elementary import log_of_normal
from simhedge.kernels.layout import (
    ABOVE_SQUARES,
    ABOVE_STEPS,
    ALIVE,
    BELOW_SQUARES,
    BELOW_STEPS,
    DIVERGED,
    DRAWDOWN,
    FIRST_DAY,
    FIRST_RETURN,
    FUNDAMENTAL,
    GAIN_MAX,
    GAIN_MIN,
    GBM,
    HEDGED,
    HEDGED_GAMMA,
    LAG_SQUARES,
    LAG_SUM,
    LANES,
    LAST_DAY,
    LOG_NEWS,
    LOG_PRICE,
    MULTIPLICATIVE,
    NET_GAMMA,
    PEAK,
    RETURN,
    RUNUP,
    SPOT,
    SUM_CUBES,
    SUM_FOURTHS,
    SUM_PRODUCTS,
    SUM_SQUARES,
    TROUGH,
    TWIN,
    WORK,
    WORLD_SIZE,
    Floats,
    Integers,
    Records,
)


@kernel(inline=True)
def log_prices(row: Floats, twin_log: Floats, model: Records) -> None:
    """Put the log prices of both worlds relative to the start into `twin_log` (LANES,) and WORK.

    The hedged one is the twin's plus log(S / X), which is exactly zero where dealers move nothing.
    """
    m = model[0]
    if m.fundamental == GBM:
        for i in range(LANES):
            twin_log[i] = row[TWIN + LOG_PRICE + i] + row[LOG_NEWS + i]
    else:
        for i in range(LANES):
            twin_log[i] = log_of_normal(row[FUNDAMENTAL + i] / m.spot)
    for i in range(LANES):
        row[WORK + i] = twin_log[i] + log_of_normal(row[SPOT + i] / row[FUNDAMENTAL + i])


@kernel(inline=True)
def add_returns(world: Floats, log_price: Floats, step: int) -> None:
    """Add one step, ending at `log_price` (LANES,), to the sums of moments, products and extremes of one world."""
    for i in range(LANES):
        y = log_price[i]
        r = y - world[LOG_PRICE + i]
        r2 = r * r
        world[SUM_PRODUCTS + i] += r * world[RETURN + i]
        world[LOG_PRICE + i] = y
        world[RETURN + i] = r
        world[SUM_SQUARES + i] += r2
        world[SUM_CUBES + i] += r2 * r
        world[SUM_FOURTHS + i] += r2 * r2
        peak = max(world[PEAK + i], y)
        trough = min(world[TROUGH + i], y)
        world[PEAK + i] = peak
        world[TROUGH + i] = trough
        world[DRAWDOWN + i] = max(world[DRAWDOWN + i], peak - y)
        world[RUNUP + i] = max(world[RUNUP + i], y - trough)
    if step == 1:
        for i in range(LANES):
            world[FIRST_RETURN + i] = world[RETURN + i]


@kernel(inline=True)
def add_sides(row: Floats, gamma_floor: float) -> None:
    """Add the step's squared return of both worlds to the side of zero gamma on which the hedged step started.

    Gammas within `gamma_floor` of zero (shares per $) are on neither side: the surface cannot tell their sign.
    """
    for i in range(LANES):
        gamma = row[NET_GAMMA + i]
        above = 1.0 if gamma > gamma_floor else 0.0
        below = 1.0 if gamma < -gamma_floor else 0.0
        hedged = row[HEDGED + RETURN + i] * row[HEDGED + RETURN + i]
        twin = row[TWIN + RETURN + i] * row[TWIN + RETURN + i]
        row[ABOVE_STEPS + i] += above
        row[BELOW_STEPS + i] += below
        row[HEDGED + ABOVE_SQUARES + i] += above * hedged
        row[HEDGED + BELOW_SQUARES + i] += below * hedged
        row[TWIN + ABOVE_SQUARES + i] += above * twin
        row[TWIN + BELOW_SQUARES + i] += below * twin


@kernel(inline=True)
def add_lags(world: Floats, history: Floats, lags: Integers, step: int) -> None:
    """Add the overlapping N-step returns that end in this step; `history` (points, LANES) is a ring of log prices."""
    points = history.shape[0]
    slot = step % points
    for k in range(lags.shape[0]):
        if step < lags[k]:
            continue
        old = history[(step - lags[k]) % points]
        sums = world[LAG_SUM + k * LANES : LAG_SUM + (k + 1) * LANES]
        squares = world[LAG_SQUARES + k * LANES : LAG_SQUARES + (k + 1) * LANES]
        for i in range(LANES):
            change = world[LOG_PRICE + i] - old[i]
            sums[i] += change
            squares[i] += change * change
    now = history[slot]
    for i in range(LANES):
        now[i] = world[LOG_PRICE + i]


@kernel(inline=True)
def mark_days(world: Floats, step: int, model: Records) -> None:
    """Keep the sum of squares of the first day, and of the last one as what is added after it begins."""
    m = model[0]
    if step == m.steps_per_day:
        for i in range(LANES):
            world[FIRST_DAY + i] = world[SUM_SQUARES + i]
    if step == m.steps - m.steps_per_day:
        for i in range(LANES):
            world[LAST_DAY + i] = world[SUM_SQUARES + i]


@kernel(inline=True)
def add_gain(row: Floats, model: Records) -> None:
    """Widen the range of the feedback gain kappa seen on each path (dimensionless, positive damps)."""
    m = model[0]
    for i in range(LANES):
        price = row[SPOT + i] if m.form == MULTIPLICATIVE else 1.0
        gain = m.impact * price * row[HEDGED_GAMMA + i]
        row[GAIN_MIN + i] = min(row[GAIN_MIN + i], gain)
        row[GAIN_MAX + i] = max(row[GAIN_MAX + i], gain)


@kernel(inline=True)
def add_step(
    row: Floats, history: Floats, twin_log: Floats, lags: Integers, step: int, model: Records, gamma_floor: float
) -> None:
    """Add the step that ends at `step` to all sums of both worlds."""
    hedged = row[HEDGED : HEDGED + WORLD_SIZE]
    twin = row[TWIN : TWIN + WORLD_SIZE]
    log_prices(row, twin_log, model)
    add_returns(twin, twin_log, step)
    add_returns(hedged, row[WORK : WORK + LANES], step)
    if model[0].count_sides == 1:
        add_sides(row, gamma_floor)
    if lags.shape[0] > 0:
        add_lags(twin, history[1], lags, step)
        add_lags(hedged, history[0], lags, step)
    mark_days(twin, step, model)
    mark_days(hedged, step, model)


@kernel(inline=True)
def stop_diverged(row: Floats, margin: float, spot: float) -> None:
    """Stop lanes whose price, or twin's, left [spot / margin, spot * margin]; they rest at `spot` from then on."""
    low = spot / margin
    high = spot * margin
    for i in range(LANES):
        price = row[SPOT + i]
        twin = row[FUNDAMENTAL + i]
        left = 0.0 if ((price >= low) & (price <= high)) else 1.0
        twin_left = 0.0 if ((twin >= low) & (twin <= high)) else 2.0
        alive = row[ALIVE + i] if left + twin_left == 0.0 else 0.0
        row[DIVERGED + i] = left + twin_left if row[ALIVE + i] > alive else row[DIVERGED + i]
        row[ALIVE + i] = alive
        row[SPOT + i] = price if alive == 1.0 else spot
        row[FUNDAMENTAL + i] = twin if alive == 1.0 else spot
