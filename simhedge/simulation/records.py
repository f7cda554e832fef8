"""Recorded paths: what the kernels are told to write down, and the Dataset made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.kernels import layout
from simhedge.kernels.layout import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from simhedge.simulation.plan import Plan

PER_PATH = {
    "spot": layout.SPOT,
    "fundamental": layout.FUNDAMENTAL,
    "twin_spot": layout.FUNDAMENTAL,  # nobody but dealers acts, so the twin's price is the fundamental
    "net_gamma": layout.NET_GAMMA,
    "hedged_gamma": layout.HEDGED_GAMMA,
    "hedge_flow": layout.HEDGE_FLOW,
    "market_shares": layout.MARKET_SHARES,
    "market_cash": layout.MARKET_CASH,
}
PER_DEALER = {"dealer_delta": layout.OPTION_DELTA, "hedge": layout.HEDGE, "cash": layout.CASH}
# unit and meaning; a unit with the word "since" would be read back as a time (CF conventions)
ATTRIBUTES = {
    "spot": ("$", "price"),
    "fundamental": ("$", "price that news alone would make"),
    "twin_spot": ("$", "price with the same shocks where dealers do not hedge"),
    "net_gamma": ("shares per $", "gamma of all dealers"),
    "hedged_gamma": ("shares per $", "gamma of the dealers who hedge"),
    "hedge_flow": ("shares", "traded by all dealers from one recorded step to the next"),
    "market_shares": ("shares", "held by all who are not dealers, relative to the start"),
    "market_cash": ("$", "held by all who are not dealers, relative to the start"),
    "dealer_delta": ("shares", "option delta of all dealers of the entry, as their policy reckons it"),
    "hedge": ("shares", "held by all dealers of the entry"),
    "cash": ("$", "of all dealers of the entry, premium and initial hedge financed"),
}


def recording_for(plan: Plan, paths: int, series: Sequence[str], first_path: int = 0) -> Recording:
    """Room for `series` of `paths` paths from `first_path` on, and the instructions to fill it."""
    source: list[int] = []
    factor: list[float] = []
    dealers_at = layout.BOOKS + plan.options.books.size * layout.BOOK_SIZE
    for name in series:
        if name in PER_PATH:
            source.append(PER_PATH[name])
            factor.append(1.0)
            continue
        for d in range(len(plan.dealer_names)):
            source.append(dealers_at + d * layout.DEALER_SIZE + PER_DEALER[name])
            factor.append(1.0 if name == "dealer_delta" else float(plan.dealers.number[d]))
    every = int(plan.model["record_every"][0])
    points = plan.steps // every + 1 if paths else 1
    return Recording(
        source=np.array(source, dtype=np.int64),
        factor=np.array(factor, dtype=np.float64),
        cumulative=np.array([int(s == layout.HEDGE_FLOW) for s in source], dtype=np.int64),
        values=np.full((len(source), paths, points), np.nan),
        first_path=first_path,
    )


def recorded_bytes(plan: Plan, paths: int, series: Sequence[str]) -> int:
    """Memory that recording `series` of `paths` paths takes."""
    rows = sum(1 if name in PER_PATH else len(plan.dealer_names) for name in series)
    return rows * paths * (plan.steps // int(plan.model["record_every"][0]) + 1) * 8


def _attributes(name: str) -> dict[str, str]:
    return dict(zip(("units", "long_name"), ATTRIBUTES[name], strict=True))


def to_dataset(plan: Plan, recording: Recording, series: Sequence[str]) -> xr.Dataset:
    """The recorded series as an xarray Dataset with dims path, step and, where it applies, dealer."""
    import xarray as xr

    every = int(plan.model["record_every"][0])
    variables: dict[str, Any] = {}
    row = 0
    for name in series:
        if name in PER_PATH:
            variables[name] = (("path", "step"), recording.values[row], _attributes(name))
            row += 1
        else:
            rows = recording.values[row : row + len(plan.dealer_names)]
            variables[name] = (("path", "step", "dealer"), np.moveaxis(rows, 0, 2), _attributes(name))
            row += len(plan.dealer_names)
    paths, points = recording.values.shape[1:]
    coordinates = {"path": np.arange(paths), "step": np.arange(points) * every, "dealer": plan.dealer_names}
    return xr.Dataset(variables, coordinates, attrs={"steps_per_day": int(plan.model["steps_per_day"][0])})
