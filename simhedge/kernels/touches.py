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
def add_meetings(
    price: Array, level: float, first: int, last: int, pin: int, distances: Array, horizon: int, sums: Array
) -> None:
    """Add what a price path (points,) does at `level` from step `first` to `last`; `distances`: near, beyond, leap."""
    near, beyond, leap = distances[0], distances[1], distances[2]
    start_gap = level - price[first]
    side = 1.0 if start_gap >= 0.0 else -1.0
    approached = abs(start_gap) > near
    touched_at = last + 1
    broken = False
    bounced = False
    leapt = False
    closest = math.inf
    gap = side * start_gap
    near_side = gap > 0.0  # of the last price that was not at the level itself
    beside = gap != 0.0
    for n in range(first + 1, last + 1):
        old_gap = gap
        gap = side * (level - price[n])
        distance = abs(gap)
        move = abs(gap - old_gap)
        if distance <= near:
            sums[NEAR_STEPS] += 1.0
        closest = min(closest, distance)
        if beside and gap != 0.0 and (gap > 0.0) != near_side:
            closest = 0.0
            sums[CROSSINGS] += 1.0
            sums[CROSSING_MOVES] += move
        if gap != 0.0:
            near_side = gap > 0.0
            beside = True
        if approached and touched_at > last and gap <= near:
            touched_at = n
        if n >= touched_at and n <= touched_at + horizon:
            if gap <= -beyond:
                broken = True
            elif gap >= beyond and not broken:
                bounced = True
            if move > leap:
                leapt = True
    sums[EPISODES] += 1.0
    sums[STEPS] += last - first
    sums[CLOSEST] += closest
    if abs(level - price[pin]) <= near:
        sums[PINNED] += 1.0
    if approached:
        sums[APPROACHED] += 1.0
    if touched_at <= last:
        sums[TOUCHED] += 1.0
        sums[BROKEN if broken else HELD] += 1.0
        sums[BOUNCED] += 1.0 if bounced else 0.0
        sums[LEAPT] += 1.0 if leapt else 0.0


@kernel(inner=True)
def add_sides(sides: Array, returns: Array, level: float, first: int, last: int, sums: Array) -> None:
    """Add squared and neighbouring returns (steps,), by the side of `level` that the price `sides` (points,) starts on.

    A price at the level counts on neither side.
    """
    for n in range(first, last):
        product = returns[n] * returns[n - 1] if n > first else 0.0
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
                add_meetings(prices[world, path], at, first, last, pins[episode], distances, horizon, sums[world])
            if by_side and not math.isnan(parting):
                add_sides(prices[HEDGED, path], returns[world, path], parting, first, last, sums[world])


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
