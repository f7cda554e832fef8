"""The live page in tests: a server as users start it or one within reach, and a tab as a reader handles it."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bokeh.document import Document
from bokeh.server.server import Server

from simhedge.live.opening import new_root
from simhedge.live.page import Page, fill_page
from simhedge.live.serving import Served, serve
from simhedge.live.shown import Shown
from simhedge.live.street import Street
from simhedge.scenario import Scenario

PATIENCE_MS = 60_000  # for what takes a moment here and may take long on a loaded machine
MODEL = "[...Bokeh.documents[0]._all_models.values()].find(m => {})"
BEAT = MODEL.format("m.type.includes('Beat')")
TRAIL = MODEL.format("m.data && 'hedged_vol' in m.data")
STANDS = f"window.Bokeh && Bokeh.documents.length && {BEAT}.ready"
STORY = MODEL.format("m.name === 'story'") + ".html"
STEPS_MEASURED = r"Number((/\(([\d,]+) steps\)/.exec(" + STORY + ") || [0, '0'])[1].replaceAll(',', ''))"
MEASURED = r"change: ([\d.]+) ± ([\d.]+) "
COMPLAINTS = re.compile("Traceback|WARNING|Warning")
OF_PAGE = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


@dataclass
class Program:
    """`simhedge live` as a process: where it is, and what it wrote on standard error once it has ended."""

    url: str
    process: subprocess.Popen[str]
    said: str = ""


@contextmanager
def live_program(*arguments: str, complaints: bool = False) -> Iterator[Program]:
    """`simhedge live ARGUMENTS` until the block ends, by ctrl-C, which must end it as the user is promised.

    Where it is attacked it may write `complaints` with a traceback.
    """
    command = [sys.executable, "-m", "simhedge", "live", "--no-browser", *arguments]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        program = Program(process.stdout.readline().strip(), process)
        try:
            assert program.url, "it ended before it gave an address"
            yield program
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(60)
            finally:
                process.kill()  # nothing is left, even where ctrl-C is ignored
                process.communicate()
            errors.seek(0)
            program.said = errors.read()
        assert code == 130, program.said
        assert complaints or not COMPLAINTS.search(program.said), program.said


@dataclass
class Within:
    """A server in a thread of this process, with the pages of its tabs in the order in which they were opened."""

    url: str
    server: Server
    pages: list[Page] = field(default_factory=list)

    @property
    def sessions(self) -> int:
        """Sessions that the server keeps."""
        return len(self.server.get_sessions("/"))


@contextmanager
def live_within(scenario: Scenario, shown: Shown = Shown()) -> Iterator[Within]:  # noqa: B008 - a frozen tuple
    """The live page, served from a thread until the block ends."""
    pages: list[Page] = []
    with served_within(lambda document: pages.append(open_page(document, scenario, shown))) as served:
        yield Within(served.url, served.server, pages)


@contextmanager
def served_within(open_document: Callable[[Document], None]) -> Iterator[Served]:
    """A server in a thread until the block ends."""
    begun: list[Served] = []
    listening = threading.Event()

    def work() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        begun.append(serve(open_document))
        begun[0].server.io_loop.add_callback(listening.set)
        begun[0].server.io_loop.start()
        begun[0].server.stop()
        begun[0].server.io_loop.close(all_fds=True)

    thread = threading.Thread(target=work, name="live page")
    thread.start()
    assert listening.wait(60), "the server did not start"
    try:
        yield begun[0]
    finally:
        loop = begun[0].server.io_loop
        loop.add_callback(loop.stop)
        thread.join(60)


def open_page(document: Document, scenario: Scenario, shown: Shown = Shown()) -> Page:  # noqa: B008 - a frozen tuple
    """An empty document filled with a page at once."""
    return fill_page(document, new_root(document, scenario.name), Street(scenario), shown)


def page_of(text: str) -> Page:
    """The page of a document that nobody serves, its scenario named `text`."""
    from simhedge.scenario import load_scenario

    street, document = Street(load_scenario("regime_change")), Document()
    street.scenario = street.scenario.model_copy(update={"name": text})
    return fill_page(document, new_root(document, text), street)


class Tab:
    """A tab of the browser with the live page in it; `said` has every complaint of the page and every stray request."""

    def __init__(self, browser: Any, url: str, setup: Callable[[Any], object] = lambda _: None, **options: Any) -> None:
        self.said: list[str] = []
        self.context = browser.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda asked: self._see(asked.url))
        self.page.on("websocket", lambda socket: self._see(socket.url))
        setup(self.page)
        self.page.goto(url)
        self.wait(STANDS)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def _see(self, url: str) -> None:
        if not url.startswith(OF_PAGE):
            self.said.append(url)

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def wait(self, condition: str, argument: Any = None) -> None:
        """Until a JavaScript expression of `it`, the argument, is true."""
        self.page.wait_for_function(f"it => {condition}", arg=argument, polling=50)

    def read(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.page.evaluate(f"() => {expression}")

    def column(self, name: str) -> list[float]:
        """A column of the table behind the time series."""
        return list(self.read(f"[...{TRAIL}.data['{name}']]"))

    def rows(self, least: int) -> None:
        """Wait for so many rows of that table."""
        self.wait(f"{TRAIL}.data.day.length >= it", least)

    def press(self, name: str) -> None:
        """Click a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def slide(self, title: str, to: float, step: float = 1.0) -> None:
        """Move a slider with the keys, five steps at a time where it is far; sliders of words count from 0."""
        handle = self.page.get_by_role("slider", name=title)
        by = round((to - float(handle.get_attribute("aria-valuenow"))) / step)
        far, near = divmod(abs(by), 5)
        for key in far * ["PageUp" if by > 0 else "PageDown"] + near * ["ArrowRight" if by > 0 else "ArrowLeft"]:
            handle.press(key)

    def at_speed(self, speed: str) -> None:
        """Choose how many steps a second are done."""
        from simhedge.live.controls import SPEEDS

        self.slide("Steps a second", SPEEDS.index(speed))

    def pause(self) -> None:
        """Press Pause, and wait until the steps under way have arrived."""
        self.press("Pause")
        self.page.get_by_role("button", name="Run", exact=True).wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing has been sent for a while."""
        self.page.evaluate("() => { window.last = undefined }")
        self.wait(
            f"{BEAT}.sent === {BEAT}.seen && (window.last === {BEAT}.sent ? performance.now() - window.since > 700"
            f" : (window.last = {BEAT}.sent, window.since = performance.now(), false))"
        )

    def updates(self, number: int) -> None:
        """Wait until so many more updates have been painted."""
        self.wait(f"{BEAT}.seen >= it", self.read(f"{BEAT}.seen") + number)

    def measured(self, least: int) -> tuple[float, float]:
        """The volatility ratio that the page shows and its error, once it rests on so many steps."""
        self.wait(f"{STEPS_MEASURED} >= it", least)
        found = re.search(MEASURED, self.page.get_by_text("since the last change: ").inner_text())
        assert found is not None
        return float(found[1]), float(found[2])
