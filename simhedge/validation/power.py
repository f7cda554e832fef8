"""Power of tests on market prices: how many sessions it takes to see what dealers' hedging does, where no twin exists.

Nobody has a twin of the market, so a researcher compares sessions with sessions, by the dealers' gamma that is
assumed. Four such tests are run on simulated days whose gain is known and varies from day to day around zero, see
`power_sessions`; how large the effect is in each is then known, and how often a sample of sessions shows it.
Errors are robust, and yet slopes of the last half hour reject too often below a few hundred sessions: their regressor
has heavy tails, and where signs are wrong the residual grows with it.
What it cannot say: in the market gamma falls when volatility rises, which makes a slope of its own; here a day's
volatility and its gamma are independent, so that power is what a researcher has who has taken that out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from simhedge.errors import InputError
from simhedge.kernels.layout import SIMULTANEOUS
from simhedge.validation.estimate import TWO_SIDED_95
from simhedge.validation.level_tests import LEAST_COUNT
from simhedge.validation.power_draws import rejections
from simhedge.validation.power_sessions import Design, Sessions, Stage, largest_gain, simulated_sessions, stage
from simhedge.validation.power_theory import (
    TEST_NAMES,
    WANTED,
    WORDS,
    Effect,
    TestName,
    closed_form,
    effect_of,
    predicted_effect,
    sessions_needed,
)
from simhedge.validation.records import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from simhedge.scenario import Scenario

    Progress = Callable[[int, int, str], None]

GAINS = (0.01, 0.02, 0.05, 0.1, 0.2)
SESSIONS = (20, 50, 100, 200, 500, 1000, 2000, 5000)
SIGN_ERRORS = (0.0, 0.1, 0.25, 0.4)
SAMPLES = (
    (31, "a study of 31 sessions"),
    (2930, "days of short gamma in Baltussen, Da, Lammers and Martens (2021), Journal of Financial Economics 142:377"),
)


class Power(NamedTuple):
    """Power of each test; `feedback_gain` is the standard deviation of kappa over sessions, 0: no feedback, the size.

    `volatility_spread` is the standard deviation of the log of a session's volatility, 0: all the same.

    `curves`: test, volatility_spread, feedback_gain, sign_error (share of sessions whose sign is assumed wrong),
    sessions; `power`, the share of samples that reject at 5%, `power_se` (binomial); `closed_form` from effect and
    residual variance, with the interval `closed_form_low`, `closed_form_high` (95%) that the pool of days leaves; NaN
    where touches are too few for the normal law.
    `effects`: test, volatility_spread, feedback_gain; `effect` per standard deviation of gamma, `effect_se`,
    `predicted` (NaN: theory gives none), `per_session`: effect over the noise of one session.
    `needed`: test, volatility_spread, feedback_gain, sign_error; `sessions` for a power of 80%, `low`, `high` (95%).
    `samples`: sessions, source: sizes of samples in the literature.
    `method`: how it was made, in words and numbers.
    """

    curves: pd.DataFrame
    effects: pd.DataFrame
    needed: pd.DataFrame
    samples: pd.DataFrame
    method: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The document: a list of records for each table; what is not finite is None."""
        tables = {name: records(getattr(self, name)) for name in ("curves", "effects", "needed", "samples")}
        return {**tables, "method": self.method}


def power(
    scenario: Scenario,
    gains: Sequence[float] = GAINS,
    sessions: Sequence[int] = SESSIONS,
    sign_errors: Sequence[float] = SIGN_ERRORS,
    *,
    design: Design = Design(),  # noqa: B008 - a frozen tuple
    threads: int | None = None,
    progress: Progress | None = None,
) -> Power:
    """Power of every test at every gain, number of sessions and share of wrong signs; its size at gain 0.

    From the scenario come price, news, steps of a day, clearing and what counts as a touch; its books are replaced by
    those of the designs. Draws depend on the scenario's seed alone.
    """
    _check(gains, sessions, sign_errors, design)
    on, grid = stage(scenario, design, threads), Grid(sorted(set(sessions)), sorted(set(sign_errors)))
    parts = []
    for number, gain in enumerate((0.0, *sorted(set(gains)))):
        pool = simulated_sessions(on, gain)
        for spread in sorted({0.0, design.volatility_spread}):
            days = pool if spread else _same_volatility(pool)
            parts.append(_tables(on, days, (spread, gain), grid, 2 * number + bool(spread)))
        if progress is not None:
            progress(number + 1, 1 + len(set(gains)), "power")
    curves, effects, needed = (_by_test(pd.concat(tables)) for tables in zip(*parts, strict=True))
    samples = pd.DataFrame(SAMPLES, columns=["sessions", "source"])
    return Power(curves, effects, needed, samples, _method(on))


class Grid(NamedTuple):
    """Numbers of sessions, and shares of wrong signs, ascending."""

    sessions: list[int]
    sign_errors: list[float]


