"""Thousands of paths under the settings of now: where prices end, how volatile, how often pinned or squeezed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.errors import InputError
from simhedge.live.settings import overrides_of
from simhedge.rounding import MISSING, percent_with_interval, share_with_interval, with_interval
from simhedge.simulation import run
from simhedge.simulation.books import load_books

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simhedge.live.settings import Settings
    from simhedge.scenario import Scenario
    from simhedge.simulation import Result

    Floats = NDArray[np.float64]

PATHS = (1_000, 5_000)  # shown one after the other, so that something is seen at once where paths take their time
BINS = 60
SHOWN = (0.002, 0.998)  # quantiles of the end prices between which the histogram goes
PIN_TOLERANCE = 1e-3  # of the strike, where the scenario names none
METRICS = ("realised_vol", "horizon_vol", "pin_probability", "squeeze_probability")


class Ensemble(NamedTuple):
    """Histogram of end prices: `edges` ($), (n + 1,), and the paths of each world in each bin, per cent, (n,).

    `rows`: name, hedged, twin, and their ratio or difference, each in words with a 95% interval (of a share of paths
    that of Wilson 1927, which is right for none of them too). `diverged` paths are in none of it. `seconds` it took.
    """

    edges: Floats
    hedged: Floats
    twin: Floats
    rows: list[tuple[str, str, str, str]]
    paths: int
    diverged: int
    seconds: float


def ensemble_of(scenario: Scenario, settings: Settings, paths: int) -> Ensemble:
    """The ensemble of a scenario under settings, from the start of its book.

    Raises InputError as a run does, and where the price leaves its bounds on every path.
    """
    started = time.perf_counter()
    result = run(_asked(scenario.with_overrides(overrides_of(scenario, settings)), paths))
    assert result.paths is not None, "its end prices are recorded"
    hedged, twin = (result.paths[name].to_numpy()[:, -1] for name in ("spot", "twin_spot"))
    diverged = int(np.isnan(hedged).sum())
    if diverged == paths:
        remedy = "use fewer contracts, more adv_shares, or clearing {type: simultaneous}"
        raise InputError(
            "the price left its bounds on every path", key="market", value=settings.clearing, remedy=remedy
        )
    edges = _edges(np.concatenate([hedged, twin]))
    hedged_share, twin_share = (100.0 * np.histogram(ends, edges)[0] / paths for ends in (hedged, twin))
    seconds = time.perf_counter() - started
    return Ensemble(edges, hedged_share, twin_share, _rows(result, paths - diverged), paths, diverged, seconds)


def _asked(scenario: Scenario, paths: int) -> Scenario:
    record = {"paths": "all", "every": scenario.clock.steps, "series": ["spot", "twin_spot"]}
    pin = None if scenario.outputs.pin is not None else _likeliest_pin(scenario)
    known = [name for name in METRICS if name != "pin_probability" or pin or scenario.outputs.pin is not None]
    overrides = {"paths": paths, "expect": [], "outputs.record": record, "outputs.metrics": known}
    if pin:
        overrides["outputs.pin"] = {"strike": pin, "tolerance": PIN_TOLERANCE * pin}
    return scenario.with_overrides(overrides)


def _likeliest_pin(scenario: Scenario) -> float | None:
    """The strike ($) with most contracts, either side, of those that expire on the last day; None without such."""
    books = [loaded.book for loaded in load_books(scenario)]
    expires = [np.abs(book.expiry_days - scenario.clock.days) < 0.5 for book in books]
    strikes = np.concatenate([book.strike[now] for book, now in zip(books, expires, strict=True)])
    sizes = np.concatenate([np.abs(book.contracts[now]) for book, now in zip(books, expires, strict=True)])
    return float(strikes[np.argmax(sizes)]) if sizes.size and sizes.max() > 0.0 else None


def _edges(ends: Floats) -> Floats:
    low, high = np.nanquantile(ends, SHOWN)
    if not high > low:
        low, high = low - 1.0, high + 1.0
    return np.linspace(low, high, BINS + 1)


def _rows(result: Result, counted: int) -> list[tuple[str, str, str, str]]:
    pin = result.scenario.outputs.pin
    names = {
        "realised_vol": "Realised volatility, a year",
        "horizon_vol": "Volatility of the end price, a year",
        "pin_probability": "" if pin is None else f"Pinned: within ${pin.tolerance:g} of ${pin.strike:g}",
        "squeeze_probability": "Squeezed: leapt past a tipping level",
    }
    rows = []
    for metric, row in result.summary.iterrows():
        if metric in names:
            of_paths = str(metric).endswith("probability")
            rows.append((names[str(metric)], *(_shares(row, counted) if of_paths else _volatilities(row))))
    return rows


def _volatilities(row: pd.Series[float]) -> tuple[str, str, str]:
    hedged, twin = (percent_with_interval(row[world], row[f"{world}_se"]) for world in ("hedged", "twin"))
    return hedged, twin, f"ratio {with_interval(row['ratio'], row['ratio_se'])}"


def _shares(row: pd.Series[float], counted: int) -> tuple[str, str, str]:
    hedged, twin = (share_with_interval(row[world], counted) for world in ("hedged", "twin"))
    known = row["difference_se"] > 0.0  # of two shares of 0 a paired error says nothing
    difference = percent_with_interval(row["difference"], row["difference_se"]) if known else MISSING
    return hedged, twin, f"difference {difference}"
