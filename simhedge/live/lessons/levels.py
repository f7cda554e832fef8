"""Zero gamma, call wall and put wall: where they come from and what they mean."""

from __future__ import annotations

from simhedge.live.lessons.lesson import Lesson, Step

LEVELS = Lesson(
    title="Zero gamma and walls",
    scenario="regime_change",
    speed=50,
    steps=(
        Step(
            "Where calls and puts balance",
            "Let fifty steps pass.",
            "Dealers own calls struck at $104 and have sold puts struck at $94. High up the calls prevail and dealers "
            "are long gamma (blue shading), low down the puts do and they are short (red shading). The green line "
            "between is zero gamma. It moves as the options age.",
            lambda now: now.since.steps >= 50,
        ),
        Step(
            "The walls",
            "Find the bars on the right, and the dashed lines at the same prices. Let another fifty steps pass.",
            "The call wall is the strike with the most gamma of calls, the put wall that of puts. Both are known "
            "before anything has happened, from the open interest alone, the number of contracts that exist. That is "
            "why traders look at them.",
            lambda now: now.since.steps >= 50,
        ),
        Step(
            "Across the line",
            "Press Bad news until the price is below zero gamma (or wait: this news is bad on the whole).",
            "The shading turns red. No dealer has changed anything: the same book is another one at another price.",
            lambda now: now.street.net_gamma < 0.0,
        ),
        Step(
            "Calm above, wild below",
            "Let eighty steps pass below zero gamma (Bad news brings the price back) and watch the volatility figure.",
            "Above zero gamma blue was the calmer line, here orange is. Each ratio is 1/(1 + κ), and κ, the dollars "
            "that dealers push back when the price moves by one, is read off the curve on the right at the price of "
            "now.",
            lambda now: now.since.steps >= 80 and now.street.net_gamma < 0.0,
        ),
        Step(
            "The same levels, the other side",
            "Move 'Dealers' gamma' to -1 and wait for 60 steps.",
            "Zero gamma and the walls have not moved: they come from open interest. But dealers now hold the other "
            "side, so the calm is below and the storm above. A level says where, not which; who holds what is an "
            "assumption of everybody who publishes one.",
            lambda now: now.street.settings.scale <= -0.9 and now.measured >= 60,
        ),
    ),
)
