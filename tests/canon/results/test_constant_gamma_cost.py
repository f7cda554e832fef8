"""Cost of hedging a constant gamma under impact: its algebra, and the engine's accounts against it."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off

from simhedge.canon.results import constant_gamma_cost as canon

PATHS = 1_280


def test_known_values() -> None:
    assert canon.cost_after_impact(0.0) == pytest.approx(50_000.0)
    assert canon.realised_variance(0.2) == pytest.approx(1.5625)
    assert canon.cost_after_impact(0.2) == pytest.approx(78_125.0)
    assert canon.cost_at_average(0.2) == pytest.approx(62_500.0)


def test_costs_of_one_step_by_hand() -> None:
    """News e moves the price by r = e / (1 - k); gamma * r shares are bought at S + r, or at S + r - k r / 2."""
    k, news = 0.2, 0.7
    move = news / (1.0 - k)
    shares = canon.GAMMA * move
    series = {
        "spot": np.array([[100.0, 100.0 + move]]),
        "hedge": np.array([[[0.0], [shares]]]),
        "cash": np.array([[[0.0], [-shares * (100.0 + move)]]]),
    }
    costs = canon._costs_of(series, k / canon.GAMMA)
    gain_on_options = 0.5 * canon.GAMMA * move**2
    assert costs.after_impact == pytest.approx(gain_on_options)
    bought_at = 100.0 + move - 0.5 * k * move
    assert costs.average == pytest.approx(gain_on_options - shares * (100.0 + move - bought_at))
    assert costs.average / costs.after_impact == pytest.approx(1.0 - k)


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 4
    assert_green(cells)


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        ("realised_variance", {"k_0.cost", "k_0.2.realised_variance", "k_0.2.cost_after_impact"}),
        ("cost_after_impact", {"k_0.cost", "k_0.2.cost_after_impact", "k_0.2.cost_at_average_fills"}),
        ("cost_at_average", {"k_0.2.cost_at_average_fills"}),
    ],
)
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str, wrong: set[str]) -> None:
    put_off(monkeypatch, canon, formula)
    assert wrong <= disagreeing(cells_of(canon, PATHS))
