"""Tables as HTML, for notebooks: escaped, captioned, in the colours of the page they are shown on.

Numbers come as text, so that a notebook shows what the terminal shows. A `$` is money: the classes of the frame keep
MathJax away, as those of pandas do.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS, MOST_LINES = 16, 5

_TABLE = "border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0 0 0.5em 0"
_CAPTION = "caption-side: top; text-align: left; color: inherit; font-style: normal; padding: 0.25em 0"
_HEADING = "border-bottom: 1px solid; padding: 0.15em 0.6em; vertical-align: bottom"
_CELL = "padding: 0.15em 0.6em; vertical-align: top"
_LINE = "margin: 0 0 0.25em 0"
_RIGHT, _LEFT = "text-align: right", "text-align: left"
_NUMBER = f"{_RIGHT}; white-space: nowrap"
_ROW_HEADING = "font-weight: normal; min-width: 9em"


def frame(*parts: str) -> str:
    """HTML of several tables and lines as one block."""
    return f'<div class="simhedge tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'


def table(
    title: str,
    facts: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[str] = (),
    most: int = MOST_ROWS,
) -> str:
    """HTML of a table; its caption is the title with facts, its first column heads the rows.

    All but the first column and those named in `words` are numbers, set to the right. Beyond `most` rows the last says
    how many more there are.
    """
    left = [number == 0 or name in words for number, name in enumerate(columns)]
    shown = rows if len(rows) <= most else rows[: most - 1]
    body = "".join(_row(row, left) for row in shown)
    if len(rows) > len(shown):
        told = f"and {len(rows) - len(shown):,} more"
        body += f'<tr><td colspan="{len(columns)}" style="{_CELL}; {_LEFT}">{told}</td></tr>'
    heads = "".join(
        f'<th scope="col" style="{_HEADING}; {_LEFT if is_left else _RIGHT}">{escape(name)}</th>'
        for name, is_left in zip(columns, left, strict=True)
    )
    return (
        f'<table style="{_TABLE}"><caption style="{_CAPTION}">{_caption(title, facts)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def lines(told: Sequence[str], label: str = "") -> str:
    """HTML of sentences, each its own paragraph, after the label; the last says how many more there are."""
    shown = list(told) if len(told) <= MOST_LINES else list(told[: MOST_LINES - 1])
    head = f"<b>{escape(label)}:</b> " if label else ""
    paragraphs = [f'<p style="{_LINE}">{head}{escape(line)}</p>' for line in shown]
    if len(told) > len(shown):
        paragraphs.append(f'<p style="{_LINE}">and {len(told) - len(shown):,} more</p>')
    return "".join(paragraphs)


def _caption(title: str, facts: Sequence[str]) -> str:
    return " · ".join([f"<b>{escape(title)}</b>", *(escape(fact) for fact in facts)])


def _row(cells: Sequence[str], left: Sequence[bool]) -> str:
    """A row whose first cell is its heading."""
    first, *others = (
        (f"{_CELL}; {_LEFT if is_left else _NUMBER}", escape(cell)) for cell, is_left in zip(cells, left, strict=True)
    )
    head = f'<th scope="row" style="{first[0]}; {_ROW_HEADING}">{first[1]}</th>'
    return "".join(["<tr>", head, *(f'<td style="{style}">{text}</td>' for style, text in others), "</tr>"])
