"""Simulated days on which the slopes that the studies look for are known exactly.

Dealers hold constant gamma and news is normal, so that prices of lagged clearing are an autoregression in $ and those
of simultaneous clearing a rescaled random walk; news is small ($1 a year on $100), so that logarithms do not matter.
Each gain is a scenario of its own with its own seed, so that all days are independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from simhedge.scenario import scenario_from_dict
from simhedge.simulation.plan import prepare
from simhedge.validation.days import Period, simulated_days

if TYPE_CHECKING:
    from simhedge.scenario import Scenario

SPOT = 100.0
KYLE_LAMBDA = 1e-6  # $ per share
REST, LAST = 321, 38  # steps of the day whose variances are in the ratio of the published slope and R^2, 8.447
TRADING_DAYS = 252


def last_half_hour_days(gain: float, share: float, days: int, *, seed: int, threads: int | None = None) -> pd.DataFrame:
    """Days on which dealers hedge a `share` of what the rest of the day moved in the first step of the last half hour.

    The slope of last_return on rest_return is -share * gain.
    """
    book, policy = _constant_gamma(gain), {"type": "fixed_interval", "every_steps": REST + LAST, "offset": REST}
    clearing = {"type": "lagged", "participation": share}
    scenario = _scenario(book, policy=policy, clearing=clearing, steps=REST + LAST, paths=days, seed=seed)
    return simulated_days(scenario, Period(REST + LAST, LAST), threads=threads)


def damped_days(gains: Sequence[float], days: int, *, seed: int, threads: int | None = None) -> pd.DataFrame:
    """Days of one step, `days` for each of the gains, simultaneous clearing: volatility is news / (1 + kappa)."""
    clearing = {"type": "simultaneous"}
    parts = [
        simulated_days(
            _scenario(_constant_gamma(gain), clearing=clearing, steps=1, paths=days, seed=seed + number),
            Period(1, 0),
            threads=threads,
        )
        for number, gain in enumerate(gains)
    ]
    return together(parts)


def lagged_days(
    gains: Sequence[float], days: int, *, bars: int = 78, seed: int, threads: int | None = None
) -> pd.DataFrame:
    """Days of five-minute bars, `days` for each of the gains; orders fill in the next bar: rho_1 = -kappa."""
    clearing = {"type": "lagged"}
    parts = [
        simulated_days(
            _scenario(_constant_gamma(gain), clearing=clearing, steps=bars, paths=days, seed=seed + number),
            Period(bars, max(1, bars // 13)),
            threads=threads,
        )
        for number, gain in enumerate(gains)
    ]
    return together(parts)


def expiry_days(alphas: Sequence[float], days: int, *, seed: int, threads: int | None = None) -> pd.DataFrame:
    """Expiry days, `days` for each alpha >= 0: dealers long calls struck at the open, simultaneous clearing.

    With the columns that `pinning` needs; alpha is the impact of all options over the day's news. Volatility is 16% a
    year in $, and delta that of Black and Scholes.
    """
    news = 0.16 * SPOT
    spread = news / math.sqrt(TRADING_DAYS)
    parts = []
    for number, alpha in enumerate(alphas):
        contracts = alpha * spread / KYLE_LAMBDA / 100.0
        option = {"kind": "call", "strike": SPOT, "expiry_days": 1, "contracts": contracts, "implied_vol": 0.16}
        clearing = {"type": "simultaneous"}
        plan = prepare(_scenario(option, clearing=clearing, steps=26, paths=days, seed=seed + number, volatility=news))
        part = simulated_days(plan, Period(26, 2), threads=threads)
        start_delta = _normal_cdf(0.5 * 0.16 / math.sqrt(TRADING_DAYS))
        parts.append(part.assign(strike=SPOT, spread=spread, alpha=alpha, start_delta=start_delta))
    return together(parts)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of days below each other, their paths numbered on."""
    renumbered, first = [], 0
    for part in parts:
        renumbered.append(part.assign(path=part["path"] + first))
        first += int(part.attrs["paths"])
    table = pd.concat(renumbered, ignore_index=True)
    diverged = sum(int(part.attrs["diverged_paths"]) for part in parts)
    table.attrs = {**parts[0].attrs, "paths": first, "diverged_paths": diverged}
    return table


def _constant_gamma(gain: float) -> dict[str, Any]:
    return {"kind": "constant_gamma", "gamma": gain / KYLE_LAMBDA}


def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _scenario(
    position: dict[str, Any],
    *,
    clearing: dict[str, Any],
    steps: int,
    paths: int,
    seed: int,
    policy: dict[str, Any] | None = None,
    volatility: float = 1.0,
) -> Scenario:
    """One day of `steps` steps, one dealer with one position; `volatility` in $ per sqrt(year)."""
    return scenario_from_dict(
        {
            "schema_version": 1,
            "name": "known-slope",
            "description": "A day on which the slope of a regression is known.",
            "seed": seed,
            "paths": paths,
            "clock": {"days": 1, "steps_per_day": steps, "trading_days_per_year": TRADING_DAYS},
            "market": {
                "spot": SPOT,
                "fundamental": {"type": "bachelier", "volatility": volatility},
                "impact": {"type": "kyle", "kyle_lambda": KYLE_LAMBDA},
                "clearing": clearing,
            },
            "books": {"book": [position]},
            "dealers": [{"name": "street", "book": "book", "policy": policy or {"type": "continuous"}}],
        }
    )
