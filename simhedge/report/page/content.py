"""What a page holds, as plain data: answers, tables and figures in their order, without a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simhedge.report.interactive.drawn import Drawn
    from simhedge.report.rows import Rows


class Answer(NamedTuple):
    """A sentence; `subject` is what it is about, `verdict` how a claim came out: passed, failed."""

    told: str
    subject: str = ""
    verdict: str = ""
    more: str = ""


class Table(NamedTuple):
    """Rows under a caption."""

    caption: str
    rows: Rows


class Chart(NamedTuple):
    """An interactive figure, drawn on light and on dark paper; `words` say what there is to see."""

    title: str
    words: str
    light: Drawn
    dark: Drawn
    numbers: Table | None = None


class Picture(NamedTuple):
    """A figure that does not move: an image as a `data:` address."""

    title: str
    words: str
    address: str


class Asked(NamedTuple):
    """What was asked: differences from the scenarios below, each a table, and all values as YAML."""

    told: str
    differences: tuple[Table, ...]
    yaml: str


class Again(NamedTuple):
    """How to get the same: on the command line, empty where that cannot be, and from Python."""

    told: str
    commands: str
    python: str


class Content(NamedTuple):
    """A page."""

    kind: str
    title: str
    description: str
    facts: tuple[str, ...]
    lead: str
    answers: tuple[Answer, ...]
    answers_note: str
    warnings: tuple[str, ...]
    summary: Table | None
    tables: tuple[Table, ...]
    charts: tuple[Chart | Picture, ...]
    levels: tuple[Table, ...]
    levels_told: str
    asked: Asked
    method: tuple[tuple[str, str], ...]
    again: Again
