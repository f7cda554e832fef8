"""What the controls of the live page say, and the scenario that they make of the one that was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.scenario import Scenario

LARGEST_SCALE = 3.0
CLEARINGS: dict[str, dict[str, Any]] = {
    "simultaneous": {"type": "simultaneous"},
    "lagged": {"type": "lagged", "participation": 1.0},
    "lagged, a quarter of the gap": {"type": "lagged", "participation": 0.25},
    "asynchronous": {"type": "asynchronous", "rounds": 200, "participation": 0.01},
}


class Parameter(NamedTuple):
    """The one number of a policy: its key in the scenario, its label with the unit, and where it starts."""

    key: str
    label: str
    start: float
    whole: bool = False


POLICIES: dict[str, Parameter | None] = {
    "continuous": None,
    "fixed_interval": Parameter("every_steps", "Trades every (steps)", 13, whole=True),
    "leland": Parameter("every_steps", "Trades every (steps)", 13, whole=True),
    "delta_band": Parameter("band", "Band (shares per dealer)", 100_000),
    "whalley_wilmott": Parameter("risk_aversion", "Risk aversion (1/$)", 1e-6),
    "stop_loss": Parameter("every_steps", "Checks every (steps)", 1, whole=True),
    "none": None,
}
POLICY_LABELS = {
    "continuous": "continuous",
    "fixed_interval": "fixed interval",
    "leland": "Leland",
    "delta_band": "delta band",
    "whalley_wilmott": "Whalley-Wilmott",
    "stop_loss": "stop loss",
    "none": "none",
}
WITH_COST = ("whalley_wilmott", "leland")
POLICY_COST_BPS = 1.0  # what those reckon with where the scenario's dealers pay nothing


class Settings(NamedTuple):
    """The position of every control.

    `scale` multiplies the dealers' books (below zero: the other side); `liquidity` multiplies the volume that the
    scenario's market trades, so it divides price impact; `volatility` of the fundamental is in the scenario's unit;
    `clearing` is a key of CLEARINGS; `parameter` is the one number of the policy, if it has one.
    """

    scale: float
    liquidity: float
    volatility: float
    dealers: int
    clearing: str
    policy: str
    parameter: float
    seed: int

    def with_policy(self, policy: str) -> Settings:
        """These settings with another policy, its parameter at its start."""
        parameter = POLICIES.get(policy)
        return self._replace(policy=policy, parameter=parameter.start if parameter else 0.0)


def settings_of(scenario: Scenario) -> Settings:
    """The controls as the scenario has them; until a control is touched, the scenario's own words hold."""
    dealer = scenario.dealers[0]
    parameter = POLICIES.get(dealer.policy.type)
    return Settings(
        scale=1.0,
        liquidity=1.0,
        volatility=scenario.market.fundamental.volatility,
        dealers=dealer.copies or dealer.count,
        clearing=_clearing_of(scenario),
        policy=dealer.policy.type,
        parameter=float(getattr(dealer.policy, parameter.key)) if parameter else 0.0,
        seed=scenario.seed,
    )


def _clearing_of(scenario: Scenario) -> str:
    own = scenario.market.clearing.model_dump()
    return next((name for name, values in CLEARINGS.items() if values == own), own["type"])


def overrides_of(scenario: Scenario, own: Settings) -> dict[str, Any]:
    """Dotted keys and values that turn `scenario` into what the settings say; only what differs from the scenario."""
    start = settings_of(scenario)
    found: dict[str, Any] = {}
    if (own.liquidity, own.volatility) != (start.liquidity, start.volatility):
        found |= {"market.fundamental.volatility": own.volatility} | _impact(scenario, own)
    if own.clearing != start.clearing:
        found["market.clearing"] = dict(CLEARINGS[own.clearing])
    if own.seed != start.seed:
        found["seed"] = own.seed
    for dealer in scenario.dealers:
        at = f"dealers.{dealer.name}"
        if own.scale != start.scale:
            found[f"{at}.scale"] = own.scale * dealer.scale
        if own.dealers != start.dealers:
            found[f"{at}.{'copies' if dealer.copies else 'count'}"] = own.dealers
        if (own.policy, own.parameter) != (start.policy, start.parameter):
            found[f"{at}.policy"] = _policy(own, dealer.cost_bps)
    return found


def _impact(scenario: Scenario, own: Settings) -> dict[str, Any]:
    """Impact divided by the liquidity; the volatility of the news alone does not change it."""
    impact = scenario.market.impact
    if impact.type == "kyle":
        return {"market.impact.kyle_lambda": impact.kyle_lambda / own.liquidity}
    # impact of type adv grows with the daily volatility, which is the fundamental's where none is given
    given = scenario.market.daily_volatility is not None
    grown = 1.0 if given else own.volatility / scenario.market.fundamental.volatility
    return {"market.impact.coefficient": impact.coefficient / (own.liquidity * grown)}


def _policy(own: Settings, cost_bps: float) -> dict[str, Any]:
    if own.policy not in POLICIES:
        raise InputError("no such policy", key="policy", value=own.policy, remedy="one of " + ", ".join(POLICIES))
    parameter = POLICIES[own.policy]
    chosen: dict[str, Any] = {"type": own.policy}
    if parameter is not None:
        chosen[parameter.key] = int(own.parameter) if parameter.whole else own.parameter
    if own.policy in WITH_COST and cost_bps == 0.0:
        chosen["cost_bps"] = POLICY_COST_BPS
    return chosen
