"""Many tabs: each its own market; hidden ones are sent nothing, closed ones end; the ensemble follows the controls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from live_pages import BEAT, Tab, Within, live_within

from simhedge.live import serving
from simhedge.live.beat import UNANSWERED
from simhedge.scenario import load_scenario

TABS = 10
SMALL = {"width": 800, "height": 500}  # pixels: what is under test are ten tabs, not how fast a machine paints
# The browser draws nothing while `hidden`, and all that waited once it is shown again, as with a real hidden tab.
HIDE = """
const draw = window.requestAnimationFrame.bind(window), waiting = []
window.hidden = false
window.requestAnimationFrame = done => window.hidden ? waiting.push(done) : draw(done)
window.reveal = () => { window.hidden = false; waiting.splice(0).forEach(draw) }
window.drawn = () => new Promise(done => draw(() => draw(done)))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Within]:
    with pytest.MonkeyPatch.context() as sooner:
        sooner.setattr(serving, "UNUSED_MS", 5_000)  # until a closed tab's session ends, which some tests wait for
        # twice as long as shipped: no tab ends its cycle before all have been looked at
        with live_within(load_scenario("regime_change", {"clock.days": 20})) as running:
            yield running


@pytest.fixture(scope="module")
def patient() -> Iterator[Within]:
    """A server that waits for tabs as long as it does for users."""
    with live_within(load_scenario("regime_change")) as running:
        yield running


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def unchanged(value: Callable[[], Any], seconds: float) -> bool:
    """Whether it is the same after many beats of the server."""
    before = value()
    time.sleep(seconds)
    return bool(value() == before)


def test_ten_tabs_run_side_by_side_and_end_when_closed(browser: Any, server: Within) -> None:
    assert eventually(lambda: server.sessions == 0)
    with ExitStack() as stack:
        tabs, pages = [], []
        for _ in range(TABS):
            tabs.append(stack.enter_context(Tab(browser, server.url, viewport=SMALL)))
            tabs[-1].press("Pause")
            pages.append(server.pages[-1])
        assert server.sessions == TABS
        tabs[3].slide("Dealers' gamma", -1.0, 0.05)
        tabs[4].press("New seed")
        for tab in tabs:
            tab.press("Run")
        began = [tab.read(f"{BEAT}.seen") for tab in tabs]
        for tab, before in zip(tabs, began, strict=True):
            tab.wait(f"{BEAT}.seen > it + 6", before)
        updates = [tab.read(f"{BEAT}.seen") - before for tab, before in zip(tabs, began, strict=True)]
        assert min(updates) > 0.3 * max(updates), updates
        assert [page.street.settings.scale for page in pages] == [1.0] * 3 + [-1.0] + [1.0] * 6
        assert [page.street.settings.seed - pages[0].street.scenario.seed for page in pages] == [0] * 4 + [1] + [0] * 5
        first, other = tabs[0].column("twin"), tabs[9].column("twin")
        shared = min(len(first), len(other))
        assert first[:shared] == other[:shared]
        assert [word for tab in tabs for word in tab.said] == []
    assert eventually(lambda: server.sessions == 0)
    assert unchanged(lambda: [page.street.log.steps for page in pages], 0.3)


def test_a_hidden_tab_is_sent_nothing_until_it_is_seen_again(browser: Any, server: Within) -> None:
    with Tab(browser, server.url, lambda page: page.add_init_script(HIDE)) as tab:
        page = server.pages[-1]
        tab.page.evaluate("() => { window.hidden = true; return drawn() }")  # what was asked for before is painted
        seen = tab.read(f"{BEAT}.seen")
        assert eventually(lambda: page.beat.seen == seen)
        assert eventually(lambda: page.beat.sent == page.beat.seen + UNANSWERED)
        assert eventually(lambda: unchanged(lambda: page.street.log.steps, 0.2))
        sent, steps = page.beat.sent, page.street.log.steps
        assert unchanged(lambda: (page.beat.sent, page.street.log.steps), 1.0)
        tab.page.evaluate("() => window.reveal()")
        assert eventually(lambda: page.beat.sent > sent + 5)
        assert page.street.log.steps > steps


def cut(server: Within) -> None:
    """End the connections of all tabs, as a proxy does that is started anew."""

    def close() -> None:
        for session in server.server.get_sessions("/"):
            for connection in list(session._subscribed_connections):
                connection._socket.close(1001, "cut by a test")

    server.server.io_loop.add_callback(close)


def connections(server: Within) -> int:
    return sum(session.connection_count for session in server.server.get_sessions("/"))


@pytest.mark.filterwarnings("ignore:reference already known")
def test_a_tab_that_loses_its_connection_comes_back_and_goes_on(browser: Any, patient: Within) -> None:
    with Tab(browser, patient.url) as tab:
        page = patient.pages[-1]
        tab.slide("Dealers' gamma", -1.0, 0.05)
        tab.rows(20)
        for _ in range(3):  # somewhere in the middle of a message, as it happens
            tab.page.context.set_offline(True)
            cut(patient)
            assert eventually(lambda: connections(patient) == 0)
            assert eventually(lambda: page.beat.sent >= page.beat.seen + UNANSWERED)
            sent, steps = page.beat.sent, page.street.log.steps
            tab.page.context.set_offline(False)
            assert eventually(lambda sent=sent: page.beat.seen > sent + 10)
            assert page.street.log.steps > steps
            tab.updates(5)
            assert tab.column("spot")[0] == tab.column("twin")[0], "what was drawn before is still there"
        assert len(patient.pages) == 1, "it is the same market"
        assert page.street.settings.scale == -1.0
        tab.slide("Dealers' gamma", 0.5, 0.05)
        assert eventually(lambda: page.street.settings.scale == 0.5)


def test_the_ensemble_follows_the_slider_and_the_market_waits(browser: Any, server: Within) -> None:
    with Tab(browser, server.url) as tab:
        page = server.pages[-1]
        tab.press("Ensemble")
        tab.page.get_by_text("5,000 paths").wait_for()
        row = tab.page.get_by_role("row").filter(has_text="Realised volatility")
        before, steps = row.inner_text(), page.street.log.steps
        tab.slide("Dealers' gamma", 2.0, 0.05)
        assert eventually(lambda: page.ensemble_shown is not None and page.ensemble_shown.scale == 2.0)
        assert eventually(lambda: row.inner_text() != before)
        assert page.street.log.steps == steps
        tab.press("Live")
        assert eventually(lambda: page.street.log.steps > steps)
        assert tab.said == []
