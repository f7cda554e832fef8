"""Largest gamma strike, max pain and the expected move: by brute force and in closed form."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from listings import Option, listing_of, random_listing, reordered
from numpy.typing import NDArray

from simhedge.book import Listing
from simhedge.levels.exposure import StrikeExposures, by_strike
from simhedge.levels.landmarks import at_the_money_vol, expected_move, largest_gamma_strike, max_pain

Mask = NDArray[np.bool_]


def every(listing: Listing) -> Mask:
    return np.ones(listing.strike.size, dtype=np.bool_)


def paid_at(listing: Listing, price: float) -> float:
    """What all options together pay their holders ($) if the price ends there."""
    calls = np.maximum(price - listing.strike, 0.0) * listing.is_call
    puts = np.maximum(listing.strike - price, 0.0) * ~listing.is_call
    return float(((calls + puts) * listing.open_interest * listing.multiplier).sum())


# ---------------------------------------------------------------- max pain


@pytest.mark.parametrize("seed", range(6))
def test_max_pain_by_brute_force(seed: int) -> None:
    listing = random_listing(seed, count=80)
    for number in range(4):
        rows = listing.expiry == number
        alone = reordered(listing, np.flatnonzero(rows))
        strikes = sorted(set(alone.strike.tolist()))
        pains = [paid_at(alone, strike) for strike in strikes]
        found = max_pain(listing, rows)
        assert found in strikes
        assert paid_at(alone, float(found or 0.0)) == pytest.approx(min(pains), rel=1e-12)


def test_max_pain_weighs_contracts_by_their_multiplier() -> None:
    rows = [Option("call", 90.0, 10.0), Option("put", 110.0, 30.0)]
    listing = listing_of(rows)
    assert max_pain(listing, every(listing)) == 110.0
    mini = replace(listing, multiplier=np.array([100.0, 10.0]))
    assert max_pain(mini, every(mini)) == 90.0


def test_of_equal_strikes_the_lowest() -> None:
    """Between the put's strike and the call's nobody is paid: 90 and 100 are equal."""
    listing = listing_of([Option("call", 100.0, 10.0), Option("put", 90.0, 10.0)])
    assert max_pain(listing, every(listing)) == 90.0


def test_calls_alone_hurt_least_at_the_lowest_strike() -> None:
    calls = listing_of([Option("call", strike, 10.0) for strike in (110.0, 90.0, 100.0)])
    puts = listing_of([Option("put", strike, 10.0) for strike in (110.0, 90.0, 100.0)])
    assert max_pain(calls, every(calls)) == 90.0
    assert max_pain(puts, every(puts)) == 110.0


def test_no_max_pain_without_interest() -> None:
    listing = listing_of([Option("call", 100.0, 0.0), Option("put", 90.0, 0.0), Option("put", 95.0, 5.0)])
    assert max_pain(listing, ~every(listing)) is None
    assert max_pain(listing, np.array([True, True, False])) is None
    assert max_pain(listing_of([]), every(listing_of([]))) is None


def test_max_pain_does_not_ask_for_a_vol() -> None:
    listing = listing_of([Option("call", 105.0, 5.0, math.nan, 0.0), Option("put", 105.0, 5.0, 0.0, 0.0)])
    assert max_pain(listing, every(listing)) == 105.0


# ---------------------------------------------------------------- expected move


def test_expected_move_at_the_money() -> None:
    """Spot times vol times the root of time; the strike nearest to spot says the vol, call and put in the mean."""
    rows = [Option("call", 101.0, 1.0, 0.30, 0.25), Option("put", 101.0, 1.0, 0.20, 0.25)]
    rows += [Option("put", 90.0, 1.0, 0.50, 0.25), Option("call", 110.0, 1.0, 0.10, 0.25)]
    listing = listing_of(rows)
    assert at_the_money_vol(listing, every(listing)) == pytest.approx(0.25, rel=1e-14)
    assert expected_move(listing, every(listing)) == pytest.approx(100.0 * 0.25 * 0.5, rel=1e-14)


@pytest.mark.parametrize("vol", [math.nan, 0.0, 1e-9, math.inf])
def test_a_vol_that_is_none_is_passed_over(vol: float) -> None:
    rows = [Option("call", 100.0, 1.0, vol, 0.25), Option("call", 108.0, 1.0, 0.3, 0.25)]
    listing = listing_of(rows)
    assert expected_move(listing, every(listing)) == pytest.approx(15.0, rel=1e-14)
    assert expected_move(listing, np.array([True, False])) is None


def test_expected_move_of_one_expiry() -> None:
    rows = [Option("call", 100.0, 1.0, 0.2, 0.04, 0), Option("call", 100.0, 1.0, 0.3, 0.25, 1)]
    listing = listing_of(rows)
    moves = [expected_move(listing, listing.expiry == number) for number in (0, 1)]
    assert moves == pytest.approx([4.0, 15.0], rel=1e-14)
    assert expected_move(listing, listing.expiry == 2) is None


def test_no_time_no_move() -> None:
    listing = listing_of([Option("call", 100.0, 1.0, 0.2, 0.0)])
    assert expected_move(listing, every(listing)) == 0.0


def test_expected_move_is_homogeneous() -> None:
    one, other = random_listing(1), random_listing(1, spot=4000.0)
    for number in range(4):
        near, far = (expected_move(listing, listing.expiry == number) for listing in (one, other))
        assert near is not None
        assert far == pytest.approx(40.0 * near, rel=1e-12)


# ---------------------------------------------------------------- largest gamma


def test_largest_gamma_does_not_net() -> None:
    strike = np.array([90.0, 100.0, 110.0])
    none = np.zeros(3)
    found = StrikeExposures(strike, np.array([1.0, 5.0, 0.0]), np.array([-1.0, -5.0, -7.0]), none, none)
    assert found.net.tolist() == [0.0, 0.0, -7.0]
    assert largest_gamma_strike(found, 100.0) == 100.0


def test_no_gamma_no_strike() -> None:
    listing = listing_of([Option("call", 100.0, 1.0)])
    assert largest_gamma_strike(by_strike(listing, np.zeros(1)), 100.0) is None
    assert largest_gamma_strike(by_strike(listing_of([]), np.zeros(0)), 100.0) is None
