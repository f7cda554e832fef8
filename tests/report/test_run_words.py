"""What a run says in sentences is what its table says in numbers."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from result_by_hand import COLUMNS, NAN, make_result

from simhedge.report.run_words import claims, findings, verdict


def outcomes(*passed: bool) -> list[SimpleNamespace]:
    parts = {"metric": "realised_vol", "series": "ratio", "observed": 0.7501, "bound": "above -1"}
    return [SimpleNamespace(passed=one, **parts) for one in passed]


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        ((), "The scenario claims nothing (key expect)."),
        ((True,), "The one claim holds."),
        ((True, True), "All 2 claims hold."),
        ((True, False), "1 of 2 claims fails."),
        ((False, False), "2 of 2 claims fail."),
    ],
)
def test_the_verdict_counts_claims(passed: tuple[bool, ...], told: str) -> None:
    assert verdict(make_result(expectations=outcomes(*passed))) == told


def test_claims_have_the_observed_value_with_its_interval_and_the_bound() -> None:
    (claim,) = claims(make_result(expectations=outcomes(False)))
    assert claim == (False, "realised_vol, ratio is 0.7501 [0.7493, 0.7509]; claimed: above −1")


def test_a_claim_about_what_is_no_estimate_has_no_interval() -> None:
    gain = SimpleNamespace(
        passed=True, metric="feedback_gain_start", series="hedged", observed=-0.594, bound="below -0.5"
    )
    (claim,) = claims(make_result(expectations=[gain]))
    assert claim == (True, "feedback_gain_start is −0.5940; claimed: below −0.5")


def table(**rows: list[float]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis("metric")


def row(ratio: float, error: float) -> list[float]:
    return [ratio * 0.2, 0.01, 0.2, 0.001, ratio, error, 0.0, 0.1]


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        (1.3, "Hedging raises the realised volatility to 1.300 [1.280, 1.320] times the twin's."),
        (0.7, "Hedging lowers the realised volatility to 0.700 [0.680, 0.720] times the twin's."),
        (
            1.01,
            "Hedging leaves the realised volatility as it is: 1.010 [0.990, 1.030] times the twin's, and the interval "
            "contains 1.",
        ),
    ],
)
def test_ratios_are_told_with_their_interval(ratio: float, told: str) -> None:
    assert findings(make_result(summary=table(realised_vol=row(ratio, 0.01)))) == [told]


def test_shares_are_told_in_both_worlds_and_noise_over_noise_is_not_told() -> None:
    summary = table(
        pin_probability=[0.3832, 0.0034, 0.0, 0.0, NAN, NAN, 0.38, 0.003],
        autocorrelation_1=[0.1, 0.01, 0.001, 0.01, 100.0, 900.0, 0.1, 0.01],
        hedge_turnover=[1.0, 0.1, 0.0, 0.0, NAN, NAN, 1.0, 0.1],
    )
    told = findings(make_result(summary=summary))
    assert told == ["The share of paths that end pinned is 38.3% [37.6, 39.0], in the twin 0.000% [0.000, 0.019]."]
