"""The beat between server and browser: who has drawn what, so that no page is sent more than it can show.

A line of JavaScript answers each update after the browser has painted it. Browsers do not paint
hidden tabs, so these stop answering and are sent nothing; a slow browser, or ten tabs at once, answer later, and each
is sent fewer and larger updates. There is no other way to know either on the server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bokeh.core.properties import Bool, Int
from bokeh.events import DocumentReady
from bokeh.model import DataModel
from bokeh.models import CustomJS

if TYPE_CHECKING:
    from bokeh.document import Document

UNANSWERED = 2  # updates under way: one that is painted, and one that will be there when it is
_PAINTED = "requestAnimationFrame(() => { beat.seen = beat.sent })"
_READY = f"beat.dark = matchMedia('(prefers-color-scheme: dark)').matches; beat.ready = true; {_PAINTED}"


class Beat(DataModel):
    """`sent` updates and `seen` ones, `ready` once the page stands, `dark` if the reader prefers dark pages."""

    sent = Int(default=0)
    seen = Int(default=0)
    ready = Bool(default=False)
    dark = Bool(default=False)


def new_beat(document: Document) -> Beat:
    """The beat of a document."""
    beat = Beat()
    beat.js_on_change("sent", CustomJS(args={"beat": beat}, code=_PAINTED))
    document.js_on_event(DocumentReady, CustomJS(args={"beat": beat}, code=_READY))
    return beat


def keeps_up(beat: Any, urgent: bool = False) -> bool:
    """True while the browser has painted all but the last few updates; one more is under way if it is `urgent`."""
    return bool(beat.ready and beat.sent - beat.seen < UNANSWERED + urgent)


def send(beat: Any) -> None:
    """Ask the browser to say when it has painted what was sent up to now."""
    beat.sent += 1


class Pace:
    """How many steps are due: so many a second of wall time; what a page slept through is not made good."""

    LONGEST = 0.25  # seconds of steps in one update

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._owed = 0.0

    def due(self, steps_per_second: float) -> int:
        """Whole steps since the last call."""
        now = time.perf_counter()
        self._owed += steps_per_second * min(now - self._last, self.LONGEST)
        self._last = now
        whole = int(self._owed)
        self._owed -= whole
        return whole
