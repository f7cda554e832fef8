"""The beat: no more is sent than the browser has painted, and steps are due by the clock."""

from __future__ import annotations

import pytest
from bokeh.document import Document

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
