"""How a result was made, as pairs of a term and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.rounding import counted, plain
from simhedge.scenario import ChainBook

if TYPE_CHECKING:
    from simhedge.scenario import Scenario
    from simhedge.simulation.result import Result
    from simhedge.validation.result import Validation

Terms = tuple[tuple[str, str], ...]

CLEARING = {
    "simultaneous": "the price is found at which all hedges fit it",
    "lagged": "hedges follow the price of the step before and fill at the next one",
    "asynchronous": "within a step dealers close part of their gap, the price moves, and so on",
}
ERRORS = (
    "influence functions and jackknife over paths: paths are independent, steps are not; hedged and twin are paired"
)
TWIN = "every path is run twice with the same news: with dealers who hedge, and without"


def method_of_run(result: Result, versions: dict[str, str]) -> Terms:
    """Clearing, size, twin, errors, seed, engine, versions."""
    engine = result.engine
    how = f"book delta: {engine['book_delta']}"
    if engine.get("surface_max_error") is not None and engine["book_delta"] != "exact":
        how += f", largest error {float(engine['surface_max_error']):.1e} of gross shares"
    return (
        *_of_scenario(result.scenario),
        *_own_policies(result),
        ("Standard errors", ERRORS),
        ("Engine", how),
        *_made(engine, versions),
    )


def _own_policies(result: Result) -> Terms:
    """That dealers followed functions of the user's own, and in whose place."""
    written = {dealer.name: dealer.policy.type for dealer in result.scenario.dealers}
    told = ", ".join(
        f"dealer {dealer} followed {function} in place of {written[dealer]}"
        for dealer, function in result.policies.items()
    )
    return (("Policies of the user's own", f"{told}; the code is not part of the result"),) if told else ()


def method_of_validation(validation: Validation, versions: dict[str, str]) -> Terms:
    """The same, and what counts as a touch, a hold, a placebo level."""
    method = validation.method
    told = {"Touch": "touch", "Hold": "hold", "Bounce": "bounce", "Placebo levels": "placebo", "p": "p_value"}
    words = tuple((term, str(method[key])) for term, key in told.items() if key in method)
    errors = str(method.get("standard_errors", ERRORS))
    corrected = (("Correction for many tests", str(method["p_adjusted"])),) if "p_adjusted" in method else ()
    return (
        *_of_scenario(validation.scenario),
        *words,
        *corrected,
        ("Standard errors", errors),
        *_made(validation.engine, versions),
    )


def _of_scenario(scenario: Scenario) -> Terms:
    market, clock = scenario.market, scenario.clock
    clearing = market.clearing.type
    files = sorted({book.from_chain for book in scenario.books.values() if isinstance(book, ChainBook)})
    chains = (("Option chains", ", ".join(files)),) if files else ()
    return (
        ("Clearing", f"{clearing}: {CLEARING[clearing]}"),
        ("Size", f"{counted(scenario.paths, 'path')} of {counted(clock.steps, 'step')}, {clock.steps_per_day} a day"),
        ("Twin", TWIN),
        ("Seed", f"{scenario.seed}; draws are a function of seed, path and step"),
        *chains,
        ("Scenario", f"sha256 {scenario.sha256}"),
    )


def _made(engine: dict[str, object], versions: dict[str, str]) -> Terms:
    seconds = f"{plain(float(str(engine['elapsed_s'])), 3)} s on {counted(int(str(engine['threads'])), 'thread')}"
    if engine.get("path_steps_per_s"):
        seconds += f", {plain(float(str(engine['path_steps_per_s'])), 2)} steps of paths a second"
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (("Time", seconds), ("Versions", told))
