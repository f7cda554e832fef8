"""What a lesson is: a scenario and some steps, each with something to do, something to watch, and a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simhedge.live.settings import Settings
    from simhedge.live.street import Log, Street


class Progress(NamedTuple):
    """The market of now, what has happened `since` the present step began, the settings of the ensemble in sight."""

    street: Street
    since: Log
    ensemble: Settings | None

    @property
    def measured(self) -> int:
        """Steps under the settings of now."""
        return self.street.measure.steps

    @property
    def ensemble_in_sight(self) -> bool:
        """Whether the ensemble on the screen is one of the settings of now."""
        return self.ensemble == self.street.settings


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
        self._before = replace(street.log)

    @property
    def step(self) -> Step:
        """The present step."""
        return self.lesson.steps[self.number]

    def look(self, street: Street, ensemble: Settings | None = None) -> bool:
        """Check the present step against the market and the ensemble on the screen; True if it has just been done."""
        if self.done[self.number]:
            return False
        self.done[self.number] = self.step.done(Progress(street, street.log.since(self._before), ensemble))
        return self.done[self.number]

    def move(self, by: int, street: Street) -> None:
        """Go to the next step or back; its counts begin now."""
        self.number = min(max(self.number + by, 0), len(self.lesson.steps) - 1)
        self._before = replace(street.log)
