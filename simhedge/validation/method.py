"""How a validation was made, in words and numbers: part of every document, so that a result explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.multiple import CORRECTION
from simhedge.validation.placebos import NEIGHBOURHOOD
from simhedge.validation.statistics import STATISTICS

if TYPE_CHECKING:
    from simhedge.scenario import Scenario
    from simhedge.scenario.outputs import Validation as Asked
    from simhedge.validation.episodes import Rules
    from simhedge.validation.level_tests import Scales

TOUCH = "first step within the tolerance of the level, or past it, coming from the starting side"
HOLD = "touched, and not beyond the level by the break distance within the horizon or the rest of the path"
BOUNCE = "touched, and back on the near side by the break distance before that far beyond"
PLACEBOS = {
    "start": (
        f"prices within {NEIGHBOURHOOD:.0%} of the level's distance from the start, on either side of the level: "
        "strikes first, the rest interpolated; the statistic is hedged less twin, as at the level"
    ),
    "daily": (
        f"each day's level moved by up to {NEIGHBOURHOOD:.0%} of its distance from the opening price, by the same "
        "share on all days and paths; the statistic is hedged less twin, as at the level"
    ),
}
TWINS = {
    "same_shocks": "the twin of each path: same shocks, dealers not hedging; differences are paired by path",
    "independent_shocks": "the twin of another path: independent shocks",
}


def method(scenario: Scenario, asked: Asked, rules: Rules, scales: Scales) -> dict[str, Any]:
    """The object `method` of `validate --json`; distances in $ and in daily standard deviations."""
    levels = scenario.levels
    return {
        "tolerance": asked.tolerance,
        "break": asked.break_,
        "horizon_steps": rules.horizon,
        "placebos": asked.placebos,
        "daily_standard_deviation": scales.daily_vol,
        "tolerance_dollars": rules.near,
        "break_dollars": rules.beyond,
        "levels": "of each day, at its opening price" if levels is not None and levels.daily else "of the start",
        "assumed_sign": {"calls": 1.0, "puts": -1.0} if levels is None else levels.sign.model_dump(),
        "touch": TOUCH,
        "hold": HOLD,
        "bounce": BOUNCE,
        "twin": TWINS[asked.twin],
        "standard_errors": "delta method on per-path sums; paths are independent, steps are not",
        "p_value": f"two-sided, hedged = twin, normal; null below {LEAST_COUNT} paths of a world that share in it",
        "p_adjusted": CORRECTION,
        "placebo": PLACEBOS["daily" if levels is not None and levels.daily else "start"],
        "statistics": {statistic.name: statistic.words for statistic in STATISTICS},
    }
