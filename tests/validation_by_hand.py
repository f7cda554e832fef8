"""A validation made by hand, so that sentences, tables and figures are tested without a run."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from simhedge.validation.level_tests import TEST_COLUMNS

NAN = math.nan
SHARES = ("touch_rate", "hold_rate", "break_rate", "bounce_rate", "pin_rate")
LEVELS = (
    ("zero_gamma", "simhedge", 97.5, 0),
    ("zero_gamma", "simhedge.first", 97.5, 0),
    ("zero_gamma", "gflows", 97.25, 3),
    ("call_wall", "simhedge", 104.0, 1),
    ("call_wall", "floe", 104.0, 1),
    ("call_wall", "spotgamma", 104.0, 1),
    ("put_wall", "simhedge", 94.0, 2),
    ("largest_gamma_strike", "simhedge", 104.0, 1),
    ("tipping_level", "simhedge.above", NAN, -1),
    ("tipping_level", "simhedge.below", NAN, -1),
)


def statistic_row(hedged: float, twin: float, error: float = 0.01, **changes: float) -> dict[str, float]:
    """TEST_COLUMNS of one statistic; keywords replace some of them."""
    difference = hedged - twin
    row = {
        "hedged": hedged, "hedged_se": error, "twin": twin, "twin_se": error,
        "difference": difference, "difference_se": error,
        "difference_low": difference - 1.96 * error, "difference_high": difference + 1.96 * error,
        "effect_size": difference, "p_value": 1e-6, "p_adjusted": 1e-4,
        "placebo_mean": 0.01, "placebo_low": -0.02, "placebo_high": 0.04, "placebo_p_value": 0.01,
        "placebo_hedged_low": 0.51, "placebo_hedged_high": 0.562, "events_hedged": 700.0, "events_twin": 650.0,
    }  # fmt: skip
    assert tuple(row) == TEST_COLUMNS
    return row | changes


def wall_rows(hold: dict[str, float] | None = None) -> dict[str, dict[str, float]]:
    """Statistics of a level that is touched on 70% of paths and held on 71% of touches, the twin's on 52%."""
    return {
        "touch_rate": statistic_row(0.70, 0.65, events_hedged=1000.0, events_twin=1000.0),
        "hold_rate": statistic_row(0.71, 0.52, 0.02) if hold is None else hold,
        "break_rate": statistic_row(0.29, 0.48, 0.02),
        "bounce_rate": statistic_row(0.6, 0.5, 0.02, p_adjusted=0.4),
        "pin_rate": statistic_row(0.39, 0.034),
        "crossing_speed": statistic_row(1.2, 1.3),
    }


def zero_gamma_rows(ratio: dict[str, float] | None = None) -> dict[str, dict[str, float]]:
    """Those of a zero gamma with 23.4% volatility below it and 18.4% above."""
    sides = {
        "vol_above": statistic_row(0.184, 0.2, 0.0004),
        "vol_below": statistic_row(0.234, 0.2, 0.0004),
        "vol_ratio": statistic_row(
            1.272, 1.001, 0.001, placebo_hedged_low=1.271, placebo_hedged_high=1.2735, placebo_p_value=0.6
        )
        if ratio is None
        else ratio,
    }
    return wall_rows() | sides


def nothing(**changes: float) -> dict[str, float]:
    """A statistic that is not defined."""
    row = dict.fromkeys(TEST_COLUMNS, NAN) | {"events_hedged": 0.0, "events_twin": 0.0}
    return row | changes


def make_tests(rows: dict[int, dict[str, dict[str, float]]]) -> pd.DataFrame:
    """The table `tests` from track -> statistic -> columns."""
    told = [{"track": track, "statistic": name} | own for track, named in rows.items() for name, own in named.items()]
    return pd.DataFrame(told, columns=["track", "statistic", *TEST_COLUMNS])


def make_placebos(tests: pd.DataFrame, draws: int = 40) -> pd.DataFrame:
    """Placebo levels whose differences spread evenly about 0.01."""
    parts = [
        pd.DataFrame(
            {
                "track": row.track,
                "statistic": row.statistic,
                "placebo": 100.0 + np.arange(draws),
                "hedged": np.linspace(0.5, 0.56, draws),
                "difference": np.linspace(-0.03, 0.05, draws),
            }
        )
        for row in tests.itertuples()
    ]
    return pd.concat(parts, ignore_index=True) if draws and parts else pd.DataFrame()


