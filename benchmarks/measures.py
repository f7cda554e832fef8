"""The measurements: each returns lines of the table, ratios taken between runs in this very process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import baseline
from benchmarks.settings import ROOT, chain_scenario, street_scenario

IMPACT = 2.52e-7  # $ per share: 1.26% a day on 5 million shares at $100


@dataclass(frozen=True)
class Line:
    """One line of the table: what, the figure, its unit, the target, whether less is better, and how it came about."""

    what: str
    value: float
    unit: str
    target: float
    at_most: bool
    detail: str

    @property
    def met(self) -> bool:
        return self.value <= self.target if self.at_most else self.value >= self.target


def best(function: Callable[[], Any], repeats: int) -> float:
    """Shortest wall time in seconds of `repeats` calls."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def run(scenario: dict[str, Any], threads: int = 1, book_delta: str = "auto") -> Any:
    """The engine's Result of a scenario dictionary."""
    import simhedge as sh

    return sh.run(sh.scenario_from_dict(scenario, base_directory=ROOT), threads=threads, book_delta=book_delta)


def loop_seconds(scenario: dict[str, Any], repeats: int, threads: int = 1, book_delta: str = "auto") -> float:
    """Shortest wall time of the path loop in seconds, twin and metrics included, compiling and surface not."""
    run(scenario | {"paths": 256}, threads, book_delta)
    size = scenario["paths"] * scenario["clock"]["days"] * scenario["clock"]["steps_per_day"]
    speeds = [run(scenario, threads, book_delta).engine["path_steps_per_s"] for _ in range(repeats)]
    return float(size / max(speeds))


def path_loop(quick: bool) -> list[Line]:
    """The path loop on the shipped chain against drawing as many normals with numpy's Philox."""
    paths, repeats = (2_000, 2) if quick else (10_000, 5)
    normals = best(lambda: baseline.normals(paths * 390), repeats)
    lines = []
    for clearing, target in (("lagged", 3.0), ("simultaneous", 5.0)):
        seconds = loop_seconds(chain_scenario(clearing, paths), repeats)
        detail = f"{paths:,} paths x 390 steps: {seconds:.3f} s against {normals:.3f} s"
        lines.append(
            Line(f"path loop, {clearing}, in times of standard_normal", seconds / normals, "x", target, True, detail)
        )
    return lines


def surface(quick: bool) -> list[Line]:
    """Time to build the surface of the shipped chain, and its error."""
    lines = []
    for days, target in ((1, 0.5), (5, 3.0)):
        tree = chain_scenario("lagged", 64, days=days)
        runs = [run(tree, book_delta="surface") for _ in range(1 if quick else 3)]
        seconds = min(r.engine["surface_s"] for r in runs)
        error = runs[0].engine["surface_max_error"]
        lines.append(Line(f"surface of the chain, {days} day(s)", seconds, "s", target, True, f"{390 * days} steps"))
        lines.append(Line(f"surface error, {days} day(s)", error, "of gross", 1e-6, True, "reported by the run"))
    return lines


def against_numpy(quick: bool) -> list[Line]:
    """The same model in numpy and scipy, 200 contracts; also with exact deltas, per contract-delta."""
    ours, theirs, repeats = (4_000, 250, 1) if quick else (20_000, 1_000, 3)
    street = baseline.two_hundred_contracts(100.0, 5.0e6)
    setting = baseline.Setting(theirs, 390, 100.0, 0.2, IMPACT, 1 / 252 / 390)
    lines = []
    for clearing in ("lagged", "simultaneous"):
        reference = setting.paths * 390 / best(lambda c=clearing: baseline.simulate(street, setting, c), repeats)  # type: ignore[misc]
        tree = street_scenario(street, IMPACT, clearing, ours)
        speed = ours * 390 / loop_seconds(tree, repeats)
        detail = f"{speed:,.0f} path-steps/s against {reference:,.0f}"
        lines.append(
            Line(f"against numpy + ndtr, 200 contracts, {clearing}", speed / reference, "x", 80.0, False, detail)
        )
    exact = theirs * 390 / loop_seconds(street_scenario(street, IMPACT, "lagged", theirs), repeats, book_delta="exact")
    reference = theirs * 390 / best(lambda: baseline.simulate(street, setting, "lagged"), repeats)
    detail = f"{exact * 200:,.0f} contract-deltas/s against {reference * 200:,.0f}"
    lines.append(Line("exact mode against numpy, per contract-delta", exact / reference, "x", 2.0, False, detail))
    return lines


def delta_gamma(quick: bool) -> list[Line]:
    """delta and gamma over a million options against numpy and scipy."""
    from simhedge.kernels.black_scholes import delta_gamma as compiled

    count, repeats = (100_000, 3) if quick else (1_000_000, 5)
    draw = np.random.default_rng(3)
    sign = np.where(draw.random(count) < 0.5, 1.0, -1.0)
    spot, strike = draw.uniform(90, 110, count), draw.uniform(80, 120, count)
    years, vol = draw.uniform(0.01, 1.0, count), draw.uniform(0.1, 0.5, count)
    delta, gamma = np.empty(count), np.empty(count)
    compiled(sign, spot, strike, years, 0.0, 0.0, vol, delta, gamma)
    expected = baseline.delta_gamma_of_options(sign, spot, strike, years, vol)
    if not (np.allclose(delta, expected[0], atol=1e-12) and np.allclose(gamma, expected[1], atol=1e-12)):
        raise ArithmeticError("compiled and numpy deltas or gammas differ")
    ours = best(lambda: compiled(sign, spot, strike, years, 0.0, 0.0, vol, delta, gamma), repeats)
    theirs = best(lambda: baseline.delta_gamma_of_options(sign, spot, strike, years, vol), repeats)
    detail = f"{count:,} options: {ours * 1e3:.1f} ms against {theirs * 1e3:.1f} ms"
    return [Line("delta and gamma against numpy + scipy", theirs / ours, "x", 4.0, False, detail)]


def two_threads(quick: bool) -> list[Line]:
    """Two threads against one on the shipped chain."""
    from simhedge.simulation.threads import available_threads

    if available_threads() < 2:
        return []
    paths, repeats = (10_000, 2) if quick else (100_000, 3)
    lines = []
    for clearing in ("lagged", "simultaneous"):
        one, two = (loop_seconds(chain_scenario(clearing, paths), repeats, threads=n) for n in (1, 2))
        detail = f"{paths:,} paths: {one:.3f} s on one, {two:.3f} s on two"
        lines.append(Line(f"two threads against one, {clearing}", one / two, "x", 1.8, False, detail))
    return lines
