"""The profile over spots and its roots: closed forms, symmetries, and a brute-force grid as oracle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listings import Option, crossings_of, exposure_of, listing_of, random_listing, reordered, usual
from numpy.typing import NDArray

from simhedge.book import Listing
from simhedge.levels.positions import positions
from simhedge.levels.profile import Profile, gamma_at, net_gamma, profile, sign_changes

Floats = NDArray[np.float64]
TWENTY_MINUTES = 20.0 / (365.0 * 24.0 * 60.0)


def profile_of(
    listing: Listing, share: Floats | None = None, rate: float = 0.0, dividend_yield: float = 0.0
) -> Profile:
    held = usual(listing) if share is None else share
    return profile(positions(listing, held, rate, dividend_yield), listing.spot)


def roots_of(listing: Listing, share: Floats | None = None, rate: float = 0.0, dividend_yield: float = 0.0) -> Floats:
    return np.array([root.spot for root in profile_of(listing, share, rate, dividend_yield).roots])


def brute_roots(listing: Listing, share: Floats, points: int = 200_001) -> Floats:
    """Crossings on a grid so fine that nothing hides, where the exposure is more than 1e-9 of its largest."""
    spots = np.linspace(0.5 * listing.spot, 1.5 * listing.spot, points)
    net = np.zeros(points)
    shares = share * listing.open_interest * listing.multiplier
    for n in range(listing.strike.size):
        deviation = listing.implied_vol[n] * math.sqrt(listing.time_to_expiry[n])
        d1 = np.log(spots / listing.strike[n]) / deviation + 0.5 * deviation
        net += shares[n] / deviation * np.exp(-0.5 * d1 * d1) * spots
    seen = np.abs(net) > 1e-9 * np.abs(net).max()
    return np.array(crossings_of(spots[seen], net[seen]))


# ---------------------------------------------------------------- the curve


@pytest.mark.parametrize(("rate", "dividend_yield"), [(0.0, 0.0), (0.05, 0.01)])
def test_curve_is_the_sum_of_repriced_gammas(rate: float, dividend_yield: float) -> None:
    listing = random_listing(1)
    found = profile_of(listing, None, rate, dividend_yield)
    at = np.arange(0, found.spot.size, 25)
    expected = exposure_of(listing, usual(listing), found.spot[at], rate, dividend_yield)
    np.testing.assert_allclose(found.net[at], expected, rtol=0.0, atol=1e-12 * np.abs(expected).max() * 200)


def test_curve_adds_up_over_expiries() -> None:
    listing = random_listing(2)
    found = profile_of(listing)
    assert found.by_expiry.shape == (4, found.spot.size)
    size = np.abs(found.by_expiry).sum(axis=0).max()
    np.testing.assert_allclose(found.by_expiry.sum(axis=0), found.net, rtol=0.0, atol=1e-13 * size)
    for number in range(4):
        own = reordered(listing, np.flatnonzero(listing.expiry == number))
        at = found.spot[::40]
        expected = exposure_of(own, usual(own), at)
        np.testing.assert_allclose(found.by_expiry[number, ::40], expected, rtol=0.0, atol=1e-12 * size)


def test_grid_ascends_from_half_to_one_and_a_half_of_spot() -> None:
    found = profile_of(random_listing(3, spot=4000.0))
    assert (found.spot[0], found.spot[-1]) == pytest.approx((2000.0, 6000.0), rel=1e-14)
    assert (np.diff(found.spot) > 0.0).all()
    assert found.spot.size > 600
    assert found.net.shape == found.spot.shape


def test_gamma_at_one_spot() -> None:
    listing = random_listing(4)
    held = positions(listing, usual(listing), 0.03, 0.01)
    expected = exposure_of(listing, usual(listing), np.array([93.0]), 0.03, 0.01)[0] / 93.0**2 * 100.0
    assert gamma_at(held, 93.0) == pytest.approx(expected, rel=1e-11)
    assert net_gamma(held, np.array([93.0])).sum() == pytest.approx(expected, rel=1e-11)


def test_rows_without_vol_or_time_are_not_in_the_profile() -> None:
    known = [Option("call", 105.0, 10.0), Option("put", 95.0, 10.0)]
    vols = [math.nan, 0.0, 1e-9, math.inf]
    unknown = [Option("call", 100.0, 1e6, vol) for vol in vols] + [Option("put", 100.0, 1e6, 0.2, 0.0)]
    mixed, alone = listing_of(known + unknown), listing_of(known)
    assert positions(mixed, usual(mixed)).row.tolist() == [0, 1]
    assert roots_of(mixed) == pytest.approx(roots_of(alone), rel=1e-14)


def test_a_forward_the_vendor_tells_takes_the_place_of_the_yield() -> None:
    listing = random_listing(5, years=(0.1, 0.1))
    forward = replace(listing, log_forward=np.full(200, (0.04 - 0.015) * 0.1))
    assert roots_of(forward, None, 0.04, 0.3) == pytest.approx(roots_of(listing, None, 0.04, 0.015), rel=2e-9)


# ---------------------------------------------------------------- roots in closed form


def two_strikes(first: float, second: float, interest: tuple[float, float], vol: float, years: float) -> Listing:
    rows = [Option("call", first, interest[0], vol, years), Option("put", second, interest[1], vol, years)]
    return listing_of(rows)


@pytest.mark.parametrize("kind", ["call", "put"])
def test_one_contract_has_no_root(kind: str) -> None:
    assert profile_of(listing_of([Option(kind, 101.0, 10.0)])).roots == ()


@pytest.mark.parametrize("years", [TWENTY_MINUTES, 0.01, 0.5])
@pytest.mark.parametrize(("rate", "dividend_yield"), [(0.0, 0.0), (0.05, 0.01), (0.0, 0.08)])
@pytest.mark.parametrize("ratio", [1.0, 1.7, 0.2])
def test_two_strikes(years: float, rate: float, dividend_yield: float, ratio: float) -> None:
    """Long N1 at K1, short N2 at K2, one vol: ln S = ln(K1 K2)/2 - (r - q + v^2/2) T + v^2 T ln(N1/N2) / ln(K2/K1)."""
    vol, low, high = 0.25, 99.5, 100.5
    listing = two_strikes(low, high, (1000.0 * ratio, 1000.0), vol, years)
    shift = vol**2 * years * math.log(ratio) / math.log(high / low)
    level = math.sqrt(low * high) * math.exp(-(rate - dividend_yield + 0.5 * vol**2) * years + shift)
    found = roots_of(listing, None, rate, dividend_yield)
    assert found == pytest.approx([level] if 50.0 < level < 150.0 else [], rel=2e-9)


def test_slope_says_which_side_is_long() -> None:
    """Long below and short above: the exposure falls; the other way round it rises by as much."""
    falling = profile_of(two_strikes(95.0, 105.0, (10.0, 10.0), 0.2, 0.1)).roots[0]
    rising = profile_of(two_strikes(105.0, 95.0, (10.0, 10.0), 0.2, 0.1)).roots[0]
    assert falling.spot == pytest.approx(rising.spot, rel=1e-12)
    assert falling.slope < 0.0 < rising.slope
    assert rising.slope == pytest.approx(-falling.slope, rel=1e-6)


def test_calendar_has_two_roots() -> None:
    """One strike, long near and short far: (ln S/K)^2 (1/s1^2 - 1/s2^2) = 2 ln(N1 s2 / (N2 s1)) + (s2^2 - s1^2) / 4.

    s is vol * sqrt(T); gamma of the near option wins between the two roots.
    """
    near, far, vol = 0.02, 0.2, 0.3
    listing = listing_of([Option("call", 100.0, 10.0, vol, near, 0), Option("put", 100.0, 10.0, vol, far, 1)])
    s1, s2 = vol * math.sqrt(near), vol * math.sqrt(far)
    square = (2.0 * math.log(s2 / s1) + 0.25 * (s2**2 - s1**2)) / (1.0 / s1**2 - 1.0 / s2**2)
    expected = [100.0 * math.exp(-math.sqrt(square)), 100.0 * math.exp(math.sqrt(square))]
    found = profile_of(listing).roots
    assert [root.spot for root in found] == pytest.approx(expected, rel=2e-9)
    assert found[0].slope > 0.0 > found[1].slope


@pytest.mark.parametrize("seed", range(3))
def test_slope_is_that_of_the_curve(seed: int) -> None:
    listing = random_listing(seed, count=30, years=(0.02, 0.08, 0.25))
    for root in profile_of(listing).roots:
        step = 1e-4 * root.spot
        ends = exposure_of(listing, usual(listing), np.array([root.spot - step, root.spot + step]))
        curve = exposure_of(listing, usual(listing), np.linspace(90.0, 110.0, 21))
        assert root.slope == pytest.approx((ends[1] - ends[0]) / (2.0 * step), rel=1e-3, abs=1e-6 * np.ptp(curve))
        assert exposure_of(listing, usual(listing), np.array([root.spot]))[0] == pytest.approx(
            0.0, abs=1e-8 * np.abs(curve).max()
        )


# ---------------------------------------------------------------- roots by brute force


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), years=st.sampled_from([TWENTY_MINUTES, 1e-4, 0.003, 0.05]))
def test_no_root_is_missed_or_made_up(seed: int, years: float) -> None:
    """Against 200,001 spots, on chains that may hold options with twenty minutes to live: within 1e-4 of spot."""
    listing = random_listing(seed, count=24, years=(years, 0.06, 0.3))
    expected = brute_roots(listing, usual(listing))
    found = roots_of(listing)
    assert found.size == expected.size
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-4 * listing.spot)


def test_halving_the_grid_moves_no_root() -> None:
    """The roots of the grid itself, by linear interpolation, on every other point and on all of them."""
    listing = random_listing(11, count=40, years=(TWENTY_MINUTES, 0.06, 0.3))
    found = profile_of(listing)
    fine, coarse = crossings_of(found.spot, found.net), crossings_of(found.spot[::2], found.net[::2])
    assert len(fine) == len(coarse) == len(found.roots)
    assert np.abs(np.array(fine) - np.array(coarse)).max() < 3e-4 * listing.spot
    exact = np.array([root.spot for root in found.roots])
    np.testing.assert_allclose(fine, exact, rtol=0.0, atol=1e-4 * listing.spot)


# ---------------------------------------------------------------- symmetries


@pytest.mark.parametrize("seed", range(3))
def test_other_side_same_roots(seed: int) -> None:
    listing = random_listing(seed, count=60)
    one, other = profile_of(listing), profile_of(listing, -usual(listing))
    assert (other.net == -one.net).all()
    assert [root.spot for root in other.roots] == [root.spot for root in one.roots]
    assert [root.slope for root in other.roots] == [-root.slope for root in one.roots]


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    listing = random_listing(seed, count=60)
    shuffled = reordered(listing, np.random.default_rng(seed).permutation(60))
    assert roots_of(shuffled) == pytest.approx(roots_of(listing), rel=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 1000.0])
def test_more_of_everything_moves_no_root(factor: float) -> None:
    listing = random_listing(5, count=60)
    more = replace(listing, open_interest=factor * listing.open_interest)
    one, other = profile_of(listing), profile_of(more)
    np.testing.assert_allclose(other.net, factor * one.net, rtol=1e-9, atol=1e-9 * factor * np.abs(one.net).max())
    assert [r.spot for r in other.roots] == pytest.approx([r.spot for r in one.roots], rel=1e-9)


@pytest.mark.parametrize("factor", [1e-4, 37.5])
def test_homogeneous_in_spot_and_strike(factor: float) -> None:
    """Prices in another currency: roots scale with the price, and so does the exposure in that currency."""
    one = profile_of(random_listing(6, count=60))
    other = profile_of(random_listing(6, count=60, spot=100.0 * factor))
    assert [r.spot for r in other.roots] == pytest.approx([factor * r.spot for r in one.roots], rel=1e-9)
    np.testing.assert_allclose(other.net, factor * one.net, rtol=0.0, atol=1e-10 * factor * np.abs(one.net).max())


# ---------------------------------------------------------------- nothing to find


def test_no_options_no_roots() -> None:
    found = profile_of(listing_of([]))
    assert found.roots == ()
    assert (found.net == 0.0).all()


def test_nobody_holds_anything() -> None:
    listing = random_listing(7)
    found = profile_of(listing, np.zeros(200))
    assert found.roots == ()
    assert (found.net == 0.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_legs_that_cancel_have_no_roots(seed: int) -> None:
    """Calls and puts of equal terms and interest: what is left is rounding, and rounding has no zero gamma."""
    random = np.random.default_rng(seed)
    terms = zip(
        random.uniform(60.0, 140.0, 30), random.integers(1, 5000, 30), random.uniform(0.1, 0.5, 30), strict=True
    )
    rows = [Option("call", strike, float(interest), vol) for strike, interest, vol in terms]
    listing = listing_of(rows + [row._replace(kind="put") for row in rows])
    assert profile_of(listing).roots == ()


@pytest.mark.parametrize("years", [1e-6, 1e-9])
def test_root_of_a_dead_zone_is_in_its_middle(years: float) -> None:
    """Seconds before expiry nothing is left between the strikes: a root there, whoever is long, half way."""
    listing = listing_of([Option("call", 101.0, 10.0, 0.2, years), Option("put", 99.0, 10.0, 0.2, years)])
    one, other = roots_of(listing), roots_of(listing, -usual(listing))
    assert one == pytest.approx([100.0], abs=0.05)
    assert other == pytest.approx(one, rel=1e-9)


def test_equal_strikes_of_two_settlements_add_up() -> None:
    """The same strike twice (opening and closing settlement of one date) is two options, not one."""
    twice = listing_of([Option("call", 95.0, 10.0), Option("call", 95.0, 30.0), Option("put", 105.0, 40.0)])
    once = listing_of([Option("call", 95.0, 40.0), Option("put", 105.0, 40.0)])
    assert roots_of(twice) == pytest.approx(roots_of(once), rel=1e-12)


# ---------------------------------------------------------------- changes of sign


def test_sign_changes_interpolate() -> None:
    x = np.array([1.0, 2.0, 4.0, 5.0])
    assert sign_changes(x, np.array([-1.0, 3.0, -1.0, -2.0])) == pytest.approx([1.25, 3.5])
    assert sign_changes(x, np.array([1.0, 2.0, 3.0, 4.0])) == []


def test_zeros_between_two_signs_are_one_change_in_their_middle() -> None:
    x = np.array([1.0, 2.0, 4.0, 5.0])
    assert sign_changes(x, np.array([-1.0, 0.0, 0.0, 2.0])) == [3.0]
    assert sign_changes(x, np.array([-1.0, 0.0, 2.0, 2.0])) == [2.0]
    assert sign_changes(x, np.array([-1.0, 0.0, -2.0, -2.0])) == []


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0, 1.0]])
def test_zeros_alone_are_no_change(values: list[float]) -> None:
    assert sign_changes(np.array([1.0, 2.0, 3.0]), np.array(values)) == []
    assert sign_changes(np.empty(0), np.empty(0)) == []


@settings(max_examples=50, deadline=None, derandomize=True)
@given(values=st.lists(st.integers(-3, 3).filter(lambda n: n != 0), min_size=1, max_size=20))
def test_sign_changes_by_formula(values: list[int]) -> None:
    x, y = np.square(np.arange(float(len(values)))), np.array(values, dtype=np.float64)
    assert sign_changes(x, y) == pytest.approx(crossings_of(x, y), rel=1e-12)
