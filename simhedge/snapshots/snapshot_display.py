"""A snapshot as one line and as HTML tables: the chain it is of, its levels, what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.chains.words import heading, quoted
from simhedge.display import frame, lines
from simhedge.levels.levels_display import summary, tables
from simhedge.snapshots.words import basis_rows

if TYPE_CHECKING:
    from simhedge.snapshots.snapshot import Snapshot


def line(snapshot: Snapshot) -> str:
    """Symbol and spot, time of the quotes, and the levels, in one line."""
    return f"<Snapshot {heading(snapshot.chain)!r} {quoted(snapshot.chain)}: {summary(snapshot.levels)}>"


def html(snapshot: Snapshot) -> str:
    """Levels, exposures and definitions under the name of the chain; conventions and warnings."""
    chain = snapshot.chain
    basis = "".join(lines([told], label) for label, told in basis_rows(snapshot))
    shown = tables(snapshot.levels, heading(chain), [quoted(chain)])
    return frame(*shown, basis, lines(snapshot.warnings, "warning"))
