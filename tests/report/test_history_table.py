"""The table of a level history: one line a snapshot, a dash where there is no level."""

from __future__ import annotations

import io

import pandas as pd
from rich.console import Console

from simhedge.report.history_table import history_table


def test_one_line_a_snapshot() -> None:
    history = pd.DataFrame(
        {
            "symbol": ["SPX", "SPX"],
            "quote_time": pd.to_datetime(["2022-12-13 01:30", "2022-12-14 01:30"], utc=True),
            "spot": [3990.56, 4019.65],
            "gamma_net": [-1.075e9, 2.5e8],
            "zero_gamma": [4004.7, float("nan")],
            "call_wall": [4000.0, 4100.0],
            "put_wall": [4000.0, 3900.0],
        }
    )
    stream = io.StringIO()
    Console(file=stream, width=100).print(history_table(history))
    lines = [line for line in stream.getvalue().splitlines() if line.lstrip().startswith("SPX")]
    assert [line.split()[:4] for line in lines] == [
        ["SPX", "2022-12-13", "01:30", "3,990.56"],
        ["SPX", "2022-12-14", "01:30", "4,019.65"],
    ]
    assert "−1.075 bn per 1%" in lines[0]
    assert "4,004.7" in lines[0]
    assert "–" in lines[1]
    assert max(map(len, stream.getvalue().splitlines())) <= 100
