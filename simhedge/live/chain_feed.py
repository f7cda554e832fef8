"""A chain file or address that is watched for all tabs: one thread looks, every tab sees the last observation."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from simhedge.snapshots.watch import watch

if TYPE_CHECKING:
    from simhedge.snapshots import Overrides
    from simhedge.snapshots.watch import Observation


class ChainFeed:
    """`latest` observation of a source that is read every so many seconds; None before the first look has ended.

    `known`: what is known better than by the source.
    """

    def __init__(self, source: str, every: float, known: Overrides | None = None) -> None:
        self.source, self.every = source, every
        self.latest: Observation | None = None
        self._ended = threading.Event()
        self._looks = watch(source, every=every, overrides=known, stop=self._ended.is_set)
        self._thread = threading.Thread(target=self._look, name="chain feed", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the thread has ended, or after a second."""
        self._ended.set()
        self._thread.join(1.0)

    def _look(self) -> None:
        for observation in self._looks:
            self.latest = observation
