"""A chain's levels as a table for the terminal, and its definitions as a Markdown table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.chains.words import heading, quoted
from simhedge.levels.units import gamma_factor
from simhedge.levels.words import (
    BAND_COLUMNS,
    DEFINITION_COLUMNS,
    UNIT_WORDS,
    band_rows,
    definition_cells,
    exposure_rows,
    feedback_rows,
    headline_arrow,
    roots_words,
    uncertainty_words,
)
from simhedge.report.level_words import expiry_words
from simhedge.rounding import MISSING, amount, distance, level, plain, price
from simhedge.snapshots.words import basis_rows

if TYPE_CHECKING:
    from rich.console import RenderableType

    from simhedge.levels.uncertainty import Uncertainty
    from simhedge.snapshots.snapshot import Snapshot

_EXPIRIES_SHOWN = 5
_BLANK = Text()
_LABEL_WIDTH = 20


def level_table(snapshot: Snapshot) -> RenderableType:
    """A rich renderable, at most 100 columns wide: chain, conventions, exposures, levels, definitions, warnings."""
    levels = snapshot.levels
    parts: list[RenderableType] = [
        _heading(snapshot),
        _BLANK,
        _exposures(snapshot),
        _BLANK,
        _levels(snapshot),
        _BLANK,
        _expiries(snapshot),
    ]
    if levels.definitions:
        parts += [_BLANK, _definitions(snapshot), Text(spread_of_definitions(snapshot), style="dim")]
    if levels.uncertainty is not None:
        parts += [_BLANK, *_uncertainty(levels.uncertainty)]
    if levels.feedback is not None:
        parts += [_BLANK, _lines(feedback_rows(levels.feedback))]
    if snapshot.warnings:
        parts += [_BLANK, *(Text(f"warning: {warning}", style="yellow") for warning in snapshot.warnings)]
    return Group(*parts)


def definitions_markdown(snapshot: Snapshot) -> str:
    """The definitions side by side as a Markdown table, with the line that says how far they are apart."""
    lines = [
        "| definition | " + " | ".join(DEFINITION_COLUMNS) + " |",
        "|---|" + "---:|" * 5 + "---|---|",
    ]
    for name, found in snapshot.levels.definitions.items():
        lines.append(f"| `{name}` | " + " | ".join(definition_cells(found, snapshot.levels.spot)) + " |")
    return "\n".join([*lines, "", spread_of_definitions(snapshot)]) + "\n"


def spread_of_definitions(snapshot: Snapshot) -> str:
    """How far the zero gammas of the definitions are apart, in points and in percent of spot."""
    found = [one.zero_gamma for one in snapshot.levels.definitions.values() if one.zero_gamma is not None]
    count = len(snapshot.levels.definitions)
    if len(found) < 2:
        return f"{len(found)} of {count} definitions find a zero gamma"
    low, high = min(found), max(found)
    percent = 100.0 * (high - low) / snapshot.levels.spot
    return (
        f"{len(found)} of {count} definitions find a zero gamma, from {price(low)} to {price(high)}: "
        f"{plain(high - low)} points ({plain(percent, 3)}% of spot) apart"
    )


def _plain_table(first: str, *others: str) -> Table:
    """A table without frame: the first column left, the others right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", min_width=12)
    for heading_of in others:
        table.add_column(heading_of, justify="right", overflow="fold")
    return table


def _lines(rows: list[tuple[str, str]]) -> Table:
    """Labels and what they say, without heading; long lines fold under themselves."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim", min_width=_LABEL_WIDTH)
    table.add_column(overflow="fold")
    for label, told in rows:
        table.add_row(label, Text(told))
    return table


def _heading(snapshot: Snapshot) -> RenderableType:
    chain = snapshot.chain
    return Group(Text.assemble((heading(chain), "bold"), f"  {quoted(chain)}"), _lines(basis_rows(snapshot)))


def _exposures(snapshot: Snapshot) -> Table:
    table = _plain_table("exposure", "calls", "puts", "net")
    table.add_column("unit")
    for row in exposure_rows(snapshot.levels):
        table.add_row(*row)
    return table


def _levels(snapshot: Snapshot) -> Table:
    levels = snapshot.levels
    found, spot = levels.zero_gamma, levels.spot
    own_rule = levels.conventions.walls
    shown = f"{price(found.headline)} {headline_arrow(levels)}".rstrip()
    headline = (
        f"none by rule {found.rule}"
        if found.headline is None
        else f"{shown}  {distance(found.headline, spot)} from spot  (rule {found.rule})"
    )
    rows = [("zero gamma", headline), ("roots of the profile", roots_words(levels))]
    for rule, walls in sorted(levels.all_walls().items(), key=lambda entry: entry[0] != own_rule):
        label = "walls" if rule == own_rule else "  other rule"
        told = f"call {price(walls.call)}, put {price(walls.put)}"
        rows.append((label, f"{told}  (rule {rule})"))
    rows.append(("largest gamma", price(levels.largest_gamma_strike)))
    return _lines(rows)


def _expiries(snapshot: Snapshot) -> RenderableType:
    """The first expiries, each alone."""
    levels = snapshot.levels
    unit = levels.conventions.unit
    factor = gamma_factor(unit, levels.spot) / gamma_factor("usd_per_1pct", levels.spot)
    columns = ("net gamma", "zero gamma", "call wall", "put wall", "max pain", "expected move")
    table = _plain_table(f"expiry ({UNIT_WORDS[unit]})", *columns)
    for row in levels.by_expiry[:_EXPIRIES_SHOWN]:
        table.add_row(
            expiry_words(snapshot, row.expiry),
            amount(row.gamma.net * factor),
            level(row.zero_gamma),
            *(price(strike) for strike in (row.call_wall, row.put_wall, row.max_pain)),
            MISSING if row.expected_move is None else f"± {plain(row.expected_move)}",
        )
    later = len(levels.by_expiry) - _EXPIRIES_SHOWN
    return Group(table, Text(f"and {later} later", style="dim")) if later > 0 else table


def _definitions(snapshot: Snapshot) -> Table:
    table = _plain_table("definition", *DEFINITION_COLUMNS[:5])
    for column in ("unit", "dealers"):
        table.add_column(column, overflow="fold")
    for name, found in snapshot.levels.definitions.items():
        *cells, sign = definition_cells(found, snapshot.levels.spot)
        table.add_row(name, *cells, sign.replace("calls ", "C").replace(", puts ", " P"))
    return table


def _uncertainty(found: Uncertainty) -> list[RenderableType]:
    """Bands of every level."""
    table = _plain_table("level", *BAND_COLUMNS)
    for row in band_rows(found):
        table.add_row(*row)
    return [Text(uncertainty_words(found)), table]
