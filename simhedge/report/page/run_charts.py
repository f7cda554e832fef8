"""The figures of a run on a page, each with words and a few numbers for those who do not see it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simhedge.report.figures import figure_paths
from simhedge.report.gain_figure import level_label, signed_gain
from simhedge.report.interactive.gain_over_spot import gain_over_spot
from simhedge.report.interactive.one_path import one_path
from simhedge.report.interactive.price_fan import price_fan
from simhedge.report.interactive.thinning import even_positions
from simhedge.report.page.content import Table
from simhedge.report.page.theme import chart
from simhedge.report.path_series import (
    FEWEST_PATHS_FOR_BANDS,
    cumulative_flow,
    days,
    price_quantiles,
    prices,
    share_unit,
)
from simhedge.report.rows import Rows
from simhedge.rounding import counted, plain
from simhedge.simulation.result_words import tipping_words

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from simhedge.report.page.content import Chart
    from simhedge.simulation.gain import GainProfile
    from simhedge.simulation.result import Result

    Floats = NDArray[np.float64]

ROWS = 11  # of the tables behind figures


def run_charts(result: Result) -> tuple[Chart, ...]:
    """Fan of prices, one path, feedback gain. Paths that were not recorded are simulated again, same shocks."""
    paths = figure_paths(result)
    return _fan(result, paths), _path(result, paths), gain_chart(result.gain_profile)


def _fan(result: Result, paths: xr.Dataset) -> Chart:
    bands = [price_quantiles(prices(paths, series)) for series in ("spot", "twin_spot")]
    count, elapsed = paths.sizes["path"], days(paths)
    few = count < FEWEST_PATHS_FOR_BANDS
    hedged, twin = (f"between ${plain(float(b[0, -1]), 5)} and ${plain(float(b[4, -1]), 5)}" for b in bands)
    medians = " and ".join(f"${plain(float(b[2, -1]), 5)}" for b in bands)
    middle = "" if few else f"the middle 90% of hedged prices lies {hedged}, of the twin's {twin}; "
    words = (
        f"Price over {counted(round(elapsed[-1]), 'trading day')} on {counted(count, 'path')}. "
        f"In the end {middle}the medians are {medians}, hedged and twin."
    )
    numbers = None if few else _quantiles(elapsed, bands)
    return chart("Prices, hedged beside twin", words, partial(price_fan, paths, result.levels), numbers)


def _quantiles(elapsed: Floats, bands: list[Floats]) -> Table:
    rows = [
        (f"{elapsed[k]:.2f}", *(plain(float(b[q, k]), 5) for b in bands for q in (0, 2, 4)))
        for k in even_positions(elapsed.size, ROWS)
    ]
    columns = ("day", *(f"{world} {part} ($)" for world in ("hedged", "twin") for part in ("5%", "median", "95%")))
    return Table("Quantiles of the price", Rows(columns, rows))


def _path(result: Result, paths: xr.Dataset) -> Chart:
    first = paths.isel(path=0)
    hedged, twin = (first[name].to_numpy() for name in ("spot", "twin_spot"))
    flow, elapsed = cumulative_flow(first), days(paths)
    divisor, unit = share_unit(flow)
    amount = plain(abs(float(flow[-1])) / divisor, 3)
    words = (
        f"The first path. It ends at ${plain(float(hedged[-1]), 5)}; its twin, with the same news and no hedges, at "
        f"${plain(float(twin[-1]), 5)}. By then dealers have {'bought' if flow[-1] >= 0.0 else 'sold'} {amount} {unit}."
    )
    rows = [
        (f"{elapsed[k]:.2f}", plain(float(hedged[k]), 5), plain(float(twin[k]), 5), plain(float(flow[k]) / divisor, 3))
        for k in even_positions(elapsed.size, ROWS)
    ]
    numbers = Table("The first path", Rows(("day", "hedged ($)", "twin ($)", f"hedge flow, cumulative ({unit})"), rows))
    return chart("One path and what dealers traded", words, partial(one_path, paths, levels=result.levels), numbers)


def gain_chart(profile: GainProfile) -> Chart:
    """The feedback gain over spot."""
    words = (
        "How much dealers' hedging answers a move of the price: κ > 0 damps, κ < 0 amplifies, and below −1 the price "
        f"cannot rest. At the start κ is {signed_gain(profile.start_gain)}; {_extremes(profile)}. "
        f"{(tipping_words(profile) or 'tipping levels: none').capitalize()}."
    )
    columns = ("spot ($)", "κ at the start", *(f"after {later.elapsed_days:.3g} days" for later in profile.later))
    gains = [profile.gain, *(later.gain for later in profile.later)]
    rows = [
        (level_label(float(profile.spot[k])), *(signed_gain(float(gain[k])) for gain in gains))
        for k in even_positions(profile.spot.size, ROWS)
    ]
    numbers = Table("Feedback gain κ", Rows(columns, rows))
    return chart("Feedback gain over spot", words, partial(gain_over_spot, profile), numbers)


def _extremes(profile: GainProfile) -> str:
    """Where the gain at the start is least and greatest."""
    finite = np.where(np.isfinite(profile.gain), profile.gain, math.nan)
    low, high = int(np.nanargmin(finite)), int(np.nanargmax(finite))
    least, most = (signed_gain(float(finite[place])) for place in (low, high))
    if least == most:
        return "it is the same at all prices shown"
    at_least, at_most = (level_label(float(profile.spot[place])) for place in (low, high))
    return f"over the prices shown it lies between {least} at ${at_least} and {most} at ${at_most}"
