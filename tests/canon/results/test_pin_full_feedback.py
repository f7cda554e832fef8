"""Pinning with full feedback: the law by quadrature, the whole terminal law of the engine, and the verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from scipy.integrate import quad
from scipy.special import erf, ndtr
from scipy.stats import kstest, norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import pin_full_feedback as canon
from simhedge.canon.street import SIMULTANEOUS, SPOT, end_points

PATHS = 25_600


def test_table() -> None:
    table = {
        0.0: (0.099476, 0.382925, 0.954500),
        0.5: (0.085680, 0.307346, 0.768026),
        2.0: (0.010653, 0.022552, 0.028131),
    }
    for distance, row in table.items():
        ours = [canon.pin_probability(alpha, distance) for alpha in (0.25, 1.0, 4.0)]
        assert ours == pytest.approx(row, abs=1e-6)


def test_at_the_money_and_for_small_books() -> None:
    assert canon.pin_probability(1.3, 0.0) == pytest.approx(float(erf(1.3 / (2 * np.sqrt(2)))))
    assert canon.pin_probability(1e-5, 0.7) == pytest.approx(1e-5 * norm.pdf(0.7), rel=1e-4)


@pytest.mark.parametrize("alpha", [0.25, 1.0, 4.0])
def test_terminal_deviation_by_quadrature(alpha: float) -> None:
    variance = 2.0 * quad(lambda x: (x - alpha / 2) ** 2 * norm.pdf(x), alpha / 2, 40.0)[0]
    assert canon.terminal_deviation(alpha) == pytest.approx(np.sqrt(variance))


@pytest.mark.parametrize(("alpha", "distance"), [(1.0, 0.0), (1.0, 0.5), (4.0, 0.5)])
def test_whole_terminal_law(alpha: float, distance: float) -> None:
    """Two normal pieces, moved towards each other by the dealers' trades, and an atom at the strike."""
    scenario = canon.expiry_scenario(alpha, distance, SIMULTANEOUS)
    ends = end_points(scenario, ("spot", "twin_spot"), Effort(None, 1), PATHS)
    price, news = ((ends[name][:, 1] - SPOT) / canon.UNIT for name in ("spot", "twin_spot"))
    up = alpha * ndtr(distance)  # c: trading the hedge held at the start
    shifted = news + up
    expected = np.where(shifted < -distance, shifted, np.maximum(-distance, shifted - alpha))
    np.testing.assert_allclose(price, expected, atol=2e-4)
    below, above = price[price < -distance - 1e-3], price[price > -distance + 1e-3]
    low, high = -distance - up, -distance - up + alpha
    assert kstest(below - up, lambda x: ndtr(x) / ndtr(low)).pvalue > 1e-3
    assert kstest(above - up + alpha, lambda x: (ndtr(x) - ndtr(high)) / ndtr(-high)).pvalue > 1e-3


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 10
    assert_green(cells)


def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    put_off(monkeypatch, canon, "pin_probability")
    put_off(monkeypatch, canon, "terminal_deviation")
    wrong = disagreeing(cells_of(canon, 4 * PATHS))
    assert wrong >= {"alpha_1.z_0", "alpha_4.z_0", "alpha_1.z_0.5", "alpha_4.z_0.5", "alpha_1.z_0.deviation"}
