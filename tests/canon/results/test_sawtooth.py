"""Legs of a sawtooth: their laws against a direct recursion, and the engine."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off

from simhedge.canon.results import sawtooth as canon

PATHS = 20_480


@pytest.mark.parametrize("kappa", [0.9, 1.0, 1.2])
def test_laws_against_a_recursion(kappa: float) -> None:
    """Leg j is a weighted sum of the news so far; second moments follow from the weights without chance."""
    legs = 13
    weights = np.array([[(-kappa) ** (j - i) if i <= j else 0.0 for i in range(legs)] for j in range(legs)])
    moments = weights @ weights.T
    variances = np.diag(moments)
    assert [canon.leg_variance(kappa, j + 1) for j in range(legs)] == pytest.approx(list(variances))
    products = np.diag(moments, 1)
    assert canon.autocorrelation(kappa, legs) == pytest.approx(products.mean() / variances.mean())
    assert canon.growth(kappa, legs) == pytest.approx(np.sqrt(variances[-1]))
    assert canon.own_share(kappa, legs) == pytest.approx(kappa * np.sqrt(variances[-2] / variances[-1]))


def test_at_one_legs_are_a_random_walk_with_alternating_signs() -> None:
    assert canon.autocorrelation(1.0, 13) == pytest.approx(-13.0 / 14.0)
    assert canon.autocorrelation(1.0, 999) == pytest.approx(-0.999)
    assert canon.growth(1.0, 13) == pytest.approx(np.sqrt(13.0))


def test_gain_of_the_printed_prices() -> None:
    assert canon.gain_of_legs(canon.KO_PRICES) == pytest.approx(0.901, abs=5e-4)
    assert canon.gain_of_legs([0.0, 1.0, -0.5, 1.75]) == pytest.approx(1.5)
    amplitudes = np.abs(np.diff(canon.KO_PRICES)) / 76.9
    assert ((amplitudes > 0.0065) & (amplitudes < 0.0105)).all()


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 10
    assert_green(cells)


@pytest.mark.parametrize("formula", ["autocorrelation", "growth", "own_share"])
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
    put_off(monkeypatch, canon, formula)
    wrong = {f"{name}.{formula}" for name in ("ko", "kappa_1", "kappa_1.2")}
    assert disagreeing(cells_of(canon, PATHS)) == wrong


def test_a_wrong_period_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canon, "PERIOD_MINUTES", 1.05 * canon.PERIOD_MINUTES)
    assert disagreeing(cells_of(canon, 1_280)) == {"period"}
