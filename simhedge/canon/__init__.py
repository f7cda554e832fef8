"""Published results as runnable checks: what a source says, what comes out here, and the verdict."""

from simhedge.canon.cell import Cell
from simhedge.canon.effort import Effort
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.registry import CHECKS, chosen_checks, reproduce

__all__ = ["CHECKS", "Cell", "Effort", "Finding", "Line", "Panel", "chosen_checks", "reproduce"]
