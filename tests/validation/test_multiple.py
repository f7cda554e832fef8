"""Holm's correction: by hand, against statsmodels, and what it promises."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from simhedge.validation.multiple import CORRECTION, holm


@pytest.fixture(autouse=True, scope="module")
def little_to_collect() -> Iterator[None]:
    """statsmodels collects garbage in every call, which takes a thousand times as long as the correction."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


P_VALUES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)


def test_by_hand() -> None:
    """Ascending 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, which may not fall again."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06], rel=1e-14)
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([0.03]) == pytest.approx([0.03])


def plain(p_values: list[float]) -> list[float]:
    """Holm (1979) in a loop."""
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[k]))
        adjusted[k] = largest
    return adjusted


@settings(max_examples=200, deadline=None)
@given(p_values=P_VALUES)
def test_against_a_plain_loop_and_statsmodels(p_values: list[float]) -> None:
    found = holm(p_values)
    np.testing.assert_allclose(found, plain(p_values), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found, multipletests(p_values, method="holm")[1], rtol=1e-14)
    assert (found >= np.array(p_values)).all()
    assert (found <= 1.0).all()
    assert found.min() <= len(p_values) * min(p_values) + 1e-15


@settings(max_examples=50, deadline=None)
@given(p_values=P_VALUES, holes=st.lists(st.integers(0, 40), max_size=6))
def test_what_is_unknown_counts_for_nothing(p_values: list[float], holes: list[int]) -> None:
    spread = list(p_values)
    for place in holes:
        spread.insert(min(place, len(spread)), math.nan)
    found = holm(spread)
    unknown = np.isnan(spread)
    assert (np.isnan(found) == unknown).all()
    np.testing.assert_array_equal(found[~unknown], holm(p_values))


def test_nothing_known_at_all() -> None:
    assert holm([]).shape == (0,)
    assert np.isnan(holm([math.nan, math.nan])).all()


@pytest.mark.parametrize("dependence", [0.0, 0.9])
def test_some_true_hypothesis_is_rejected_at_most_once_in_twenty_times(dependence: float) -> None:
    """Family-wise error over 2,000 families of 20 tests, half of them of false hypotheses, whatever the dependence."""
    from scipy.stats import norm

    generator = np.random.default_rng(11)
    common = generator.normal(size=(2000, 1)) * math.sqrt(dependence)
    z = common + math.sqrt(1.0 - dependence) * generator.normal(size=(2000, 20))
    z[:, :10] += 3.0
    adjusted = np.array([holm(row) for row in 2.0 * norm.sf(np.abs(z))])
    errors = (adjusted[:, 10:] <= 0.05).any(axis=1).mean()
    assert errors <= 0.05 + 4.0 * math.sqrt(0.05 * 0.95 / 2000)
    assert (adjusted[:, :10] <= 0.05).mean() > 0.3


def test_it_is_named() -> None:
    assert "Holm" in CORRECTION
