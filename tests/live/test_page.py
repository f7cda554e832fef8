"""A page without a browser: what its controls do between two beats, and what it sends."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import Plot
from live_pages import open_page

import simhedge as sh
from simhedge.live import page as module
from simhedge.live.beat import UNANSWERED
from simhedge.live.lessons import LESSONS
from simhedge.live.page import Page
from simhedge.live.shown import Shown
from simhedge.report.interactive.look import DARK, LIGHT


class Reader:
    """A page whose browser paints everything at once, and whose clock passes so many steps each beat."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str = "positive_gamma", shown: Shown = Shown()) -> None:  # noqa: B008
        self.page: Page = open_page(Document(), sh.load_scenario(name), shown)
        self.page.beat.ready = True
        self.due = 10
        monkeypatch.setattr(module.Pace, "due", lambda _, speed: self.due)

    def beat(self, times: int = 1) -> None:
        for _ in range(times):
            asyncio.run(self.page.tick())
            self.page.beat.seen = self.page.beat.sent

    @property
    def trail(self) -> dict[str, Any]:
        return dict(self.page.market.sources.trail.data)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(monkeypatch)


def test_every_beat_adds_the_steps_that_are_due(reader: Reader) -> None:
    reader.beat(5)
    street = reader.page.street
    assert street.step == 50
    np.testing.assert_array_equal(reader.trail["spot"], street.drawn(-1).spot)
    assert reader.trail["day"].size == 51


def test_nothing_is_done_while_the_browser_paints(reader: Reader) -> None:
    reader.page.beat.sent = reader.page.beat.seen + UNANSWERED
    asyncio.run(reader.page.tick())
    assert reader.page.street.step == 0


def test_pause_step_and_run(reader: Reader) -> None:
    controls = reader.page.controls
    controls.running.active = False
    assert controls.running.label == "Run"
    reader.beat(3)
    assert reader.page.street.step == 0
    reader.page._one_step()
    reader.page._one_step()
    reader.beat()
    assert reader.page.street.step == 2
    controls.running.active = True
    assert controls.running.label == "Pause"
    reader.beat()
    assert reader.page.street.step == 12


def test_a_paused_page_sends_nothing_once_all_is_shown(reader: Reader) -> None:
    reader.beat(3)
    reader.page.controls.running.active = False
    reader.beat(3)
    sent = reader.page.beat.sent
    reader.beat(5)
    assert reader.page.beat.sent == sent
    assert "day 0.08 of 1" in reader.page.market.facts.text


@pytest.mark.parametrize(
    ("control", "value", "setting", "expected"),
    [
        ("scale", -1.5, "scale", -1.5), ("liquidity", "5", "liquidity", 5.0), ("volatility", 30.0, "volatility", 0.3),
        ("dealers", 12, "dealers", 12), ("clearing", "lagged", "clearing", "lagged"),
        ("policy", "none", "policy", "none"),
    ],
)  # fmt: skip
def test_controls_act_with_the_next_beat(
    reader: Reader, control: str, value: object, setting: str, expected: object
) -> None:
    reader.beat(2)
    getattr(reader.page.controls, control).value = value
    reader.beat()
    assert getattr(reader.page.street.settings, setting) == pytest.approx(expected) or expected == getattr(
        reader.page.street.settings, setting
    )
    assert reader.page.street.step == 30
    assert not reader.page.message.visible


def test_a_policy_brings_its_parameter_with_label_and_start(reader: Reader) -> None:
    own = reader.page.controls
    assert own.parameter.disabled
    own.policy.value = "delta_band"
    reader.beat()
    assert (own.parameter.title, own.parameter.value, own.parameter.disabled) == (
        "Band (shares per dealer)",
        100_000,
        False,
    )
    own.parameter.value = 25_000
    reader.beat()
    assert reader.page.street.scenario.dealers[0].name == "street"
    assert reader.page.street.session.plan.scenario.dealers[0].policy.band == 25_000  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("control", "value", "told"),
    [("parameter", -5.0, "band"), ("parameter", None, None), ("dealers", None, None), ("liquidity", "0.1", "-1")],
)
def test_bad_input_is_told_and_taken_back_and_the_page_goes_on(
    monkeypatch: pytest.MonkeyPatch, control: str, value: Any, told: str | None
) -> None:
    """An emptied number counts as its least; what the market cannot do is refused in words."""
    reader = Reader(monkeypatch, "negative_gamma")
    reader.page.controls.policy.value = "delta_band"
    reader.beat()
    before = reader.page.street.settings
    getattr(reader.page.controls, control).value = value
    reader.beat()
    step = reader.page.street.step
    if told is not None:
        assert reader.page.message.visible
        assert 'role="alert"' in reader.page.message.text
        assert told in reader.page.message.text
        assert reader.page.street.settings == before
    reader.beat(2)
    assert reader.page.street.step == step + 20
    reader.page.controls.volatility.value *= 1.1
    assert not reader.page.message.visible


