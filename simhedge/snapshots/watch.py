"""Watch a chain file or address: read it again and again, tell what moved, outlive a source that fails."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from simhedge.chains.reading import chain_from_bytes
from simhedge.chains.source import Version, fetch_newer, is_address
from simhedge.errors import InputError, SimhedgeError
from simhedge.levels.exposure import legs
from simhedge.snapshots.asked import Asked
from simhedge.snapshots.overrides import Overrides
from simhedge.snapshots.snapshot import Snapshot, take_snapshot

log = logging.getLogger(__name__)
Cell = float | str | datetime | None

MOST_DOUBLINGS = 4
LONGEST_PAUSE = 600.0  # seconds, unless the user asks for longer ones
SHORTEST_PAUSE = 0.1
SETTLING = 0.25  # seconds that a new file must stay as it is before it counts as complete
_SLICE = 0.1  # seconds between looks at `stop`
_ROUNDING = 1e-9  # relative


@dataclass(frozen=True)
class Observation:
    """One look at the source at `seen` (UTC): the last good snapshot, and how good it still is.

    `stale`: this look failed, `error` says why, and `snapshot` is `age_s` seconds old (None: there never was one).
    `moved`: what differs from the last good snapshot, by name, as (before, now); `unchanged`: the very same content.
    `pause_s`: seconds to the next look.
    """

    seen: datetime
    snapshot: Snapshot | None
    stale: bool = False
    age_s: float | None = 0.0
    failures_in_a_row: int = 0
    error: SimhedgeError | None = None
    moved: dict[str, tuple[Cell, Cell]] = field(default_factory=dict)
    unchanged: bool = False
    pause_s: float = 0.0


class Pace(NamedTuple):
    """How time passes: `sleep(seconds)` and `clock()` in seconds; another one makes tests fast."""

    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic


class _Target(NamedTuple):
    """What to read, how, and for how long at most (seconds)."""

    source: str | os.PathLike[str]
    asked: Asked
    overrides: Overrides
    seconds: float


class _Good(NamedTuple):
    """The last good snapshot, with what tells that the source still has the same content."""

    snapshot: Snapshot
    digest: bytes
    version: Version | None


def watch(
    source: str | os.PathLike[str],
    asked: Asked | None = None,
    *,
    every: float,
    overrides: Overrides | None = None,
    seconds: float | None = None,
    attempts: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    pace: Pace = Pace(),  # noqa: B008 - a frozen tuple
) -> Iterator[Observation]:
    """Look at a file or address `every` so many seconds; an Observation each time, until `stop()` or `attempts` looks.

    Whatever is wrong with the source, or goes wrong with its content, ends in a stale observation with the last good
    snapshot, and longer pauses: doubled with each failure in a row, up to 16 times `every` or ten minutes. A look lasts
    `seconds` at most (default: twice `every`, from 10 to 60). Raises InputError at once for what was asked wrongly.
    """
    if not (math.isfinite(every) and SHORTEST_PAUSE <= every <= 7 * 86_400.0):
        raise InputError("out of range", key="every", value=every, remedy="expected seconds, from 0.1 to a week's")
    wanted, given = asked or Asked(), overrides or Overrides()
    given.request(str(source))
    limit = min(max(2.0 * every, 10.0), 60.0) if seconds is None else seconds
    return _observations(_Target(source, wanted, given, limit), every, attempts, stop, pace)


def _observations(
    target: _Target, every: float, attempts: int | None, stop: Callable[[], bool], pace: Pace
) -> Iterator[Observation]:
    last: _Good | None = None
    read_at = 0.0
    looks = failures = 0
    while not stop():
        started = pace.clock()
        looks += 1
        try:
            found = _look(target, last, pace)
            moved = {} if last is None else differences(last.snapshot, found.snapshot)
        except Exception as failure:
            error = _told(failure, target)
            failures += 1
            pause = pause_after(failures, every)
            age = None if last is None else pace.clock() - read_at
            kept = None if last is None else last.snapshot
            yield Observation(datetime.now(UTC), kept, True, age, failures, error, pause_s=pause)
        else:
            same = last is not None and found.snapshot is last.snapshot
            last, read_at, failures, pause = found, pace.clock(), 0, every
            yield Observation(datetime.now(UTC), found.snapshot, moved=moved, unchanged=same, pause_s=pause)
        if attempts is not None and looks >= attempts:
            return
        _wait(max(started + pause, pace.clock() + SHORTEST_PAUSE), stop, pace)


def _told(failure: Exception, target: _Target) -> SimhedgeError:
    """Why a look failed; what simhedge itself fails at is told to the log as well, and the next look may go well."""
    if isinstance(failure, SimhedgeError):
        return failure
    log.error("a look at %s failed", target.source, exc_info=failure)
    told = f"could not be read: simhedge failed at it ({type(failure).__name__})"
    return InputError(told, file=str(target.source), remedy="the terminal says where")


def pause_after(failures: int, every: float) -> float:
    """Seconds from one look to the next after so many failures in a row, `every` after none or one."""
    longest = max(every, LONGEST_PAUSE)
    return float(min(every * 2.0 ** min(max(failures - 1, 0), MOST_DOUBLINGS), longest))


def differences(before: Snapshot, now: Snapshot) -> dict[str, tuple[Cell, Cell]]:
    """What differs between two snapshots beyond rounding, by name, as (before, now)."""
    old, new = facts(before), facts(now)
    return {name: (old[name], new[name]) for name in new if not _same(old[name], new[name])}


def facts(snapshot: Snapshot) -> dict[str, Cell]:
    """What is watched: levels ($), net gamma ($ per 1%), moment of the quotes; None where there is no level."""
    chain, levels = snapshot.chain, snapshot.levels
    return {
        "symbol": chain.symbol,
        "quote_time": chain.quote_time.to_pydatetime(),
        "spot": chain.spot,
        "net_gamma": legs(levels.listing, levels.exposure.gamma).net,
        "zero_gamma": levels.zero_gamma.headline,
        "call_wall": levels.walls.call,
        "put_wall": levels.walls.put,
        "open_interest": float(levels.listing.open_interest[levels.exposure.used].sum()),
    }


def _same(old: Cell, new: Cell) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=_ROUNDING)
    return old == new


def _look(target: _Target, last: _Good | None, pace: Pace) -> _Good:
    """The source as it is now; the last good one again where its content is the same."""
    state = _file_state(target.source)
    fetched = fetch_newer(target.source, None if last is None else last.version, target.seconds)
    if fetched is None:
        assert last is not None, "only a known version can still hold"
        return last
    digest = hashlib.blake2b(fetched.content).digest()
    if last is not None and last.digest == digest:
        return last._replace(version=fetched.version)
    _check_settled(target.source, state, pace)
    request = target.overrides.request(str(target.source))
    chain = chain_from_bytes(fetched.content, request, target.overrides.keep_expired)
    return _Good(take_snapshot(chain, target.asked), digest, fetched.version)


def _file_state(source: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    """What changes when a file does: which one it is, its size and time; None for an address or no file."""
    if is_address(source):
        return None
    try:
        found = os.stat(source)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _check_settled(source: str | os.PathLike[str], state: tuple[int, int, int] | None, pace: Pace) -> None:
    """Raise an InputError for a file that is still being written: its first half could pass for a whole chain."""
    if state is not None:
        pace.sleep(SETTLING)
        if _file_state(source) != state:
            raise InputError("is still being written", file=str(source), remedy="it is read again when it is complete")


def _wait(until: float, stop: Callable[[], bool], pace: Pace) -> None:
    while (left := until - pace.clock()) > 0.0 and not stop():
        pace.sleep(min(left, _SLICE))
