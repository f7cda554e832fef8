"""A scenario in the manifest of a saved result, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simhedge.scenario.model import scenario_from_dict
from simhedge.scenario.origin import Layer

if TYPE_CHECKING:
    from simhedge.scenario.model import Scenario


def scenario_manifest(scenario: Scenario) -> dict[str, Any]:
    """The entries of a manifest that say what was asked: all values, where files lie, layers, hash and seed."""
    return {
        "scenario": scenario.as_dict(),
        "base_directory": str(scenario.base_directory),
        "chain_directories": scenario.chain_directories(),
        "origin": [layer.as_json() for layer in scenario.origin],
        "sha256": scenario.sha256,
        "seed": scenario.seed,
    }


def scenario_from_manifest(manifest: Mapping[str, Any]) -> Scenario:
    """The scenario of a manifest; results saved before layers were kept have none."""
    return scenario_from_dict(
        manifest["scenario"],
        manifest["base_directory"],
        chain_directories=manifest["chain_directories"],
        origin=[Layer.from_json(layer) for layer in manifest.get("origin", [])],
    )
