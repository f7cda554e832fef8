"""Results for the tests of pages, each made once: a run of a scenario with a parent, a validation by hand."""

from __future__ import annotations

import logging
import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

from validation_by_hand import make_validation

import simhedge as sh
from simhedge.report.page.write import report_html
from simhedge.report.saved import as_saved

RECORD = {"paths": 200, "every": 1, "series": ["spot", "twin_spot", "hedge_flow"]}
LEVELS = {"definitions": ["simhedge"]}
METHOD = {
    "tolerance": 0.1, "break": 0.5, "horizon_steps": 78, "placebos": 40, "levels": "of the start", "touch": "near",
    "hold": "not beyond", "bounce": "back", "placebo": "prices nearby", "p_value": "normal", "p_adjusted": "Holm",
    "standard_errors": "delta method",
}  # fmt: skip


@cache
def small_run() -> sh.Result:
    """200 recorded paths of 390 steps, with levels, read from a file that extends another, with keys set over it."""
    return sh.run(sh.load_scenario("negative_gamma", {"paths": 200, "outputs.record": RECORD, "levels": LEVELS}))


def by_hand(**changes: Any) -> sh.Validation:
    """A Validation of a shipped scenario whose tables were made by hand."""
    parts = vars(make_validation()) | {"scenario": sh.load_scenario("walls_that_hold"), "method": METHOD}
    return sh.Validation(**(parts | changes))


def html_of(result: sh.Result | sh.Validation) -> str:
    """The page of a result; Bokeh, which only logs what is wrong with a figure, must have found no fault."""
    faults: list[logging.LogRecord] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = faults.append  # type: ignore[method-assign]
    bokeh = logging.getLogger("bokeh")
    bokeh.addHandler(listener)
    try:
        page = report_html(as_saved(result))
    finally:
        bokeh.removeHandler(listener)
    assert faults == [], [fault.getMessage() for fault in faults]
    return page


@cache
def run_page() -> str:
    """The page of `small_run`."""
    return html_of(small_run())


@cache
def validation_page() -> str:
    """The page of `by_hand`."""
    return html_of(by_hand())


def blocks(page: str) -> list[str]:
    """The texts of YAML, commands and Python."""
    return [unescape(code) for code in re.findall(r"<pre.*?><code>(.*?)</code></pre>", page, flags=re.DOTALL)]


class Outline(HTMLParser):
    """What a page is made of: every element with its attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._within = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.words.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        """All words, with single spaces."""
        return " ".join(" ".join(self.words).split())
