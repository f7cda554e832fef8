"""The lessons, by the name that `simhedge live --lesson NAME` takes; in this order they fill a class of 50 minutes."""

from simhedge.live.lessons.amplification import AMPLIFICATION
from simhedge.live.lessons.damping import DAMPING
from simhedge.live.lessons.delta_hedging_101 import DELTA_HEDGING_101
from simhedge.live.lessons.lesson import Lesson, Progress, Pupil, Step
from simhedge.live.lessons.levels import LEVELS
from simhedge.live.lessons.pin import PIN
from simhedge.live.lessons.squeeze import SQUEEZE

__all__ = ["LESSONS", "Lesson", "Progress", "Pupil", "Step"]

LESSONS: dict[str, Lesson] = {
    "delta_hedging_101": DELTA_HEDGING_101,
    "damping": DAMPING,
    "amplification": AMPLIFICATION,
    "pin": PIN,
    "squeeze": SQUEEZE,
    "levels": LEVELS,
}
