"""The blocks `clock` and `market`: the grid of time, the fundamental, the impact of flow, and how the market clears."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from simhedge.scenario.base import Block, IsoDate, problem, unit

MAX_STEPS = 10_000_000


class Clock(Block):
    """The grid of time: trading days, each cut into steps of equal length."""

    days: int = Field(ge=1, le=100_000, description="Length of the run.", json_schema_extra=unit("trading days"))
    steps_per_day: int = Field(
        ge=1, le=1_000_000, description="Steps in a trading day (78: five minutes).", json_schema_extra=unit("steps")
    )
    trading_days_per_year: float = Field(
        252.0,
        gt=0,
        le=366,
        description="Trading days in a year; turns volatilities per year into volatilities per step.",
        json_schema_extra=unit("trading days"),
    )
    start: IsoDate | None = Field(
        None,
        description="Date of the first trading day; the run starts at its open. Needed only where `expiry` is a date.",
    )

    @model_validator(mode="after")
    def _not_too_fine(self) -> Clock:
        if self.steps > MAX_STEPS:
            raise problem(
                f"days * steps_per_day is {self.steps:,} steps, more than {MAX_STEPS:,}",
                key=["steps_per_day"],
                remedy="use fewer days or fewer steps a day",
            )
        return self

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.days * self.steps_per_day


class GbmFundamental(Block):
    """Geometric Brownian motion: dX = drift X dt + volatility X dW."""

    type: Literal["gbm"] = Field(description="Geometric Brownian motion.")
    drift: float = Field(0.0, description="Expected return.", json_schema_extra=unit("1/year"))
    volatility: float = Field(
        gt=0, le=10, description="Volatility of log-returns; 0.20 is 20%.", json_schema_extra=unit("1/sqrt(year)")
    )


class BachelierFundamental(Block):
    """Arithmetic Brownian motion: dX = drift dt + volatility dW."""

    type: Literal["bachelier"] = Field(description="Arithmetic Brownian motion.")
    drift: float = Field(0.0, description="Expected price change.", json_schema_extra=unit("$/year"))
    volatility: float = Field(gt=0, description="Volatility of the price.", json_schema_extra=unit("$/sqrt(year)"))


ImpactForm = Literal["arithmetic", "multiplicative"]
_FORM = "arithmetic: flow moves the price (dS); multiplicative: flow moves its logarithm (d ln S)."


class AdvImpact(Block):
    """Impact scaled by volume: kyle_lambda = coefficient * daily_volatility * spot / adv_shares."""

    type: Literal["adv"] = Field("adv", description="Impact from volume and volatility.")
    coefficient: float = Field(
        1.0, ge=0, description="Daily standard deviations that trading one day's volume moves the price by."
    )
    form: ImpactForm = Field("arithmetic", description=_FORM)


class KyleImpact(Block):
    """Impact as a given slope: a share bought moves the price up by kyle_lambda."""

    type: Literal["kyle"] = Field(description="Impact as a given slope.")
    kyle_lambda: float = Field(
        ge=0, description="Price change for a share bought.", json_schema_extra=unit("$ per share")
    )
    form: ImpactForm = Field("arithmetic", description=_FORM)


class SimultaneousClearing(Block):
    """Price and hedges are found together, as the solution of one equation."""

    type: Literal["simultaneous"] = Field("simultaneous", description="Price and hedges solve one equation.")


class LaggedClearing(Block):
    """The order is computed from the last price and fills at the next."""

    type: Literal["lagged"] = Field(description="Orders computed at one price fill at the next.")
    participation: float = Field(1.0, gt=0, le=1, description="Share of the gap to the target that a step closes.")


class AsynchronousClearing(Block):
    """Within a step dealers close a share of their gap, the price moves, and so on for some rounds."""

    type: Literal["asynchronous"] = Field(description="Many small trades within a step.")
    rounds: int = Field(ge=1, le=100_000, description="Rounds of trading within a step.")
    participation: float = Field(1.0, gt=0, le=1, description="Share of the gap to the target that a round closes.")


def _type_or(default: str) -> Discriminator:
    """Discriminator by `type`, which may be left out for the block's default."""

    def tag(value: Any) -> str | None:
        if isinstance(value, dict):
            return str(value.get("type", default))
        return getattr(value, "type", None)

    return Discriminator(tag)


Fundamental = Annotated[GbmFundamental | BachelierFundamental, Field(discriminator="type")]
Impact = Annotated[Annotated[AdvImpact, Tag("adv")] | Annotated[KyleImpact, Tag("kyle")], _type_or("adv")]
Clearing = Annotated[
    Annotated[SimultaneousClearing, Tag("simultaneous")]
    | Annotated[LaggedClearing, Tag("lagged")]
    | Annotated[AsynchronousClearing, Tag("asynchronous")],
    _type_or("simultaneous"),
]


class Market(Block):
    """The traded asset: where its price starts, what moves it, and how it clears."""

    spot: float | None = Field(
        None,
        gt=0,
        description="Price at the start. May be left out where a book comes from a chain (then the chain's).",
        json_schema_extra=unit("$"),
    )
    rate: float = Field(
        0.0, ge=-1, le=1, description="Interest rate, continuously compounded.", json_schema_extra=unit("1/year")
    )
    dividend_yield: float = Field(
        0.0, ge=-1, le=1, description="Dividend yield, continuously compounded.", json_schema_extra=unit("1/year")
    )
    fundamental: Fundamental = Field(description="How news moves the price; the twin's price when nobody else acts.")
    adv_shares: float | None = Field(
        None, gt=0, description="Average daily volume.", json_schema_extra=unit("shares per day")
    )
    adv_notional: float | None = Field(
        None, gt=0, description="Average daily volume in money, instead of adv_shares.", json_schema_extra=unit("$/day")
    )
    daily_volatility: float | None = Field(
        None,
        gt=0,
        le=10,
        description=(
            "Daily volatility that scales impact of type adv. Default: volatility / sqrt(trading_days_per_year), "
            "for bachelier divided by spot too."
        ),
        json_schema_extra=unit("1/sqrt(day)"),
    )
    impact: Impact = Field(default=AdvImpact(), description="How flow moves the price.")
    clearing: Clearing = Field(default=SimultaneousClearing(), description="How orders and price meet.")
    settlement: Literal["physical", "cash"] = Field(
        "physical",
        description=(
            "What expiry does to the hedge. physical: it is delivered, without flow; "
            "cash: it is unwound in the next step."
        ),
    )

    @model_validator(mode="after")
    def _volume_is_known(self) -> Market:
        if self.adv_shares is not None and self.adv_notional is not None:
            raise problem(
                "adv_shares and adv_notional exclude each other", key=["adv_notional"], remedy="keep one of them"
            )
        if self.impact.type == "adv" and self.adv_shares is None and self.adv_notional is None:
            raise problem(
                "impact of type adv needs the daily volume",
                key=["adv_shares"],
                remedy="add adv_shares (shares per day) or adv_notional ($ per day)",
            )
        return self
