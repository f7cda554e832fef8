"""What the tests of levels are made of: a scenario with one wall, random walks, and rules in round numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from building import option
from numpy.typing import NDArray

from simhedge.kernels.touches import COLUMNS
from simhedge.validation.episodes import Rules, Worlds
from simhedge.validation.level_tests import Scales

Floats = NDArray[np.float64]
Tree = dict[str, Any]

RULES = Rules(near=0.125, beyond=0.5, leap=5.0, horizon=20)
SCALES = Scales(daily_vol=1.0, step_vol=0.2, steps_per_year=25.0 * 252.0)


def wall(contracts: float = 50_000.0, **validation: Any) -> Tree:
    """Calls at 102 that expire after the run's five days; dealers long them, or short where contracts are negative."""
    return market_tree([option("call", 102.0, 10, contracts)], **validation)


def market_tree(book: list[Tree], *, paths: int = 200, policy: str = "continuous", **validation: Any) -> Tree:
    """One dealer with `book`, spot 100, gbm at 20%, simultaneous clearing; no placebos unless they are asked for."""
    return {
        "schema_version": 1,
        "name": "levels",
        "seed": 11,
        "paths": paths,
        "clock": {"days": 5, "steps_per_day": 78},
        "market": {
            "spot": 100.0,
            "fundamental": {"type": "gbm", "volatility": 0.2},
            "adv_shares": 5.0e6,
            "impact": {"type": "adv", "coefficient": 1.0, "form": "arithmetic"},
            "clearing": {"type": "simultaneous"},
        },
        "books": {"book": book},
        "dealers": [{"name": "street", "book": "book", "policy": {"type": policy}}],
        "validation": {"placebos": 0, **validation},
    }


def walks(generator: np.random.Generator, paths: int, steps: int, step: float = 0.2, start: float = 100.0) -> Floats:
    """Arithmetic random walks in $, (paths, steps + 1)."""
    moves = generator.normal(0.0, step, (paths, steps))
    return np.concatenate([np.full((paths, 1), start), start + np.cumsum(moves, axis=1)], axis=1)


def coarse_walks(generator: np.random.Generator, paths: int, steps: int) -> Floats:
    """Walks on a grid of 1/8 $ around 100, (paths, steps + 1): prices meet levels and distances exactly, and leap."""
    moves = generator.integers(-4, 5, (paths, steps + 1)) * 0.125
    moves[generator.random(moves.shape) < 0.03] *= 12.0
    return np.clip(100.0 + np.cumsum(moves, axis=1), 60.0, 140.0)


def worlds_with(hedged: Floats, twin: Floats, returns: Floats | None = None) -> Worlds:
    """Worlds of any prices (paths, points), with their own differences for returns unless given (2, paths, steps)."""
    prices = np.ascontiguousarray(np.stack([hedged, twin]))
    moves = np.diff(prices, axis=2) / 100.0 if returns is None else returns
    return Worlds(prices, np.ascontiguousarray(moves), np.ones(hedged.shape[0], dtype=bool))


def fixed(level: float, paths: int, episodes: int = 1) -> Floats:
    """The same level ($) in both worlds, (2, paths, episodes)."""
    return np.full((2, paths, episodes), level)


def column(rows: Floats, name: str, world: int = 0) -> Floats:
    """One column of rows (paths, 2 * columns), (paths,)."""
    return rows[:, world * len(COLUMNS) + COLUMNS.index(name)]
