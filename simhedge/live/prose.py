"""Text that changes many times a second: Bokeh's Div lays out the whole page anew with every change, this does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.dom import HTML
from bokeh.models.ui.panes import Pane

from simhedge.live.theme import TEXTS, dress

if TYPE_CHECKING:
    from collections.abc import Mapping


class Prose:
    """A piece of HTML in the page: `layout` is its place, `text` what stands there."""

    def __init__(self, name: str, styles: Mapping[str, str]) -> None:
        self._content = HTML(html="", name=name)
        self.layout = Pane(elements=[self._content], styles=dict(styles))
        dress([self.layout], TEXTS)

    @property
    def text(self) -> str:
        """The HTML."""
        return str(self._content.html)

    @text.setter
    def text(self, html: str) -> None:
        self._content.html = html
