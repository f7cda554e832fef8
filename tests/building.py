"""Scenario dictionaries for the tests, complete and explicit, so that the oracle can read them too."""

from __future__ import annotations

from typing import Any

Tree = dict[str, Any]

SERIES = ["spot", "fundamental", "twin_spot", "dealer_delta", "net_gamma", "hedge_flow", "hedge", "cash"]
SPOT = 100.0
KYLE_LAMBDA = 1.0e-6  # $ per share, where the test does not use adv impact

CLEARINGS: dict[str, Tree] = {
    "lagged": {"type": "lagged", "participation": 1.0},
    "staggered": {"type": "lagged", "participation": 0.3},
    "asynchronous": {"type": "asynchronous", "rounds": 15, "participation": 0.2},
    "simultaneous": {"type": "simultaneous"},
}
POLICIES: dict[str, Tree] = {
    "continuous": {"type": "continuous"},
    "fixed_interval": {"type": "fixed_interval", "every_steps": 4, "offset": 1},
    "leland": {"type": "leland", "every_steps": 2, "offset": 1, "cost_bps": 4.0},
    "stop_loss": {"type": "stop_loss", "every_steps": 2, "offset": 1},
    "delta_band": {"type": "delta_band", "band": 150_000.0},
    "delta_band_edge": {"type": "delta_band", "band": 150_000.0, "to": "edge"},
    "whalley_wilmott": {"type": "whalley_wilmott", "risk_aversion": 1.0e-6, "cost_bps": 1.0},
    "none": {"type": "none"},
}


def option(kind: str, strike: float, expiry_days: float, contracts: float, implied_vol: float = 0.2) -> Tree:
    """One position of an inline book; contracts signed from the dealers' side, multiplier 100."""
    return {
        "kind": kind,
        "strike": strike,
        "expiry_days": expiry_days,
        "contracts": contracts,
        "multiplier": 100,
        "implied_vol": implied_vol,
    }


def mixed_book(scale: float = 1.0) -> list[Tree]:
    """Calls and puts of both signs, one expiry inside a five-day run and one beyond it; no fold near the money."""
    return [
        option("call", 100.0, 3, 50_000 * scale, 0.2),
        option("call", 103.0, 10, -30_000 * scale, 0.22),
        option("put", 97.0, 10, 20_000 * scale, 0.25),
        option("put", 99.0, 3, -5_000 * scale, 0.2),
    ]


def dealer(policy: Tree, name: str = "street", book: str = "book", **extra: Any) -> Tree:
    """One entry of `dealers`."""
    return {"name": name, "book": book, "policy": policy, **extra}


def scenario(
    books: dict[str, list[Tree]],
    dealers: list[Tree],
    *,
    clearing: Tree,
    paths: int = 8,
    days: int = 5,
    steps_per_day: int = 8,
    seed: int = 7,
    fundamental: Tree | None = None,
    impact: Tree | None = None,
    record: int | str | None = "all",
    **market: Any,
) -> Tree:
    """A scenario at spot 100, adv 5e6 and daily volatility 1.26%, everything recorded unless `record` is None."""
    outputs: Tree = {"pin": {"strike": 100.0, "tolerance": 0.001}}
    if record is not None:
        outputs["record"] = {"paths": record, "every": 1, "series": SERIES}
    return {
        "schema_version": 1,
        "name": "law",
        "seed": seed,
        "paths": paths,
        "clock": {"days": days, "steps_per_day": steps_per_day, "trading_days_per_year": 252},
        "market": {
            "spot": SPOT,
            "rate": 0.0,
            "dividend_yield": 0.0,
            "fundamental": fundamental or {"type": "bachelier", "drift": 0.0, "volatility": 20.0},
            "adv_shares": 5.0e6,
            "daily_volatility": 0.0126,
            "impact": impact or {"type": "adv", "coefficient": 1.0, "form": "arithmetic"},
            "clearing": clearing,
            **market,
        },
        "books": books,
        "dealers": dealers,
        "outputs": outputs,
    }


def one_dealer(book: list[Tree], policy: Tree, clearing: Tree, *, cost_bps: float = 0.0, **options: Any) -> Tree:
    """A scenario with one dealer named `street`."""
    return scenario({"book": book}, [dealer(policy, cost_bps=cost_bps)], clearing=clearing, **options)


def teaching(kappa: float, clearing: Tree, *, volatility: float = 2.0, **options: Any) -> Tree:
    """Constant gamma in a bachelier market: feedback gain `kappa` everywhere, so the closed forms are exact.

    The volatility of $2 per sqrt(year) on $100 keeps log returns and price changes alike.
    """
    book = [{"kind": "constant_gamma", "gamma": kappa / KYLE_LAMBDA}]
    return one_dealer(
        book,
        {"type": "continuous"},
        clearing,
        fundamental={"type": "bachelier", "drift": 0.0, "volatility": volatility},
        impact={"type": "kyle", "kyle_lambda": KYLE_LAMBDA, "form": "arithmetic"},
        **options,
    )
