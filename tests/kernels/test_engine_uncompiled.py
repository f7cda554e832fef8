"""The whole engine gives the same run compiled and as plain Python (NUMBA_DISABLE_JIT=1).

Run as a script this file prints every recorded number of small runs; the test runs it so, uncompiled, and compares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from building import CLEARINGS, POLICIES, SERIES, dealer, option, scenario  # noqa: E402

import simhedge as sh  # noqa: E402

Tree = dict[str, Any]
RELATIVE = 1e-12


@sh.user_policy
def half_way(hedge, target_hedge, spot, gamma, parameter, step):  # type: ignore[no-untyped-def]
    """Half of the gap, all of it above the strike."""
    return target_hedge if spot > 100.0 else 0.5 * (hedge + target_hedge)


def tree(clearing: str, policy: str, contracts: float = 30_000.0, strike: float = 100.0, **options: Any) -> Tree:
    """A day of four steps; calls and puts of two books expire in the second and live beyond the last."""
    rule = dict(CLEARINGS[clearing])
    if clearing == "asynchronous":
        rule |= {"rounds": 3, "participation": 0.5}
    books = {
        "near": [option("call", strike, 0.5, contracts), option("put", 99.5, 2, -0.3 * contracts, 0.3)],
        "far": [option("put", 101.0, 3, 8_000)],
    }
    dealers = [
        dealer(POLICIES[policy], "first", "near", cost_bps=2.0, count=2),
        dealer(POLICIES["fixed_interval"], "second", "far"),
    ]
    sizes: Tree = {"paths": 3, "days": 1, "steps_per_day": 4, "rate": 0.03, "dividend_yield": 0.01}
    result = scenario(books, dealers, clearing=rule, **(sizes | options))
    result["outputs"]["squeeze"] = {"jump": 1.5}
    result["outputs"]["record"]["series"] = [*SERIES, "market_shares", "market_cash"]
    return result


LOUD = {"fundamental": {"type": "bachelier", "drift": 0.0, "volatility": 60.0}}
MULTIPLICATIVE = {
    "impact": {"type": "adv", "coefficient": 1.0, "form": "multiplicative"},
    "fundamental": {"type": "gbm", "drift": 0.1, "volatility": 0.3},
}
RUNS: dict[str, tuple[Tree, Tree]] = {
    "lagged": (tree("lagged", "continuous"), {}),
    "lagged, band, cash": (tree("lagged", "delta_band", settlement="cash"), {}),
    "staggered, exact": (tree("staggered", "whalley_wilmott"), {"book_delta": "exact"}),
    "asynchronous": (tree("asynchronous", "continuous", **MULTIPLICATIVE), {}),
    "asynchronous, band": (tree("asynchronous", "delta_band_edge"), {"book_delta": "exact"}),
    "simultaneous": (tree("simultaneous", "continuous"), {}),
    "simultaneous, multiplicative": (tree("simultaneous", "continuous", **MULTIPLICATIVE), {}),
    "simultaneous, pin": (tree("simultaneous", "continuous", 200_000.0, settlement="cash"), {}),
    "simultaneous, jumps": (tree("simultaneous", "continuous", -150_000.0, 101.5, **LOUD), {}),
    "simultaneous, exact": (tree("simultaneous", "continuous"), {"book_delta": "exact"}),
    "simultaneous, band": (tree("simultaneous", "delta_band_edge", steps_per_day=2), {}),
    "lagged, stop loss": (tree("lagged", "stop_loss"), {}),
    "simultaneous, stop loss": (tree("simultaneous", "stop_loss", 150_000.0), {}),
    "simultaneous, stop loss, short": (tree("simultaneous", "stop_loss", -30_000.0, settlement="cash"), {}),
    "simultaneous, leland": (tree("simultaneous", "leland", -30_000.0), {}),
    "simultaneous, own policy": (tree("simultaneous", "none", steps_per_day=2), {"policies": {"first": half_way}}),
}


def numbers() -> dict[str, dict[str, list[Any]]]:
    """Every series of every path and every metric of each run, hedged and twin, by name."""
    found: dict[str, dict[str, list[Any]]] = {}
    for name, (values, options) in RUNS.items():
        result = sh.run(sh.scenario_from_dict(values), threads=1, **options)
        assert result.paths is not None
        found[name] = {str(series): result.paths[series].to_numpy().tolist() for series in result.paths.data_vars}
        for metric, row in result.summary.iterrows():
            found[name][str(metric)] = [
                None if np.isnan(row[world]) else float(row[world]) for world in ("hedged", "twin")
            ]
    return found


@pytest.fixture(scope="module")
def uncompiled() -> dict[str, dict[str, list[Any]]]:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    quiet = "ignore:overflow encountered in scalar:RuntimeWarning"  # numpy minds that bits wrap around, machines do not
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", quiet, __file__],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, dict[str, list[Any]]] = json.loads(done.stdout)
    return read


@pytest.fixture(scope="module")
def compiled() -> dict[str, dict[str, list[Any]]]:
    return numbers()


@pytest.mark.parametrize("name", RUNS)
def test_compiled_and_uncompiled_agree(
    compiled: dict[str, dict[str, list[Any]]], uncompiled: dict[str, dict[str, list[Any]]], name: str
) -> None:
    assert set(compiled[name]) == set(uncompiled[name])
    for series, values in compiled[name].items():
        fast, plain = (np.array(numbers, dtype=np.float64) for numbers in (values, uncompiled[name][series]))
        np.testing.assert_array_equal(np.isnan(fast), np.isnan(plain), err_msg=series)
        size = float(np.nanmax(np.abs(plain), initial=0.0))
        np.testing.assert_allclose(fast, plain, rtol=0, atol=RELATIVE * size, err_msg=series)


def test_the_runs_are_not_trivial(compiled: dict[str, dict[str, list[Any]]]) -> None:
    """They pin, they jump, they trade and they differ from one another."""
    spot = {name: np.array(run["spot"]) for name, run in compiled.items()}
    assert (spot["simultaneous, pin"][:, 2] == 100.0).any()
    squeezed = compiled["simultaneous, jumps"]["squeeze_probability"][0]
    assert squeezed > 0.0
    assert all(np.abs(np.array(run["hedge_flow"])).max() > 1e4 for run in compiled.values())
    assert len({str(run["spot"]) for run in compiled.values()}) >= len(RUNS) - 2


if __name__ == "__main__":
    print(json.dumps(numbers()))
