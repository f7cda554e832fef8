"""Compiling ahead of time, and knowing whether that has still to be done."""

from __future__ import annotations

import numpy as np

from simhedge.book import Listing, MarketState
from simhedge.kernels.compiler import CACHE_DIRECTORY, CACHE_ENABLED
from simhedge.kernels.engine import advance
from simhedge.kernels.touches import COLUMNS, path_sums
from simhedge.scenario import scenario_from_dict
from simhedge.simulation.compile_clock import compile_seconds

SMALL_SCENARIO = {
    "schema_version": 1,
    "name": "warmup",
    "paths": 2,
    "clock": {"days": 1, "steps_per_day": 4},
    "market": {"spot": 100.0, "fundamental": {"type": "gbm", "volatility": 0.2}, "adv_shares": 1e6},
    "books": {
        "book": [
            {"kind": "call", "strike": 100.0, "expiry_days": 2, "contracts": 100, "implied_vol": 0.2},
            {"kind": "put", "strike": 90.0, "expiry_days": 2, "contracts": -100, "implied_vol": 0.2},
        ]
    },
    "dealers": [{"name": "dealer", "book": "book", "policy": {"type": "continuous"}}],
}


def needs_compiling() -> bool:
    """True if the engine is neither loaded in this process nor in this machine's cache of compiled kernels."""
    cached = CACHE_ENABLED and any(CACHE_DIRECTORY.rglob("engine.advance-*.nbi"))
    return not cached and not getattr(advance, "signatures", ())


def warmup() -> float:
    """Compile every kernel that a run, a chain, its levels or their tests need; returns the seconds that took."""
    from simhedge.chains.implied_vol import implied_vols
    from simhedge.levels import Conventions, SignErrors, levels_of
    from simhedge.simulation.books import load_books
    from simhedge.simulation.run import run
    from simhedge.simulation.session import Session

    before = compile_seconds()
    scenario = scenario_from_dict(SMALL_SCENARIO)
    run(scenario, threads=1)
    Session(scenario).change({"dealers.dealer.scale": 0.5}, tied_to_stock=True)
    ones = np.ones(1)
    implied_vols(ones, 0.1 * ones, ones, ones, ones, ones, np.empty(1))
    listing = Listing.from_book(load_books(scenario)[0].book, MarketState(100.0))
    levels_of(listing, Conventions(definitions=("spx_gamma_exposure",)), errors=SignErrors(draws=1))
    steps, one_path = np.array([0, 1]), np.ones((2, 1, 2))
    sums = np.empty((1, 2, len(COLUMNS)))
    path_sums(
        one_path,
        one_path[:, :, :1].copy(),
        one_path[:, :, :1].copy(),
        steps,
        steps[1:].copy(),
        np.ones(3),
        1,
        True,
        0,
        sums,
    )
    return compile_seconds() - before
