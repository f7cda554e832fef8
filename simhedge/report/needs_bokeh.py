"""A refusal in words where Bokeh is not installed, for pages and interactive figures need it."""

from __future__ import annotations

from importlib.util import find_spec

from simhedge.errors import InputError

EXTRA = "pip install 'simhedge[live]'"


def check_bokeh() -> None:
    """Raise InputError where there is no Bokeh."""
    if find_spec("bokeh") is None:
        raise InputError("an HTML report needs Bokeh, which is not installed", key="bokeh", remedy=EXTRA)
