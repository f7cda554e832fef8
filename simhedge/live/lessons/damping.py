"""Dealers long gamma: their hedging takes away a part of every move."""

from __future__ import annotations

from simhedge.live.lessons.lesson import Lesson, Step

DAMPING = Lesson(
    title="Damping",
    scenario="positive_gamma",
    speed=25,
    steps=(
        Step(
            "The same news, twice",
            "Let a hundred steps pass.",
            "Orange is the twin: a market with the same news in which nobody hedges. Blue is the market in which "
            "dealers do. They own options (they are long gamma), so all of them sell after a rise and buy after a "
            "fall, and their trades push against every move.",
            lambda now: now.since.steps >= 100,
        ),
        Step(
            "How much calmer?",
            "Read the line under the headline, and wait for 150 steps under these settings.",
            "The feedback gain κ says how many dollars dealers push back when the price moves by one: here 0.25. News "
            "worth $1 then moves the price by x, where x + 0.25 x = 1: x = 1/(1 + κ) = $0.80. The measured ratio of "
            "the two volatilities agrees within its error, the number after ±.",
            lambda now: now.measured >= 150,
        ),
        Step(
            "News arrives",
            "Press Good news, wait a moment, and press Bad news.",
            "Both lines leap in the same step, orange farther than blue. The headline says what dealers did meanwhile.",
            lambda now: now.since.surprises >= 2 and now.since.steps >= 2,
        ),
        Step(
            "Twice the book",
            "Move 'Dealers' gamma' to 2 and wait for 60 steps.",
            "κ doubles to 0.5. Before you look: what should the ratio be? 1/(1 + 0.5) is 0.667.",
            lambda now: now.street.settings.scale >= 1.9 and now.measured >= 60,
        ),
        Step(
            "No book at all",
            "Move 'Dealers' gamma' to 0 and wait for 60 steps.",
            "The two prices keep their distance and move alike: the ratio is 1. All that differed was hedging.",
            lambda now: abs(now.street.settings.scale) < 0.03 and now.measured >= 60,
        ),
    ),
)
