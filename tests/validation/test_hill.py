"""Hill's index against an independent computation, known laws, and the coverage of its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simhedge.errors import InputError
from simhedge.validation.hill import hill, tail_threshold


def test_it_is_the_textbook_sum_over_order_statistics() -> None:
    sample = np.random.default_rng(1).standard_t(3, 5000)
    found = hill(sample, 0.02)
    ordered = sorted(sample, reverse=True)
    by_hand = sum(math.log(ordered[k] / ordered[100]) for k in range(100)) / 100.0
    assert found.order == 100
    assert found.threshold == ordered[100]
    assert found.tail_index == pytest.approx(1.0 / by_hand, rel=1e-12)
    assert found.standard_error == pytest.approx(found.tail_index / 10.0, rel=1e-12)
    assert hill(sample.reshape(50, 100), 0.02) == found


def test_it_is_the_maximum_likelihood_of_paretos_law_above_the_threshold() -> None:
    sample = np.random.default_rng(2).standard_t(4, 4000)
    found = hill(sample, 0.05)
    beyond = sample[sample > found.threshold]
    index, _, _ = stats.pareto.fit(beyond, floc=0.0, fscale=found.threshold)
    assert found.tail_index == pytest.approx(index, rel=1e-6)


@pytest.mark.parametrize("index", [1.5, 3.0, 6.0])
def test_it_finds_the_index_of_paretos_law(index: float) -> None:
    found = hill(stats.pareto.rvs(index, size=200_000, random_state=3), 0.05)
    assert abs(found.tail_index - index) < 4.0 * found.standard_error


def test_its_interval_covers_the_index_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(600):
        found = hill(rng.random(4000) ** (-1.0 / 3.0), 0.05)
        covered += found.low <= 3.0 <= found.high
    assert 0.93 <= covered / 600 <= 0.97


def test_a_tail_that_is_not_positive_has_no_index() -> None:
    found = hill(-1.0 - np.arange(100.0), 0.1)
    assert math.isnan(found.tail_index)
    assert found.order == 0


def test_an_order_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no tail"):
        tail_threshold(np.arange(10.0), 0.05)
