"""Scenarios of the checks: gain, news and clock are what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from simhedge.canon.effort import Effort
from simhedge.canon.street import LAGGED, SPOT, STEP_NEWS, bachelier, constant_gain, end_points
from simhedge.simulation.plan import prepare


@pytest.mark.parametrize("kappa", [-0.5, 0.0, 3.0])
def test_constant_gain(kappa: float) -> None:
    assert prepare(constant_gain(kappa, LAGGED, seed=1, steps=10)).gain.start_gain == pytest.approx(kappa)


def test_news_of_a_step_and_shapes() -> None:
    scenario = constant_gain(0.0, LAGGED, seed=1, steps=50)
    every = end_points(scenario, ("spot", "hedge"), Effort(None, 1), 512, every=1)
    assert every["spot"].shape == (512, 51)
    assert every["hedge"].shape == (512, 51, 1)
    moves = np.diff(every["spot"], axis=1)
    assert moves.std() == pytest.approx(STEP_NEWS, rel=0.02)
    ends = end_points(scenario, ("spot",), Effort(None, 1), 512)["spot"]
    np.testing.assert_array_equal(ends, every["spot"][:, [0, -1]])
    assert (ends[:, 0] == SPOT).all()


def test_drift_is_per_step() -> None:
    tree = bachelier(0.01, 100, 0.5)
    assert tree["drift"] == pytest.approx(0.5 * 100 * 252)
    assert tree["volatility"] == pytest.approx(0.01 * np.sqrt(100 * 252))
