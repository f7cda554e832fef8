"""What the page is for: gamma slid through zero turns a calmer price into a wilder one, under the same shocks."""

from __future__ import annotations

from typing import Any

import pytest
from live_pages import STEPS_MEASURED, Tab, live_program

import simhedge as sh
from simhedge.live.street import MOST_POINTS

STEPS = 400
GAMMA = "Dealers' gamma, times the book"
CYCLE = {"clock.days": 10}  # which a slow machine does not end before both are measured


def news() -> list[float]:
    """The twin's prices of the first path as drawn, which no control of the page may change."""
    record = {"paths": 1, "every": -(-10 * 390 // MOST_POINTS), "series": ["twin_spot"]}
    paths = sh.run(sh.load_scenario("positive_gamma", {"paths": 1, "outputs.record": record} | CYCLE)).paths
    assert paths is not None
    return list(map(float, paths["twin_spot"][0]))


def test_gamma_through_zero_makes_the_price_wilder_than_its_twin(browser: Any) -> None:
    with live_program("positive_gamma", "--set", "clock.days=10") as program, Tab(browser, program.url) as tab:
        tab.at_speed("100")
        long, long_error = tab.measured(STEPS)
        tab.slide(GAMMA, -1.0, 0.05)
        tab.wait(f"!({STEPS_MEASURED} >= it)", STEPS)  # the market has heard of it
        short, short_error = tab.measured(STEPS)
        twin = tab.column("twin")
        assert long + 4 * long_error < 1.0 < short - 4 * short_error
        assert long == pytest.approx(1 / 1.25, abs=0.01)
        assert short == pytest.approx(1 / 0.75, abs=0.02)
        assert twin == pytest.approx(news()[: len(twin)], rel=1e-12)
        assert tab.said == []
