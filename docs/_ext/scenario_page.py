"""One scenario as a page of the gallery, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simhedge.report.path_series import prices
from simhedge.rounding import counted, price
from simhedge.simulation.result_words import (
    METRIC_COLUMNS,
    UNITS,
    gain_words,
    metric_cells,
    metric_names,
    size_words,
    tipping_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from simhedge.simulation.result import Result

FIGURES = {
    "fan": "The price with and without hedging: median, quarters and the range of nine paths in ten.",
    "path": "The first path beside its twin, and what dealers have bought since the start.",
    "gain": "Feedback gain κ over the price, at the start and later: positive damps, negative amplifies.",
}  # of simhedge.report.figures.run_figures, with their captions


@dataclass(frozen=True)
class Shown:
    """A scenario of the gallery: `name` and `file`, the `base` that it extends or None, and what its run gave.

    `asked`: paths that the file asks for; `result` may be of fewer. `paths`: those that the figures show.
    """

    name: str
    file: Path
    base: str | None
    asked: int
    result: Result
    paths: xr.Dataset


def scenario_page(shown: Shown) -> str:
    """The page: claim, command, pictures, table of the run with its errors, and the file itself."""
    scenario = shown.result.scenario
    parts = [
        f"# {shown.name}\n",
        f"{scenario.description}\n",
        f"```sh\nsimhedge run {shown.name}\n```\n",
        *_pictures(shown),
        "## Numbers\n",
        f"{_which_run(shown)}\n",
        *_table(shown.result),
        "",
        f"Feedback gain: {gain_words(shown.result)}. {_tipping(shown.result)}\n",
        "## The file\n",
        *_file(shown),
    ]
    return "\n".join(parts)


def fan_in_words(shown: Shown) -> str:
    """What the fan shows, for who does not see it: where nine paths in ten end, in both worlds."""
    count, days = shown.paths.sizes["path"], counted(shown.result.scenario.clock.days, "day")
    ends = [_end(shown.paths, series) for series in ("spot", "twin_spot")]
    if count == 1:
        return f"Price over {days}: it ends at {ends[0]} with hedging and at {ends[1]} without."
    return f"Prices over {days}: nine in ten of {count} paths end {ends[0]} with hedging, {ends[1]} without."


def _end(paths: xr.Dataset, series: str) -> str:
    last = prices(paths.isel(step=slice(-1, None)), series)[:, 0]
    if last.size == 1:
        return f"${price(float(last[0]), 4)}"
    ordered = sorted(last)
    low, high = (price(float(ordered[round(q * (last.size - 1))]), 4) for q in (0.05, 0.95))
    return f"between ${low} and ${high}"


def _pictures(shown: Shown) -> Iterator[str]:
    yield _figure(shown, "fan", fan_in_words(shown), ":::")
    yield "::::{grid} 1 1 2 2\n:gutter: 2\n"
    for name in ("path", "gain"):
        yield f":::{{grid-item}}\n{_figure(shown, name, FIGURES[name], '```')}:::\n"
    yield "::::\n"


def _figure(shown: Shown, name: str, in_words: str, fence: str) -> str:
    """One picture with its caption, as a directive between `fence` and `fence`."""
    return f"{fence}{{figure}} {shown.name}_{name}.png\n:alt: {in_words}\n\n{FIGURES[name]}\n{fence}\n"


def _which_run(shown: Shown) -> str:
    """How many paths the table is of, and how to have the whole run."""
    scenario = shown.result.scenario
    told = f"{size_words(scenario)}; each value ± one standard error, the ratio with its 95% interval."
    if scenario.paths < shown.asked:
        told += f" The file asks for {shown.asked:,} paths, the command above runs them all."
    return told


def _table(result: Result) -> Iterator[str]:
    yield "| metric | unit | " + " | ".join(METRIC_COLUMNS) + " |"
    yield "|---|---|" + "--:|" * len(METRIC_COLUMNS)
    for metric in metric_names(result.summary):
        cells = (f"`{metric}`", UNITS.get(metric, ""), *metric_cells(result.summary, metric))
        yield "| " + " | ".join(cells) + " |"


def _tipping(result: Result) -> str:
    told = tipping_words(result.gain_profile)
    return f"{told[0].upper()}{told[1:]}." if told else "No tipping levels."


def _file(shown: Shown) -> Iterator[str]:
    if shown.base is not None:
        yield f"It extends [{shown.base}]({shown.base}.md) and holds what differs.\n"
    yield f"```yaml\n{shown.file.read_text(encoding='utf-8')}```\n"