def test_a_fault_of_the_program_is_told_and_the_page_goes_on(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    def fault() -> None:
        raise ZeroDivisionError("division by zero")

    reader.beat()
    reader.page._send_on(fault)
    reader.page.controls.scale.value = 0.5
    reader.beat()
    assert "fault of the program: division by zero" in reader.page.message.text
    assert "ZeroDivisionError" in caplog.text
    assert reader.page.controls.scale.value == reader.page.street.settings.scale == 1.0
    step = reader.page.street.step
    reader.beat(2)
    assert reader.page.street.step == step + 20


def test_a_price_that_left_its_bounds_is_told_and_a_new_cycle_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch, "gamma_squeeze")
    own = reader.page.controls
    own.clearing.value, own.liquidity.value, own.scale.value = "lagged", "0.1", -3.0
    for _ in range(60):
        reader.beat()
        if reader.page.street.diverged:
            break
    assert reader.page.street.diverged
    reader.page.market.draw_rest()
    assert "left its bounds" in reader.page.market.story.text
    assert "nan" not in reader.page.market.facts.text
    cycle = reader.page.street.cycle
    own.scale.value = 0.0
    reader.beat()
    assert reader.page.street.cycle == cycle + 1
    assert not reader.page.street.diverged


def test_a_parameter_that_counts_steps_takes_whole_numbers(reader: Reader) -> None:
    own = reader.page.controls
    own.policy.value = "fixed_interval"
    assert (own.parameter.mode, own.parameter.value) == ("int", 13)
    own.policy.value = "delta_band"
    assert own.parameter.mode == "float"


def test_restart_and_new_seed(reader: Reader) -> None:
    reader.beat(4)
    first = reader.trail["spot"].copy()
    reader.page.errands.append(reader.page.street.restart)
    reader.beat(4)
    np.testing.assert_array_equal(reader.trail["spot"], first)
    seed = reader.page.street.settings.seed
    reader.page.errands.append(lambda: reader.page.street.restart(seed + 1))
    reader.beat(4)
    assert not np.array_equal(reader.trail["spot"], first)
    assert reader.page.street.settings.seed == seed + 1
    assert str(seed + 1) in reader.page.market.facts.text


def test_news_moves_both_worlds_by_two_daily_deviations(reader: Reader) -> None:
    reader.due = 1
    reader.beat(5)
    before = reader.trail["twin"][-1]
    reader.page._news(2.0)
    reader.beat()
    daily = 0.2 / np.sqrt(252)
    assert np.log(reader.trail["twin"][-1] / before) == pytest.approx(2.0 * daily, abs=5.0 * daily / np.sqrt(390))


def test_the_horizon_is_followed_by_a_new_cycle(reader: Reader) -> None:
    reader.due = 200
    reader.beat(2)
    assert (reader.page.street.step, reader.page.street.cycle) == (390, 0)
    reader.beat()
    assert (reader.page.street.step, reader.page.street.cycle) == (200, 1)
    assert reader.trail["day"].size == 201
    assert "Cycle 2" in reader.page.market.facts.text


def test_only_the_open_tab_works_and_is_shown(reader: Reader) -> None:
    page = reader.page
    reader.beat()
    page.tabs.active = 1
    reader.beat(2)
    assert page.street.step == 10
    assert (page.market.layout.visible, page.ensemble.layout.visible, page.chain.layout.visible) == (False, True, False)
    assert "5,000 paths" in page.ensemble.words.text
    sent = page.beat.sent
    reader.beat(3)
    assert page.beat.sent == sent, "an ensemble is run once"
    page.controls.scale.value = 0.0
    reader.beat()
    assert "1,000 paths" in page.ensemble.words.text, "first a quick one"
    reader.beat()
    assert "5,000 paths" in page.ensemble.words.text
    page.tabs.active = 2
    reader.beat(2)
    assert page.street.step == 10
    assert (page.simulated.visible, page.chain.layout.visible) == (False, True)
    page.tabs.active = 0
    reader.beat()
    assert page.street.step == 20


def test_no_drag_or_wheel_takes_an_axis_from_its_data(reader: Reader) -> None:
    """The server sets the axes; what a hand has moved would never come back."""
    reader.page.tabs.active = 1
    reader.page.tabs.active = 2
    figures = list(reader.page.document.select({"type": Plot}))
    assert len(figures) == 9
    assert [figure.toolbar.tools for figure in figures] == [[]] * 9


