"""What a user may write: scenario files, their schema, overrides, and the scenarios that ship with simhedge."""

from simhedge.scenario.books import ChainBook, ChainSign, ConstantGammaPosition, OptionPosition
from simhedge.scenario.dealers import Dealer
from simhedge.scenario.json_schema import json_schema
from simhedge.scenario.loading import load_scenario
from simhedge.scenario.model import Scenario, scenario_from_dict
from simhedge.scenario.origin import Change, Layer
from simhedge.scenario.outputs import Expectation
from simhedge.scenario.overrides import parse_set_options
from simhedge.scenario.shipped import shipped_scenarios

__all__ = [
    "ChainBook",
    "ChainSign",
    "Change",
    "ConstantGammaPosition",
    "Dealer",
    "Expectation",
    "Layer",
    "OptionPosition",
    "Scenario",
    "json_schema",
    "load_scenario",
    "parse_set_options",
    "scenario_from_dict",
    "shipped_scenarios",
]
