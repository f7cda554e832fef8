"""The block `dealers`: who hedges which book, by which policy, at which cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simhedge.scenario.base import Block, Name, problem, unit

_COST = unit("basis points of the trade's value, one way")
_EVERY = "Steps from one trade to the next."
_OFFSET = "Trades happen at steps n (the first is 1) where n - offset is a multiple of every_steps."


class ContinuousPolicy(Block):
    """Trade to the target in every step."""

    type: Literal["continuous"] = Field(description="Hedge in every step.")


def _check_clock(every_steps: int, offset: int) -> None:
    if offset >= every_steps:
        raise problem(
            f"must be smaller than every_steps ({every_steps}), got {offset}",
            key=["offset"],
            remedy=f"the same steps are offset: {offset % every_steps}",
        )


class FixedIntervalPolicy(Block):
    """Trade to the target in every n-th step only."""

    type: Literal["fixed_interval"] = Field(description="Hedge in every n-th step.")
    every_steps: int = Field(ge=1, description=_EVERY, json_schema_extra=unit("steps"))
    offset: int = Field(0, ge=0, description=_OFFSET, json_schema_extra=unit("steps"))

    @model_validator(mode="after")
    def _offset_within_interval(self) -> FixedIntervalPolicy:
        _check_clock(self.every_steps, self.offset)
        return self


class LelandPolicy(Block):
    """Trade in every n-th step to the delta at Leland's modified volatility, which allows for costs (Leland 1985).

    The variance of each option is multiplied by 1 + A where the dealer is short it and by 1 - A where it is long, with
    A = sqrt(8 / pi) * cost / (implied_vol * sqrt(years from one trade to the next)).
    """

    type: Literal["leland"] = Field(description="Hedge in every n-th step, at a volatility that allows for costs.")
    every_steps: int = Field(ge=1, description=_EVERY, json_schema_extra=unit("steps"))
    offset: int = Field(0, ge=0, description=_OFFSET, json_schema_extra=unit("steps"))
    cost_bps: float | None = Field(
        None,
        ge=0,
        lt=10_000,
        description="Cost that sets the modified volatility. Default: the dealer's cost_bps.",
        json_schema_extra=_COST,
    )

    @model_validator(mode="after")
    def _offset_within_interval(self) -> LelandPolicy:
        _check_clock(self.every_steps, self.offset)
        return self


class StopLossPolicy(Block):
    """Hold the full hedge of every option that is in the money and nothing for the others, checked in every n-th step.

    The stop-loss strategy of Hull (Options, Futures, and Other Derivatives, chapter 19).
    """

    type: Literal["stop_loss"] = Field(description="Hedge what is in the money, as if it expired now.")
    every_steps: int = Field(1, ge=1, description=_EVERY, json_schema_extra=unit("steps"))
    offset: int = Field(0, ge=0, description=_OFFSET, json_schema_extra=unit("steps"))

    @model_validator(mode="after")
    def _offset_within_interval(self) -> StopLossPolicy:
        _check_clock(self.every_steps, self.offset)
        return self


class DeltaBandPolicy(Block):
    """Trade only when the hedge is further than a band from its target."""

    type: Literal["delta_band"] = Field(description="Hedge when the gap leaves a band of fixed width.")
    band: float = Field(
        ge=0, description="Half-width of the band around the target.", json_schema_extra=unit("shares per dealer")
    )
    to: Literal["target", "edge"] = Field("target", description="Where a trade ends: the target or the band's edge.")


class WhalleyWilmottPolicy(Block):
    """Trade to the nearest edge of the asymptotically optimal band (Whalley and Wilmott 1997)."""

    type: Literal["whalley_wilmott"] = Field(description="Hedge to the edge of the band of Whalley and Wilmott (1997).")
    risk_aversion: float = Field(gt=0, description="Absolute risk aversion.", json_schema_extra=unit("1/$"))
    cost_bps: float | None = Field(
        None,
        ge=0,
        lt=10_000,
        description="Cost that sets the band's width. Default: the dealer's cost_bps.",
        json_schema_extra=_COST,
    )


class NoPolicy(Block):
    """Never trade and hold no hedge."""

    type: Literal["none"] = Field(description="No hedge at all.")


Policy = Annotated[
    ContinuousPolicy
    | FixedIntervalPolicy
    | LelandPolicy
    | StopLossPolicy
    | DeltaBandPolicy
    | WhalleyWilmottPolicy
    | NoPolicy,
    Field(discriminator="type"),
]


class Dealer(Block):
    """One dealer, or a group of equal ones, with a book to hedge."""

    name: Name = Field(description="Name, unique among dealers: letters, digits, _ and -.")
    count: int = Field(
        1, ge=1, le=1_000_000, description="Dealers that split the book evenly.", json_schema_extra=unit("dealers")
    )
    copies: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Dealers that hold the whole book each; instead of count.",
        json_schema_extra=unit("dealers"),
    )
    book: str = Field(min_length=1, description="Name of a book in `books`.")
    scale: float = Field(
        1.0,
        ge=-1e6,
        le=1e6,
        description="Times the book that the entry holds; below zero it is on the other side of every option.",
        json_schema_extra=unit("books"),
    )
    policy: Policy = Field(description="When and how far to trade.")
    cost_bps: float = Field(
        0.0, ge=0, lt=10_000, description="Proportional cost of hedging trades.", json_schema_extra=_COST
    )

    @model_validator(mode="after")
    def _count_or_copies(self) -> Dealer:
        if self.copies is not None and "count" in self.model_fields_set:
            raise problem(
                "count and copies exclude each other",
                key=["copies"],
                remedy="count splits the book over dealers, copies gives each the whole book: keep one",
            )
        return self
