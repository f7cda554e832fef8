"""Names that a scenario may use are the names that the layers below know: nothing missing, nothing extra."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, scenario
from pydantic import BaseModel

import simhedge as sh
from simhedge.kernels import layout
from simhedge.scenario import clock_market, dealers
from simhedge.scenario.names import HEDGED_ONLY, METRICS, RECORDED_SERIES, STEPS_NEEDED, ComparedSeries, MetricName
from simhedge.simulation import metrics, plan, records

DOCS = Path(__file__).parents[2] / "docs"


def tags(union: Any) -> set[str]:
    """The values of `type` in a union of blocks."""
    if isinstance(union, type) and issubclass(union, BaseModel):
        return set(get_args(union.model_fields["type"].annotation))
    return set().union(*(tags(member) for member in get_args(union) if not isinstance(member, str)))


def test_metrics() -> None:
    assert set(metrics.REGISTRY) == set(METRICS) == set(get_args(MetricName))
    assert len(metrics.REGISTRY) == len(METRICS)
    assert set(METRICS) >= HEDGED_ONLY
    assert set(STEPS_NEEDED) <= set(METRICS)
    assert get_args(ComparedSeries) == metrics.SERIES


def test_lags_of_variance_ratios() -> None:
    named = {int(name.rsplit("_", 1)[1]) for name in METRICS if name.startswith("variance_ratio_")}
    assert set(plan.VARIANCE_RATIO_LAGS) == named
    assert all(STEPS_NEEDED[f"variance_ratio_{lag}"] == lag for lag in named)


def test_policies() -> None:
    assert tags(dealers.Policy) == set(plan.POLICIES)
    clocked = {name for name, code in plan.POLICIES.items() if code == layout.FIXED_INTERVAL}
    assert clocked == {"fixed_interval", "leland", "stop_loss"}  # one clock, three ways to reckon delta
    assert len(set(plan.POLICIES.values())) == len(plan.POLICIES) - len(clocked) + 1


def test_clearings() -> None:
    assert tags(clock_market.Clearing) == set(plan.CLEARINGS)
    assert len(set(plan.CLEARINGS.values())) == len(plan.CLEARINGS)


def test_recorded_series() -> None:
    assert set(records.PER_PATH) | set(records.PER_DEALER) == set(RECORDED_SERIES) == set(records.ATTRIBUTES)


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_a_run_gives_every_metric_that_was_asked_for(run_scenario: Any, clearing: str) -> None:
    """All names at once, on a run long enough for all of them; each has a number for the hedged world."""
    tree = scenario(
        {"book": mixed_book()},
        [dealer(POLICIES["continuous"])],
        clearing=CLEARINGS[clearing],
        paths=20,
        days=5,
        steps_per_day=80,
        record=None,
    )
    tree["outputs"]["metrics"] = list(METRICS)
    summary = run_scenario(tree).summary
    assert set(summary.index) == set(METRICS)
    assert summary["hedged"].notna().all()
    assert summary.loc[list(HEDGED_ONLY), ["twin", "ratio", "difference"]].isna().all(axis=None)
    tree["outputs"]["metrics"] = ["kurtosis", "realised_vol"]
    assert set(run_scenario(tree).summary.index) == {"kurtosis", "realised_vol"}


def test_metrics_by_default_are_those_that_have_a_meaning() -> None:
    tree = scenario(
        {"book": mixed_book()},
        [dealer(POLICIES["continuous"])],
        clearing=CLEARINGS["lagged"],
        paths=4,
        days=3,
        steps_per_day=8,
        record=None,
    )
    tree["outputs"] = {}
    del tree["market"]["adv_shares"], tree["market"]["daily_volatility"]
    tree["market"]["impact"] = {"type": "kyle", "kyle_lambda": 1e-7}
    absent = {"variance_ratio_78", "variance_ratio_390", "pin_probability", "hedge_turnover"}
    assert set(sh.run(sh.scenario_from_dict(tree)).summary.index) == set(METRICS) - absent


def test_every_name_is_in_the_reference() -> None:
    text = (DOCS / "scenarios.md").read_text()
    words = set(re.findall(r"[a-z_0-9]+", text))
    for names in (METRICS, RECORDED_SERIES, plan.POLICIES, plan.CLEARINGS):
        assert set(names) <= words
