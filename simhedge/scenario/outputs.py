"""The blocks `outputs`, `expect`, `levels` and `validation`: what is measured, claimed, and tested."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simhedge.scenario.base import Block, problem, unit
from simhedge.scenario.names import ComparedSeries, LevelDefinition, MetricName, RecordedSeries

MAX_PATHS = 1_000_000_000


def _without_repetition(values: list[Any] | None, key: str) -> None:
    for position, value in enumerate(values or []):
        if value in (values or [])[:position]:
            raise problem(f"{value} is listed twice", key=[key, position], remedy="list it once")


class Pin(Block):
    """When a path counts as pinned: abs(S_end - strike) <= tolerance."""

    strike: float = Field(
        gt=0, description="Price at which the path ends if it is pinned.", json_schema_extra=unit("$")
    )
    tolerance: float = Field(
        0.001, ge=0, description="Largest distance from the strike that counts.", json_schema_extra=unit("$")
    )


class Squeeze(Block):
    """Which move within one step counts as a squeeze."""

    jump: float = Field(
        5.0,
        gt=0,
        description="Least size of the price move in a step.",
        json_schema_extra=unit("standard deviations of a step"),
    )


def _number_of_paths(value: Any) -> Any:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_PATHS
    if is_count or value == "all":
        return value
    raise problem(f"must be a whole number from 1 to 1e9 or all, got {value!r:.80}", remedy="such as 200")


RecordedPaths = Annotated[
    int | Literal["all"],
    BeforeValidator(_number_of_paths),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_PATHS}, {"const": "all"}]}),
]


class Record(Block):
    """Which paths are kept in the result, how densely, and which of their series."""

    paths: RecordedPaths = Field(200, description="Paths kept, the first ones; all: every path.")
    every: int = Field(
        1,
        ge=1,
        description="Keep each n-th step, the start included; must divide the number of steps.",
        json_schema_extra=unit("steps"),
    )
    series: list[RecordedSeries] = Field(
        default=["spot", "fundamental", "twin_spot", "dealer_delta", "net_gamma", "hedge_flow"],
        min_length=1,
        description="Series kept.",
    )

    @model_validator(mode="after")
    def _series_once(self) -> Record:
        _without_repetition(self.series, "series")
        return self


class Outputs(Block):
    """What is measured on the paths and what is kept of them."""

    metrics: list[MetricName] | None = Field(
        None, min_length=1, description="Metrics to compute. Default: all that make sense for the scenario."
    )
    pin: Pin | None = Field(None, description="Needed for pin_probability.")
    squeeze: Squeeze = Field(default=Squeeze(), description="Used by squeeze_probability.")
    record: Record | None = Field(None, description="Paths to keep. Default: none.")

    @model_validator(mode="after")
    def _metrics_once(self) -> Outputs:
        _without_repetition(self.metrics, "metrics")
        if "pin_probability" in (self.metrics or []) and self.pin is None:
            raise problem(
                "pin_probability needs outputs.pin",
                key=["metrics", (self.metrics or []).index("pin_probability")],
                remedy="add pin: {strike: ..., tolerance: ...} to outputs",
            )
        return self


Interval = Annotated[list[float], Field(min_length=2, max_length=2)]


class Expectation(Block):
    """A claim about a metric that `run --check` verifies."""

    metric: MetricName = Field(description="Metric that is claimed.")
    series: ComparedSeries = Field("hedged", description="Whose value: hedged, twin, their ratio or difference.")
    above: float | None = Field(None, description="Claim: the value is above this.")
    below: float | None = Field(None, description="Claim: the value is below this; may stand beside above.")
    between: Interval | None = Field(None, description="Claim: the value lies in [low, high].")
    equals: float | None = Field(None, description="Claim: the value equals this, within one of the next two.")
    within: float | None = Field(None, ge=0, description="Absolute tolerance of equals.")
    within_standard_errors: float | None = Field(
        None, gt=0, description="Tolerance of equals.", json_schema_extra=unit("standard errors")
    )

    @model_validator(mode="after")
    def _one_bound(self) -> Expectation:
        one_sided = self.above is not None or self.below is not None
        kinds = [one_sided, self.between is not None, self.equals is not None]
        if sum(kinds) != 1:
            raise problem(
                "a claim needs one kind of bound" + (", this has several" if sum(kinds) else ""),
                remedy="give above, below (or both), or between: [low, high], or equals with within",
            )
        tolerances = (self.within is not None) + (self.within_standard_errors is not None)
        if tolerances != (1 if self.equals is not None else 0):
            raise problem(
                "equals needs one tolerance" if self.equals is not None else "a tolerance belongs to equals",
                key=["equals" if self.equals is not None else "within"],
                remedy="write equals with within (absolute) or within_standard_errors",
            )
        low, high = self.between or (self.above, self.below)
        if low is not None and high is not None and low >= high:
            raise problem(f"nothing lies between {low:g} and {high:g}", remedy="put the smaller bound first")
        return self


class LevelSign(Block):
    """The dealers' side that the level definitions assume; apart from the true one in `books`."""

    calls: float = Field(1.0, description="Assumed share of the calls' open interest, signed.")
    puts: float = Field(-1.0, description="Assumed share of the puts' open interest, signed.")


class Levels(Block):
    """Which published levels are computed for the run."""

    definitions: list[LevelDefinition] = Field(
        default=["all"],
        min_length=1,
        description="Published definitions by name, or all; the first is drawn in figures.",
    )
    sign: LevelSign = Field(default=LevelSign(), description="Assumed side of the dealers.")
    daily: bool = Field(
        False, description="True: at the beginning of each day, at each recorded path's price; else at the start only."
    )

    @model_validator(mode="after")
    def _definitions_once(self) -> Levels:
        _without_repetition(self.definitions, "definitions")
        return self


class Validation(Block):
    """What counts as touching, breaking and holding a level."""

    tolerance: float = Field(
        0.1, gt=0, description="Distance that counts as a touch.", json_schema_extra=unit("daily standard deviations")
    )
    break_: float = Field(
        0.5,
        alias="break",
        gt=0,
        description="Distance beyond the level that counts as a break.",
        json_schema_extra=unit("daily standard deviations"),
    )
    horizon_steps: int | None = Field(
        None,
        ge=1,
        description="Steps after a touch in which a break counts. Default: one day.",
        json_schema_extra=unit("steps"),
    )
    placebos: int = Field(400, ge=0, le=100_000, description="Placebo levels drawn for each level.")
    twin: Literal["same_shocks", "independent_shocks"] = Field(
        "same_shocks",
        description=(
            "The world to compare with: the twin of each path; or that of another path, so that where dealers move "
            "nothing the difference has the noise that a test of its size needs."
        ),
    )

    @model_validator(mode="after")
    def _break_beyond_touch(self) -> Validation:
        if self.break_ <= self.tolerance:
            raise problem(
                f"must be more than the tolerance ({self.tolerance:g}), got {self.break_:g}",
                key=["break"],
                remedy="a level breaks further out than it is touched",
            )
        return self
