"""The page of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.errors import SimhedgeError
from simhedge.report.figures import why_no_paths
from simhedge.report.page.asked import again, asked, size_of
from simhedge.report.page.content import Answer, Content, Table
from simhedge.report.page.level_tables import run_levels
from simhedge.report.page.method import method_of_run
from simhedge.report.page.run_charts import gain_chart, run_charts
from simhedge.report.rows import Rows
from simhedge.report.run_words import INTERVALS, claims, findings, verdict
from simhedge.simulation.own_policies import policy_words
from simhedge.simulation.result_words import (
    METRIC_COLUMNS,
    UNITS,
    gain_words,
    metric_cells,
    metric_names,
)

if TYPE_CHECKING:
    from simhedge.report.page.content import Chart
    from simhedge.simulation.result import Result


def run_content(result: Result, versions: dict[str, str]) -> Content:
    """What the page of a run says and shows."""
    scenario = result.scenario
    charts, missing = _charts(result)
    levels_told, tables = run_levels(result)
    exact = {"--book-delta": "exact"} if result.engine["book_delta"] == "exact" else {}
    own_policy = (f"a policy of the user's own: {policy_words(result.policies)}",) if result.policies else ()
    answers = (
        *(Answer(claim.told, verdict="passed" if claim.passed else "failed") for claim in claims(result)),
        *(Answer(told) for told in findings(result)),
    )
    return Content(
        kind="Run",
        title=scenario.name,
        description=" ".join(scenario.description.split()),
        facts=(*size_of(scenario), *own_policy),
        lead=verdict(result),
        answers=answers,
        answers_note=INTERVALS if answers else "",
        warnings=(*result.warnings, *missing),
        summary=_metrics(result),
        tables=(),
        charts=charts,
        levels=tables,
        levels_told=levels_told,
        asked=asked(scenario, result.policies),
        method=method_of_run(result, versions),
        again=again(scenario, "run", exact, result.policies),
    )


def _charts(result: Result) -> tuple[tuple[Chart, ...], list[str]]:
    """The figures, and why some are missing: paths were not recorded, and cannot be simulated again here."""
    without = why_no_paths(result)
    if without:
        return (gain_chart(result.gain_profile),), [without]
    try:
        return run_charts(result), []
    except SimhedgeError as error:
        told = f"figures of paths are left out: none were recorded, and they cannot be simulated again here ({error})"
        return (gain_chart(result.gain_profile),), [told]


def _metrics(result: Result) -> Table:
    summary = result.summary
    cells = [(name, *metric_cells(summary, name), UNITS.get(name, "")) for name in metric_names(summary)]
    note = (
        "hedged: dealers hedge; twin: the same news without their hedges; ± one standard error over paths. "
        f"Feedback gain κ: {gain_words(result)}."
    )
    return Table("Metrics, hedged beside twin", Rows(("metric", *METRIC_COLUMNS, "unit"), cells, ("unit",), note))
