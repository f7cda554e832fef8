"""Days of paths and of prices, against sums taken one by one."""

from __future__ import annotations

import math
from typing import Any

import building
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.simulation.plan import prepare
from simhedge.validation.days import ImpactLaw, Period, days_of, days_of_prices, impact_law, simulated_days, trading_day

Floats = NDArray[np.float64]
STEPS, DAYS, PATHS = 12, 3, 4
PERIOD = Period(STEPS, 2, 3)


def batch(seed: int = 1, first_path: int = 0) -> PathBatch:
    rng = np.random.default_rng(seed)
    moves = 0.01 * rng.standard_normal((3, PATHS, DAYS * STEPS))
    paths = np.concatenate([np.zeros((3, PATHS, 1)), np.cumsum(moves, axis=2)], axis=2)
    series = {"spot": 100.0 * np.exp(paths[0]), "twin_spot": 100.0 * np.exp(paths[1]), "hedged_gamma": 1e5 * paths[2]}
    return PathBatch(first_path, series)


def by_hand(prices: Floats, day: int, period: Period) -> dict[str, float]:
    """Columns of one day of one path's prices (points,), by loops."""
    day_prices = [float(p) for p in prices[day * period.steps : (day + 1) * period.steps + 1]]
    start_last = day_prices[period.steps - period.last]
    bars = [math.log(day_prices[k + period.bar] / day_prices[k]) for k in range(0, period.steps, period.bar)]
    return {
        "open": day_prices[0],
        "close": day_prices[-1],
        "log_return": math.log(day_prices[-1] / day_prices[0]),
        "rest_return": math.log(start_last / day_prices[0]),
        "last_return": math.log(day_prices[-1] / start_last),
        "variance": sum(r * r for r in bars),
        "products": sum(r * q for r, q in zip(bars[1:], bars[:-1], strict=True)),
        "lagged_squares": sum(r * r for r in bars[:-1]),
        "led_squares": sum(r * r for r in bars[1:]),
    }


@pytest.mark.parametrize("multiplicative", [False, True])
def test_every_column_is_what_a_loop_finds(multiplicative: bool) -> None:
    paths = batch()
    law = ImpactLaw(2e-6, multiplicative)
    days = days_of([paths], PERIOD, law).set_index(["path", "day"])
    assert len(days) == PATHS * DAYS
    for path in range(PATHS):
        gains = []
        for day in range(DAYS):
            row = days.loc[(path, day)]
            gamma = paths.series["hedged_gamma"][path, day * STEPS]
            spot = paths.series["spot"][path, day * STEPS]
            gain = 2e-6 * gamma * (spot if multiplicative else 1.0)
            scale = 1.0 if multiplicative else paths.series["twin_spot"][path, day * STEPS] / spot
            assert row["feedback_gain"] == pytest.approx(gain, rel=1e-12)
            assert row["damping"] == pytest.approx(scale / (1.0 + gain), rel=1e-12)
            assert row["gex"] == pytest.approx(gamma * spot * spot / 100.0, rel=1e-12)
            if day > 0:
                assert row["previous_gain"] == gains[-1]
            else:
                assert math.isnan(row["previous_gain"])
            gains.append(row["feedback_gain"])
            for world, series in (("hedged", "spot"), ("twin", "twin_spot")):
                for name, value in by_hand(paths.series[series][path], day, PERIOD).items():
                    assert row[f"{name}_{world}"] == pytest.approx(value, rel=1e-9, abs=1e-15), name


def test_diverged_paths_are_left_out_and_counted_and_batches_follow_each_other() -> None:
    first, second = batch(1), batch(2, first_path=PATHS)
    first.series["spot"][1, 20:] = np.nan
    second.series["twin_spot"][0, 5] = -1.0
    days = days_of([first, second], PERIOD, ImpactLaw(2e-6))
    assert days["path"].unique().tolist() == [0, 2, 3, 5, 6, 7]
    assert days.attrs == {"paths": 8, "diverged_paths": 2, "steps": STEPS, "last": 2, "bar": 3}
    assert np.isfinite(days.drop(columns="previous_gain")).all().all()
    alone = days_of([second], PERIOD, ImpactLaw(2e-6))
    pd.testing.assert_frame_equal(days[days["path"] >= PATHS].reset_index(drop=True), alone)


