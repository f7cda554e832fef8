"""One row per path and day: returns, variances and dealers' gain of hedged, twin and historical prices alike.

Every regression of `validation.regressions` reads such a table and nothing else, so that simulated days and those of a
file of prices go through the same estimators. Columns:

| column | meaning |
|---|---|
| path, day | numbers from 0 on; rows are in this order |
| feedback_gain | kappa at the open, positive damps; NaN where nobody knows it |
| previous_gain | kappa at the open of the day before; NaN on the first day |
| damping | volatility of the hedged world over the twin's that kappa predicts, see `damping`; NaN for kappa <= -1 |
| gex | $ that dealers trade against a move of 1% at the open: gamma * S^2 / 100 |
| open, close | $; the open of a simulated day is the close of the day before |
| log_return, rest_return, last_return | of the day, until the last half hour, and of the last half hour |
| variance | sum of squared returns of the day's bars |
| products, lagged_squares, led_squares | sums over neighbouring bars of the day: r_t r_(t-1), r_(t-1)^2, r_t^2 |

From `open` on each column ends in `_hedged` or `_twin`. A `Period` shorter than a day makes rows of that length, which
is what local projections of intraday variance need; the column is called `day` nevertheless.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simhedge.errors import InputError
from simhedge.kernels.layout import MULTIPLICATIVE
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.simulation.plan import Plan, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int, str], None]

SERIES = ("spot", "twin_spot", "hedged_gamma")
WORLDS = {"hedged": "spot", "twin": "twin_spot"}
HALF_HOURS = 13  # of a day of six and a half hours
FIVE_MINUTES = 78
MINUTES_OF_LAST = 30.0


class Period(NamedTuple):
    """Length of a row, of the last half hour in it (0: none), and of a bar, all in recorded points."""

    steps: int
    last: int
    bar: int = 1


class ImpactLaw(NamedTuple):
    """What turns gamma (shares per $) into kappa: lambda ($ per share), or E (1 per share) where multiplicative."""

    coefficient: float
    multiplicative: bool = False

    def gain(self, gamma: Floats, spot: Floats) -> Floats:
        """Kappa, dimensionless, of `gamma` at `spot` ($), any shape."""
        return self.coefficient * gamma * (spot if self.multiplicative else 1.0)

    def damping(self, gain: Floats, spot: Floats, twin_spot: Floats) -> Floats:
        """Volatility of log returns over the twin's: 1/(1 + kappa), times X/S where impact is arithmetic.

        That of simultaneous clearing and continuous hedging; NaN at kappa <= -1, where clearing is not unique.
        """
        scale = 1.0 if self.multiplicative else twin_spot / spot
        return scale / np.where(gain > -1.0, 1.0 + gain, np.nan)


def trading_day(steps_per_day: int) -> Period:
    """A day, its last half hour (a thirteenth of the steps), and five-minute bars where the steps allow them."""
    last = max(1, round(steps_per_day / HALF_HOURS)) if steps_per_day > 1 else 0
    bar = steps_per_day // FIVE_MINUTES if steps_per_day % FIVE_MINUTES == 0 else 1
    return Period(steps_per_day, last, bar)


def impact_law(plan: Plan) -> ImpactLaw:
    """The impact law of a prepared scenario."""
    return ImpactLaw(float(plan.model["impact"][0]), int(plan.model["form"][0]) == MULTIPLICATIVE)


def simulated_days(
    scenario: Scenario | Plan,
    period: Period | None = None,
    *,
    paths: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The days of `paths` simulated paths (default: the scenario's), about 180 bytes each."""
    plan = scenario if isinstance(scenario, Plan) else prepare(scenario)
    wanted = trading_day(int(plan.model["steps_per_day"][0])) if period is None else period
    batches = path_batches(plan, SERIES, paths=paths, threads=threads, progress=progress)
    return days_of(batches, wanted, impact_law(plan))


def days_of(batches: Iterable[PathBatch], period: Period, impact: ImpactLaw) -> pd.DataFrame:
    """The days of batches that hold the series spot, twin_spot and hedged_gamma.

    Paths that diverged in either world are left out; `attrs` of the table counts `paths` and `diverged_paths`.
    """
    parts, paths, diverged = [], 0, 0
    for batch in batches:
        alive = alive_paths(batch)
        parts.append(_columns(batch, alive, period, impact))
        paths += alive.size
        diverged += int(alive.size - alive.sum())
    if not parts:
        raise InputError("there are no paths", key="batches", remedy="simulate at least one")
    table = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    table.attrs = dict(zip(("paths", "diverged_paths", *Period._fields), (paths, diverged, *period), strict=True))
    return table


