"""Statistics of price changes: against their definitions, and the long-run variance against the sum it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from simhedge.canon.effort import Effort
from simhedge.canon.stationary import _path_means, memory, stationary
from simhedge.canon.street import SIMULTANEOUS, STEP_NEWS, constant_gain


def test_memory_is_the_time_in_which_the_start_is_forgotten() -> None:
    assert 0.5 ** memory(0.5) <= 1e-9 < 0.5 ** (memory(0.5) - 1)
    assert memory(-0.5) == memory(0.5)
    assert memory(0.0) == 2


def test_columns_are_what_they_are_said_to_be() -> None:
    spot = np.cumsum(np.random.default_rng(1).standard_normal((3, 40)), axis=1)
    moves = np.diff(spot)
    lags = 4
    variance, product, growth, over_5 = _path_means(spot, [5], lags).T
    np.testing.assert_allclose(variance, (moves**2).mean(axis=1))
    np.testing.assert_allclose(product, (moves[:, 1:] * moves[:, :-1]).mean(axis=1))
    np.testing.assert_allclose(over_5, [((s[5:] - s[:-5]) ** 2).mean() for s in spot])
    starts = range(40 - lags - 1)
    squares = [[(s[t + lags + 1] - s[t]) ** 2 - (s[t + lags] - s[t]) ** 2 for t in starts] for s in spot]
    np.testing.assert_allclose(growth, np.mean(squares, axis=1))


def test_growth_of_variance_is_the_sum_of_autocovariances() -> None:
    """V(k + 1) - V(k) = gamma_0 + 2 (gamma_1 + ... + gamma_k), on an autoregression of known covariances."""
    phi, k = 0.6, 7
    covariance = phi ** np.arange(k + 1) / (1 - phi**2)

    def variance_over(q: int) -> float:
        return float(q * covariance[0] + 2 * sum((q - j) * covariance[j] for j in range(1, q)))

    assert variance_over(k + 1) - variance_over(k) == pytest.approx(covariance[0] + 2 * covariance[1:].sum())


def test_a_random_walk_has_unit_statistics() -> None:
    scenario = constant_gain(0.0, SIMULTANEOUS, seed=3, steps=200)
    found = stationary(scenario, (5,), 0.5, Effort(None, 1), 512)
    for ours, expected in (
        (found.variance, 1.0),
        (found.autocorrelation_1, 0.0),
        (found.variance_ratios[0], 1.0),
        (found.long_run_volatility, 1.0),
    ):
        assert abs(ours.value - expected) < 4.0 * ours.standard_error
        assert 0.0 < ours.standard_error < 0.05
    assert STEP_NEWS > 0.0
