"""Many tests at once: p-values corrected so that the chance of any false rejection stays what it was for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CORRECTION = "Holm (1979), over all distinct tests of hedged = twin (break_rate is hold_rate's)"


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values (n,) by the step-down method of Holm (1979); NaN stays NaN and counts for nothing."""
    from statsmodels.stats.multitest import multipletests

    raw = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(raw.size, np.nan)
    known = np.isfinite(raw)
    if known.any():
        adjusted[known] = multipletests(raw[known], method="holm")[1]
    return adjusted
