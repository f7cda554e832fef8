"""The three figures of a run: fan of paths, one path with its hedge flow, feedback gain over spot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from simhedge.errors import InputError
from simhedge.report import style
from simhedge.report.gain_figure import gain_profile
from simhedge.report.own_policies import check_repeatable
from simhedge.report.path_levels import draw_levels
from simhedge.report.path_series import (
    FEWEST_PATHS_FOR_BANDS,
    cumulative_flow,
    days,
    finite_or_nan,
    price_quantiles,
    prices,
    share_unit,
)
from simhedge.rounding import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.simulation.result import Result

__all__ = ["fan", "gain_profile", "single_path", "write_figures"]

FIGURE_SERIES = ("spot", "twin_spot", "hedge_flow")
FIGURE_PATHS = 200
FIGURE_RECORD = f"{{paths: {FIGURE_PATHS}, series: [{', '.join(FIGURE_SERIES)}]}}"
PATH_FIGURES = ("fan", "path")
_LEGEND_TITLE: Any = {"title_fontsize": 6.5, "alignment": "left"}


def fan(paths: xr.Dataset, levels: xr.Dataset | None = None) -> Figure:
    """Figure of the price ($) over trading days: median, 25-75% and 5-95% bands, hedged beside twin on one scale.

    `levels` of the run (`Result.levels`) are drawn as they are at the start.

    `paths` holds `spot` and `twin_spot` of shape (path, step) and the attribute `steps_per_day`. Below eight paths
    quantiles would mislead, so the paths themselves are drawn.
    """
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 2.6, column_gap=0.06)
        axes = figure.subplots(1, 2, sharex=True, sharey=True)
        elapsed = days(paths)
        for axis, series, colour, title in zip(
            axes, ("spot", "twin_spot"), (style.HEDGED, style.TWIN), ("Hedged", "Twin"), strict=True
        ):
            drawn = prices(paths, series)
            _draw_fan(axis, elapsed, drawn, colour)
            axis.set_title(f"{title} ({counted(drawn.shape[0], 'path')})")
            axis.set_xlabel("Trading days")
            axis.axhline(float(drawn[0, 0]), color=style.MUTED, linewidth=0.5, linestyle=(0, (4, 3)), zorder=1)
            _tidy_days(axis, elapsed)
        axes[0].set_ylabel("Price ($)")
        _draw_levels_of_start(figure, axes, levels, float(elapsed[-1]))
        _legend_above_bands(axes[0])
    return figure


def _draw_fan(axis: Axes, elapsed: NDArray[np.float64], drawn: NDArray[np.float64], colour: str) -> None:
    if drawn.shape[0] < FEWEST_PATHS_FOR_BANDS:
        for row in drawn:
            axis.plot(elapsed, row, color=colour, linewidth=0.8)
        return
    bands = price_quantiles(drawn)
    axis.fill_between(elapsed, bands[0], bands[4], color=colour, alpha=0.22, label="5–95%")
    axis.fill_between(elapsed, bands[1], bands[3], color=colour, alpha=0.42, label="25–75%")
    axis.plot(elapsed, bands[2], color=style.INK, linewidth=1.1, label="median")


def _draw_levels_of_start(figure: Figure, axes: Iterable[Axes], levels: xr.Dataset | None, days: float) -> None:
    """The same levels on each panel; labelled once, in a legend below the panels, apart from that of the bands."""
    for number, axis in enumerate(axes):
        before = len(axis.get_legend_handles_labels()[0])
        told = draw_levels(axis, levels, days)
        handles, labels = (entries[before:] for entries in axis.get_legend_handles_labels())
        for handle in handles:
            handle.set_label("_" + str(handle.get_label()))
        if number == 0 and (handles or told):
            below: Any = {"loc": "outside lower left", "ncols": 4, "borderaxespad": 0.2, "title": told} | _LEGEND_TITLE
            figure.legend(handles=handles, labels=labels, **below)


def _legend_above_bands(axis: Axes) -> None:
    handles, labels = axis.get_legend_handles_labels()
    if not handles:
        return
    axis.legend(handles, labels, loc="upper left", ncols=3, columnspacing=1.0, borderaxespad=0.1)
    # Room for the legend above the highest band, so that it never covers data.
    low, high = axis.get_ylim()
    axis.set_ylim(low, high + 0.14 * (high - low))


def single_path(paths: xr.Dataset, path: int = 0, levels: xr.Dataset | None = None) -> Figure:
    """Figure of one path: hedged and twin price ($) above, cumulative hedge flow (shares, bought > 0) below.

    `levels` of the run (`Result.levels`) are drawn as they are at the start, or day by day where they are daily.

    `paths` holds `spot`, `twin_spot` and `hedge_flow`, each of shape (path, step); `path` is a position, from 0.
    """
    chosen, elapsed = paths.isel(path=path), days(paths)
    with style.house_style():
        figure = style.new_figure(style.SINGLE_COLUMN, 3.0)
        price, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2.0, 1.0]})
        _draw_prices(price, chosen, elapsed)
        told = draw_levels(price, levels, float(elapsed[-1]), path)
        _legend_above_prices(price, told)
        _draw_flow(below, cumulative_flow(chosen), elapsed)
        _tidy_days(below, elapsed)
        figure.align_ylabels([price, below])
    return figure


def _draw_prices(axis: Axes, chosen: xr.Dataset, elapsed: NDArray[np.float64]) -> None:
    """The twin first and wider, so that it shows where both are the same."""
    axis.plot(elapsed, finite_or_nan(chosen["twin_spot"].to_numpy()), color=style.TWIN, linewidth=1.6, label="twin")
    axis.plot(elapsed, finite_or_nan(chosen["spot"].to_numpy()), color=style.HEDGED, label="hedged")
    axis.set_ylabel("Price ($)")


def _legend_above_prices(axis: Axes, told: str | None) -> None:
    """Hedged before twin, then the levels, under what is `told` of those."""
    handles, labels = axis.get_legend_handles_labels()
    order = [1, 0, *range(2, len(handles))]
    place: Any = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 3, "borderaxespad": 0}
    axis.legend([handles[k] for k in order], [labels[k] for k in order], title=told, **place, **_LEGEND_TITLE)


def _draw_flow(axis: Axes, flow: NDArray[np.float64], elapsed: NDArray[np.float64]) -> None:
    divisor, unit = share_unit(flow)
    axis.fill_between(elapsed, flow / divisor, step="post", color=style.HEDGED, alpha=0.35)
    axis.step(elapsed, flow / divisor, where="post", color=style.HEDGED, linewidth=0.8)
    axis.axhline(0.0, color=style.INK, linewidth=0.5)
    axis.set_ylabel(f"Hedge flow,\ncumulative\n({unit})")
    axis.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axis.set_xlabel("Trading days")


def write_figures(result: Result, directory: Path | str, paths: xr.Dataset | None = None) -> list[Path]:
    """Paths of the PNGs written to `directory`/figures: fan.png, path.png, gain.png.

    A run that did not record what the figures need has its first paths simulated once more, with the same shocks.
    Where a policy of the user's own took part, that cannot be done: figures of paths are then left out, unless they
    were recorded or are handed over as `paths` (`sample_paths(scenario, policies=...)`).
    """
    folder = Path(directory) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    without = PATH_FIGURES if paths is None and why_no_paths(result) else ()
    for name, draw in run_figures(result, paths).items():
        if name in without:
            continue
        style.save_figure(draw(), folder / f"{name}.png")
        written.append(folder / f"{name}.png")
    return written


def run_figures(result: Result, paths: xr.Dataset | None = None) -> dict[str, Callable[[], Figure]]:
    """The figures of a run by name, each drawn when called; `paths` as for `write_figures`."""
    known = [] if paths is None else [paths]

    def shown() -> xr.Dataset:
        known[:] = known or [figure_paths(result)]
        return known[0]

    return {
        "fan": lambda: fan(shown(), result.levels),
        "path": lambda: single_path(shown(), levels=result.levels),
        "gain": lambda: gain_profile(result.gain_profile),
    }


def figure_paths(result: Result) -> xr.Dataset:
    """Recorded paths with spot, twin_spot ($) and hedge_flow (shares), from the run or simulated again.

    Raises InputError where they were not recorded and a policy of the user's own took part.
    """
    wanted = min(FIGURE_PATHS, result.scenario.paths)
    recorded = result.paths
    enough = 1 if result.policies else wanted
    if recorded is not None and recorded.sizes["path"] >= enough and all(name in recorded for name in FIGURE_SERIES):
        return recorded
    check_repeatable(result, FIGURE_RECORD)
    from simhedge.simulation import sample_paths

    return sample_paths(result.scenario, paths=wanted)


def why_no_paths(result: Result) -> str:
    """That a policy of the user's own keeps PATH_FIGURES from being drawn, in a sentence; empty where none does."""
    try:
        if result.policies:
            figure_paths(result)
    except InputError as refused:
        return f"figures of paths are left out: {refused.message}; to have them, {refused.remedy}"
    return ""


def _tidy_days(axis: Axes, elapsed: NDArray[np.float64]) -> None:
    axis.set_xlim(float(elapsed[0]), float(elapsed[-1]))
    axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
