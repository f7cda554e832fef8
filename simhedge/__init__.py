"""simhedge: dealers delta-hedge option books, their flow moves the price, and a twin shows what it did.

Names are loaded when first used, so that importing the package is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simhedge.book import Book, MarketState
    from simhedge.canon import reproduce
    from simhedge.chains import Chain, read_chain
    from simhedge.errors import InputError, ResourceError, SimhedgeError
    from simhedge.levels import Levels, find_levels
    from simhedge.scenario import Scenario, json_schema, load_scenario, scenario_from_dict, shipped_scenarios
    from simhedge.simulation import Result, Session, load_result, run, sample_paths, user_policy
    from simhedge.snapshots import Asked, Snapshot, read_snapshot, take_snapshot
    from simhedge.validation import Validation, load_validation, validate, validate_prices

_HOMES = {
    "Book": "simhedge.book",
    "MarketState": "simhedge.book",
    "Chain": "simhedge.chains",
    "read_chain": "simhedge.chains",
    "Levels": "simhedge.levels",
    "find_levels": "simhedge.levels",
    "InputError": "simhedge.errors",
    "ResourceError": "simhedge.errors",
    "SimhedgeError": "simhedge.errors",
    "Scenario": "simhedge.scenario",
    "json_schema": "simhedge.scenario",
    "load_scenario": "simhedge.scenario",
    "scenario_from_dict": "simhedge.scenario",
    "shipped_scenarios": "simhedge.scenario",
    "Result": "simhedge.simulation",
    "Session": "simhedge.simulation",
    "load_result": "simhedge.simulation",
    "run": "simhedge.simulation",
    "sample_paths": "simhedge.simulation",
    "user_policy": "simhedge.simulation",
    "Asked": "simhedge.snapshots",
    "level_history": "simhedge.snapshots",
    "watch": "simhedge.snapshots",
    "Snapshot": "simhedge.snapshots",
    "read_snapshot": "simhedge.snapshots",
    "take_snapshot": "simhedge.snapshots",
    "Validation": "simhedge.validation",
    "load_validation": "simhedge.validation",
    "validate": "simhedge.validation",
    "validate_prices": "simhedge.validation",
    "reproduce": "simhedge.canon",
}

__all__ = [
    "Asked",
    "Book",
    "Chain",
    "InputError",
    "Levels",
    "MarketState",
    "ResourceError",
    "Result",
    "Scenario",
    "Session",
    "SimhedgeError",
    "Snapshot",
    "Validation",
    "find_levels",
    "json_schema",
    "level_history",
    "load_result",
    "load_scenario",
    "load_validation",
    "read_chain",
    "read_snapshot",
    "reproduce",
    "run",
    "sample_paths",
    "scenario_from_dict",
    "shipped_scenarios",
    "take_snapshot",
    "user_policy",
    "validate",
    "validate_prices",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simhedge' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
