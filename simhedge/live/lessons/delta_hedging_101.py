"""One dealer, one option sold, one hedge a day: where all the trading comes from."""

from __future__ import annotations

from simhedge.live.lessons.lesson import Lesson, Step

DELTA_HEDGING_101 = Lesson(
    title="Delta hedging by hand",
    scenario="delta_hedging_101",
    speed=1,
    running=False,
    steps=(
        Step(
            "A promise and its hedge",
            "Press Step once: a day passes.",
            "A dealer has sold one call: the promise to deliver 100 shares for $100.16 each in 20 days, if the buyer "
            "then wants them. When the share rises by $1, that promise costs about $50 more, as if the dealer were "
            "short 50 shares. This number is the option's delta. So the dealer holds 50 shares, and what the promise "
            "costs more the shares gain. A day later delta is another one: the bar shows what was traded to match it.",
            lambda now: now.since.steps >= 1,
        ),
        Step(
            "Buy after rises, sell after falls",
            "Press Step five more times. Compare each bar of the hedge flow with the move of the price above it.",
            "Delta grows towards 100 shares as the price rises above $100.16 (the strike) and shrinks towards 0 below "
            "it. How fast it changes is called gamma. Who has sold options is short gamma and must buy what has just "
            "risen and sell what has just fallen.",
            lambda now: now.since.steps >= 5,
        ),
        Step(
            "The other side of the trade",
            "Move 'Dealers' gamma' to -1, then press Step five times.",
            "Now the dealer owns the option: long gamma. The rule is the same, hold what offsets delta, yet the bars "
            "turn over: sell after rises, buy after falls. Nothing but the side of the book has changed.",
            lambda now: now.street.settings.scale < 0.0 and now.measured >= 5,
        ),
        Step(
            "One dealer does not move a market",
            "Press Run and let the cycle end on day 20.",
            "The blue price with the dealer and the orange price without lie on each other: 100 shares are nothing in "
            "this market. The next lessons let the whole street hedge at once.",
            lambda now: now.since.cycles >= 1,
        ),
    ),
)
