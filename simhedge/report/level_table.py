"""A chain's levels as a table for the terminal, and its definitions as a Markdown table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.chains.words import heading, quoted
from simhedge.levels.units import gamma_factor
from simhedge.levels.words import UNIT_WORDS, sign_words, slope_arrow
from simhedge.report.level_words import expiry_words
from simhedge.rounding import MISSING, amount, distance, level, plain, price

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from simhedge.levels.definitions import Defined
    from simhedge.levels.feedback import Feedback
    from simhedge.levels.uncertainty import Uncertainty
    from simhedge.snapshots.snapshot import Snapshot

_ROOTS_SHOWN, _EXPIRIES_SHOWN, _LEVELS_SHOWN = 8, 5, 6
_BLANK = Text()
_LABEL_WIDTH = 20
_DEFINITION_COLUMNS = ("zero gamma", "from spot", "call wall", "put wall", "net gamma", "unit", "dealers' sign")


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
        parts += [_BLANK, _feedback(levels.feedback)]
    if snapshot.warnings:
        parts += [_BLANK, *(Text(f"warning: {warning}", style="yellow") for warning in snapshot.warnings)]
    return Group(*parts)


def definitions_markdown(snapshot: Snapshot) -> str:
    """The definitions side by side as a Markdown table, with the line that says how far they are apart."""
    lines = [
        "| definition | " + " | ".join(_DEFINITION_COLUMNS) + " |",
        "|---|" + "---:|" * 5 + "---|---|",
    ]
    for name, found in snapshot.levels.definitions.items():
        lines.append(f"| `{name}` | " + " | ".join(_definition_cells(found, snapshot.levels.spot)) + " |")
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
    levels, asked, report = snapshot.levels, snapshot.asked, snapshot.chain.report
    own = levels.conventions
    used = levels.exposure.used
    options = (
        f"{report.rows_read:,} read, {int(used.sum()):,} used "
        f"(open interest {levels.listing.open_interest[used].sum():,.0f}), "
        f"{report.rows_without_open_interest:,} without open interest"
    )
    dropped = "; ".join(f"{count:,} {reason}" for reason, count in snapshot.dropped().items())
    conventions = (
        f"{own.gamma} gamma, {asked.implied_vol} implied vol, {asked.day_count}, settlement {asked.settlement}, "
        f"rate {plain(100.0 * own.rate, 3)}%, dividend yield {plain(100.0 * own.dividend_yield, 3)}%"
    )
    rows = [("format", snapshot.chain.format), ("options", options)]
    rows += [("dropped", dropped)] if dropped else []
    rows += [("expiries", f"only {asked.expiry}")] if asked.expiry is not None else []
    rows += [
        ("conventions", conventions),
        ("dealers hold", f"{sign_words(snapshot.levels.conventions.sign)} times open interest"),
    ]
    return Group(Text.assemble((heading(snapshot.chain), "bold"), f"  {quoted(snapshot.chain)}"), _lines(rows))


def _exposures(snapshot: Snapshot) -> Table:
    units = {
        "gamma": UNIT_WORDS[snapshot.levels.conventions.unit],
        "delta": "$",
        "vanna": "$ per vol point",
        "charm": f"$ per day of {snapshot.levels.conventions.days_per_year:.0f} a year",
    }
    table = _plain_table("exposure", "calls", "puts", "net")
    table.add_column("unit")
    for name, found in snapshot.levels.exposure_legs().items():
        table.add_row(name, amount(found.calls), amount(found.puts), amount(found.net), units[name])
    return table


def _levels(snapshot: Snapshot) -> Table:
    levels = snapshot.levels
    found, spot = levels.zero_gamma, levels.spot
    own_rule = levels.conventions.walls
    slope = "".join(f" {slope_arrow(root.slope)}" for root in found.roots if root.spot == found.headline)
    headline = (
        f"none by rule {found.rule}"
        if found.headline is None
        else f"{price(found.headline)}{slope}  {distance(found.headline, spot)} from spot  (rule {found.rule})"
    )
    rows = [("zero gamma", headline), ("roots of the profile", _roots(snapshot))]
    for rule, walls in sorted(levels.all_walls().items(), key=lambda entry: entry[0] != own_rule):
        label = "walls" if rule == own_rule else "  other rule"
        told = f"call {price(walls.call)}, put {price(walls.put)}"
        rows.append((label, f"{told}  (rule {rule})"))
    rows.append(("largest gamma", price(levels.largest_gamma_strike)))
    return _lines(rows)


def _roots(snapshot: Snapshot) -> str:
    """The roots nearest to spot in order of price, with an arrow each, and how many more there are."""
    spot = snapshot.levels.spot
    roots = snapshot.levels.zero_gamma.roots
    if not roots:
        return "none"
    near = sorted(sorted(roots, key=lambda root: abs(root.spot - spot))[:_ROOTS_SHOWN])
    more = len(roots) - len(near)
    told = ", ".join(f"{price(root.spot)} {slope_arrow(root.slope)}" for root in near)
    return told + (f" + {more} more" if more else "")


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
    table = _plain_table("definition", *_DEFINITION_COLUMNS[:5])
    for column in ("unit", "dealers"):
        table.add_column(column, overflow="fold")
    for name, found in snapshot.levels.definitions.items():
        *cells, sign = _definition_cells(found, snapshot.levels.spot)
        table.add_row(name, *cells, sign.replace("calls ", "C").replace(", puts ", " P"))
    return table


def _definition_cells(found: Defined, spot: float) -> list[str]:
    """One definition's cells, in the order of `_DEFINITION_COLUMNS`."""
    return [
        level(found.zero_gamma),
        distance(found.zero_gamma, spot),
        price(found.call_wall),
        price(found.put_wall),
        amount(found.net_gamma),
        UNIT_WORDS[found.unit],
        found.sign.replace("-", "−"),
    ]


