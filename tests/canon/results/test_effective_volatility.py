"""sigma / (1 + kappa): the constants of the formula, and the engine's first step against it."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from scipy.stats import norm

from simhedge.canon.results import effective_volatility as canon

PATHS = 20_480


def test_constants_of_the_formula() -> None:
    gamma = canon.call_gamma(100.0, 0.20, 21)
    assert gamma == pytest.approx(0.0690700, abs=5e-8)
    kappa = 1e-6 * 5e6 * gamma
    assert kappa == pytest.approx(0.345350, abs=5e-7)
    assert canon.effective_volatility(0.20, kappa) == pytest.approx(0.14866, abs=5e-6)
    assert canon.effective_volatility(0.20, -kappa) == pytest.approx(0.30551, abs=5e-6)


def test_gamma_is_the_slope_of_delta() -> None:
    def delta(spot: float) -> float:
        width = 0.4 * np.sqrt(2.5 / 252)
        return float(norm.cdf((np.log(spot / 103.0) + 0.5 * width**2) / width))

    slope = (delta(100.001) - delta(99.999)) / 0.002
    assert canon.call_gamma(103.0, 0.4, 2.5) == pytest.approx(slope, rel=1e-6)


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert_green(cells)
    assert cells["mixed_book"].published == pytest.approx(0.734417, abs=5e-7)


def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    put_off(monkeypatch, canon, "effective_volatility")
    assert disagreeing(cells_of(canon, PATHS)) == {"long", "short", "mixed_book"}
