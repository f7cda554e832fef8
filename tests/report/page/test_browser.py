"""A page in a real browser without a network: it renders, in both themes, says no error, and prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import open_browser
from report_pages import run_page, validation_page

# The number of marks drawn in each plot: paths, texts and lines of its SVG, wherever in the shadows it is.
MARKS = """() => [...document.querySelectorAll('.on-light, .on-dark')].map(place => {
  let marks = 0;
  const walk = node => {
    if (node.tagName === 'svg') marks += node.querySelectorAll('path, text, line, rect').length;
    for (const child of [...(node.shadowRoot ? node.shadowRoot.children : []), ...node.children]) walk(child);
  };
  walk(place);
  return [getComputedStyle(place).visibility, marks, place.getBoundingClientRect().width];
})"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module", params=["run", "validation"])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(run_page() if request.param == "run" else validation_page(), encoding="utf-8")
    return file


def opened(browser: Any, file: Path, said: list[str], **options: Any) -> Any:
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else said.append(asked.url))
    page.goto(file.as_uri())
    page.wait_for_function("() => window.Bokeh && document.querySelectorAll('.on-dark > div > *').length > 0")
    page.wait_for_timeout(300)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_is_drawn_without_a_word_of_complaint(browser: Any, page_file: Path, theme: str) -> None:
    said: list[str] = []
    page = opened(browser, page_file, said, color_scheme=theme, viewport={"width": 1280, "height": 900})
    drawn = page.evaluate(MARKS)
    assert said == []
    assert len(drawn) >= 8
    assert all(marks > 15 for _, marks, _ in drawn), drawn
    assert all(width > 200 for _, _, width in drawn)
    shown = [visibility for visibility, _, _ in drawn]
    assert shown == (["visible", "hidden"] if theme == "light" else ["hidden", "visible"]) * (len(drawn) // 2)
    page.context.close()


def test_nothing_sticks_out_on_a_small_screen(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file, [], viewport={"width": 390, "height": 800})
    assert page.evaluate(OVERFLOW) <= 0
    page.context.close()


def test_the_keyboard_reaches_the_skip_link_first(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file, [])
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**#outcome")
    page.context.close()


def test_it_prints(browser: Any, page_file: Path) -> None:
    """Light paper even where the screen is dark, and figures with it."""
    page = opened(browser, page_file, [], color_scheme="dark")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    assert 2 <= printed.count(b"/Type /Page\n") <= 12
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("() => getComputedStyle(document.querySelector('.on-light')).visibility") == "visible"
    page.context.close()
