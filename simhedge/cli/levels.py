"""`simhedge levels`: exposures and levels of option chains, once, over many files, or watched."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simhedge.cli.output import print_json, print_json_line, print_table, print_text, say
from simhedge.cli.progress import progress_bar
from simhedge.cli.run import JsonOption
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.snapshots import Asked, Overrides, Snapshot
    from simhedge.snapshots.history import History
    from simhedge.snapshots.watch import Observation


FASTEST_WATCH, SLOWEST_WATCH = 0.1, 7 * 86_400.0  # seconds


# The values of these are the Literals of simhedge.levels and simhedge.chains; a test holds them equal.
class GammaSource(StrEnum):
    """Whose gamma makes the exposures."""

    auto = "auto"
    vendor = "vendor"
    model = "model"


class VolSource(StrEnum):
    """Whose implied vols price the profile."""

    vendor = "vendor"
    solved = "solved"
    repaired = "repaired"


class DayCount(StrEnum):
    """How time to expiry is counted."""

    act365 = "act365"
    busday252 = "busday252"


class SettlementRule(StrEnum):
    """When options settle."""

    root = "root"
    pm = "pm"


class ZeroGammaRule(StrEnum):
    """Which zero gamma is the headline."""

    nearest = "nearest"
    first = "first"
    last = "last"
    nearest_rising = "nearest_rising"
    strike_nearest = "strike_nearest"
    strike_first = "strike_first"
    strike_cumulative = "strike_cumulative"


class WallRule(StrEnum):
    """Which strikes are the walls."""

    side_gamma = "side_gamma"
    net_gamma = "net_gamma"
    open_interest = "open_interest"
    side_gamma_beyond_spot = "side_gamma_beyond_spot"


class Unit(StrEnum):
    """Unit of gamma exposure."""

    usd_per_1pct = "usd_per_1pct"
    usd_per_point = "usd_per_point"
    shares = "shares"


# What the caller knows better than a chain's file; `simhedge live` asks for it as well.
SpotOption = Annotated[float | None, typer.Option("--spot", help="Price of the underlying, for the file's own.")]
QuoteTimeOption = Annotated[
    str | None, typer.Option("--quote-time", help="Moment of the quotes; New York time unless it has a zone.")
]
RootOption = Annotated[str | None, typer.Option("--root", help="Only options of these roots (with commas).")]


# typer reads one parameter per option, hence more of them than a function should have.
def levels_command(
    sources: Annotated[
        list[str], typer.Argument(metavar="CHAIN...", help="Chain file, http(s) address, or files and directories.")
    ],
    as_json: JsonOption = False,
    gamma: Annotated[
        GammaSource, typer.Option("--gamma", help="Vendor's gamma (default where the file has it) or the model's.")
    ] = GammaSource.auto,
    implied_vol: Annotated[
        VolSource, typer.Option("--iv", help="Each row's own, solved from mid prices, or repaired where unsound.")
    ] = VolSource.vendor,
    day_count: Annotated[
        DayCount, typer.Option("--day-count", help="Calendar time / 365, or weekdays / 252 (a day at least).")
    ] = DayCount.act365,
    settlement: Annotated[
        SettlementRule, typer.Option("--settlement", help="By option root (SPX at the open), or all at the close.")
    ] = SettlementRule.root,
    rate: Annotated[float, typer.Option("--rate", help="Interest rate per year, continuously compounded.")] = 0.0,
    dividend_yield: Annotated[float, typer.Option("--dividend-yield", help="Dividend yield per year.")] = 0.0,
    sign: Annotated[
        str, typer.Option("--sign", help="Dealers' signed share of open interest; puts:otm=-0.5 refines; or column.")
    ] = "calls=1,puts=-1",
    expiry: Annotated[
        str | None, typer.Option("--expiry", metavar="0dte|DATE|MAX_DAYS", help="Only these expiries.")
    ] = None,
    keep_expired: Annotated[
        bool, typer.Option("--keep-expired", help="Keep rows that settled before the quotes.")
    ] = False,
    zero_gamma: Annotated[
        ZeroGammaRule, typer.Option("--zero-gamma", help="Rule of the headline; all roots are listed anyway.")
    ] = ZeroGammaRule.nearest,
    walls: Annotated[WallRule, typer.Option("--walls", help="Rule of the walls.")] = WallRule.side_gamma,
    unit: Annotated[Unit, typer.Option("--unit", help="Unit of gamma exposure.")] = Unit.usd_per_1pct,
    definitions: Annotated[
        str, typer.Option("--definitions", help="Published definitions: all, none, or names with commas.")
    ] = "all",
    by_strike: Annotated[
        bool, typer.Option("--by-strike", help="With --json: gamma exposure and open interest of every strike too.")
    ] = False,
    adv_notional: Annotated[
        float | None, typer.Option("--adv-notional", help="$ traded a day: asks for the feedback gain.")
    ] = None,
    daily_vol: Annotated[
        float | None, typer.Option("--daily-vol", help="Daily return s.d. of the impact (default: from implied vol).")
    ] = None,
    impact: Annotated[
        float, typer.Option("--impact", help="Daily s.d. that trading one day's volume moves the price.")
    ] = 1.0,
    uncertainty: Annotated[
        float | None, typer.Option("--uncertainty", metavar="P", help="Bands where each side is wrong with chance P.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", help="Draws of the bands.")] = 400,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the bands.")] = 1,
    spot: SpotOption = None,
    quote_time: QuoteTimeOption = None,
    root: RootOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Level history to write: .parquet or .csv.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --out: begin anew, whatever the file holds.")
    ] = False,
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Draw the figures of one chain there.")
    ] = None,
    watch: Annotated[
        float | None, typer.Option("--watch", metavar="SECONDS", help="Read the source again and again.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="With --watch: stop after so many looks.")] = None,
) -> int:
    """Exposures, zero gamma and walls of option chains, under every published definition side by side."""
    from simhedge.levels import Sign, SignErrors
    from simhedge.snapshots import Asked, Overrides

    asked = Asked(
        gamma=gamma.value,
        implied_vol=implied_vol.value,
        day_count=day_count.value,
        settlement=settlement.value,
        rate=rate,
        dividend_yield=dividend_yield,
        sign=Sign.parse(sign),
        expiry=expiry,
        unit=unit.value,
        zero_gamma=zero_gamma.value,
        walls=walls.value,
        definitions=_names(definitions),
        adv_notional=adv_notional,
        daily_vol=daily_vol,
        impact=impact,
        errors=None if uncertainty is None else SignErrors(uncertainty, draws, seed),
    )
    overrides = Overrides(spot, quote_time, root, keep_expired)
    if watch is not None:
        _refuse_beside_watch(sources, out, figures)
        return _watch(sources[0], asked, overrides, (watch, count), as_json)
    if out is not None or len(sources) > 1 or Path(sources[0]).is_dir():
        return _history(sources, asked, overrides, (out, figures, overwrite), as_json)
    return _once(sources[0], asked, overrides, (figures, by_strike), as_json)


def _names(definitions: str) -> tuple[str, ...]:
    """The names in a list with commas; `none` for no definition."""
    names = tuple(name.strip().lower().replace("-", "_") for name in definitions.split(","))
    return () if names == ("none",) else names


def _once(source: str, asked: Asked, overrides: Overrides, extras: tuple[Path | None, bool], as_json: bool) -> int:
    from simhedge.snapshots import read_snapshot

    snapshot = read_snapshot(source, asked, **overrides._asdict())
    figures, by_strike = extras
    if figures is not None:
        from simhedge.report.level_figures import write_level_figures

        for written in write_level_figures(snapshot, figures):
            say(f"wrote {written}")
    _show(snapshot, as_json, by_strike)
    return 0


def _show(snapshot: Snapshot, as_json: bool, by_strike: bool) -> None:
    if as_json:
        print_json(snapshot.as_json() | ({"strikes": snapshot.levels.by_strike_json()} if by_strike else {}))
        for warning in snapshot.warnings:
            say(f"warning: {warning}")
        return
    from simhedge.report.level_table import level_table

    print_table(level_table(snapshot))


def _history(
    sources: list[str], asked: Asked, overrides: Overrides, places: tuple[Path | None, Path | None, bool], as_json: bool
) -> int:
    """Many snapshots into one table; files that cannot be read are named, and do not stop the others."""
    from simhedge.snapshots.history import conventions_of, level_history
    from simhedge.snapshots.history_file import check_history_file

    out, figures, overwrite = places
    if figures is not None:
        raise InputError("figures are of one chain", key="--figures", value=figures, remedy="name one chain file")
    if out is not None:  # before the work, not after it
        check_history_file(out, conventions_of(asked, overrides), overwrite=overwrite)
    with progress_bar(not as_json) as progress:
        history = level_history(sources, asked, overrides=overrides, progress=progress)
    for file, error in history.failures:
        told = str(error)
        say(f"warning: left out {told if told.startswith(file) else f'{file}: {told}'}")
    if history.duplicates:
        say(f"{history.duplicates:,} snapshots gave way to later ones of the same symbol and moment")
    if out is not None:
        saved = history.save(out, overwrite=overwrite)
        told = f"{out}: {saved.rows:,} snapshots, {saved.added:,} of them new, {saved.replaced:,} replaced"
        (say if as_json else print_text)(told)
    if as_json:
        print_json(_history_json(history))
    elif out is None:
        from simhedge.report.history_table import history_table

        print_table(history_table(history.table))
    return 0


def _history_json(history: History) -> dict[str, Any]:
    return {
        "snapshots": [{name: _cell(value) for name, value in row.items()} for row in history.table.to_dict("records")],
        "conventions": history.conventions,
        "failures": [{"file": file, "error": error.as_dict()} for file, error in history.failures],
    }


def _cell(value: Any) -> Any:
    """A cell of a table as JSON knows it."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _refuse_beside_watch(sources: list[str], out: Path | None, figures: Path | None) -> None:
    if len(sources) > 1:
        raise InputError("one source can be watched", key="--watch", value=sources[1], remedy="name one source")
    for key, value in (("--out", out), ("--figures", figures)):
        if value is not None:
            raise InputError("goes not with --watch", key=key, value=value, remedy="leave one of them out")