def test_what_happens_meanwhile_is_drawn_when_the_tab_is_opened_again(reader: Reader) -> None:
    page = reader.page
    reader.beat()
    page.controls.running.active = False
    page.tabs.active = 1
    reader.beat()
    gain, curve = page.street.gain, page.market.sources.curve.data
    page.controls.scale.value = 0.5
    reader.beat(2)
    assert page.street.gain == pytest.approx(0.5 * gain, rel=1e-5)
    assert page.market.sources.curve.data is curve, "a hidden tab is sent nothing"
    page.tabs.active = 0
    reader.beat()
    assert page.market.sources.now.data["gain"][0] == pytest.approx(0.5 * gain, rel=1e-5)


def test_an_ensemble_opened_before_its_step_of_a_lesson_counts_when_it_is_opened_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader(monkeypatch, "expiry_pin", Shown(LESSONS["pin"]))
    page, lesson = reader.page, reader.page.lesson
    assert lesson is not None
    page.tabs.active = 1
    reader.beat(2)
    page.tabs.active = 0
    lesson._move(1)
    lesson._move(1)
    assert "Done." not in lesson.text.text
    page.tabs.active = 1
    assert "Done." in lesson.text.text
    lesson._move(1)
    assert "Done." not in lesson.text.text
    page.controls.clearing.value = "lagged"
    reader.beat(2)
    assert "Done." in lesson.text.text


def test_an_ensemble_that_cannot_run_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch)

    def refuse(*_: object) -> None:
        raise sh.InputError("cannot be", key="paths", remedy="use fewer")

    monkeypatch.setattr(module, "ensemble_of", refuse)
    reader.page.tabs.active = 1
    reader.beat(3)
    assert "use fewer" in reader.page.message.text


def test_pages_know_nothing_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Reader(monkeypatch), Reader(monkeypatch)
    one.page.controls.scale.value = -1.0
    one.beat(5)
    other.beat(2)
    assert other.page.street.settings.scale == 1.0
    assert (one.page.street.step, other.page.street.step) == (50, 20)


def test_what_has_not_been_opened_is_not_made_and_then_wears_the_colours_of_the_page(reader: Reader) -> None:
    page = reader.page
    made = len(page.document.models)
    page.dark.active = True
    page.tabs.active = 1
    assert page.ensemble.plot.background_fill_color == page.ensemble.edge.glyph.line_color == DARK.sheet
    assert len(page.document.models) > made
    page.tabs.active = 2
    assert page.chain.plots.profile.background_fill_color == DARK.sheet


def test_a_control_does_not_wait_for_the_next_beat(reader: Reader) -> None:
    document = reader.page.document
    for turn in (
        lambda: reader.page.controls.scale.update(value=0.5),
        lambda: reader.page._news(1.0),
        reader.page._one_step,
        lambda: reader.page._open("Ensemble"),
    ):
        before = len(document.session_callbacks)
        turn()
        assert len(document.session_callbacks) == before + 1


def test_a_control_is_shown_while_the_browser_paints_but_not_without_end(reader: Reader) -> None:
    page = reader.page
    page.beat.sent = page.beat.seen + UNANSWERED
    for scale, done in ((0.5, 0.5), (0.25, 0.5)):
        page.controls.scale.value = scale
        asyncio.run(page.tick())
        assert page.street.settings.scale == done


def test_dark_and_light_repaint_everything(reader: Reader) -> None:
    page = reader.page
    for number in (1, 2, 0):
        page.tabs.active = number
    for active, paper in ((True, DARK), (False, LIGHT)):
        page.dark.active = active
        plots = [*page.market.plots, page.ensemble.plot, page.chain.plots.exposures, page.chain.plots.profile]
        assert {plot.background_fill_color for plot in plots} == {paper.sheet}
        assert paper.page in page.title.stylesheets[-1].css


@pytest.mark.parametrize("name", list(LESSONS))
def test_a_lesson_is_told_step_by_step(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    lesson = LESSONS[name]
    reader = Reader(monkeypatch, lesson.scenario, Shown(lesson))
    view = reader.page.lesson
    assert view is not None
    assert lesson.steps[0].title in view.text.text
    assert f"step 1 of {len(lesson.steps)}" in view.text.text
    assert reader.page.controls.running.active == lesson.running
    assert view.back.disabled
    for step in lesson.steps[1:]:
        view._move(1)
        assert step.title in view.text.text
    assert view.next.disabled
    view._move(-1)
    assert lesson.steps[-2].title in view.text.text


def test_a_step_that_is_done_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = LESSONS["damping"]
    reader = Reader(monkeypatch, lesson.scenario, Shown(lesson))
    view = reader.page.lesson
    assert view is not None
    reader.beat(9)
    assert "Done" not in view.text.text
    reader.beat()
    assert "✓ Done. Press Next." in view.text.text
    assert view.next.button_type == "primary"


def test_names_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario names cannot hold mark-up; if they could, it would be shown as text."""
    scenario = sh.load_scenario("positive_gamma")
    hostile = scenario.model_copy(update={"name": "<script>alert(1)</script>"})
    page = open_page(Document(), hostile)
    assert "<script>" not in page.title.text
