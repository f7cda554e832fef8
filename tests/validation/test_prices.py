"""Levels on historical prices: the same meetings as anywhere else, the right size, power where there is something."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from simhedge.errors import InputError
from simhedge.validation.placebos import placebo_factors
from simhedge.validation.prices import COLUMNS_OF_TESTS, Asked, validate_prices, weights_at_level

STEPS = 39
VOL = 0.01


def walk(sessions: int, seed: int, reflected: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Prices of sessions that start at the last close, and a level 1% above each that reflects a share of crossings."""
    rng = np.random.default_rng(seed)
    close, rows, levels = 100.0, [], []
    for day in pd.bdate_range("2020-01-01", periods=sessions):
        level, price = close * 1.01, close
        levels.append({"date": day, "value": level})
        for k in range(STEPS):
            new = price * math.exp(VOL / math.sqrt(STEPS) * rng.standard_normal())
            if (price < level) != (new < level) and rng.random() < reflected:
                new = level * level / new
            price = new
            rows.append((day + pd.Timedelta(hours=9, minutes=30 + 10 * k), price))
        close = price
    prices = pd.DataFrame(rows, columns=["time", "price"]).set_index("time")
    return prices, pd.DataFrame(levels)


def outcome(prices: pd.DataFrame, levels: pd.DataFrame, **asked: Any) -> pd.DataFrame:
    found = validate_prices(prices, levels, Asked(**({"placebos": 40, "daily_vol": VOL} | asked)))
    return found.set_index("statistic")


def test_touches_and_holds_are_those_of_a_plain_count() -> None:
    prices, levels = walk(60, seed=1)
    row = outcome(prices, levels, tolerance=0.1, break_=0.5)
    touched = held = sessions = 0
    before = None
    for date, own in prices["price"].groupby(prices.index.normalize()):
        if before is not None:
            level = float(levels.loc[levels["date"] == date, "value"].iloc[0])
            unit = VOL * before
            met = np.flatnonzero(own.to_numpy() >= level - 0.1 * unit)
            sessions += 1
            if met.size:
                touched += 1
                held += not (own.to_numpy()[met[0] :] >= level + 0.5 * unit).any()
        before = float(own.iloc[-1])
    assert row.at["touch_rate", "sessions"] == sessions == 59
    assert row.at["touch_rate", "level"] == pytest.approx(touched / sessions)
    assert row.at["hold_rate", "level"] == pytest.approx(held / touched)
    assert row.at["hold_rate", "events"] == touched


def test_the_placebo_value_is_exact_for_what_is_quadratic_in_distance() -> None:
    factors = placebo_factors(50, np.random.default_rng(3))
    weights = weights_at_level(factors)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ (2.0 - 3.0 * factors + 5.0 * factors**2) == pytest.approx(2.0 - 3.0 + 5.0)


def test_where_levels_mean_nothing_the_test_rejects_at_its_rate() -> None:
    """Over 80 histories of 90 sessions; each statistic's rejections at 5% lie within the binomial 99.9% interval."""
    rejected = {"touch_rate": 0, "hold_rate": 0, "closest_approach": 0, "time_near": 0}
    histories = 80
    for seed in range(histories):
        found = outcome(*walk(90, seed=100 + seed), placebos=20)
        for name in rejected:
            rejected[name] += bool(found.at[name, "p_value"] < 0.05)
    low, high = binom.interval(0.999, histories, 0.05)
    assert {name: count for name, count in rejected.items() if not low <= count <= high} == {}


def test_a_level_that_reflects_is_found() -> None:
    found = outcome(*walk(600, seed=5, reflected=0.9), tolerance=0.05, break_=0.1)
    assert found.at["hold_rate", "difference"] > 4.0 * found.at["hold_rate", "difference_se"]
    assert found.at["hold_rate", "p_adjusted"] < 1e-3


def test_names_and_definitions_are_tested_apart() -> None:
    prices, levels = walk(80, seed=2)
    both = pd.concat(
        [
            levels.assign(name="call_wall", definition="vendor"),
            levels.assign(name="zero_gamma", definition="mine", value=levels["value"] * 0.98),
        ]
    )
    found = validate_prices(prices, both, Asked(placebos=20, daily_vol=VOL))
    assert list(found.columns) == list(COLUMNS_OF_TESTS)
    names = found.groupby(["name", "definition"])["statistic"].agg(set)
    assert "vol_ratio" not in names["call_wall", "vendor"]
    assert "vol_ratio" in names["zero_gamma", "mine"]


def test_vol_comes_from_closes_before_the_session_and_what_has_none_is_counted() -> None:
    prices, levels = walk(60, seed=4)
    found = validate_prices(prices, levels, Asked(placebos=20))
    assert found["sessions"].iloc[0] == 60 - 6  # five returns need six closes before
    assert found.attrs == {"levels": 60, "levels_without_session": 6}
    later = prices.copy()
    later.iloc[-1] *= 1.5  # the last close is nobody's past
    again = validate_prices(later, levels[:-1], Asked(placebos=20))
    pd.testing.assert_frame_equal(again, validate_prices(prices, levels[:-1], Asked(placebos=20)))


def test_levels_of_one_name_and_session_are_one_observation() -> None:
    prices, levels = walk(60, seed=7)
    once, twice = outcome(prices, levels), outcome(prices, pd.concat([levels, levels]))
    columns = ["level", "level_se", "placebo", "difference_se", "sessions"]
    pd.testing.assert_frame_equal(once[columns], twice[columns])


def test_levels_without_a_value_or_a_name() -> None:
    prices, levels = walk(30, seed=8)
    blank = levels.assign(name=None, value=levels["value"].where(levels.index != 20))
    found = validate_prices(prices, blank, Asked(placebos=20, daily_vol=VOL))
    assert set(found["name"]) == {"level"}
    assert found["sessions"].iloc[0] == 28  # the first has no close before it, one has no level


@pytest.mark.parametrize(
    "asked",
    [
        {"placebos": 3}, {"tolerance": 0.0}, {"tolerance": math.nan}, {"break_": 0.1}, {"horizon_steps": 0},
        {"daily_vol": 0.0}, {"daily_vol": -1.0}, {"leap": -1.0},
    ],
)  # fmt: skip
def test_what_a_scenario_would_refuse_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="out of range") as caught:
        outcome(*walk(12, seed=6), **asked)
    assert caught.value.key in asked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, lv: (p, lv.drop(columns="value")), "a column is missing"),
        (lambda p, lv: (p, lv.assign(value=-1.0)), "levels must be positive"),
        (lambda p, lv: (p, lv.assign(date=pd.Timestamp("1990-01-01"))), "no level falls on a session"),
        (lambda p, lv: (p.reset_index(drop=True), lv), "the index must be times"),
        (lambda p, lv: (p.assign(other=1.0), lv), "one column"),
        (lambda p, lv: (p * 0.0, lv), "prices must be positive"),
        (lambda p, lv: (pd.concat([p, p]), lv), "occurs twice"),
        (lambda p, lv: (p["price"], lv), "there are no prices"),
        (lambda p, lv: (p[:0], lv), "there are no prices"),
        (lambda p, lv: (p, lv.assign(date="foo")), "a date that is none"),
        (lambda p, lv: (p, lv.assign(value="abc")), "levels must be positive"),
    ],
)
def test_bad_input_is_refused_in_words(change: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        validate_prices(*change(*walk(12, seed=6)), Asked(placebos=20, daily_vol=VOL))
