"""Leland's volatility, price and the check."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import leland as subject


def test_numbers_of_the_canon():
    assert subject.leland_number(0.25, 0.01, 0.01) == pytest.approx(0.638308, abs=5e-7)
    assert subject.volatility_of("leland") == pytest.approx(0.319991, abs=5e-7)
    assert subject.value_and_delta(0.25)[0] == pytest.approx(12.335999, abs=5e-7)
    assert subject.value_and_delta(subject.volatility_of("leland"))[0] == pytest.approx(14.989855, abs=5e-7)


def test_leland_number_is_the_mean_cost_of_a_move_over_the_gain_of_gamma():
    """Cost of following gamma, lam S E|Gamma dS|, per interval, over half Gamma S^2 sigma^2 dt."""
    volatility, interval, cost = 0.3, 0.02, 0.004
    mean_move = volatility * math.sqrt(interval) * 2.0 * norm.pdf(0.0)  # E|z| = sqrt(2 / pi)
    ratio = cost * mean_move / (0.5 * volatility**2 * interval)
    assert subject.leland_number(volatility, interval, cost) == pytest.approx(ratio, rel=1e-12)


def test_delta_is_the_slope_of_the_value(monkeypatch):
    delta = subject.value_and_delta(0.3)[1]
    values = []
    for spot in (99.99, 100.01):
        monkeypatch.setattr(subject, "MARKET", subject.MARKET._replace(spot=spot))
        values.append(subject.value_and_delta(0.3)[0])
    assert np.diff(values)[0] / 0.02 == pytest.approx(delta, rel=1e-6)


@pytest.fixture(scope="module")
def found():
    return subject.profits(Effort(40_000, 1))


@pytest.fixture
def check(found, monkeypatch):
    monkeypatch.setattr(subject, "profits", lambda effort: found)
    return lambda: {cell.id.removeprefix("leland."): cell for cell in subject.check(Effort()).cells}


def test_check_agrees_and_costs_narrow_the_profit_hedged_by_leland(check):
    cells = check()
    assert {cell.verdict for cell in cells.values()} == {"agrees"}
    assert cells["leland.sd"].observed < cells["black_scholes.sd"].observed


def test_check_disagrees_where_the_number_of_leland_is_5_per_cent_off(check, monkeypatch):
    """5% of the number is 1.5% of the price: 60 standard errors."""
    right = subject.leland_number
    monkeypatch.setattr(subject, "leland_number", lambda *case: 1.05 * right(*case))
    assert check()["leland.break_even_price"].verdict == "disagrees"
