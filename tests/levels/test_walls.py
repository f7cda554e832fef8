"""Walls under every rule: by brute force, on one-contract chains, where strikes tie, and where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from listings import Option, listing_of, random_listing, reordered, usual
from numpy.typing import NDArray

from simhedge.book import Listing
from simhedge.levels.exposure import StrikeExposures, by_strike, exposures
from simhedge.levels.positions import positions
from simhedge.levels.walls import RULES, WALL_RULES, WallRule, Walls, largest, walls

Floats = NDArray[np.float64]


def strikes_of(listing: Listing, sign: float = 1.0) -> StrikeExposures:
    share = sign * usual(listing)
    return by_strike(listing, exposures(listing, share, positions(listing, share), "model").gamma)


def walls_of(listing: Listing, rule: WallRule, sign: float = 1.0) -> Walls:
    return walls(strikes_of(listing, sign), listing.spot, rule)


def best(strikes: list[float], sizes: list[float]) -> float | None:
    """The strike of the largest positive size, one at a time."""
    found, top = None, 0.0
    for strike, size in zip(strikes, sizes, strict=True):
        if size > top:
            found, top = strike, size
    return found


def by_hand(strikes: StrikeExposures, spot: float, rule: WallRule) -> Walls:
    every = [float(k) for k in strikes.strike]
    calls, puts = np.abs(strikes.calls).tolist(), np.abs(strikes.puts).tolist()
    net = (strikes.calls + strikes.puts).tolist()
    if rule == "side_gamma":
        return Walls(best(every, calls), best(every, puts))
    if rule == "net_gamma":
        return Walls(best(every, net), best(every, [-x for x in net]))
    if rule == "open_interest":
        return Walls(best(every, strikes.call_interest.tolist()), best(every, strikes.put_interest.tolist()))
    above = [x if k > spot else 0.0 for k, x in zip(every, calls, strict=True)]
    below = [x if k < spot else 0.0 for k, x in zip(every, puts, strict=True)]
    return Walls(best(every, above), best(every, below))


def test_every_rule_has_a_function() -> None:
    assert get_args(WallRule) == WALL_RULES
    assert set(RULES) == set(WALL_RULES)


@pytest.mark.parametrize("rule", WALL_RULES)
@pytest.mark.parametrize("seed", range(4))
def test_by_brute_force(seed: int, rule: WallRule) -> None:
    listing = random_listing(seed)
    strikes = strikes_of(listing)
    assert walls(strikes, listing.spot, rule) == by_hand(strikes, listing.spot, rule)


def test_the_usual_rule_is_side_gamma() -> None:
    strikes = strikes_of(random_listing(1))
    assert walls(strikes, 100.0) == walls(strikes, 100.0, "side_gamma")


# ---------------------------------------------------------------- one contract


@pytest.mark.parametrize("rule", WALL_RULES)
def test_one_call_above_spot(rule: WallRule) -> None:
    assert walls_of(listing_of([Option("call", 105.0, 10.0)]), rule) == (105.0, None)


@pytest.mark.parametrize("rule", WALL_RULES)
def test_one_put_below_spot(rule: WallRule) -> None:
    assert walls_of(listing_of([Option("put", 95.0, 10.0)]), rule) == (None, 95.0)


def test_one_call_that_dealers_are_short_of() -> None:
    """By net gamma it is a put wall, since only the sign counts; by side it stays the call wall."""
    listing = listing_of([Option("call", 105.0, 10.0)])
    assert walls_of(listing, "net_gamma", -1.0) == (None, 105.0)
    assert walls_of(listing, "side_gamma", -1.0) == (105.0, None)


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("strike", [90.0, 100.0, 110.0])
def test_beyond_spot_leaves_out_spot_itself(kind: str, strike: float) -> None:
    found = walls_of(listing_of([Option(kind, strike, 10.0)]), "side_gamma_beyond_spot")
    call = strike if kind == "call" and strike > 100.0 else None
    put = strike if kind == "put" and strike < 100.0 else None
    assert found == (call, put)


@pytest.mark.parametrize("rule", WALL_RULES)
def test_nothing_listed_nothing_found(rule: WallRule) -> None:
    assert walls_of(listing_of([]), rule) == (None, None)


@pytest.mark.parametrize("rule", WALL_RULES)
def test_no_interest_no_wall(rule: WallRule) -> None:
    rows = [Option("call", 105.0, 0.0), Option("put", 95.0, 0.0)]
    assert walls_of(listing_of(rows), rule) == (None, None)


def test_open_interest_needs_no_vol() -> None:
    rows = [Option("call", 105.0, 10.0, float("nan")), Option("put", 95.0, 10.0, 0.0)]
    assert walls_of(listing_of(rows), "open_interest") == (105.0, 95.0)
    assert walls_of(listing_of(rows), "side_gamma") == (None, None)


def test_sides_net_out_at_one_strike() -> None:
    """As many calls as puts at a strike: the walls of both sides, and of no net."""
    rows = [Option("call", 100.0, 10.0), Option("put", 100.0, 10.0), Option("call", 110.0, 1.0)]
    listing = listing_of(rows)
    assert walls_of(listing, "side_gamma") == (100.0, 100.0)
    assert walls_of(listing, "net_gamma") == (110.0, None)


# ---------------------------------------------------------------- ties


def test_of_equal_strikes_the_nearer_to_spot() -> None:
    strike = np.array([80.0, 90.0, 105.0, 120.0])
    assert largest(strike, np.array([3.0, 5.0, 5.0, 5.0]), 100.0) == 105.0
    assert largest(strike, np.array([5.0, 5.0, 1.0, 5.0]), 100.0) == 90.0
    assert largest(strike, np.full(4, 5.0), 1000.0) == 120.0


def test_equal_distances_give_the_lower_strike() -> None:
    assert largest(np.array([95.0, 105.0]), np.array([1.0, 1.0]), 100.0) == 95.0


@pytest.mark.parametrize("size", [[], [0.0, 0.0], [-1.0, -2.0]])
def test_no_positive_size_no_strike(size: list[float]) -> None:
    strike = np.arange(1.0, 1.0 + len(size))
    assert largest(strike, np.array(size), 100.0) is None


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("rule", WALL_RULES)
@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_does_not_matter(seed: int, rule: WallRule) -> None:
    listing = random_listing(seed)
    shuffled = reordered(listing, np.random.default_rng(seed).permutation(200))
    assert walls_of(shuffled, rule) == walls_of(listing, rule)


@pytest.mark.parametrize("rule", WALL_RULES)
def test_more_of_everything_moves_no_wall(rule: WallRule) -> None:
    listing = random_listing(3)
    more = replace(listing, open_interest=1000.0 * listing.open_interest)
    assert walls_of(more, rule) == walls_of(listing, rule)


@pytest.mark.parametrize("seed", range(3))
def test_other_side(seed: int) -> None:
    """The side rules do not ask who is long; the walls of net gamma change places."""
    listing = random_listing(seed)
    for rule in ("side_gamma", "open_interest", "side_gamma_beyond_spot"):
        assert walls_of(listing, rule, -1.0) == walls_of(listing, rule)
    one, other = walls_of(listing, "net_gamma"), walls_of(listing, "net_gamma", -1.0)
    assert (other.call, other.put) == (one.put, one.call)


@pytest.mark.parametrize("rule", WALL_RULES)
def test_homogeneous_in_spot_and_strike(rule: WallRule) -> None:
    one, other = walls_of(random_listing(4), rule), walls_of(random_listing(4, spot=4000.0), rule)
    assert one.call is not None
    assert one.put is not None
    assert (other.call, other.put) == pytest.approx((40.0 * one.call, 40.0 * one.put), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_beyond_spot_lies_beyond_spot(seed: int) -> None:
    found = walls_of(random_listing(seed), "side_gamma_beyond_spot")
    assert found.call is not None
    assert found.put is not None
    assert found.put < 100.0 < found.call
