"""A large hedger who is long gamma and re-hedges every half hour makes the price a sawtooth (19 July 2012)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.street import KYLE_LAMBDA, LAGGED, SPOT, STEP_NEWS, constant_gain
from simhedge.simulation.path_batches import path_batches
from simhedge.validation.estimate import Estimate, estimate
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "sawtooth"
TITLE = "Sawtooth: full re-hedging every half hour"
SOURCE = "press of 19-20 July 2012 on KO, IBM, MCD and AAPL; laws of the legs derived from lagged hedging"
SETUP = (
    "A day of 78 steps of five minutes; every half hour dealers, long a constant gamma, order all of their gap, which "
    "fills a step later. Legs are the price changes from one order to the next: leg = news - kappa * leg before. "
    "Gains: that of the five prices of KO printed by the press, by least squares, and 1.0 and 1.2, where legs keep "
    "growing."
)
KO_TIMES = ("9:58", "10:28", "11:00", "11:29", "11:59")
KO_PRICES = (76.50, 77.25, 76.71, 77.40, 76.79)  # $
PERIOD_MINUTES = 60.0  # printed: up and down legs of 30 minutes, highs near the half hour, lows near the hour
LEGS, LEG_STEPS, LEG_MINUTES = 13, 6, 30.0
GAINS = (1.0, 1.2)
PATHS, SEED = 20_480, 850


class Legs(NamedTuple):
    """Statistics over paths of the legs of a day, and one path's prices by step, $."""

    autocorrelation: Estimate
    growth: Estimate
    own_share: Estimate
    period_minutes: float
    example: Floats


def gain_of_legs(prices: Sequence[float]) -> float:
    """kappa by least squares of each leg on the one before, through zero."""
    legs = np.diff(np.asarray(prices))
    return float(-(legs[1:] * legs[:-1]).sum() / (legs[:-1] ** 2).sum())


def leg_variance(kappa: float, leg: int) -> float:
    """Variance of leg 1, 2, ... of a day over that of a half hour's news."""
    return math.fsum(kappa ** (2 * k) for k in range(leg))


def autocorrelation(kappa: float, legs: int) -> float:
    """Mean product of neighbouring legs of a day over the mean square of a leg."""
    variances = [leg_variance(kappa, leg) for leg in range(1, legs + 1)]
    return -kappa * (math.fsum(variances[:-1]) / (legs - 1)) / (math.fsum(variances) / legs)


def growth(kappa: float, legs: int) -> float:
    """Root mean square of the day's last leg over that of its first."""
    return math.sqrt(leg_variance(kappa, legs))


def own_share(kappa: float, legs: int) -> float:
    """Root mean square price change by the dealers' own trade in the last leg over that of the leg."""
    return kappa * math.sqrt(leg_variance(kappa, legs - 1) / leg_variance(kappa, legs))


def check(effort: Effort) -> Finding:
    """Ten cells: the period in minutes, and autocorrelation, growth and own share of legs for three gains."""
    ko = gain_of_legs(KO_PRICES)
    cells: list[Cell] = []
    examples: dict[str, Floats] = {}
    for index, (name, kappa) in enumerate((("ko", ko), *((f"kappa_{gain:g}", gain) for gain in GAINS))):
        found = _legs(kappa, SEED + index, effort)
        if name == "ko":
            note = f"The printed prices of KO give kappa = {ko:.2f}."
            cells.append(Cell(f"{ID}.period", SOURCE, "P", PERIOD_MINUTES, found.period_minutes, explanation=note))
        rows = [
            ("autocorrelation", autocorrelation(kappa, LEGS), found.autocorrelation),
            ("growth", growth(kappa, LEGS), found.growth),
            ("own_share", own_share(kappa, LEGS), found.own_share),
        ]
        cells += [Cell(f"{ID}.{name}.{what}", SOURCE, "D", formula, *ours) for what, formula, ours in rows]
        examples[f"kappa = {kappa:.2g}"] = found.example
    return Finding(cells, [_panel(examples), _printed()])


def _legs(kappa: float, seed: int, effort: Effort) -> Legs:
    policy = {"type": "fixed_interval", "every_steps": LEG_STEPS}
    scenario = constant_gain(kappa, LAGGED, seed=seed, steps=LEGS * LEG_STEPS, policy=policy)
    moments, power, example = Moments(5), np.zeros(LEGS // 2 + 1), np.zeros(0)
    batches = path_batches(
        scenario, ("spot", "hedge"), paths=effort.paths(PATHS), threads=effort.threads, progress=effort.progress
    )
    for batch in batches:
        legs = np.diff(batch.series["spot"][:, ::LEG_STEPS], axis=1)
        trades = KYLE_LAMBDA * np.diff(batch.series["hedge"][:, ::LEG_STEPS, 0], axis=1)
        squares = legs**2
        products = (legs[:, 1:] * legs[:, :-1]).mean(axis=1)
        columns = [squares.mean(axis=1), products, squares[:, 0], squares[:, -1], trades[:, -1] ** 2]
        moments.add(np.column_stack(columns))
        power += (np.abs(np.fft.rfft(legs[:, LEGS % 2 :], axis=1)) ** 2).sum(axis=0)
        example = batch.series["spot"][0] if batch.first_path == 0 else example
    return Legs(
        autocorrelation=estimate(moments, {1: 1.0, 0: -1.0}),
        growth=estimate(moments, {3: 0.5, 2: -0.5}),
        own_share=estimate(moments, {4: 0.5, 3: -0.5}),
        period_minutes=LEG_MINUTES * (LEGS - LEGS % 2) / float(power.argmax()),
        example=example,
    )


def _panel(examples: dict[str, Floats]) -> Panel:
    hours = np.arange(LEGS * LEG_STEPS + 1) * LEG_MINUTES / LEG_STEPS / 60.0
    news = STEP_NEWS * LEG_STEPS**0.5
    lines = [Line(label, hours, (prices - SPOT) / news, "ours") for label, prices in examples.items()]
    return Panel("A day of half-hourly re-hedging", "hours from the open", "price, sd of a half hour's news", lines)


def _printed() -> Panel:
    hours = np.array([int(time[: time.index(":")]) + int(time[-2:]) / 60.0 - 9.5 for time in KO_TIMES])
    line = Line("KO, 19 July 2012", hours, np.array(KO_PRICES), "published")
    return Panel("Printed prices", "hours from the open", "price, $", [line])
