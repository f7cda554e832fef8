"""The beat between server and browser: who has drawn what, so that no page is sent more than it can show.

A line of JavaScript answers each update after the browser has painted it. Browsers do not paint
hidden tabs, so these stop answering and are sent nothing; a slow browser, or ten tabs at once, answer later, and each
is sent fewer and larger updates. There is no other way to know either on the server.

What is on its way when a connection breaks is never answered. A browser that comes back fetches the whole document and
waits; it is sent one more update then, whose answer stands for all of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bokeh.core.properties import Bool, Int
from bokeh.core.serialization import Serialized
from bokeh.events import ClientReconnected, ConnectionLost, DocumentReady
from bokeh.model import DataModel
from bokeh.models import CustomJS

if TYPE_CHECKING:
    from bokeh.document import Document

UNANSWERED = 2  # updates under way: one that is painted, and one that will be there when it is
_PAINTED = "requestAnimationFrame(() => { beat.seen = beat.sent })"
_READY = f"beat.dark = matchMedia('(prefers-color-scheme: dark)').matches; beat.ready = true; {_PAINTED}"

# The rest of a message that was cut off never comes: what comes next over a new connection is the start of another.
_FORGET_THE_REST = """
const connection = cb_data.connection.deref()
if (connection?._receiver) connection._receiver = new connection._receiver.constructor()
"""


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
    _let_come_back(document, beat)
    return beat


def _let_come_back(document: Document, beat: Beat) -> None:
    """Ask a browser that comes back for an answer; and mend what Bokeh up to 3.9.2 leaves broken behind."""
    document.on_event(ClientReconnected, lambda _event: send(beat))
    document.js_on_event(ConnectionLost, CustomJS(code=_FORGET_THE_REST))
    _in_one_piece(document)


def _in_one_piece(document: Document) -> None:
    """Send a document with its arrays inside of it.

    A browser that comes back fetches it whole, and Bokeh up to 3.9.2 drops what comes beside it (its issue 15347).
    """
    to_json = document.to_json

    def whole(*, deferred: bool = True) -> Any:
        return Serialized(to_json(deferred=False), []) if deferred else to_json(deferred=False)

    document.to_json = whole  # type: ignore[method-assign]


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
