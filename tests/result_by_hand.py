"""A small result made by hand, so that tables and figures are tested without a run."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from simhedge.simulation.gain import GainProfile

COLUMNS = ["hedged", "hedged_se", "twin", "twin_se", "ratio", "ratio_se", "difference", "difference_se"]
NAN = math.nan


def make_paths(paths: int = 40, steps: int = 390, step_vol: float = 1.4e-3, squeezes: bool = False) -> xr.Dataset:
    """Twin prices as geometric noise about 100, hedged ones damped by 0.6, dealers' series to match."""
    rng = np.random.default_rng(7)
    noise = np.hstack([np.zeros((paths, 1)), rng.standard_normal((paths, steps)) * step_vol])
    twin = 100.0 * np.exp(np.cumsum(noise, axis=1))
    spot = 100.0 + 0.6 * (twin - 100.0)
    if squeezes:
        spot[::2, steps // 2 :] += 25.0
    flow = np.hstack([np.zeros((paths, 1)), -1e6 * np.diff(spot, axis=1)])
    delta = 50.0 - np.cumsum(flow, axis=1)
    both = {"spot": spot, "twin_spot": twin, "fundamental": twin, "hedge_flow": flow}
    data: dict[str, Any] = {name: (("path", "step"), values) for name, values in both.items()}
    for name, values in {"dealer_delta": delta, "hedge": -delta, "cash": spot * delta}.items():
        data[name] = (("path", "step", "dealer"), values[:, :, None])
    return xr.Dataset(data, coords={"step": np.arange(steps + 1), "dealer": ["street"]}, attrs={"steps_per_day": 78})


def make_profile(levels: list[float] | None = None, gain: np.ndarray | None = None) -> GainProfile:
    spot = np.linspace(80.0, 120.0, 201)
    curve = -1.5 * np.exp(-(((spot - 110.0) / 5.0) ** 2)) if gain is None else gain
    return GainProfile(
        spot=spot,
        gain=curve,
        tipping_levels=[106.82, 113.18] if levels is None else levels,
        start_spot=100.0,
        start_gain=float(np.interp(100.0, spot, curve)),
        daily_vol=1.26,
    )


def make_summary() -> pd.DataFrame:
    rows = {
        "realised_vol": [0.15003, 0.00011, 0.2, 0.00014, 0.7501, 0.0004, -0.04997, 0.0001],
        "pin_probability": [0.3832, 0.0034, 0.0, 0.0, NAN, NAN, 0.3832, 0.0034],
        "realised_vol_above_zero_gamma": [0.15, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
        "pnl_mean": [-1234567.8, 54321.0, -2.34e9, 1.2e7, 0.000528, 0.00002, 2.3e9, 1.2e7],
        "hedge_turnover": [0.0, 0.0, 0.0, 0.0, NAN, NAN, 0.0, 0.0],
        "feedback_gain_start": [-0.594, 0.0, NAN, NAN, NAN, NAN, NAN, NAN],
        "feedback_gain_min": [-1.9212, 0.002, NAN, NAN, NAN, NAN, NAN, NAN],
        "feedback_gain_max": [0.0312, 0.001, NAN, NAN, NAN, NAN, NAN, NAN],
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis("metric")


def make_result(**changes: Any) -> Any:
    """A stand-in with the attributes of a Result; keywords replace some of them."""
    parts: dict[str, Any] = {
        "scenario": SimpleNamespace(
            name="gamma-squeeze", paths=20000, seed=7, clock=SimpleNamespace(days=5, steps_per_day=78, steps=390)
        ),
        "summary": make_summary(),
        "expectations": [
            SimpleNamespace(
                metric="pin_probability", series="hedged", passed=True, observed=0.3832, bound="0.383 ± 0.02"
            ),
            SimpleNamespace(metric="realised_vol", series="ratio", passed=False, observed=0.7501, bound="below 0.7"),
        ],
        "engine": {
            "elapsed_s": 0.4,
            "compile_s": 0.0,
            "surface_s": 0.1,
            "path_steps_per_s": 1.9e7,
            "threads": 2,
            "book_delta": "surface",
            "surface_max_error": 3e-7,
        },
        "warnings": ["12 paths diverged [of 20000] and are left out of the other metrics"],
        "levels": None,
        "policies": {},
        "paths": make_paths(paths=200, steps=390),
        "gain_profile": make_profile(),
    }
    return SimpleNamespace(**(parts | changes))
