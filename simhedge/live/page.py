"""The page of one browser tab: its market, the views of it, what its controls do; no tab knows of another."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from html import escape
from typing import TYPE_CHECKING, cast

from bokeh.layouts import column, row
from bokeh.models import GlobalInlineStyleSheet
from bokeh.models.widgets.buttons import Toggle
from bokeh.models.widgets.groups import RadioButtonGroup
from bokeh.models.widgets.markups import Div

from simhedge.errors import SimhedgeError
from simhedge.live import controls as panel
from simhedge.live.beat import Pace, keeps_up, new_beat, send
from simhedge.live.ensemble import PATHS, ensemble_of
from simhedge.live.ensemble_view import EnsembleView
from simhedge.live.lesson_view import LessonView
from simhedge.live.market_view import MarketView
from simhedge.live.shown import Shown
from simhedge.live.street import Street
from simhedge.live.theme import PAPERS, TEXTS, dress, global_sheet
from simhedge.live.upload_guard import guard_uploads
from simhedge.live.words import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bokeh.document import Document
    from bokeh.models import Column

    from simhedge.live.chain_view import ChainView
    from simhedge.live.lessons import Lesson
    from simhedge.live.market_view import Seen
    from simhedge.live.opening import Fill
    from simhedge.live.settings import Settings
    from simhedge.scenario import Scenario

logger = logging.getLogger(__name__)
BEAT_MS = 30  # between updates, at the most often
ENGINE = ThreadPoolExecutor(2, thread_name_prefix="live")  # engine calls of all tabs, off the event loop;
ENSEMBLES = ThreadPoolExecutor(1, thread_name_prefix="ensemble")  # each of these keeps all cores busy as it is
CONTROLS_WIDTH = 236
TABS = ("Live", "Ensemble", "Chain")


class Page:
    """What one tab shows. Callbacks of the browser only note what is wanted; `tick` does it, between two steps."""

    def __init__(self, document: Document, street: Street, shown: Shown = Shown()) -> None:  # noqa: B008
        self.document, self.street, scenario = document, street, street.scenario
        self.wanted = self.street.settings
        self.errands: list[Callable[[], None]] = []  # what buttons asked for, in order
        self.steps_asked = 0
        self.beat, self.pace = new_beat(document), Pace()
        guard_uploads(document)
        self.paper = PAPERS[False]
        self.market = MarketView(self.street, self.paper)
        self.views: list[MarketView | EnsembleView | ChainView] = [self.market]  # of the tabs that were opened
        self.unseen = False  # whether the market has changed while another tab was shown
        self.ensemble_asked = cast("tuple[Settings, int] | None", None)
        self.ensemble_shown = cast("Settings | None", None)
        self.feed = shown.feed
        self.controls = panel.new_controls(scenario, self.street.settings)
        panel.name_handles(self.controls, document)
        self.lesson = None if shown.lesson is None else self._begin(shown.lesson)
        self.message = Div(text="", sizing_mode="stretch_width", name="message", visible=False)
        self.title = Div(text=f"<h1>{escape(scenario.name)}</h1>", sizing_mode="stretch_width", name="title")
        self.dark = Toggle(label="Dark", active=False, width=60)
        self.tabs, self.tab = RadioButtonGroup(labels=list(TABS), active=0), TABS[0]
        self.layout = self._laid_out()
        self._connect()
        dress([*self.controls, self.dark, self.tabs])
        dress([self.message, self.title], TEXTS)
        self._wear(False)

    def _begin(self, lesson: Lesson) -> LessonView:
        self.controls.speed.value = str(lesson.speed)
        self.controls.running.update(active=lesson.running, label="Pause" if lesson.running else "Run")
        return LessonView(lesson, self.street, self._ensemble_in_sight)

    def _ensemble_in_sight(self) -> Settings | None:
        return self.ensemble_shown if self.tab == "Ensemble" else None

    def _look_at_lesson(self) -> None:
        if self.lesson is not None:
            self.lesson.look()

    def _laid_out(self) -> Column:
        header = row(self.title, self.tabs, self.dark, sizing_mode="stretch_width")
        band = [] if self.lesson is None else [self.lesson.layout]
        controls = column(panel.laid_out(self.controls), width=CONTROLS_WIDTH, sizing_mode="stretch_height")
        self.simulated = row(controls, self.market.layout, sizing_mode="stretch_both")
        parts = [header, *band, self.market.story.layout, self.message, self.simulated]
        return column(*parts, sizing_mode="stretch_both")

    @cached_property
    def ensemble(self) -> EnsembleView:
        """The view of the Ensemble tab, made when it is first opened: what nobody has seen is not sent either."""
        view = EnsembleView(self.paper)
        self.views.append(view)
        self.simulated.children = [*self.simulated.children, view.layout]
        return view

    @cached_property
    def chain(self) -> ChainView:
        """The view of the Chain tab, made when it is first opened."""
        from simhedge.live.chain_view import ChainView

        view = ChainView(self.feed, self.paper)
        self.views.append(view)
        self.layout.children = [*self.layout.children, view.layout]
        return view

    # ------------------------------------------------------------------ what the controls do
    def _connect(self) -> None:
        own = self.controls
        panel.on_change(own, self._settings_moved)
        own.policy.on_change("value", lambda _attribute, _old, new: self._policy_chosen(new))
        own.running.on_change("active", lambda _attribute, _old, new: self._run(new))
        own.step.on_click(self._one_step)
        own.restart.on_click(lambda: self._send_on(self.street.restart))
        own.new_seed.on_click(lambda: self._send_on(partial(self.street.restart, self.street.settings.seed + 1)))
        own.good_news.on_click(partial(self._news, panel.NEWS))
        own.bad_news.on_click(partial(self._news, -panel.NEWS))
        self.tabs.on_change("active", lambda _attribute, _old, new: self._open(TABS[new]))
        self.dark.on_change("active", lambda _attribute, _old, new: self._wear(new))
        self.beat.on_change("dark", lambda _attribute, _old, new: self.dark.update(active=new))

    def _open(self, tab: str) -> None:
        """Show one tab; what is not shown is not sent either."""
        self.tab = tab
        shown = self.market if tab == "Live" else self.ensemble if tab == "Ensemble" else self.chain
        for view in self.views:
            view.layout.visible = view is shown
        self.simulated.visible = tab != "Chain"
        self.market.story.layout.visible = tab == "Live"
        self.pace = Pace()
        self._look_at_lesson()
        self._hurry()

    def _settings_moved(self) -> None:
        self.wanted = panel.said(self.controls, self.street.scenario, self.street.settings.seed)
        self.message.visible = False
        self._hurry()

    def _policy_chosen(self, policy: str) -> None:
        self.wanted = self.wanted.with_policy(policy)
        panel.show(self.controls, self.street.scenario, self.wanted)

    def _run(self, running: bool) -> None:
        self.controls.running.label = "Pause" if running else "Run"
        self.pace = Pace()

    def _one_step(self) -> None:
        self.controls.running.active = False
        self.steps_asked += 1
        self._hurry()

    def _news(self, deviations: float) -> None:
        self._send_on(partial(self.street.news, deviations))

    def _send_on(self, errand: Callable[[], None]) -> None:
        self.errands.append(errand)
        self._hurry()

    def _hurry(self) -> None:
        """Do not wait for the next beat: somebody watches for what a control does."""
        self.document.add_next_tick_callback(cast("Callable[[], None]", self.tick))

    def _wear(self, dark: bool) -> None:
        """Show everything on light or dark paper; a sheet already in a page does not change, so there is a new one."""
        self.paper = PAPERS[dark]
        for view in self.views:
            view.repaint(self.paper)
        kept = [sheet for sheet in self.title.stylesheets if not isinstance(sheet, GlobalInlineStyleSheet)]
        self.title.stylesheets = [*kept, global_sheet(self.paper)]

    # ------------------------------------------------------------------ how time passes
    @property
    def _asked(self) -> bool:
        """Whether somebody waits for what a control does."""
        return bool(self.errands or self.steps_asked or self.wanted != self.street.settings)

    async def tick(self) -> None:
        """Do what is wanted and what is due, and show it, unless the browser is still painting."""
        if not keeps_up(self.beat, urgent=self._asked):
            return
        shown = await (self._chain_tick() if self.tab == "Chain" else self._market_tick())
        if self.tab == "Ensemble" and self.ensemble_asked != (self.street.settings, PATHS[-1]):
            await self._ensemble_tick()
            shown = True
        if shown:
            send(self.beat)

    async def _chain_tick(self) -> bool:
        """A file that has arrived, else what the watched source has; True if there is something new to see."""
        upload = self.chain.take()
        if upload is None:
            return self.chain.refresh()
        from simhedge.live.upload import read_upload

        read = await asyncio.get_running_loop().run_in_executor(ENGINE, read_upload, upload)
        self.chain.open(upload, read)
        return True

    async def _market_tick(self) -> bool:
        """Errands, settings and steps; True if there is something new to see."""
        due = self.pace.due(float(self.controls.speed.value)) if self.tab == "Live" else 0
        steps = (due if self.controls.running.active else 0) + self.steps_asked
        errands, self.errands, self.steps_asked = self.errands, [], 0
        turned = bool(errands) or self.wanted != self.street.settings or (self.unseen and self.tab == "Live")
        if steps or turned:
            refused, seen = await asyncio.get_running_loop().run_in_executor(ENGINE, self._work, errands, steps)
            if refused:
                self._refuse(refused)
            self.wanted = self.wanted._replace(seed=self.street.settings.seed)
            self.unseen = seen is None
            if seen is not None:
                self.market.draw(seen, at_once=turned)
            self._look_at_lesson()
            return True
        if self.market.is_late and self.tab == "Live":
            self.market.draw_rest()
            return True
        return False

    def _work(self, errands: Sequence[Callable[[], None]], steps: int) -> tuple[str, Seen | None]:
        """On a thread of the engine: errands, settings and steps. What was refused, and what there is to see."""
        try:
            for errand in errands:
                errand()
            self.street.change(self.wanted._replace(seed=self.street.settings.seed))
            if steps and (self.street.ended or self.street.diverged):
                self.street.next_cycle()
            self.street.advance(steps)
        except SimhedgeError as error:
            refused = refusal(error)
        except Exception as error:  # whatever a control has brought about, the page lives on
            logger.exception("the live page could not do what a control asked for")
            refused = f"Not done, for a fault of the program: {error}"
        else:
            refused = ""
        return refused, self.market.look() if self.tab == "Live" else None

    def _refuse(self, words: str) -> None:
        """Say what was refused and how to mend it, and put the controls back where the market is."""
        self.wanted = self.street.settings
        panel.show(self.controls, self.street.scenario, self.wanted)
        self.message.update(text=f'<p class="alert" role="alert">{escape(words)}</p>', visible=True)

    async def _ensemble_tick(self) -> None:
        """Run and show an ensemble of the settings of now, first of few paths, in the next beat of all."""
        settings = self.street.settings
        first = self.ensemble_asked is None or self.ensemble_asked[0] != settings
        self.ensemble_asked = (settings, PATHS[0] if first else PATHS[-1])
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(ENSEMBLES, ensemble_of, self.street.scenario, *self.ensemble_asked)
        except SimhedgeError as error:
            self.ensemble_asked = (settings, PATHS[-1])
            self._refuse(refusal(error))
            return
        self.ensemble.show(found)
        self.ensemble_shown = settings
        self._look_at_lesson()


def filler(scenario: Scenario, shown: Shown) -> Fill:
    """What fills a tab with a page of its own; its market is made off the event loop, since other tabs run."""

    async def fill(document: Document, root: Column) -> None:
        street = await asyncio.get_running_loop().run_in_executor(ENGINE, Street, scenario)
        fill_page(document, root, street, shown)

    return fill


def fill_page(document: Document, root: Column, street: Street, shown: Shown = Shown()) -> Page:  # noqa: B008
    """Fill the root of a document with the page of a street, which runs until its tab is closed."""
    page = Page(document, street, shown)
    root.children = [page.layout]
    document.add_root(page.beat)
    document.add_periodic_callback(cast("Callable[[], None]", page.tick), BEAT_MS)  # Bokeh awaits coroutines
    return page
