"""The live page in a real browser: how soon it stands, how often it changes, how fast controls act, ten tabs."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.measures import Line
from benchmarks.settings import ROOT

if TYPE_CHECKING:
    from bokeh.document import Document

SIZE: Any = {"width": 1280, "height": 720}
MODEL = "[...Bokeh.documents[0]._all_models.values()].find(m => {})"
SEEN = MODEL.format("m.type.includes('Beat')") + ".seen"
STEP_PAINTED = f"() => window.Bokeh?.documents.length && {SEEN.replace('.seen', '?.seen')} > 0"
TURN = f"""() => new Promise(painted => {{
  const slider = {MODEL.format("m.title && String(m.title).startsWith('Dealers')")};
  const curve = {MODEL.format("m.data && 'gain' in m.data && 'price' in m.data")};
  const largest = curve.data.gain.reduce((best, gain, i, all) => Math.abs(gain) > Math.abs(all[best]) ? i : best, 0);
  const side = Math.sign(curve.data.gain[largest]), began = performance.now();
  const look = () => Math.sign(curve.data.gain[largest]) === -side
    ? requestAnimationFrame(() => painted(performance.now() - began)) : setTimeout(look, 1);
  slider.value = -slider.value; look();
}})"""


def live(quick: bool) -> list[Line]:
    """First plot, updates a second beside a page without an engine, milliseconds from a control, ten tabs."""
    from playwright.sync_api import sync_playwright

    seconds, times = (4.0, 5) if quick else (10.0, 20)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first = min(_first_plot(browser) for _ in range(3))
        with _bare_page() as address, _tab(browser, address) as page:
            bare = _updates([page], seconds)[0]
        with _program() as address:
            with _tab(browser, address) as page:
                alone = _updates([page], seconds)[0]
                turns = sorted(_turn(page) for _ in range(times))
            with _tab(browser, address, tabs=10) as pages:
                ten = _updates(pages, seconds)
        browser.close()
    detail = f"software rendering, 1280 x 720; {bare:.1f} with the same figures and no engine"
    even = f"ten tabs: {min(ten):.1f} to {max(ten):.1f} each, {sum(ten):.1f} together"
    return [
        Line("live: from the command to the first plot", first, "s", 3.0, True, "kernels and files warm, best of 3"),
        Line("live: updates of one tab", alone, "a second", 25.0, False, detail),
        Line("live: the same, of a page without an engine", alone / bare, "x", 0.8, False, ""),
        Line(
            "live: from a control to the screen", turns[len(turns) // 2], "ms", 150.0, True, f"slowest {turns[-1]:.0f}"
        ),
        Line("live: the slowest of ten tabs, of the mean", 10.0 * min(ten) / sum(ten), "x", 0.5, False, even),
    ]


@contextmanager
def _program() -> Iterator[str]:
    """The address of `simhedge live` while it runs."""
    command = [sys.executable, "-m", "simhedge", "live", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        try:
            yield program.stdout.readline().strip()
        finally:
            program.send_signal(signal.SIGINT)


@contextmanager
def _tab(browser: Any, address: str, tabs: int = 1) -> Iterator[Any]:
    """A page (or a list of them) at the address, drawn and running."""
    pages = [browser.new_context(viewport=SIZE).new_page() for _ in range(tabs)]
    for page in pages:
        page.set_default_timeout(120_000)
        page.goto(address)
        page.wait_for_selector("canvas")
    time.sleep(2.0)
    yield pages[0] if tabs == 1 else pages
    for page in pages:
        page.context.close()


def _first_plot(browser: Any) -> float:
    """Seconds from starting the program until a browser that is open has painted the figures and a step in them."""
    started = time.perf_counter()
    with _program() as address:
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(address)
        page.wait_for_function(STEP_PAINTED)
        seconds = time.perf_counter() - started
        page.context.close()
    return seconds


def _updates(pages: list[Any], seconds: float) -> list[float]:
    """Updates painted a second in each page."""
    before = [page.evaluate(SEEN) for page in pages]
    began = time.perf_counter()
    time.sleep(seconds)
    after = [page.evaluate(SEEN) for page in pages]
    return [(b - a) / (time.perf_counter() - began) for a, b in zip(before, after, strict=True)]


def _turn(page: Any) -> float:
    """Milliseconds from turning the dealers' gamma around to the new curve of the gain on the screen."""
    milliseconds = float(page.evaluate(TURN))
    time.sleep(0.3)
    return milliseconds


@contextmanager
def _bare_page() -> Iterator[str]:
    """The address of a page with the same figures, to which rows made in advance are streamed as often as it paints."""
    from simhedge.live.serving import serve

    begun: list[Any] = []
    stands = threading.Event()

    def work() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        begun.append(serve(_bare_document))
        begun[0].server.io_loop.add_callback(stands.set)
        begun[0].server.io_loop.start()

    threading.Thread(target=work, daemon=True).start()
    stands.wait(30.0)
    yield begun[0].url
    begun[0].server.io_loop.add_callback(begun[0].server.io_loop.stop)


def _bare_document(document: Document) -> None:
    from simhedge.live.beat import keeps_up, new_beat, send
    from simhedge.live.market_view import MarketView
    from simhedge.live.opening import new_root
    from simhedge.live.page import BEAT_MS
    from simhedge.live.street import Street
    from simhedge.live.trail import columns_of
    from simhedge.report.interactive.look import LIGHT
    from simhedge.scenario import load_scenario

    street = Street(load_scenario("regime_change"))
    view = MarketView(street, LIGHT)
    street.advance(street.steps)
    view.draw(view.look())  # once, for the axes
    rows = columns_of(street.drawn(-1), street.sight())
    trail = view.sources.trail
    trail.data = {name: values[:1] for name, values in rows.items()}
    beat = new_beat(document)
    left = iter(range(1, street.steps))

    def stream() -> None:
        number = next(left, None) if keeps_up(beat) else None
        if number is not None:
            trail.stream({name: values[number : number + 1] for name, values in rows.items()})
            send(beat)

    new_root(document, "no engine").children = [view.layout]
    document.add_root(beat)
    document.add_periodic_callback(stream, BEAT_MS)
