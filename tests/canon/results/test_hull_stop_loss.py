"""Stop-loss: costs by hand on the engine's paths, and the check."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest

from simhedge.canon.effort import Effort
from simhedge.canon.option_market import call, dealer, without_impact
from simhedge.canon.results import hull_stop_loss as subject
from simhedge.canon.results.hull_performance import MARKET, STRIKE, hedging_costs
from simhedge.simulation.path_batches import path_batches


def test_cost_is_that_of_buying_above_the_strike_and_selling_below():
    market = MARKET._replace(steps_per_day=1)
    policies = [{"type": "stop_loss", "every_steps": every} for every in (1, 4)]
    costs = hedging_costs(policies, Effort(256, 1), 9, market=market)
    scenario = without_impact(
        market, {"option": [call(STRIKE, 20, -1.0, 0.2)]}, [dealer("watched", {"type": "continuous"})], 9
    )
    (batch,) = path_batches(scenario, ("spot",), paths=256, threads=1)
    spot = batch.series["spot"]
    for d, every in enumerate((1, 4)):
        seen = spot[:, ::every]
        covered = (seen > STRIKE).astype(float)
        trades = np.diff(covered, axis=1, prepend=0.0)
        by_hand = (trades * seen).sum(axis=1) - STRIKE * covered[:, -1]
        np.testing.assert_allclose(costs.raw[:, d], by_hand, atol=1e-9)
    assert not np.allclose(costs.raw[:, 0], costs.raw[:, 1])


@pytest.fixture(scope="module")
def costs():
    """`hedging_costs`, which simulates only what it has not simulated yet."""
    return lru_cache(lambda policies, *rest, market: hedging_costs(json.loads(policies), *rest, market=market))


@pytest.fixture
def check(costs, monkeypatch):
    monkeypatch.setattr(
        subject, "hedging_costs", lambda policies, *rest, market: costs(json.dumps(policies), *rest, market=market)
    )
    return lambda: subject.check(Effort(60_000, 1)).cells


def test_check_agrees(check):
    cells = check()
    assert len(cells) == 8
    assert {cell.verdict for cell in cells} == {"agrees"}
    assert {cell.status for cell in cells} == {"D"}


@pytest.mark.parametrize("table", ["RAW", "DISCOUNTED"])
def test_check_disagrees_where_a_table_is_5_per_cent_off(check, monkeypatch, table):
    monkeypatch.setattr(subject, table, {weeks: 1.05 * value for weeks, value in getattr(subject, table).items()})
    verdicts = {cell.verdict for cell in check() if f".{table.lower()}." in cell.id}
    assert verdicts == {"disagrees"}
