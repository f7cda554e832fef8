"""Every lesson can be finished by doing what it says, no step is done by itself, and what it claims is so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import simhedge as sh
from simhedge.live.ensemble import ensemble_of
from simhedge.live.lessons import LESSONS, Lesson, Pupil
from simhedge.live.street import Street

Deed = Callable[[Street], None]


def steps(count: int) -> Deed:
    def deed(street: Street) -> None:
        for _step in range(count):
            if street.ended:
                street.next_cycle()
            street.advance(1)

    return deed


def until_day(day: float) -> Deed:
    return lambda street: street.advance(round(day * street.steps_per_day) - street.step)


def to_the_end(street: Street) -> None:
    street.advance(street.steps)


def set_to(**settings: object) -> Deed:
    return lambda street: street.change(street.settings._replace(**settings))  # type: ignore[arg-type]


def news(deviations: float) -> Deed:
    def deed(street: Street) -> None:
        street.news(deviations)
        street.advance(1)

    return deed


def ensemble(_: Street) -> None:
    """The Ensemble tab is opened, which is no deed of the market's: the test says what is then in sight."""


def push(deviations: float, way: str) -> Deed:
    def deed(street: Street) -> None:
        before = getattr(street.log, way)
        while getattr(street.log, way) == before:
            news(deviations)(street)

    return deed


DEEDS: dict[str, list[list[Deed]]] = {
    "delta_hedging_101": [[steps(1)], [steps(5)], [set_to(scale=-1.0), steps(5)], [to_the_end]],
    "damping": [
        [steps(100)], [steps(50)], [news(2.0), news(-2.0)], [set_to(scale=2.0), steps(60)],
        [set_to(scale=0.0), steps(60)],
    ],
    "amplification": [
        [steps(100)], [steps(100)], [set_to(scale=-1.0), steps(60)], [set_to(scale=2.0), steps(60)],
        [set_to(liquidity=10.0), steps(60)],
    ],
    "pin": [
        [until_day(4.0)], [to_the_end], [ensemble], [set_to(clearing="lagged"), ensemble],
        [set_to(clearing="simultaneous", scale=-1.0), ensemble],
    ],
    "squeeze": [
        [steps(40)], [push(2.0, "squeezes_up")], [push(-2.0, "squeezes_down")], [set_to(liquidity=10.0)],
        [set_to(liquidity=1.0), ensemble],
    ],
    "levels": [
        [steps(50)], [steps(50)], [news(-2.0)], [steps(80)], [set_to(scale=-1.0), steps(60)],
    ],
}  # fmt: skip


def begin(name: str) -> tuple[Lesson, Street, Pupil]:
    lesson = LESSONS[name]
    street = Street(sh.load_scenario(lesson.scenario))
    return lesson, street, Pupil(lesson, street)


@pytest.mark.parametrize("name", list(LESSONS))
def test_doing_what_is_said_finishes_every_step_and_nothing_else_does(name: str) -> None:
    lesson, street, pupil = begin(name)
    assert len(DEEDS[name]) == len(lesson.steps)
    for number, deeds in enumerate(DEEDS[name]):
        assert not pupil.look(street), f"step {number + 1} is done before anything was"
        for deed in deeds[:-1]:
            deed(street)
            assert not pupil.look(street), f"step {number + 1} is done too early"
        deeds[-1](street)
        if deeds[-1] is ensemble:
            stale = street.settings._replace(scale=0.5)
            assert not pupil.look(street, stale), f"step {number + 1} is done by another ensemble"
            assert pupil.look(street, street.settings), f"step {number + 1} is not done"
        else:
            assert pupil.look(street), f"step {number + 1} is not done"
        assert not pupil.look(street), "a step is done once"
        pupil.move(1, street)
    assert pupil.done == [True] * len(lesson.steps)
    assert pupil.number == len(lesson.steps) - 1


@pytest.mark.parametrize("name", list(LESSONS))
def test_lessons_have_three_to_six_steps_on_a_shipped_scenario(name: str) -> None:
    lesson, _, pupil = begin(name)
    assert 3 <= len(lesson.steps) <= 6
    assert lesson.scenario in sh.shipped_scenarios()
    for step in lesson.steps:
        words = len(f"{step.do} {step.watch}".split())
        assert 15 <= words <= 110, step.title  # short enough to be read while things move
    pupil.move(-1, Street(sh.load_scenario(lesson.scenario)))
    assert pupil.number == 0


@pytest.mark.parametrize(
    ("name", "settings", "claimed"),
    [
        ("damping", {}, 0.80), ("damping", {"scale": 2.0}, 0.667), ("damping", {"scale": 0.0}, 1.0),
        ("amplification", {}, 1.333), ("amplification", {"scale": -1.0}, 0.80),
        ("amplification", {"scale": 2.0}, 2.0), ("amplification", {"scale": 2.0, "liquidity": 10.0}, 1.053),
    ],
)  # fmt: skip
def test_the_ratios_that_lessons_name(name: str, settings: dict[str, object], claimed: float) -> None:
    """At the strike; on the way the measured one is what the gains on the way say, within 4 standard errors + 0.5%."""
    _, street, _ = begin(name)
    street.change(street.settings._replace(**settings))  # type: ignore[arg-type]
    assert 1.0 / (1.0 + street.sight().gain_now) == pytest.approx(claimed, abs=0.004)
    street.advance(390)
    measure = street.measure
    assert measure.ratio == pytest.approx(measure.predicted, abs=4.0 * measure.ratio_se + 0.005)
    assert (measure.ratio - 1.0) * (claimed - 1.0) >= 0.0


def test_the_shares_that_lessons_name() -> None:
    """38% pinned and none in the twin; lagged none; seven weeks of ten squeezed."""

    def rows(name: str, **settings: object) -> dict[str, list[str]]:
        lesson, street, _ = begin(name)
        asked = street.settings._replace(**settings)  # type: ignore[arg-type]
        found = ensemble_of(sh.load_scenario(lesson.scenario), asked, 5_000)
        return {row[0].split(":")[0]: list(row[1:]) for row in found.rows}

    def per_cent(cell: str) -> float:
        return float(cell.split("%")[0])

    pinned = rows("pin")["Pinned"]
    assert per_cent(pinned[0]) == pytest.approx(38.0, abs=3.0)
    assert per_cent(pinned[1]) < 1.0
    assert per_cent(rows("pin", clearing="lagged")["Pinned"][0]) < 2.0
    assert per_cent(rows("pin", scale=-1.0)["Pinned"][0]) < 0.1
    assert per_cent(rows("squeeze")["Squeezed"][0]) == pytest.approx(70.0, abs=4.0)


def test_the_first_lesson_names_the_delta_and_the_strike_of_its_scenario() -> None:
    _, street, _ = begin("delta_hedging_101")
    scenario = sh.load_scenario("delta_hedging_101")
    assert f"{scenario.books['one_call'][0].strike:.2f}" == "100.16"  # type: ignore[index,union-attr]
    hedge = street.session.dealer_values(0, 0)[0]
    assert hedge == pytest.approx(50.0, abs=0.01)
