"""The feedback gain over spot: its calibration, the levels where it is -1, and where it cannot be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listings import Option, exposure_of, listing_of, random_listing, usual
from scipy.optimize import brentq
from scipy.stats import norm

from simhedge.book import Listing
from simhedge.errors import InputError
from simhedge.levels import Conventions, Impact, Levels, levels_of
from simhedge.levels.feedback import Feedback, crossings
from simhedge.levels.profile import gamma_at

IMPACT = Impact(adv_notional=2e6, daily_vol=0.012, coefficient=1.3)


def levels_with(listing: Listing, impact: Impact = IMPACT) -> Levels:
    return levels_of(listing, Conventions(definitions=()), impact=impact)


def gain_of(listing: Listing, impact: Impact = IMPACT) -> Feedback:
    found = levels_with(listing, impact).feedback
    assert found is not None
    return found


def gain_by_formula(listing: Listing, price: float, impact: Impact = IMPACT) -> float:
    """Lambda = Y sigma_D S / V fixed at the listing's spot, V = ADV / S shares; times net gamma at the price."""
    shares_a_day = impact.adv_notional / listing.spot
    kyle_lambda = impact.coefficient * impact.daily_vol * listing.spot / shares_a_day
    gamma = exposure_of(listing, usual(listing), np.array([price]))[0] / price**2 * 100.0
    return float(kyle_lambda * gamma)


def short_puts(interest: float = 4000.0, years: float = 0.05) -> Listing:
    return listing_of([Option("put", 95.0, interest, 0.25, years)])


# ---------------------------------------------------------------- calibration


