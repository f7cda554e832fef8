"""Hill's index of a tail, of one sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simhedge.errors import InputError
from simhedge.validation.estimate import TWO_SIDED_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Hill(NamedTuple):
    """Tail index a of P(x > u) ~ u^-a, from the `order` values above `threshold`; asymptotic error and 95% interval.

    The error is that of independent values. NaN where the threshold is not positive. A normal sample has no such index:
    its estimate grows as the share shrinks.
    """

    tail_index: float
    standard_error: float
    low: float
    high: float
    order: int
    threshold: float


def hill(sample: Any, share: float) -> Hill:
    """Hill's (1975) index of the upper tail of `sample`, any shape, from its largest `share`; negate for the lower."""
    values = np.asarray(sample, dtype=np.float64).ravel()
    threshold = tail_threshold(values, share)
    beyond = values[values > threshold] if threshold > 0.0 else values[:0]
    if beyond.size == 0:
        return Hill(math.nan, math.nan, math.nan, math.nan, 0, threshold)
    index = 1.0 / float(np.mean(np.log(beyond / threshold)))
    error = index / math.sqrt(beyond.size)
    half = TWO_SIDED_95 * error
    return Hill(index, error, index - half, index + half, int(beyond.size), threshold)


def tail_threshold(values: Floats, share: float) -> float:
    """The value (n,) that the largest `share` of the values exceeds."""
    order = int(share * values.size)
    if not 0 < order < values.size:
        remedy = f"between 1/{values.size} and 1"
        raise InputError("leaves no tail of these values", key="share", value=share, remedy=remedy)
    place = values.size - order - 1
    return float(np.partition(values, place)[place])
