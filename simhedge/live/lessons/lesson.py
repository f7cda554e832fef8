"""What a lesson is: a scenario and some steps, each with something to do, something to watch, and a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simhedge.live.street import Log, Street


class Progress(NamedTuple):
    """The market of now, what the log said when the present step began, and whether the ensemble has been looked at."""

    street: Street
    before: Log
    ensemble_seen: bool

    @property
    def steps(self) -> int:
        """Steps of the market since the step of the lesson began."""
        return self.street.log.steps - self.before.steps

    @property
    def cycles(self) -> int:
        """Cycles that have ended since."""
        return self.street.log.cycles - self.before.cycles

    @property
    def surprises(self) -> int:
        """Presses of the news buttons since."""
        return self.street.log.surprises - self.before.surprises

    @property
    def squeezes_up(self) -> int:
        """Leaps upwards since."""
        return self.street.log.squeezes_up - self.before.squeezes_up

    @property
    def squeezes_down(self) -> int:
        """Leaps downwards since."""
        return self.street.log.squeezes_down - self.before.squeezes_down

    @property
    def measured(self) -> int:
        """Steps under the settings of now."""
        return self.street.measure.steps


class Step(NamedTuple):
    """A step of a lesson: what it is about, what to do, what to watch, and whether that has happened."""

    title: str
    do: str
    watch: str
    done: Callable[[Progress], bool]


class Lesson(NamedTuple):
    """A lesson: its title, the shipped scenario that it plays on, its steps a second at the start, its steps.

    With `running` false the market waits for the reader.
    """

    title: str
    scenario: str
    speed: int
    steps: tuple[Step, ...]
    running: bool = True


class Pupil:
    """Where a reader is in a lesson; a step that is done stays done."""

    def __init__(self, lesson: Lesson, street: Street) -> None:
        self.lesson = lesson
        self.number = 0
        self.done = [False] * len(lesson.steps)
        self.ensemble_seen = False
        self._before = replace(street.log)

    @property
    def step(self) -> Step:
        """The present step."""
        return self.lesson.steps[self.number]

    def look(self, street: Street) -> bool:
        """Check the present step against the market; True if it has just been done."""
        if self.done[self.number]:
            return False
        self.done[self.number] = self.step.done(Progress(street, self._before, self.ensemble_seen))
        return self.done[self.number]

    def move(self, by: int, street: Street) -> None:
        """Go to the next step or back; its counts begin now."""
        self.number = min(max(self.number + by, 0), len(self.lesson.steps) - 1)
        self.ensemble_seen = False
        self._before = replace(street.log)
