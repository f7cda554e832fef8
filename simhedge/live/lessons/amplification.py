"""Dealers short gamma: the same rule makes every move larger."""

from __future__ import annotations

from simhedge.live.lessons.lesson import Lesson, Step

AMPLIFICATION = Lesson(
    title="Amplification",
    scenario="negative_gamma",
    speed=25,
    steps=(
        Step(
            "The same options, sold",
            "Let a hundred steps pass.",
            "Everything is as in the lesson on damping, except that dealers have sold the options: they are short "
            "gamma and buy after rises, sell after falls. Blue now moves more than orange. The gain κ, the dollars "
            "that they push back when the price moves by one, is -0.25 near $100, and 1/(1 - 0.25) is 1.33; farther "
            "away the options have less gamma, and the effect is smaller.",
            lambda now: now.since.steps >= 100,
        ),
        Step(
            "Whose move is it?",
            "Watch the headline for another hundred steps.",
            "It says which part of the latest move is the dealers' own flow: about a quarter, since every dollar of "
            "move makes them push the price by another 25 cents in the same direction.",
            lambda now: now.since.steps >= 100,
        ),
        Step(
            "Through zero",
            "Move 'Dealers' gamma' slowly from 1 through 0 to -1, and wait for 60 steps.",
            "At 0 the prices move alike; beyond it dealers are long, the shading turns blue, and blue is the calmer "
            "line. The news is the same throughout, and so is the rule: only the side of the book changed.",
            lambda now: now.street.settings.scale <= -0.9 and now.measured >= 60,
        ),
        Step(
            "Twice as much is more than twice as bad",
            "Move 'Dealers' gamma' to 2 and wait for 60 steps.",
            "Near $100 κ is -0.5, and the ratio is 1/(1 - 0.5) = 2: the price moves twice as much as the news. At "
            "κ = -1 there would be no bound; the lesson on the squeeze goes there.",
            lambda now: now.street.settings.scale >= 1.9 and now.measured >= 60,
        ),
        Step(
            "A deep market does not care",
            "Move 'Liquidity' to 10 and wait for 60 steps.",
            "Ten times the volume: the same trades move the price by a tenth, κ is -0.05 at most, the ratio 1.05. "
            "What matters is gamma against the volume that is traded.",
            lambda now: now.street.settings.liquidity >= 5.0 and now.measured >= 60,
        ),
    ),
)
