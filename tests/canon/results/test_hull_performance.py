"""Hull's table of performance: costs by hand, the limit of the interest left out, the check."""

from __future__ import annotations

import json
import math
from functools import lru_cache

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import hull_performance as subject
from simhedge.canon.results.hull_performance import hedging_costs


def test_price_is_the_printed_one():
    assert subject.price() == pytest.approx(2.40052732327, rel=1e-9)


def test_cash_flows_of_a_small_table():
    spot = np.array([[49.0, 51.0, 52.0], [49.0, 48.0, 47.0]])
    hedge = np.array([[0.5, 0.8, 1.0], [0.5, 0.4, 0.0]])[:, :, None]
    flows = subject.cash_flows(spot, hedge)[:, :, 0]
    np.testing.assert_allclose(flows[0], [24.5, 0.3 * 51.0, 0.2 * 52.0 - 50.0])
    np.testing.assert_allclose(flows[1], [24.5, -0.1 * 48.0, -0.4 * 47.0])
    np.testing.assert_allclose(flows.sum(axis=1), subject.cash_flows(spot, hedge * 1.0)[:, :, 0].sum(axis=1))


def test_covariance_of_d2_is_that_of_the_bivariate_normal():
    early, late = 0.1, 0.3
    a, b = (float(subject._standardised(np.array(t))) for t in (early, late))
    rho = early / subject.MARKET.years
    joint = multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([a, b])
    found = subject.in_the_money_covariance(np.array(early), np.array(late))
    assert float(found) == pytest.approx(joint - norm.cdf(a) * norm.cdf(b), abs=1e-6)


def test_interest_of_many_intervals_tends_to_its_limit():
    gaps = [subject.interest_sd() - subject.interest_sd(n) for n in (80, 160, 320)]
    assert gaps[0] > gaps[1] > gaps[2] > 0.0
    assert gaps[1] / gaps[2] == pytest.approx(2.0, rel=0.02)
    assert gaps[2] < 3e-3 * subject.interest_sd()


def test_discounted_cost_has_the_price_as_its_mean_where_the_drift_is_the_rate():
    market = subject.MARKET._replace(drift=0.05, steps_per_day=1)
    costs = hedging_costs([{"type": "fixed_interval", "every_steps": 1}], Effort(20_000, 1), 1, market=market)
    found = costs.discounted[:, 0]
    assert found.mean() == pytest.approx(subject.price(), abs=4.0 * found.std() / math.sqrt(found.size))


@pytest.fixture(scope="module")
def costs():
    """`hedging_costs`, which simulates only what it has not simulated yet."""
    return lru_cache(lambda policies, *rest: hedging_costs(json.loads(policies), *rest))


@pytest.fixture
def check(costs, monkeypatch):
    monkeypatch.setattr(subject, "hedging_costs", lambda policies, *rest: costs(json.dumps(policies), *rest))
    return lambda: {cell.id.removeprefix("hull_performance."): cell for cell in subject.check(Effort(100_000, 1)).cells}


def test_check_agrees_and_the_interest_is_explained(check):
    cells = check()
    assert cells.pop("interest_left_out").verdict == "explained"
    assert {cell.verdict for cell in cells.values()} == {"agrees"}


@pytest.mark.parametrize("table", ["PRINTED", "DISCOUNTED"])
def test_check_disagrees_where_a_table_is_5_per_cent_off(check, monkeypatch, table):
    off = {weeks: 1.05 * value for weeks, value in getattr(subject, table).items()}
    if table == "PRINTED":
        off[0.25] = 0.13 * 1.1  # ours, 0.1345, is 3.5% above the rounded number
        off[0.5] = 0.16 * 1.1
    monkeypatch.setattr(subject, table, off)
    status = {"PRINTED": "P", "DISCOUNTED": "D"}[table]
    assert {cell.verdict for cell in check().values() if cell.status == status} == {"disagrees"}


def test_check_disagrees_where_the_limit_is_5_per_cent_off(check, monkeypatch):
    right = subject.interest_sd
    monkeypatch.setattr(subject, "interest_sd", lambda trades=None: 1.05 * right(trades))
    assert check()["interest_left_out"].verdict == "disagrees"
