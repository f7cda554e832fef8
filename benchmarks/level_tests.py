"""Tests of levels on paths: the compiled sums against numpy vectorised over paths, and the whole commands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures import Line, best
from benchmarks.processes import command_seconds

Floats = NDArray[np.float64]

STEPS, STEPS_PER_DAY = 390, 78
LEVEL = 102.0
DAILY_VOL = 1.26  # $


def validation(quick: bool) -> list[Line]:
    """Touches, holds and breaks of many paths at one level, the two commands that rest on them."""
    from simhedge.kernels.touches import COLUMNS
    from simhedge.validation.episodes import Rules, one_episode, sums_by_path, worlds_of

    paths, repeats = (4_000, 3) if quick else (20_000, 7)
    shocks = np.random.default_rng(1).standard_normal((2, paths, STEPS)) * DAILY_VOL / math.sqrt(STEPS_PER_DAY)
    prices = 100.0 + np.concatenate([np.zeros((2, paths, 1)), np.cumsum(shocks, axis=2)], axis=2)
    rules = Rules(0.1 * DAILY_VOL, 0.5 * DAILY_VOL, 1.0, STEPS_PER_DAY)
    worlds, levels = worlds_of(prices[0], prices[1]), np.full((2, paths, 1), LEVEL)

    def ours() -> Floats:
        return sums_by_path(worlds, levels, one_episode(STEPS), rules, by_side=False)

    def numpy() -> Floats:
        return np.stack([touched_and_held(world, rules.near, rules.beyond) for world in prices])

    rows = ours().reshape(paths, 2, len(COLUMNS)).sum(axis=0)
    expected = numpy()
    for column, name in enumerate(("touched", "held", "near_steps")):
        np.testing.assert_array_equal(rows[:, COLUMNS.index(name)], expected[:, column])
    own, theirs = best(ours, repeats), best(numpy, repeats)
    detail = (
        f"{paths:,} paths x {STEPS} steps, both worlds: {1e3 * own:.1f} ms, one thread, against {1e3 * theirs:.0f} ms"
    )
    settings = ["--set", "paths=1000", "--set", "validation.placebos=50"] if quick else []
    whole = command_seconds(["validate", "walls_that_hold", "--quiet", *settings])
    published = command_seconds(["reproduce", "--quiet"])
    return [
        Line("touches and holds at a level, against numpy", theirs / own, "x", 2.0, False, detail),
        Line("simhedge validate walls_that_hold", whole, "s", 120.0, True, "300 placebos, wall time of the process"),
        Line("simhedge reproduce", published, "s", 600.0, True, "all checks, wall time of the process"),
    ]


def touched_and_held(prices: Floats, near: float, beyond: float) -> Floats:
    """Number of paths (paths, points) that touch the level and that hold it, and of steps near it, in numpy."""
    gap = LEVEL - prices[:, 1:]
    reached = gap <= near
    touched = reached.any(axis=1)
    first = reached.argmax(axis=1)[:, None]
    step = np.arange(STEPS)
    window = (step >= first) & (step <= first + STEPS_PER_DAY)
    broken = ((gap <= -beyond) & window).any(axis=1)
    return np.array([touched.sum(), (touched & ~broken).sum(), (np.abs(gap) <= near).sum()], dtype=np.float64)
