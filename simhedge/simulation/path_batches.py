"""Recorded series of a whole run, batch after batch, for statistics that need paths and not only their moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simhedge.errors import InputError
from simhedge.kernels.layout import LANES
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.records import ATTRIBUTES, PER_PATH, recorded_bytes, recording_for
from simhedge.simulation.session import Session
from simhedge.simulation.threads import threads_to_use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

    Progress = Callable[[int, int, str], None]

BATCH_BYTES = 96 * 2**20
LARGEST_BATCH = 8192  # paths


class PathBatch(NamedTuple):
    """Paths first_path, first_path + 1, ... of a run: each series (paths, points), or (paths, points, dealers).

    Points are steps 0, every, 2 * every, ...; values are NaN from the step on in which a path diverged.
    """

    first_path: int
    series: dict[str, NDArray[np.float64]]


def path_batches(
    scenario: Scenario | Plan,
    series: Sequence[str] = ("spot", "twin_spot"),
    *,
    paths: int | None = None,
    first_path: int = 0,
    every: int = 1,
    threads: int | None = None,
    policies: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Iterator[PathBatch]:
    """Simulate `paths` paths (default: the scenario's) from `first_path` on and yield their series in batches.

    Series are those of `outputs.record.series`, at each `every`-th step, which must divide the number of steps. Draws
    are keyed by path, so that these are the paths of a run, and other `first_path`s are independent of them. The arrays
    of a batch are its own, and may be kept.
    """
    plan = scenario if isinstance(scenario, Plan) else prepare(scenario, user_policies=tuple(policies or ()))
    _check_asked(plan, series, first_path, every)
    plan.model["record_every"] = every
    total = plan.scenario.paths if paths is None else paths
    size = _batch_size(plan, series, total)
    used = threads_to_use(threads)
    session: Session | None = None
    for start in range(0, total, size):
        count = min(size, total - start)
        recording = recording_for(plan, count, series, first_path + start)
        if session is None:
            session = Session(plan, count, first_path=first_path, recording=recording, policies=policies, threads=used)
        else:
            session.recording = recording
            session.restart(first_path + start, count)
        while session.step < plan.steps:
            session.advance(session.steps_per_call())
            if progress is not None:
                progress(start * plan.steps + count * session.step, total * plan.steps, "paths")
        yield PathBatch(first_path + start, _named(plan, recording.values, series))


def _check_asked(plan: Plan, series: Sequence[str], first_path: int, every: int) -> None:
    if first_path % LANES:
        remedy = "round it up"
        raise InputError(f"first_path must be a multiple of {LANES}", key="first_path", value=first_path, remedy=remedy)
    if every < 1 or plan.steps % every:
        raise InputError(f"must divide the number of steps, {plan.steps}", key="every", value=every, remedy="use 1")
    for name in series:
        if name not in ATTRIBUTES:
            raise InputError("unknown series", key="series", value=name, remedy=f"one of {', '.join(ATTRIBUTES)}")


def _batch_size(plan: Plan, series: Sequence[str], total: int) -> int:
    """Paths of a batch: few enough for BATCH_BYTES, a multiple of LANES."""
    fitting = min(LARGEST_BATCH, BATCH_BYTES // max(recorded_bytes(plan, 1, series), 1))
    return max(LANES, min(fitting, total + LANES - 1) // LANES * LANES)


def _named(plan: Plan, values: NDArray[np.float64], series: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    named, row, dealers = {}, 0, len(plan.dealer_names)
    for name in series:
        if name in PER_PATH:
            named[name] = values[row]
            row += 1
        else:
            named[name] = np.moveaxis(values[row : row + dealers], 0, 2)
            row += dealers
    return named
