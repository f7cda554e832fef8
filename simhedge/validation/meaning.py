"""Which definition means most, and how fast its meaning goes as the assumed sign turns: with intervals.

Both from draws of the joint normal law of all levels' statistics, so that levels of the same paths are compared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 2000
SEED = 20170330
LIMITS = (2.5, 97.5)
DIGITS = 2  # to which assumptions count as agreeing equally well with the truth
RANKED = (
    "name", "statistic", "definition", "value", "meaning", "standard_error", "rank", "rank_low", "rank_high", "best",
    "behind", "behind_se",
)  # fmt: skip
DECAYS = (
    "name", "statistic", "definition", "meaning", "half_agreement", "half_low", "half_high", "reversed_agreement",
    "found",
)  # fmt: skip


class Known(NamedTuple):
    """Statistics of distinct levels (levels,), NaN: unknown; their covariance (levels, levels); events (levels,)."""

    values: Floats
    covariance: Floats
    events: Floats

    def draws(self) -> Floats:
        """Draws of the statistics (DRAWS, levels); an unknown one is NaN."""
        spread, directions = np.linalg.eigh(self.covariance)
        root = directions * np.sqrt(np.maximum(spread, 0.0))
        normal = np.random.default_rng(SEED).standard_normal((DRAWS, self.values.size))
        return np.asarray(self.values + normal @ root.T)


def ranking(levels: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Definitions under the assumption that agrees best, ranked by meaning; equal levels share a rank."""
    agreeing = levels["agreement"].fillna(0.0)  # nobody hedges: none is right
    best = levels[agreeing == agreeing.max()]
    best = best[(best["calls"] == best["calls"].iloc[0]) & (best["puts"] == best["puts"].iloc[0])]
    drawn, rows = known.draws(), []
    for _, own in best.groupby(["name", "statistic"], sort=False):
        told = own[own["meaning"].notna()].sort_values("meaning", ascending=False, kind="stable")
        if told.empty:
            continue
        sign, number = told["expected"].to_numpy(), told["number"].to_numpy()
        ranks = _ranks(drawn[:, number] * sign)
        low, high = np.percentile(ranks, LIMITS, axis=0)
        first = ranks == 1.0
        gaps = sign[0] * drawn[:, [number[0]]] - sign * drawn[:, number]
        table = told[["name", "statistic", "definition", "value", "meaning", "standard_error"]].assign(
            rank=_ranks(told["meaning"].to_numpy()[None])[0],
            rank_low=low,
            rank_high=high,
            best=(first / first.sum(axis=1, keepdims=True)).mean(axis=0),
            behind=told["meaning"].iloc[0] - told["meaning"],
            behind_se=np.where(number == number[0], 0.0, gaps.std(axis=0, ddof=1)),
        )
        rows.append(table)
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(RANKED))


def _ranks(meaning: Floats) -> Floats:
    """Rank of each column in its row, 1 the largest, (rows, columns); equal ones share the better rank."""
    return np.asarray(1.0 + (meaning[:, None, :] > meaning[:, :, None]).sum(axis=2))


def decay(levels: pd.DataFrame, known: Known, assumptions: int) -> pd.DataFrame:
    """How far the assumption may be from the truth until half of a definition's meaning is lost, and all of it."""
    drawn, rows = known.draws(), []
    levels = levels.assign(agreement=levels["agreement"].fillna(0.0).round(DIGITS) + 0.0)  # no -0.0
    order = np.sort(levels["agreement"].unique())[::-1]
    for key, own in levels.groupby(["name", "statistic", "definition"], sort=False):
        held = own["expected"].to_numpy() * np.vstack([known.values, drawn])[:, own["number"]]
        curve = _by_agreement(np.nan_to_num(held), own["agreement"].to_numpy(), order, levels)
        halves, zeros = _falls_to(curve, order, 0.5), _falls_to(curve[:1], order, 0.0)
        low, high = _limits(halves[1:])
        at = (*map(str, key), float(curve[0, 0]), float(halves[0]), low, high, float(zeros[0]))
        rows.append(dict(zip(DECAYS, (*at, len(own) / assumptions), strict=True)))
    return pd.DataFrame(rows, columns=list(DECAYS))


def _by_agreement(held: Floats, like: Floats, order: Floats, levels: pd.DataFrame) -> Floats:
    """Mean meaning (rows, agreements) over the assumptions of each agreement; one without the level counts as 0."""
    pairs = levels.drop_duplicates(["calls", "puts"])["agreement"].to_numpy()
    curve = np.empty((held.shape[0], order.size))
    for k, value in enumerate(order):
        curve[:, k] = held[:, like == value].sum(axis=1) / (pairs == value).sum()
    return curve


def _falls_to(curve: Floats, order: Floats, share: float) -> Floats:
    """Highest agreement (rows,) at which a share of the first column is left, linear between; NaN where it is <= 0.

    The lowest agreement of the sweep where it never falls so far.
    """
    target = share * curve[:, :1]
    below = curve <= target
    place = np.where(below.any(axis=1), below.argmax(axis=1), 0)
    rows = np.arange(curve.shape[0])
    above, under = curve[rows, np.maximum(place - 1, 0)], curve[rows, place]
    part = np.divide(above - target[:, 0], above - under, out=np.zeros(rows.size), where=above > under)
    at = order[np.maximum(place - 1, 0)] + part * (order[place] - order[np.maximum(place - 1, 0)])
    found = np.where(below.any(axis=1), at, order[-1])
    return np.where(curve[:, 0] > 0.0, found, math.nan)


def _limits(values: Floats) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if known.size == 0:
        return math.nan, math.nan
    low, high = np.percentile(known, LIMITS)
    return float(low), float(high)
