"""Rules that tie several blocks of a scenario together; each yields what is wrong, where, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from simhedge.scenario.base import problem, suggestion
from simhedge.scenario.books import ChainBook, OptionPosition
from simhedge.scenario.names import HEDGED_ONLY, STEPS_NEEDED

if TYPE_CHECKING:
    from simhedge.scenario.model import Scenario

Problems = Iterator[PydanticCustomError]

STEP_TOLERANCE = 1e-3
"""How far, in steps, an expiry may be from a step because of rounding in `expiry_days`."""


def first_problem(scenario: Scenario) -> PydanticCustomError | None:
    """The first broken rule, None where all hold."""
    rules = (_spot, _dealers, _expiries, _outputs, _expectations)
    return next(chain.from_iterable(rule(scenario) for rule in rules), None)


def _spot(scenario: Scenario) -> Problems:
    if scenario.market.spot is None and not any(isinstance(book, ChainBook) for book in scenario.books.values()):
        yield problem(
            "the spot is missing", key=["market", "spot"], remedy="add spot: ...; only a chain brings its own spot"
        )


def _dealers(scenario: Scenario) -> Problems:
    names: set[str] = set()
    for position, dealer in enumerate(scenario.dealers):
        if dealer.name in names:
            yield problem(
                f"two dealers are named {dealer.name}",
                key=["dealers", position, "name"],
                remedy="give each dealer its own name, or one dealer a count",
            )
        names.add(dealer.name)
        if dealer.book not in scenario.books:
            yield problem(
                f"there is no book {dealer.book!r:.80}",
                key=["dealers", position, "book"],
                remedy=suggestion(dealer.book, list(scenario.books), "books"),
            )


def _expiries(scenario: Scenario) -> Problems:
    clock = scenario.clock
    for name, book in scenario.books.items():
        if isinstance(book, ChainBook):
            continue
        for index, position in enumerate(book):
            if not isinstance(position, OptionPosition):
                continue
            where: list[str | int] = ["books", name, index]
            if position.expiry is not None and clock.start is None:
                remedy = "add start: YYYY-MM-DD to clock, or write expiry_days"
                yield problem("an expiry date needs clock.start", key=[*where, "expiry"], remedy=remedy)
            elif position.expiry is not None and clock.start is not None and position.expiry < clock.start:
                remedy = f"the clock starts on {clock.start}: take a later expiry or an earlier start"
                yield problem(f"expires before the start, on {position.expiry}", key=[*where, "expiry"], remedy=remedy)
            elif position.expiry_days is not None:
                yield from _on_a_step(position.expiry_days, clock.steps_per_day, [*where, "expiry_days"])


def _on_a_step(expiry_days: float, steps_per_day: int, where: list[str | int]) -> Problems:
    steps = expiry_days * steps_per_day
    whole = max(round(steps), 1)
    if abs(steps - whole) > STEP_TOLERANCE:
        yield problem(
            f"the expiry falls between two steps ({expiry_days:g} days are {steps:.6g} steps of 1/{steps_per_day} day)",
            key=where,
            remedy=f"the nearest step is at {whole / steps_per_day!r} days; or change clock.steps_per_day",
        )


def _outputs(scenario: Scenario) -> Problems:
    steps = scenario.clock.steps
    for index, metric in enumerate(scenario.outputs.metrics or []):
        needed = STEPS_NEEDED.get(metric, 1)
        if steps < needed:
            yield problem(
                f"{metric} needs {needed} steps, the run has {steps}",
                key=["outputs", "metrics", index],
                remedy="leave the metric out or lengthen the clock",
            )
        if metric == "hedge_turnover" and not _volume_is_known(scenario):
            yield _needs_volume(["outputs", "metrics", index])
    record = scenario.outputs.record
    if record is not None and steps % record.every:
        yield problem(
            f"must divide the number of steps ({steps}), got {record.every}",
            key=["outputs", "record", "every"],
            remedy=f"such as {_divisor_near(steps, record.every)}",
        )


def _volume_is_known(scenario: Scenario) -> bool:
    return scenario.market.adv_shares is not None or scenario.market.adv_notional is not None


def _needs_volume(where: list[str | int]) -> PydanticCustomError:
    remedy = "add adv_shares (shares per day) or adv_notional ($ per day) to market"
    return problem("hedge_turnover is measured in days of volume, which is not given", key=where, remedy=remedy)


def _divisor_near(steps: int, every: int) -> int:
    """The divisor of `steps` closest to `every` (the smaller one of two)."""
    divisors = (n for low in range(1, int(steps**0.5) + 1) if steps % low == 0 for n in (low, steps // low))
    return min(divisors, key=lambda divisor: (abs(divisor - every), divisor))


def _expectations(scenario: Scenario) -> Problems:
    outputs, steps = scenario.outputs, scenario.clock.steps
    for index, claim in enumerate(scenario.expect):
        where: list[str | int] = ["expect", index, "metric"]
        if outputs.metrics is not None and claim.metric not in outputs.metrics:
            remedy = f"add {claim.metric} to outputs.metrics"
            yield problem(f"{claim.metric} is not among outputs.metrics", key=where, remedy=remedy)
        if claim.metric == "pin_probability" and outputs.pin is None:
            remedy = "add outputs: {pin: {strike: ..., tolerance: ...}}"
            yield problem("pin_probability needs outputs.pin", key=where, remedy=remedy)
        if claim.metric == "hedge_turnover" and not _volume_is_known(scenario):
            yield _needs_volume(where)
        if steps < STEPS_NEEDED.get(claim.metric, 1):
            needed = STEPS_NEEDED[claim.metric]
            remedy = "drop the claim or lengthen the clock"
            yield problem(f"{claim.metric} needs {needed} steps, the run has {steps}", key=where, remedy=remedy)
        if claim.metric in HEDGED_ONLY and claim.series != "hedged":
            yield problem(
                f"{claim.metric} exists for hedged only, got {claim.series}",
                key=["expect", index, "series"],
                remedy="write series: hedged",
            )
