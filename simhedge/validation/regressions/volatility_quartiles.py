"""Volatility of the day's return by quartile of dealers' gamma at its open (SqueezeMetrics 2016).

A day's volatility is proportional to 1/(1 + kappa), so that it falls from quartile to quartile. What it cannot say:
gamma measured on open interest falls after the price has fallen, when volatility is high for other reasons; a quartile
table of market data shows both effects together. The twin's table shows what is left of it without hedging.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simhedge.validation.regressions.fitting import poisson
from simhedge.validation.regressions.quartiles import UNKNOWN, indicators, quartile_of
from simhedge.validation.regressions.slope import Slope, Study, World, slope_at, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

STUDY = Study("volatility_quartiles", "SqueezeMetrics (2016), Gamma Exposure, white paper")


def predicted(days: pd.DataFrame) -> float | None:
    """ln(volatility of the top quartile / of the bottom one) by the days' damping; None where it is not known."""
    quartile = _quartiles(days)
    damped = relative_variance(days)
    means = [damped[quartile == number].mean() for number in np.unique(quartile[quartile != UNKNOWN])]
    if len(means) < 2 or not np.isfinite([means[0], means[-1]]).all():
        return None
    return 0.5 * math.log(means[-1] / means[0])


def estimate(days: pd.DataFrame, world: World = "hedged", prediction: float | None = None) -> Slope:
    """ln(standard deviation of log_return in the top quartile of gex / in the bottom one).

    Where gex is not known the quartiles are of feedback_gain. Half the coefficient of a Poisson regression of squared
    returns, less their mean, on indicators of the quartiles.
    """
    quartile = _quartiles(days)
    squares = _squares(days, world)
    regressors = indicators(quartile)
    if len(regressors) < 2:
        return without(STUDY, "the gain does not vary", int((quartile != UNKNOWN).sum()))
    if any(squares[quartile == number].sum() == 0.0 for number in np.unique(quartile[quartile != UNKNOWN])):
        return without(STUDY, "a quartile has no movement", int((quartile != UNKNOWN).sum()))
    fitted = poisson(days, squares, regressors)
    if fitted.note:
        return without(STUDY, fitted.note, fitted.observations)
    top = list(regressors)[-1]
    return slope_at(STUDY, fitted, (0.5 * fitted.values[top], 0.5 * fitted.errors[top]), prediction)


def table(days: pd.DataFrame, world: World = "hedged") -> pd.DataFrame:
    """One row a quartile: days, mean gex and kappa, daily volatility with standard error, and what kappa predicts.

    The prediction shares out the variance of all days in proportion to the mean of the squared damping.
    """
    quartile = _quartiles(days)
    squares, damped = _squares(days, world), relative_variance(days)
    used = (quartile != UNKNOWN) & np.isfinite(squares)
    level = squares[used].mean() / damped[used].mean() if used.any() else math.nan
    rows = []
    for number in np.unique(quartile[used]):
        chosen = used & (quartile == number)
        fitted = poisson(days.loc[chosen], squares[chosen], {"constant": np.ones(chosen.sum())})
        volatility = math.sqrt(squares[chosen].mean())
        rows.append(
            {
                "quartile": int(number) + 1,
                "days": int(chosen.sum()),
                "gex": float(days.loc[chosen, "gex"].mean()),
                "feedback_gain": float(days.loc[chosen, "feedback_gain"].mean()),
                "volatility": volatility,
                "standard_error": math.nan if fitted.note else 0.5 * volatility * fitted.errors["constant"],
                "predicted": math.sqrt(level * damped[chosen].mean()),
            }
        )
    return pd.DataFrame(rows)


def relative_variance(days: pd.DataFrame) -> Floats:
    """Square of each day's damping (rows,); NaN where kappa is unknown, or -1 and less."""
    damping: Floats = days["damping"].to_numpy(dtype=np.float64)
    return damping**2


def _quartiles(days: pd.DataFrame) -> Integers:
    by = "gex" if days["gex"].notna().any() else "feedback_gain"
    return quartile_of(days[by])


def _squares(days: pd.DataFrame, world: World) -> Floats:
    returns = days[f"log_return_{world}"].to_numpy(dtype=np.float64)
    known = np.isfinite(returns)
    return (returns - returns[known].mean()) ** 2 if known.any() else returns
