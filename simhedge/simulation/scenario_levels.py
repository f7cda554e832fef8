"""The levels a scenario asks for: computed from the open interest of its books at the start, and each day if asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simhedge.book import Book, Listing, MarketState
from simhedge.levels.definitions import DEFINITION_NAMES, Defined, defined, evidence_of
from simhedge.levels.sign import Sign, dealer_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from simhedge.scenario import Scenario
    from simhedge.scenario.outputs import Levels
    from simhedge.simulation.books import LoadedBook
    from simhedge.simulation.plan import Plan

    Progress = Callable[[int, int, str], None]

VARIABLES = ("zero_gamma", "call_wall", "put_wall", "net_gamma")


def scenario_levels(plan: Plan, paths: xr.Dataset | None, progress: Progress | None = None) -> xr.Dataset | None:
    """The levels of `levels.definitions`, or None where the scenario asks for none.

    Variables zero_gamma, call_wall, put_wall ($, NaN: none) and net_gamma (in the unit that the coordinate `unit` of
    each definition says), dims (day, definition): day 0 is the start, at the starting price. With `levels.daily` and
    recorded `paths`, dims (path, day, definition): the levels at the beginning of each day, at the price of each path
    then, implied vols unchanged.
    """
    asked = plan.scenario.levels
    if asked is None:
        return None
    book = open_interest_book(plan.books)
    names: list[str] = list(DEFINITION_NAMES) if "all" in asked.definitions else list(asked.definitions)
    if not asked.daily or paths is None:
        found = [_levels(plan.scenario, asked, names, book, float(plan.model["spot"][0]), 0)]
        return _dataset([[found[0]]], names, [0], None)
    days, prices = _opening_prices(paths, plan.scenario.clock.days)
    rows = []
    for number, row in enumerate(prices):
        rows.append([_levels(plan.scenario, asked, names, book, row[k], day) for k, day in enumerate(days)])
        if progress is not None:
            progress(number + 1, len(prices), "levels")
    return _dataset(rows, names, days, np.asarray(paths["path"].values))


def open_interest_book(books: Sequence[LoadedBook]) -> Book:
    """All books' options as one, unsigned: of a chain its whole open interest, else the contracts written."""
    parts = [Book.from_chain(b.chain, {"calls": 1.0, "puts": 1.0}) if b.chain is not None else b.book for b in books]
    whole = Book.joined(parts)
    return replace(whole, contracts=np.abs(whole.contracts), constant_gamma=0.0)


def _opening_prices(paths: xr.Dataset, days: int) -> tuple[list[int], np.ndarray]:
    """Days with a recorded price at their beginning, and those prices ($), shape (path, day)."""
    steps = paths["step"].values
    per_day = int(paths.attrs["steps_per_day"])
    kept = [day for day in range(days) if (steps == day * per_day).any()]
    spot = paths["spot"].transpose("path", "step")
    return kept, np.asarray(spot.sel(step=[day * per_day for day in kept]).values, dtype=np.float64)


def _levels(
    scenario: Scenario, asked: Levels, names: list[str], book: Book, spot: float, day: int
) -> dict[str, Defined]:
    """The named definitions at one price on one day; none where no option lives or the path has diverged."""
    if not np.isfinite(spot):
        return {}
    market = scenario.market
    state = MarketState(spot, market.rate, market.dividend_yield, float(day), scenario.clock.trading_days_per_year)
    listing = Listing.from_book(book, state)
    if listing.strike.size == 0:
        return {}
    share = dealer_shares(listing, Sign.of({"calls": asked.sign.calls, "puts": asked.sign.puts}))
    return defined(evidence_of(listing, share, "model", market.rate, market.dividend_yield), names)


def _dataset(
    rows: list[list[dict[str, Defined]]], names: list[str], days: list[int], paths: np.ndarray | None
) -> xr.Dataset:
    import xarray as xr

    values = np.full((len(VARIABLES), len(rows), len(days), len(names)), np.nan)
    units = [""] * len(names)
    for p, row in enumerate(rows):
        for d, found in enumerate(row):
            for n, name in enumerate(names):
                if name not in found:
                    continue
                units[n] = found[name].unit
                for v, variable in enumerate(VARIABLES):
                    level = getattr(found[name], variable)
                    values[v, p, d, n] = np.nan if level is None else level
    coords = {"day": days, "definition": names, "unit": ("definition", units)}
    if paths is None:
        return xr.Dataset({v: (("day", "definition"), values[k, 0]) for k, v in enumerate(VARIABLES)}, coords=coords)
    data = {v: (("path", "day", "definition"), values[k]) for k, v in enumerate(VARIABLES)}
    return xr.Dataset(data, coords={"path": paths, **coords})
