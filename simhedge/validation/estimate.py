"""Estimates with standard errors by the delta method, hedged beside twin, paired by path.

Every statistic here is a product of powers of means of per-path sums: a rate is a mean over a mean, a volatility the
root of one. Paths are independent, steps are not, and the two worlds of a path share their news; so errors come from
the covariance of the per-path sums, and the error of the difference from that of both worlds together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TWO_SIDED_95 = 1.959963984540054
ROUND_OFF = 1e-13  # relative; a difference that small is none


class Estimate(NamedTuple):
    """A number and its standard error; NaN where there is nothing to estimate."""

    value: float
    standard_error: float


class Paired(NamedTuple):
    """Hedged, twin and their difference, each with its standard error; `paths` of them, independent."""

    hedged: float
    hedged_se: float
    twin: float
    twin_se: float
    difference: float
    difference_se: float
    paths: int

    @property
    def z(self) -> float:
        """Difference in standard errors; 0 where both worlds are the same, NaN where nothing is known."""
        if self.difference == 0.0:
            return 0.0
        if self.difference_se == 0.0:
            return math.copysign(math.inf, self.difference)
        return self.difference / self.difference_se

    @property
    def p_value(self) -> float:
        """Two-sided p-value of hedged = twin under the normal law of the estimate."""
        return math.erfc(abs(self.z) / math.sqrt(2.0))

    @property
    def effect_size(self) -> float:
        """Difference over the standard deviation of one path's contribution (Cohen's d of paired data)."""
        spread = self.difference_se * math.sqrt(self.paths)
        return self.difference / spread if spread > 0.0 else (0.0 if self.difference == 0.0 else math.nan)

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the difference."""
        half = TWO_SIDED_95 * self.difference_se
        return self.difference - half, self.difference + half


def power_product(mean: Floats, powers: Mapping[int, float], scale: float = 1.0) -> tuple[float, Floats]:
    """scale * product of mean[column] ** power, and its gradient with respect to `mean` (columns,).

    NaN where a mean in a denominator, or under a root's gradient, is zero.
    """
    gradient = np.zeros(mean.size)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = scale * _product(mean, powers)
        for column, power in powers.items():
            others = {other: own for other, own in powers.items() if other != column}
            gradient[column] = scale * _product(mean, others) * power * np.float64(mean[column]) ** (power - 1.0)
    return (value, gradient) if math.isfinite(value) else (math.nan, np.full(mean.size, math.nan))


def _product(mean: Floats, powers: Mapping[int, float]) -> float:
    """Product of powers; what has a negative one divides, so that a mean over itself is 1 to the last bit."""
    above = [np.float64(mean[column]) ** power for column, power in powers.items() if power > 0.0]
    below = [np.float64(mean[column]) ** -power for column, power in powers.items() if power < 0.0]
    return float(np.float64(np.prod(above)) / np.float64(np.prod(below)))


def estimate(moments: Moments, powers: Mapping[int, float], scale: float = 1.0) -> Estimate:
    """The product of powers of means, with its standard error."""
    value, gradient = power_product(moments.mean, powers, scale)
    return Estimate(value, _root(_quadratic(gradient, moments.covariance_of_mean(), gradient)))


def contrast(moments: Moments, first: Mapping[int, float], second: Mapping[int, float], scale: float = 1.0) -> Estimate:
    """The first product of powers of means less the second, with the standard error of the difference."""
    one, along_one = power_product(moments.mean, first, scale)
    other, along_other = power_product(moments.mean, second, scale)
    apart = along_one - along_other
    return Estimate(one - other, _root(_quadratic(apart, moments.covariance_of_mean(), apart)))


def paired(moments: Moments, powers: Mapping[int, float], scale: float = 1.0) -> Paired:
    """The same statistic of both worlds; columns of `moments` are those of hedged followed by those of the twin."""
    half = moments.columns // 2
    of_twin = {half + column: power for column, power in powers.items()}
    hedged, twin = estimate(moments, powers, scale), estimate(moments, of_twin, scale)
    apart = contrast(moments, powers, of_twin, scale)
    if abs(apart.value) <= ROUND_OFF * max(abs(hedged.value), abs(twin.value)):
        apart = Estimate(0.0, apart.standard_error)
    return Paired(*hedged, *twin, *apart, moments.count)


def _quadratic(left: Floats, covariance: Floats, right: Floats) -> float:
    used = (left != 0.0) | (right != 0.0)
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return math.nan
    return float(left[used] @ covariance[np.ix_(used, used)] @ right[used])


def _root(variance: float) -> float:
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
