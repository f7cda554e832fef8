"""Units of gamma exposure: what one share per $ of gamma is worth in each, at a spot."""

from __future__ import annotations

from typing import Literal, get_args

GammaUnit = Literal["usd_per_1pct", "usd_per_point", "shares"]
GAMMA_UNITS: tuple[GammaUnit, ...] = get_args(GammaUnit)

ONE_PERCENT = 0.01


def gamma_factor(unit: GammaUnit, spot: float) -> float:
    """Factor from gamma (shares per $) to exposure: S^2/100 ($ of hedging per 1% move), S ($ per point), 1 (shares)."""
    if unit == "usd_per_1pct":
        return spot * spot * ONE_PERCENT
    return spot if unit == "usd_per_point" else 1.0