def _uncertainty(found: Uncertainty) -> list[RenderableType]:
    """Bands of every level; net gamma in $ per 1% and the feedback gain are no prices."""
    errors = found.errors
    told = f"bands where each option's side is wrong with probability {errors.wrong:g} ({errors.draws:,} draws)"
    table = _plain_table("level", "5%", "median", "95%", "without")
    written: dict[str, Callable[[float | None], str]] = {"net_gamma": amount, "gain_at_spot": _gain}
    for name, band in found.bands.items():
        shown = (written.get(name, level)(value) for value in (band.low, band.median, band.high))
        label = "net gamma, $ per 1%" if name == "net_gamma" else name.replace("_", " ")
        table.add_row(label, *shown, _share(band.none))
    return [Text(told), table]


def _gain(value: float | None) -> str:
    return MISSING if value is None else plain(value, 3)


def _share(share: float) -> str:
    return MISSING if share == 0.0 else f"{100.0 * share:.3g}% of draws"


def _feedback(found: Feedback) -> Table:
    impact = found.impact
    levels = [
        f"{price(tipping, 5)} ({plain(away, 3)} daily s.d.)"
        for tipping, away in zip(found.tipping_levels, found.distances, strict=True)
    ]
    more = f" + {len(levels) - _LEVELS_SHOWN} more" if len(levels) > _LEVELS_SHOWN else ""
    gain = (
        f"{plain(found.gain_at_spot, 3)} at spot, least {plain(found.gain_min, 3)} at {price(found.gain_min_spot, 5)}"
    )
    volume = amount(impact.adv_notional, 3).lstrip("+")
    model = f"{impact.coefficient:g} daily vol of {100.0 * impact.daily_vol:.3g}% for a day's volume of ${volume}"
    rows = [
        ("feedback gain", f"{gain}  (impact: {model})"),
        ("tipping levels", ", ".join(levels[:_LEVELS_SHOWN]) + more if levels else "none"),
    ]
    return _lines(rows)