def test_damping_is_unknown_where_the_gain_is_minus_one_or_less() -> None:
    law = ImpactLaw(1e-6)
    gain = law.gain(np.array([-2e6, -1e6, -5e5, 1e6]), np.full(4, 50.0))
    np.testing.assert_allclose(gain, [-2.0, -1.0, -0.5, 1.0])
    damping = law.damping(gain, np.full(4, 50.0), np.full(4, 100.0))
    np.testing.assert_allclose(damping, [np.nan, np.nan, 4.0, 1.0])


@pytest.mark.parametrize(
    ("period", "key"),
    [(Period(7, 1), "period"), (Period(12, 1, 5), "period"), (Period(0, 0), "period"), (Period(12, 12), "period.last")],
)
def test_periods_that_do_not_fit_are_refused(period: Period, key: str) -> None:
    with pytest.raises(InputError) as error:
        days_of([batch()], period, ImpactLaw(1e-6))
    assert error.value.key == key
    with pytest.raises(InputError, match="no paths"):
        days_of([], PERIOD, ImpactLaw(1e-6))


@pytest.mark.parametrize(
    ("steps", "expected"), [(78, (78, 6, 1)), (390, (390, 30, 5)), (26, (26, 2, 1)), (1, (1, 0, 1)), (2, (2, 1, 1))]
)
def test_a_trading_day_has_a_thirteenth_as_last_half_hour_and_five_minute_bars(
    steps: int, expected: tuple[int, int, int]
) -> None:
    assert trading_day(steps) == expected


def test_days_of_one_step_have_no_last_half_hour() -> None:
    days = days_of([batch()], Period(1, 0), ImpactLaw(1e-6))
    assert days["last_return_hedged"].isna().all()
    assert days["rest_return_twin"].isna().all()
    assert (days["products_hedged"] == 0.0).all()
    np.testing.assert_allclose(days["variance_twin"], days["log_return_twin"] ** 2)


def tree(form: str) -> dict[str, Any]:
    made = building.scenario(
        {"book": building.mixed_book(2.0)},
        [building.dealer({"type": "continuous"})],
        clearing={"type": "simultaneous"},
    )
    made["market"]["impact"] = {"type": "kyle", "kyle_lambda": 1e-7, "form": form}
    made["paths"] = 130
    return made


@pytest.mark.parametrize("form", ["arithmetic", "multiplicative"])
def test_a_scenario_gives_its_own_impact_law_and_start_gain(form: str) -> None:
    plan = prepare(sh.scenario_from_dict(tree(form)))
    days = simulated_days(plan, threads=1)
    assert impact_law(plan).multiplicative == (form == "multiplicative")
    assert days["path"].nunique() == 130
    first = days.loc[days["day"] == 0, "feedback_gain"]
    np.testing.assert_allclose(first, plan.gain.start_gain, rtol=1e-6)
    (whole,) = path_batches(plan, ("spot",), threads=1)
    ends = np.log(whole.series["spot"][:, -1] / whole.series["spot"][:, 0])
    np.testing.assert_allclose(days.groupby("path")["log_return_hedged"].sum(), ends, atol=1e-12)


