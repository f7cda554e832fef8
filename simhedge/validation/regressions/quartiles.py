"""Quartiles of a column, and their indicators as regressors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

UNKNOWN = -1


def quartile_of(values: Any) -> NDArray[np.int64]:
    """Quartile 0 to 3 of each value (rows,), ties together in the lower one; -1 where the value is not finite."""
    numbers = np.asarray(values, dtype=np.float64)
    known = np.isfinite(numbers)
    found = np.full(numbers.shape, UNKNOWN, dtype=np.int64)
    if known.any():
        edges = np.quantile(numbers[known], [0.25, 0.5, 0.75])
        found[known] = np.searchsorted(edges, numbers[known], side="left")
    return found


def indicators(quartile: NDArray[np.int64]) -> dict[str, Floats]:
    """A constant and one column for each quartile present but the lowest; the last name is the highest quartile's.

    Rows without a quartile are NaN.
    """
    present = np.unique(quartile[quartile != UNKNOWN])
    unknown = np.where(quartile == UNKNOWN, np.nan, 0.0)
    columns = {"constant": unknown + 1.0}
    for number in present[1:]:
        columns[f"quartile_{number}"] = unknown + (quartile == number)
    return columns
