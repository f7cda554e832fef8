"""Results of the shipped scenarios, each run once however many tests look at it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import simhedge as sh

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
NAMES = (
    "delta_hedging_101",
    "expiry_pin",
    "expiry_pin_asynchronous",
    "expiry_pin_lagged",
    "gamma_squeeze",
    "negative_gamma",
    "no_feedback_null",
    "one_dealer_is_noise",
    "positive_gamma",
    "regime_change",
    "spx_chain",
    "the_whole_street",
    "walls_that_do_not",
    "walls_that_hold",
    "zero_gamma_switch",
)


@cache
def shipped_scenario(name: str) -> sh.Scenario:
    """The scenario of that file name, as shipped."""
    return sh.load_scenario(SCENARIOS / f"{name}.yaml")


@cache
def shipped_result(name: str) -> sh.Result:
    """The Result of the scenario of that file name, as shipped."""
    return sh.run(shipped_scenario(name))