def prices_of(path: Floats, steps_per_day: int) -> pd.DataFrame:
    """A simulated path as a file would have it: each date from 9:30, the price of the close before, to 16:00."""
    minutes = 390 / steps_per_day
    dates = pd.bdate_range("2024-01-02", periods=(path.size - 1) // steps_per_day + 1)
    times, values = [dates[0] + pd.Timedelta(hours=16)], [path[0]]
    for number, date in enumerate(dates[1:]):
        for step in range(steps_per_day + 1):
            times.append(date + pd.Timedelta(hours=9, minutes=30) + step * pd.Timedelta(minutes=minutes))
            values.append(path[number * steps_per_day + step])
    return pd.DataFrame({"price": values}, index=pd.DatetimeIndex(times))


def test_prices_of_a_file_give_the_columns_of_the_same_simulated_path() -> None:
    rng = np.random.default_rng(3)
    path = 100.0 * np.exp(np.concatenate([[0.0], np.cumsum(1e-3 * rng.standard_normal(3 * 390))]))
    spot = path[np.newaxis]
    simulated = days_of(
        [PathBatch(0, {"spot": spot, "twin_spot": spot, "hedged_gamma": 1e5 * np.log(spot)})],
        trading_day(390),
        ImpactLaw(1e-6, multiplicative=True),
    )
    frame = prices_of(path, 390)
    dates = frame.index.normalize().unique()[1:]
    gains = simulated[["feedback_gain", "gex"]].set_index(dates)
    shuffled = frame.sample(frac=1.0, random_state=5)
    found = days_of_prices(shuffled, gains)
    assert found["date"].tolist() == dates.tolist()
    shared = [name for name in simulated.columns if not name.endswith("_twin")]
    pd.testing.assert_frame_equal(found[shared], simulated[shared], check_dtype=False, rtol=1e-9, atol=1e-14)


def test_nights_count_in_the_days_return_and_not_in_its_bars() -> None:
    times = pd.to_datetime(
        ["2024-01-02 16:00", "2024-01-03 09:30", "2024-01-03 12:30", "2024-01-03 15:30", "2024-01-03 16:00"]
    )
    days = days_of_prices(pd.DataFrame({"p": [100.0, 105.0, 105.0, 110.0, 99.0]}, index=times), bar_minutes=30)
    row = days.iloc[0]
    assert row["rest_return_hedged"] == pytest.approx(math.log(1.1))
    assert row["last_return_hedged"] == pytest.approx(math.log(0.9))
    assert row["log_return_hedged"] == pytest.approx(math.log(0.99))
    assert row["variance_hedged"] == pytest.approx(math.log(110 / 105) ** 2 + math.log(0.9) ** 2)
    assert row["products_hedged"] == pytest.approx(math.log(110 / 105) * math.log(0.9))
    assert math.isnan(row["feedback_gain"])


def test_a_shorter_session_ends_when_it_ends_and_one_price_is_no_half_hour() -> None:
    times = pd.to_datetime(
        ["2024-01-02 16:00", "2024-01-03 09:30", "2024-01-03 12:30", "2024-01-03 13:00", "2024-01-04 16:00"]
    )
    days = days_of_prices(pd.DataFrame({"p": [100.0, 101.0, 102.0, 103.0, 104.0]}, index=times))
    assert days.loc[0, "last_return_hedged"] == pytest.approx(math.log(103 / 102))
    assert math.isnan(days.loc[1, "last_return_hedged"])
    assert days.loc[1, "log_return_hedged"] == pytest.approx(math.log(104 / 103))
    assert days.loc[1, "variance_hedged"] == 0.0


@pytest.mark.parametrize(
    ("frame", "match"),
    [
        (pd.DataFrame({"p": [1.0]}), "index must be times"),
        (pd.DataFrame({"p": [1.0], "q": [1.0]}, index=pd.to_datetime(["2024-01-02"])), "one column"),
        (pd.DataFrame({"p": [1.0, -1.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"])), "positive"),
        (pd.DataFrame({"p": [1.0, 2.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-02"])), "twice"),
        (pd.DataFrame({"p": [1.0]}, index=pd.to_datetime(["2024-01-02"])), "close before"),
    ],
)
def test_frames_that_are_no_prices_are_refused_with_a_remedy(frame: pd.DataFrame, match: str) -> None:
    with pytest.raises(InputError, match=match) as error:
        days_of_prices(frame)
    assert error.value.remedy


def test_gains_without_a_gain_are_refused() -> None:
    frame = pd.DataFrame({"p": [1.0, 2.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    with pytest.raises(InputError, match="no gain"):
        days_of_prices(frame, pd.DataFrame({"oi": [1.0]}, index=["2024-01-03"]))
    known = days_of_prices(frame, pd.DataFrame({"gex": [5e9]}, index=["2024-01-03"]))
    assert known.loc[0, "gex"] == 5e9
    assert math.isnan(known.loc[0, "damping"])
