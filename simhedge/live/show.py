"""`show`: the live page of a scenario, served until it is interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.live.page import Shown, open_page
from simhedge.live.serving import LOOPBACK, serve
from simhedge.live.street import Street

if TYPE_CHECKING:
    from collections.abc import Callable

    from bokeh.document import Document

    from simhedge.scenario import Scenario


def show(
    scenario: Scenario,
    shown: Shown = Shown(),  # noqa: B008 - a frozen tuple
    *,
    port: int = 0,
    address: str = LOOPBACK,
    ready: Callable[[str], object] = print,
) -> None:
    """Serve the page until ctrl-C; `ready` is told the address to open once it answers.

    A step is done before anybody asks for a page, so that a scenario that cannot run is refused here, with an
    InputError, and kernels are loaded. `port` 0 is any free one; beyond this machine the address carries a token.
    """

    def opened(document: Document) -> None:
        open_page(document, scenario, shown)

    street = Street(scenario)
    street.advance(1)
    street.change(street.settings._replace(scale=0.5))
    served = serve(opened, port, address)
    if shown.feed is not None:
        shown.feed.start()
    loop = served.server.io_loop
    loop.call_later(0.0, ready, served.url)
    try:
        loop.start()
    finally:
        served.server.stop()
        if shown.feed is not None:
            shown.feed.stop()
