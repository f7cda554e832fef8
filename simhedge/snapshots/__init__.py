"""The levels lab: a chain's levels as one snapshot, a history of many, and a source that is watched."""

from simhedge.snapshots.asked import Asked
from simhedge.snapshots.history import History, level_history
from simhedge.snapshots.history_file import read_history
from simhedge.snapshots.overrides import Overrides
from simhedge.snapshots.snapshot import Snapshot, read_snapshot, take_snapshot
from simhedge.snapshots.watch import Observation, watch

__all__ = [
    "Asked",
    "History",
    "Observation",
    "Overrides",
    "Snapshot",
    "level_history",
    "read_history",
    "read_snapshot",
    "take_snapshot",
    "watch",
]
