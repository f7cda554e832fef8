"""Stylised facts of step returns (Cont 2001), hedged beside twin, so that gamma is not credited with what news has.

Each fact is a smooth function of means of per-path sums; its standard error is the delta method's over paths, which are
independent while their steps are not, and the difference is paired by path. Batches are folded one by one, so memory
does not grow with the number of paths. The tail index is Hill's above thresholds fixed by the first paths.

What they cannot say: with one path there is no error; rows may be the days of one history, which then count as
independent. News here has no fat tails, volatility clusters or leverage of its own, so that a fact that real returns
have and these lack speaks of the model's news, not of dealers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simhedge.errors import InputError
from simhedge.simulation.path_batches import PathBatch
from simhedge.validation.days import alive_paths
from simhedge.validation.hill import tail_threshold
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Fact = Callable[[NDArray[Any]], Any]

THRESHOLD_PATHS = 1024  # whose returns fix the thresholds of the tails
COMPLEX_STEP = 1e-30
COLUMNS = ("hedged", "hedged_se", "twin", "twin_se", "difference", "difference_se", "paths")


class Grid(NamedTuple):
    """Steps of a day, and which facts to take: share of returns in a tail, days of the longest horizon."""

    steps_per_day: int
    tail_share: float
    many_days: int


class Thresholds(NamedTuple):
    """Where the upper tail begins, and the lower tail of the negated returns."""

    upper: float
    lower: float


def correlation(m: NDArray[Any]) -> Any:
    """Correlation from the means of a, b, a^2, b^2 and a b."""
    return (m[4] - m[0] * m[1]) / np.sqrt((m[2] - m[0] ** 2) * (m[3] - m[1] ** 2))


def excess_kurtosis(m: NDArray[Any]) -> Any:
    """Fourth central moment over squared variance, less 3, from the means of the first four powers."""
    central = m[3] - 4.0 * m[0] * m[2] + 6.0 * m[0] ** 2 * m[1] - 3.0 * m[0] ** 4
    return central / (m[1] - m[0] ** 2) ** 2 - 3.0


def tail_index(m: NDArray[Any]) -> Any:
    """Hill's index from the means of the number beyond the threshold and of the sum of their logarithms over it."""
    return m[0] / m[1]


def stylised_facts(
    batches: Iterable[PathBatch], steps_per_day: int, *, tail_share: float = 0.01, many_days: int = 5
) -> pd.DataFrame:
    """One row a fact of the series spot and twin_spot, and of hedge_flow where the batches have it.

    Columns hedged, twin, difference with standard errors, paths; hedged_iid_se and twin_iid_se are the tail index over
    the root of the number in the tail, its asymptotic error if returns were independent (Hill 1975). Facts that need
    more steps or returns than there are, or hedge_flow, are left out. Paths that diverged in either world do not count.
    """
    grid = Grid(steps_per_day, tail_share, many_days)
    thresholds: dict[str, Thresholds | None] | None = None
    moments: Moments | None = None
    laid_out: list[tuple[str, Fact, int]] = []
    flows: list[tuple[str, Fact, Floats]] = []
    for batch in batches:
        returns = _returns(batch)
        if returns["hedged"].shape[0] == 0:
            continue
        if thresholds is None:
            thresholds = {world: _thresholds(returns[world], tail_share) for world in ("hedged", "twin")}
        worlds = [list(_sums(returns[world], grid, thresholds[world])) for world in ("hedged", "twin")]
        flows = list(_flow_sums(batch, returns["hedged"]))
        laid_out = [(name, fact, sums.shape[1]) for name, fact, sums in (*worlds[0], *flows)]
        rows = np.concatenate([sums for _, _, sums in (*worlds[0], *worlds[1], *flows)], axis=1)
        moments = Moments(rows.shape[1]) if moments is None else moments
        moments.add(rows)
    if moments is None:
        raise InputError("there are no paths", key="batches", remedy="simulate at least one that does not diverge")
    return _table(moments, laid_out, len(flows))


