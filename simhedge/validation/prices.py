"""Levels against prices as they were: any table of prices and any table of levels, placebo levels as the only null.

History has no twin. What is left to compare with are placebo levels on the same sessions: prices about as far from the
open, where nothing is said to be. They share the session's volatility, so that clustering does not masquerade as an
effect; but they do not share what makes people choose a strike, such as round numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simhedge.errors import InputError
from simhedge.kernels.touches import COLUMNS
from simhedge.validation.days import sorted_prices
from simhedge.validation.episodes import Rules, one_episode, sums_by_path, worlds_of
from simhedge.validation.estimate import paired
from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.moments import moments_of
from simhedge.validation.multiple import holm
from simhedge.validation.placebos import placebo_factors
from simhedge.validation.statistics import STATISTICS, Statistic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS_OF_TESTS = (
    "name", "definition", "statistic", "level", "level_se", "placebo", "placebo_se", "difference", "difference_se",
    "p_value", "p_adjusted", "sessions", "events",
)  # fmt: skip
DAILY_VOL_SESSIONS = 20
FEWEST_SESSIONS = 5
FEWEST_PLACEBOS = 10
PART_REGIMES = "zero_gamma"


class Asked(NamedTuple):
    """The definitions of a test on prices; as the scenario block `validation`, distances in daily standard deviations.

    `daily_vol`: standard deviation of a session's return; None: that of the last 20 closes before each session.
    `horizon_steps`: rows of prices after a touch in which a break counts; None: the rest of the session.
    """

    tolerance: float = 0.1
    break_: float = 0.5
    horizon_steps: int | None = None
    placebos: int = 400
    daily_vol: float | None = None
    leap: float = 5.0
    seed: int = 0


class Session(NamedTuple):
    """One session's prices ($), the reference price that fixes the near side first, and its daily vol in $."""

    date: pd.Timestamp
    prices: Floats
    daily_vol: float


def validate_prices(prices: pd.DataFrame, levels: pd.DataFrame, asked: Asked = Asked()) -> pd.DataFrame:  # noqa: B008
    """Tests of levels on historical prices, one row a level's name, definition and statistic (COLUMNS_OF_TESTS).

    `prices`: index of times, one column of prices in $, several a session; the previous close comes first in each
    session's path, so that a gap through a level is seen. `levels`: columns date and value ($), and if wanted name
    (default "level") and definition; each holds on its date, and must have been known before it. `level` is the
    statistic at the level, `placebo` what its placebo levels on the same sessions say it would be there (see
    `weights_at_level`), `difference` level less placebo, with errors over sessions (delta method, paired). Sessions
    whose daily vol is not known yet, and levels on dates without prices, are left out and counted in `attrs`. Raises
    InputError where nothing is left.
    """
    _check(asked)
    sessions = {session.date: session for session in _sessions(sorted_prices(prices), asked)}
    table = _checked_levels(levels)
    used = table[table["date"].isin(list(sessions))]
    if used.empty:
        remedy = f"dates need prices, and {FEWEST_SESSIONS} sessions before them unless daily_vol is given"
        raise InputError("no level falls on a session with prices", key="levels", value=len(table), remedy=remedy)
    rows: list[dict[str, Any]] = []
    for (name, definition), own in used.groupby(["name", "definition"], sort=False):
        sums = _by_session([(date, _session_sums(sessions[date], value, asked)) for date, value in _pairs(own)])
        rows += [_test(str(name), str(definition), statistic, sums) for statistic in _statistics(str(name))]
    found = pd.DataFrame(rows, columns=list(COLUMNS_OF_TESTS))
    found["p_adjusted"] = holm(found["p_value"].to_list())
    found.attrs = {"levels": len(table), "levels_without_session": len(table) - len(used)}
    return found


def _check(asked: Asked) -> None:
    """Refuse what the block `validation` of a scenario would refuse."""
    vol, horizon = asked.daily_vol, asked.horizon_steps
    checks = (
        ("placebos", asked.placebos, asked.placebos >= FEWEST_PLACEBOS, f"at least {FEWEST_PLACEBOS}"),
        ("tolerance", asked.tolerance, 0.0 < asked.tolerance < math.inf, "a positive number, such as 0.1"),
        ("break_", asked.break_, asked.tolerance < asked.break_ < math.inf, "more than the tolerance"),
        ("leap", asked.leap, 0.0 < asked.leap < math.inf, "a positive number, such as 5"),
        ("horizon_steps", horizon, horizon is None or horizon >= 1, "a whole number from 1 on, or None"),
        ("daily_vol", vol, vol is None or 0.0 < vol < math.inf, "the standard deviation of a day's return, or None"),
    )
    for key, value, fits, remedy in checks:
        if not fits:
            raise InputError("out of range", key=key, value=value, remedy=remedy)


def _pairs(rows: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, float]]:
    return zip(rows["date"], rows["value"].astype(float), strict=True)


def _by_session(sums: list[tuple[pd.Timestamp, Floats]]) -> Floats:
    """Rows (sessions, 2 * columns): what is independent is a session, however many levels of one name it has."""
    total: dict[pd.Timestamp, Floats] = {}
    for date, own in sums:
        total[date] = total[date] + own if date in total else own
    return np.array(list(total.values()))


def _statistics(name: str) -> list[Statistic]:
    """Those that need no unit of their own; sides are compared where the name says that the level parts regimes."""
    families = {"any", "side"} if name == PART_REGIMES else {"any"}
    return [s for s in STATISTICS if s.family in families and s.name != "pin_rate"]


