"""Published results beside ours, as a table for the terminal."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, get_args

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.canon.cell import LARGEST_Z, STATUS_WORDS, Verdict
from simhedge.canon.registry import CHECKS
from simhedge.rounding import MISSING, plain_at, price, with_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from simhedge.canon.cell import Cell
    from simhedge.canon.finding import Finding

# Widths of the columns, so that those of all checks stand under each other.
_WIDTHS = {"result": 38, "status": 7, "published": 11, "ours ± se": 18, "z": 6, "verdict": 14}
_STYLES: dict[Verdict, str] = {
    "agrees": "green",
    "explained": "yellow",
    "not available": "dim",
    "disagrees": "bold red",
}
_BLANK = Text()


def canon_table(found: Mapping[str, Finding]) -> RenderableType:
    """A rich renderable, at most 100 columns wide: the cells of each check with title, source and explanations."""
    parts: list[RenderableType] = []
    for name, finding in found.items():
        parts += [_heading(name), _cells(name, finding.cells), *_explanations(name, finding.cells), _BLANK]
    cells = [cell for finding in found.values() for cell in finding.cells]
    return Group(*parts, _legend(cells), count_line(cells))


def list_of_checks(names: Iterable[str]) -> Table:
    """The checks by id: title, source, and what is simulated and compared."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("id", no_wrap=True, style="bold")
    table.add_column("published result", overflow="fold")
    for name in names:
        check = CHECKS[name]
        table.add_row(name, Text.assemble(check.TITLE, "\n", (check.SOURCE, "dim"), "\n", check.SETUP))
    return table


def count_line(cells: Iterable[Cell]) -> Text:
    """How many cells there are of each verdict: "57 cells: 50 agree, 3 explained, 4 not available, 0 disagree"."""
    counts = Counter(cell.verdict for cell in cells)
    words = {"agrees": "agree", "disagrees": "disagree"}
    told = [f"{counts[verdict]} {words.get(verdict, verdict)}" for verdict in get_args(Verdict)]
    total = sum(counts.values())
    style = "bold red" if counts["disagrees"] else "bold"
    return Text(f"{total} cell{'' if total == 1 else 's'}: {', '.join(told)}", style=style)


def published(cell: Cell) -> str:
    """The published number with the digits of its source, or six of a formula; a dash where none is confirmed."""
    if cell.published is None:
        return MISSING
    if cell.precision <= 0.0:
        return price(cell.published)
    return plain_at(cell.published, max(0, round(-math.log10(2.0 * cell.precision))))


def folded(name: str, width: int) -> str:
    """A name in lines of at most `width` letters, broken after a dot or underscore where there is one."""
    lines = []
    while len(name) > width:
        cut = max(name.rfind(mark, 0, width) for mark in "._") + 1 or width
        lines.append(name[:cut])
        name = name[cut:]
    return "\n".join([*lines, name])


def _heading(name: str) -> Text:
    check = CHECKS.get(name)
    heading = Text(name, style="bold")
    if check is not None:
        heading.append(f"  {check.TITLE}").append(f"\n{check.SOURCE}", style="not bold dim")
    return heading


def _cells(name: str, cells: list[Cell]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, width in _WIDTHS.items():
        right = heading not in ("result", "status", "verdict")
        table.add_column(heading, width=width, justify="right" if right else "left", overflow="fold")
    for cell in cells:
        verdict = Text(cell.verdict, style=_STYLES[cell.verdict])
        table.add_row(
            folded(_short(name, cell), _WIDTHS["result"] - 1),
            cell.status,
            published(cell),
            _ours(cell),
            _z(cell),
            verdict,
        )
    return table


def _short(name: str, cell: Cell) -> str:
    """The cell's id within its check."""
    return cell.id.removeprefix(f"{name}.")


def _ours(cell: Cell) -> str:
    """What we observe: with its error, or where it has none with the digits that the source prints and one more."""
    if cell.observed is None:
        return MISSING
    if cell.standard_error > 0.0:
        return with_error(cell.observed, cell.standard_error)
    if cell.precision > 0.0:
        return plain_at(cell.observed, max(0, round(-math.log10(2.0 * cell.precision))) + 1)
    return price(cell.observed)


def _z(cell: Cell) -> str:
    z = cell.z
    if z is None:
        return MISSING
    return plain_at(z, 1) if math.isfinite(z) else ("∞" if z > 0.0 else "−∞")


def _explanations(name: str, cells: list[Cell]) -> list[RenderableType]:
    """Why cells differ or are not available, those with the same reason told together, and sources of their own."""
    check = CHECKS.get(name)
    reasons: dict[str, list[str]] = {}
    for cell in cells:
        own_source = f"{cell.source}. " if check is not None and cell.source != check.SOURCE else ""
        if told := (own_source + cell.explanation).strip():
            reasons.setdefault(told, []).append(_short(name, cell) + _expected(cell))
    grid = Table.grid(padding=(0, 0, 0, 2))
    grid.add_column(overflow="fold")
    for told, names in reasons.items():
        grid.add_row(Text.assemble(f"{', '.join(names)}: ", (told, "dim")))
    return [grid] if reasons else []


def _expected(cell: Cell) -> str:
    """The number that the explanation predicts, in brackets."""
    if cell.expected is None:
        return ""
    told = with_error(cell.expected, cell.expected_error) if cell.expected_error > 0.0 else price(cell.expected)
    return f" (expected {told})"


def _legend(cells: list[Cell]) -> Text:
    used = [status for status in STATUS_WORDS if any(cell.status == status for cell in cells)]
    told = "; ".join(f"{status}: {STATUS_WORDS[status]}" for status in used)
    return Text(f"{told}. A cell agrees within {LARGEST_Z:g} standard errors and its source's rounding.", style="dim")
