"""Levels on real prices: files as they come go through, and nothing made up is found at levels that mean nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simhedge.validation.days import days_of_prices
from simhedge.validation.prices import Asked, validate_prices
from simhedge.validation.regressions import regressions

PRICES = Path(__file__).resolve().parents[3] / "shared" / "data" / "prices"
pytestmark = pytest.mark.skipif(not PRICES.is_dir(), reason="the real prices lie in ../shared/data/prices only")


def closes(name: str, column: str = "Close") -> pd.DataFrame:
    """One column of prices by time; daily dates stand for the close."""
    table = pd.read_csv(PRICES / name, index_col=0)
    table.index = pd.to_datetime(table.index, utc=True).tz_convert("America/New_York").tz_localize(None)
    return table[[column]][~table.index.duplicated()]


def test_a_century_of_daily_closes_with_levels_that_mean_nothing() -> None:
    """One daily standard deviation of the last 20 closes above the last close, on 2,000 sessions."""
    prices = closes("gspc_daily_1927-2023.csv").tail(2021)
    returns = np.log(prices["Close"]).diff()
    vol = returns.rolling(20).apply(lambda r: np.sqrt((r**2).mean())).shift(1)
    levels = pd.DataFrame({"date": prices.index, "value": prices["Close"].shift(1) * (1.0 + vol)}).dropna()
    found = validate_prices(prices, levels, Asked(placebos=40)).set_index("statistic")
    assert found.at["touch_rate", "sessions"] > 1900
    assert 0.1 < found.at["touch_rate", "level"] < 0.25
    assert found.at["touch_rate", "p_adjusted"] > 0.001


def test_minutes_of_an_index_go_through() -> None:
    prices = closes("gspc_1min_2022-03.csv")
    dates = pd.DatetimeIndex(prices.index).normalize().unique()
    levels = pd.DataFrame({"date": dates, "value": 4400.0, "name": "call_wall"})
    found = validate_prices(prices, levels, Asked(daily_vol=0.012, placebos=60)).set_index("statistic")
    assert found.at["touch_rate", "sessions"] == len(dates) - 1
    assert 0.0 < found.at["touch_rate", "level"] < 1.0
    days = days_of_prices(prices)
    assert len(days) == len(dates) - 1
    assert 0.05 < float(np.sqrt(252.0 * days["variance_hedged"].mean())) < 0.6
    assert all(row.note or np.isfinite(row.estimate) for row in regressions(days, intraday=None))
