"""Pins under other clearings: the engine path by path against the rule in units of the news, and the verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from scipy.special import ndtr

from simhedge.canon.effort import Effort
from simhedge.canon.results import pin_clearing as canon
from simhedge.canon.results.pin_full_feedback import UNIT, expiry_scenario
from simhedge.canon.street import LAGGED, SPOT, end_points

PATHS = 10_240


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coarser day, on which the same is cheap."""
    monkeypatch.setattr(canon, "LAG_STEPS", 8)
    monkeypatch.setattr(canon, "ROUNDS_STEPS", 30)
    monkeypatch.setattr(canon, "REFERENCE_PATHS", 1_024)


def test_share_cleared_at_once() -> None:
    assert canon.share_cleared_at_once(2.0, 0.1) == pytest.approx(0.729, abs=5e-4)
    assert canon.share_cleared_at_once(0.0, 0.1) == pytest.approx(0.080, abs=5e-4)
    assert canon.share_cleared_at_once(1.0, 0.0) == pytest.approx(0.382925, abs=1e-6)


def test_engine_follows_the_lagged_rule_path_by_path() -> None:
    steps, alpha = 20, 2.0
    scenario = expiry_scenario(alpha, 0.0, LAGGED, steps=steps)
    points = end_points(scenario, ("spot", "twin_spot"), Effort(None, 1), 256, every=1)
    ours, news = ((points[name] - SPOT) / UNIT for name in ("spot", "twin_spot"))
    price = np.zeros(256)
    for step in range(steps):
        price = news[:, step + 1] - alpha * (ndtr(price / np.sqrt(1 - step / steps)) - 0.5)
        np.testing.assert_allclose(ours[:, step + 1], price, atol=5e-3)


def test_lag_destroys_the_pin_on_any_grid() -> None:
    """0.05 to 0.06 for 78 to 1,950 steps, below the share without any dealer."""
    for steps in (78, 390):
        found = canon.share_with_lag(2.0, 0.1, steps, 20_480, 1)
        assert 0.045 < found.value < 0.065
        assert found.standard_error < 0.002


def test_rounds_near_the_canon_and_control_variate_unbiased() -> None:
    found = canon.share_with_rounds(1.0, 0.02, 30, 4_096, 3)
    assert found.standard_error < 0.5 * np.sqrt(0.39 * 0.61 / 4_096)
    assert 0.33 < found.value < 0.41


@pytest.mark.usefixtures("short")
def test_verdicts() -> None:
    """With thirty steps instead of 390 the asynchronous share is another one, which the explanation predicts."""
    cells = cells_of(canon, PATHS)
    assert {"lagged", "simultaneous", "no_dealer", "asynchronous"} == set(cells)
    assert_green(cells)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("formula", "wrong", "paths"),
    [
        ("share_cleared_at_once", {"simultaneous", "no_dealer"}, 204_800),
        ("share_with_lag", {"lagged"}, 409_600),
    ],
)
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str, wrong: set[str], paths: int) -> None:
    monkeypatch.setattr(canon, "_rounds_cell", lambda effort: cells_of_nothing())
    put_off(monkeypatch, canon, formula)
    assert disagreeing(cells_of(canon, paths)) == wrong


def cells_of_nothing() -> canon.Cell:
    """Stands for the asynchronous cell, which takes long."""
    return canon.Cell(f"{canon.ID}.asynchronous", "", "D", None, None)


def test_a_wrong_reference_of_rounds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canon, "ROUNDS_STEPS", 30)
    cell = canon._rounds_cell(Effort(2_560, 1))
    assert cell.verdict in ("agrees", "explained")
    put_off(monkeypatch, canon, "share_with_rounds", 1.1)
    monkeypatch.setattr(canon, "ROUNDS_SHARE", 1.1 * canon.ROUNDS_SHARE)
    assert canon._rounds_cell(Effort(2_560, 1)).verdict == "disagrees"
