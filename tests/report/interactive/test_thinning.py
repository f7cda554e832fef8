"""Thinning keeps ends and extremes, and never adds a point."""

from __future__ import annotations

import numpy as np
import pytest

from simhedge.report.interactive.thinning import even_positions, telling_positions


@pytest.mark.parametrize("count", [1, 2, 399, 400, 401, 10_000])
def test_even_positions_are_few_and_keep_both_ends(count: int) -> None:
    kept = even_positions(count)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert kept.size == min(count, 400)
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("count", [1, 50, 400, 401, 5_000])
def test_telling_positions_keep_ends_and_extremes_of_every_line(count: int) -> None:
    rng = np.random.default_rng(3)
    lines = rng.standard_normal((3, count))
    kept = telling_positions(*lines)
    assert kept.size <= 400
    assert {0, count - 1} <= set(kept.tolist())
    for line in lines:
        assert line[kept].max() == line.max()
        assert line[kept].min() == line.min()


def test_a_spike_of_one_point_is_kept_and_gaps_do_no_harm() -> None:
    line = np.zeros(5_000)
    line[3_217] = 1.0
    line[4_000:] = np.nan
    assert 3_217 in telling_positions(line)
