"""Lessons in a real browser, done as they say."""

from __future__ import annotations

from typing import Any

import pytest
from live_pages import Tab, live_program

LAST = "This was the last step."
MOST_PRESSES = 60


def done(tab: Tab) -> Any:
    return tab.page.get_by_role("status").filter(has_text="Done.")


def go_on(tab: Tab, title: str) -> None:
    done(tab).wait_for()
    tab.press("Next")
    tab.page.get_by_role("heading", name=title).wait_for()
    assert done(tab).count() == 0


def press_until_done(tab: Tab, name: str) -> None:
    """Press a button of the news, and let a step pass each time, until the step of the lesson is done."""
    for _ in range(MOST_PRESSES):
        if done(tab).count():
            return
        tab.press(name)
        tab.press("Step")
        tab.settle()
    pytest.fail(f"{MOST_PRESSES} presses of {name} did not do it")


def test_the_squeeze_reaches_its_last_step(browser: Any) -> None:
    with live_program("--lesson", "squeeze") as program, Tab(browser, program.url) as tab:
        done(tab).wait_for()
        tab.pause()  # a price that leapt by itself meanwhile would have to fall back first
        go_on(tab, "Push it over")
        press_until_done(tab, "Good news")
        go_on(tab, "And back")
        press_until_done(tab, "Bad news")
        go_on(tab, "Volume switches it off")
        tab.slide("Liquidity, times", 6)
        go_on(tab, "How often?")
        tab.slide("Liquidity, times", 3)
        tab.press("Ensemble")
        tab.page.get_by_text(LAST).wait_for()
        assert tab.page.get_by_role("cell", name="difference").count() >= 1
        assert tab.page.get_by_role("button", name="Next", exact=True).is_disabled()
        assert tab.said == []
