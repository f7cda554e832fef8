"""HTML of displays read back: every tag closed in its place, tables as rows of text, and no way to disk or engine."""

from __future__ import annotations

import builtins
import io
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest

from simhedge.chains.chain import Chain
from simhedge.simulation.session import Session


class ShownTable(NamedTuple):
    """A table as a reader gets it: caption, headings, and rows by their heading."""

    caption: str
    columns: list[str]
    rows: dict[str, list[str]]
    body: list[list[str]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[dict[str, Any]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("th", "td"):
            self.tables[-1]["rows"][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        self.text += data
        if "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif "th" in self.open or "td" in self.open:
            self.tables[-1]["rows"][-1][-1] += data


class Shown(NamedTuple):
    """All that HTML shows: its text, tables, and tags with their attributes."""

    text: str
    tables: list[ShownTable]
    tags: list[tuple[str, dict[str, str | None]]]


def read_html(html: str) -> Shown:
    """What `html` shows; fails where tags are not balanced, nested wrongly, or of a kind that runs something."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert {tag for tag, _ in reader.tags} <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "b"}
    tables = [
        ShownTable(t["caption"], t["rows"][0], {row[0]: row[1:] for row in t["rows"][1:]}, t["rows"][1:])
        for t in reader.tables
    ]
    return Shown(reader.text, tables, reader.tags)


def assert_fit_for_every_reader(html: str) -> None:
    """Captions, headings with their scope, no colour of its own, numbers set to the right, no formula made of a `$`."""
    shown = read_html(html)
    assert all(table.caption for table in shown.tables)
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in shown.tags if tag == "th")
    assert sum(tag == "caption" for tag, _ in shown.tags) == len(shown.tables)
    styles = "; ".join(str(attributes.get("style", "")) for _, attributes in shown.tags).split("; ")
    assert not any("background" in style or "#" in style for style in styles)
    assert {style for style in styles if style.startswith("color:")} <= {"color: inherit"}
    assert any(style.startswith("text-align: right") for style in styles)
    assert "font-variant-numeric: tabular-nums" in styles
    assert "nan" not in shown.text.lower().split()
    assert set(str(shown.tags[0][1]["class"]).split()) >= {"tex2jax_ignore", "mathjax_ignore"}


def forbid_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a file that is opened, a path that is advanced, or an implied vol that is solved is an error."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a display needs no file and no engine")

    for owner, name in ((builtins, "open"), (io, "open"), (Session, "advance"), (Session, "__init__")):
        monkeypatch.setattr(owner, name, refuse)
    monkeypatch.setattr(Chain, "shared_vols", property(refuse))
