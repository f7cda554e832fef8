"""Realised volatility as a function of the distance between price and a level, hedged, twin and predicted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from simhedge.validation.estimate import Estimate, estimate
from simhedge.validation.regimes import HEDGED, PREDICTED, SERIES, STEPS, TWIN, bin_centres

if TYPE_CHECKING:
    from simhedge.validation.moments import Moments

LEAST_STEPS = 200  # in a bin, over all paths, below which its volatility says nothing


def distances(moments: Moments, steps_per_year: float, at_once: bool) -> pd.DataFrame:
    """One row a distance bin (daily standard deviations; its middle): volatilities, annualised, and their ratios.

    From moments of rows (paths, bins * 4) of `regimes.SERIES`; `predicted` is NaN unless `at_once` (see
    `regimes.clears_at_once`).
    """
    size, scale = len(SERIES), math.sqrt(steps_per_year)
    rows = []
    for number, centre in enumerate(bin_centres()):
        first = number * size
        steps = moments.mean[first + STEPS] * moments.count
        if steps < LEAST_STEPS:
            continue
        row = {"distance": float(centre), "steps": float(steps)}
        for name, series in (("hedged", HEDGED), ("twin", TWIN), ("predicted", PREDICTED)):
            found = estimate(moments, {first + series: 0.5, first + STEPS: -0.5}, scale)
            row |= _named(name, found if name != "predicted" or at_once else Estimate(math.nan, math.nan))
        ratio = estimate(moments, {first + HEDGED: 0.5, first + TWIN: -0.5})
        rows.append(row | _named("ratio", ratio))
    columns = ["distance", "steps"]
    columns += [f"{name}{end}" for name in ("hedged", "twin", "predicted", "ratio") for end in ("", "_se")]
    return pd.DataFrame(rows, columns=columns)


def _named(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.value, f"{name}_se": found.standard_error}
