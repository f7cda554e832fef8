"""Absolute daily return on the gain known before it (Ni, Pearson, Poteshman and White 2021).

E|r| is proportional to 1/(1 + kappa) where clearing is simultaneous, or the day many steps long, so that its logarithm
falls by kappa at kappa = 0. A quadratic term takes up the curvature; over a wide range of kappas the slope still is
not exactly -1, and `predicted` says what it is. What it cannot say: volatility that clusters moves the gamma of the
next day as well as its return, which no lag undoes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simhedge.validation.regressions.fitting import poisson
from simhedge.validation.regressions.slope import Slope, Study, World, slope_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STUDY = Study("absolute_return", "Ni, Pearson, Poteshman and White (2021), Review of Financial Studies 34:1952")


AT_ZERO = -1.0  # d ln E|r| / d kappa at kappa = 0


def predicted(days: pd.DataFrame) -> float | None:
    """The same regression of the days' damping in place of the absolute return; AT_ZERO for kappas around zero."""
    gain = days["feedback_gain"].to_numpy(dtype=np.float64)
    fitted = poisson(days, days["damping"], _regressors(gain))
    return None if fitted.note else fitted.values["gain"]


def estimate(
    days: pd.DataFrame,
    world: World = "hedged",
    gain: Literal["feedback_gain", "previous_gain"] = "feedback_gain",
    prediction: float | None = None,
) -> Slope:
    """Slope at zero of ln E|log_return| on kappa at the open, or at the open of the day before."""
    fitted = poisson(days, days[f"log_return_{world}"].abs(), _regressors(days[gain].to_numpy(dtype=np.float64)))
    return slope_of(STUDY, fitted, "gain", prediction)


def _regressors(gain: Floats) -> dict[str, Floats]:
    return {"constant": np.ones(gain.size), "gain": gain, "gain_squared": gain * gain}
