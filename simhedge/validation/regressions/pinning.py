"""How much more often than news alone the price ends at a strike, by quartile of alpha (after Ni et al. 2005).

The table needs, beside closes, `strike` ($), `spread` ($, standard deviation of news from the open to expiry), `alpha`
(impact of all the dealers' options over that spread, positive where dealers are long) and `start_delta` (of one option
at the open); rows end at expiry. Prices that never trade at the strike by chance, and tick sizes, are not allowed for;
nor can it tell dealers' hedging from others' who also buy below the strike and sell above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simhedge.validation.regressions.fitting import least_squares
from simhedge.validation.regressions.quartiles import UNKNOWN, indicators, quartile_of
from simhedge.validation.regressions.slope import Slope, Study, World, slope_of, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STUDY = Study("pinning", "Ni, Pearson and Poteshman (2005), Journal of Financial Economics 78:49")
NEEDED = ("strike", "spread", "alpha", "start_delta")


def pin_probability(alpha: Any, start_delta: Any, distance: Any = 0.0, band: Any = 0.0) -> Any:
    """P(price within `band` of the strike at expiry), simultaneous clearing, linear permanent impact, normal news.

    `distance` (open - strike) and `band` in spreads, `alpha` >= 0. From S + lambda Delta = X + const: the price is at
    the strike for an interval of news as wide as the impact of all options.
    """
    from scipy.stats import norm

    above, below = alpha * (1.0 - np.asarray(start_delta)), alpha * np.asarray(start_delta)
    return norm.cdf(above + band - distance) - norm.cdf(-below - band - distance)


def null_probability(distance: Any, band: Any) -> Any:
    """P(price within `band` of the strike at expiry) by news alone."""
    return pin_probability(0.0, 0.0, distance, band)


def predicted(days: pd.DataFrame, tolerance: float, world: World = "hedged") -> float | None:
    """Excess frequency in the top quartile of alpha less that in the bottom one; None where dealers are short there."""
    quartile = quartile_of(days["alpha"])
    excess = predicted_excess(days, tolerance, world)
    means = [excess[quartile == number].mean() for number in np.unique(quartile[quartile != UNKNOWN])]
    if len(means) < 2 or not np.isfinite([means[0], means[-1]]).all():
        return None
    return float(means[-1] - means[0])


def predicted_excess(days: pd.DataFrame, tolerance: float, world: World = "hedged") -> Floats:
    """Excess probability of each row (rows,); NaN where dealers are short, 0 in the twin."""
    distance, band = _scaled(days, tolerance, world)
    if world == "twin":
        return np.zeros(len(days))
    alpha = days["alpha"].to_numpy(dtype=np.float64)
    pinned = pin_probability(alpha, days["start_delta"].to_numpy(dtype=np.float64), distance, band)
    excess = np.where(alpha >= 0.0, pinned - null_probability(distance, band), np.nan)
    return np.asarray(excess, dtype=np.float64)


def excess(days: pd.DataFrame, tolerance: float, world: World = "hedged") -> Floats:
    """1 for a close within `tolerance` ($) of the strike, else 0, less the probability of it by news alone (rows,)."""
    gap = (days[f"close_{world}"] - days["strike"]).abs().to_numpy(dtype=np.float64)
    pinned = np.where(np.isfinite(gap), gap <= tolerance, np.nan)
    return np.asarray(pinned - null_probability(*_scaled(days, tolerance, world)), dtype=np.float64)


def estimate(days: pd.DataFrame, world: World = "hedged", tolerance: float = 0.01) -> Slope:
    """Excess frequency in the top quartile of alpha less that in the bottom one; `tolerance` in $."""
    missing = [name for name in NEEDED if name not in days]
    if missing:
        return without(STUDY, f"the days have no column {missing[0]}")
    regressors = indicators(quartile_of(days["alpha"]))
    if len(regressors) < 2:
        return without(STUDY, "alpha does not vary", len(days))
    fitted = least_squares(days, excess(days, tolerance, world), regressors)
    return slope_of(STUDY, fitted, list(regressors)[-1], predicted(days, tolerance, world))


def table(days: pd.DataFrame, tolerance: float = 0.01) -> pd.DataFrame:
    """One row a quartile: rows, mean alpha, excess frequency of the hedged world with standard error, predicted."""
    quartile = quartile_of(days["alpha"])
    observed, expected = excess(days, tolerance), predicted_excess(days, tolerance)
    rows = []
    for number in np.unique(quartile[quartile != UNKNOWN]):
        chosen = quartile == number
        fitted = least_squares(days.loc[chosen], observed[chosen], {"constant": np.ones(chosen.sum())})
        rows.append(
            {
                "quartile": int(number) + 1,
                "days": int(chosen.sum()),
                "alpha": float(days.loc[chosen, "alpha"].mean()),
                "excess": float(observed[chosen].mean()),
                "standard_error": np.nan if fitted.note else fitted.errors["constant"],
                "predicted": float(expected[chosen].mean()),
            }
        )
    return pd.DataFrame(rows)


def _scaled(days: pd.DataFrame, tolerance: float, world: World) -> tuple[Floats, Floats]:
    """Distance of the open from the strike, and the tolerance, in spreads."""
    spread = days["spread"].to_numpy(dtype=np.float64)
    distance = (days[f"open_{world}"] - days["strike"]).to_numpy(dtype=np.float64) / spread
    return distance, tolerance / spread
