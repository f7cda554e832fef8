"""Means and covariances of per-path sums, added up batch by batch: what every estimate of this package is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass
class Moments:
    """Count, mean (columns,) and comoment (columns, columns) of rows, rows being what is independent: paths, days."""

    columns: int
    count: int = 0
    mean: Floats = field(init=False)
    comoment: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mean = np.zeros(self.columns)
        self.comoment = np.zeros((self.columns, self.columns))

    def add(self, rows: Floats) -> None:
        """Add rows (n, columns) (Chan, Golub and LeVeque 1983)."""
        n = rows.shape[0]
        if n == 0:
            return
        mean = rows.mean(axis=0)
        centred = rows - mean
        shift = mean - self.mean
        total = self.count + n
        self.comoment += centred.T @ centred + np.outer(shift, shift) * (self.count * n / total)
        self.mean += shift * (n / total)
        self.count = total

    def effective_rows(self, column: int) -> float:
        """How many equal rows would make a column's sum as even: squared sum over sum of squares (Kish 1965).

        Of a column of zeros and ones that is the number of ones.
        """
        squares = float(self.comoment[column, column]) + self.count * float(self.mean[column]) ** 2
        return (self.count * float(self.mean[column])) ** 2 / squares if squares > 0.0 else 0.0

    def covariance_of_mean(self) -> Floats:
        """Covariance of the mean (columns, columns); NaN below two rows."""
        if self.count < 2:
            return np.full((self.columns, self.columns), np.nan)
        return self.comoment / (self.count - 1) / self.count


def moments_of(rows: Floats) -> Moments:
    """Moments of rows (n, columns) at once."""
    found = Moments(rows.shape[1])
    found.add(rows)
    return found
