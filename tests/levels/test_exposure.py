"""Exposures of the dealers' side: units and signs against the textbook formulas, and what sums to what."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from listings import Option, d_one, listing_of, random_listing, reordered, usual
from numpy.typing import NDArray
from scipy.stats import norm

from simhedge.book import Listing
from simhedge.levels.exposure import (
    Exposures,
    GammaSource,
    by_expiry,
    by_strike,
    by_strike_and_expiry,
    exposures,
    legs,
    summed_by,
)
from simhedge.levels.positions import positions
from simhedge.levels.units import GAMMA_UNITS, gamma_factor

Floats = NDArray[np.float64]
NAMES = ("gamma", "delta", "vanna", "charm")


def exposures_of(
    listing: Listing,
    source: GammaSource = "model",
    share: Floats | None = None,
    rates: tuple[float, float] = (0.0, 0.0),
    days_per_year: float = 365.0,
) -> Exposures:
    held = usual(listing) if share is None else share
    return exposures(listing, held, positions(listing, held, *rates), source, days_per_year)


# ---------------------------------------------------------------- units and signs


@pytest.mark.parametrize("days_per_year", [365.0, 252.0])
def test_model_by_formula(days_per_year: float) -> None:
    """Gamma $ per 1%, delta $, vanna $ of delta per vol point, charm $ of delta per day that passes."""
    listing, rate, q = random_listing(1, spot=80.0), 0.04, 0.015
    spot, t = listing.spot, listing.time_to_expiry
    d1, deviation = (x[:, 0] for x in d_one(listing, np.array([spot]), rate, q))
    d2, growth, side = d1 - deviation, np.exp(-q * t), usual(listing)
    shares = side * listing.open_interest * listing.multiplier
    pull = (2.0 * (rate - q) * t - d2 * deviation) / (2.0 * t * deviation)
    expected = {
        "gamma": shares * growth * norm.pdf(d1) / (spot * deviation) * spot**2 / 100.0,
        "delta": shares * side * growth * norm.cdf(side * d1) * spot,
        "vanna": shares * -growth * norm.pdf(d1) * d2 / listing.implied_vol * spot / 100.0,
        "charm": shares * growth * (side * q * norm.cdf(side * d1) - norm.pdf(d1) * pull) * spot / days_per_year,
    }
    found = exposures_of(listing, "model", None, (rate, q), days_per_year)
    for name in NAMES:
        size = np.abs(expected[name]).max()
        np.testing.assert_allclose(getattr(found, name), expected[name], rtol=1e-10, atol=1e-12 * size)
    assert found.used.all()


def test_dealers_long_calls_and_short_puts_are_long_delta() -> None:
    listing = listing_of([Option("call", 100.0, 1.0), Option("put", 100.0, 1.0)])
    found = exposures_of(listing)
    assert found.gamma[0] > 0.0 > found.gamma[1]
    assert (found.delta > 0.0).all()


def test_gamma_is_the_change_of_delta() -> None:
    """$ of stock to trade when the price moves by 1%: the shares that delta moves by, at the price."""
    rows = [Option("call", 100.0, 50.0, 0.3, 0.5), Option("put", 90.0, 70.0, 0.4, 0.5)]
    listing = listing_of(rows)
    step = 1e-3
    up, down = (exposures_of(replace(listing, spot=100.0 * (1.0 + sign * step))) for sign in (1.0, -1.0))
    shares = up.delta / (100.0 * (1.0 + step)) - down.delta / (100.0 * (1.0 - step))
    assert exposures_of(listing).gamma == pytest.approx(shares / (2.0 * step) * 100.0 * 0.01, rel=1e-5)


def test_one_day_of_charm() -> None:
    listing = listing_of([Option("call", 105.0, 50.0, 0.3, 0.5)])
    half_a_day = 0.5 / 365.0
    later = exposures_of(replace(listing, time_to_expiry=np.array([0.5 - half_a_day]))).delta
    earlier = exposures_of(replace(listing, time_to_expiry=np.array([0.5 + half_a_day]))).delta
    assert exposures_of(listing).charm == pytest.approx(later - earlier, rel=1e-5)


def test_one_vol_point_of_vanna() -> None:
    listing = listing_of([Option("call", 105.0, 50.0, 0.3, 0.5)])
    up = exposures_of(replace(listing, implied_vol=np.array([0.305]))).delta
    down = exposures_of(replace(listing, implied_vol=np.array([0.295]))).delta
    assert exposures_of(listing).vanna == pytest.approx(up - down, rel=1e-3)


def test_units_of_gamma() -> None:
    assert GAMMA_UNITS == ("usd_per_1pct", "usd_per_point", "shares")
    factors = [gamma_factor(unit, 4000.0) for unit in GAMMA_UNITS]
    assert factors == pytest.approx([160_000.0, 4000.0, 1.0])


# ---------------------------------------------------------------- vendor's or model's


def test_vendor_gamma_and_delta_as_shown() -> None:
    listing = random_listing(2, with_holes=True)
    found, model = exposures_of(listing, "vendor"), exposures_of(listing, "model")
    shares = usual(listing) * listing.open_interest * listing.multiplier
    seen = ~np.isnan(listing.gamma)
    assert (found.used == seen).all()
    np.testing.assert_allclose(found.gamma[seen], (shares * listing.gamma * 100.0)[seen], rtol=1e-13)
    assert (found.gamma[~seen] == 0.0).all()
    told = ~np.isnan(listing.delta)
    np.testing.assert_allclose(found.delta[told], (shares * listing.delta * 100.0)[told], rtol=1e-13)
    np.testing.assert_array_equal(found.delta[~told], model.delta[~told])
    np.testing.assert_array_equal(found.vanna, model.vanna)
    np.testing.assert_array_equal(found.charm, model.charm)


def test_a_row_without_vol_adds_nothing_to_the_model_and_is_counted() -> None:
    vols = [0.2, 0.0, math.nan, 0.2]
    rows = [Option("call", 100.0, 10.0, vol) for vol in vols]
    listing = listing_of(rows, gamma=np.array([0.01, 0.02, math.nan, 0.0]))
    model = exposures_of(listing, "model")
    assert model.used.tolist() == [True, False, False, True]
    for name in NAMES:
        assert (getattr(model, name)[1:3] == 0.0).all()
    assert exposures_of(listing, "vendor").used.tolist() == [True, True, False, True]


def test_vendor_gamma_counts_where_the_model_has_nothing() -> None:
    listing = listing_of([Option("call", 100.0, 10.0, math.nan)], gamma=np.array([0.02]))
    assert exposures_of(listing, "vendor").gamma == pytest.approx([0.02 * 1000.0 * 100.0])


def test_nothing_is_infinite_for_options_that_expire() -> None:
    rows = [Option("call", 100.0, 10.0, 0.2, years) for years in (0.0, 1e-12, 1e-6)]
    rows += [Option("put", 100.0, 10.0, vol, 0.1) for vol in (1e-9, 1e-5, 50.0)]
    found = exposures_of(listing_of(rows))
    assert all(np.isfinite(getattr(found, name)).all() for name in NAMES)
    assert found.gamma[0] == 0.0


def test_no_rows() -> None:
    found = exposures_of(listing_of([]))
    assert all(getattr(found, name).shape == (0,) for name in NAMES)
    assert legs(listing_of([]), found.gamma) == (0.0, 0.0, 0.0)


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("source", ["model", "vendor"])
def test_other_side_mirrors_everything(source: GammaSource) -> None:
    listing = random_listing(3, with_holes=True)
    one, other = exposures_of(listing, source), exposures_of(listing, source, -usual(listing))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(other, name), -getattr(one, name))


def test_linear_in_the_share_and_in_the_interest() -> None:
    listing = random_listing(4)
    share = np.random.default_rng(0).uniform(-1.0, 1.0, 200)
    more = replace(listing, open_interest=3.0 * listing.open_interest)
    for name in NAMES:
        whole = getattr(exposures_of(listing, share=np.ones(200)), name)
        np.testing.assert_allclose(getattr(exposures_of(listing, share=share), name), share * whole, rtol=1e-13)
        np.testing.assert_allclose(getattr(exposures_of(more, share=np.ones(200)), name), 3.0 * whole, rtol=1e-13)


def test_row_by_row_whatever_the_order() -> None:
    listing, order = random_listing(5, with_holes=True), np.random.default_rng(5).permutation(200)
    one, other = exposures_of(listing, "vendor"), exposures_of(reordered(listing, order), "vendor")
    for name in NAMES:
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[order], rtol=1e-12)


@pytest.mark.parametrize("factor", [1e-4, 37.5])
def test_homogeneous_in_spot_and_strike(factor: float) -> None:
    """All four are amounts of money: in another currency they scale with it."""
    one, other = exposures_of(random_listing(6)), exposures_of(random_listing(6, spot=100.0 * factor))
    for name in NAMES:
        size = factor * np.abs(getattr(one, name)).max()
        np.testing.assert_allclose(getattr(other, name), factor * getattr(one, name), rtol=1e-9, atol=1e-12 * size)


# ---------------------------------------------------------------- sums


def test_legs_are_those_of_calls_and_puts() -> None:
    listing = random_listing(7)
    gamma = exposures_of(listing).gamma
    found = legs(listing, gamma)
    assert found.calls == pytest.approx(gamma[listing.is_call].sum(), rel=1e-12)
    assert found.puts == pytest.approx(gamma[~listing.is_call].sum(), rel=1e-12)
    assert found.net == found.calls + found.puts
    assert found.calls > 0.0 > found.puts


def test_by_strike_row_by_row() -> None:
    listing = random_listing(8)
    gamma = exposures_of(listing).gamma
    found = by_strike(listing, gamma)
    assert found.strike.tolist() == sorted(set(listing.strike.tolist()))
    for k, strike in enumerate(found.strike):
        here = listing.strike == strike
        assert found.calls[k] == pytest.approx(gamma[here & listing.is_call].sum(), rel=1e-12)
        assert found.puts[k] == pytest.approx(gamma[here & ~listing.is_call].sum(), rel=1e-12)
        assert found.net[k] == pytest.approx(gamma[here].sum(), rel=1e-9)
        assert found.call_interest[k] == listing.open_interest[here & listing.is_call].sum()
        assert found.put_interest[k] == listing.open_interest[here & ~listing.is_call].sum()


def test_by_strike_of_some_rows() -> None:
    listing = random_listing(9)
    gamma, rows = exposures_of(listing).gamma, listing.expiry == 2
    some = replace(reordered(listing, np.flatnonzero(rows)), listed_strikes=np.unique(listing.strike[rows]))
    for found, expected in zip(by_strike(listing, gamma, rows), by_strike(some, gamma[rows]), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_sums_by_expiry_and_by_both_add_up_to_the_total() -> None:
    listing = random_listing(10)
    gamma = exposures_of(listing).gamma
    calls, puts = by_expiry(listing, gamma)
    assert calls.sum() == pytest.approx(legs(listing, gamma).calls, rel=1e-12)
    assert puts.sum() == pytest.approx(legs(listing, gamma).puts, rel=1e-12)
    strike, both = by_strike_and_expiry(listing, gamma)
    size = np.abs(gamma).max()
    assert both.shape == (4, strike.size)
    np.testing.assert_allclose(both.sum(axis=1), calls + puts, rtol=0.0, atol=1e-11 * size)
    np.testing.assert_allclose(both.sum(axis=0), by_strike(listing, gamma).net, rtol=0.0, atol=1e-11 * size)
    for number in range(4):
        rows = listing.expiry == number
        assert calls[number] == pytest.approx(gamma[rows & listing.is_call].sum(), rel=1e-12)
        assert both[number, 3] == pytest.approx(gamma[rows & (listing.strike == strike[3])].sum(), rel=1e-9)


def test_an_expiry_without_rows_is_zero() -> None:
    listing = listing_of([Option("call", 100.0, 10.0)], expiries=("2030-01-01", "2030-01-02"))
    gamma = exposures_of(listing).gamma
    assert by_expiry(listing, gamma)[0].tolist() == [gamma[0], 0.0]
    assert summed_by(np.empty(0, dtype=np.int64), np.empty(0), 3).tolist() == [0.0, 0.0, 0.0]


def test_the_model_prices_every_row_with_a_vol() -> None:
    listing = random_listing(11, with_holes=True)
    assert (exposures_of(listing).used == (listing.implied_vol > 0.0)).all()
    assert not exposures_of(listing).used.all()
