"""Markets without impact: closings are those of a run, and a session may open with other shares."""

from __future__ import annotations

import math

import numpy as np
import pytest

import simhedge as sh
from simhedge.canon.effort import Effort
from simhedge.canon.option_market import (
    OptionMarket,
    call,
    closings,
    dealer,
    open_with,
    profit_of_sellers,
    without_impact,
)

MARKET = OptionMarket(100.0, 0.2, 20, 2, 252.0, 0.05, 0.08)
BOOKS = {"option": [call(101.0, 20, -1.0, 0.2)]}
EFFORT = Effort(512, 1)


def test_profit_of_free_trading_is_the_profit_of_a_run():
    scenario = without_impact(MARKET, BOOKS, [dealer("writer", {"type": "continuous"})], 5)
    profit = profit_of_sellers(closings(scenario, EFFORT, 1), [101.0])[:, 0]
    summary = sh.run(scenario.with_overrides({"paths": 512}), threads=1).summary
    assert profit.mean() == pytest.approx(summary.loc["pnl_mean", "hedged"], rel=1e-9)
    metrics = {"outputs.metrics": ["pnl_sd"], "paths": 512}
    summary = sh.run(scenario.with_overrides(metrics), threads=1).summary
    assert profit.std(ddof=1) == pytest.approx(summary.loc["pnl_sd", "hedged"], rel=1e-9)


def test_clearings_are_one_where_nothing_moves_the_price():
    dealers = [dealer("band", {"type": "delta_band", "band": 0.1}, cost=0.001)]
    ways = ({"type": "simultaneous"}, {"type": "asynchronous", "rounds": 1})
    first, second = (closings(without_impact(MARKET, BOOKS, dealers, 5, clearing=way), EFFORT, 1) for way in ways)
    np.testing.assert_allclose(first.cash, second.cash, rtol=1e-9)
    np.testing.assert_allclose(first.shares, second.shares, rtol=1e-9)


def test_a_dealer_opens_with_the_shares_it_is_told_and_pays_for_them():
    """One who never trades holds what it opened with; cash is the premium less shares and cost, with interest."""
    policy = {"type": "fixed_interval", "every_steps": MARKET.steps}
    dealers = [dealer("first", policy), dealer("second", policy)]
    closing = closings(
        without_impact(MARKET, BOOKS, dealers, 5),
        EFFORT,
        1,
        lambda session: open_with(session, 1, 0.75, cost=0.01),
    )
    assert (closing.shares[:, 1] == 0.75).all()
    growth = math.exp(MARKET.rate * MARKET.years)
    paid = growth * (-closing.premiums[0] - 0.75 * 100.0 * 1.01)
    np.testing.assert_allclose(closing.cash[:, 1], paid, rtol=1e-12)
    assert closing.shares[0, 0] != 0.75


def test_more_paths_only_add_paths():
    scenario = without_impact(MARKET, BOOKS, [dealer("writer", {"type": "continuous"})], 5)
    few, many = closings(scenario, Effort(128, 1), 1), closings(scenario, Effort(256, 1), 1)
    np.testing.assert_array_equal(few.spot, many.spot[:128])
    np.testing.assert_array_equal(few.cash, many.cash[:128])