def alive_paths(batch: PathBatch) -> NDArray[np.bool_]:
    """Paths (paths,) whose prices are finite and positive in both worlds to the end."""
    alive = np.ones(batch.series["spot"].shape[0], dtype=bool)
    for series in WORLDS.values():
        prices = batch.series[series]
        alive &= (np.isfinite(prices) & (prices > 0.0)).all(axis=1)
    return alive


def _columns(batch: PathBatch, alive: NDArray[np.bool_], period: Period, impact: ImpactLaw) -> dict[str, NDArray[Any]]:
    steps = batch.series["spot"].shape[1] - 1
    days = steps // period.steps if period.steps > 0 else 0
    if days * period.steps != steps or period.bar < 1 or period.steps % period.bar or days == 0:
        remedy = f"choose steps that divide {steps}, and bars that divide them"
        raise InputError("rows do not fit the recorded steps", key="period", value=tuple(period), remedy=remedy)
    if not 0 <= period.last < period.steps:
        remedy = "choose fewer steps for the last half hour than for the day"
        raise InputError("the last half hour does not fit the day", key="period.last", value=period.last, remedy=remedy)
    spot = batch.series["spot"][alive]
    gamma = batch.series["hedged_gamma"][alive, : -1 : period.steps]
    at_open = spot[:, : -1 : period.steps]
    gain = impact.gain(gamma, at_open)
    previous = np.full_like(gain, np.nan)
    previous[:, 1:] = gain[:, :-1]
    numbers = batch.first_path + np.flatnonzero(alive)
    columns: dict[str, NDArray[Any]] = {
        "path": np.repeat(numbers, days),
        "day": np.tile(np.arange(days), numbers.size),
        "feedback_gain": gain.ravel(),
        "previous_gain": previous.ravel(),
        "damping": impact.damping(gain, at_open, batch.series["twin_spot"][alive, : -1 : period.steps]).ravel(),
        "gex": (gamma * at_open * at_open * 0.01).ravel(),
    }
    for world, series in WORLDS.items():
        for name, values in _of_world(batch.series[series][alive], period, days).items():
            columns[f"{name}_{world}"] = values.ravel()
    return columns


def _of_world(prices: Floats, period: Period, days: int) -> dict[str, Floats]:
    """Columns (paths, days) of one world's prices (paths, points)."""
    log_prices = np.log(prices)
    opens, closes = log_prices[:, : -1 : period.steps], log_prices[:, period.steps :: period.steps]
    before_last = log_prices[:, period.steps - period.last :: period.steps][:, :days]
    known = 1.0 if period.last else math.nan
    bars = np.diff(log_prices[:, :: period.bar], axis=1).reshape(prices.shape[0], days, -1)
    return {
        "open": prices[:, : -1 : period.steps],
        "close": prices[:, period.steps :: period.steps],
        "log_return": closes - opens,
        "rest_return": (before_last - opens) * known,
        "last_return": (closes - before_last) * known,
        **bar_sums(bars),
    }


def bar_sums(bars: Floats) -> dict[str, Floats]:
    """Sums over the last axis of bar returns (..., bars): variance, products and squares of neighbouring pairs."""
    led, lagged = bars[..., 1:], bars[..., :-1]
    return {
        "variance": np.einsum("...i,...i->...", bars, bars),
        "products": np.einsum("...i,...i->...", led, lagged),
        "lagged_squares": np.einsum("...i,...i->...", lagged, lagged),
        "led_squares": np.einsum("...i,...i->...", led, led),
    }


