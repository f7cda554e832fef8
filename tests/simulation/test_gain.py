"""The feedback gain over spot: the closed form of one strike, tipping levels where it is -1, later in the run too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, one_dealer

import simhedge as sh
from simhedge.simulation.gain import GainProfile
from simhedge.simulation.plan import Plan, prepare

VOLUME = 5.0e6  # shares a day
CONTRACTS = -300_000


def squeeze(**changes: Any) -> Plan:
    """A short strike 10% above the market; impact of one daily standard deviation for a day's volume."""
    impact = {"type": "kyle", "kyle_lambda": 0.6 / math.sqrt(252) * 100 / VOLUME, "form": "arithmetic"}
    call = {"kind": "call", "strike": 110.0, "expiry_days": 5, "contracts": CONTRACTS, "implied_vol": 0.6} | changes
    fundamental = {"type": "gbm", "drift": 0.0, "volatility": 0.6}
    tree = one_dealer(
        [call],
        POLICIES["continuous"],
        CLEARINGS["simultaneous"],
        days=5,
        steps_per_day=78,
        paths=64,
        fundamental=fundamental,
        impact=impact,
        record=None,
    )
    return prepare(sh.scenario_from_dict(tree))


def closed_form(spot: float, days_left: float) -> float:
    """kappa = Y (N/V) phi(d1) / sqrt(days to expiry), times spot at the start over spot (impact is fixed there)."""
    total_vol = 0.6 * math.sqrt(days_left / 252)
    d1 = math.log(spot / 110.0) / total_vol + 0.5 * total_vol
    density = math.exp(-0.5 * d1 * d1) / math.sqrt(2 * math.pi)
    return CONTRACTS * 100 / VOLUME * density / math.sqrt(days_left) * 100.0 / spot


def test_gain_of_one_strike_is_volume_over_root_of_days_left() -> None:
    profile = squeeze().gain
    assert profile.start_gain == pytest.approx(closed_form(100.0, 5.0), rel=1e-9)
    for elapsed, gain in [(0.0, profile.gain), *((later.elapsed_days, later.gain) for later in profile.later)]:
        expected = [closed_form(float(spot), 5.0 - elapsed) for spot in profile.spot]
        np.testing.assert_allclose(gain, expected, rtol=1e-9, atol=1e-12)
    assert [later.elapsed_days for later in profile.later] == [2.5, 4.5]


def test_tipping_levels_appear_as_expiry_comes_near() -> None:
    profile = squeeze().gain
    assert profile.tipping_levels == []
    levels, elapsed = profile.first_tipping_levels()
    assert elapsed == 2.5
    assert len(levels) == 2
    assert [closed_form(level, 2.5) for level in levels] == pytest.approx([-1.0, -1.0], abs=1e-6)


def test_a_dip_narrower_than_a_coarse_grid_is_found() -> None:
    """At an implied vol of 0.2% a standard deviation to expiry is 0.03% of spot."""
    profile = squeeze(implied_vol=0.002).gain
    assert profile.gain.min() < -1.0
    assert len(profile.tipping_levels) == 2


def test_profile_survives_json() -> None:
    profile = squeeze().gain
    again = GainProfile.from_json(profile.as_json())
    np.testing.assert_array_equal(again.gain, profile.gain)
    assert again.first_tipping_levels() == profile.first_tipping_levels()
    assert [later.elapsed_days for later in again.later] == [2.5, 4.5]


def test_books_without_options_have_the_same_gain_everywhere() -> None:
    book = [{"kind": "constant_gamma", "gamma": 1.0e5}]
    tree = one_dealer(book, POLICIES["continuous"], CLEARINGS["lagged"], paths=2, record=None)
    profile = prepare(sh.scenario_from_dict(tree)).gain
    assert profile.later == []
    np.testing.assert_allclose(profile.gain, profile.start_gain)
