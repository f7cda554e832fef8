"""A level history as a table for the terminal: one line a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from simhedge.rounding import amount, level

if TYPE_CHECKING:
    import pandas as pd


def history_table(history: pd.DataFrame) -> Table:
    """A rich table, at most 100 columns wide: symbol, quote time (UTC), spot, net gamma, zero gamma and walls."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("symbol")
    shown.add_column("quotes (UTC)")
    for name in ("spot", "net gamma", "zero gamma", "call wall", "put wall"):
        shown.add_column(name, justify="right")
    for row in history.to_dict("records"):
        shown.add_row(
            str(row["symbol"]),
            f"{row['quote_time']:%Y-%m-%d %H:%M}",
            level(row["spot"]),
            f"{amount(row['gamma_net'])} per 1%",
            *(level(_known(row[name])) for name in ("zero_gamma", "call_wall", "put_wall")),
        )
    return shown


def _known(value: float) -> float | None:
    return None if value != value else value