def days_of_prices(frame: pd.DataFrame, gains: pd.DataFrame | None = None, bar_minutes: float = 5.0) -> pd.DataFrame:
    """The days of intraday prices: index of times, one column of prices in $; columns of the hedged world, and `date`.

    Returns are from close to close, so that the rest of the day holds the night before it; bars are within the day. The
    first date only gives the close that the first return starts from. `gains`, index of dates, gives feedback_gain and
    gex (or one of them) as known at that date's open: a table made after the close is to be shifted by a session.
    """
    prices = sorted_prices(frame)
    groups = list(prices.groupby(pd.DatetimeIndex(prices.index).normalize()))
    rows, dates = [], []
    for (_, before), (date, day) in pairwise(groups):
        rows.append(_historical_row(day, float(before.iloc[-1]), bar_minutes))
        dates.append(date)
    if not rows:
        remedy = "give prices of two dates at least"
        raise InputError("there is no day with a close before it", key="frame", value=len(groups), remedy=remedy)
    measured = pd.DataFrame(rows)
    known = _gains_at(gains, pd.DatetimeIndex(dates))
    table = pd.concat([pd.DataFrame({"path": 0, "day": np.arange(len(rows))}), known, measured], axis=1)
    table["date"] = dates
    table.attrs = {"paths": 1, "diverged_paths": 0}
    return table


def sorted_prices(frame: pd.DataFrame) -> pd.Series[float]:
    """Prices ($) of a one-column frame in the order of their times, without blanks; an InputError for what is none."""
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        remedy = "a DataFrame with one column of prices; of a Series: prices.to_frame()"
        raise InputError("there are no prices", key="frame", value=type(frame).__name__, remedy=remedy)
    if not isinstance(frame.index, pd.DatetimeIndex):
        remedy = "such as pandas.read_csv(file, index_col=0, parse_dates=True)"
        raise InputError("the index must be times", key="frame", value=type(frame.index).__name__, remedy=remedy)
    if frame.shape[1] != 1:
        remedy = "keep the column of prices"
        raise InputError("there must be one column", key="frame", value=list(frame.columns), remedy=remedy)
    prices = pd.to_numeric(frame.iloc[:, 0], errors="coerce").dropna().sort_index()
    if not (np.isfinite(prices) & (prices > 0.0)).all():
        worst = float(prices.min())
        raise InputError("prices must be positive numbers", key=str(frame.columns[0]), value=worst, remedy="in $")
    if prices.index.has_duplicates:
        remedy = "keep one price per time"
        twice = prices.index[prices.index.duplicated()][0]
        raise InputError("a time occurs twice", key="frame", value=twice, remedy=remedy)
    return prices


def _historical_row(day: pd.Series[float], before: float, bar_minutes: float) -> dict[str, float]:
    """Columns of one date's prices, after a close `before` ($)."""
    times = pd.DatetimeIndex(day.index)
    minutes = (times - times[0]).total_seconds().to_numpy() / 60.0
    logs = np.log(day.to_numpy(dtype=np.float64))
    start = math.log(before)
    cut = int(np.searchsorted(minutes, minutes[-1] - MINUTES_OF_LAST, side="right")) - 1
    ends = np.arange(1, math.ceil(round(minutes[-1] / bar_minutes, 9)) + 1) * bar_minutes
    at_ends = logs[np.searchsorted(minutes, ends, side="right") - 1]
    row: dict[str, float] = {
        "open_hedged": before,
        "close_hedged": float(day.iloc[-1]),
        "log_return_hedged": float(logs[-1] - start),
        "rest_return_hedged": float(logs[cut] - start) if cut >= 0 else math.nan,
        "last_return_hedged": float(logs[-1] - logs[cut]) if cut >= 0 else math.nan,
    }
    sums = bar_sums(np.diff(np.concatenate([logs[:1], at_ends])))
    return row | {f"{name}_hedged": float(value) for name, value in sums.items()}


def _gains_at(gains: pd.DataFrame | None, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """feedback_gain, previous_gain, damping and gex of each date, NaN where `gains` does not have it."""
    wanted = ("feedback_gain", "gex")
    if gains is None:
        found = pd.DataFrame(index=dates, columns=list(wanted), dtype=np.float64)
    else:
        if not set(wanted) & set(gains.columns):
            remedy = "name a column feedback_gain or gex"
            raise InputError("there is no gain in it", key="gains", value=list(gains.columns), remedy=remedy)
        at = pd.DatetimeIndex(pd.to_datetime(gains.index))
        if dates.tz is not None and at.tz is None:
            at = at.tz_localize(dates.tz)
        table = gains.set_axis(at.normalize(), axis=0)
        found = table.reindex(index=dates, columns=list(wanted)).astype(np.float64)
    gain = found["feedback_gain"]
    found.insert(1, "previous_gain", gain.shift(1))
    found.insert(2, "damping", 1.0 / (1.0 + gain.where(gain > -1.0)))
    return found.reset_index(drop=True)
