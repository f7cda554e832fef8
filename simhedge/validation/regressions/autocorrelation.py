"""First autocorrelation of the day's bars on dealers' gain (Barbon and Buraschi, Gamma Fragility).

The pooled regression r_t = (a + b kappa) r_(t-1) over neighbouring bars of a day, clustered by day or path. With orders
that fill one bar later and permanent impact r_t = news - kappa r_(t-1), so that b = -1; with simultaneous clearing
b = 0 whatever the gain. What it cannot say: bid-ask bounce and stale prices have autocorrelation of their own, which
only the part that varies with kappa is free of; and with impact that decays the sign turns round at longer bars.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simhedge.validation.regressions.fitting import least_squares
from simhedge.validation.regressions.slope import Fitted, Slope, Study, World, slope_of

if TYPE_CHECKING:
    import pandas as pd

STUDY = Study("autocorrelation", "Barbon and Buraschi (2021), Gamma Fragility, working paper")


def predicted(participation: float = 1.0) -> float:
    """d rho_1 / d kappa at kappa = 0 where dealers close the share `participation` of their gap one bar later."""
    return -participation


def estimate(days: pd.DataFrame, world: World = "hedged", prediction: float | None = None) -> Slope:
    """Slope b of the pooled regression without intercept; `observations` are days.

    The gain is one number a day, so the regression over bars is that of each day's own slope, products over
    lagged_squares, on kappa with weights lagged_squares; all bars of a day then are one observation of the error.
    """
    products, weights = days[f"products_{world}"].to_numpy(), days[f"lagged_squares_{world}"].to_numpy()
    own = np.divide(products, weights, out=np.full(len(days), math.nan), where=weights > 0.0)
    gain = days["feedback_gain"].to_numpy()
    fitted = least_squares(days, own, {"lagged": np.ones(len(days)), "gain": gain}, weights)
    if not fitted.note:
        fitted = fitted._replace(r_squared=_share_explained(days, world, fitted))
    return slope_of(STUDY, fitted, "gain", prediction)


def _share_explained(days: pd.DataFrame, world: World, fitted: Fitted) -> float:
    """Share of the sum of squared bar returns that the fit explains."""
    slopes = fitted.values["lagged"] + fitted.values["gain"] * days["feedback_gain"]
    explained = 2.0 * slopes * days[f"products_{world}"] - slopes**2 * days[f"lagged_squares_{world}"]
    total = float(days.loc[explained.notna(), f"led_squares_{world}"].sum())
    return float(explained.sum()) / total if total > 0.0 else math.nan
