"""Delta-method errors against the bootstrap of the library arch."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import IIDBootstrap

from simhedge.validation.estimate import paired
from simhedge.validation.moments import moments_of


@pytest.mark.parametrize("powers", [{0: 1.0, 1: -1.0}, {0: 0.5, 1: -0.5}], ids=["rate", "volatility"])
def test_the_error_of_a_paired_difference_is_that_of_the_bootstrap(powers: dict[int, float]) -> None:
    """1,000 resamples of 500 paths: their spread is known to 2.2%."""
    generator = np.random.default_rng(3)
    shared = generator.gamma(2.0, 1.0, (500, 2))
    rows = np.concatenate([shared + generator.gamma(1.0, 0.5, (500, 2)), shared], axis=1)

    def difference(sample: np.ndarray) -> float:
        means = sample.mean(axis=0)
        hedged, twin = (np.prod([means[first + k] ** p for k, p in powers.items()]) for first in (0, 2))
        return float(hedged - twin)

    drawn = IIDBootstrap(rows, seed=np.random.default_rng(4)).apply(difference, 1000)
    assert paired(moments_of(rows), powers).difference_se == pytest.approx(float(drawn.std()), rel=0.08)
