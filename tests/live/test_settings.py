"""Controls become overrides of the scenario: only what was touched, each with the effect that its label promises."""

from __future__ import annotations

from typing import Any, get_args

import pytest

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.settings import CLEARINGS, POLICIES, Settings, overrides_of, settings_of
from simhedge.scenario.dealers import Policy
from simhedge.simulation.plan import prepare

SHIPPED = sh.shipped_scenarios()


def changed(name: str, **settings: Any) -> sh.Scenario:
    """A shipped scenario under its own settings with some replaced."""
    scenario = sh.load_scenario(name)
    return scenario.with_overrides(overrides_of(scenario, settings_of(scenario)._replace(**settings)))


@pytest.mark.parametrize("name", list(SHIPPED))
def test_untouched_controls_change_nothing(name: str) -> None:
    scenario = sh.load_scenario(name)
    assert overrides_of(scenario, settings_of(scenario)) == {}


@pytest.mark.parametrize("name", list(SHIPPED))
def test_every_shipped_scenario_takes_every_policy_and_clearing(name: str) -> None:
    scenario = sh.load_scenario(name)
    own = settings_of(scenario)
    for policy in POLICIES:
        made = scenario.with_overrides(overrides_of(scenario, own.with_policy(policy)))
        assert {dealer.policy.type for dealer in made.dealers} == {policy}
    for clearing, values in CLEARINGS.items():
        made = scenario.with_overrides(overrides_of(scenario, own._replace(clearing=clearing)))
        assert made.market.clearing.model_dump() == values


def test_policies_are_those_of_scenarios() -> None:
    known = {policy.model_fields["type"].annotation.__args__[0] for policy in get_args(get_args(Policy)[0])}
    assert set(POLICIES) == known


@pytest.mark.parametrize("name", ["positive_gamma", "spx_chain", "one_dealer_is_noise"])
@pytest.mark.parametrize("scale", [-2.0, 0.0, 0.5])
def test_the_gain_is_in_proportion_to_scale(name: str, scale: float) -> None:
    before, after = (
        prepare(scenario).gain.start_gain for scenario in (sh.load_scenario(name), changed(name, scale=scale))
    )
    assert after == pytest.approx(scale * before, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ["positive_gamma", "spx_chain"])
@pytest.mark.parametrize("settings", [{"liquidity": 4.0}, {"liquidity": 4.0, "volatility": 0.5}])
def test_impact_is_divided_by_liquidity_whatever_the_volatility(name: str, settings: dict[str, float]) -> None:
    before, after = (prepare(scenario) for scenario in (sh.load_scenario(name), changed(name, **settings)))
    assert after.model["impact"][0] == pytest.approx(before.model["impact"][0] / 4.0, rel=1e-12)
    assert after.model["volatility"][0] == settings.get("volatility", before.model["volatility"][0])


def test_liquidity_divides_a_given_slope_too() -> None:
    scenario = sh.load_scenario("positive_gamma", overrides={"market.impact": {"type": "kyle", "kyle_lambda": 1e-6}})
    made = scenario.with_overrides(
        overrides_of(scenario, settings_of(scenario)._replace(liquidity=5.0, volatility=0.4))
    )
    assert prepare(made).model["impact"][0] == pytest.approx(2e-7, rel=1e-12)


def test_a_daily_volatility_that_is_given_is_kept() -> None:
    before, after = (prepare(s) for s in (sh.load_scenario("expiry_pin"), changed("expiry_pin", volatility=0.4)))
    assert after.model["impact"][0] == before.model["impact"][0]


def test_dealers_split_the_book_or_repeat_it_as_the_scenario_says() -> None:
    assert changed("positive_gamma", dealers=7).dealers[0].count == 7
    assert changed("the_whole_street", dealers=7).dealers[0].copies == 7


def test_a_parameter_that_no_policy_takes_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match="band"):
        changed("positive_gamma", policy="delta_band", parameter=-1.0)
    with pytest.raises(InputError, match="one of continuous"):
        changed("positive_gamma", policy="wait_and_see")


def test_another_policy_starts_with_its_own_parameter() -> None:
    own: Settings = settings_of(sh.load_scenario("positive_gamma")).with_policy("delta_band")
    assert own.parameter == POLICIES["delta_band"].start  # type: ignore[union-attr]
    assert own.with_policy("continuous").parameter == 0.0
