"""The law of one step's hedging error, by quadrature and simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from simhedge.canon.effort import Effort
from simhedge.canon.results import boyle_emanuel


def test_moments_are_those_of_half_of_z_squared_less_one():
    def about_zero(power):
        return quad(lambda z: (0.5 * (z * z - 1.0)) ** power * norm.pdf(z), -12, 12)[0]

    law = boyle_emanuel.moments_of_one_step()
    assert law["variance"] == pytest.approx(about_zero(2), rel=1e-8)
    assert law["skewness"] == pytest.approx(about_zero(3) / about_zero(2) ** 1.5, rel=1e-8)
    assert law["kurtosis"] == pytest.approx(about_zero(4) / about_zero(2) ** 2, rel=1e-7)
    assert law["probability_of_loss"] == pytest.approx(0.6827, abs=5e-5)


def test_density_integrates_to_the_probability_of_a_loss():
    density = quad(lambda u: boyle_emanuel.density_of_one_step(np.array([u * u - 0.5]))[0] * 2 * u, 0, math.sqrt(0.5))
    assert density[0] == pytest.approx(boyle_emanuel.moments_of_one_step()["probability_of_loss"], rel=1e-8)


def test_a_day_of_a_year_changes_the_law_by_less_than_half_a_per_cent():
    effect = boyle_emanuel.effect_of_a_day()
    assert all(abs(factor - 1.0) < 5e-3 for factor in effect.values())
    assert effect["kurtosis"] < 1.0 - 1e-3


def test_check_agrees_and_disagrees_where_the_law_is_5_per_cent_off(monkeypatch):
    errors = list(boyle_emanuel.daily_errors(Effort(200_000, 1)))
    monkeypatch.setattr(boyle_emanuel, "daily_errors", lambda effort: iter(errors))
    finding = boyle_emanuel.check(Effort())
    assert {cell.verdict for cell in finding.cells} == {"agrees"}
    assert finding.panels[0].lines[0].y.max() > 1.0
    law = {name: 1.05 * value for name, value in boyle_emanuel.moments_of_one_step().items()}
    law["kurtosis"] *= 1.05  # its error is 1% with so few paths
    monkeypatch.setattr(boyle_emanuel, "moments_of_one_step", lambda: law)
    assert {cell.verdict for cell in boyle_emanuel.check(Effort()).cells} == {"disagrees"}
