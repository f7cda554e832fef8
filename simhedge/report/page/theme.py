"""Light and dark: every figure is drawn on both papers, one over the other, and the style sheet shows one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simhedge.report import style
from simhedge.report.interactive.look import DARK, LIGHT
from simhedge.report.page.content import Chart

if TYPE_CHECKING:
    from collections.abc import Callable

    from simhedge.report.interactive.drawn import Drawn
    from simhedge.report.page.content import Table

# SVG stays sharp in print; a page that is scrolled must not zoom or drag its figures.
_LOOK: Any = {"output_backend": "svg", "tools": ""}


def chart(title: str, words: str, draw: Callable[..., Drawn], numbers: Table | None = None) -> Chart:
    """The chart that `draw(paper=..., **look)` draws, on both papers."""
    return Chart(title, words, draw(paper=LIGHT, **_LOOK), draw(paper=DARK, **_LOOK), numbers)


def page_colours() -> dict[str, str]:
    """Names and values of the colours of the page, light and dark."""
    colours = {"warning": style.WARNING}
    for name, paper in (("light", LIGHT), ("dark", DARK)):
        colours |= {f"{name}_{part}": value for part, value in paper._asdict().items()}
    return colours
