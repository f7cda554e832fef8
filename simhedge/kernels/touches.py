"""What paths do at a level: touches, holds, breaks and bounces, time near, crossings, and returns by side.

A path is looked at in episodes, the steps from one edge to the next, each with its own level. The side that an episode
starts on is the near side. Everything is added up over the episodes of a path, so that a ratio of means over paths is a
rate whose errors allow for the dependence within a path.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.kernels.compiler import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

COLUMNS = (
    "episodes",  # with a level, and prices throughout
    "approached",  # episodes that start further than `near` from the level
    "touched",  # of these, those that come within `near` of it, or beyond
    "held",  # touched, and not beyond it by `beyond` within `horizon` steps of the touch or the rest of the episode
    "broken",  # touched and not held
    "bounced",  # touched, and back by `beyond` on the near side before that much beyond, within the horizon
    "leapt",  # touched, and a step larger than `leap` from the touch on, within the horizon
    "steps",
    "near_steps",  # that end within `near` of the level
    "pinned",  # episodes whose pin step ends within `near` of it
    "closest",  # $, smallest distance; 0 where it is crossed
    "crossings",  # steps that end on the other side from that of the last price beside the level
    "crossing_moves",  # $, absolute, of these
    "above_steps",  # steps that start above the level, in the hedged world
    "above_squares",  # squared returns of these
    "above_products",  # returns of these times those before
    "below_steps",
    "below_squares",
    "below_products",
)
(
    EPISODES, APPROACHED, TOUCHED, HELD, BROKEN, BOUNCED, LEAPT, STEPS, NEAR_STEPS, PINNED, CLOSEST, CROSSINGS,
    CROSSING_MOVES, ABOVE_STEPS, ABOVE_SQUARES, ABOVE_PRODUCTS, BELOW_STEPS, BELOW_SQUARES, BELOW_PRODUCTS,
) = [np.int64(k) for k in range(len(COLUMNS))]  # fmt: skip
HEDGED: Any = np.int64(0)
TWIN: Any = np.int64(1)


@kernel(inner=True)
def add_meetings(price: Array, level: float, pin: int, distances: Array, horizon: int, sums: Array) -> None:
    """Add what the price (points,) of an episode does at `level`; `distances`: near, beyond, leap; `pin` a point."""
    near = distances[0]
    sums[EPISODES] += 1.0
    sums[STEPS] += price.size - 1
    sums[NEAR_STEPS] += count_near(price, level, near)
    sums[PINNED] += 1.0 if abs(level - price[pin]) <= near else 0.0
    crossings, moves = crossings_of(price, level)
    sums[CROSSINGS] += crossings
    sums[CROSSING_MOVES] += moves
    sums[CLOSEST] += 0.0 if crossings > 0.0 else closest_to(price, level)
    side = 1.0 if price[0] <= level else -1.0
    if side * (level - price[0]) <= near:
        return
    sums[APPROACHED] += 1.0
    for n in range(1, price.size):
        if side * (level - price[n]) <= near:
            sums[TOUCHED] += 1.0
            add_aftermath(price[n - 1 : n + horizon + 1], level, side, distances, sums)
            return


@kernel(inner=True)
def add_aftermath(price: Array, level: float, side: float, distances: Array, sums: Array) -> None:
    """Add what follows a touch, from the step that makes it: held or broken, bounced before it broke, leapt."""
    beyond, leap = distances[1], distances[2]
    broken = False
    bounced = False
    leapt = False
    for n in range(1, price.size):
        gap = side * (level - price[n])
        if gap <= -beyond:
            broken = True
        elif gap >= beyond and not broken:
            bounced = True
        if abs(price[n] - price[n - 1]) > leap:
            leapt = True
    sums[BROKEN if broken else HELD] += 1.0
    sums[BOUNCED] += 1.0 if bounced else 0.0
    sums[LEAPT] += 1.0 if leapt else 0.0


@kernel(inner=True)
def count_near(price: Array, level: float, near: float) -> int:
    """Steps that end within `near` of the level."""
    count = 0
    for n in range(1, price.size):
        count += 1 if abs(level - price[n]) <= near else 0
    return count


@kernel(inner=True)
def closest_to(price: Array, level: float) -> float:
    """Smallest distance ($) from the level at the end of a step."""
    closest = math.inf
    for n in range(1, price.size):
        closest = min(closest, abs(level - price[n]))
    return closest


@kernel(inner=True)
def crossings_of(price: Array, level: float) -> tuple[float, float]:
    """Steps that end on the other side from that of the last price beside the level, and their absolute moves in $."""
    above = 0
    below = 0
    for n in range(price.size):
        above += 1 if price[n] > level else 0
        below += 1 if price[n] < level else 0
    if above == 0 or below == 0:
        return 0.0, 0.0
    crossings = 0.0
    moves = 0.0
    side = 0.0
    for n in range(price.size):
        if price[n] == level:
            continue
        new = 1.0 if price[n] > level else -1.0
        if new * side < 0.0:
            crossings += 1.0
            moves += abs(price[n] - price[n - 1])
        side = new
    return crossings, moves


@kernel(inner=True)
def add_sides(sides: Array, returns: Array, level: float, sums: Array) -> None:
    """Add squared and neighbouring returns (steps,), by the side of `level` that the price `sides` (steps,) starts on.

    A price at the level counts on neither side.
    """
    before = 0.0
    for n in range(returns.size):
        product = returns[n] * before
        before = returns[n]
        if sides[n] > level:
            sums[ABOVE_STEPS] += 1.0
            sums[ABOVE_SQUARES] += returns[n] * returns[n]
            sums[ABOVE_PRODUCTS] += product
        elif sides[n] < level:
            sums[BELOW_STEPS] += 1.0
            sums[BELOW_SQUARES] += returns[n] * returns[n]
            sums[BELOW_PRODUCTS] += product


@kernel(inner=True)
def add_path(
    prices: Array,
    returns: Array,
    path: int,
    level: Array,
    edges: Integers,
    pins: Integers,
    distances: Array,
    horizon: int,
    by_side: bool,
    sums: Array,
) -> None:
    """Add the episodes of one path, both worlds: `sums` (2, columns); `level` (2, episodes)."""
    for episode in range(pins.size):
        first, last = edges[episode], edges[episode + 1]
        parting = level[HEDGED, episode]
        for world in range(2):
            at = level[world, episode]
            if not math.isnan(at):
                price = prices[world, path, first : last + 1]
                add_meetings(price, at, pins[episode] - first, distances, horizon, sums[world])
            if by_side and not math.isnan(parting):
                add_sides(prices[HEDGED, path, first:last], returns[world, path, first:last], parting, sums[world])


@kernel()
def path_sums(
    prices: Array,
    returns: Array,
    levels: Array,
    edges: Integers,
    pins: Integers,
    distances: Array,
    horizon: int,
    by_side: bool,
    first_path: int,
    out: Array,
) -> None:
    """Write the sums of paths first_path ... to `out` (paths, 2, columns).

    `prices` (2, all paths, points) in $, hedged and twin; `returns` (2, all paths, steps), logarithmic; `levels`
    (2, all paths, episodes) in $, NaN: none. `edges` (episodes + 1,) steps; `pins` (episodes,) the step that a pin is
    looked for at. `distances` ($): near, beyond, leap. `by_side`: returns by side of the level too.
    """
    for k in range(out.shape[0]):
        path = first_path + k
        out[k] = 0.0
        add_path(
            prices, returns, path, levels[:, path], edges, pins, distances, horizon, by_side, out[k])  # fmt: skip
