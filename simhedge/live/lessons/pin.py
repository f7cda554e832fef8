"""Dealers long options that expire: the price is held at the strike."""

from __future__ import annotations

from simhedge.live.lessons.lesson import Lesson, Step

PIN = Lesson(
    title="Pinned at the strike",
    scenario="expiry_pin",
    speed=50,
    steps=(
        Step(
            "Options that end on the fifth day",
            "Let the market run into day 4.",
            "Dealers own many calls struck at $100, all with the same last day. The curve on the right shows the gain "
            "κ at every price, the dollars that dealers push back when it moves by one: as expiry comes near, its hump "
            "at $100 grows higher and narrower, since a small move there decides whether the options end worth "
            "something.",
            lambda now: now.street.day >= 4.0 or now.since.cycles >= 1,
        ),
        Step(
            "The last day",
            "Let the cycle end; slow down if you like.",
            "If the price is near $100, blue can hardly leave it: above, dealers sell nearly their whole hedge, below "
            "they buy it back. Orange, with the same news, wanders off. If this path ended elsewhere, run another.",
            lambda now: now.since.cycles >= 1,
        ),
        Step(
            "Luck or law?",
            "Open the Ensemble tab and look at 'Pinned'.",
            "One path proves nothing, so here are thousands. About 38% end exactly at the strike, next to none of the "
            "twins. Theory agrees: call α the move that dealers would make by trading all their shares, counted in "
            "standard deviations of five days' news. Here α = 1, and a normal variable lies within α/2 of 0 with "
            "probability 38.3%.",
            lambda now: now.ensemble_in_sight,
        ),
        Step(
            "Hedgers who are late",
            "Choose the clearing 'lagged' and look at the ensemble again.",
            "Now every order fills one step after it was decided. Near the strike and the end each order is too large "
            "by the time it fills, pushes the price across, and the next pushes it back. The pin is gone.",
            lambda now: now.street.settings.clearing == "lagged" and now.ensemble_in_sight,
        ),
        Step(
            "The other side",
            "Choose 'simultaneous' again, move 'Dealers' gamma' to -1, and look at the ensemble.",
            "Dealers who have sold these calls push the price away from the strike: the histogram has a hole where the "
            "pin was.",
            lambda now: (
                now.street.settings.clearing == "simultaneous"
                and now.street.settings.scale <= -0.9
                and now.ensemble_in_sight
            ),
        ),
    ),
)
