"""A page as HTML: the template filled in, with BokehJS and all data inside, so that nothing is loaded."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bokeh.document import Document
from bokeh.embed import components
from bokeh.model import Model
from bokeh.resources import Resources
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from simhedge.report.interactive.look import LIGHT, TYPEFACE
from simhedge.report.page.content import Chart
from simhedge.report.page.theme import page_colours

if TYPE_CHECKING:
    from simhedge.report.page.content import Content


def page_html(content: Content) -> str:
    """The whole page as one HTML document without any request."""
    plots: dict[str, Model] = {
        f"{paper}_{number}_{place}": panel.plot
        for number, chart in enumerate(content.charts)
        if isinstance(chart, Chart)
        for paper, drawn in (("light", chart.light), ("dark", chart.dark))
        for place, panel in enumerate(drawn.panels)
    }
    _gather(plots)
    script, places = components(plots) if plots else ("", {})
    css = _templates().get_template("page.css").render(typeface=Markup(TYPEFACE), **page_colours())
    return (
        _templates()
        .get_template("page.html")
        .render(
            content=content,
            css=Markup(css),
            ink=LIGHT.ink,
            bokeh=Markup(Resources(mode="inline", components=["bokeh"], log_level="warn").render_js() if plots else ""),
            script=Markup(script),
            places={name: Markup(place.strip()) for name, place in places.items()},
        )
    )


def _gather(plots: dict[str, Model]) -> None:
    """Put all plots into one document at once: Bokeh looks through all of them anew for each that it adds itself."""
    document = Document()
    with document.models.freeze():
        for plot in plots.values():
            document.add_root(plot)


@cache
def _templates() -> Environment:
    loader = PackageLoader("simhedge.report.page", "")
    options: Any = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)
