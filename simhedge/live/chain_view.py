"""The chain tab: levels of a real chain, watched or uploaded, under every definition; stale where its source fails."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from bokeh.layouts import column, row
from bokeh.models.widgets.buttons import Button
from bokeh.models.widgets.markups import Div

from simhedge.errors import SimhedgeError
from simhedge.live.chain_picker import ChainPicker
from simhedge.live.chain_plots import ChainPlots
from simhedge.live.theme import TEXTS, dress
from simhedge.live.upload import in_words, too_large

if TYPE_CHECKING:
    from bokeh.models import Column

    from simhedge.live.chain_feed import ChainFeed
    from simhedge.live.upload import Upload
    from simhedge.report.interactive.look import Paper
    from simhedge.snapshots import Snapshot
    from simhedge.snapshots.watch import Observation

# over the styles that the tables bring from notebooks: a definition stays on one line, and all of them in sight
CLOSE_COLUMNS = """
th, td { padding-left: 4px !important; padding-right: 4px !important; }
tbody th, td { white-space: nowrap; }
"""
BESIDE = (25, 5, 5, 5)  # pixels around a button that stands beside fields with a title
LONGEST_SOURCE = 30  # characters of a source's name on a button


class ChainView:
    """Figures and tables of one chain: the watched one, until another is uploaded into this tab."""

    def __init__(self, feed: ChainFeed | None, paper: Paper) -> None:
        self.feed = feed
        self.seen: Observation | None = None
        self.uploaded = False
        self.news = self.notice = ("", False)  # of the chain shown, of a file opened: text, whether alarming
        self.plots, self.picker = ChainPlots(paper), ChainPicker(lambda name: self._refuse(too_large(name)))
        self.back = Button(label="" if feed is None else f"Back to {_short(feed.source)}", visible=False, margin=BESIDE)
        self.back.on_click(self._go_back)
        self.status = Div(text="", sizing_mode="stretch_width", name="chain-status")
        self.age = Div(text="", sizing_mode="stretch_width", name="chain-age", visible=False)
        self.tables = Div(text="", width=610, sizing_mode="stretch_height", name="chain-levels")
        self.tables.styles = {"overflow": "auto"}
        dress([self.back])
        dress([self.status, self.age, self.tables], TEXTS)
        dress([self.tables], CLOSE_COLUMNS)
        self.layout: Column = self._laid_out()
        self._say_what_is_watched()

    def _laid_out(self) -> Column:
        texts = column(self.status, self.age, sizing_mode="stretch_width")
        head = row(self.picker.layout, self.back, texts, sizing_mode="stretch_width")
        plots = column(self.plots.exposures, self.plots.profile, sizing_mode="stretch_both")
        body = row(plots, self.tables, sizing_mode="stretch_both")
        return column(head, body, sizing_mode="stretch_both", visible=False)

    def repaint(self, paper: Paper) -> None:
        """Give the figures the colours of a theme."""
        self.plots.repaint(paper)

    def _say_what_is_watched(self) -> None:
        if self.feed is None:
            self._tell("Open a file of option quotes (Cboe, Yahoo, Deribit, NSE, ...), or start with --chain FILE.")
        else:
            self._tell(f"Reading {self.feed.source} ...")

    # ------------------------------------------------------------------ what is watched
    def refresh(self) -> bool:
        """Show what the feed has seen since the last time, and its age; True if there is something new to see."""
        latest = None if self.feed is None else self.feed.latest
        if latest is None or self.uploaded:
            return False
        if latest is self.seen:
            return self._tell_age(latest)
        previous, self.seen = self.seen, latest
        if latest.snapshot is not None and (previous is None or latest.snapshot is not previous.snapshot):
            self.show(latest.snapshot)
        self._tell(_status(self.feed.source, latest), alert=latest.stale)  # type: ignore[union-attr]
        self._tell_age(latest)
        return True

    def _tell_age(self, latest: Observation) -> bool:
        """Say how old is what a failing source left, apart from why: an alarm is not raised again every second."""
        told = _age(latest, datetime.now(UTC)) if latest.stale else ""
        text = f'<p class="quiet">{told}</p>'
        if (self.age.text, self.age.visible) == (text, bool(told)):
            return False
        self.age.update(text=text, visible=bool(told))
        return True

    # ------------------------------------------------------------------ what is opened
    def take(self) -> Upload | None:
        """A file that has arrived, to be read and then opened."""
        upload = self.picker.take()
        if upload is not None:
            self._notify(f"Reading {upload.shown} ...")
        return upload

    def open(self, upload: Upload, read: Snapshot | SimhedgeError) -> None:
        """Show what was read from a file."""
        if isinstance(read, SimhedgeError):
            self._refuse(read)
            return
        self.uploaded = True
        self.picker.ask(None)
        self.show(read)
        self.age.visible = False
        self._notify("")
        self._tell(f"{upload.shown}: quotes of {read.chain.quote_time:%Y-%m-%d %H:%M}, as opened in this tab.")

    def _refuse(self, error: SimhedgeError) -> None:
        self.picker.ask(error)
        self._notify(in_words(error), alert=True)

    def _go_back(self) -> None:
        """Show the watched source again."""
        self.uploaded, self.seen = False, None
        self.picker.forget()
        self._notify("")
        self._say_what_is_watched()
        self.refresh()

    # ------------------------------------------------------------------ what is shown and said
    def show(self, snapshot: Snapshot) -> None:
        """Draw the levels of a snapshot."""
        self.plots.draw(snapshot.levels)
        self.tables.text = snapshot._repr_html_()

    def _tell(self, text: str, alert: bool = False) -> None:
        self.news = (text, alert)
        self._say()

    def _notify(self, text: str, alert: bool = False) -> None:
        self.notice = (text, alert)
        self._say()

    def _say(self) -> None:
        self.back.visible = self.feed is not None and (self.uploaded or self.notice[1])
        self.status.text = "".join(_paragraph(*told) for told in (self.notice, self.news) if told[0])


def _paragraph(text: str, alert: bool) -> str:
    look = 'class="alert" role="alert"' if alert else 'class="quiet" role="status"'
    return f"<p {look}>{escape(text)}</p>"


def _short(source: str) -> str:
    """The name of a source, without its folders."""
    return (source.rstrip("/").rpartition("/")[2] or source)[:LONGEST_SOURCE]


def _status(source: str, latest: Observation) -> str:
    """What is shown, from where and of when."""
    if latest.stale:
        return f"STALE: {latest.error}."
    assert latest.snapshot is not None, "a look that did not fail has a snapshot"
    quotes = f"{latest.snapshot.chain.quote_time:%Y-%m-%d %H:%M}"
    return f"{source}: quotes of {quotes}, read {latest.seen:%H:%M:%S} UTC, next look in {latest.pause_s:g} s."


def _age(latest: Observation, now: datetime) -> str:
    """How old is what a stale look left to be shown, and when the next look is, in whole seconds that turn together."""
    since = max(int((now - latest.seen).total_seconds()), 0)
    age = "" if latest.age_s is None else f"What is shown is {int(latest.age_s) + since:,} s old. "
    left = math.ceil(latest.pause_s) - since
    return age + (f"Next look in {left:,} s." if left > 0 else "Looking again ...")
