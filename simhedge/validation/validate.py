"""`validate`: predicted levels put to the test on the paths of a scenario, beside its twin and placebo levels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from simhedge.kernels.layout import LANES
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.threads import threads_to_use
from simhedge.validation.distances import distances
from simhedge.validation.episodes import Worlds, worlds_of
from simhedge.validation.level_tests import LEAST_COUNT, level_tables
from simhedge.validation.method import method
from simhedge.validation.power import power as power_of
from simhedge.validation.regimes import clears_at_once, regimes
from simhedge.validation.regressions import regressions
from simhedge.validation.result import Validation
from simhedge.validation.survey import survey
from simhedge.validation.work import Work, begin
from simhedge.validation.wrong_sign import wrong_sign as wrong_sign_of

if TYPE_CHECKING:
    from simhedge.scenario import Scenario

Progress = Callable[[int, int, str], None]
RECORDED = ("spot", "twin_spot", "net_gamma", "hedged_gamma", "hedge_flow")


def validate(
    scenario: Scenario,
    *,
    power: bool = False,
    wrong_sign: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Do the predicted levels of a scenario hold on its paths, more than in the twin and more than anywhere else?

    `power` adds how many sessions of real data would show the effect, `wrong_sign` what is left of each level where the
    dealers' side is mistaken. `progress(done, total, phase)` is called between pieces of work. Results do not depend on
    `threads` (default: all processors). Raises InputError where the scenario cannot be run, or has no option to read a
    level off.
    """
    started = time.perf_counter()
    plan, used = prepare(scenario), threads_to_use(threads)
    work = begin(plan, survey(plan, progress))
    for batch, worlds in _batches(plan, work.asked.twin == "independent_shocks", used, progress):
        work.add(batch, worlds, used)
    found = _finished(work)
    if power:
        found.power = power_of(scenario, threads=threads, progress=progress)
    if wrong_sign:
        found.wrong_sign = wrong_sign_of(scenario, threads=threads, progress=progress)
    found.engine = {"elapsed_s": time.perf_counter() - started, "threads": used}
    return found


def _batches(
    plan: Plan, independent: bool, threads: int, progress: Progress | None
) -> Iterator[tuple[PathBatch, Worlds]]:
    """Batches of paths, and the two worlds to be compared: with their own twins, or with those of other paths."""
    own = path_batches(plan, RECORDED, threads=threads, progress=progress)
    if not independent:
        for batch in own:
            yield batch, worlds_of(batch.series["spot"], batch.series["twin_spot"])
        return
    beyond = -(-plan.scenario.paths // LANES) * LANES
    others = path_batches(plan, RECORDED, first_path=beyond, threads=threads)
    for batch, other in zip(own, others, strict=True):
        yield batch, worlds_of(batch.series["spot"], other.series["twin_spot"])


def _finished(work: Work) -> Validation:
    plan = work.plan
    if work.sides.count == 0:
        remedy = "use fewer short contracts or more adv_shares"
        message = "all paths diverged: nothing is left to test"
        raise plan.scenario.refusal("paths", message, remedy, value=work.paths)
    tables = level_tables(work.tracks, work.surveyed, work.scales)
    at_once = clears_at_once(plan)
    slopes = regressions(work.days(), intraday=work.intraday(), at_once=at_once, horizons=(0, 6))
    return Validation(
        scenario=plan.scenario,
        levels=tables.levels,
        tests=tables.tests,
        placebos=tables.placebos,
        distances=distances(work.bins, work.scales.steps_per_year, at_once),
        regressions=pd.DataFrame([slope.as_json() for slope in slopes]),
        stylised_facts=work.facts().reset_index(),
        regimes=regimes(work.sides, plan).as_json(),
        method=method(plan.scenario, work.asked, work.rules, work.scales),
        engine={},
        warnings=[*plan.warnings, *_warnings(work)],
    )


def _warnings(work: Work) -> list[str]:
    lost = work.paths - work.sides.count
    told = [f"{lost} of {work.paths} paths diverged and are left out, with their twins"] if lost else []
    if work.sides.count < LEAST_COUNT:
        told.append(f"{work.sides.count} paths: p-values need {LEAST_COUNT} that share in what is tested")
    if work.asked.placebos == 0:
        told.append("validation.placebos is 0: nothing is compared with placebo levels")
    return told
