"""Claims of a scenario's `expect` block held against a run's summary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from simhedge.scenario import Expectation


@dataclass(frozen=True)
class ExpectationOutcome:
    """One claim, what was observed, and whether it holds; `bound` is the claim in words."""

    metric: str
    series: str
    passed: bool
    observed: float
    bound: str


def check_expectations(expect: Sequence[Expectation], summary: pd.DataFrame) -> list[ExpectationOutcome]:
    """The outcome of every claim; a value that is not defined fails its claim."""
    return [_check(claim, summary) for claim in expect]


def _check(claim: Expectation, summary: pd.DataFrame) -> ExpectationOutcome:
    row: Any = summary.loc[claim.metric]
    observed, error = float(row[claim.series]), float(row[f"{claim.series}_se"])
    if claim.between is not None:
        low, high = claim.between
        return _outcome(claim, observed, low <= observed <= high, f"between {low:g} and {high:g}")
    if claim.equals is not None:
        if claim.within is not None:
            tolerance, words = claim.within, f"{claim.within:g}"
        else:
            tolerance = float(claim.within_standard_errors or 0.0) * error
            words = f"{claim.within_standard_errors:g} standard errors"
        passed = abs(observed - claim.equals) <= tolerance
        return _outcome(claim, observed, passed, f"equals {claim.equals:g} within {words}")
    passed = True
    parts: list[str] = []
    if claim.above is not None:
        passed, parts = passed and observed > claim.above, [*parts, f"above {claim.above:g}"]
    if claim.below is not None:
        passed, parts = passed and observed < claim.below, [*parts, f"below {claim.below:g}"]
    return _outcome(claim, observed, passed, " and ".join(parts))


def _outcome(claim: Expectation, observed: float, passed: bool, bound: str) -> ExpectationOutcome:
    return ExpectationOutcome(claim.metric, claim.series, bool(passed and math.isfinite(observed)), observed, bound)
