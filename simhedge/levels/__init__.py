"""Exposures, profiles, zero gamma, walls and tipping levels: pure functions of open interest and a market state."""

from simhedge.levels.definitions import DEFINITION_NAMES, DEFINITIONS
from simhedge.levels.feedback import Impact
from simhedge.levels.find import Conventions, ExpiryLevels, Levels, find_levels, levels_of
from simhedge.levels.sign import Sign
from simhedge.levels.uncertainty import SignErrors
from simhedge.levels.units import GAMMA_UNITS
from simhedge.levels.walls import WALL_RULES
from simhedge.levels.zero_gamma import ZERO_GAMMA_RULES

__all__ = [
    "DEFINITIONS",
    "DEFINITION_NAMES",
    "GAMMA_UNITS",
    "WALL_RULES",
    "ZERO_GAMMA_RULES",
    "Conventions",
    "ExpiryLevels",
    "Impact",
    "Levels",
    "Sign",
    "SignErrors",
    "find_levels",
    "levels_of",
]
