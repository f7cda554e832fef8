"""An observation of a watched source as one line of words for the terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from simhedge.snapshots.watch import Cell, Observation, facts

if TYPE_CHECKING:
    from simhedge.snapshots.snapshot import Snapshot

_SCALES = ((1e12, " tn"), (1e9, " bn"), (1e6, " m"), (1e3, " k"))


def describe(observation: Observation, zone: tzinfo | None = None) -> str:
    """The observation in words: time (in `zone`, default the machine's), levels with their moves, how good they are."""
    time = f"{observation.seen.astimezone(zone):%H:%M:%S}"
    if observation.snapshot is None:
        return f"{time} nothing read yet: {_reason(observation)}"
    line = f"{time} {_levels(observation.snapshot, observation.moved)}"
    if observation.stale:
        return f"{line}; stale {_lasting(observation.age_s or 0.0)}: {_reason(observation)}"
    if observation.unchanged:
        return f"{line}; unchanged"
    before, now = observation.moved.get("quote_time", (None, None))
    is_older = isinstance(before, datetime) and isinstance(now, datetime) and now < before
    return f"{line}; older quotes than before" if is_older else line


def _levels(snapshot: Snapshot, moved: dict[str, tuple[Cell, Cell]]) -> str:
    known = facts(snapshot)

    def told(name: str, words: str, decimals: int | None) -> str:
        value = known[name]
        if not isinstance(value, float):
            return f"no {words}" + (" (gone)" if name in moved else "")
        return f"{words} {_price(value, decimals)}{_move(moved.get(name), decimals)}".lstrip()

    gamma = known["net_gamma"]
    assert isinstance(gamma, float), "net gamma is always a number"
    before = moved.get("net_gamma", (None, None))[0]
    was = f" (was {_amount(before)})" if isinstance(before, float) and _amount(before) != _amount(gamma) else ""
    return " ".join(
        (
            f"{known['symbol']}{' (another symbol)' if 'symbol' in moved else ''}",
            told("spot", "", 2),
            told("zero_gamma", "zero gamma", 1),
            told("call_wall", "call wall", None),
            told("put_wall", "put wall", None),
            f"net {_amount(gamma)} per 1%{was}",
        )
    )


def _price(value: float, decimals: int | None) -> str:
    """A price with so many decimals, more where it is small; None: as it is written, for strikes."""
    return f"{value:.10g}" if decimals is None else f"{value:.{_decimals(value, decimals)}f}"


def _move(change: tuple[Cell, Cell] | None, decimals: int | None) -> str:
    """By how much a price has moved, in brackets; nothing where that is not to be seen."""
    if change is None:
        return ""
    before, now = change
    if not (isinstance(before, float) and isinstance(now, float)):
        return " (new)"
    by = now - before
    told = f"{by:+.10g}" if decimals is None else f"{by:+.{_decimals(now, decimals)}f}"
    return f" ({told})" if any(digit in told for digit in "123456789") else ""


def _decimals(value: float, decimals: int) -> int:
    return decimals if value >= 100.0 else max(decimals, 2 if value >= 1.0 else 6)


def _amount(value: float) -> str:
    """$ in thousands, millions, billions, trillions."""
    for scale, name in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.2f}{name}"
    return f"{value:.2f}"


def _lasting(seconds: float) -> str:
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 7200.0 else f"{seconds / 3600.0:.0f} h"


def _reason(observation: Observation) -> str:
    error = observation.error
    if error is None:
        return "no reason known"
    words = error.message if error.line is None else f"line {error.line}: {error.message}"
    return " ".join(words.split())
