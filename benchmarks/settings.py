"""Scenario dictionaries of the benchmarks: the shipped chain as the street's book, and 200 inline contracts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baseline import Street

ROOT = Path(__file__).resolve().parents[1]
CHAIN = "scenarios/data/spx_like_quotedata.csv"
CONTINUOUS = {"type": "continuous"}
METRICS_OF_THE_BASELINE = [
    "realised_vol",
    "horizon_vol",
    "autocorrelation_1",
    "variance_ratio_5",
    "kurtosis",
    "max_drawdown",
    "max_runup",
    "hedge_turnover",
]


def _run(name: str, paths: int, days: int, steps_per_day: int, market: dict[str, Any], book: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "name": name,
        "seed": 1,
        "paths": paths,
        "clock": {"days": days, "steps_per_day": steps_per_day, "trading_days_per_year": 252},
        "market": {"fundamental": {"type": "gbm", "drift": 0.0, "volatility": 0.2}} | market,
        "books": {"book": book},
        "dealers": [{"name": "street", "book": "book", "policy": CONTINUOUS}],
    }


def chain_scenario(clearing: str, paths: int, days: int = 1, steps_per_day: int = 390) -> dict[str, Any]:
    """The shipped chain, dealers long its calls and short its puts, against a market of $400bn a day."""
    market = {"adv_notional": 4.0e11, "impact": {"type": "adv"}, "clearing": {"type": clearing}}
    book = {"from_chain": CHAIN, "sign": {"calls": 1.0, "puts": -1.0}}
    return _run("chain", paths, days, steps_per_day, market, book)


def street_scenario(street: Street, impact: float, clearing: str, paths: int) -> dict[str, Any]:
    """The options of the numpy baseline as an inline book at spot 100, one day of 390 steps."""
    market = {
        "spot": 100.0,
        "adv_shares": 5.0e6,
        "impact": {"type": "kyle", "kyle_lambda": impact},
        "clearing": {"type": clearing},
    }
    book = [
        {
            "kind": "call" if sign > 0 else "put",
            "strike": float(np.exp(log_strike)),
            "expiry_days": round(years * 252),
            "contracts": float(shares / 100),
            "implied_vol": float(vol),
        }
        for sign, log_strike, years, vol, shares in zip(
            street.sign, street.log_strike, street.years, street.implied_vol, street.shares, strict=True
        )
    ]
    tree = _run("street", paths, 1, 390, market, book)
    return tree | {"outputs": {"metrics": METRICS_OF_THE_BASELINE}}


def small_scenario() -> dict[str, Any]:
    """A teaching scenario: one call expiring on the last of five days, 1,000 paths of 390 steps."""
    market = {"spot": 100.0, "adv_shares": 5.0e6, "impact": {"type": "adv"}, "clearing": {"type": "simultaneous"}}
    book = [{"kind": "call", "strike": 100.0, "expiry_days": 5, "contracts": 100_000, "implied_vol": 0.2}]
    return _run("small", 1_000, 5, 78, market, book)


def large_chain(place: Path) -> tuple[Path, date]:
    """A synthetic quotedata file of some ten thousand lines, written to `place`, and the date of its quotes."""
    from simhedge.chains.calendar import US_OPTIONS, sessions
    from simhedge.chains.making.generator import make_chain
    from simhedge.chains.making.listed import listed_expiry
    from simhedge.chains.making.quirks import written
    from simhedge.chains.making.recipe import Recipe

    quoted = date(2022, 12, 12)
    days = sessions().dates
    first = int(np.searchsorted(days, np.datetime64(quoted), side="right"))
    expiries = tuple(listed_expiry(day.item(), "SPX", US_OPTIONS) for day in days[first : first + 280 : 2])
    file = place / "chain.csv"
    made = make_chain(Recipe(expiries=expiries, open_interest=2e7, quote_time="2022-12-12 20:30"))
    file.write_bytes(written(made, "quotedata"))
    return file, quoted
