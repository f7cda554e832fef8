"""`simhedge live`: the page on which the engine runs step by step, with controls that act at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from simhedge.cli.compiling import tell_of_compiling
from simhedge.cli.levels import QuoteTimeOption, RootOption, SpotOption
from simhedge.cli.output import print_text, say
from simhedge.cli.run import SetOption, load_asked
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.live.chain_feed import ChainFeed
    from simhedge.live.lessons import Lesson
    from simhedge.live.shown import Shown
    from simhedge.scenario import Scenario

DEFAULT_SCENARIO = "regime_change"
LARGEST_PORT = 65_535


class Place(NamedTuple):
    """Where the page listens, and the proxies through which browsers may come to it."""

    address: str
    port: int
    origins: tuple[str, ...]


# typer reads one parameter per option, hence more of them than a function should have.
def live_command(
    file: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="Scenario file, or the name of a shipped scenario.")
    ] = None,
    settings: SetOption = None,
    lesson: Annotated[
        str | None, typer.Option("--lesson", metavar="NAME", help="A lesson instead: delta_hedging_101, damping, ...")
    ] = None,
    chain: Annotated[
        str | None, typer.Option("--chain", metavar="SOURCE", help="Option chain to watch: a file or http(s) address.")
    ] = None,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", help="Seconds between two looks at the chain.")
    ] = 30.0,
    spot: SpotOption = None,
    quote_time: QuoteTimeOption = None,
    root: RootOption = None,
    port: Annotated[int, typer.Option("--port", min=0, max=LARGEST_PORT, help="Port (default: any free one).")] = 0,
    address: Annotated[
        str, typer.Option("--address", help="Address to listen at; any but this machine's own asks for a token.")
    ] = "127.0.0.1",
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="HOST[:PORT]", help="Where browsers come through a proxy; may be repeated."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> int:
    """Open the live page: dealers hedge step by step, beside the twin, while you turn the controls."""
    from simhedge.report.needs_bokeh import check_bokeh

    check_bokeh("the live page")
    asked = _lesson(lesson, file)
    with _garbage_left_alone():
        from simhedge.live.shown import Shown

        scenario = load_asked(asked.scenario if asked else file or DEFAULT_SCENARIO, settings or [], None)
        shown = Shown(asked, _feed(chain, every, (spot, quote_time, root)))
        _show(scenario, shown, Place(address, port, tuple(origins or ())), browser)
    return 0


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """What is loaded now stays: to look for garbage in it takes a fifth of the time to the first plot.

    Once all is loaded, `show` has garbage looked for again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _lesson(name: str | None, file: str | None) -> Lesson | None:
    if name is None:
        return None
    if file is not None:
        raise InputError("a lesson has its own scenario", key="SCENARIO", value=file, remedy="leave one of them out")
    from simhedge.live.lessons import LESSONS

    if name not in LESSONS:
        raise InputError("no such lesson", key="--lesson", value=name, remedy="one of " + ", ".join(LESSONS))
    return LESSONS[name]


def _feed(source: str | None, every: float, known: tuple[float | None, str | None, str | None]) -> ChainFeed | None:
    if source is None:
        for key, value in zip(("--spot", "--quote-time", "--root"), known, strict=True):
            if value is not None:
                raise InputError("is about a chain", key=key, value=value, remedy="name one with --chain")
        return None
    from simhedge.live.chain_feed import ChainFeed
    from simhedge.snapshots import Overrides

    return ChainFeed(source, every, Overrides(*known))


def _show(scenario: Scenario, shown: Shown, place: Place, open_it: bool) -> None:
    from simhedge.live.show import show

    def ready(url: str) -> None:
        print_text(url)
        say("ctrl-C ends it")
        if open_it:
            _open(url)

    show(scenario, shown, **place._asdict(), ready=ready, compiling=tell_of_compiling)


def _open(url: str) -> None:
    """Open a browser, in a thread: some browsers return only when they are closed, and the page waits meanwhile."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True).start()
