"""Hedging at implied or realised volatility: the means as integrals, and the check."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import wrong_volatility as subject


def test_values_of_the_canon():
    assert subject.value(0.2) == pytest.approx(10.450584, abs=5e-7)
    assert subject.value(0.3) == pytest.approx(14.231255, abs=5e-7)


def test_mean_at_implied_is_the_gap_where_the_drift_is_the_rate():
    assert subject.mean_at_implied(0.05) == pytest.approx(subject.value(0.3) - subject.value(0.2), rel=1e-9)
    assert subject.mean_at_implied(0.10) == pytest.approx(3.743039, abs=5e-7)


def test_mean_at_implied_is_the_integral_of_dollar_gamma():
    """E[S^2 Gamma] by quadrature over the price, at each time."""

    def dollar_gamma(t):
        def weighted(z):
            price = 100.0 * math.exp((0.10 - 0.045) * t + 0.3 * math.sqrt(t) * z)
            total = 0.2 * math.sqrt(1.0 - t)
            d1 = (math.log(price / 100.0) + 0.05 * (1.0 - t)) / total + 0.5 * total
            return price * norm.pdf(d1) / total * norm.pdf(z)

        return quad(weighted, -8.0, 8.0, points=[0.0], limit=200)[0]

    nodes, weights = np.polynomial.legendre.leggauss(24)
    times = 0.5 * (nodes + 1.0)
    integral = sum(0.5 * w * math.exp(-0.05 * t) * dollar_gamma(t) for t, w in zip(times, weights, strict=True))
    assert 0.5 * (0.09 - 0.04) * integral == pytest.approx(subject.mean_at_implied(0.10), rel=1e-5)


@pytest.fixture(scope="module")
def found():
    return {drift: subject.profits(drift, Effort(16_000, 1)) for drift in subject.DRIFTS}


@pytest.fixture
def check(found, monkeypatch):
    monkeypatch.setattr(subject, "profits", lambda drift, effort: found[drift])
    return lambda: {cell.id.removeprefix("wrong_volatility."): cell for cell in subject.check(Effort()).cells}


def test_check_agrees_and_realised_volatility_narrows_the_profit(check, found):
    assert {cell.verdict for cell in check().values()} == {"agrees"}
    assert found[0.10].at_realised.std() < 0.25 * found[0.10].at_implied.std()


def test_check_disagrees_where_a_formula_is_5_per_cent_off(check, monkeypatch):
    value, average = subject.value, subject.mean_at_implied
    monkeypatch.setattr(subject, "value", lambda volatility: 1.05 * value(volatility))
    monkeypatch.setattr(subject, "mean_at_implied", lambda drift: 1.05 * average(drift))
    cells = check()
    assert {cell.verdict for cell in cells.values() if cell.status == "C"} == {"disagrees"}
    assert len([cell for cell in cells.values() if cell.status == "C"]) == 7
