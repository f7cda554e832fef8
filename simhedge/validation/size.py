"""Size of the level tests: how often they reject where dealers' hedging moves nothing, over many small validations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from simhedge.errors import InputError
from simhedge.kernels.layout import LANES
from simhedge.kernels.touches import COLUMNS
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.threads import threads_to_use
from simhedge.validation.episodes import Worlds, sums_by_path, worlds_of
from simhedge.validation.level_tests import LEAST_COUNT, applies
from simhedge.validation.statistics import STATISTICS
from simhedge.validation.survey import survey
from simhedge.validation.work import Work, begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Progress = Callable[[int, int, str], None]

PATHS = 500  # of a replication; where every other path touches the level, 250 touches in each world
SERIES = ("spot", "twin_spot")


class Sums(NamedTuple):
    """Per-path sums of each track, (tracks, paths, 2 * columns); each path's replication, (paths,), ascending."""

    rows: Floats
    number: Integers


def size(
    scenario: Scenario,
    replications: int = 1000,
    paths: int = PATHS,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One row a replication, track and statistic: `p_value` of hedged = twin, and `p_adjusted` (Holm, per replication).

    A replication is a validation on `paths` paths of its own, hedged against the twin of other paths, so that shocks
    are independent whatever `validation.twin` says; where dealers move nothing its p-values are uniform, as far as the
    normal law of its estimates holds. Other columns: `level` and `definition` of the track's first name, `hedged`,
    `twin`, `difference`, `difference_se`, `events_hedged`, `events_twin`. p-values are NaN below LEAST_COUNT events in
    either world. Tracks are numbered as in a validation of the same scenario.
    """
    if replications < 1 or paths < 2:
        value = {"replications": replications, "paths": paths}
        remedy = f"such as 1000 replications of {PATHS} paths"
        raise InputError("too few to tell a size", key="replications", value=value, remedy=remedy)
    plan, used = prepare(scenario), threads_to_use(threads)
    work = begin(plan, survey(plan, progress))
    found = [_tests(work, sums) for sums in _replications(work, replications, paths, used, progress)]
    table = pd.concat(found, ignore_index=True)
    table = table.sort_values(["replication", "track"], kind="stable", ignore_index=True)
    tests = len(table) // table["replication"].nunique()
    statistic, p_values = table["statistic"].to_numpy()[:tests], table["p_value"].to_numpy().reshape(-1, tests).copy()
    p_values[:, statistic == "break_rate"] = np.nan  # the same test as hold_rate
    adjusted = holm_by_row(p_values)
    adjusted[:, statistic == "break_rate"] = adjusted[:, statistic == "hold_rate"]
    table["p_adjusted"] = adjusted.ravel()
    return table


def holm_by_row(p_values: Floats) -> Floats:
    """Adjusted p-values of Holm (1979), (replications, tests), a family a row; NaN stays NaN and counts for nothing.

    As `multiple.holm`, for many families at once: statsmodels collects garbage after each.
    """
    order = np.argsort(p_values, axis=1)  # NaN comes last
    ranked = np.take_along_axis(p_values, order, axis=1)
    left = np.isfinite(p_values).sum(axis=1)[:, None] - np.arange(p_values.shape[1])
    stepped = np.minimum(np.maximum.accumulate(ranked * np.maximum(left, 1), axis=1), 1.0)
    adjusted = np.empty_like(p_values)
    np.put_along_axis(adjusted, order, stepped, axis=1)
    return adjusted


def _replications(work: Work, replications: int, paths: int, threads: int, progress: Progress | None) -> Iterator[Sums]:
    """Sums of whole replications, some at a time."""
    width = 2 * len(COLUMNS)
    kept = Sums(np.empty((len(work.tracks), 0, width)), np.empty(0, dtype=np.int64))
    for first_path, worlds in _independent_worlds(work.plan, replications * paths, threads, progress):
        opens = worlds.prices[:, :, work.episodes.edges[:-1]]
        rows = np.empty((len(work.tracks), worlds.paths, width))
        for k, own in enumerate(work.tracks):
            levels = work.surveyed.levels(own.track, opens)
            by_side = own.track.by_side
            rows[k] = sums_by_path(worlds, levels, work.episodes, work.rules, by_side=by_side, threads=threads)
        number = (first_path + np.flatnonzero(worlds.alive)) // paths
        rows, number = np.concatenate([kept.rows, rows], axis=1), np.concatenate([kept.number, number])
        whole = int(np.searchsorted(number, (first_path + worlds.alive.size) // paths))
        kept = Sums(rows[:, whole:], number[whole:])
        if whole:
            yield Sums(rows[:, :whole], number[:whole])


def _independent_worlds(
    plan: Plan, paths: int, threads: int, progress: Progress | None
) -> Iterator[tuple[int, Worlds]]:
    """First path of a batch, and its hedged paths beside twins of paths beyond all of these."""
    beyond = -(-paths // LANES) * LANES
    own = path_batches(plan, SERIES, paths=paths, threads=threads, progress=progress)
    others = path_batches(plan, SERIES, paths=paths, first_path=beyond, threads=threads)
    for batch, other in zip(own, others, strict=True):
        yield batch.first_path, worlds_of(batch.series["spot"], other.series["twin_spot"])


def _tests(work: Work, sums: Sums) -> pd.DataFrame:
    """Every test of each replication in `sums`, p_adjusted aside; by track, statistic and replication."""
    parts = []
    numbers, starts, counts = np.unique(sums.number, return_index=True, return_counts=True)
    for track, own in enumerate(work.tracks):
        name, definition = own.track.members[0]
        rows = sums.rows[track]
        totals, squares = (np.add.reduceat(values, starts, axis=0) for values in (rows, rows * rows))
        means = totals / counts[:, None]
        effective = np.divide(totals**2, squares, out=np.zeros_like(totals), where=squares > 0.0)  # as in Moments
        for statistic in STATISTICS:
            if not applies(statistic, own.track):
                continue
            found = _differences(rows, means, (starts, counts), statistic.columns(), work.scales.of(statistic))
            needed = np.array([COLUMNS.index(column) for column in statistic.needs])
            events = [effective[:, needed + first].min(axis=1).round(6) for first in (0, len(COLUMNS))]
            found["p_value"] = np.where(statistic.reliable(events, LEAST_COUNT), found["p_value"], np.nan)
            found |= {"events_hedged": events[0], "events_twin": events[1]}
            place = {"track": track, "level": name, "definition": definition, "statistic": statistic.name}
            parts.append(pd.DataFrame({"replication": numbers, **place, **found}))
    return pd.concat(parts, ignore_index=True)


def _differences(
    rows: Floats, means: Floats, groups: tuple[Integers, Integers], powers: dict[int, float], scale: float
) -> dict[str, Floats]:
    """`estimate.paired` for many replications at once: rows (paths, 2 * columns), means of each replication's.

    `groups`: each replication's first row and number of rows.
    """
    from scipy.special import erfc

    starts, counts = groups
    half = means.shape[1] // 2
    of_twin = {half + column: power for column, power in powers.items()}
    hedged, twin = _product(means, powers, scale), _product(means, of_twin, scale)
    influence = np.zeros(rows.shape[0])
    for sign, own in ((1.0, powers), (-1.0, of_twin)):
        for column, power in own.items():
            others = {other: p for other, p in own.items() if other != column}
            along = _product(means, others | {column: power - 1.0}, sign * scale * power)
            influence += (rows[:, column] - np.repeat(means[:, column], counts)) * np.repeat(along, counts)
    variance = np.add.reduceat(influence * influence, starts) / (counts - 1) / counts
    difference, error = hedged - twin, np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(difference == 0.0, 0.0, difference / error)
    return {
        "hedged": hedged, "twin": twin, "difference": difference, "difference_se": error,
        "p_value": erfc(np.abs(z) / np.sqrt(2.0)),
    }  # fmt: skip


def _product(means: Floats, powers: dict[int, float], scale: float) -> Floats:
    """scale * product of the means' powers, (replications,); NaN where it is not finite."""
    value = np.full(means.shape[0], scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        for column, power in powers.items():
            value = value * means[:, column] ** power
    return np.where(np.isfinite(value), value, np.nan)
