"""A refusal in words where Bokeh is not installed, which the live page and the page of a report need."""

from __future__ import annotations

from importlib.util import find_spec

from simhedge.errors import InputError

EXTRA = "pip install 'simhedge[live]'"


def check_bokeh(what: str) -> None:
    """Raise InputError, `what` being what needs it, where there is no Bokeh."""
    if find_spec("bokeh") is None:
        raise InputError(f"{what} needs Bokeh, which is not installed", key="bokeh", remedy=EXTRA)