def stylised_facts_of(
    hedged: Floats, twin: Floats, steps_per_day: int, *, hedge_flow: Floats | None = None, tail_share: float = 0.01
) -> pd.DataFrame:
    """The same of prices (paths, points) in $, and flows (paths, points) in shares, at hand as arrays."""
    series = {"spot": np.asarray(hedged, dtype=np.float64), "twin_spot": np.asarray(twin, dtype=np.float64)}
    if hedge_flow is not None:
        series["hedge_flow"] = np.asarray(hedge_flow, dtype=np.float64)
    return stylised_facts([PathBatch(0, series)], steps_per_day, tail_share=tail_share)


def _returns(batch: PathBatch) -> dict[str, Floats]:
    """Log returns (paths, steps) of both worlds, of the paths that live to the end."""
    alive = alive_paths(batch)
    named = {"hedged": batch.series["spot"], "twin": batch.series["twin_spot"]}
    return {world: np.diff(np.log(prices[alive]), axis=1) for world, prices in named.items()}


def _thresholds(returns: Floats, share: float) -> Thresholds | None:
    """Of the first paths; None where they have too few returns for a tail of that share."""
    first = returns[:THRESHOLD_PATHS].ravel()
    if not 0 < int(share * first.size) < first.size:
        return None
    return Thresholds(tail_threshold(first, share), tail_threshold(-first, share))


def _sums(returns: Floats, grid: Grid, thresholds: Thresholds | None) -> Iterator[tuple[str, Fact, Floats]]:
    """Each fact of one world: name, function of means, and the per-path sums (paths, k) whose means it takes."""
    if thresholds is not None:
        yield "tail_index_upper", tail_index, _tail(returns, thresholds.upper)
        yield "tail_index_lower", tail_index, _tail(-returns, thresholds.lower)
    steps, day = returns.shape[1], grid.steps_per_day
    lags = {"lag_1": 1, "lag_5": 5} | ({"one_day": day} if day > 5 else {})
    for prefix, series in (("autocorrelation", returns), ("absolute_autocorrelation", np.abs(returns))):
        for words, lag in lags.items():
            if lag < steps:
                yield f"{prefix}_{words}", correlation, _pair(series[:, :-lag], series[:, lag:])
    many = f"{grid.many_days}_days"
    horizons = {"1_step": 1, "5_steps": 5} | ({"1_day": day, many: grid.many_days * day} if day > 5 else {})
    for words, horizon in horizons.items():
        if horizon <= steps:
            yield f"excess_kurtosis_{words}", excess_kurtosis, _powers(_aggregated(returns, horizon))
    if steps > 1:
        yield "leverage_next_step", correlation, _pair(returns[:, :-1], returns[:, 1:] ** 2)
    if 1 < day <= steps // 2:
        moves, variances = _aggregated(returns, day), _aggregated(returns**2, day)
        yield "leverage_next_day", correlation, _pair(moves[:, :-1], variances[:, 1:])


def _flow_sums(batch: PathBatch, returns: Floats) -> Iterator[tuple[str, Fact, Floats]]:
    if "hedge_flow" in batch.series:
        flow = batch.series["hedge_flow"][alive_paths(batch), 1:]
        yield "volume_volatility", correlation, _pair(np.abs(flow), np.abs(returns))


def _tail(returns: Floats, threshold: float) -> Floats:
    """Number of returns beyond the threshold, and sum of their logarithms over it (paths, 2); NaN if it is not > 0."""
    if not threshold > 0.0:
        return np.full((returns.shape[0], 2), math.nan)
    ratio = np.maximum(returns / threshold, 1.0)
    return np.stack([(ratio > 1.0).sum(axis=1, dtype=np.float64), np.log(ratio).sum(axis=1)], axis=1)


