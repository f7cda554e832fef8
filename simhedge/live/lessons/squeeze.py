"""Dealers short calls above the market: a rally that feeds itself."""

from __future__ import annotations

import math

from simhedge.live.lessons.lesson import Lesson, Progress, Step


def _no_tipping_level(now: Progress) -> bool:
    sight = now.street.sight()
    return math.isnan(sight.tipping_above) and math.isnan(sight.tipping_below)


SQUEEZE = Lesson(
    title="The gamma squeeze",
    scenario="gamma_squeeze",
    speed=10,
    steps=(
        Step(
            "Calls that the street has sold",
            "Let forty steps pass.",
            "Dealers have sold calls struck at $110, six days' volume of them. The nearer the price comes, the more "
            "shares they buy, and the purchases lift it further. On the right is the gain κ at every price: what they "
            "push back of a dollar's move, negative where they push on. Where it passes -1, a dollar of rise makes "
            "dealers lift the price by another dollar: the dotted line marks that tipping level. The price cannot rest "
            "beyond it.",
            lambda now: now.since.steps >= 40,
        ),
        Step(
            "Push it over",
            "Press Good news, again and again, until the price crosses the tipping level. (If it stands above the "
            "strike already, press Bad news until it has fallen back.)",
            "Blue leaps much farther than orange: no news is left to explain it, it is the dealers' own buying. The "
            "price comes to rest on the other side, above the strike, where dealers have bought nearly all they need.",
            lambda now: now.since.squeezes_up >= 1,
        ),
        Step(
            "And back",
            "Press Bad news until the price falls back across. (If a new cycle has begun, press Good news first.)",
            "It does not turn where it went up: the way back has a tipping level of its own, lower than the first. In "
            "between both prices are possible, and where the market stands depends on where it came from.",
            lambda now: now.since.squeezes_down >= 1,
        ),
        Step(
            "Volume switches it off",
            "Move 'Liquidity' to 10.",
            "With ten times the volume κ stays above -1 for now: the tipping levels are gone, and news moves the price "
            "by little more than its worth.",
            lambda now: now.street.settings.liquidity >= 10.0 and _no_tipping_level(now),
        ),
        Step(
            "How often?",
            "Move 'Liquidity' back to 1 and open the Ensemble tab.",
            "In about seven weeks of ten the price leaps, and never in the twin, whose news is the same. A squeeze "
            "needs no villain: only options sold, too little volume, and the rule to stay hedged.",
            lambda now: now.street.settings.liquidity <= 1.0 and now.ensemble_in_sight,
        ),
    ),
)
