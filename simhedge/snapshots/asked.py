"""What the user of the levels lab asks for: the conventions by name, checked, with their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from simhedge.chains.chain import VolSource
from simhedge.chains.clock import DayCount, SettlementRule
from simhedge.errors import InputError
from simhedge.levels import GAMMA_UNITS, WALL_RULES, ZERO_GAMMA_RULES, Sign, SignErrors
from simhedge.levels.definitions import chosen_definitions
from simhedge.levels.exposure import GammaSource
from simhedge.levels.units import GammaUnit
from simhedge.levels.walls import WallRule
from simhedge.levels.zero_gamma import ZeroGammaRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GammaChoice = Literal["auto"] | GammaSource
USUAL_SIGN = Sign()


@dataclass(frozen=True)
class Asked:
    """Options of `simhedge levels`; rates per year, continuously compounded.

    `gamma` auto: the vendor's where the chain has it, else the model's. `adv_notional` ($ traded a day) asks for the
    feedback gain, `daily_vol` (default: at-the-money vol / sqrt(252)) and `impact` (the coefficient) belong to it.
    """

    gamma: GammaChoice = "auto"
    implied_vol: VolSource = "vendor"
    day_count: DayCount = "act365"
    settlement: SettlementRule = "root"
    rate: float = 0.0
    dividend_yield: float = 0.0
    sign: Sign | Mapping[str, float] | str = USUAL_SIGN
    expiry: str | int | None = None
    unit: GammaUnit = "usd_per_1pct"
    zero_gamma: ZeroGammaRule = "nearest"
    walls: WallRule = "side_gamma"
    definitions: tuple[str, ...] = ("all",)
    adv_notional: float | None = None
    daily_vol: float | None = None
    impact: float = 1.0
    errors: SignErrors | None = None

    def __post_init__(self) -> None:
        """Refuse values that no chain could make sense of, naming the option."""
        self.dealers_sign()
        chosen_definitions(self.definitions)
        for key, choices in _CHOICES.items():
            _one_of(key, getattr(self, key), choices)
        for key, low, high in (("rate", -0.5, 2.0), ("dividend_yield", -0.5, 2.0)):
            _within(key, getattr(self, key), low, high, "a rate per year as a decimal, such as 0.04")
        positive = {"adv_notional": self.adv_notional, "daily_vol": self.daily_vol, "impact": self.impact}
        for key, value in positive.items():
            if value is not None:
                _within(key, value, 1e-12, 1e18, "a positive number")
        if self.errors is not None:
            _within("uncertainty", self.errors.wrong, 0.0, 1.0, "a probability, such as 0.1")
            _within("draws", self.errors.draws, 1, 100_000, "a number of draws, such as 400")
            _within("seed", self.errors.seed, 0, 2**63, "a whole number that is not negative")

    def dealers_sign(self) -> Sign:
        """The sign, however it was written: as a Sign, as a mapping of rules, or as on the command line."""
        if isinstance(self.sign, Sign):
            return self.sign
        return Sign.parse(self.sign) if isinstance(self.sign, str) else Sign.of(self.sign)


_CHOICES: dict[str, tuple[str, ...]] = {
    "gamma": ("auto", *get_args(GammaSource)),
    "implied_vol": get_args(VolSource),
    "day_count": get_args(DayCount),
    "settlement": get_args(SettlementRule),
    "unit": GAMMA_UNITS,
    "zero_gamma": ZERO_GAMMA_RULES,
    "walls": WALL_RULES,
}


def _one_of(key: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError("no such choice", key=key, value=value, remedy="one of " + ", ".join(choices))


def _within(key: str, value: float, low: float, high: float, expected: str) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError("out of range", key=key, value=value, remedy=f"expected {expected}")
