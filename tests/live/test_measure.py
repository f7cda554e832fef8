"""The measured ratio of volatilities: its value, its error by simulation, its prediction, and when it keeps silent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simhedge.live.measure import FEWEST_STEPS, Measure

Floats = NDArray[np.float64]


def prices(returns: Floats) -> Floats:
    return np.asarray(100.0 * np.exp(np.concatenate([[0.0], np.cumsum(returns)])))


def measured(hedged: Floats, twin: Floats, gain: float = 0.0) -> Measure:
    one = Measure()
    one.add(prices(hedged), prices(twin), np.full(hedged.size, gain), multiplicative=True)
    return one


def test_the_ratio_is_that_of_the_root_mean_squares() -> None:
    news = np.random.default_rng(1).normal(0.0, 0.01, 400)
    one = measured(0.8 * news, news, gain=0.25)
    assert one.ratio == pytest.approx(0.8, rel=1e-12)
    assert one.ratio_se == pytest.approx(0.0, abs=1e-7)
    assert one.predicted == pytest.approx(0.8, rel=1e-12)


def test_pieces_add_up() -> None:
    news = np.random.default_rng(2).normal(0.0, 0.01, 300)
    noise = np.random.default_rng(3).normal(0.0, 0.002, 300)
    whole, pieces = measured(news + noise, news), Measure()
    spot, twin = prices(news + noise), prices(news)
    for first, last in ((0, 100), (100, 101), (101, 300)):
        part = slice(first, last + 1)
        pieces.add(spot[part], twin[part], np.zeros(last - first), multiplicative=True)
    assert (pieces.steps, pieces.ratio) == (300, pytest.approx(whole.ratio, rel=1e-12))
    assert pieces.ratio_se == pytest.approx(whole.ratio_se, rel=1e-9)


def test_the_error_is_the_spread_over_samples() -> None:
    random = np.random.default_rng(4)
    ratios, errors = [], []
    for _ in range(600):
        news = random.normal(0.0, 0.01, 200)
        one = measured(1.3 * news + random.normal(0.0, 0.004, 200), news)
        ratios.append(one.ratio)
        errors.append(one.ratio_se)
    assert np.mean(errors) == pytest.approx(np.std(ratios), rel=4.0 / np.sqrt(2.0 * 600))


def test_arithmetic_impact_moves_dollars_not_logs() -> None:
    """Half the news's dollars, whatever the prices."""
    twin = 100.0 + np.cumsum(np.random.default_rng(5).normal(0.0, 1.0, 400))
    one = Measure()
    one.add(200.0 + 0.5 * (twin - twin[0]), twin, np.full(399, 1.0))
    assert one.ratio == pytest.approx(0.5, rel=1e-9)
    assert one.predicted == pytest.approx(0.5, rel=1e-9)


def test_silent_where_there_is_too_little_or_nothing_to_see() -> None:
    few = measured(*np.random.default_rng(6).normal(0.0, 0.01, (2, FEWEST_STEPS - 1)))
    assert math.isnan(few.ratio)
    assert math.isnan(few.ratio_se)
    assert math.isnan(few.predicted)
    still = measured(np.zeros(50), np.zeros(50))
    assert math.isnan(still.ratio)


def test_steps_beyond_a_fold_or_of_diverged_prices_are_left_out() -> None:
    news = np.random.default_rng(7).normal(0.0, 0.01, 100)
    one = Measure()
    spot = prices(news)
    spot[60:] = np.nan
    gains = np.where(np.arange(100) < 10, -1.5, 0.0)
    one.add(spot, prices(news), gains, multiplicative=True)
    assert one.steps == 49
    assert one.ratio == pytest.approx(1.0)