def _pair(a: Floats, b: Floats) -> Floats:
    """Means over each row of a, b, a^2, b^2 and a b (paths, 5)."""
    squares = [np.einsum("ij,ij->i", x, y) / a.shape[1] for x, y in ((a, a), (b, b), (a, b))]
    return np.stack([a.mean(axis=1), b.mean(axis=1), *squares], axis=1)


def _powers(returns: Floats) -> Floats:
    """Means over each row of the first four powers (paths, 4)."""
    squares = returns * returns
    cubes = np.einsum("ij,ij->i", squares, returns) / returns.shape[1]
    fourths = np.einsum("ij,ij->i", squares, squares) / returns.shape[1]
    return np.stack([returns.mean(axis=1), squares.mean(axis=1), cubes, fourths], axis=1)


def _aggregated(series: Floats, horizon: int) -> Floats:
    """Sums over whole, not overlapping horizons (paths, horizons)."""
    whole = series.shape[1] // horizon
    summed: Floats = series[:, : whole * horizon].reshape(series.shape[0], whole, horizon).sum(axis=2)
    return summed


def _table(moments: Moments, laid_out: list[tuple[str, Fact, int]], hedged_only: int) -> pd.DataFrame:
    """The table of facts; columns of `moments` are those of the hedged world, of the twin, and of hedged-only facts."""
    both = laid_out[: len(laid_out) - hedged_only]
    half = sum(columns for _, _, columns in both)
    covariance = moments.covariance_of_mean()
    rows, at = {}, 0
    for name, fact, columns in both:
        rows[name] = _both_worlds(fact, moments, covariance, np.arange(at, at + columns), half)
        at += columns
    at = 2 * half
    for name, fact, columns in laid_out[len(both) :]:
        value, gradient = _with_gradient(fact, moments.mean[at : at + columns])
        error = _root(gradient @ covariance[at : at + columns, at : at + columns] @ gradient)
        rows[name] = {"hedged": value, "hedged_se": error, "paths": moments.count}
        at += columns
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*COLUMNS, "hedged_iid_se", "twin_iid_se"])
    table.index.name = "fact"
    return table.astype({"paths": "int64"})


def _both_worlds(fact: Fact, moments: Moments, covariance: Floats, at: NDArray[np.int64], half: int) -> dict[str, Any]:
    """One row of the table; `at` are the fact's columns in the hedged world, at + half those in the twin."""
    places = np.concatenate([at, at + half])
    within = covariance[np.ix_(places, places)]
    hedged, along_hedged = _with_gradient(fact, moments.mean[at])
    twin, along_twin = _with_gradient(fact, moments.mean[at + half])
    none = np.zeros(at.size)
    directions = {
        "hedged": (hedged, np.concatenate([along_hedged, none])),
        "twin": (twin, np.concatenate([none, along_twin])),
        "difference": (hedged - twin, np.concatenate([along_hedged, -along_twin])),
    }
    row: dict[str, Any] = {"paths": moments.count}
    for series, (value, direction) in directions.items():
        row |= {series: value, f"{series}_se": _root(direction @ within @ direction)}
    if fact is tail_index:
        for world, value, column in (("hedged", hedged, at[0]), ("twin", twin, at[0] + half)):
            in_tail = moments.mean[column] * moments.count
            row[f"{world}_iid_se"] = value / math.sqrt(in_tail) if in_tail > 0.0 else math.nan
    return row


def _with_gradient(fact: Fact, means: Floats) -> tuple[float, Floats]:
    """Value and gradient (complex step, Squire and Trapp 1998); NaN where the fact is not defined."""
    with np.errstate(all="ignore"):
        value = float(np.real(fact(means.astype(complex))))
        nudged = means.astype(complex) + 1j * COMPLEX_STEP * np.eye(means.size)
        gradient = np.array([np.imag(fact(row)) / COMPLEX_STEP for row in nudged])
    return (value, gradient) if math.isfinite(value) else (math.nan, np.full(means.size, math.nan))


def _root(variance: Any) -> float:
    return math.sqrt(max(float(variance), 0.0)) if math.isfinite(variance) else math.nan