def _watch(source: str, asked: Asked, overrides: Overrides, pace: tuple[float, int | None], as_json: bool) -> int:
    """What moved, a line a look (with --json: a JSON document a line), until interrupted or counted out."""
    from simhedge.snapshots.watch import watch
    from simhedge.snapshots.watch_line import describe

    every, count = pace
    if not FASTEST_WATCH <= every <= SLOWEST_WATCH:
        raise InputError("out of range", key="--watch", value=every, remedy="expected seconds, from 0.1 to a week's")
    for observation in watch(source, asked, every=every, attempts=count, overrides=overrides):
        if as_json:
            print_json_line(_observation_json(observation))
        else:
            print_text(describe(observation))
    return 0


def _observation_json(seen: Observation) -> dict[str, Any]:
    """One look: the last good document, how old it is, what moved, and what went wrong."""
    return {
        "seen": seen.seen.isoformat(),
        "stale": seen.stale,
        "age_s": seen.age_s,
        "unchanged": seen.unchanged,
        "moved": {name: [_cell(before), _cell(now)] for name, (before, now) in seen.moved.items()},
        "error": None if seen.error is None else seen.error.as_dict(),
        "failures_in_a_row": seen.failures_in_a_row,
        "snapshot": None if seen.snapshot is None else seen.snapshot.as_json(),
    }
