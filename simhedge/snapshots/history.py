"""Level history: what many snapshots of a chain say, one row each."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simhedge.chains.source import is_address
from simhedge.errors import InputError
from simhedge.levels.definitions import chosen_definitions
from simhedge.levels.exposure import legs
from simhedge.snapshots.asked import Asked
from simhedge.snapshots.history_file import KEY, Saved, save_history, typed
from simhedge.snapshots.overrides import Overrides
from simhedge.snapshots.snapshot import UNITS, Snapshot, read_snapshot

if TYPE_CHECKING:
    from simhedge.levels.feedback import Feedback

Source = str | os.PathLike[str]
Progress = Callable[[int, int, str], None]

GAMMA_UNIT = "usd_per_1pct"
UNITS_OF_COLUMNS = {
    "spot": "usd",
    "gamma_calls": GAMMA_UNIT,
    "gamma_puts": GAMMA_UNIT,
    "gamma_net": GAMMA_UNIT,
    **{f"{name}_net": unit for name, unit in UNITS.items()},
    "open_interest_used": "contracts",
    "gain_at_spot": "dimensionless",
}
# What of an Asked all rows of a history share, beside sign and definitions.
ASKED_OF_ALL = (
    "gamma",
    "implied_vol",
    "day_count",
    "settlement",
    "rate",
    "dividend_yield",
    "expiry",
    "zero_gamma",
    "walls",
    "adv_notional",
    "daily_vol",
    "impact",
)
REASONS_SHOWN = 3


@dataclass(frozen=True)
class History:
    """Levels over time: `table` has one row per snapshot, by symbol and quote time (UTC).

    Levels ($) and exposures are as in a Snapshot, gamma always in $ per 1%, NaN where there is none; a definition's
    `_net_gamma` is in the `_net_gamma_unit` beside it. `failures`: what could not be read, and why. `duplicates`:
    snapshots that gave way to a later one of the same symbol and moment. `conventions`: how all rows were computed.
    """

    table: pd.DataFrame
    failures: list[tuple[str, InputError]]
    duplicates: int
    conventions: dict[str, Any]

    def save(self, path: str | Path, *, overwrite: bool = False) -> Saved:
        """Merge into the Parquet history at `path` (or begin one; .csv: a new text file) and say what came of it.

        Rows of the same symbol and moment are replaced, all others stay. Raises InputError, and leaves the file as it
        is, where it is no history or one of other conventions; `overwrite` puts this history in the place of any file.
        """
        return save_history(self.table, self.conventions, UNITS_OF_COLUMNS, Path(path), overwrite=overwrite)


def level_history(
    sources: Source | Sequence[Source],
    asked: Asked | None = None,
    *,
    overrides: Overrides | None = None,
    progress: Progress | None = None,
) -> History:
    """The levels of every chain among the sources: files, http(s) addresses, and directories (not those in them).

    What cannot be read is listed under `failures` and stops nothing; an InputError says why where nothing could be
    read. `progress(done, total, phase)` is called after each file.
    """
    wanted, given = replace(asked or Asked(), errors=None), overrides or Overrides()
    conventions = conventions_of(wanted, given)
    files, failures = _files([sources] if isinstance(sources, str | os.PathLike) else list(sources))
    _check_overrides(given, files)
    rows: list[dict[str, Any]] = []
    for number, file in enumerate(files, start=1):
        try:
            rows.append(_row(read_snapshot(file, wanted, **given._asdict())))
        except InputError as error:
            failures.append((file, error))
        if progress is not None:
            progress(number, len(files), "files")
    if not rows:
        raise _nothing_read(failures)
    table = typed(pd.DataFrame(rows))
    kept = table.drop_duplicates(list(KEY), keep="last").sort_values(list(KEY), ignore_index=True)
    return History(kept, failures, len(table) - len(kept), conventions)


def conventions_of(asked: Asked, overrides: Overrides) -> dict[str, Any]:
    """What rows must share to stand in one history, as a JSON object; an InputError for what no chain can have."""
    overrides.request("")
    conventions = {name: getattr(asked, name) for name in ASKED_OF_ALL}
    if asked.adv_notional is None:
        conventions |= {"daily_vol": None, "impact": None}
    return conventions | {
        "sign": asked.dealers_sign().as_dict(),
        "definitions": list(chosen_definitions(asked.definitions)),
        "root": None if overrides.root is None else overrides.root.replace(" ", "").upper(),
        "keep_expired": overrides.keep_expired,
    }


def _files(sources: Sequence[Source]) -> tuple[list[str], list[tuple[str, InputError]]]:
    """Files and addresses to read, each once, in the order given (of a directory: by name), and what is none."""
    if not sources:
        raise InputError("no file is named", key="sources", remedy="give chain files or a directory of them")
    found: dict[str, str] = {}
    failures: list[tuple[str, InputError]] = []
    for source in map(str, sources):
        try:
            for file in [source] if is_address(source) else _files_at(Path(source)):
                found.setdefault(file if is_address(file) else os.path.realpath(file), file)
        except InputError as error:
            failures.append((source, error))
    return list(found.values()), failures


def _files_at(path: Path) -> list[str]:
    """The path, or the files in it that are not hidden where it is a directory."""
    if not os.path.isdir(path):
        return [str(path)]
    try:
        files = sorted(str(entry) for entry in path.iterdir() if not entry.name.startswith(".") and entry.is_file())
    except OSError as error:
        told = f"cannot be searched: {error.strerror}"
        raise InputError(told, file=str(path), remedy="check its permissions") from error
    if not files:
        raise InputError("no file in the directory", file=str(path), remedy="directories in it are not searched")
    return files


def _check_overrides(overrides: Overrides, files: list[str]) -> None:
    """One spot, or one moment, cannot be that of several snapshots."""
    for key in ("spot", "quote_time"):
        value = getattr(overrides, key)
        if value is not None and len(files) > 1:
            remedy = "read them one at a time: each is added to the saved history"
            raise InputError(f"one value for {len(files)} files", key=key, value=value, remedy=remedy)


def _nothing_read(failures: list[tuple[str, InputError]]) -> InputError:
    told = "; ".join(str(error) for _, error in failures[:REASONS_SHOWN])
    more = f"; and {len(failures) - REASONS_SHOWN} more" if len(failures) > REASONS_SHOWN else ""
    return InputError(f"no chain could be read: {told}{more}", remedy="give option-chain files")


def _row(snapshot: Snapshot) -> dict[str, Any]:
    """One row of the history."""
    chain, levels = snapshot.chain, snapshot.levels
    exposure, listing = levels.exposure, levels.listing
    gamma = legs(listing, exposure.gamma)
    row = {
        "symbol": chain.symbol,
        "quote_time": chain.quote_time.tz_convert("UTC"),
        "file": chain.file,
        "format": chain.format,
        "spot": chain.spot,
        "gamma_source": levels.conventions.gamma,
        "gamma_unit": GAMMA_UNIT,
        "gamma_calls": gamma.calls,
        "gamma_puts": gamma.puts,
        "gamma_net": gamma.net,
        "delta_net": legs(listing, exposure.delta).net,
        "vanna_net": legs(listing, exposure.vanna).net,
        "charm_net": legs(listing, exposure.charm).net,
        "zero_gamma": levels.zero_gamma.headline,
        "zero_gamma_rule": levels.zero_gamma.rule,
        "zero_gamma_roots": len(levels.zero_gamma.roots),
        "call_wall": levels.walls.call,
        "put_wall": levels.walls.put,
        "wall_rule": levels.conventions.walls,
        "largest_gamma_strike": levels.largest_gamma_strike,
        "contracts_used": int(exposure.used.sum()),
        "open_interest_used": float(listing.open_interest[exposure.used].sum()),
        **_feedback_cells(levels.feedback, chain.spot),
    }
    for name, found in levels.definitions.items():
        row |= {f"{name}_zero_gamma": found.zero_gamma, f"{name}_call_wall": found.call_wall}
        row |= {f"{name}_put_wall": found.put_wall, f"{name}_net_gamma": found.net_gamma}
        row |= {f"{name}_net_gamma_unit": found.unit}
    return row


def _feedback_cells(found: Feedback | None, spot: float) -> dict[str, float]:
    """The gain at spot and the tipping levels next to it; NaN where there is none."""
    levels = () if found is None else found.tipping_levels
    return {
        "gain_at_spot": math.nan if found is None else found.gain_at_spot,
        "tipping_level_below": max((level for level in levels if level <= spot), default=math.nan),
        "tipping_level_above": min((level for level in levels if level > spot), default=math.nan),
    }
