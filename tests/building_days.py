"""Days made by hand, with a known law and several days a path, for regressions to be compared with plain calls."""

from __future__ import annotations

import numpy as np
import pandas as pd


def hand_made_days(paths: int = 40, days: int = 6, seed: int = 7) -> pd.DataFrame:
    """A complete table of days of both worlds: gains around 0.1, returns of 1% a day, some memory in gains."""
    rng = np.random.default_rng(seed)
    rows = paths * days
    gain = 0.1 + 0.15 * rng.standard_normal(rows) + np.repeat(0.05 * rng.standard_normal(paths), days)
    table = pd.DataFrame(
        {
            "path": np.repeat(np.arange(paths), days),
            "day": np.tile(np.arange(days), paths),
            "feedback_gain": gain,
            "damping": 1.0 / (1.0 + gain),
            "gex": 4e9 * gain,
        }
    )
    table["previous_gain"] = table.groupby("path")["feedback_gain"].shift(1)
    for world, damping in (("hedged", table["damping"]), ("twin", 1.0)):
        rest = 0.01 * damping * rng.standard_normal(rows)
        last = 0.003 * damping * rng.standard_normal(rows) - 0.2 * table["feedback_gain"] * rest
        table[f"rest_return_{world}"], table[f"last_return_{world}"] = rest, last
        table[f"log_return_{world}"] = rest + last
        table[f"open_{world}"], table[f"close_{world}"] = 100.0, 100.0 * np.exp(rest + last)
        table[f"variance_{world}"] = 1e-4 * damping**2 * rng.chisquare(10, rows) / 10.0
    return table
