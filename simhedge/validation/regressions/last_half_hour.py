"""Return of the last half hour on that of the rest of the day, by the sign of dealers' gamma (Baltussen et al. 2021).

Dealers who hedge a share c of the day's gamma in the last half hour, with permanent linear impact, make its return
news less c kappa times the return before. What it cannot say: whether hedging caused the slope; news that trends within
the day has one too. The twin shows that here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from simhedge.validation.regressions.fitting import least_squares
from simhedge.validation.regressions.slope import Slope, Study, World, slope_of

if TYPE_CHECKING:
    import pandas as pd

Side = Literal["short", "long", "all"]
SOURCE = "Baltussen, Da, Lammers and Martens (2021), Journal of Financial Economics 142:377"


def predicted(share: float, gain: float) -> float:
    """Slope where dealers of feedback gain `gain` hedge a `share` of the day's move in the last half hour."""
    return -share * gain


def predicted_r_squared(slope: float, variance_ratio: float) -> float:
    """Share of variance that `slope` explains; `variance_ratio`: of the rest of the day over the news of the end."""
    explained = slope * slope * variance_ratio
    return explained / (1.0 + explained)


def estimate(days: pd.DataFrame, world: World = "hedged", side: Side = "all", prediction: float | None = None) -> Slope:
    """Slope of last_return on rest_return over days that open with short gamma, with long (or none), or all days."""
    gain = days["feedback_gain"].to_numpy()
    kept = {"short": gain < 0.0, "long": gain >= 0.0, "all": np.ones(len(days), dtype=bool)}[side]
    chosen = days.loc[kept]
    study = Study("last_half_hour" if side == "all" else f"last_half_hour_{side}_gamma", SOURCE)
    regressors = {"constant": np.ones(len(chosen)), "rest": chosen[f"rest_return_{world}"]}
    return slope_of(study, least_squares(chosen, chosen[f"last_return_{world}"], regressors), "rest", prediction)
