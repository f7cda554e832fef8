"""The outcome of one regression: estimate, robust error, and what theory predicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

World = Literal["hedged", "twin"]


class Study(NamedTuple):
    """Name of a regression and the study that ran it on market prices."""

    name: str
    source: str


class Slope(NamedTuple):
    """One coefficient: `t` and two-sided `p_value` (normal law) of zero, `z` of `predicted`, both robust.

    `predicted` is None where theory gives no number. NaN where there is nothing to estimate, `note` says why.
    `r_squared` is the share of deviance explained where the regression is Poisson's.
    """

    name: str
    study: str
    estimate: float
    standard_error: float
    t: float
    p_value: float
    r_squared: float
    observations: int
    predicted: float | None = None
    z: float | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row as plain data; what is not finite is null."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in self._asdict().items()
        }


class Fitted(NamedTuple):
    """Coefficients and robust standard errors by name, share explained, rows used; `note` where there is no fit."""

    values: Mapping[str, float]
    errors: Mapping[str, float]
    r_squared: float
    observations: int
    note: str = ""


def slope_of(study: Study, fitted: Fitted, regressor: str, predicted: float | None = None) -> Slope:
    """The slope on `regressor`, or on combinations of it that the caller put into `fitted` under that name."""
    if fitted.note:
        return without(study, fitted.note, fitted.observations)
    return slope_at(study, fitted, (fitted.values[regressor], fitted.errors[regressor]), predicted)


def slope_at(study: Study, fitted: Fitted, found: tuple[float, float], predicted: float | None = None) -> Slope:
    """A slope from an estimate and its standard error, `found`, of a fit."""
    value, error = found
    t = distance(value, 0.0, error)
    z = None if predicted is None else distance(value, predicted, error)
    share = fitted.r_squared
    return Slope(*study, value, error, t, two_sided(t), share, fitted.observations, predicted, z)


def without(study: Study, note: str, observations: int = 0) -> Slope:
    """The row of a regression that these days do not allow."""
    nan = math.nan
    return Slope(*study, nan, nan, nan, nan, nan, observations, note=note)


def distance(value: float, reference: float, error: float) -> float:
    """(value - reference) in standard errors; NaN where the error is not a positive number."""
    return (value - reference) / error if error > 0.0 else math.nan


def two_sided(z: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2.0))
