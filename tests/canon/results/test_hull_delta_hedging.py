"""Hull's weekly tables: deltas, costs, and what a slip in either would do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import hull_delta_hedging as subject

TABLES = [subject.IN_THE_MONEY, subject.OUT_OF_THE_MONEY]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_deltas_are_those_of_black_and_scholes_and_of_the_table(table):
    weeks_left = np.arange(20, 0, -1)
    total = 0.2 * np.sqrt(weeks_left / 52.0)
    prices = np.array(table.prices[:-1])
    d1 = (np.log(prices / 50.0) + 0.05 * weeks_left / 52.0) / total + 0.5 * total
    deltas = subject.deltas_of_engine(table.prices)
    np.testing.assert_allclose(deltas[:-1], norm.cdf(d1), rtol=1e-8)
    assert np.abs(deltas - table.deltas).max() <= 5e-4


def test_unrounded_costs():
    costs = [subject.cost_unrounded(t.prices, subject.deltas_of_engine(t.prices)) for t in TABLES]
    assert costs == pytest.approx([263_241.65, 256_541.94], abs=0.01)


def test_cost_of_one_purchase_is_its_price_with_interest():
    prices = (49.0,) * 21
    deltas = np.ones(21)
    growth = np.exp(0.05 * 20 / 52)
    assert subject.cost_unrounded(prices, deltas) == pytest.approx(1e5 * (49.0 * growth - 50.0))
    assert subject.cost_as_tabled(prices, deltas) == pytest.approx(1e5 * (49.0 * growth - 50.0), abs=20 * 50.0)


def test_check_agrees():
    cells = subject.check(Effort()).cells
    assert {cell.verdict for cell in cells} == {"agrees"}
    assert {c.published for c in cells if c.id.endswith("final_cost")} == {263_300.0, 256_600.0}


def test_check_disagrees_where_delta_or_cost_is_5_per_cent_off(monkeypatch):
    right = subject.deltas_of_engine
    monkeypatch.setattr(subject, "deltas_of_engine", lambda prices: 1.05 * right(prices))
    assert {cell.verdict for cell in subject.check(Effort()).cells} == {"disagrees"}


def test_check_disagrees_where_the_table_is_5_per_cent_off(monkeypatch):
    for name in ("IN_THE_MONEY", "OUT_OF_THE_MONEY"):
        table = getattr(subject, name)
        off = table._replace(cost=1.05 * table.cost, deltas=tuple(1.05 * delta for delta in table.deltas))
        monkeypatch.setattr(subject, name, off)
    cells = [cell for cell in subject.check(Effort()).cells if cell.status == "P"]
    assert {cell.verdict for cell in cells} == {"disagrees"}
