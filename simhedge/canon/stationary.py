"""Variance, autocorrelation, variance ratios and long-run volatility of price changes, once the start is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.canon.street import STEP_NEWS
from simhedge.simulation.path_batches import path_batches
from simhedge.validation.estimate import Estimate, estimate
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]

FORGOTTEN = 1e-9  # what may be left of the start, and of an autocovariance beyond the last lag that is summed


class Stationary(NamedTuple):
    """In units of the news of a step: variance, rho_1, VR(q) in the order asked for, and long-run volatility."""

    variance: Estimate
    autocorrelation_1: Estimate
    variance_ratios: list[Estimate]
    long_run_volatility: Estimate


def memory(decay: float) -> int:
    """Steps after which decay ** steps is FORGOTTEN; at least two."""
    size = abs(decay)
    return 2 if size <= FORGOTTEN else max(2, int(np.ceil(np.log(FORGOTTEN) / np.log(size))))


def stationary(scenario: Scenario, horizons: Sequence[int], decay: float, effort: Effort, paths: int) -> Stationary:
    """Estimates over all steps but the first memory(decay), by which the transient of the start has died out.

    The long-run variance is the sum of all autocovariances. With V(q) the variance of a change over q steps, those up
    to lag k sum to V(k + 1) - V(k), exactly; k is such that nothing is left beyond.
    """
    skip = memory(decay)
    moments = Moments(3 + len(horizons))
    for batch in path_batches(scenario, ("spot",), paths=paths, threads=effort.threads, progress=effort.progress):
        moments.add(_path_means(batch.series["spot"][:, skip:], horizons, skip))
    news = STEP_NEWS * STEP_NEWS
    return Stationary(
        variance=estimate(moments, {0: 1.0}, 1.0 / news),
        autocorrelation_1=estimate(moments, {1: 1.0, 0: -1.0}),
        variance_ratios=[estimate(moments, {3 + i: 1.0, 0: -1.0}, 1.0 / q) for i, q in enumerate(horizons)],
        long_run_volatility=estimate(moments, {2: 0.5}, STEP_NEWS**-1),
    )


def _path_means(spot: Floats, horizons: Sequence[int], lags: int) -> Floats:
    """Per path: mean of r_t^2, of r_t r_(t+1), of what V grows by from `lags` to one more, and of squared q-changes."""
    moves = np.diff(spot, axis=1)
    over_lags = spot[:, lags:-1] - spot[:, : -lags - 1]
    last = moves[:, lags:]
    growth = (last * (2.0 * over_lags + last)).mean(axis=1)
    columns = [(moves**2).mean(axis=1), (moves[:, 1:] * moves[:, :-1]).mean(axis=1), growth]
    columns += [((spot[:, q:] - spot[:, :-q]) ** 2).mean(axis=1) for q in horizons]
    return np.column_stack(columns)
