"""Light and dark: the style sheets of the page and of everything in it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from bokeh.models import GlobalInlineStyleSheet, InlineStyleSheet
from jinja2 import Environment, Template

from simhedge.report.interactive.look import DARK, LIGHT, TYPEFACE, Paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bokeh.model import Model

PAPERS = {False: LIGHT, True: DARK}  # by whether the reader prefers dark pages
UNUSED_SCRIPTS = ("bokeh-gl", "bokeh-tables", "bokeh-mathjax")
ALERT = {LIGHT: "#a3320b", DARK: "#ff9e7a"}
DONE = {LIGHT: "#00704f", DARK: "#3ccf9f"}
WIDGETS = """
:host { color: var(--ink); font-size: 12px; }
label, .bk-input-group label { color: var(--ink); font-size: 12px; margin-bottom: 1px; }
.bk-input { background: var(--sheet); color: var(--ink); border: 1px solid var(--muted); border-radius: 4px;
  min-height: 26px; height: 26px; padding: 2px 6px; font-size: 12px; }
.bk-input[type=file] { padding: 0; line-height: 24px; }
::file-selector-button { height: 24px; margin: 0 8px 0 0; padding: 0 8px; font: inherit; color: var(--ink);
  background: var(--page); border: none; border-right: 1px solid var(--muted); }
.bk-input:disabled { opacity: 0.5; background: var(--page); color: var(--muted); }
.bk-btn { background: var(--sheet); color: var(--ink); border: 1px solid var(--muted); border-radius: 4px;
  padding: 3px 6px; font-size: 12px; line-height: 18px; text-shadow: none; box-shadow: none; }
.bk-btn:hover { border-color: var(--ink); background: var(--page); }
.bk-btn.bk-active:hover, .bk-btn-primary:hover { background: #005a8e; color: #ffffff; border-color: #005a8e; }
.bk-btn.bk-active, .bk-btn-primary { background: #0072B2; color: #ffffff; border-color: #0072B2; }
.bk-btn:disabled, .bk-btn:disabled:hover { opacity: 0.5; background: var(--page); color: var(--muted); }
select:not([multiple]).bk-input { appearance: none; padding-right: 18px; background: var(--sheet) no-repeat;
  background-image: linear-gradient(45deg, transparent 50%, var(--ink) 50%),
    linear-gradient(135deg, var(--ink) 50%, transparent 50%);
  background-size: 5px 5px; background-position: right 10px center, right 5px center; }
.bk-btn:focus-visible, .bk-input:focus-visible, .noUi-handle:focus-visible, a:focus-visible {
  outline: 3px solid #E69F00; outline-offset: 1px; }
.bk-slider-title { color: var(--ink); font-size: 12px; white-space: normal; }
.noUi-target { background: var(--page); border: 1px solid var(--muted); box-shadow: none; }
.noUi-handle { border: 1px solid var(--ink); background: var(--sheet); box-shadow: none; }
.noUi-connect { background: #0072B2; }
"""
TEXTS = """
:host { color: var(--ink); }
p { margin: 0 0 2px 0; }
.story { font-size: 15px; font-weight: 600; }
/* room for both lines of a long sentence, so that figures keep their size from one sentence to the next */
@media (max-width: 1239px) { .story { min-height: 2.4em; } }
.quiet { color: var(--muted); font-size: 12px; }
.alert { color: var(--alert); font-weight: 600; }
.alert:empty { display: none; }
h1 { font-size: 15px; margin: 4px 0; } h2 { font-size: 14px; margin: 2px 0; }
table { border-collapse: collapse; font-size: 12px; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 2px; white-space: nowrap; }
th { text-align: left; font-weight: 400; padding: 1px 8px 1px 0; } td { text-align: right; padding: 1px 0 1px 8px; }
thead th { border-bottom: 1px solid var(--muted); color: var(--muted); } thead th + th { text-align: right; }
.legend { font-size: 12px; } .legend span { margin-right: 10px; white-space: nowrap; }
.legend i { display: inline-block; width: 18px; height: 0; margin-right: 5px; vertical-align: middle; }
.done { color: var(--done); font-weight: 700; }
"""


def page_template() -> Template:
    """The HTML around the page; its filter `needed` keeps the scripts of Bokeh that the page has a use for."""
    environment = Environment(autoescape=False)  # Bokeh fills in HTML; the title is escaped where it stands
    environment.filters["needed"] = needed
    template: Template = environment.from_string(
        files("simhedge.live").joinpath("page.html").read_text(encoding="utf-8")
    )
    return template


def needed(scripts: str) -> str:
    """The script tags without those of components that the page does not use: two thirds of what there is to load."""
    return "\n".join(line for line in scripts.splitlines() if not any(name in line for name in UNUSED_SCRIPTS))


def colours(paper: Paper) -> str:
    """The style sheet that gives the page the colours of `paper`."""
    scheme = "dark" if paper is DARK else "light"
    return (
        f":root {{ --page: {paper.page}; --sheet: {paper.sheet}; --ink: {paper.ink}; --muted: {paper.muted}; "
        f"--line: {paper.grid}; --alert: {ALERT[paper]}; --done: {DONE[paper]}; --bokeh-base-font: {TYPEFACE}; "
        f"color-scheme: {scheme}; }}"
    )


def global_sheet(paper: Paper) -> GlobalInlineStyleSheet:
    """The sheet of colours as a model of the page."""
    return GlobalInlineStyleSheet(css=colours(paper))


def dress(widgets: Iterable[Model], css: str = WIDGETS) -> None:
    """Give widgets or texts their style sheet."""
    sheet = InlineStyleSheet(css=css)
    for widget in widgets:
        widget.stylesheets = [*widget.stylesheets, sheet]  # type: ignore[attr-defined]
