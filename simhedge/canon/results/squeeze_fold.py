"""Where dealers are short, the price folds: when it starts, where it leaps from and to, and the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.street import DAYS_PER_YEAR, SIMULTANEOUS, bachelier, end_points, one_street
from simhedge.kernels.layout import LANES
from simhedge.simulation.plan import prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort
    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]

ID = "squeeze_fold"
TITLE = "Gamma squeeze: a fold, its leap and its hysteresis"
SOURCE = "closed form; folds of this kind: Schoenbucher and Wilmott (2000), SIAM J. Appl. Math. 61:232"
SETUP = (
    "Dealers short options at one strike: X = S - a Phi(S / sqrt(tau)), strike 0, time tau to expiry in units in "
    "which the news has variance 1. A price of $10,000 and a unit of $1 make Black-Scholes deltas Bachelier's. With a "
    "= 1 and tau = 0.1 news creeps across the fold without noise, up and down; the error given is the last move "
    "before the leap, or of news, the size of its steps. tau_c is when the gain that hedging would have at the strike "
    "passes -1 as expiry comes near."
)
STRENGTH, TIME_LEFT = 1.0, 0.1  # a, tau
SPOT, KYLE_LAMBDA = 1e4, 1e-6
STILL = 1e-9  # $ per step, standard deviation of news that does not matter
EXPIRY_DAYS = 100_000.0  # so long that a day takes nothing of the time left
CREEP_FROM, CREEP, CREEP_STEPS = 0.24, 1.4e-3, 700  # start's distance to the strike; way of the news; steps
SWEEP_FROM, SWEEP, SWEEP_STEPS = 0.9, 0.9, 300  # the same, for the figure
UNIT_DAYS, WAIT_FROM, WAIT_DAYS = 10_000, 0.2, 500  # days in a unit of time; time left at first; days waited
DAYS_LEFT = (1, 5)
SEED = 460


class Fold(NamedTuple):
    """The price from which it leaps on the way up, the price it leaps to, and the news X at which it does."""

    leaps_from: float
    leaps_to: float
    news: float


class Leap(NamedTuple):
    """A fold as observed, with the resolution of the price before the leap and of the news."""

    fold: Fold
    price_resolution: float
    news_resolution: float


def fold_time(a: float) -> float:
    """tau_c: the time to expiry below which one X has several prices."""
    return a * a / (2.0 * math.pi)


def fold(a: float, tau: float) -> Fold:
    """The fold met on the way up; on the way down prices are mirrored, and the news is -a - X."""
    root = math.sqrt(tau)
    lower = -root * math.sqrt(2.0 * math.log(a / math.sqrt(2.0 * math.pi * tau)))

    def news(price: float) -> float:
        return price - a * float(ndtr(price / root))

    at_fold = news(lower)
    upper = brentq(lambda price: news(price) - at_fold, -lower, -lower + 2.0 * a, xtol=1e-14)
    return Fold(lower, float(upper), at_fold)


def days_of_volume(days: float) -> float:
    """N/V beyond which a strike at the money tips with `days` left, Y = 1, implied = realised volatility."""
    return math.sqrt(2.0 * math.pi * days)


def check(effort: Effort) -> Finding:
    """Nine cells: tau_c, both ends of the leap up and down, X of both folds, days of volume with one and five days."""
    formula = fold(STRENGTH, TIME_LEFT)
    up, down = (_leap(direction, effort) for direction in (1.0, -1.0))
    at_c, resolution = _observed_fold_time(effort)
    rows = [
        ("tau_c", fold_time(STRENGTH), at_c, resolution),
        ("up.from", formula.leaps_from, up.fold.leaps_from, up.price_resolution),
        ("up.to", formula.leaps_to, up.fold.leaps_to, up.price_resolution),
        ("up.news", formula.news, up.fold.news, up.news_resolution),
        ("down.from", -formula.leaps_from, down.fold.leaps_from, down.price_resolution),
        ("down.to", -formula.leaps_to, down.fold.leaps_to, down.price_resolution),
        ("down.news", -STRENGTH - formula.news, down.fold.news, down.news_resolution),
    ]
    cells = [Cell(f"{ID}.{name}", SOURCE, "D", wanted, ours, error) for name, wanted, ours, error in rows]
    for days in DAYS_LEFT:
        name = f"{ID}.days_of_volume.{days}_left"
        cells.append(Cell(name, SOURCE, "D", days_of_volume(days), _observed_days_of_volume(days)))
    return Finding(cells, [_panel(effort)])


def _short_calls(expiry_days: float, width: float) -> list[dict[str, Any]]:
    """Calls at SPOT whose trading moves the price by STRENGTH; deltas go from 0 to 1 within `width` $ of the strike."""
    implied_vol = width / SPOT / math.sqrt(expiry_days / DAYS_PER_YEAR)
    call = {"kind": "call", "strike": SPOT, "expiry_days": expiry_days, "implied_vol": implied_vol}
    return [call | {"contracts": -STRENGTH / KYLE_LAMBDA, "multiplier": 1}]


def _creeping(start: float, way: float, steps: int) -> Scenario:
    """News that moves by `way` $ in a day of `steps` steps, from a price `start` $ above the strike."""
    book = _short_calls(EXPIRY_DAYS, math.sqrt(TIME_LEFT))
    market = _market(SPOT + start, bachelier(STILL, steps, way / steps))
    return one_street(book, market, seed=SEED, steps_per_day=steps)


def _market(spot: float, fundamental: dict[str, Any]) -> dict[str, Any]:
    impact = {"type": "kyle", "kyle_lambda": KYLE_LAMBDA}
    return {"spot": spot, "fundamental": fundamental, "impact": impact, "clearing": SIMULTANEOUS}


def _path(start: float, way: float, steps: int, effort: Effort) -> tuple[Floats, Floats]:
    """Price and news X (steps + 1,) relative to the strike; X counts as in `fold`."""
    series = ("spot", "fundamental")
    points = end_points(_creeping(start, way, steps), series, effort, LANES, every=1)
    price, news = (points[name][0] - SPOT for name in series)
    return price, news - STRENGTH * float(ndtr(start / math.sqrt(TIME_LEFT)))


def _leap(direction: float, effort: Effort) -> Leap:
    price, news = _path(-direction * CREEP_FROM, direction * CREEP, CREEP_STEPS, effort)
    moves = np.abs(np.diff(price))
    at = int(moves.argmax())
    seen = Fold(float(price[at]), float(price[at + 1]), float(news[at]))
    return Leap(seen, float(moves[at - 1]), CREEP / CREEP_STEPS)


def _observed_fold_time(effort: Effort) -> tuple[float, float]:
    """Time left when the gain passes -1 at the strike, where the price stays since nobody hedges; length of a step."""
    expiry_days = WAIT_FROM * UNIT_DAYS
    market = _market(SPOT, bachelier(STILL, 1))
    book = _short_calls(expiry_days, math.sqrt(WAIT_FROM))
    scenario = one_street(book, market, seed=SEED, days=WAIT_DAYS, policy={"type": "none"})
    gamma = end_points(scenario, ("net_gamma",), effort, LANES, every=1)["net_gamma"][0]
    weakness = (KYLE_LAMBDA * gamma) ** -2.0  # linear in time
    after = int(np.argmax(weakness < 1.0))
    part = float((weakness[after - 1] - 1.0) / (weakness[after - 1] - weakness[after]))
    return (expiry_days - (after - 1 + part)) / UNIT_DAYS, 1.0 / UNIT_DAYS


def _observed_days_of_volume(days: int) -> float:
    """N/V at which the engine's gain at the start is -1: gain is proportional to N."""
    volatility, volume = 1e-5, 1e6  # so little volatility that phi(d1) is phi(0)
    call = {"kind": "call", "strike": SPOT, "expiry_days": days, "implied_vol": volatility, "multiplier": 1}
    market = {
        "spot": SPOT,
        "fundamental": {"type": "gbm", "volatility": volatility},
        "adv_shares": volume,
        "impact": {"type": "adv", "coefficient": 1.0},
        "clearing": SIMULTANEOUS,
    }
    plan = prepare(one_street([call | {"contracts": -0.1 * volume}], market, seed=SEED, days=days))
    return -0.1 / plan.gain.start_gain


def _panel(effort: Effort) -> Panel:
    prices = np.linspace(-SWEEP_FROM, SWEEP_FROM, 241)
    curve = prices - STRENGTH * ndtr(prices / math.sqrt(TIME_LEFT))
    lines = [Line("all prices that clear", curve, prices, "formula")]
    for label, direction in (("news rises", 1.0), ("news falls", -1.0)):
        price, news = _path(-direction * SWEEP_FROM, direction * SWEEP, SWEEP_STEPS, effort)
        lines.append(Line(label, news, price, "ours"))
    return Panel("A fold at a = 1, tau = 0.1", "news X, $", "price above the strike, $", lines)
