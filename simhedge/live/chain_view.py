"""The chain tab: levels of a real chain, watched or uploaded, under every definition; stale where its source fails."""

from __future__ import annotations

import base64
import binascii
import math
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span
from bokeh.models.widgets.inputs import FileInput
from bokeh.models.widgets.markups import Div

from simhedge.chains.reading import chain_from_bytes
from simhedge.chains.table import Request
from simhedge.errors import InputError, SimhedgeError
from simhedge.live.theme import TEXTS, dress
from simhedge.live.trail import calm, spread
from simhedge.report.interactive.look import Paper, new_figure, paint, quiet_legend
from simhedge.report.palette import CALLS, HEDGED, MUTED, PUTS, ZERO_GAMMA
from simhedge.snapshots import Snapshot, take_snapshot

if TYPE_CHECKING:
    from bokeh.models import Column

    from simhedge.live.chain_feed import ChainFeed
    from simhedge.snapshots.watch import Observation

LARGEST_UPLOAD = 32 * 1024 * 1024  # bytes
REACH = 0.15  # of spot, to either side
# over the styles that the tables bring from notebooks: a definition stays on one line, and all of them in sight
CLOSE_COLUMNS = """
th, td { padding-left: 4px !important; padding-right: 4px !important; }
tbody th, td { white-space: nowrap; }
"""
LONGEST_NAME = 80  # characters shown of an uploaded file's name


class ChainView:
    """Figures and tables of one chain: the watched one, until another is uploaded into this tab."""

    def __init__(self, feed: ChainFeed | None, paper: Paper) -> None:
        self.feed = feed
        self.seen: Observation | None = None
        self.arrived = self.uploaded = False
        self.strikes = ColumnDataSource({name: [] for name in ("strike", "calls", "puts", "height")})
        self.curve = ColumnDataSource({"spot": [], "net": []})
        self.roots = ColumnDataSource({"spot": [], "zero": []})
        self.spots = Range1d(start=0.0, end=1.0)
        self.heights = [Range1d(start=0.0, end=1.0) for _ in range(2)]
        self.exposures, self.profile = self._strike_plot(paper), self._profile_plot(paper)
        self.file = FileInput(title="Open a chain file", accept=".csv,.json,.txt,.parquet", multiple=False)
        self.file.on_change("value", lambda _attribute, _old, _new: self._note_upload())
        self.status = Div(text="", sizing_mode="stretch_width", name="chain-status")
        self.tables = Div(text="", width=610, sizing_mode="stretch_height", name="chain-levels")
        self.tables.styles = {"overflow": "auto"}
        dress([self.file])
        dress([self.status, self.tables], TEXTS)
        dress([self.tables], CLOSE_COLUMNS)
        plots = column(self.exposures, self.profile, sizing_mode="stretch_both")
        body = row(plots, self.tables, sizing_mode="stretch_both")
        self.layout: Column = column(
            row(self.file, self.status, sizing_mode="stretch_width"), body, sizing_mode="stretch_both", visible=False
        )
        self._say_what_is_watched()

    def _strike_plot(self, paper: Paper) -> Any:
        plot = new_figure(
            "Strike ($)", "Gamma ($ per 1%)", height=240, paper=paper, x_range=self.spots, y_range=self.heights[0],
            sizing_mode="stretch_both", tools="", told="Gamma of calls and of puts by strike",
        )  # fmt: skip
        for side, colour in (("calls", CALLS), ("puts", PUTS)):
            bars: Any = {"source": self.strikes, "fill_color": colour, "line_color": None, "legend_label": side}
            plot.vbar("strike", "height", side, 0.0, **bars)
        plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
        self.spot_marks = [Span(dimension="height", line_color=HEDGED, line_dash="dashed") for _ in range(2)]
        plot.add_layout(self.spot_marks[0])
        nowhere: Any = [math.nan, math.nan]  # a span has no place in a legend, and a line without points no swatch
        plot.line(nowhere, nowhere, line_color=HEDGED, line_dash="dashed", legend_label="spot")
        quiet_legend(plot, paper)
        return plot

    def _profile_plot(self, paper: Paper) -> Any:
        plot = new_figure(
            "If the price were ($)", "Net gamma ($ per 1%)", height=240, paper=paper, x_range=self.spots,
            y_range=self.heights[1], sizing_mode="stretch_both", tools="",
            told="Net gamma if the price were elsewhere, with its roots",
        )  # fmt: skip
        plot.line("spot", "net", source=self.curve, line_color=HEDGED, line_width=2.0, legend_label="net gamma")
        plot.scatter(
            "spot", "zero", source=self.roots, size=9, fill_color=ZERO_GAMMA, line_color="white",
            legend_label="zero gamma (all roots)",
        )  # fmt: skip
        plot.add_layout(Span(location=0.0, dimension="width", line_color=MUTED))
        plot.add_layout(self.spot_marks[1])
        plot.yaxis.formatter = NumeralTickFormatter(format="0.[0]a")
        quiet_legend(plot, paper)
        return plot

    def repaint(self, paper: Paper) -> None:
        """Give the figures the colours of a theme."""
        for plot in (self.exposures, self.profile):
            paint(plot, paper)

    def _say_what_is_watched(self) -> None:
        if self.feed is None:
            self._tell("Open a file of option quotes (Cboe, Yahoo, Deribit, NSE, ...), or start with --chain FILE.")
        else:
            self._tell(f"Reading {self.feed.source} ...")

    def refresh(self) -> bool:
        """Show what the feed has seen since the last time; True if that is something new."""
        latest = None if self.feed is None else self.feed.latest
        if latest is None or latest is self.seen or self.uploaded:
            return False
        previous, self.seen = self.seen, latest
        if latest.snapshot is not None and (previous is None or latest.snapshot is not previous.snapshot):
            self.show(latest.snapshot)
        self._tell(_status(self.feed.source, latest), alert=latest.stale)  # type: ignore[union-attr]
        return True

    def _note_upload(self) -> None:
        """Content has come; its name comes after it."""
        self.arrived = True

    def open(self, name: str, read: Snapshot | SimhedgeError) -> None:
        """Show what was read from a file of that name."""
        if isinstance(read, SimhedgeError):
            self._tell(f"{read}", alert=True)
            return
        self.uploaded = True
        self.show(read)
        quotes = f"quotes of {read.chain.quote_time:%Y-%m-%d %H:%M}"
        self._tell(f"{name[:LONGEST_NAME]}: {quotes}, as opened in this tab.")

    def show(self, snapshot: Snapshot) -> None:
        """Draw the levels of a snapshot."""
        levels, spot = snapshot.levels, snapshot.chain.spot
        low, high = (1.0 - REACH) * spot, (1.0 + REACH) * spot
        self.spots.update(start=low, end=high)
        held = (levels.strikes.strike >= low) & (levels.strikes.strike <= high)
        strike = levels.strikes.strike[held]
        gap = float(np.diff(strike).min()) if strike.size > 1 else 0.01 * spot
        self.strikes.data = {
            "strike": strike,
            "calls": levels.strikes.calls[held],
            "puts": levels.strikes.puts[held],
            "height": np.full_like(strike, max(0.8 * gap, 0.001 * spot)),
        }
        near = (levels.profile.spot >= low) & (levels.profile.spot <= high)
        self.curve.data = {"spot": levels.profile.spot[near], "net": levels.profile.net[near]}
        legs = [levels.strikes.calls[held], levels.strikes.puts[held]]
        for axis, values in zip(self.heights, (np.concatenate(legs), levels.profile.net[near]), strict=True):
            start, end = calm((0.0, 0.0), spread(values))
            axis.update(start=start, end=end)
        roots = [root.spot for root in levels.profile.roots]
        self.roots.data = {"spot": roots, "zero": [0.0] * len(roots)}
        for mark in self.spot_marks:
            mark.location = spot
        self.tables.text = snapshot._repr_html_()

    def _tell(self, text: str, alert: bool = False) -> None:
        look = 'class="alert" role="alert"' if alert else 'class="quiet" role="status"'
        self.status.text = f"<p {look}>{escape(text)}</p>"


