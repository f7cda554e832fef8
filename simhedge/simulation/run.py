"""Running a scenario: paths in chunks through the session, moments out, nothing kept that was not asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from simhedge.errors import InputError
from simhedge.kernels import layout
from simhedge.simulation.compile_clock import Stopwatch, compile_seconds
from simhedge.simulation.expectations import check_expectations
from simhedge.simulation.memory import check_memory, recorded_paths, recorded_series
from simhedge.simulation.metrics import summarise
from simhedge.simulation.moments import BATCH, Moments, path_rows
from simhedge.simulation.own_policies import policy_names
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.records import recorded_bytes, recording_for, to_dataset
from simhedge.simulation.result import Result
from simhedge.simulation.scenario_levels import scenario_levels
from simhedge.simulation.session import Session, path_steps_per_call
from simhedge.simulation.threads import threads_to_use

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from simhedge.kernels.layout import Recording
    from simhedge.scenario import Scenario

    Progress = Callable[[int, int, str], None]

CHUNK_BYTES = 64 * 2**20  # state of the paths that are advanced together
LARGEST_CHUNK = 8192  # paths
SAMPLE_BYTES = 2**28  # what the paths drawn in figures may take
SAMPLE_SERIES = ("spot", "fundamental", "twin_spot", "dealer_delta", "net_gamma", "hedge_flow", "hedge")


def run(
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
    book_delta: str = "auto",
    policies: Mapping[str, Any] | None = None,
    chunk_paths: int | None = None,
) -> Result:
    """Simulate a scenario and return its Result.

    `progress(done, total, phase)` is called between kernel calls. `threads` (default: all processors) share the paths.
    Results depend neither on that nor on `chunk_paths`, the number of paths advanced together (a multiple of LANES).
    `book_delta`: auto, surface or exact. `policies` maps dealers' names to one compiled policy (see `user_policy`).
    Raises InputError where the scenario cannot be run and ResourceError where this machine has not the memory.
    """
    started, compiled = time.perf_counter(), compile_seconds()
    plan = prepare(scenario, book_delta, tuple(policies or ()))
    check_memory(plan)
    series, recorded = recorded_series(scenario), recorded_paths(scenario)
    recording = recording_for(plan, recorded, series)
    used = threads_to_use(threads)
    moments = Moments(threads=used)
    loop_seconds = _simulate(plan, moments, recording, policies or {}, progress, chunk_paths, used)
    moments.finish()
    summary = summarise(moments, plan)
    dataset = to_dataset(plan, recording, series) if recorded else None
    levels = scenario_levels(plan, dataset, progress)
    warnings = [*plan.warnings, *_run_warnings(plan, moments)]
    elapsed = time.perf_counter() - started
    return Result(
        scenario=scenario,
        summary=summary,
        expectations=check_expectations(scenario.expect, summary),
        engine=_engine_report(plan, elapsed, compile_seconds() - compiled, loop_seconds, used),
        warnings=warnings,
        gain_profile=plan.gain,
        paths=dataset,
        levels=levels,
        policies=policy_names(policies),
    )


def sample_paths(scenario: Scenario, paths: int = 200, policies: Mapping[str, Any] | None = None) -> xr.Dataset:
    """The first paths of a run again, recorded at every step: draws are keyed by path, so they are the same paths.

    Fewer than asked for where their records would take more than SAMPLE_BYTES.
    """
    plan = prepare(scenario, user_policies=tuple(policies or ()))
    plan.model["record_every"] = 1
    fitting = SAMPLE_BYTES // recorded_bytes(plan, 1, SAMPLE_SERIES)
    count = max(1, min(paths, scenario.paths, fitting))
    recording = recording_for(plan, count, SAMPLE_SERIES)
    Session(plan, count, recording=recording, policies=policies).advance()
    return to_dataset(plan, recording, SAMPLE_SERIES)


def _simulate(
    plan: Plan,
    moments: Moments,
    recording: Recording,
    policies: Mapping[str, Any],
    progress: Progress | None,
    chunk_paths: int | None,
    threads: int,
) -> float:
    """Advance all paths chunk by chunk, adding to `moments`; returns the seconds spent in the path loop."""
    paths = plan.scenario.paths
    plan.surfaces.at(0)
    chunk = chunk_paths or _chunk_paths(plan, threads)
    if chunk <= 0 or chunk % layout.LANES:
        message = f"must be a positive multiple of {layout.LANES}"
        raise InputError(message, key="chunk_paths", value=chunk, remedy=f"such as {LARGEST_CHUNK}")
    total = paths * plan.steps
    watch, building = Stopwatch(), plan.surfaces.seconds
    session = Session(plan, min(chunk, paths), recording=recording, policies=policies, threads=threads)
    for first in range(0, paths, chunk):
        count = min(chunk, paths - first)
        if first > 0:
            session.restart(first, count)
        while session.step < plan.steps:
            session.advance(session.steps_per_call())
            if progress is not None:
                progress(first * plan.steps + count * session.step, total, "paths")
        rows, status = path_rows(session)
        moments.add(rows, status)
    return watch.seconds() - (plan.surfaces.seconds - building)


def _chunk_paths(plan: Plan, threads: int) -> int:
    """Paths advanced together: few enough to stay in memory, more where surfaces come in several windows.

    Fewer where even a single step of so many would keep ctrl-C waiting (thousands of rounds, all options exactly).
    """
    points = int(plan.lags.max(initial=0)) + 1
    per_path = 8 * (layout.state_size(plan.options.books.size, plan.dealers.size) // layout.LANES + 2 * points)
    largest = LARGEST_CHUNK * (1 if len(plan.surfaces.windows) == 1 else 8)
    chunk = min(largest, CHUNK_BYTES * (1 if largest == LARGEST_CHUNK else 8) // per_path)
    chunk = min(chunk, path_steps_per_call(plan, threads))
    # whole batches of moments keep the threads evenly busy
    unit = 2 * BATCH if chunk >= 2 * BATCH else layout.LANES
    return max(layout.LANES, chunk - chunk % unit)


def _run_warnings(plan: Plan, moments: Moments) -> list[str]:
    hedged, twin, both = (int(k) for k in moments.diverged)
    warnings = []
    if hedged + twin > 0:
        warnings.append(
            f"{hedged + twin - both} paths diverged (price beyond 1000 times the start or below 1/1000 of it; "
            f"hedged {hedged}, twin {twin}) and are left out of all other metrics"
        )
    exact_steps = sum(step > 0 for step in plan.surfaces.exact_steps)  # the start is no step
    if exact_steps:
        warnings.append(
            f"the delta surface missed its error bound in {exact_steps} of {plan.steps} steps; "
            "these were computed from all options"
        )
    return warnings


def _engine_report(plan: Plan, elapsed: float, compiling: float, loop_seconds: float, threads: int) -> dict[str, Any]:
    return {
        "elapsed_s": elapsed,
        "compile_s": compiling,
        "surface_s": plan.surfaces.seconds,
        "path_steps_per_s": plan.scenario.paths * plan.steps / max(loop_seconds, 1e-9),
        "threads": threads,
        "book_delta": "exact" if plan.surfaces.exact else "surface",
        "surface_max_error": float(plan.surfaces.largest_error),
    }
