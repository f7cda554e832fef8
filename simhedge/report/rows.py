"""A table as text, before it is set on a terminal or a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Rows(NamedTuple):
    """Columns, cells of the rows and a note how to read them; the columns named in `words` are no numbers.

    A row of one cell is a heading of those that follow.
    """

    columns: tuple[str, ...]
    cells: Sequence[tuple[str, ...]]
    words: tuple[str, ...] = ()
    note: str = ""
