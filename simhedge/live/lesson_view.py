"""The band above the figures in a lesson: what to do, what to watch, and whether it has happened."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bokeh.layouts import column, row
from bokeh.models.widgets.buttons import Button
from bokeh.models.widgets.markups import Div

from simhedge.live.lessons.lesson import Pupil
from simhedge.live.theme import TEXTS, dress

if TYPE_CHECKING:
    from collections.abc import Callable

    from bokeh.models import Row

    from simhedge.live.lessons import Lesson
    from simhedge.live.settings import Settings
    from simhedge.live.street import Street


class LessonView:
    """The text of the present step, a mark once it is done, and the buttons to go on and back.

    `ensemble` gives the settings of the ensemble on the screen, None while there is none.
    """

    def __init__(self, lesson: Lesson, street: Street, ensemble: Callable[[], Settings | None]) -> None:
        self.lesson, self.pupil, self.street, self.ensemble = lesson, Pupil(lesson, street), street, ensemble
        self.text = Div(text="", sizing_mode="stretch_width", name="lesson")
        self.back = Button(label="Back", width=70, margin=(2, 4))
        self.next = Button(label="Next", width=70, margin=(2, 4))
        self.back.on_click(lambda: self._move(-1))
        self.next.on_click(lambda: self._move(1))
        dress([self.back, self.next])
        dress([self.text], TEXTS)
        self.layout: Row = row(self.text, column(self.next, self.back, width=84), sizing_mode="stretch_width")
        self.show()

    def _move(self, by: int) -> None:
        self.pupil.move(by, self.street)
        self.show()
        self.look()

    def look(self) -> None:
        """Check the present step, and say so once it is done."""
        if self.pupil.look(self.street, self.ensemble()):
            self.show()

    def show(self) -> None:
        """Write the present step."""
        number, steps, step = self.pupil.number, self.lesson.steps, self.pupil.step
        done = self.pupil.done[number]
        last = number == len(steps) - 1
        mark = "✓ Done." + (" This was the last step." if last else " Press Next.") if done else ""
        place = f"{self.lesson.title}, step {number + 1} of {len(steps)}"
        self.text.text = (
            f'<h2>{escape(step.title)} <span class="quiet">{escape(place)}</span> '
            f'<span class="done" role="status">{mark}</span></h2>'
            f"<p><b>Do:</b> {escape(step.do)}</p><p><b>Watch:</b> {escape(step.watch)}</p>"
        )
        self.back.disabled = number == 0
        self.next.update(disabled=last, button_type="primary" if done and not last else "default")
