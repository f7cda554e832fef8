"""The elementary kernels give the same numbers compiled and as plain Python (NUMBA_DISABLE_JIT=1).

Run as a script this file prints the numbers; the test runs it so, uncompiled, and compares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from simhedge.kernels import black_scholes, elementary, normal, philox

COLUMNS = 29


@numba.njit(error_model="numpy")
def evaluate(x: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """One row of every elementary kernel's values for each x in (0, 1)."""
    for i in range(x.size):
        u, wide, row = x[i], 60.0 * x[i] - 30.0, out[i]
        row[0], row[1], row[2] = elementary.exp(wide), elementary.log(u), elementary.exp_of_sum(wide, 1e-5 * u)
        row[3], row[4] = elementary.sincos_two_pi(u)
        row[5], row[6] = normal.cdf_pdf(wide)
        row[7], row[8] = normal.cdf(0.1 * wide), normal.pdf(0.1 * wide)
        row[9], row[10] = normal.inverse_cdf(u), normal.scaled_tail(abs(wide))
        row[11], row[12] = philox.normal_pair(i, 7 * i, 3, 4)
        row[13], row[14] = philox.uniform_pair(i, 7 * i, 3, 4)
        kind_sign = 1.0 if i % 2 == 0 else -1.0
        spot, strike, time, rate, dividend_yield, vol = 80.0 + 40.0 * u, 100.0, 0.5 + u, 0.03, 0.01, 0.2
        row[15] = black_scholes.price(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[16] = black_scholes.delta(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[17] = black_scholes.gamma(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[18] = black_scholes.vega(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[19] = black_scholes.theta(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[20] = black_scholes.rho(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[21] = black_scholes.vanna(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[22] = black_scholes.charm(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[23] = black_scholes.volga(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[24] = black_scholes.speed(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[25] = black_scholes.zomma(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[26] = black_scholes.color(kind_sign, spot, strike, time, rate, dividend_yield, vol)
        row[27] = elementary.log_of_normal(1.0 + u)
        row[28] = elementary.fused_multiply_add(u, wide, 40.0)


def table() -> NDArray[np.float64]:
    out = np.empty((97, COLUMNS))
    evaluate((np.arange(97) + 0.5) / 97, out)
    return out


def test_compiled_and_uncompiled_agree() -> None:
    root = str(Path(elementary.__file__).parents[2])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    uncompiled = np.array(json.loads(done.stdout))
    # differences of terms as large as those of the price: 1e-13 of the column's size where a value crosses zero
    size = np.abs(uncompiled).max(axis=0) * np.where(np.arange(COLUMNS) >= 15, 1e-13, 0.0)
    assert uncompiled.shape == (97, COLUMNS)
    assert (np.abs(table() - uncompiled) <= 1e-13 * np.abs(uncompiled) + size).all()


if __name__ == "__main__":
    print(json.dumps(table().tolist()))
