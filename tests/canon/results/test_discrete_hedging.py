"""sd of a hedge of N trades: the rule, the leading term, the exact sum; and the check."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import discrete_hedging as subject
from simhedge.canon.results.discrete_hedging import (
    Hedge,
    derman_kamal_sd,
    exact_sd,
    finite_factor,
    leading_sd,
    strike_factor,
    vega,
)

MONTH = Hedge(100.0, 1.0 / 12.0, 21)


def test_the_rule_at_the_money_is_0886_of_the_premium_over_the_root_of_trades():
    hedge = MONTH._replace(spot=100.0, trades=100)
    premium = 100.0 * (2.0 * norm.cdf(0.5 * hedge.total_vol) - 1.0)
    assert derman_kamal_sd(hedge) / premium * 10.0 == pytest.approx(0.886, abs=5e-4)


def test_vega_is_the_slope_of_the_premium():
    def premium(volatility):
        total = volatility * math.sqrt(0.5)
        d1 = math.log(100.0 / 110.0) / total + 0.5 * total
        return 100.0 * norm.cdf(d1) - 110.0 * norm.cdf(d1 - total)

    slope = (premium(0.2 + 1e-5) - premium(0.2 - 1e-5)) / 2e-5
    assert vega(Hedge(110.0, 0.5, 84)) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("strike", [90.0, 100.0, 110.0])
def test_leading_term_is_the_limit_of_the_exact_sum(strike):
    hedge = Hedge(strike, 0.5, 84)
    assert exact_sd(hedge) / finite_factor(hedge) == pytest.approx(leading_sd(hedge), rel=2e-5)
    assert derman_kamal_sd(hedge) * strike_factor(hedge) == pytest.approx(leading_sd(hedge), rel=1e-10)
    assert strike_factor(hedge) >= 1.0


def test_numbers_of_the_canon():
    assert leading_sd(MONTH) == pytest.approx(0.4453, abs=5e-5)
    assert [derman_kamal_sd(MONTH._replace(trades=n)) for n in (84, 252)] == pytest.approx([0.2226, 0.1285], abs=5e-5)
    assert leading_sd(Hedge(110.0, 0.5, 84)) == pytest.approx(0.5037, abs=5e-5)
    assert derman_kamal_sd(MONTH._replace(rate=0.05)) == pytest.approx(0.4432, abs=5e-5)


@pytest.mark.parametrize("hedge", [Hedge(103.0, 0.25, 1), Hedge(103.0, 0.25, 3, 0.05)])
def test_exact_sd_is_that_of_a_plain_simulation(hedge):
    """Profit simulated by hand with 4e5 paths; one trade (the first) and three."""
    rng = np.random.default_rng(4)
    dt = hedge.years / hedge.trades
    forward = np.full(400_000, hedge.forward)
    profit = np.zeros(forward.size)
    for n in range(hedge.trades):
        left = hedge.volatility * math.sqrt(hedge.years - n * dt)
        delta = norm.cdf(np.log(forward / hedge.strike) / left + 0.5 * left)
        shock = hedge.volatility * math.sqrt(dt) * rng.standard_normal(forward.size)
        after = forward * np.exp(shock - 0.5 * hedge.volatility**2 * dt)
        profit += delta * (after - forward)
        forward = after
    profit -= np.maximum(forward - hedge.strike, 0.0)
    kurtosis = np.mean((profit - profit.mean()) ** 4) / profit.var() ** 2
    error = profit.std() * math.sqrt((kurtosis - 1.0) / (4.0 * profit.size))
    assert profit.std() == pytest.approx(exact_sd(hedge), abs=4.0 * error)


@pytest.fixture(scope="module")
def measured():
    effort = Effort(100_000, 1)
    return {
        0.0: subject.measured_by_trades(0.0, (21, 84, 252), effort),
        0.05: subject.measured_by_trades(0.05, (21, 84), effort),
        "strikes": subject.measured_by_strike(effort),
    }


@pytest.fixture
def check(measured, monkeypatch):
    """The check on 100,000 paths simulated once; errors a bit larger than usual."""
    monkeypatch.setattr(subject, "measured_by_trades", lambda rate, trades, effort: measured[rate])
    monkeypatch.setattr(subject, "measured_by_strike", lambda effort: measured["strikes"])
    return lambda: {cell.id: cell for cell in subject.check(Effort(100_000)).cells}


def test_check_agrees_or_explains(check):
    cells = check()
    assert {cell.verdict for cell in cells.values()} == {"agrees", "explained"}
    assert {i.rpartition(".")[2] for i, c in cells.items() if c.verdict == "explained"} <= {
        "derman_kamal",
        "leading_term",
    }
    assert cells["discrete_hedging.strike_110.trades_84.derman_kamal"].verdict == "explained"
    assert len(cells) >= 20


FORMULAS = [("derman_kamal_sd", "derman_kamal"), ("leading_sd", "leading_term"), ("exact_sd", "exact")]


@pytest.mark.parametrize(("formula", "cells_of_it"), FORMULAS)
@pytest.mark.parametrize("factor", [1.05, 0.95])
def test_check_disagrees_where_a_formula_is_5_per_cent_off(check, monkeypatch, formula, cells_of_it, factor):
    right = getattr(subject, formula)
    monkeypatch.setattr(subject, formula, lambda hedge: factor * right(hedge))
    cells = check()
    concerned = {i: c.verdict for i, c in cells.items() if i.endswith(cells_of_it)}
    assert concerned
    assert set(concerned.values()) == {"disagrees"}


def test_check_disagrees_where_the_constant_is_that_of_the_rule(check, monkeypatch):
    monkeypatch.setattr(subject, "strike_factor", lambda hedge: 1.0)
    assert check()["discrete_hedging.strike_110.trades_84.derman_kamal"].verdict == "disagrees"
