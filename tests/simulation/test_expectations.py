"""Every kind of bound on its boundary and beside it; what is not defined holds no claim."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from simhedge.scenario.outputs import Expectation
from simhedge.simulation.expectations import ExpectationOutcome, check_expectations

UP, DOWN = math.inf, -math.inf


def outcome(observed: float, error: float = 0.5, series: str = "hedged", **bound: Any) -> ExpectationOutcome:
    """The outcome of one claim about a table in which only the claimed series is defined."""
    columns = [f"{name}{suffix}" for name in ("hedged", "twin", "ratio", "difference") for suffix in ("", "_se")]
    summary = pd.DataFrame(math.nan, index=pd.Index(["kurtosis", "pnl_mean"], name="metric"), columns=columns)
    summary.loc["kurtosis", [series, f"{series}_se"]] = observed, error
    claim = Expectation.model_validate({"metric": "kurtosis", "series": series} | bound)
    (result,) = check_expectations([claim], summary)
    return result


@pytest.mark.parametrize(
    ("bound", "edge", "holds_at_edge", "towards"),
    [
        ({"above": 2.0}, 2.0, False, UP),
        ({"below": 2.0}, 2.0, False, DOWN),
        ({"above": 2.0, "below": 5.0}, 2.0, False, UP),
        ({"above": 2.0, "below": 5.0}, 5.0, False, DOWN),
        ({"between": [2.0, 5.0]}, 2.0, True, UP),
        ({"between": [2.0, 5.0]}, 5.0, True, DOWN),
        ({"equals": 2.0, "within": 0.25}, 2.25, True, DOWN),
        ({"equals": 2.0, "within": 0.25}, 1.75, True, UP),
        ({"equals": 2.0, "within": 0.0}, 2.0, True, UP),
        ({"equals": 2.0, "within_standard_errors": 4.0}, 4.0, True, DOWN),
        ({"equals": 2.0, "within_standard_errors": 4.0}, 0.0, True, UP),
    ],
)
def test_bounds_at_their_edges(bound: dict[str, Any], edge: float, holds_at_edge: bool, towards: float) -> None:
    assert outcome(edge, **bound).passed is holds_at_edge
    if bound.get("within") != 0.0:
        assert outcome(edge + math.copysign(1e-9, towards), **bound).passed is True
    assert outcome(edge - math.copysign(1e-9, towards), **bound).passed is False


@pytest.mark.parametrize(
    "bound",
    [
        {"above": -1e9},
        {"below": 1e9},
        {"between": [-1e9, 1e9]},
        {"equals": 0.0, "within": 1e9},
        {"equals": 0.0, "within_standard_errors": 4.0},
    ],
)
@pytest.mark.parametrize("observed", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_fails_every_claim(bound: dict[str, Any], observed: float) -> None:
    result = outcome(observed, **bound)
    assert result.passed is False
    assert str(result.observed) == str(observed)


def test_without_a_standard_error_nothing_is_within_some() -> None:
    """One path: the error is not defined, and neither is a claim measured in it."""
    assert outcome(2.0, math.nan, equals=2.0, within_standard_errors=4.0).passed is False
    assert outcome(2.0, math.nan, equals=2.0, within=0.1).passed is True


def test_an_error_of_zero_leaves_only_the_value_itself() -> None:
    assert outcome(2.0, 0.0, equals=2.0, within_standard_errors=4.0).passed is True
    assert outcome(2.0 + 1e-12, 0.0, equals=2.0, within_standard_errors=4.0).passed is False


@pytest.mark.parametrize("series", ["hedged", "twin", "ratio", "difference"])
def test_the_series_that_is_claimed_is_looked_at(series: str) -> None:
    result = outcome(3.0, series=series, above=2.0)
    assert (result.metric, result.series, result.passed, result.observed) == ("kurtosis", series, True, 3.0)


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ({"above": 2.5}, "above 2.5"),
        ({"below": -1}, "below -1"),
        ({"above": 0.25, "below": 0.5}, "above 0.25 and below 0.5"),
        ({"between": [1.0, 2.0]}, "between 1 and 2"),
        ({"equals": 0.383, "within": 0.02}, "equals 0.383 within 0.02"),
        ({"equals": 1.0, "within_standard_errors": 4.0}, "equals 1 within 4 standard errors"),
    ],
)
def test_bounds_in_words(bound: dict[str, Any], words: str) -> None:
    assert outcome(0.0, **bound).bound == words


def test_outcomes_come_in_the_order_of_the_claims() -> None:
    table = pd.DataFrame({"hedged": [1.0, 2.0], "hedged_se": [0.1, 0.1]}, index=["kurtosis", "pnl_mean"])
    claims = [
        Expectation.model_validate({"metric": metric, "above": 1.5}) for metric in ("pnl_mean", "kurtosis", "pnl_mean")
    ]
    outcomes = check_expectations(claims, table)
    assert [result.metric for result in outcomes] == ["pnl_mean", "kurtosis", "pnl_mean"]
    assert [result.passed for result in outcomes] == [True, False, True]
    assert check_expectations([], table) == []
    assert all(isinstance(result.passed, bool) and isinstance(result.observed, float) for result in outcomes)
