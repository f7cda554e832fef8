"""A tab while the engine is being loaded, and one whose scenario cannot run."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import Future
from typing import Any

import pytest
from bokeh.document import Document
from bokeh.models import Column
from bokeh.models.widgets.markups import Div

from simhedge.errors import InputError
from simhedge.live.opening import open_when_ready
from simhedge.live.show import _load, show
from simhedge.live.shown import Shown
from simhedge.scenario import load_scenario


def waiting_for() -> Future[Any]:
    return Future()


async def fill(document: Document, root: Column) -> None:
    root.children = [Div(text="stands")]


def texts(document: Document) -> list[str]:
    return [child.text for child in document.roots[0].children]


def test_a_tab_is_filled_once_the_engine_stands() -> None:
    document, filling = Document(), waiting_for()
    open_when_ready(document, "a scenario", filling)
    assert document.title == "simhedge live: a scenario"
    assert texts(document) == []
    (waiting,) = document.session_callbacks

    async def stand() -> None:
        waits: Any = waiting.callback
        filled = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        assert texts(document) == []
        filling.set_result(fill)
        await filled

    asyncio.run(stand())
    assert texts(document) == ["stands"]


def test_a_refusal_stands_in_the_page_in_words() -> None:
    document, filling = Document(), waiting_for()
    filling.set_exception(InputError("the price is not unique", key="<market>", remedy="use fewer contracts"))
    open_when_ready(document, "a scenario", filling)
    wait: Any = document.session_callbacks[0].callback
    asyncio.run(wait())
    (told,) = texts(document)
    assert 'role="alert"' in told
    assert "use fewer contracts" in told
    assert "&lt;market&gt;" in told


def test_what_cannot_run_ends_the_server_with_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simhedge.live.show.FAREWELL_SECONDS", 0.0)
    scenario = load_scenario("gamma_squeeze", overrides={"market.adv_shares": 1e4})
    answered: list[str] = []
    with pytest.raises(InputError, match="not unique"):
        show(scenario, ready=answered.append)
    assert answered[0].startswith("http://127.0.0.1:")


def test_garbage_is_looked_for_again_once_the_engine_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simhedge.live.show.FAREWELL_SECONDS", 0.0)
    looked_for: list[bool] = []
    loaded = Future.set_result
    monkeypatch.setattr(
        Future, "set_result", lambda self, found: (looked_for.append(gc.isenabled()), loaded(self, found))
    )
    monkeypatch.setattr("simhedge.live.page.filler", lambda *_: "a page")
    filling = waiting_for()
    gc.disable()
    try:
        _load(filling, load_scenario("positive_gamma"), Shown(), lambda: None)
        assert looked_for == [True]
        assert filling.result() == "a page"
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        gc.enable()


def test_of_a_long_wait_somebody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simhedge.live.show.FAREWELL_SECONDS", 0.0)
    monkeypatch.setattr("simhedge.simulation.warmup.needs_compiling", lambda: True)
    told: list[str] = []

    def compiling() -> None:
        told.append("wait")
        raise InputError("enough")

    with pytest.raises(InputError, match="enough"):
        show(load_scenario("regime_change"), ready=lambda _: None, compiling=compiling)
    assert told == ["wait"]
