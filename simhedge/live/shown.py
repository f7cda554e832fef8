"""What a live page shows beside its market."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simhedge.live.chain_feed import ChainFeed
    from simhedge.live.lessons import Lesson


class Shown(NamedTuple):
    """A lesson, and a chain that is watched; None where there is none."""

    lesson: Lesson | None = None
    feed: ChainFeed | None = None
