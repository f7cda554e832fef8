"""Estimates from independent outcomes, one a path, and the error that a simulated reference has of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simhedge.validation.estimate import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def mean(outcomes: Floats) -> Estimate:
    """Mean of outcomes (n,), with its standard error."""
    return Estimate(float(outcomes.mean()), float(outcomes.std(ddof=1)) / math.sqrt(outcomes.size))


def deviation(outcomes: Floats) -> Estimate:
    """Standard deviation of outcomes (n,); its error is that of the mean square, by the delta method."""
    square = (outcomes - outcomes.mean()) ** 2
    value = float(outcomes.std(ddof=1))
    return Estimate(value, mean(square).standard_error / (2.0 * value))


def certainty_equivalent(profit: Floats, risk_aversion: float) -> Estimate:
    """The sure profit as good as a random one under utility -exp(-risk_aversion * profit), in $."""
    best = float(profit.min())  # keeps the exponents below 0
    utility = mean(np.exp(-risk_aversion * (profit - best)))
    value = best - math.log(utility.value) / risk_aversion
    return Estimate(value, utility.standard_error / utility.value / risk_aversion)


def against_simulated(ours: Estimate, paths: int, reference_paths: int) -> float:
    """Standard error of the difference from a reference that was itself simulated, with `reference_paths` paths.

    Its outcomes spread as ours do, so that its squared error is ours times paths / reference_paths.
    """
    return ours.standard_error * math.sqrt(1.0 + paths / reference_paths)
