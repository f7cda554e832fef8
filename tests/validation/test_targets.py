"""The levels that are tested: every rule under its name, read off the open interest whatever the dealers hold."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from building import option
from building_levels import Floats, Tree, market_tree
from scipy.optimize import brentq
from scipy.stats import norm

import simhedge as sh
from simhedge.levels.walls import WALL_RULES
from simhedge.levels.zero_gamma import ZERO_GAMMA_RULES
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.scenario_levels import scenario_levels
from simhedge.validation.targets import NAMES, OWN, PART_REGIMES, Target, targets

SIGN = {"call": 1.0, "put": -1.0}
BOOK = [
    option("call", 104.0, 20, 140_000),
    option("call", 102.0, 20, 60_000),
    option("put", 94.0, 20, -100_000),
    option("put", 97.0, 10, -30_000),
    option("call", 97.0, 10, 10_000),
]
DAILY_VOL = 100.0 * 0.2 / math.sqrt(252.0)
KYLE_LAMBDA = DAILY_VOL / 5.0e6


def plan_of(book: list[Tree] = BOOK, **changes: Any) -> Plan:
    """A prepared scenario; `changes` are overrides by dotted key, with __ for the dot."""
    scenario = sh.scenario_from_dict(market_tree(copy.deepcopy(book)))
    return prepare(scenario.with_overrides({key.replace("__", "."): value for key, value in changes.items()}))


def found(plan: Plan, spot: float = 100.0, day: float = 0.0) -> dict[tuple[str, str], float | None]:
    return {(own.name, own.definition): own.value for own in targets(plan, spot, day)}


def gamma(row: Tree, spot: float | Floats, day: float = 0.0) -> Any:
    """Shares per $ of a row's unsigned open interest by the formula of Black and Scholes (1973), rates zero."""
    deviation = row["implied_vol"] * math.sqrt((row["expiry_days"] - day) / 252.0)
    d1 = np.log(np.asarray(spot) / row["strike"]) / deviation + 0.5 * deviation
    return abs(row["contracts"]) * row["multiplier"] * norm.pdf(d1) / (spot * deviation)


def net_gamma(spot: float | Floats, book: list[Tree] = BOOK, day: float = 0.0, **sign: float) -> Any:
    """Shares per $ of dealers who hold `sign` of calls and puts, by default +1 and -1."""
    side = SIGN | sign
    return sum(side[row["kind"]] * gamma(row, spot, day) for row in book if row["expiry_days"] > day)


# ---------------------------------------------------------------- names


def test_every_rule_and_definition_has_its_row_once() -> None:
    rows = targets(plan_of(), 100.0)
    keys = [(own.name, own.definition) for own in rows]
    assert len(set(keys)) == len(keys)
    assert {name for name, _ in keys} == set(NAMES)
    assert set(PART_REGIMES) <= set(NAMES)
    own = {name: {d for n, d in keys if n == name and d.startswith(OWN)} for name in NAMES}
    assert own["zero_gamma"] == {OWN, *(f"{OWN}.{rule}" for rule in ZERO_GAMMA_RULES if rule != "nearest")}
    assert own["call_wall"] == own["put_wall"] == {OWN, *(f"{OWN}.{r}" for r in WALL_RULES if r != "side_gamma")}
    assert own["largest_gamma_strike"] == {OWN}
    assert own["tipping_level"] == {f"{OWN}.above", f"{OWN}.below"}
    published = {key for key in keys if not key[1].startswith(OWN)}
    of_run = scenario_levels(plan_of(levels={}), None)
    assert of_run is not None
    levels = {(n, str(d)) for n in NAMES[:3] for d in of_run["definition"].values[np.isfinite(of_run[n].values[0])]}
    assert published == {key for key in levels if key[1] != OWN}
    assert len(published) > 10


def test_only_the_definitions_that_are_asked_for() -> None:
    some = found(plan_of(levels={"definitions": ["spotgamma"]}))
    assert {d for _, d in some if not d.startswith(OWN)} == {"spotgamma"}
    assert ("zero_gamma", OWN) in some


def test_a_level_is_a_finite_price_or_none() -> None:
    for own in targets(plan_of(), 100.0):
        assert isinstance(own, Target)
        assert own.value is None or (math.isfinite(own.value) and own.value > 0.0)


# ---------------------------------------------------------------- values by another way


@pytest.mark.parametrize("spot", [93.0, 100.0, 108.0])
@pytest.mark.parametrize("day", [0.0, 4.0])
def test_zero_gamma_is_where_the_formula_changes_sign(spot: float, day: float) -> None:
    grid = np.linspace(0.5 * spot, 1.5 * spot, 4001)
    places = np.flatnonzero(np.diff(np.sign(net_gamma(grid, day=day))) != 0.0)
    roots = [brentq(net_gamma, grid[k], grid[k + 1], args=(BOOK, day), xtol=1e-12) for k in places]
    levels = found(plan_of(), spot, day)
    assert levels["zero_gamma", OWN] == pytest.approx(min(roots, key=lambda root: abs(root - spot)), rel=1e-7)
    assert levels["zero_gamma", f"{OWN}.first"] == pytest.approx(roots[0], rel=1e-7)
    assert levels["zero_gamma", f"{OWN}.last"] == pytest.approx(roots[-1], rel=1e-7)


