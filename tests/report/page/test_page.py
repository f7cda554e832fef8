"""A page is sound HTML, loads nothing, stays small, and can be read without seeing it."""

from __future__ import annotations

import re
from itertools import pairwise

import html5lib
import pytest
from report_pages import METHOD, Outline, by_hand, html_of, run_page, small_run, validation_page
from validation_by_hand import make_placebos, make_tests, wall_rows

import simhedge as sh

LARGEST = 3_000_000
PAGES = {"run": run_page, "validation": validation_page}
LOADING = {"src", "href", "data", "action", "poster", "srcset", "background"}


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]()


def test_it_is_valid_html(page: str) -> None:
    parser = html5lib.HTMLParser()
    parser.parse(page)
    assert parser.errors == []


def test_it_loads_nothing(page: str) -> None:
    outline = Outline(page)
    for tag, attributes in outline.elements:
        for name in LOADING & set(attributes):
            assert (attributes[name] or "").startswith(("#", "data:")), (tag, name)
    assert not outline.of("link")
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    policy = next(meta["content"] for meta in outline.of("meta") if meta.get("http-equiv"))
    assert policy == "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < LARGEST


def test_a_validation_of_many_levels_is_small_too() -> None:
    """More levels than are drawn, each with many placebo levels."""
    rows = {track: wall_rows() for track in range(30)}
    tests = make_tests(rows)
    levels = by_hand().levels.iloc[:0]
    for track in rows:
        levels.loc[track] = ["call_wall", f"definition_{track}", 100.0 + track, track]
    page = html_of(by_hand(levels=levels, tests=tests, placebos=make_placebos(tests, 200), method=METHOD))
    assert len(page.encode()) < LARGEST
    assert "14 more levels are in the tables" in page
    assert "18 more levels are in the tables" in page


def test_headings_go_down_step_by_step(page: str) -> None:
    depths = [int(tag[1]) for tag, _ in Outline(page).elements if re.fullmatch("h[1-6]", tag)]
    assert depths[0] == 1
    assert depths.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(depths))


def test_language_skip_link_and_contents_lead_somewhere(page: str) -> None:
    outline = Outline(page)
    assert outline.of("html")[0]["lang"] == "en"
    names = [attributes["id"] for _, attributes in outline.elements if attributes.get("id")]
    assert len(names) == len(set(names))
    targets = [link["href"] for link in outline.of("a")]
    assert outline.of("a")[0]["class"] == "skip"
    assert targets
    assert {(target or "").removeprefix("#") for target in targets} <= set(names)
    labels = [attributes["aria-labelledby"] for _, attributes in outline.elements if "aria-labelledby" in attributes]
    assert set(labels) <= set(names)


def test_tables_have_captions_and_headings_with_scope(page: str) -> None:
    outline = Outline(page)
    assert len(outline.of("caption")) == len(outline.of("table")) > 0
    assert {heading.get("scope") for heading in outline.of("th")} <= {"col", "row", "rowgroup"}


def test_every_figure_is_named_and_described_in_words(page: str) -> None:
    outline = Outline(page)
    assert len(outline.of("figcaption")) == len(outline.of("figure")) > 2
    drawn = [attributes for _, attributes in outline.elements if attributes.get("role") == "img"]
    assert len(drawn) == len(outline.of("figure"))
    assert all(len(attributes["aria-label"] or "") > 40 for attributes in drawn)


def test_what_scrolls_can_be_reached_by_keyboard(page: str) -> None:
    outline = Outline(page)
    scrolling = outline.of("pre") + [a for _, a in outline.elements if a.get("class") == "table"]
    assert scrolling
    assert all(attributes.get("tabindex") == "0" and attributes.get("aria-label") for attributes in scrolling)


HOSTILE = "<script>alert(1)</script> </script><img src=http://x.y/z onerror=alert(1)> \"'`&amp; {{ 7*7 }} --> ]]>"


def test_what_a_user_wrote_is_text_and_nothing_else() -> None:
    result = small_run()
    scenario = result.scenario.with_overrides({"description": HOSTILE, "name": f"n {HOSTILE[:60]}"})
    hostile = html_of(sh.Result(**(vars(result) | {"scenario": scenario, "warnings": [HOSTILE]})))
    outline, harmless = Outline(hostile), Outline(run_page())
    assert not outline.of("img")
    assert len(outline.of("script")) == len(harmless.of("script"))
    assert outline.text.count("<script>alert(1)</script>") >= 3
    assert "{{ 7*7 }}" in outline.text
    html5lib.HTMLParser(strict=True).parse(hostile)


def test_a_hostile_name_of_a_definition_reaches_figures_as_text() -> None:
    levels = by_hand().levels.replace({"definition": {"gflows": HOSTILE}})
    outline = Outline(html_of(by_hand(levels=levels)))
    assert not outline.of("img")
    assert len(outline.of("script")) == len(Outline(validation_page()).of("script"))