def test_kyle_lambda() -> None:
    """A day's volume moves the price by `coefficient` daily standard deviations."""
    shares_a_day = IMPACT.adv_notional / 80.0
    assert IMPACT.kyle_lambda(80.0) * shares_a_day == pytest.approx(1.3 * 0.012 * 80.0, rel=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_gain_is_exposure_over_volume(seed: int) -> None:
    """kappa = Y (sigma_D / 0.01) GEX / ADV, GEX in $ per 1%."""
    found = levels_with(random_listing(seed))
    net = found.exposure_legs()["gamma"].net
    assert found.feedback is not None
    expected = IMPACT.coefficient * (IMPACT.daily_vol / 0.01) * net / IMPACT.adv_notional
    assert found.feedback.gain_at_spot == pytest.approx(expected, rel=1e-10)


def test_gain_of_one_strike_does_not_know_price_or_vol() -> None:
    """kappa = Y (N / V) phi(d1) / sqrt(tau_d) where the implied vol is the realised one."""
    daily_vol, tau = 0.012, 8.0
    vol = daily_vol * math.sqrt(252.0)
    listing = listing_of([Option("call", 103.0, 500.0, vol, tau / 252.0)])
    d1 = math.log(100.0 / 103.0) / (daily_vol * math.sqrt(tau)) + 0.5 * daily_vol * math.sqrt(tau)
    volume = IMPACT.adv_notional / 100.0
    expected = IMPACT.coefficient * 50_000.0 / volume * norm.pdf(d1) / math.sqrt(tau)
    assert gain_of(listing, IMPACT._replace(daily_vol=daily_vol)).gain_at_spot == pytest.approx(expected, rel=1e-10)


def test_gain_over_spot() -> None:
    listing = random_listing(4)
    found = gain_of(listing)
    for k in range(0, found.spot.size, found.spot.size // 7):
        size = float(np.abs(found.gain).max())
        expected = gain_by_formula(listing, float(found.spot[k]))
        assert found.gain[k] == pytest.approx(expected, rel=1e-9, abs=1e-12 * size)
    assert found.gain_min == found.gain.min()
    assert found.gain[found.spot == found.gain_min_spot] == found.gain_min
    assert found.gain_min <= found.gain_at_spot + 1e-12


def test_least_gain_is_near_that_of_the_curve() -> None:
    """One short strike: gamma is largest at K exp(-(r - q) T - 3/2 v^2 T); the grid comes within 1%."""
    for years in (4e-5, 0.01, 0.3):
        listing = short_puts(years=years)
        place = 95.0 * math.exp(-1.5 * 0.25**2 * years)
        found = gain_of(listing)
        assert found.gain_min == pytest.approx(gain_by_formula(listing, place), rel=0.01)
        assert found.gain_min_spot == pytest.approx(place, rel=0.25 * 0.25 * math.sqrt(years) + 2e-3)


def test_gain_is_linear_in_the_impact() -> None:
    listing = random_listing(5)
    one = gain_of(listing)
    for other in (
        IMPACT._replace(coefficient=2.6),
        IMPACT._replace(adv_notional=1e6),
        IMPACT._replace(daily_vol=0.024),
    ):
        np.testing.assert_allclose(gain_of(listing, other).gain, 2.0 * one.gain, rtol=1e-12)


# ---------------------------------------------------------------- tipping levels


def test_tipping_levels_of_one_short_strike() -> None:
    """Two prices, on either side of the strike, where lambda times gamma is -1: against a solver of our own formula."""
    listing = short_puts()
    found = gain_of(listing)
    peak = 95.0 * math.exp(-1.5 * 0.25**2 * 0.05)
    assert gain_by_formula(listing, peak) < -1.0
    expected = [
        brentq(lambda price: gain_by_formula(listing, price) + 1.0, *ends, xtol=1e-12)
        for ends in ((60.0, peak), (peak, 140.0))
    ]
    assert found.tipping_levels == pytest.approx(expected, rel=1e-8)
    assert found.distances == pytest.approx([(level / 100.0 - 1.0) / 0.012 for level in expected], rel=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), adv=st.floats(1e4, 1e8))
def test_gain_is_minus_one_at_every_tipping_level(seed: int, adv: float) -> None:
    listing, impact = random_listing(seed, count=30, years=(0.004, 0.05, 0.2)), IMPACT._replace(adv_notional=adv)
    found = gain_of(listing, impact)
    for level in found.tipping_levels:
        step = 1e-7 * level
        slope = (gain_by_formula(listing, level + step, impact) - gain_by_formula(listing, level - step, impact)) / step
        assert gain_by_formula(listing, level, impact) == pytest.approx(-1.0, abs=1e-6 + abs(slope) * 1e-6)
    assert (found.gain_min <= -1.0) == bool(found.tipping_levels)
    assert list(found.tipping_levels) == sorted(found.tipping_levels)


def test_no_tipping_where_dealers_are_long() -> None:
    found = gain_of(listing_of([Option("call", 100.0, 1e6)]), Impact(1e2, 0.01))
    assert found.tipping_levels == ()
    assert found.distances == ()
    assert found.gain_at_spot > 1e6
    assert found.gain_min >= 0.0


def test_weak_impact_never_tips() -> None:
    assert gain_of(short_puts(), Impact(1e15, 0.01)).tipping_levels == ()


def test_less_volume_widens_the_gap() -> None:
    wide, narrow = (gain_of(short_puts(), IMPACT._replace(adv_notional=adv)).tipping_levels for adv in (1e4, 2e6))
    assert wide[0] < narrow[0] < 95.0 < narrow[1] < wide[1]


def test_infinite_feedback_is_finite_numbers() -> None:
    found = gain_of(short_puts(), Impact(1e-6, 0.01))
    assert np.isfinite(found.gain).all()
    assert np.isfinite(found.tipping_levels).all()


@pytest.mark.parametrize("seed", range(40))
def test_a_gain_of_minus_one_at_spot_itself(seed: int) -> None:
    """Spot is a point of the grid: the level is there, or beside it, and nothing breaks on the last digit."""
    listing = random_listing(seed, count=8, years=(0.01, 0.05))
    gamma = gamma_at(levels_with(listing).positions, 100.0)
    share = replace(listing, is_call=~listing.is_call) if gamma > 0.0 else listing
    for adv in (abs(gamma) * 0.01 * 1e4, abs(gamma) * 0.01 * 1e4 * (1.0 + 1e-16)):
        found = gain_of(share, Impact(adv, 0.01))
        assert found.gain_at_spot == pytest.approx(-1.0, rel=1e-12)
        assert min((abs(level - 100.0) for level in found.tipping_levels), default=1.0) < 1e-6


def test_homogeneous_in_spot_and_strike() -> None:
    """Another currency, volume in it too: the same gain, the same distances."""
    one, other = gain_of(random_listing(6)), gain_of(random_listing(6, spot=0.01), IMPACT._replace(adv_notional=2e2))
    np.testing.assert_allclose(other.gain, one.gain, rtol=0.0, atol=1e-10 * np.abs(one.gain).max())
    assert other.distances == pytest.approx(one.distances, rel=1e-6, abs=1e-6)


def test_crossings_by_hand() -> None:
    grid = np.linspace(0.0, 3.0, 7)
    found = crossings(grid, np.cos(grid * math.pi), -0.5, lambda x: math.cos(x * math.pi))
    assert found == pytest.approx([2.0 / 3.0, 4.0 / 3.0, 8.0 / 3.0], rel=1e-8)
    assert crossings(grid, np.zeros(7), -1.0, lambda x: 0.0) == ()
    assert crossings(grid, np.full(7, -2.0), -1.0, lambda x: -2.0) == ()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("key", ["adv_notional", "daily_vol", "coefficient"])
def test_impact_that_is_none(key: str, value: float) -> None:
    with pytest.raises(InputError) as told:
        gain_of(short_puts(), IMPACT._replace(**{key: value}))
    assert told.value.key == key


def test_without_an_impact_model_there_is_no_gain() -> None:
    found = levels_of(short_puts(), Conventions(definitions=()))
    assert found.feedback is None
    assert found.as_json()["feedback"] == {"gain_at_spot": None, "gain_min": None, "tipping_levels": []}


def test_as_json() -> None:
    found = levels_with(short_puts())
    told = found.as_json()["feedback"]
    assert found.feedback is not None
    assert told["tipping_levels"] == list(found.feedback.tipping_levels)
    assert told["tipping_distances"] == list(found.feedback.distances)
    assert told["gain_min"] == found.feedback.gain_min
    assert told["impact"] == {"adv_notional": 2e6, "daily_vol": 0.012, "coefficient": 1.3}