def read_upload(name: str, content: str) -> Snapshot | SimhedgeError:
    """The chain and levels in a file that the reader sent (`content` in base64), or why there are none."""
    shown = name[:LONGEST_NAME]
    try:
        return take_snapshot(chain_from_bytes(_decoded(shown, content), Request(shown, None, None, None)))
    except SimhedgeError as error:
        return error


def _decoded(name: str, content: str) -> bytes:
    """The bytes of an upload, or an InputError where there are too many or they are damaged."""
    if len(content) > LARGEST_UPLOAD * 4 // 3 + 4:
        remedy = f"files up to {LARGEST_UPLOAD // 1024**2} MB can be opened here; use `simhedge live --chain FILE`"
        raise InputError("too large to be opened in the page", file=name, remedy=remedy)
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("did not arrive whole", file=name, remedy="open it again") from error
    if not decoded.strip():
        raise InputError("the file is empty", file=name, remedy="download the chain again")
    return decoded


def _status(source: str, latest: Observation) -> str:
    """What is shown, from where and how old."""
    if latest.stale:
        age = "" if latest.age_s is None else f" What is shown is {latest.age_s:,.0f} s old."
        return f"STALE: {latest.error}.{age} Next look in {latest.pause_s:g} s."
    assert latest.snapshot is not None, "a look that did not fail has a snapshot"
    quotes = f"{latest.snapshot.chain.quote_time:%Y-%m-%d %H:%M}"
    return f"{source}: quotes of {quotes}, read {latest.seen:%H:%M:%S} UTC, next look in {latest.pause_s:g} s."