def make_distances() -> pd.DataFrame:
    """Volatility that falls through zero gamma, as predicted."""
    distance = np.arange(-1.75, 2.0, 0.5)
    hedged = 0.2 - 0.02 * distance
    columns = {"distance": distance, "steps": 1e4}
    for name, values in {"hedged": hedged, "twin": 0.2, "predicted": hedged, "ratio": hedged / 0.2}.items():
        columns |= {name: values, f"{name}_se": 0.002}
    return pd.DataFrame(columns)


def make_regressions() -> pd.DataFrame:
    """One slope with a prediction, one without, one that could not be had."""
    study = "Ni, Pearson, Poteshman and White (2021), Review of Financial Studies 34:1952"
    names = ("absolute_return", "last_half_hour_short_gamma", "pinning")
    rows: dict[str, Any] = {
        "name": names, "study": [study, "Barbon and Buraschi (2021), Gamma Fragility", study],
        "estimate": [-1.03, 0.003, NAN], "standard_error": [0.07, 0.004, NAN], "t": [-14.7, 0.75, NAN],
        "p_value": [1e-9, 0.4, NAN], "r_squared": [0.03, 1e-5, NAN], "observations": [10_000, 5_486, 0],
        "predicted": [-1.0, NAN, NAN], "z": [-0.43, NAN, NAN], "note": ["", "", "the days have no column strike"],
    }  # fmt: skip
    return pd.DataFrame(rows)


def make_facts() -> pd.DataFrame:
    """Two stylised facts."""
    rows = {
        "excess_kurtosis_1_step": [1.5, 0.1, 0.02, 0.03, 1.48, 0.1, 1000],
        "autocorrelation_lag_1": [0.01, 0.01, 0.0, 0.01, 0.01, 0.014, 1000],
    }
    columns = ["hedged", "hedged_se", "twin", "twin_se", "difference", "difference_se", "paths"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("fact")


def make_regimes(**changes: float | None) -> dict[str, float | None]:
    """23.4% where dealers are short gamma, 18.4% where long, as predicted."""
    values: dict[str, float | None] = {
        "vol_above_zero_gamma": 0.184, "vol_below_zero_gamma": 0.234, "twin_above": 0.2, "twin_below": 0.2002,
        "ratio": 1.272, "twin_ratio": 1.001, "predicted_ratio": 1.272, "ratio_less_predicted": 0.0,
    }  # fmt: skip
    errors: dict[str, float | None] = {f"{name}_se": 0.001 if "ratio" in name else 0.0004 for name in values}
    return values | errors | {"share_of_steps_above": 0.45, "share_of_steps_below": 0.55} | changes


def make_validation(rows: dict[int, dict[str, dict[str, float]]] | None = None, **changes: Any) -> Any:
    """A stand-in with the attributes of a Validation; `rows` by track, keywords replace attributes."""
    walls = {0: zero_gamma_rows(), 1: wall_rows(), 2: wall_rows(), 3: zero_gamma_rows()}
    tests = make_tests(walls if rows is None else walls | rows)
    clock = SimpleNamespace(days=10, steps_per_day=78, steps=780)
    parts: dict[str, Any] = {
        "scenario": SimpleNamespace(name="by-hand", paths=1000, seed=7, clock=clock, levels=None),
        "levels": pd.DataFrame(LEVELS, columns=["name", "definition", "value", "track"]),
        "tests": tests,
        "placebos": make_placebos(tests),
        "distances": make_distances(),
        "regressions": make_regressions(),
        "stylised_facts": make_facts(),
        "regimes": make_regimes(),
        "method": {"tolerance": 0.1, "break": 0.5, "horizon_steps": 78, "placebos": 40},
        "engine": {"elapsed_s": 2.0, "threads": 2},
        "warnings": ["3 of 1000 paths diverged [and] are left out"],
        "power": None,
        "wrong_sign": None,
    }
    return SimpleNamespace(**(parts | changes))
