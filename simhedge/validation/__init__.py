"""Predicted levels against paths: tests with a twin, placebo levels and errors; regressions, stylised facts, power."""

from simhedge.validation.prices import validate_prices
from simhedge.validation.result import Validation, load_validation
from simhedge.validation.validate import validate

__all__ = ["Validation", "load_validation", "validate", "validate_prices"]
