"""What a practitioner's script does with a quotedata file: pandas to read it, scipy to re-price gamma over a grid."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]
HEADING_LINES = 3


def read(file: Path) -> tuple[float, pd.DataFrame]:
    """Spot ($) and the table of a quotedata file with a heading of three lines."""
    with file.open(encoding="utf-8") as stream:
        heading = [next(stream) for _ in range(HEADING_LINES)]
    spot = float(heading[1].split("Last:")[1].split(",")[0])
    return spot, pd.read_csv(file, skiprows=HEADING_LINES)


def zero_gamma(file: Path, quoted: date, points: int) -> tuple[float, float | None]:
    """Net gamma exposure ($ per 1%) from the vendor's gamma, and the profile's first root on `points` spots."""
    spot, table = read(file)
    expiry = pd.to_datetime(table["Expiration Date"], format="%a %b %d %Y").to_numpy().astype("datetime64[D]")
    alive = expiry > np.datetime64(quoted, "D")
    table, expiry = table[alive], expiry[alive]
    interest = table["Open Interest"].to_numpy(), table["Open Interest.1"].to_numpy()
    vendor = (interest[0] * table["Gamma"] - interest[1] * table["Gamma.1"]).sum() * 100.0 * spot**2 * 0.01
    years = np.maximum(np.busday_count(np.datetime64(quoted, "D"), expiry), 1) / 252.0
    spots = np.linspace(0.5 * spot, 1.5 * spot, points)
    net = np.zeros(points)
    for sign, vol, open_interest in ((1.0, table["IV"], interest[0]), (-1.0, table["IV.1"], interest[1])):
        kept = (vol.to_numpy() > 0.0) & (open_interest > 0)
        net += sign * _exposure(
            spots, table["Strike"].to_numpy()[kept], vol.to_numpy()[kept], years[kept], open_interest[kept]
        )
    change = np.flatnonzero(np.diff(np.sign(net)))
    if change.size == 0:
        return float(vendor), None
    k = change[0]
    return float(vendor), float(spots[k + 1] - (spots[k + 1] - spots[k]) * net[k + 1] / (net[k + 1] - net[k]))


def _exposure(spots: Array, strike: Array, vol: Array, years: Array, open_interest: Array) -> Array:
    """Gamma exposure ($ per 1%) at each of the spots, shape (m,), all options at once."""
    root = vol * np.sqrt(years)
    d1 = np.log(spots[:, None] / strike) / root + 0.5 * root
    gamma = norm.pdf(d1) / (spots[:, None] * root)
    return np.asarray((gamma * open_interest).sum(axis=1) * 100.0 * spots**2 * 0.01)
