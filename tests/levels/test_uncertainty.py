"""Bands over random sign errors: none wrong, all wrong, the variance and the chances that follow by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from listings import Option, listing_of, random_listing, usual

from simhedge.book import Listing
from simhedge.levels import Conventions, Impact, Levels, Sign, SignErrors, levels_of
from simhedge.levels.uncertainty import Band, Uncertainty
from simhedge.levels.zero_gamma import ZERO_GAMMA_RULES, ZeroGammaRule

IMPACT = Impact(2e6, 0.012)
NAMES = ["net_gamma", "zero_gamma", "call_wall", "put_wall", "largest_gamma_strike"]
FOUR_SE = 4.0


def levels_with(listing: Listing, errors: SignErrors, impact: Impact | None = None, **own: Any) -> Levels:
    conventions = Conventions(definitions=())._replace(**own)
    return levels_of(listing, conventions, impact=impact, errors=errors)


def bands_of(listing: Listing, errors: SignErrors, impact: Impact | None = None, **own: Any) -> dict[str, Band]:
    found = levels_with(listing, errors, impact, **own).uncertainty
    assert found is not None
    return found.bands


def assert_at(band: Band, level: float | None, rel: float, within: float = 0.0) -> None:
    """All quantiles at the level, which every draw has; or no quantile, and no draw."""
    if level is None:
        assert band == Band(None, None, None, 1.0)
        return
    assert band.none == 0.0
    assert (band.low, band.median, band.high) == pytest.approx((level,) * 3, rel=rel, abs=within)


# ---------------------------------------------------------------- none wrong, all wrong


@pytest.mark.parametrize("seed", range(3))
def test_nobody_wrong(seed: int) -> None:
    listing = random_listing(seed, years=(0.02, 0.05, 0.1, 0.25))
    found = levels_with(listing, SignErrors(0.0, 5, 1), IMPACT)
    assert found.uncertainty is not None
    bands = found.uncertainty.bands
    assert list(bands) == [*NAMES, "gain_at_spot"]
    assert_at(bands["net_gamma"], found.exposure_legs()["gamma"].net, 1e-9)
    assert_at(bands["zero_gamma"], found.zero_gamma.headline, 0.0, within=1e-3 * listing.spot)
    assert_at(bands["call_wall"], found.walls.call, 0.0)
    assert_at(bands["put_wall"], found.walls.put, 0.0)
    assert_at(bands["largest_gamma_strike"], found.largest_gamma_strike, 0.0)
    assert found.feedback is not None
    assert_at(bands["gain_at_spot"], found.feedback.gain_at_spot, 1e-9)


@pytest.mark.parametrize("rule", ZERO_GAMMA_RULES)
def test_nobody_wrong_by_every_rule(rule: ZeroGammaRule) -> None:
    listing = random_listing(1, years=(0.02, 0.05, 0.1, 0.25))
    found = levels_with(listing, SignErrors(0.0, 2, 1), zero_gamma=rule)
    assert found.uncertainty is not None
    assert_at(found.uncertainty.bands["zero_gamma"], found.zero_gamma.headline, 0.0, within=1e-3 * listing.spot)


def test_nobody_wrong_minutes_before_expiry() -> None:
    """Also where the profile needs a grid far finer than a fixed one; spot need not be a point of it."""
    for seed in range(8):
        listing = random_listing(seed, count=40, years=(4e-6 * (1 + seed), 0.02, 0.1, 0.5))
        found = levels_with(listing, SignErrors(0.0, 2, 1), IMPACT)
        assert found.uncertainty is not None
        assert found.feedback is not None
        bands = found.uncertainty.bands
        assert_at(bands["zero_gamma"], found.zero_gamma.headline, 0.0, within=1e-3 * listing.spot)
        assert_at(bands["gain_at_spot"], found.feedback.gain_at_spot, 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_everybody_wrong_mirrors(seed: int) -> None:
    """Exposures change sign, roots and the walls by side stay, the walls by net change places."""
    listing = random_listing(seed)
    right, wrong = (bands_of(listing, SignErrors(p, 5, 1), IMPACT) for p in (0.0, 1.0))
    for name in ("net_gamma", "gain_at_spot"):
        assert_at(wrong[name], -(right[name].median or 0.0), 1e-12)
    for name in ("zero_gamma", "call_wall", "put_wall", "largest_gamma_strike"):
        assert wrong[name] == right[name]
    net_right, net_wrong = (bands_of(listing, SignErrors(p, 2, 1), walls="net_gamma") for p in (0.0, 1.0))
    assert net_wrong["call_wall"] == net_right["put_wall"]
    assert net_wrong["put_wall"] == net_right["call_wall"]


# ---------------------------------------------------------------- chances by hand


def test_one_contract_is_right_or_wrong() -> None:
    """Net gamma is g or -g; with 30% wrong the 5% quantile is -g, the others g."""
    listing = listing_of([Option("call", 105.0, 10.0)])
    found = levels_with(listing, SignErrors(0.3, 400, 7), walls="net_gamma")
    assert found.uncertainty is not None
    net, bands = found.exposure_legs()["gamma"].net, found.uncertainty.bands
    own = bands["net_gamma"]
    assert (own.low, own.median, own.high) == pytest.approx((-net, net, net), rel=1e-12)
    error = math.sqrt(0.3 * 0.7 / 400)
    assert bands["call_wall"].none == pytest.approx(0.3, abs=FOUR_SE * error)
    assert bands["put_wall"].none == pytest.approx(0.7, abs=FOUR_SE * error)
    assert (bands["call_wall"].median, bands["put_wall"].median) == (105.0, 105.0)
    assert bands["zero_gamma"] == Band(None, None, None, 1.0)


def test_two_strikes_cross_if_both_are_right_or_both_wrong() -> None:
    """A share 2 p (1 - p) of the draws has no root; all others have the same one."""
    p, draws = 0.2, 800
    listing = listing_of([Option("call", 105.0, 10.0), Option("put", 95.0, 10.0)])
    found = levels_with(listing, SignErrors(p, draws, 3))
    assert found.uncertainty is not None
    band, none = found.uncertainty.bands["zero_gamma"], 2.0 * p * (1.0 - p)
    assert band.none == pytest.approx(none, abs=FOUR_SE * math.sqrt(none * (1.0 - none) / draws))
    assert (band.low, band.high) == pytest.approx((found.zero_gamma.headline,) * 2, abs=1e-2)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5])
def test_mean_and_variance_of_net_gamma(p: float) -> None:
    """Mean (1 - 2p) sum g, variance 4 p (1 - p) sum g^2: read off the quantiles, which of 200 options are normal.

    The distance of the 5% and 95% quantiles of n normal draws has a relative standard error of 0.885 / sqrt(n), their
    median one of 1.2533 sd / sqrt(n).
    """
    draws = 1500
    listing = random_listing(2, count=200, years=(0.1, 0.2, 0.3, 0.4))
    found = levels_with(listing, SignErrors(p, draws, 11))
    assert found.uncertainty is not None
    gamma, band = found.exposure.gamma, found.uncertainty.bands["net_gamma"]
    assert band.low is not None
    assert band.median is not None
    assert band.high is not None
    sd = math.sqrt(4.0 * p * (1.0 - p) * float((gamma**2).sum()))
    tolerance = FOUR_SE * 0.885 / math.sqrt(draws) + 0.02
    assert (band.high - band.low) / (2.0 * 1.6448536) == pytest.approx(sd, rel=tolerance)
    middle = (1.0 - 2.0 * p) * float(gamma.sum())
    assert band.median == pytest.approx(middle, abs=(FOUR_SE * 1.2533 / math.sqrt(draws) + 0.03) * sd)


def test_gain_follows_net_gamma() -> None:
    """At spot the gain is the net exposure times a constant, draw by draw."""
    listing = random_listing(4)
    found = levels_with(listing, SignErrors(0.3, 200, 5), IMPACT)
    assert found.uncertainty is not None
    net, gain = found.uncertainty.bands["net_gamma"], found.uncertainty.bands["gain_at_spot"]
    factor = IMPACT.daily_vol / 0.01 / IMPACT.adv_notional
    for one, other in ((net.low, gain.low), (net.median, gain.median), (net.high, gain.high)):
        assert one is not None
        assert other == pytest.approx(factor * one, rel=1e-9)


def test_more_errors_wider_bands() -> None:
    listing = random_listing(5)
    widths = []
    for p in (0.0, 0.02, 0.1, 0.4):
        band = bands_of(listing, SignErrors(p, 100, 1))["net_gamma"]
        assert band.low is not None
        assert band.high is not None
        assert band.low <= band.high
        widths.append(band.high - band.low)
    assert widths == sorted(widths)
    assert widths[0] == pytest.approx(0.0, abs=1e-6 * widths[-1])


# ---------------------------------------------------------------- seeds and words


def test_seeds_reproduce() -> None:
    listing = random_listing(6)
    first, again, other = (bands_of(listing, SignErrors(0.2, 100, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first["net_gamma"] != other["net_gamma"]


def test_vendor_gamma_makes_the_bands_of_net_gamma() -> None:
    listing = random_listing(7)
    found = levels_with(listing, SignErrors(0.0, 2, 1), gamma="vendor")
    assert found.uncertainty is not None
    shares = usual(listing) * listing.open_interest * 100.0
    assert_at(found.uncertainty.bands["net_gamma"], float((shares * listing.gamma).sum() * 100.0), 1e-9)


def test_bands_of_another_sign() -> None:
    listing = random_listing(8)
    found = levels_of(
        listing, Conventions(definitions=(), sign=Sign.parse("calls=0.5,puts=0.25")), errors=SignErrors(0.0, 2, 1)
    )
    assert found.uncertainty is not None
    assert_at(found.uncertainty.bands["net_gamma"], found.exposure_legs()["gamma"].net, 1e-9)


def test_rows_without_vol_are_in_no_band() -> None:
    listing = random_listing(9, with_holes=True)
    found = levels_with(listing, SignErrors(0.5, 50, 1), IMPACT)
    assert found.uncertainty is not None
    for band in found.uncertainty.bands.values():
        assert all(math.isfinite(level) for level in (band.low, band.median, band.high) if level is not None)


@pytest.mark.parametrize("rows", [[], [Option("call", 100.0, 10.0, math.nan)]])
def test_nothing_priced(rows: list[Option]) -> None:
    bands = bands_of(listing_of(rows), SignErrors(0.5, 20, 1))
    assert (bands["net_gamma"].low, bands["net_gamma"].high) == (0.0, 0.0)
    for name in ("zero_gamma", "call_wall", "put_wall", "largest_gamma_strike"):
        assert bands[name] == Band(None, None, None, 1.0)


def test_as_json() -> None:
    found = levels_with(listing_of([Option("call", 105.0, 10.0)]), SignErrors(0.0, 4, 9))
    told = found.as_json()["uncertainty"]
    assert (told["wrong_sign"], told["draws"], told["seed"]) == (0.0, 4, 9)
    assert told["call_wall"] == {"p05": 105.0, "p50": 105.0, "p95": 105.0, "none": 0.0}
    assert told["zero_gamma"] == {"p05": None, "p50": None, "p95": None, "none": 1.0}
    without = levels_of(listing_of([Option("call", 105.0, 10.0)]), Conventions(definitions=()))
    assert without.uncertainty is None
    assert "uncertainty" not in without.as_json()


def test_words() -> None:
    assert Uncertainty(SignErrors(), {}).as_dict() == {"wrong_sign": 0.1, "draws": 400, "seed": 1}


def test_draws_taken_a_few_at_a_time_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = random_listing(3, count=60)
    whole = bands_of(listing, SignErrors(0.3, 50, 9), IMPACT)
    monkeypatch.setattr("simhedge.levels.uncertainty.NUMBERS_AT_ONCE", 7 * 2401)
    parts = bands_of(listing, SignErrors(0.3, 50, 9), IMPACT)
    assert parts.keys() == whole.keys()
    for name, band in whole.items():
        assert (parts[name].low, parts[name].median, parts[name].high, parts[name].none) == pytest.approx(
            (band.low, band.median, band.high, band.none), rel=1e-12
        )
