"""The live page in a real browser: it stands, its clock obeys, its levels move, in either theme, without complaint."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from live_pages import TRAIL, Program, Tab, live_program

STEPS_PER_DAY = 78
NAMELESS = re.compile(r"^\s*- (button|slider|combobox|textbox|spinbutton|checkbox)(?! \")", re.MULTILINE)
FIGURES = re.compile(r'^\s*- img "\w.+"', re.MULTILINE)
FOCUSED = """(() => { let at = document.activeElement; while (at.shadowRoot && at.shadowRoot.activeElement)
  at = at.shadowRoot.activeElement; return at.getAttribute('aria-label') || at.innerText || at.name || at.type })()"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with live_program("regime_change", "--set", "clock.days=20") as running:  # a cycle that no test comes to the end of
        yield running


@pytest.fixture
def tab(browser: Any, program: Program) -> Iterator[Tab]:
    with Tab(browser, program.url) as opened:
        yield opened
        assert opened.said == []


def steps_done(tab: Tab) -> int:
    return round(tab.column("day")[-1] * STEPS_PER_DAY)


def test_it_stands_and_runs_without_a_word_of_complaint(tab: Tab) -> None:
    assert tab.page.title() == "simhedge live: regime-change"
    assert tab.page.locator("canvas").count() >= 6
    tab.rows(20)
    assert tab.column("spot")[0] == tab.column("twin")[0] == 100.0
    assert tab.column("spot")[-1] != tab.column("twin")[-1]
    assert tab.page.get_by_text("Dealers are").is_visible()


def test_levels_move_as_the_book_ages(tab: Tab) -> None:
    tab.at_speed("500")
    tab.rows(300)
    zero, call, put = (tab.column(name) for name in ("zero_gamma", "call_wall", "put_wall"))
    assert {call[-1], put[-1]} == {104.0, 94.0}
    assert len({round(level, 6) for level in zero if not math.isnan(level)}) > 3
    assert 94.0 < zero[-1] < 104.0


def test_pause_step_and_restart_give_the_same_path(tab: Tab) -> None:
    tab.at_speed("200")
    tab.rows(120)
    tab.pause()
    paused = steps_done(tab)
    first = tab.column("spot")
    for presses in (1, 2):
        tab.press("Step")
        tab.rows(paused + 1 + presses)
        tab.settle()
        assert steps_done(tab) == paused + presses
    seen = tab.column("spot")
    assert seen[: len(first)] == first
    tab.press("Restart")
    tab.wait(f"{TRAIL}.data.day.length === 1")
    tab.press("Run")
    tab.rows(len(seen))
    assert tab.column("spot")[: len(seen)] == seen
    tab.press("New seed")
    tab.page.get_by_text("seed 20180206").wait_for()
    tab.rows(50)
    assert tab.column("spot")[1:50] != seen[1:50]


def test_what_the_reader_prefers_is_worn_and_can_be_changed(browser: Any, program: Program) -> None:
    with Tab(browser, program.url, color_scheme="dark") as tab:
        tab.wait(f"{BACKGROUND} !== 'rgba(0, 0, 0, 0)' && Number({BACKGROUND}.match(/\\d+/)[0]) < 60")
        tab.press("Dark")
        tab.wait(f"Number({BACKGROUND}.match(/\\d+/)[0]) > 200")
        assert tab.said == []


def test_the_keyboard_reaches_and_moves_the_controls(tab: Tab) -> None:
    reached = []
    for _ in range(16):
        tab.page.keyboard.press("Tab")
        reached.append(tab.read(FOCUSED))
    for name in ("Pause", "Step", "Restart", "Steps a second", "Dealers' gamma, times the book", "Good news"):
        assert name in reached, reached
    handle = tab.page.get_by_role("slider", name="Dealers' gamma")
    handle.press("ArrowRight")
    tab.page.get_by_text("Dealers' gamma, times the book: 1.05").wait_for()
    tab.page.get_by_role("button", name="Pause", exact=True).press("Enter")
    tab.page.get_by_role("button", name="Run", exact=True).wait_for()


def test_everything_to_be_used_has_a_name(tab: Tab) -> None:
    for place, sign, figure, figures in (
        ("Live", "Pause", "Price of the hedged world", 6),
        ("Ensemble", "Good news", "Distribution of the prices", 1),
        ("Chain", "Open a chain file", "Gamma of calls and of puts", 2),
    ):
        tab.press(place)
        tab.page.get_by_role("img", name=figure).wait_for()
        told = tab.page.locator("body").aria_snapshot()
        assert NAMELESS.findall(told) == []
        assert f'button "{sign}"' in told
        assert len(FIGURES.findall(told)) == figures, told


def test_news_moves_both_worlds_in_one_step(tab: Tab) -> None:
    tab.pause()
    before = tab.column("twin")[-1]
    tab.press("Good news")
    tab.press("Step")
    tab.wait(f"[...{TRAIL}.data.twin].at(-1) !== it", before)
    assert tab.column("twin")[-1] > 1.02 * before


def test_what_the_engine_refuses_is_said_and_taken_back(tab: Tab) -> None:
    choice = tab.page.get_by_label("Hedging policy")
    choice.select_option("delta band")
    parameter = tab.page.get_by_label("Band (shares per dealer)")
    parameter.fill("-5")
    parameter.press("Enter")
    alert = tab.page.get_by_role("alert")
    alert.wait_for()
    assert "band" in alert.inner_text()
    assert parameter.input_value() == "100000"
    tab.updates(3)
