"""A tab from its first moment: the browser loads its scripts while the engine is being loaded, then the page stands."""

from __future__ import annotations

import asyncio
from html import escape
from typing import TYPE_CHECKING, cast

from bokeh.core.validation import silence
from bokeh.core.validation.warnings import EMPTY_LAYOUT
from bokeh.layouts import column
from bokeh.models.widgets.markups import Div

from simhedge.errors import SimhedgeError
from simhedge.live.theme import TEXTS, dress, page_template
from simhedge.report.interactive.look import TYPEFACE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from bokeh.document import Document
    from bokeh.models import Column

    Fill = Callable[[Document, Column], Awaitable[object]]


def open_when_ready(document: Document, name: str, filling: Future[Fill]) -> None:
    """Open a tab with the scenario `name`, filled by what `filling` gives, or with the refusal in words.

    The first callback of a document keeps the browser's own request for its content waiting; what fills it comes
    before anything is sent.
    """
    root = new_root(document, name)

    async def wait() -> None:
        try:
            fill = await asyncio.wrap_future(filling)
            await fill(document, root)
        except SimhedgeError as error:
            _refuse(root, error)

    document.add_next_tick_callback(cast("Callable[[], None]", wait))  # Bokeh awaits coroutines


def new_root(document: Document, name: str) -> Column:
    """The place of everything in an empty document, which is given the template of live pages."""
    silence(EMPTY_LAYOUT)  # which it is until the engine is loaded
    document.title = f"simhedge live: {name}"
    document.template = page_template()
    document.template_variables["typeface"] = TYPEFACE
    root = column(sizing_mode="stretch_both")
    document.add_root(root)
    return root


def _refuse(root: Column, error: SimhedgeError) -> None:
    refusal = Div(text=f'<p class="alert" role="alert">{escape(str(error))}</p>', sizing_mode="stretch_width")
    dress([refusal], TEXTS)
    root.children = [refusal]
