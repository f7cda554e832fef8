"""Rules of the headline: each by hand on a made-up profile and strikes, and on chains where the answer is known."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from listings import Option, crossings_of, listing_of, random_listing, usual

from simhedge.book import Listing
from simhedge.levels.exposure import StrikeExposures, by_strike, exposures
from simhedge.levels.positions import positions
from simhedge.levels.profile import Profile, Root, profile
from simhedge.levels.zero_gamma import RULES, ZERO_GAMMA_RULES, Grounds, ZeroGamma, ZeroGammaRule, nearest, zero_gamma

NONE = np.zeros(0)


def grounds_of(roots: list[tuple[float, float]], net: list[float], spot: float = 100.0) -> Grounds:
    """Grounds with these (spot, slope) roots, and this net exposure at the strikes 90, 95, 100 ..."""
    strike = np.array([90.0 + 5.0 * k for k in range(len(net))])
    values = np.array(net, dtype=np.float64)
    strikes = StrikeExposures(strike, np.maximum(values, 0.0), np.minimum(values, 0.0), 0.0 * values, 0.0 * values)
    made = profile(positions(listing_of([]), NONE), spot)
    curve = Profile(**(vars(made) | {"roots": tuple(Root(*root) for root in roots)}))
    return Grounds(curve, strikes, spot)


def level(rule: ZeroGammaRule, roots: list[tuple[float, float]], net: list[float]) -> float | None:
    found = zero_gamma(grounds_of(roots, net), rule)
    assert (found.status == "none") == (found.headline is None)
    assert found.rule == rule
    return found.headline


def grounds_on(listing: Listing, sign: float = 1.0) -> Grounds:
    share = sign * usual(listing)
    held = positions(listing, share)
    strikes = by_strike(listing, exposures(listing, share, held, "model").gamma)
    return Grounds(profile(held, listing.spot), strikes, listing.spot)


ROOTS = [(80.0, 1.0), (97.0, -1.0), (104.0, 2.0), (130.0, -3.0)]
NET = [-1.0, 3.0, -2.0, -2.0, 4.0]  # strikes 90 ... 110; running sum -1, 2, 0, -2, 2


def test_every_rule_has_a_function() -> None:
    assert get_args(ZeroGammaRule) == ZERO_GAMMA_RULES
    assert set(RULES) == set(ZERO_GAMMA_RULES)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("nearest", 97.0),
        ("first", 80.0),
        ("last", 130.0),
        ("nearest_rising", 104.0),
        ("strike_first", 91.25),
        ("strike_nearest", 98.0),
        ("strike_cumulative", 90.0 + 5.0 / 3.0),
    ],
)
def test_rule_by_hand(rule: ZeroGammaRule, expected: float) -> None:
    assert level(rule, ROOTS, NET) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("rule", ZERO_GAMMA_RULES)
def test_none_where_there_is_none(rule: ZeroGammaRule) -> None:
    assert level(rule, [], [1.0, 2.0, 0.0, 3.0]) is None
    assert level(rule, [], []) is None


def test_no_rising_root() -> None:
    assert level("nearest_rising", [(97.0, -1.0), (104.0, 0.0)], []) is None


def test_roots_do_not_look_at_strikes_nor_strikes_at_roots() -> None:
    for rule in ZERO_GAMMA_RULES:
        if rule.startswith("strike"):
            assert level(rule, [], NET) == level(rule, ROOTS, NET)
            assert level(rule, ROOTS, []) is None
        else:
            assert level(rule, ROOTS, []) == level(rule, ROOTS, NET)
            assert level(rule, [], NET) is None


def test_running_sum_may_cross_nowhere() -> None:
    assert level("strike_cumulative", [], [5.0, -1.0, -1.0, -1.0]) is None
    assert level("strike_first", [], [5.0, -1.0, -1.0, -1.0]) == pytest.approx(90.0 + 25.0 / 6.0)


def test_every_root_is_listed_whatever_the_rule() -> None:
    grounds = grounds_of(ROOTS, NET)
    assert all(zero_gamma(grounds, rule).roots == grounds.profile.roots for rule in ZERO_GAMMA_RULES)
    assert zero_gamma(grounds) == zero_gamma(grounds, "nearest")


def test_nearest_of_levels() -> None:
    assert nearest([], 100.0) is None
    assert nearest([90.0, 101.0, 120.0], 100.0) == 101.0
    assert nearest([99.0, 101.0], 100.0) == 99.0


def test_status() -> None:
    assert ZeroGamma(None, "nearest", ()).status == "none"
    assert ZeroGamma(99.0, "nearest", ()).status == "ok"


# ---------------------------------------------------------------- on chains


def test_call_above_put() -> None:
    """Long the call at 105, short the put at 95: rising through sqrt(95 * 105) exp(-v^2 T / 2)."""
    grounds = grounds_on(listing_of([Option("call", 105.0, 10.0), Option("put", 95.0, 10.0)]))
    expected = math.sqrt(95.0 * 105.0) * math.exp(-0.5 * 0.2**2 * 0.1)
    for rule in ("nearest", "first", "last", "nearest_rising"):
        assert zero_gamma(grounds, rule).headline == pytest.approx(expected, rel=2e-9)
    turned = grounds_on(listing_of([Option("call", 105.0, 10.0), Option("put", 95.0, 10.0)]), -1.0)
    assert zero_gamma(turned).headline == pytest.approx(expected, rel=2e-9)
    assert zero_gamma(turned, "nearest_rising").status == "none"


@pytest.mark.parametrize("rule", ZERO_GAMMA_RULES)
def test_one_contract_has_no_zero_gamma(rule: ZeroGammaRule) -> None:
    assert zero_gamma(grounds_on(listing_of([Option("call", 100.0, 10.0)])), rule).headline is None


@pytest.mark.parametrize("seed", range(4))
def test_rules_by_brute_force(seed: int) -> None:
    grounds = grounds_on(random_listing(seed))
    strike, net = grounds.strikes.strike, grounds.strikes.calls + grounds.strikes.puts
    changes = crossings_of(strike, net)
    running = crossings_of(strike, np.array([net[: k + 1].sum() for k in range(net.size)]))
    roots = [root.spot for root in grounds.profile.roots]
    assert roots == sorted(roots)
    expected = {
        "first": min(roots),
        "last": max(roots),
        "nearest": sorted(roots, key=lambda x: abs(x - 100.0))[0],
        "strike_first": min(changes),
        "strike_nearest": sorted(changes, key=lambda x: abs(x - 100.0))[0],
    }
    found = {rule: RULES[rule](grounds) for rule in ZERO_GAMMA_RULES if rule in expected}
    assert found == pytest.approx(expected, rel=1e-9)
    cumulative = RULES["strike_cumulative"](grounds)
    assert ([] if cumulative is None else [cumulative]) == pytest.approx(running[:1], rel=1e-9)


@pytest.mark.parametrize("rule", ["strike_first", "strike_nearest", "strike_cumulative"])
def test_other_side_same_strikes(rule: ZeroGammaRule) -> None:
    listing = random_listing(3)
    assert zero_gamma(grounds_on(listing, -1.0), rule).headline == zero_gamma(grounds_on(listing), rule).headline
