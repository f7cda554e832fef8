"""Which prices the chain tab shows: all that matters, and not another frame for every look."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simhedge.levels.profile import Root
from simhedge.levels.walls import Walls
from simhedge.live.chain_plots import ChainPlots, framed
from simhedge.report.interactive.look import DARK, LIGHT


def levels(
    spot: float = 100.0, roots: tuple[float, ...] = (99.0,), walls: tuple[float | None, float | None] = (104.0, 96.0),
    strikes: tuple[float, ...] = (95.0, 100.0, 105.0), gamma: tuple[float, ...] = (1.0, 1.0, 1.0),
) -> Any:  # fmt: skip
    """As much of the levels of a chain as the frame rests on."""
    exposures = SimpleNamespace(strike=np.array(strikes), calls=np.array(gamma), puts=-np.array(gamma))
    profile = SimpleNamespace(roots=tuple(Root(root, 1.0) for root in roots))
    return SimpleNamespace(spot=spot, walls=Walls(*walls), strikes=exposures, profile=profile)


def test_usually_it_is_15_per_cent_to_either_side() -> None:
    assert framed((0.0, 0.0), levels()) == pytest.approx((85.0, 115.0))
    assert framed((0.0, 0.0), levels(roots=(), walls=(None, None))) == pytest.approx((85.0, 115.0))


@pytest.mark.parametrize(
    "far",
    [
        levels(roots=(62.0, 99.0, 141.0)),
        levels(walls=(141.0, 62.0)),
        levels(strikes=(62.0, 100.0, 141.0)),
    ],
)
def test_roots_walls_and_strikes_that_lie_further_out_are_in_sight(far: Any) -> None:
    low, high = framed((0.0, 0.0), far)
    assert 50.0 < low < 62.0
    assert 141.0 < high < 150.0


def test_strikes_with_next_to_no_gamma_widen_nothing() -> None:
    far = levels(strikes=(5.0, 95.0, 100.0, 105.0, 500.0), gamma=(0.001, 1.0, 1.0, 1.0, 0.001))
    assert framed((0.0, 0.0), far) == pytest.approx((85.0, 115.0))


def test_the_frame_stays_while_all_fits_into_it() -> None:
    before = framed((0.0, 0.0), levels())
    assert framed(before, levels(spot=101.0)) == before
    assert framed(before, levels(spot=108.0))[1] == pytest.approx(1.15 * 108.0)
    assert framed(before, levels(roots=(70.0,)))[0] < 70.0
    assert framed((10.0, 1000.0), levels()) == pytest.approx((85.0, 115.0)), "what is left of it would be too small"


def test_price_and_net_gamma_are_drawn_in_the_ink_of_the_paper() -> None:
    """The colour of the hedged world would say that somebody hedges."""
    plots = ChainPlots(LIGHT)
    for paper in (LIGHT, DARK):
        plots.repaint(paper)
        assert plots.net.glyph.line_color == paper.ink
        assert {mark.line_color for mark in plots.spot_marks} == {paper.muted} == {plots.spot_swatch.glyph.line_color}
        assert plots.exposures.background_fill_color == paper.sheet
