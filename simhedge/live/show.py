"""`show`: the live page of a scenario, served until it is interrupted."""

from __future__ import annotations

import gc
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from simhedge.live.opening import open_when_ready
from simhedge.live.origins import LOOPBACK
from simhedge.live.serving import serve
from simhedge.live.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simhedge.live.opening import Fill
    from simhedge.scenario import Scenario

FAREWELL_SECONDS = 1.0  # in which a tab that is open already learns why there is nothing to see


def show(
    scenario: Scenario,
    shown: Shown = Shown(),  # noqa: B008 - a frozen tuple
    *,
    port: int = 0,
    address: str = LOOPBACK,
    origins: Sequence[str] = (),
    ready: Callable[[str], object] = print,
    compiling: Callable[[], object] = lambda: None,
) -> None:
    """Serve the page until ctrl-C; `ready` is told the address to open once it answers, `compiling` of a long wait.

    The page answers before the engine is loaded, and while it is. A step is done before the first page stands, so that
    a scenario that cannot run is refused here, with an InputError. `port` 0 is any free one; beyond this machine, and
    with `origins` (HOST[:PORT] of proxies) beyond it, the address carries a token.
    """
    filling: Future[Fill] = Future()
    served = serve(partial(open_when_ready, name=scenario.name, filling=filling), port, address, origins)
    loop = served.server.io_loop
    loader = Thread(target=_load, args=(filling, scenario, shown, compiling), name="loading", daemon=True)

    def end_if_refused(done: Future[Fill]) -> None:
        if done.exception() is not None:
            loop.add_callback(loop.call_later, FAREWELL_SECONDS, loop.stop)

    filling.add_done_callback(end_if_refused)
    loop.call_later(0.0, ready, served.url)
    loop.call_later(0.0, loader.start)
    if shown.feed is not None:
        shown.feed.start()
    try:
        loop.start()
    finally:
        served.server.stop()
        if shown.feed is not None:
            shown.feed.stop()
    filling.result()


def _load(filling: Future[Fill], scenario: Scenario, shown: Shown, compiling: Callable[[], object]) -> None:
    """Load the engine, and say in `filling` how pages are filled, or why the scenario cannot run."""
    try:
        from simhedge.live.page import filler
        from simhedge.live.street import Street
        from simhedge.simulation.warmup import needs_compiling

        if needs_compiling():
            compiling()
        street = Street(scenario)
        street.advance(1)
        street.change(street.settings._replace(scale=0.5))
        _collect_garbage_again()
        filling.set_result(filler(scenario, shown))
    except Exception as error:  # raised in the thread that waits
        filling.set_exception(error)


def _collect_garbage_again() -> None:
    """Where the command left garbage alone while it loaded: what stands now is never looked at for garbage."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
