"""Volatility points of an index: the arithmetic and the engine."""

from __future__ import annotations

import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off

from simhedge.canon.results import index_magnitude as canon

PATHS = 1_280


def test_known_values() -> None:
    assert canon.gain_of_exposure(3.4e9) == pytest.approx(0.0085)
    assert canon.gain_of_exposure(-54e9) == pytest.approx(-0.135)
    assert canon.points_added(0.0085) == pytest.approx(-0.13, abs=0.006)
    assert canon.points_added(-0.135) == pytest.approx(2.5, abs=0.005)
    assert canon.points_added(0.0) == 0.0


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert set(cells) == {"typical", "lowest"}
    assert_green(cells)


@pytest.mark.parametrize("formula", ["points_added", "gain_of_exposure"])
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
    put_off(monkeypatch, canon, formula)
    assert disagreeing(cells_of(canon, PATHS)) == {"typical", "lowest"}
