"""The HTML of tables: escaped, balanced, captioned, short."""

from __future__ import annotations

import pytest
from html_tables import assert_fit_for_every_reader, read_html
from hypothesis import given
from hypothesis import strategies as st

from simhedge.display import MOST_LINES, frame, lines, table

HOSTILE = '</caption><script>alert("x")</script><img src=x onerror=alert(1)>&amp;\'"'


def test_a_table_is_read_back_as_it_was_written() -> None:
    html = frame(table("title", ["a", "b"], ["what", "value", "unit"], [["x", "1 ± 2", "$"]], words=["unit"]))
    shown = read_html(html)
    assert shown.tables[0].caption == "title · a · b"
    assert shown.tables[0].columns == ["what", "value", "unit"]
    assert shown.tables[0].rows == {"x": ["1 ± 2", "$"]}
    assert_fit_for_every_reader(html)


def test_numbers_are_set_to_the_right_and_words_to_the_left() -> None:
    shown = read_html(table("t", [], ["what", "value", "unit"], [["x", "1", "$"]], words=["unit"]))
    styles = [str(attributes["style"]) for tag, attributes in shown.tags if tag in ("th", "td")]
    assert ["right" in style for style in styles] == [False, True, False] * 2


def test_rows_are_headed_by_their_first_cell() -> None:
    shown = read_html(table("t", [], ["what", "value"], [["x", "1"]]))
    assert [attributes["scope"] for tag, attributes in shown.tags if tag == "th"] == ["col", "col", "row"]


@pytest.mark.parametrize("place", ["title", "fact", "column", "head", "cell", "line", "label"])
def test_text_cannot_leave_its_place(place: str) -> None:
    own = {
        name: HOSTILE if name == place else name
        for name in ("title", "fact", "column", "head", "cell", "line", "label")
    }
    columns = ["first", own["column"]]
    html = frame(
        table(own["title"], [own["fact"]], columns, [[own["head"], own["cell"]]]), lines([own["line"]], own["label"])
    )
    shown = read_html(html)
    assert HOSTILE in shown.text
    assert all(set(attributes) <= {"class", "style", "scope"} for _, attributes in shown.tags)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_balanced_tags(title: str, cell: str) -> None:
    shown = read_html(frame(table(title, [cell], ["a", cell], [[title, cell]]), lines([cell], title)))
    assert len(shown.tables) == 1


@pytest.mark.parametrize(("rows", "shown", "told"), [(5, 5, None), (6, 4, "and 2 more"), (4000, 4, "and 3,996 more")])
def test_long_tables_end_with_the_number_of_rows_left_out(rows: int, shown: int, told: str | None) -> None:
    body = read_html(table("t", [], ["a", "b"], [[f"{k}", "1"] for k in range(rows)], most=5)).tables[0].body
    assert [row[0] for row in body] == [f"{k}" for k in range(shown)] + ([told] if told else [])


def test_long_lists_of_lines_end_with_their_number() -> None:
    shown = read_html(lines([f"line {k}." for k in range(1000)], "warning"))
    assert len(shown.tags) <= 2 * MOST_LINES
    assert shown.text.endswith("warning: line 3.and 996 more")


def test_no_lines_are_nothing() -> None:
    assert lines([], "warning") == ""
