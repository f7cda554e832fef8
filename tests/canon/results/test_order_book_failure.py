"""Shapes of a table of failures: each measure on tables made by hand, then theirs and ours."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off

from simhedge.canon.results import order_book_failure as canon

PATHS = 128


def row(*shares: float) -> np.ndarray:
    return np.array(shares, dtype=np.float64)


def test_boundary_interpolates_where_half_fail() -> None:
    assert canon.boundary(row(100, 75, 25, 0, 0, 0, 0, 0, 0)) == pytest.approx(-50.0)
    assert canon.boundary(row(50, 0, 0, 0, 0, 0, 0, 0, 0)) == pytest.approx(-80.0)
    assert np.isnan(canon.boundary(row(40, 0, 0, 0, 0, 0, 0, 0, 0)))
    assert np.isnan(canon.boundary(row(0, 0, 0, 0, 0, 0, 0, 60, 90)))


def test_other_measures() -> None:
    smile = row(90, 60, 50, 10, 5, 20, 50, 70, 80)
    assert canon.least_failing(smile) == 5
    assert canon.least_failing(row(9, 0, 9, 9, 9, 9, 9, 9, 9)) == 2
    assert canon.least_failing(row(9, 0, 0, 0, 0, 0, 9, 9, 9)) == 5
    assert canon.long_failing(smile) == pytest.approx(0.75)
    assert canon.long_failing(smile, row(*[0] * 9)) == pytest.approx(0.375)
    assert canon.short_fails_first({0.0: smile}) == pytest.approx(
        0.5
    )  # 90, 50 against 80, 50; not 60, 10 against 70, 20
    rows = {1.0: row(100, 0, 0, 0, 0, 0, 0, 0, 0), 2.0: row(100, 100, 0, 0, 0, 0, 0, 0, 0)}
    assert canon.boundary_order(rows) == pytest.approx(1.0)


def test_limit_of_overshooting() -> None:
    """Beyond it what is left of a gap grows: abs(1 - theta (1 + kappa)) > 1."""
    for theta in (0.25, 0.5, 1.0):
        limit = canon.overshoot_limit(theta)
        assert abs(1.0 - theta * (1.0 + limit)) == pytest.approx(1.0)
    assert canon.overshoot_limit(0.25) == pytest.approx(7.0)


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert_green(cells)
    assert {name for name, cell in cells.items() if cell.verdict == "explained"} == {"thinnest.long_failing"}


def test_a_wrong_limit_and_a_wrong_sign_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes are coarse: the limit must be a third off, the calibration have the wrong sign."""
    monkeypatch.setattr(canon, "ZETA_ROWS", {row: canon.ZETA_ROWS[row] for row in (0.075, 0.15)})
    monkeypatch.setattr(canon, "STEPS", 150)
    with monkeypatch.context() as change:
        put_off(change, canon, "overshoot_limit", 1.33)
        assert disagreeing(cells_of(canon, PATHS)) == {"thinnest.long_failing"}
    right = canon._gain_of_largest
    monkeypatch.setattr(canon, "_gain_of_largest", lambda shares: -right(shares))
    assert disagreeing(cells_of(canon, PATHS)) >= {"short_fails_first", "long_surviving"}
