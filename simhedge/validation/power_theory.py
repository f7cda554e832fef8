"""Effect of one day's gamma in each test, and from it the closed form of power and the sessions that are needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from simhedge.validation.estimate import TWO_SIDED_95

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simhedge.validation.power_sessions import Sessions

    Floats = NDArray[np.float64]

TestName = Literal["realised_variance", "absolute_return", "hold_rate", "last_half_hour"]
TEST_NAMES: tuple[TestName, ...] = get_args(TestName)
WORDS: dict[TestName, str] = {
    "realised_variance": "slope of the log of a session's realised variance on the assumed gamma at its open",
    "absolute_return": "slope of a session's absolute return, over its mean, on the assumed gamma at its open",
    "hold_rate": (
        "hold rate at walls less that at placebo levels, sessions of assumed long gamma less those of assumed short"
    ),
    "last_half_hour": "slope of the last half hour's return on the assumed gamma times the return before it",
}
LEAST_SESSIONS, MOST_SESSIONS = 4.0, 1e9
LARGE = 300  # degrees of freedom from which Student's law is the normal one
QUANTILES = 200  # of the chi squared law; SciPy's noncentral t is NaN far out
WANTED = 0.8


class Slope(NamedTuple):
    """Regressor at the right sign, and response, of days: both (gains, volatilities, paths)."""

    x: Floats
    y: Floats


class Effect(NamedTuple):
    """What one standard deviation of gamma does: `value` with the error that the finite pool of days leaves.

    `noise`: of what the test estimates, times the root of the sessions, where a share (1 - c) / 2 of signs is wrong.
    `events`: of a session, in the rarest of the classes that rates are taken of.
    """

    value: float
    standard_error: float
    noise: Callable[[float], float]
    events: float = math.inf

    def per_session(self, sign_error: float = 0.0) -> float:
        """The test statistic's mean over the root of the number of sessions, where a share of signs is wrong."""
        kept = 1.0 - 2.0 * sign_error
        return kept * self.value / self.noise(kept)


def slope_of(test: TestName, days: Sessions) -> Slope:
    """What the test regresses on what."""
    score = np.broadcast_to(days.score[:, None, None], days.log_variance.shape)
    if test == "last_half_hour":
        return Slope(score * days.rest, days.last)
    if test == "absolute_return":
        return Slope(score, days.absolute_return / days.absolute_return.mean())
    return Slope(score, days.log_variance)


def effect_of(test: TestName, days: Sessions) -> Effect:
    """The effect in a pool of days; slopes per standard deviation of gamma, or a difference of rates."""
    return _effect_on_holds(days) if test == "hold_rate" else _effect_on_slope(slope_of(test, days))


def _effect_on_slope(own: Slope) -> Effect:
    x, y = own.x - own.x.mean(), own.y - own.y.mean()
    spread = float(np.mean(x * x))
    slope = float(np.mean(x * y)) / spread
    by_path = np.mean(x * (y - slope * x), axis=(0, 1)) / spread
    squares, cubes, fourths = (float(np.mean(values)) for values in (x * x * y * y, x**3 * y, x**4))

    def noise(kept: float) -> float:
        residual = squares - 2.0 * kept**2 * slope * cubes + kept**2 * slope**2 * fourths
        return math.sqrt(residual) / spread

    return Effect(slope, _error(by_path), noise)


def _effect_on_holds(days: Sessions) -> Effect:
    long = days.score > 0.0
    # (level, long or short, paths): numbers of touches and holds over gains and volatilities
    touched, held = (
        np.stack([values[:, group].sum(axis=(1, 2)) for group in (long, ~long)], axis=1)
        for values in (days.touched, days.held)
    )
    signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
    rates = held.sum(axis=2) / touched.sum(axis=2)
    shares = (held - rates[:, :, None] * touched) / touched.mean(axis=2)[:, :, None]
    by_path = np.einsum("lg,lgp->p", signs, shares)
    days_each = days.touched.shape[1] * days.touched.shape[2]  # of each path
    touches, holds = touched.mean(axis=2) / days_each, held.mean(axis=2) / days_each

    def noise(kept: float) -> float:
        """Error of the difference of differences, with groups mixed as wrong signs mix them; times root(sessions)."""
        right, wrong = 0.5 * (1.0 + kept), 0.5 * (1.0 - kept)
        mixed_touches = right * touches + wrong * touches[:, ::-1]
        mixed = (right * holds + wrong * holds[:, ::-1]) / mixed_touches
        return math.sqrt(float(np.sum(mixed * (1.0 - mixed) / mixed_touches)))

    return Effect(float(np.sum(signs * rates)), _error(by_path), noise, float(touches.min()))


def _error(by_path: Floats) -> float:
    return float(np.std(by_path, ddof=1) / math.sqrt(by_path.size))


def closed_form(per_session: float, sessions: float, test: TestName) -> float:
    """P(reject at 5%), two-sided: Student's law with sessions - 2 degrees of freedom for slopes, normal for rates."""
    from scipy.stats import chi2, norm, t

    shift, freedom = abs(per_session) * math.sqrt(sessions), sessions - 2.0
    if test == "hold_rate" or freedom > LARGE:
        return float(norm.sf(TWO_SIDED_95 - shift) + norm.cdf(-TWO_SIDED_95 - shift))
    critical = float(t.ppf(0.975, freedom))
    # (normal + shift) / root(chi squared / freedom) beyond the critical value, over quantiles of the denominator
    scale = critical * np.sqrt(chi2.ppf((np.arange(QUANTILES) + 0.5) / QUANTILES, freedom) / freedom)
    return float(np.mean(norm.sf(scale - shift) + norm.cdf(-scale - shift)))


def sessions_needed(per_session: float, test: TestName) -> float:
    """Sessions at which the closed form is 80%; 4 where fewer would do, infinite beyond a billion."""
    from scipy.optimize import brentq

    def missing(log_sessions: float) -> float:
        return closed_form(per_session, math.exp(log_sessions), test) - WANTED

    if closed_form(per_session, LEAST_SESSIONS, test) >= WANTED:
        return LEAST_SESSIONS
    if closed_form(per_session, MOST_SESSIONS, test) < WANTED:
        return math.inf
    return math.exp(float(brentq(missing, math.log(LEAST_SESSIONS), math.log(MOST_SESSIONS), xtol=1e-6)))


def predicted_effect(test: TestName, score: Floats, feedback_gain: float, simultaneous: bool) -> float:
    """The effect that theory gives at these scores; NaN for hold rates, and for volatility where orders lag.

    Under simultaneous clearing volatility is proportional to 1 / (1 + kappa); in the design of the last half hour its
    return is news less kappa times the return before.
    """
    if test == "last_half_hour":
        return -feedback_gain
    if test == "hold_rate" or not simultaneous:
        return math.nan
    gain = feedback_gain * score
    response = -2.0 * np.log1p(gain) if test == "realised_variance" else 1.0 / (1.0 + gain)
    scale = 1.0 if test == "realised_variance" else float(response.mean())
    return float(np.mean(score * response) / scale)