@pytest.mark.parametrize("spot", [98.0, 103.5])
def test_walls_and_the_largest_strike_by_hand(spot: float) -> None:
    levels = found(plan_of(), spot)
    by_kind = {kind: {row["strike"]: float(gamma(row, spot)) for row in BOOK if row["kind"] == kind} for kind in SIGN}
    assert levels["call_wall", OWN] == max(by_kind["call"], key=lambda strike: by_kind["call"][strike])
    assert levels["put_wall", OWN] == max(by_kind["put"], key=lambda strike: by_kind["put"][strike])
    assert levels["call_wall", f"{OWN}.open_interest"] == 104.0
    assert levels["put_wall", f"{OWN}.open_interest"] == 94.0
    both = {strike: sum(side.get(strike, 0.0) for side in by_kind.values()) for strike in (94.0, 97.0, 102.0, 104.0)}
    assert levels["largest_gamma_strike", OWN] == max(both, key=lambda strike: both[strike])


def test_walls_beyond_spot_are_beyond_spot() -> None:
    for spot in (95.0, 103.0, 106.0):
        levels = found(plan_of(), spot)
        call = levels["call_wall", f"{OWN}.side_gamma_beyond_spot"]
        put = levels["put_wall", f"{OWN}.side_gamma_beyond_spot"]
        assert call is None or call > spot
        assert put is None or put < spot
    assert found(plan_of(), 106.0)["call_wall", f"{OWN}.side_gamma_beyond_spot"] is None


HEAVY = [option("put", 97.0, 5, -400_000), option("call", 105.0, 5, 300_000)]


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_the_gain_is_minus_one_at_a_tipping_level(form: str) -> None:
    plan = plan_of(HEAVY, market__impact={"type": "adv", "coefficient": 1.0, "form": form})

    def gain(price: float) -> float:
        return KYLE_LAMBDA * net_gamma(price, HEAVY) * (price / 100.0 if form == "multiplicative" else 1.0)

    levels = found(plan)
    below = levels["tipping_level", f"{OWN}.below"]
    assert below is not None
    assert below < 100.0
    assert gain(below) == pytest.approx(-1.0, rel=1e-6)
    assert gain(below + 0.01) > -1.0 > gain(below - 0.01)
    assert levels["tipping_level", f"{OWN}.above"] is None
    inside = found(plan, 97.0)
    above = inside["tipping_level", f"{OWN}.above"]
    assert above == pytest.approx(below, rel=1e-6)
    assert inside["tipping_level", f"{OWN}.below"] is not None


def test_without_impact_nothing_tips() -> None:
    levels = found(plan_of(HEAVY, market__impact={"type": "kyle", "kyle_lambda": 0.0}))
    assert levels["tipping_level", f"{OWN}.below"] is levels["tipping_level", f"{OWN}.above"] is None
    assert levels["zero_gamma", OWN] is not None


# ---------------------------------------------------------------- whose sign


def test_the_dealers_own_side_does_not_matter() -> None:
    """Levels come from open interest and an assumed sign: the same where the true positions are reversed."""
    reversed_book = [row | {"contracts": -row["contracts"]} for row in copy.deepcopy(BOOK)]
    assert found(plan_of(reversed_book)) == found(plan_of())


def test_the_assumed_sign_does() -> None:
    flipped = found(plan_of(levels={"sign": {"calls": -1.0, "puts": 1.0}}))
    usual = found(plan_of())
    assert set(flipped) == set(usual)
    assert flipped["zero_gamma", OWN] == pytest.approx(usual["zero_gamma", OWN], rel=1e-9)
    assert flipped["call_wall", OWN] == usual["call_wall", OWN]
    rising = ("zero_gamma", f"{OWN}.nearest_rising")
    assert flipped[rising] != usual[rising]
    half = found(plan_of(levels={"sign": {"calls": 1.0, "puts": -0.5}}))
    root = half["zero_gamma", OWN]
    assert root is not None
    assert net_gamma(root, put=-0.5) == pytest.approx(0.0, abs=1e-3 * abs(net_gamma(110.0)))
    calls_only = found(plan_of(levels={"sign": {"calls": 1.0, "puts": 0.0}}))
    assert calls_only["zero_gamma", OWN] is None


@pytest.mark.parametrize("sign", [(1.0, -1.0), (-1.0, 1.0), (1.0, -0.4)])
def test_published_definitions_say_what_a_run_of_the_scenario_says(sign: tuple[float, float]) -> None:
    """`levels.sign` is the side that the level definitions assume, in `validate` as in `run`."""
    plan = plan_of(levels={"sign": {"calls": sign[0], "puts": sign[1]}})
    of_run = scenario_levels(plan, None)
    assert of_run is not None
    here = found(plan)
    for name in ("zero_gamma", "call_wall", "put_wall"):
        for definition in of_run["definition"].values:
            value = float(of_run[name].sel(definition=definition).isel(day=0))
            known = here.get((name, str(definition)))
            assert (math.nan if known is None else known) == pytest.approx(value, rel=1e-9, nan_ok=True), definition


# ---------------------------------------------------------------- what there is nothing to read off


def test_nothing_once_all_has_expired() -> None:
    assert targets(plan_of(), 100.0, 20.0) == []
    assert targets(plan_of(), 100.0, 19.5) != []
    only_20 = [row for row in BOOK if row["expiry_days"] == 20]
    assert found(plan_of(), 100.0, 10.0) == found(plan_of(only_20), 100.0, 10.0)


def test_constant_gamma_is_no_option() -> None:
    assert targets(plan_of([{"kind": "constant_gamma", "gamma": 1e5}]), 100.0) == []
    assert found(plan_of([*BOOK, {"kind": "constant_gamma", "gamma": 1e5}])) == found(plan_of())
