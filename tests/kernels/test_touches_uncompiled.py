"""What paths do at a level is the same compiled and as plain Python (NUMBA_DISABLE_JIT=1).

Run as a script this file prints the sums; the test runs it so, uncompiled, and compares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simhedge.kernels.touches import COLUMNS, path_sums

Floats = NDArray[np.float64]


def table() -> Floats:
    """Sums of forty paths in three episodes, on a grid of prices that meet the level, with and without sides."""
    generator = np.random.default_rng(9)
    moves = generator.integers(-4, 5, (2, 40, 31)) * 0.125
    moves[generator.random(moves.shape) < 0.05] *= 10.0
    prices = 100.0 + np.cumsum(moves, axis=2)
    returns = generator.normal(size=(2, 40, 30))
    levels = 100.0 + generator.integers(-12, 13, (2, 40, 3)) * 0.125
    levels[generator.random(levels.shape) < 0.1] = np.nan
    edges, pins, distances = np.array([0, 10, 11, 30]), np.array([10, 11, 25]), np.array([0.25, 1.0, 2.0])
    out = np.full((2, 38, 2, len(COLUMNS)), 7.0)
    for by_side in (False, True):
        path_sums(prices, returns, levels, edges, pins, distances, 8, by_side, 2, out[int(by_side)])
    return out.reshape(76, -1)


def test_compiled_and_uncompiled_agree() -> None:
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    uncompiled, compiled = np.array(json.loads(done.stdout)), table()
    assert uncompiled.shape == compiled.shape == (76, 2 * len(COLUMNS))
    np.testing.assert_array_equal(compiled, uncompiled)
    assert (compiled.sum(axis=0) != 0.0).all()


if __name__ == "__main__":
    print(json.dumps(table().tolist()))