def _check(gains: Sequence[float], sessions: Sequence[int], sign_errors: Sequence[float], design: Design) -> None:
    top = largest_gain(design)
    checks = (
        ("gains", gains, all(0.0 < gain <= top for gain in gains), f"standard deviations of kappa, up to {top:.2g}"),
        ("sessions", sessions, len(sessions) > 0 and min(sessions) > 3, "whole numbers from 4 on"),
        ("sign_errors", sign_errors, all(0.0 <= share <= 1.0 for share in sign_errors), "shares from 0 to 1"),
        ("design.gains", design.gains, design.gains >= 2 and design.gains % 2 == 0, "an even number: half are short"),
        ("design.volatilities", design.volatilities, design.volatilities % 2 == 1, "an odd number: one is the median"),
        ("design.paths", design.paths, design.paths >= 2, "two at least"),
        ("design.draws", design.draws, design.draws >= 1, "one at least"),
    )
    for key, value, fits, remedy in checks:
        if not fits:
            raise InputError("out of range", key=key, value=value, remedy=remedy)


def _same_volatility(pool: Sessions) -> Sessions:
    """The days whose volatility is the median one."""
    middle = pool.log_variance.shape[1] // 2
    chosen = {name: values[..., middle : middle + 1, :] for name, values in pool._asdict().items() if name != "score"}
    return pool._replace(**chosen)


def _tables(
    on: Stage, days: Sessions, place: tuple[float, float], grid: Grid, number: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Curves, effects and needed sessions of one pool of days; `place`: spread of volatility, and of the gain."""
    draws, seed = on.design.draws, [on.plan.scenario.seed, number]
    counts = rejections(days, grid.sessions, grid.sign_errors, draws, seed, on.threads)
    simultaneous = int(on.plan.model["clearing"][0]) == SIMULTANEOUS
    curves, effects, needed = [], [], []
    for k, test in enumerate(TEST_NAMES):
        effect = effect_of(test, days)
        at = {"test": test, "volatility_spread": place[0], "feedback_gain": place[1]}
        predicted = predicted_effect(test, days.score, place[1], simultaneous)
        own = {"effect": effect.value, "effect_se": effect.standard_error, "predicted": predicted}
        effects.append(at | own | {"per_session": effect.per_session()})
        for j, error in enumerate(grid.sign_errors):
            needed.append(at | {"sign_error": error} | _needed(effect, error, test))
            for i, size in enumerate(grid.sessions):
                row = at | {"sign_error": error, "sessions": size} | _observed(int(counts[k, j, i]), draws)
                curves.append(row | _expected(effect, error, size, test))
    return pd.DataFrame(curves), pd.DataFrame(effects), pd.DataFrame(needed)


def _observed(rejected: int, draws: int) -> dict[str, float]:
    """Share of samples rejected and its binomial error, which one sample more of either kind keeps from being 0."""
    share = (rejected + 1.0) / (draws + 2.0)
    return {"power": rejected / draws, "power_se": math.sqrt(share * (1.0 - share) / draws)}


def _reach(effect: Effect, sign_error: float) -> tuple[float, float, float]:
    """|statistic| per root of a session: best estimate, lower and upper end of its 95% interval; from 0 on."""
    best = abs(effect.per_session(sign_error))
    half = TWO_SIDED_95 * effect.standard_error / abs(effect.value) * best if effect.value else 0.0
    return best, max(best - half, 0.0), best + half


def _expected(effect: Effect, sign_error: float, size: int, test: TestName) -> dict[str, float]:
    names = ("closed_form", "closed_form_low", "closed_form_high")
    if effect.events * size < LEAST_COUNT:
        return dict.fromkeys(names, math.nan)
    reaches = _reach(effect, sign_error)
    return {name: closed_form(reach, size, test) for name, reach in zip(names, reaches, strict=True)}


def _needed(effect: Effect, sign_error: float, test: TestName) -> dict[str, float]:
    """Sessions for a power of 80%: best estimate, and its interval, infinite where none at all may be left."""
    best, low, high = _reach(effect, sign_error)
    return {
        "sessions": sessions_needed(best, test),
        "low": sessions_needed(high, test),
        "high": sessions_needed(low, test),
    }


def _method(on: Stage) -> dict[str, Any]:
    """How it was made."""
    design = on.design
    return {
        **design._asdict(),
        "steps_per_day": int(on.plan.model["steps_per_day"][0]),
        "clearing": on.plan.scenario.market.clearing.type,
        "tests": dict(WORDS),
        "level": 0.05,
        "errors": "HC3 (MacKinnon and White 1985), Student's law; of rates binomial, one hold and one break added",
        "feedback_gain": f"normal scores of this standard deviation around zero, {design.gains} values",
        "volatility": f"log-normal, {design.volatilities} values, independent of gain and news",
        "wall": (
            f"calls that expire at the close, {design.wall_distance:g} daily standard deviations above the open, the "
            "gain that at the strike at the open; the placebo is as far below, where there are no options"
        ),
        "last_half_hour": "all dealers hedge the day's move in the last of thirteen half hours, lagged clearing",
        "wanted_power": WANTED,
    }


def _by_test(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order of TEST_NAMES."""
    place = {name: k for k, name in enumerate(TEST_NAMES)}
    return table.sort_values("test", key=lambda column: column.map(place), kind="stable", ignore_index=True)