def _session_sums(session: Session, level: float, asked: Asked) -> Floats:
    """Sums at the level, then those that its placebo levels say, (2 * columns,); distances in daily vols."""
    vol = session.daily_vol
    scaled = session.prices / vol  # so that sessions of different volatility add up
    steps = scaled.size - 1
    horizon = steps if asked.horizon_steps is None else asked.horizon_steps
    step_vol = 1.0 / math.sqrt(steps)
    rules = Rules(asked.tolerance, asked.break_, asked.leap * step_vol, horizon)
    generator = np.random.default_rng([asked.seed, session.date.value % 2**32])
    factors = np.concatenate([[1.0], placebo_factors(asked.placebos, generator)])
    start = scaled[0]
    at = start + factors * (level / vol - start)
    same = np.broadcast_to(scaled, (at.size, scaled.size))  # one copy of the session for each level
    held = np.broadcast_to(at[:, None], (2, at.size, 1))
    sums = sums_by_path(worlds_of(same, same), held, one_episode(steps), rules, by_side=True)
    half = len(COLUMNS)
    found: Floats = np.concatenate([sums[0, :half], weights_at_level(factors[1:]) @ sums[1:, :half]])
    return found


def weights_at_level(factors: Floats) -> Floats:
    """Weights (draws,) that make of values at placebo levels, at `factors` of the level's distance, that at the level.

    Those of a quadratic fit, taken at 1: statistics curve with distance, so that their mean over placebos on both sides
    is not what nothing in particular would give at the level (Jensen's inequality).
    """
    beside = factors - 1.0
    fit: Floats = np.linalg.pinv(np.stack([np.ones_like(beside), beside, beside * beside], axis=1))
    weights: Floats = fit[0]
    return weights


def _test(name: str, definition: str, statistic: Statistic, sums: Floats) -> dict[str, Any]:
    moments = moments_of(sums)
    found = paired(moments, statistic.columns())
    events = round(min(moments.effective_rows(COLUMNS.index(name)) for name in statistic.needs), 6)
    return {
        "name": name,
        "definition": definition,
        "statistic": statistic.name,
        "level": found.hedged,
        "level_se": found.hedged_se,
        "placebo": found.twin,
        "placebo_se": found.twin_se,
        "difference": found.difference,
        "difference_se": found.difference_se,
        "p_value": found.p_value if events >= LEAST_COUNT and sums.shape[0] >= LEAST_COUNT else math.nan,
        "sessions": sums.shape[0],
        "events": events,
    }


def _sessions(prices: pd.Series[float], asked: Asked) -> Iterator[Session]:
    """Sessions with a close before them and a daily vol known before them."""
    dates = pd.DatetimeIndex(prices.index).normalize()
    firsts = np.flatnonzero(np.append(True, dates[1:] != dates[:-1]))
    parts = np.split(prices.to_numpy(dtype=np.float64), firsts[1:])
    groups = [(dates[int(first)], own) for first, own in zip(firsts, parts, strict=True)]
    closes = np.array([own[-1] for _, own in groups])
    returns = np.diff(np.log(closes))
    for k in range(1, len(groups)):
        date, own = groups[k]
        before = returns[max(0, k - 1 - DAILY_VOL_SESSIONS) : k - 1]
        vol = asked.daily_vol
        if vol is None:
            vol = float(np.sqrt(np.mean(before**2))) if before.size >= FEWEST_SESSIONS else math.nan
        if math.isfinite(vol) and vol > 0.0:
            path = np.concatenate([closes[k - 1 : k], own])
            yield Session(date.tz_localize(None), path, vol * float(closes[k - 1]))


def _checked_levels(levels: pd.DataFrame) -> pd.DataFrame:
    """Columns name, definition, date (midnight), value, in order of date; levels that are no price are refused."""
    missing = {"date", "value"} - set(levels.columns)
    if missing:
        remedy = "columns date and value ($), and name and definition if wanted"
        raise InputError("a column is missing", key="levels", value=sorted(missing)[0], remedy=remedy)
    table = levels.reset_index(drop=True).copy()
    for column, default in (("name", "level"), ("definition", "")):
        given = table[column] if column in table else pd.Series(default, index=table.index)
        table[column] = given.astype(object).where(given.notna(), default).astype(str)
    dates = pd.to_datetime(table["date"], errors="coerce", format="ISO8601")
    values = pd.to_numeric(table["value"], errors="coerce").astype(np.float64)
    _refuse(table["date"], dates.isna(), "levels.date", "a date that is none", "ISO 8601, such as 2024-03-15")
    wrong = ~((values > 0.0) & (values < math.inf)) & table["value"].notna()
    _refuse(table["value"], wrong, "levels.value", "levels must be positive prices", "in $; leave empty where none is")
    table = table.assign(date=dates.dt.tz_localize(None).dt.normalize(), value=values)[values.notna()]
    return table.sort_values("date", kind="stable")


def _refuse(given: pd.Series[Any], wrong: pd.Series[bool], key: str, message: str, remedy: str) -> None:
    """An InputError about the first row that is wrong."""
    if wrong.any():
        row = int(np.argmax(wrong.to_numpy()))
        raise InputError(message, line=row + 1, key=key, value=str(given.iloc[row]), remedy=remedy)
