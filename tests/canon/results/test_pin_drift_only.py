"""Pinning by time decay: the closed form solves the Kolmogorov equation, and their equation agrees with it."""

from __future__ import annotations

import numpy as np
import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off
from scipy.integrate import solve_ivp
from scipy.stats import norm

from simhedge.canon.results import pin_drift_only as canon

PATHS = 4_096


def test_table() -> None:
    table = {
        0.0: (0.094923, 0.328971, 0.797247),
        0.5: (0.084254, 0.296766, 0.755432),
        2.0: (0.013407, 0.052559, 0.194236),
    }
    for distance, row in table.items():
        ours = [canon.pin_probability(alpha, distance) for alpha in (0.25, 1.0, 4.0)]
        assert ours == pytest.approx(row, abs=1e-6)


@pytest.mark.parametrize(("alpha", "distance"), [(1.0, 0.0), (4.0, 0.5), (0.25, 2.0)])
def test_closed_form_solves_the_backward_equation(alpha: float, distance: float) -> None:
    """P_t + P_zz / 2 = (alpha/2) z tau^(-3/2) phi(z / sqrt tau) P_z, integrated back from a time close to expiry."""
    width, last = 6.0, 0.02
    z = np.linspace(-width, width, 1201)
    step = z[1] - z[0]

    def at_time_left(tau: float) -> np.ndarray:
        return -np.expm1(-alpha * norm.pdf(z / np.sqrt(tau)) / np.sqrt(tau))

    def rate(tau: float, p: np.ndarray) -> np.ndarray:
        slope, curvature = np.gradient(p, step), np.zeros_like(p)
        curvature[1:-1] = (p[2:] - 2.0 * p[1:-1] + p[:-2]) / step**2
        return 0.5 * curvature - 0.5 * alpha * z * tau**-1.5 * norm.pdf(z / np.sqrt(tau)) * slope

    solved = solve_ivp(rate, (last, 1.0), at_time_left(last), method="LSODA", lband=2, uband=2, rtol=1e-7, atol=1e-9)
    ours = np.interp(distance, z, solved.y[:, -1])
    assert canon.pin_probability(alpha, distance) == pytest.approx(ours, rel=3e-3)


def test_step_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step twice as long moves no estimate by as much as its error."""
    for alpha, distance in ((0.25, 0.0), (4.0, 0.5)):
        exact = canon.pin_probability(alpha, distance)
        monkeypatch.setattr(canon, "STEP", 2 * 0.02)
        found = canon.simulated_pin_probability(alpha, distance, 40_960, np.random.default_rng(1))
        assert abs(found.value - exact) < 4.0 * found.standard_error
        assert found.standard_error < 0.003 * exact


def test_control_variate_leaves_the_mean() -> None:
    """Where nothing pulls (alpha 0) nothing is pinned, whatever is taken off."""
    found = canon.simulated_pin_probability(1e-6, 0.0, 2_048, np.random.default_rng(2))
    assert abs(found.value) < 1e-5


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 9
    assert_green(cells)


def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    put_off(monkeypatch, canon, "pin_probability")
    wrong = disagreeing(cells_of(canon, PATHS))
    assert wrong >= {f"alpha_{alpha:g}.z_{z:g}" for alpha in (0.25, 1.0, 4.0) for z in (0.0, 0.5)}
