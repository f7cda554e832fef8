"""Moments added up in batches are those of all rows at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.validation.moments import Moments, moments_of


def some_rows(count: int = 57, seed: int = 0, offset: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return offset + generator.normal(size=(count, 4)) @ generator.normal(size=(4, 4))


def test_mean_and_covariance_are_those_of_numpy() -> None:
    rows = some_rows()
    found = moments_of(rows)
    assert found.count == 57
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(found.covariance_of_mean(), np.cov(rows.T, ddof=1) / 57, rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, 57), max_size=8), seed=st.integers(0, 10**6))
def test_batches_change_nothing(cuts: list[int], seed: int) -> None:
    """Whatever their sizes, none at all included."""
    rows, found = some_rows(seed=seed), Moments(4)
    for part in np.split(rows, sorted(cuts)):
        found.add(part)
    whole = moments_of(rows)
    assert found.count == whole.count
    np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.comoment, whole.comoment, rtol=1e-11, atol=1e-12)


def test_a_large_mean_does_not_swallow_the_spread() -> None:
    """Sums of squares would lose every digit of a spread of 1 around 1e9."""
    rows, found = some_rows(400, seed=3, offset=1e9), Moments(4)
    for part in np.split(rows, 8):
        found.add(part)
    exact = np.cov((rows - 1e9).T, ddof=1) / 400
    np.testing.assert_allclose(found.covariance_of_mean(), exact, rtol=1e-6)


def test_the_covariance_is_symmetric_and_has_no_negative_variance() -> None:
    found = moments_of(some_rows(seed=5)).covariance_of_mean()
    np.testing.assert_allclose(found, found.T, rtol=1e-13)
    assert (np.linalg.eigvalsh(found) > 0.0).all()


@pytest.mark.parametrize("count", [0, 1])
def test_below_two_rows_there_is_no_covariance(count: int) -> None:
    found = moments_of(some_rows(count))
    assert found.count == count
    assert np.isnan(found.covariance_of_mean()).all()


def test_no_rows_leave_everything_as_it_was() -> None:
    found = moments_of(some_rows())
    mean, comoment = found.mean.copy(), found.comoment.copy()
    found.add(np.empty((0, 4)))
    assert found.count == 57
    np.testing.assert_array_equal(found.mean, mean)
    np.testing.assert_array_equal(found.comoment, comoment)
