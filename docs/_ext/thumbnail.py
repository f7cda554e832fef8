"""The small picture of a scenario on its card: what hedging does to the price, without numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.report import style
from simhedge.report.path_series import FEWEST_PATHS_FOR_BANDS, days, price_quantiles, prices

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 2.4, 1.2  # inches
MARGIN = 0.06  # of the range of prices


def thumbnail(paths: xr.Dataset) -> Figure:
    """Figure of the hedged bands (blue: 5-95%, 25-75%, median) over the twin's 5-95% (orange lines).

    `paths` as for `simhedge.report.figures.fan`; below eight of them the first path stands beside its twin.
    """
    with style.house_style():
        figure = style.new_figure(WIDTH, HEIGHT)
        axis = figure.subplots()
        if paths.sizes["path"] < FEWEST_PATHS_FOR_BANDS:
            _draw_path(axis, paths)
        else:
            _draw_bands(axis, paths)
        axis.margins(x=0.0, y=MARGIN)
        axis.set_axis_off()
    return figure


def _draw_path(axis: Axes, paths: xr.Dataset) -> None:
    axis.plot(days(paths), prices(paths, "twin_spot")[0], color=style.TWIN, linewidth=1.6)
    axis.plot(days(paths), prices(paths, "spot")[0], color=style.HEDGED, linewidth=1.2)


def _draw_bands(axis: Axes, paths: xr.Dataset) -> None:
    elapsed, bands = days(paths), price_quantiles(prices(paths, "spot"))
    axis.fill_between(elapsed, bands[0], bands[4], color=style.HEDGED, alpha=0.28)
    axis.fill_between(elapsed, bands[1], bands[3], color=style.HEDGED, alpha=0.50)
    axis.plot(elapsed, bands[2], color=style.INK, linewidth=0.9)
    for edge in price_quantiles(prices(paths, "twin_spot"))[[0, 4]]:
        axis.plot(elapsed, np.asarray(edge), color=style.TWIN, linewidth=1.2)
