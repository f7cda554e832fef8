"""Levels as one line and as HTML tables: what was found under which rule, exposures with units, definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.display import frame, lines, table
from simhedge.levels.words import (
    BAND_COLUMNS,
    DEFINITION_COLUMNS,
    band_rows,
    definition_cells,
    exposure_rows,
    feedback_rows,
    headline_arrow,
    roots_words,
    sign_words,
    uncertainty_words,
)
from simhedge.rounding import amount, counted, distance, level, price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simhedge.levels.find import Levels

_ARROWS = "↑ dealers pass from short to long gamma as the price rises, ↓ from long to short"
_SIDE = "signed from the dealers' side: positive where they are long"


def line(levels: Levels) -> str:
    """Spot, headline levels and number of options in one line."""
    return f"<Levels at spot {price(levels.spot)}: {summary(levels)}>"


def html(levels: Levels) -> str:
    """All tables, with the side that dealers are assumed to hold, and warnings."""
    own = levels.conventions
    facts = [f"spot {price(levels.spot)}", counted(levels.listing.strike.size, "option"), f"{own.gamma} gamma"]
    side = lines([f"{sign_words(own.sign)} times open interest"], "dealers hold")
    return frame(*tables(levels, "Levels", facts), side, lines(levels.warnings(), "warning"))


def summary(levels: Levels) -> str:
    """Zero gamma, walls ($) and net gamma exposure, a dash where there is none."""
    net, own = levels.exposure_legs()["gamma"].net, levels.walls
    return (
        f"zero gamma {price(levels.zero_gamma.headline)}, call wall {price(own.call)}, put wall {price(own.put)}, "
        f"net gamma {amount(net)} {exposure_rows(levels)[0][-1]}, {counted(levels.listing.strike.size, 'option')}"
    )


def tables(levels: Levels, title: str, facts: Sequence[str]) -> list[str]:
    """HTML of the levels under this title, of exposures, and of definitions and bands where they were asked for."""
    columns = ["level", "$", "from spot", "rule"]
    told = [("roots of the profile", f"{roots_words(levels)} ({_ARROWS})" if levels.zero_gamma.roots else "none")]
    if levels.feedback is not None:
        told += feedback_rows(levels.feedback)
    exposure_columns = ["exposure", "calls", "puts", "net", "unit"]
    parts = [
        table(title, facts, columns, _level_rows(levels), words=["rule"]),
        *(lines([said], label) for label, said in told),
        table("Exposures", [_SIDE], exposure_columns, exposure_rows(levels), words=["unit"]),
    ]
    if levels.definitions:
        rows = [[name, *definition_cells(found, levels.spot)] for name, found in levels.definitions.items()]
        columns = ["definition", *DEFINITION_COLUMNS]
        facts = ["each with the sign it was published with"]
        parts.append(table("Definitions", facts, columns, rows, words=DEFINITION_COLUMNS[-2:]))
    if levels.uncertainty is not None:
        facts = [uncertainty_words(levels.uncertainty)]
        parts.append(table("Uncertainty", facts, ["level", *BAND_COLUMNS], band_rows(levels.uncertainty)))
    return parts


def _level_rows(levels: Levels) -> list[list[str]]:
    """Our own levels: name, price, distance from spot, rule."""
    rule = levels.conventions.walls
    found = [
        (f"zero gamma {headline_arrow(levels)}".rstrip(), levels.zero_gamma.headline, levels.zero_gamma.rule),
        ("call wall", levels.walls.call, rule),
        ("put wall", levels.walls.put, rule),
        ("largest gamma", levels.largest_gamma_strike, "sides not netted"),
    ]
    return [[name, level(value), distance(value, levels.spot), own] for name, value, own in found]
