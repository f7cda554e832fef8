"""What is happening, in words: who trades, why, and how much of the move is the dealers' own doing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from simhedge.live.measure import FEWEST_STEPS

if TYPE_CHECKING:
    from simhedge.errors import SimhedgeError
    from simhedge.live.measure import Measure
    from simhedge.live.street import Steps, Street

LOOK_BACK = 0.25  # days
QUIET = 0.2  # of a standard deviation of the news: moves below are no moves
MIXED = 0.2  # of the time on the other side
UNSTABLE = 2.0  # from here on each order of lagged clearing is larger than twice what the move asks for
NO_TRADE = 0.002  # of the same: dealers whose trades move the price less hardly traded


class Recent(NamedTuple):
    """The last quarter of a day: moves of both worlds (shares of the price), the part of the move that dealers' own
    trades made, shares they traded (bought > 0), the share of the time that they were long gamma and short gamma, one
    standard deviation of the news."""

    move: float
    news: float
    own: float
    traded: float
    long: float
    short: float
    usual: float


def recent(street: Street, steps: Steps) -> Recent | None:
    """What the points drawn say of the last quarter of a day, since the last change of a control at the longest.

    None before there are two such points.
    """
    points = max(round(LOOK_BACK * street.steps_per_day / street.every), 1)
    first = max(steps.day.size - 1 - points, -(-street.changed_at // street.every), 0)
    if steps.day.size - first < 2:
        return None
    price, before, days = steps.spot[-1], steps.spot[first], steps.day[-1] - steps.day[first]
    traded = float(steps.hedge[-1] - steps.hedge[first])
    daily = street.session.plan.gain.daily_vol / street.session.plan.gain.start_spot
    return Recent(
        move=float(price / before - 1.0),
        news=float(steps.twin[-1] / steps.twin[first] - 1.0),
        own=street.impact * traded / float(before),
        traded=traded,
        long=float((steps.net_gamma[first:] > 0.0).mean()),
        short=float((steps.net_gamma[first:] < 0.0).mean()),
        usual=daily * math.sqrt(float(days)),
    )


LEFT_ITS_BOUNDS = (
    "The price left its bounds: orders that come too late or are too large overshot more with every step. The next "
    "step begins a new cycle; with 'Dealers' gamma' nearer to 0 or more 'Liquidity' it will hold."
)


def refusal(problem: SimhedgeError) -> str:
    """What a market cannot do, and which controls mend it where a scenario file would name its keys."""
    if problem.key == "market":
        return f"Not done: {problem.message} (move 'Dealers' gamma' towards 0, or 'Liquidity' up)"
    return f"Not done: {problem}"


def story(now: Recent | None) -> str:
    """One or two sentences: what dealers did, into which move, and what part of it is their own."""
    if now is None:
        return "Nothing has happened yet under these settings: press Run or Step."
    side = _side(now)
    if abs(now.own) < NO_TRADE * now.usual:
        return f"Dealers are {side} and hardly traded: the price is what the news makes it."
    done = f"{'bought' if now.traded > 0.0 else 'sold'} {shares_in_words(abs(now.traded))}"
    if abs(now.move) < QUIET * now.usual:
        return f"Dealers are {side}: they {done} while the price hardly moved."
    into = f"{'into' if now.move * now.traded > 0.0 else 'against'} {_move(now.move)}"
    return f"Dealers are {side}: they {done} {into}. {_part(now)}"


def _side(now: Recent) -> str:
    if min(now.long, now.short) > MIXED:
        return "on either side of zero gamma"
    if max(now.long, now.short) == 0.0:
        return "without gamma"
    return "long gamma" if now.long > now.short else "short gamma"


def _part(now: Recent) -> str:
    """How much of the move is the dealers' own flow, or how much of the news they took away."""
    share = now.own / now.move
    if share >= 1.0 or (share > 0.0 and now.news * now.move < 0.0):
        return "All of the move is their own flow."
    if share > 0.0:
        return f"{share:.0%} of the move is their own flow."
    if now.news * now.move > 0.0:
        return f"Without them the same news would have moved it {abs(now.news):.2%}."
    return "They traded against it, and the price moved all the same."


def _move(move: float) -> str:
    return f"a {abs(move):.2%} {'rally' if move > 0.0 else 'fall'}"


def shares_in_words(shares: float) -> str:
    """A number of shares as one says it: 1.2m shares, 340,000 shares, 50 shares."""
    if shares >= 999_500.0:
        return f"{shares / 1e6:.1f}m shares"
    if shares >= 9_950.0:
        return f"{round(shares, -3):,.0f} shares"
    return f"{shares:,.0f} shares"


def overshoot(street: Street) -> str:
    """A warning where late orders overshoot at the gain of now, else nothing."""
    clearing = street.session.plan.scenario.market.clearing
    factor = clearing.participation * (1.0 + street.gain) if clearing.type == "lagged" else 0.0
    told = f" Late orders overshoot: participation × (1 + κ) is {factor:.2f}, unstable from 2 on."
    return told if factor >= UNSTABLE else ""


def measured(measure: Measure, simultaneous: bool) -> str:
    """The ratio of the volatilities of both worlds since the last change, with its error, and what it should be."""
    if not math.isfinite(measure.ratio):
        return f"Moves are measured once {FEWEST_STEPS} steps have passed since the last change."
    text = f"Moves since the last change: {measure.ratio:.3f} ± {measure.ratio_se:.3f} times the twin's"
    if simultaneous and math.isfinite(measure.predicted):
        text += f"; 1/(1 + κ) says {measure.predicted:.3f}"
    return f"{text} ({measure.steps:,} steps)."
