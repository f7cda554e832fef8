"""Nothing is cut and nothing lies over anything else, on a laptop and on an old projector, on every tab and lesson."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from live_pages import Tab, live_within

from simhedge.live.chain_feed import ChainFeed
from simhedge.live.lessons import LESSONS
from simhedge.live.shown import Shown
from simhedge.scenario import load_scenario

CHAIN = str(Path(__file__).resolve().parents[3] / "scenarios/data/spx_like_quotedata.csv")
PLACES = [("Live", "steps)", 6), ("Ensemble", "5,000 paths", 1), ("Chain", "next look in", 2)]  # a sign, figures
SIZES = [(1280, 720), (1024, 768)]
SLACK = 1.5  # pixels
# What stands on the page by its kind and text, with its box, by how much what it holds reaches beyond its lower edge,
# and by how much a text in it is wider than there is room.
PARTS = """() => {
  const TEXTS = 'label, button, p, td, th, caption, .bk-slider-title'
  const kinds = ['Figure', 'Button', 'Toggle', 'RadioButtonGroup', 'Slider', 'CategoricalSlider', 'Select',
                 'NumericInput', 'FileInput', 'Div']
  const found = []
  const walk = node => {
    const kind = kinds.find(kind => node.classList && node.classList.contains('bk-' + kind))
    const box = node.getBoundingClientRect ? node.getBoundingClientRect() : {width: 0}
    if (kind && box.width > 0 && box.height > 0) {
      const inner = node.shadowRoot ? [...node.shadowRoot.children].filter(it => it.tagName !== 'STYLE') : []
      const below = Math.max(0, ...inner.map(it => it.getBoundingClientRect().bottom - box.bottom))
      const scrolls = getComputedStyle(node).overflowY === 'auto'
      const texts = inner.flatMap(it => [it, ...it.querySelectorAll(TEXTS)])
      const wide = Math.max(0, ...texts.filter(it => it.clientWidth).map(it => it.scrollWidth - it.clientWidth))
      found.push({kind, text: (node.shadowRoot ? inner.map(it => it.innerText).join(' ') : '').slice(0, 40),
                  left: box.left, top: box.top, right: box.right, bottom: box.bottom, cut: scrolls ? 0 : below, wide})
    } else for (const child of [...(node.shadowRoot ? node.shadowRoot.children : []), ...node.children]) walk(child)
  }
  walk(document.querySelector('main'))
  return found
}"""


class Part(NamedTuple):
    """A part of the page: its box in pixels, and how far what it holds reaches beyond it, down and sideways."""

    kind: str
    text: str
    left: float
    top: float
    right: float
    bottom: float
    cut: float
    wide: float

    def over(self, other: Part) -> bool:
        """Whether both cover the same pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > SLACK and down > SLACK


def parts(tab: Tab) -> list[Part]:
    return [Part(**found) for found in tab.page.evaluate(PARTS)]


def faults(found: list[Part], width: int, height: int) -> list[str]:
    """What is cut, lies outside of the window, or over something else, in words."""
    said = [f"cut: {part}" for part in found if max(part.cut, part.wide) > SLACK]
    said += [
        f"outside: {part}"
        for part in found
        if min(part.left, part.top) < -SLACK or part.right > width + SLACK or part.bottom > height + SLACK
    ]
    said += [f"over each other: {one} {two}" for n, one in enumerate(found) for two in found[:n] if one.over(two)]
    return said


def resized(tab: Tab, size: tuple[int, int]) -> None:
    """Give the window another size, and wait until the page has taken it."""
    width, height = size
    tab.page.set_viewport_size({"width": width, "height": height})
    tab.wait("Math.abs(document.querySelector('main').clientWidth - it) < 2", width)
    tab.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_every_tab_fits(browser: Any) -> None:
    feed = ChainFeed(CHAIN, 60.0)
    feed.start()
    with live_within(load_scenario("gamma_squeeze"), Shown(None, feed)) as server, Tab(browser, server.url) as tab:
        for place, sign, figures in PLACES:
            tab.press(place)
            tab.page.get_by_text(sign).first.wait_for()
            for size in SIZES:
                resized(tab, size)
                found = parts(tab)
                assert [part.kind for part in found].count("Figure") == figures
                assert faults(found, *size) == [], place
    feed.stop()


@pytest.mark.parametrize("name", list(LESSONS))
def test_every_step_of_a_lesson_fits(browser: Any, name: str) -> None:
    lesson = LESSONS[name]
    with live_within(load_scenario(lesson.scenario), Shown(lesson)) as server, Tab(browser, server.url) as tab:
        for step in lesson.steps:
            tab.page.get_by_role("heading", name=step.title).wait_for()
            for size in SIZES:
                resized(tab, size)
                assert faults(parts(tab), *size) == [], step.title
            if step is not lesson.steps[-1]:
                tab.press("Next")
