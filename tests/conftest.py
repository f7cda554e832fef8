"""Shared by all tests: the helper modules of this folder on the path, and runs cached by their scenario."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# no test fails for a slow machine
settings.register_profile("no_clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no_clock")

sys.path.insert(0, str(Path(__file__).parent))

RunScenario = Callable[..., Any]


@pytest.fixture(scope="session")
def run_scenario() -> RunScenario:
    """`run_scenario(tree, **options)`: the Result of `simhedge.run`, computed once per scenario and options."""
    import simhedge as sh

    known: dict[str, Any] = {}

    def run(scenario: dict[str, Any], **options: Any) -> Any:
        key = json.dumps([scenario, {name: str(value) for name, value in options.items()}], sort_keys=True)
        if key not in known:
            known[key] = sh.run(sh.scenario_from_dict(scenario), **options)
        return known[key]

    return run


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels() -> None:
    """Compile once before all tests, so that none sees the notice that a first run prints."""
    from simhedge.simulation.warmup import warmup

    warmup()
