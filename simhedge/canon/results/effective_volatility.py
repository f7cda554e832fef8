"""Volatility of a price that dealers' hedging moves: sigma / (1 + kappa), for both signs and any mixture of options."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.street import DAYS_PER_YEAR, KYLE_LAMBDA, SIMULTANEOUS, SPOT, one_street
from simhedge.simulation.plan import prepare
from simhedge.simulation.session import Session
from simhedge.simulation.threads import threads_to_use
from simhedge.validation.estimate import Paired, paired
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simhedge.canon.effort import Effort
    from simhedge.scenario import Scenario

ID = "effective_volatility"
TITLE = "Effective volatility sigma / (1 + kappa), both signs"
SOURCE = "Frey and Stremme (1997), Mathematical Finance 7:351; constants computed from the formula"
SETUP = (
    "The first step of many paths, a ten-thousandth of a day long, so that gamma is that of the start: root mean "
    "square return. First calls at the money, one month, 5 million shares, long and short (lambda = 1e-6 $ per "
    "share); then long and short calls at three strikes under multiplicative impact."
)
VOLATILITY, SHARES, MONTH = 0.20, 5e6, 21  # per sqrt(year); shares; trading days
MIXED_VOLATILITY, MIXED_DAYS, MIXED_STRIKES = 0.40, 2.5, (98.0, 100.0, 103.0)
MIXED_IMPACT = (0.015, 0.03, -0.009)  # impact on ln S of trading all shares of each strike
STEPS_PER_DAY = 10_000
PATHS, SEED, CHUNK = 204_800, 410, 16_384
MULTIPLIER = 100


def call_gamma(strike: float, volatility: float, days: float) -> float:
    """Gamma per share at SPOT without interest (Black and Scholes 1973), 1/$."""
    width = volatility * math.sqrt(days / DAYS_PER_YEAR)
    d1 = (math.log(SPOT / strike) + 0.5 * width * width) / width
    return math.exp(-0.5 * d1 * d1) / (math.sqrt(2.0 * math.pi) * SPOT * width)


def effective_volatility(volatility: float, kappa: float) -> float:
    """Volatility of the price, in units of `volatility`, that of the news."""
    return volatility / (1.0 + kappa)


def check(effort: Effort) -> Finding:
    """Three cells: long and short calls (volatility per sqrt(year)), mixed book (ratio to that of the news)."""
    gain = KYLE_LAMBDA * SHARES * call_gamma(SPOT, VOLATILITY, MONTH)
    cells = []
    measured = []
    for name, sign in (("long", 1.0), ("short", -1.0)):
        found = _volatility(_calls_at_the_money(sign), effort)
        formula = effective_volatility(VOLATILITY, sign * gain)
        cells.append(Cell(f"{ID}.{name}", SOURCE, "C", formula, found.hedged, found.hedged_se))
        measured.append((sign * gain, found))
    mixed_gain = sum(
        impact * SPOT * call_gamma(strike, MIXED_VOLATILITY, MIXED_DAYS)
        for strike, impact in zip(MIXED_STRIKES, MIXED_IMPACT, strict=True)
    )
    found = _volatility(_mixed_book(), effort)
    ratio, error = found.hedged / MIXED_VOLATILITY, found.hedged_se / MIXED_VOLATILITY
    formula = effective_volatility(1.0, mixed_gain)
    cells.append(Cell(f"{ID}.mixed_book", SOURCE, "D", formula, ratio, error))
    return Finding(cells, [_panel(measured)])


def _volatility(scenario: Scenario, effort: Effort) -> Paired:
    """Root mean square log return of the first step, hedged and twin, per sqrt(year)."""
    moments, paths = Moments(2), effort.paths(PATHS)
    session = Session(prepare(scenario), min(CHUNK, paths), threads=threads_to_use(effort.threads))
    for first in range(0, paths, CHUNK):
        session.restart(first, min(CHUNK, paths - first))
        session.advance(1)
        moments.add(np.column_stack([np.log(price / SPOT) ** 2 for price in (session.spot, session.twin_spot)]))
    return paired(moments, {0: 0.5}, math.sqrt(DAYS_PER_YEAR * STEPS_PER_DAY))


def _calls_at_the_money(sign: float) -> Scenario:
    call = {"kind": "call", "strike": SPOT, "expiry_days": MONTH, "multiplier": MULTIPLIER, "implied_vol": VOLATILITY}
    return _one_step([call | {"contracts": sign * SHARES / MULTIPLIER}], VOLATILITY, "arithmetic")


def _mixed_book() -> Scenario:
    elasticity = KYLE_LAMBDA / SPOT  # what a share bought adds to ln S
    calls = [
        {
            "kind": "call",
            "strike": strike,
            "expiry_days": MIXED_DAYS,
            "multiplier": MULTIPLIER,
            "implied_vol": MIXED_VOLATILITY,
            "contracts": impact / elasticity / MULTIPLIER,
        }
        for strike, impact in zip(MIXED_STRIKES, MIXED_IMPACT, strict=True)
    ]
    return _one_step(calls, MIXED_VOLATILITY, "multiplicative")


def _one_step(book: list[dict[str, object]], volatility: float, form: str) -> Scenario:
    market = {
        "spot": SPOT,
        "fundamental": {"type": "gbm", "volatility": volatility},
        "impact": {"type": "kyle", "kyle_lambda": KYLE_LAMBDA, "form": form},
        "clearing": SIMULTANEOUS,
    }
    return one_street(book, market, seed=SEED, days=3, steps_per_day=STEPS_PER_DAY)


def _panel(measured: Sequence[tuple[float, Paired]]) -> Panel:
    gains = np.linspace(-0.5, 0.5, 101)
    at = np.array([gain for gain, _ in measured])
    ours = np.array([found.hedged for _, found in measured])
    errors = np.array([found.hedged_se for _, found in measured])
    formula = np.array([effective_volatility(VOLATILITY, float(gain)) for gain in gains])
    lines = [Line("sigma / (1 + kappa)", gains, formula, "formula"), Line("measured", at, ours, "ours", errors)]
    return Panel("Effective volatility", "feedback gain kappa", "volatility, 1/sqrt(year)", lines)
