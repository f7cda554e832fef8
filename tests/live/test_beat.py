"""The beat: no more is sent than the browser has painted, and steps are due by the clock."""

from __future__ import annotations

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.events import ClientReconnected
from bokeh.models import ColumnDataSource

from simhedge.live import beat as module
from simhedge.live.beat import UNANSWERED, Pace, keeps_up, new_beat, send


def test_a_page_that_does_not_answer_is_sent_no_more_than_a_few_updates() -> None:
    beat = new_beat(Document())
    assert not keeps_up(beat), "nothing is sent before the page stands"
    beat.ready = True
    for sent in range(UNANSWERED):
        assert keeps_up(beat), sent
        send(beat)
    assert not keeps_up(beat)
    beat.seen = 1
    assert keeps_up(beat)


def test_the_browser_is_told_to_answer() -> None:
    document = Document()
    beat = new_beat(document)
    document.add_root(beat)
    assert len(beat.js_property_callbacks["change:sent"]) == 1
    assert "document_ready" in document.callbacks._js_event_callbacks


def test_a_browser_that_comes_back_is_asked_once_more() -> None:
    """What was on its way when the connection broke is never answered."""
    document = Document()
    beat = new_beat(document)
    document.add_root(beat)
    beat.ready, beat.sent = True, UNANSWERED
    assert not keeps_up(beat)
    document.callbacks.trigger_event(ClientReconnected())
    assert beat.sent == UNANSWERED + 1
    beat.seen = beat.sent
    assert keeps_up(beat)


def test_a_document_is_sent_with_its_arrays_inside_of_it() -> None:
    """Bokeh up to 3.9.2 loses those beside it when a browser comes back."""
    document = Document()
    new_beat(document)
    document.add_root(ColumnDataSource({"day": np.arange(3.0)}))
    sent = document.to_json()
    assert sent.buffers == []
    assert document.to_json(deferred=False) == sent.content
    copy = Document.from_json(sent)
    np.testing.assert_array_equal(copy.roots[0].data["day"], [0.0, 1.0, 2.0])


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)


def test_steps_are_due_by_the_clock_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pace, done = Pace(), 0
    for _ in range(1000):
        clock.now += 0.0317
        done += pace.due(25.0)
    assert done == int(31.7 * 25.0 + 1e-6)


def test_what_a_page_slept_through_is_not_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pace = Pace()
    clock.now += 3600.0
    assert pace.due(100.0) == 25
    clock.now += 0.01
    assert pace.due(100.0) == 1
