"""Regressions of the literature on a table of days, simulated or historical (see `validation.days`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.validation.regressions import (
    absolute_return,
    autocorrelation,
    last_half_hour,
    local_projection,
    pinning,
    volatility_quartiles,
)
from simhedge.validation.regressions.slope import Slope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from simhedge.validation.regressions.slope import World

__all__ = ["Slope", "regressions"]


def regressions(
    days: pd.DataFrame,
    world: World = "hedged",
    *,
    intraday: pd.DataFrame | None = None,
    predictions: Mapping[str, float] | None = None,
    at_once: bool = True,
    horizons: Sequence[int] = (0, 1),
    pin_tolerance: float = 0.01,
) -> list[Slope]:
    """Every regression of these days, in the order of CANON; where one has no answer its row is NaN and says why.

    Predictions are those of simultaneous clearing with continuous hedging (`at_once`; None without), and 0 in the twin.
    What depends on how orders clear, slopes of last half hours and autocorrelations, has none unless `predictions` (by
    name of the row) gives it. Volatility on kappa is taken from `intraday`, rows shorter than a day, where it is given:
    kappa at a row's open stands for the row, and near expiry it moves much within a day. `horizons` in its rows;
    `pin_tolerance` in $.
    """
    hedged = world == "hedged"
    rows = days if intraday is None else intraday
    known: dict[str, float | None] = dict(predictions or {})
    if not hedged:
        known = dict.fromkeys(("last_half_hour_short_gamma", "last_half_hour_long_gamma", "autocorrelation"), 0.0)
    by_kappa = volatility_quartiles.predicted(rows) if hedged else 0.0
    by_gain = absolute_return.predicted(rows) if hedged else 0.0
    found = [
        last_half_hour.estimate(days, world, "short", known.get("last_half_hour_short_gamma")),
        last_half_hour.estimate(days, world, "long", known.get("last_half_hour_long_gamma")),
        autocorrelation.estimate(days, world, known.get("autocorrelation")),
        absolute_return.estimate(rows, world, prediction=by_gain),
        volatility_quartiles.estimate(rows, world, by_kappa),
        *(local_projection.estimate(rows, world, horizon) for horizon in horizons),
        pinning.estimate(days, world, pin_tolerance),
    ]
    if at_once or not hedged:
        return found
    return [slope if slope.name in known else slope._replace(predicted=None, z=None) for slope in found]
