"""The fold of a short book: formulas by root finding, the leap in the engine, hysteresis."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, finding_of, put_off
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from simhedge.canon.results import squeeze_fold as canon

PATHS = 128


@pytest.fixture(autouse=True)
def fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canon, "CREEP_STEPS", 350)
    monkeypatch.setattr(canon, "SWEEP_STEPS", 20)


def test_known_values() -> None:
    found = canon.fold(1.0, 0.1)
    assert found.leaps_from == pytest.approx(-0.21557, abs=5e-6)
    assert found.leaps_to == pytest.approx(0.46673, abs=5e-6)
    assert found.news == pytest.approx(-0.46329, abs=5e-6)
    assert -1.0 - found.news == pytest.approx(-0.53671, abs=5e-6)
    assert canon.fold_time(1.0) == pytest.approx(1.0 / (2.0 * np.pi))
    assert canon.days_of_volume(1) == pytest.approx(2.51, abs=5e-3)
    assert canon.days_of_volume(5) == pytest.approx(5.6, abs=5e-3 + 1e-3)


@pytest.mark.parametrize(("a", "tau"), [(1.0, 0.1), (2.0, 0.3), (0.5, 0.01)])
def test_fold_is_the_top_of_the_lower_branch(a: float, tau: float) -> None:
    found = canon.fold(a, tau)
    top = minimize_scalar(
        lambda s: -(s - a * ndtr(s / np.sqrt(tau))), bounds=(-4 * np.sqrt(tau), 0.0), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    assert found.leaps_from == pytest.approx(top.x, abs=1e-6)
    assert found.news == pytest.approx(-top.fun)
    assert found.leaps_to - a * ndtr(found.leaps_to / np.sqrt(tau)) == pytest.approx(found.news)


def test_leap_tends_to_all_shares_as_expiry_comes() -> None:
    found = canon.fold(1.0, 1e-8)
    assert found.leaps_to - found.leaps_from == pytest.approx(1.0, abs=2e-3)


def test_no_fold_above_its_time() -> None:
    """Below tau_c the gain at the strike is beyond -1, above it is not."""
    for part in (0.9, 1.1):
        tau = part * canon.fold_time(1.0)
        assert (1.0 / np.sqrt(2.0 * np.pi * tau) > 1.0) == (part < 1.0)


def test_verdicts() -> None:
    finding = finding_of(canon, PATHS)
    cells = {cell.id.removeprefix(f"{canon.ID}."): cell for cell in finding.cells}
    assert len(cells) == 9
    assert_green(cells)
    up, down = (cells[f"{way}.news"].observed for way in ("up", "down"))
    assert up is not None
    assert down is not None
    assert up - down > 0.07  # hysteresis
    rising, falling = finding.panels[0].lines[1:]
    assert (np.diff(rising.y) > -1e-9).all()
    assert (np.diff(falling.y) < 1e-9).all()


def test_wrong_formulas_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for formula in ("fold_time", "days_of_volume", "fold"):
        put_off(monkeypatch, canon, formula)
    cells = cells_of(canon, PATHS)
    assert disagreeing(cells) == set(cells)
