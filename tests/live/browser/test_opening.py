"""What a browser shows while the engine is being loaded, and where the scenario cannot run."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from live_pages import served_within

from simhedge.errors import InputError
from simhedge.live.opening import open_when_ready
from simhedge.live.page import filler
from simhedge.live.shown import Shown
from simhedge.scenario import load_scenario

CONTRAST = """element => {
  const bright = colour => colour.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)
  return Math.abs(bright(getComputedStyle(element).color) - bright(getComputedStyle(document.body).backgroundColor))
}"""
LOADING = "Loading the engine"


@contextmanager
def early(browser: Any, scheme: str = "light") -> Iterator[tuple[Any, Future[Any]]]:
    """A tab that came before the engine, and what says that this is loaded."""
    filling: Future[Any] = Future()
    opening = partial(open_when_ready, name="a scenario", filling=filling)
    with served_within(opening) as served, browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(served.url)
        page.get_by_text(LOADING).wait_for()
        try:
            yield page, filling
        finally:
            filling.cancel()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_says_that_it_is_loading_until_it_stands(browser: Any, scheme: str) -> None:
    with early(browser, scheme) as (page, filling):
        assert page.get_by_text(LOADING).evaluate(CONTRAST) > 300
        page.wait_for_timeout(300)
        assert page.locator("canvas").count() == 0
        filling.set_result(filler(load_scenario("regime_change"), Shown()))
        page.locator("canvas").first.wait_for(timeout=60_000)
        page.get_by_text(LOADING).wait_for(state="hidden")
        page.get_by_role("button", name="Pause", exact=True).click()
        page.get_by_role("button", name="Run", exact=True).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_scenario_that_cannot_run_says_why_in_the_page(browser: Any, scheme: str) -> None:
    with early(browser, scheme) as (page, filling):
        filling.set_exception(InputError("the price is not unique", key="market", remedy="use fewer contracts"))
        told = page.get_by_role("alert").filter(has_text="market: the price is not unique (use fewer contracts)")
        told.wait_for(timeout=60_000)
        assert told.evaluate(CONTRAST) > 300
        page.get_by_text(LOADING).wait_for(state="hidden")
