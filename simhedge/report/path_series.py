"""What the figures of paths are drawn from: trading days, prices without what diverged, quantiles, summed flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
FEWEST_PATHS_FOR_BANDS = 8  # below which quantiles would mislead, so that the paths themselves are drawn
_SHARE_UNITS = ((1e9, "billion shares"), (1e6, "million shares"), (1e3, "thousand shares"))


def days(paths: xr.Dataset) -> Floats:
    """Trading days since the start at each recorded step."""
    return np.asarray(paths["step"].to_numpy(), dtype=np.float64) / float(paths.attrs["steps_per_day"])


def prices(paths: xr.Dataset, series: str) -> Floats:
    """Prices ($) of shape (path, step), NaN from where a path has diverged."""
    return finite_or_nan(paths[series].transpose("path", "step").to_numpy())


def price_quantiles(values: Floats) -> Floats:
    """QUANTILES over paths of prices (path, step), shape (quantile, step); NaN where every path has diverged."""
    alive = np.isfinite(values).any(axis=0)
    found = np.full((len(QUANTILES), values.shape[1]), np.nan)
    found[:, alive] = np.nanquantile(values[:, alive], QUANTILES, axis=0)
    return found


def cumulative_flow(one_path: xr.Dataset) -> Floats:
    """Shares that dealers have bought (> 0) or sold as hedges since the start, at each recorded step of one path."""
    return np.nancumsum(finite_or_nan(one_path["hedge_flow"].to_numpy()))


def share_unit(flow: Floats) -> tuple[float, str]:
    """What to divide shares by, and the unit they are in then."""
    largest = float(np.max(np.abs(flow), initial=0.0))
    for divisor, unit in _SHARE_UNITS:
        if largest >= divisor:
            return divisor, unit
    return 1.0, "shares"


def finite_or_nan(values: Floats) -> Floats:
    """The values, NaN for those that are not finite."""
    return np.where(np.isfinite(values), values, np.nan)
