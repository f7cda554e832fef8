"""The distinct levels of a validation: each once, with everyone who names it, its tests and its placebo levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.rounding import price
from simhedge.validation.level_tests import TEST_COLUMNS
from simhedge.validation.targets import NAMES, OWN

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simhedge.validation.result import Validation

    Floats = NDArray[np.float64]

HEADLINES = (OWN, f"{OWN}.above", f"{OWN}.below")  # the definitions under which a level is our own
NONE = -1  # track of a level that nobody finds
PINNED, SWITCHED, LEAPT, HELD = "pin_rate", "vol_ratio", "squeeze_rate", "hold_rate"


class LevelUnderTest(NamedTuple):
    """A level under test: `title` names it with its price, `members` are (name, definition), ours first.

    `tests` by statistic, columns as `level_tests.TEST_COLUMNS`; `headline` where one of our own definitions finds it.
    """

    track: int
    title: str
    members: tuple[tuple[str, str], ...]
    value: float
    tests: pd.DataFrame
    headline: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The different names of the level: zero_gamma, call_wall, ..."""
        return tuple(dict.fromkeys(name for name, _ in self.members))

    @property
    def main_statistic(self) -> str:
        """The statistic that answers what the level is said to do; pin_rate where the price starts at the level."""
        if "zero_gamma" in self.names:
            return SWITCHED
        if starts_at(self):
            return PINNED
        return LEAPT if "tipping_level" in self.names else HELD


def levels_under_test(validation: Validation) -> list[LevelUnderTest]:
    """Every distinct level once: those of our own definitions first, in the order of `targets.NAMES`, then others."""
    found = validation.levels[validation.levels["track"] != NONE]
    tracks = dict.fromkeys(found["track"].tolist())
    levels = [_tested(validation, track, found[found["track"] == track]) for track in tracks]
    order = {name: place for place, name in enumerate(NAMES)}
    return sorted(levels, key=lambda level: (not level.headline, order[level.names[0]]))


def numbers_of(level: LevelUnderTest, statistic: str) -> dict[str, float]:
    """The row of TEST_COLUMNS of one statistic."""
    return {column: float(level.tests[column][statistic]) for column in TEST_COLUMNS}


def unfound(validation: Validation) -> dict[str, list[str]]:
    """Names of levels -> the definitions that find none, in the order of the table."""
    rows = validation.levels[validation.levels["track"] == NONE]
    return {str(name): own["definition"].tolist() for name, own in rows.groupby("name", sort=False)}


def starts_at(level: LevelUnderTest) -> bool:
    """True where every path starts within the tolerance of the level, so that none can come to touch it."""
    return "touch_rate" not in level.tests.index or not math.isfinite(numbers_of(level, "touch_rate")["hedged"])


def placebo_values(validation: Validation, level: LevelUnderTest, statistic: str, column: str = "difference") -> Floats:
    """The finite values of a statistic at the placebo levels, (draws,): `difference` (hedged less twin) or `hedged`."""
    table = validation.placebos
    if table.empty:
        return np.empty(0)
    own = table[(table["track"] == level.track) & (table["statistic"] == statistic)]
    values: Floats = own[column].to_numpy(dtype=np.float64)
    return values[np.isfinite(values)]


def daily(validation: Validation) -> bool:
    """True where levels are computed anew every day."""
    asked = validation.scenario.levels
    return asked is not None and asked.daily


def spoken(name: str) -> str:
    """A level's name in words: "call wall"."""
    return name.replace("_", " ")


def listed(words: list[str]) -> str:
    """ "a, b and c"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _tested(validation: Validation, track: int, rows: pd.DataFrame) -> LevelUnderTest:
    members = tuple(zip(rows["name"].astype(str), rows["definition"].astype(str), strict=True))
    value = float(rows["value"].to_numpy(dtype=np.float64)[0])
    own = validation.tests[validation.tests["track"] == track].set_index("statistic")
    headline = any(definition in HEADLINES for _, definition in members)
    kept = [name for name, definition in members if definition in HEADLINES] if headline else [m[0] for m in members]
    called = listed([spoken(name) for name in dict.fromkeys(kept)])
    found = price(value) if math.isfinite(value) else "none"
    title = f"daily {called}, {found} at first" if daily(validation) else f"{called} {found}"
    return LevelUnderTest(track, title, members, value, own, headline)
