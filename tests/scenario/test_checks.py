"""Rules between blocks: expiries on the grid and after the start, metrics that fit the run, claims to be judged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.errors import InputError
from simhedge.scenario import scenario_from_dict


def refused(values: dict[str, Any], overrides: dict[str, Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        scenario_from_dict(values).with_overrides(overrides)
    return caught.value


@given(step=st.integers(1, 400), steps_per_day=st.sampled_from([1, 7, 78, 390]))
def test_expiries_on_a_step_are_accepted_as_any_float(step: int, steps_per_day: int) -> None:
    scenario = scenario_from_dict(one_option(step / steps_per_day, steps_per_day))
    assert scenario.clock.steps == steps_per_day
    rounded = scenario_from_dict(one_option(float(f"{step / steps_per_day:.8g}"), steps_per_day))
    assert rounded.clock == scenario.clock


def one_option(expiry_days: float, steps_per_day: int) -> dict[str, Any]:
    option = {"kind": "call", "strike": 1.0, "expiry_days": expiry_days, "contracts": 1, "implied_vol": 0.2}
    return {
        "schema_version": 1,
        "name": "one option",
        "clock": {"days": 1, "steps_per_day": steps_per_day},
        "market": {"spot": 1.0, "fundamental": {"type": "bachelier", "volatility": 1.0}, "adv_shares": 1.0},
        "books": {"book": [option]},
        "dealers": [{"name": "dealer", "book": "book", "policy": {"type": "none"}}],
    }


def test_expiries_between_steps_are_refused_with_the_nearest_step(minimal: dict[str, Any]) -> None:
    error = refused(minimal, {"books.monthly.0.expiry_days": 1.25})
    assert error.key == "books.monthly.0.expiry_days"
    assert "12.5 steps" in error.message
    assert "1.2 days" in str(error.remedy)
    assert "0.1 days" in str(refused(minimal, {"books.monthly.0.expiry_days": 0.001}).remedy)


def test_dates_need_a_start_and_lie_after_it(minimal: dict[str, Any]) -> None:
    book = [{"kind": "call", "strike": 1, "expiry": "2024-06-21", "contracts": 1, "implied_vol": 0.2}]
    error = refused(minimal, {"books.monthly": book})
    assert (error.key, "clock.start" in error.message) == ("books.monthly.0.expiry", True)
    error = refused(minimal, {"books.monthly": book, "clock.start": "2024-06-22"})
    assert "before the start" in error.message
    dated = scenario_from_dict(minimal).with_overrides({"books.monthly": book, "clock.start": "2024-06-21"})
    assert dated.as_dict()["books"]["monthly"][0]["expiry"] == "2024-06-21"
    assert "expiry_days" not in dated.as_dict()["books"]["monthly"][0]


@pytest.mark.parametrize(
    "date", ["2024-06-31", "2024-6-21", "20240621", 20240621, "21.06.2024", "2024-06-21T00:00", True]
)
def test_other_ways_to_write_dates_are_refused(minimal: dict[str, Any], date: object) -> None:
    error = refused(minimal, {"clock.start": date})
    assert error.key == "clock.start"
    assert "YYYY-MM-DD" in str(error.remedy)


def test_a_chain_may_bring_the_spot(minimal: dict[str, Any]) -> None:
    del minimal["market"]["spot"]
    minimal["books"]["street"] = {"from_chain": "chain.csv"}
    assert scenario_from_dict(minimal).market.spot is None


def test_kyle_needs_no_volume(minimal: dict[str, Any]) -> None:
    del minimal["market"]["adv_shares"]
    minimal["market"]["impact"] = {"type": "kyle", "kyle_lambda": 1e-6}
    assert scenario_from_dict(minimal).market.adv_shares is None


@pytest.mark.parametrize(
    ("metric", "steps"), [("variance_ratio_78", 77), ("variance_ratio_390", 389), ("autocorrelation_1", 1)]
)
def test_metrics_that_do_not_fit_the_run_are_refused(metric: str, steps: int, minimal: dict[str, Any]) -> None:
    minimal["clock"] = {"days": 1, "steps_per_day": steps}
    minimal["books"] = {"monthly": minimal["books"]["quadratic"], "quadratic": minimal["books"]["quadratic"]}
    listed = refused(minimal, {"outputs.metrics": [metric]})
    assert (listed.key, f"needs {steps + 1} steps" in listed.message) == ("outputs.metrics.0", True)
    claimed = refused(minimal, {"expect": [{"metric": metric, "above": 0}]})
    assert (claimed.key, f"needs {steps + 1} steps" in claimed.message) == ("expect.0.metric", True)
    minimal["clock"]["steps_per_day"] = steps + 1
    assert scenario_from_dict(minimal).with_overrides({"outputs.metrics": [metric]}).outputs.metrics == [metric]


def test_claims_must_be_about_what_is_computed(minimal: dict[str, Any]) -> None:
    error = refused(minimal, {"outputs.metrics": ["kurtosis"], "expect": [{"metric": "horizon_vol", "above": 0}]})
    assert (error.key, error.remedy) == ("expect.0.metric", "add horizon_vol to outputs.metrics")
    error = refused(minimal, {"expect": [{"metric": "pin_probability", "above": 0}]})
    assert "outputs.pin" in error.message
    error = refused(minimal, {"expect": [{"metric": "feedback_gain_min", "series": "ratio", "above": 0}]})
    assert (error.key, error.value) == ("expect.0.series", "ratio")


def test_recorded_steps_divide_the_run(minimal: dict[str, Any]) -> None:
    error = refused(minimal, {"outputs.record": {"every": 6}})
    assert (error.key, error.remedy) == ("outputs.record.every", "such as 5")
    record = scenario_from_dict(minimal).with_overrides({"outputs.record": {"every": 5, "paths": "all"}}).outputs.record
    assert record is not None
    assert (record.every, record.paths) == (5, "all")


@pytest.mark.parametrize("kind", ["fixed_interval", "leland", "stop_loss"])
def test_offsets_lie_within_the_interval(minimal: dict[str, Any], kind: str) -> None:
    policy = {"type": kind, "every_steps": 5, "offset": 7}
    error = refused(minimal, {"dealers.fund.policy": policy})
    assert (error.key, error.remedy) == ("dealers.fund.policy.offset", "the same steps are offset: 2")
