"""The sentences: who trades, into which move, and whose move it is; checked against the numbers they are made of."""

from __future__ import annotations

import re

import numpy as np
import pytest

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.measure import Measure
from simhedge.live.street import Street
from simhedge.live.words import Recent, measured, overshoot, recent, refusal, shares_in_words, story

USUAL = 0.01
SHORT = {"long": 0.0, "short": 1.0, "usual": USUAL}
LONG = {"long": 1.0, "short": 0.0, "usual": USUAL}


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (None, "Nothing has happened yet under these settings: press Run or Step."),
        (
            Recent(move=0.008, news=0.005, own=0.00304, traded=1.2e6, **SHORT),
            "Dealers are short gamma: they bought 1.2m shares into a 0.80% rally. 38% of the move is their own flow.",
        ),
        (
            Recent(move=-0.02, news=-0.015, own=-0.005, traded=-34_400, **SHORT),
            "Dealers are short gamma: they sold 34,000 shares into a 2.00% fall. 25% of the move is their own flow.",
        ),
        (
            Recent(move=0.008, news=0.01, own=-0.002, traded=-5e5, **LONG),
            "Dealers are long gamma: they sold 500,000 shares against a 0.80% rally. Without them the same news would "
            "have moved it 1.00%.",
        ),
        (
            Recent(move=0.006, news=-0.001, own=0.007, traded=5e5, **SHORT),
            "Dealers are short gamma: they bought 500,000 shares into a 0.60% rally. "
            "All of the move is their own flow.",
        ),
        (
            Recent(move=0.006, news=-0.001, own=-0.003, traded=-5e5, **LONG),
            "Dealers are long gamma: they sold 500,000 shares against a 0.60% rally. They traded against it, and the "
            "price moved all the same.",
        ),
        (
            Recent(move=0.0001, news=0.001, own=-0.001, traded=-2_000, **LONG),
            "Dealers are long gamma: they sold 2,000 shares while the price hardly moved.",
        ),
        (
            Recent(move=0.01, news=0.01, own=1e-6, traded=3.0, **SHORT),
            "Dealers are short gamma and hardly traded: the price is what the news makes it.",
        ),
        (
            Recent(move=0.01, news=0.01, own=0.0, traded=0.0, long=0.0, short=0.0, usual=USUAL),
            "Dealers are without gamma and hardly traded: the price is what the news makes it.",
        ),
        (
            Recent(move=0.01, news=0.012, own=-0.002, traded=-9e5, long=0.6, short=0.4, usual=USUAL),
            "Dealers are on either side of zero gamma: they sold 900,000 shares against a 1.00% rally. "
            "Without them the same news would have moved it 1.20%.",
        ),
    ],
)
def test_sentences(now: Recent | None, told: str) -> None:
    assert story(now) == told


@pytest.mark.parametrize(
    ("shares", "told"),
    [(50.0, "50 shares"), (9_949.0, "9,949 shares"), (9_951.0, "10,000 shares"), (999_499.0, "999,000 shares"),
     (999_501.0, "1.0m shares"), (24_300_000.0, "24.3m shares")],
)  # fmt: skip
def test_shares(shares: float, told: str) -> None:
    assert shares_in_words(shares) == told


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_move_is_news_and_own_flow(form: str) -> None:
    """The parts add up: S moves by X's dollars and the impact of what dealers traded."""
    street = Street(sh.load_scenario("negative_gamma", overrides={"market.impact.form": form}))
    street.advance(150)
    steps = street.drawn(-1)
    now = recent(street, steps)
    assert now is not None
    before = steps.spot[-1] / (1.0 + now.move)
    twin_before = steps.twin[-1] / (1.0 + now.news)
    news = now.news * twin_before / before
    assert now.move == pytest.approx(news + now.own, rel=1e-9 if form == "arithmetic" else 0.02)
    assert (now.long, now.short) == (0.0, 1.0)
    assert now.traded == pytest.approx(steps.flow[-98:].sum(), rel=1e-3)
    share = re.search(r"(\d+)% of the move is their own", story(now))
    assert share is not None
    assert float(share.group(1)) == pytest.approx(25.0, abs=2.0)  # -kappa of 0.25


def test_what_was_before_a_change_is_not_told_of() -> None:
    """Shares traded when a dollar of impact took more of them would be counted at the price of now."""
    street = Street(sh.load_scenario("negative_gamma"))
    street.advance(100)
    street.change(street.settings._replace(liquidity=4.0))
    assert recent(street, street.drawn(-1)) is None
    street.advance(20)
    steps = street.drawn(-1)
    now = recent(street, steps)
    assert now is not None
    assert now.move == pytest.approx(steps.spot[-1] / steps.spot[100] - 1.0, rel=1e-12)
    assert now.move - now.own == pytest.approx((steps.twin[-1] - steps.twin[100]) / steps.spot[100], rel=1e-9)


def test_what_the_market_cannot_do_is_said_with_the_controls_that_mend_it() -> None:
    street = Street(sh.load_scenario("negative_gamma"))
    with pytest.raises(InputError) as refused:
        street.change(street.settings._replace(liquidity=0.1))
    assert refusal(refused.value).endswith("not unique (move 'Dealers' gamma' towards 0, or 'Liquidity' up)")
    other = InputError("no such policy", key="policy", remedy="one of none")
    assert refusal(other) == "Not done: policy: no such policy (one of none)"


@pytest.mark.parametrize(
    ("scale", "told"), [(1.0, ""), (8.0, " Late orders overshoot: participation × (1 + κ) is 3.00")]
)
def test_late_orders_that_overshoot_are_warned_of(scale: float, told: str) -> None:
    street = Street(sh.load_scenario("positive_gamma"))
    street.change(street.settings._replace(clearing="lagged", scale=scale))
    assert overshoot(street).startswith(told)
    assert bool(overshoot(street)) == bool(told)
    street.change(street.settings._replace(clearing="simultaneous"))
    assert overshoot(street) == ""


def test_nothing_is_told_before_the_first_step() -> None:
    street = Street(sh.load_scenario("negative_gamma"))
    assert recent(street, street.drawn(-1)) is None


def test_the_measured_ratio_comes_with_its_error_and_its_prediction_where_there_is_one() -> None:
    one = Measure()
    assert "once 30 steps have passed" in measured(one, simultaneous=True)
    news = np.random.default_rng(1).normal(0.0, 0.01, 1200)
    twin = 100.0 * np.exp(np.concatenate([[0.0], np.cumsum(news)]))
    spot = 100.0 * np.exp(np.concatenate([[0.0], np.cumsum(0.8 * news)]))
    one.add(spot, twin, np.full(1200, 0.25), multiplicative=True)
    told = "Moves since the last change: 0.800 ± 0.000 times the twin's"
    assert measured(one, simultaneous=True) == told + "; 1/(1 + κ) says 0.800 (1,200 steps)."
    assert measured(one, simultaneous=False) == told + " (1,200 steps)."
