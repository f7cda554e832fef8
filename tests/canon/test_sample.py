"""Estimates of the hedging checks: known distributions, and coverage of their errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simhedge.canon.sample import against_simulated, certainty_equivalent, deviation, mean
from simhedge.validation.estimate import Estimate


def test_mean_and_deviation_of_a_normal_sample():
    outcomes = np.random.default_rng(1).normal(3.0, 2.0, 40_000)
    assert mean(outcomes).value == pytest.approx(outcomes.mean())
    assert mean(outcomes).standard_error == pytest.approx(2.0 / 200.0, rel=0.02)
    assert deviation(outcomes).value == pytest.approx(outcomes.std(ddof=1))
    assert deviation(outcomes).standard_error == pytest.approx(2.0 / math.sqrt(2.0 * 40_000), rel=0.03)


@pytest.mark.parametrize("measure", ["mean", "deviation", "certainty_equivalent"])
def test_errors_cover_the_truth_as_often_as_they_say(measure):
    """Gamma outcomes (shape 4, scale 1): mean 4, sd 2, certainty equivalent at aversion 1 is 4 ln 2."""
    functions = {
        "mean": (mean, 4.0),
        "deviation": (deviation, 2.0),
        "certainty_equivalent": (lambda x: certainty_equivalent(x, 1.0), 4.0 * math.log(2.0)),
    }
    function, truth = functions[measure]
    rng = np.random.default_rng(2)
    z = [(e.value - truth) / e.standard_error for e in (function(rng.gamma(4.0, 1.0, 2000)) for _ in range(800))]
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=4.0 * math.sqrt(0.95 * 0.05 / 800) + 0.005)


def test_certainty_equivalent_of_a_normal_profit_loses_half_the_variance_and_moves_with_cash():
    profit = np.random.default_rng(3).normal(-1.0, 0.5, 200_000)
    found = certainty_equivalent(profit, 2.0)
    assert found.value == pytest.approx(-1.0 - 0.5 * 2.0 * 0.25, abs=4.0 * found.standard_error)
    assert certainty_equivalent(profit + 700.0, 2.0).value == pytest.approx(found.value + 700.0, abs=1e-9)


def test_a_reference_of_infinitely_many_paths_adds_no_error_and_one_like_ours_adds_as_much():
    ours = Estimate(1.0, 0.1)
    assert against_simulated(ours, 1000, 10**15) == pytest.approx(0.1)
    assert against_simulated(ours, 1000, 1000) == pytest.approx(0.1 * math.sqrt(2.0))
