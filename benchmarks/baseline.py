"""The same model as a good researcher would write it: vectorised over paths in numpy, scipy.special.ndtr for deltas.

One dealer, options that outlive the run, arithmetic permanent impact, a twin on the same shocks, metrics at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]
ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True)
class Street:
    """A dealer's options as arrays of shape (n,): sign +1 call, -1 put; years to expiry at the start; signed shares."""

    sign: Array
    log_strike: Array
    years: Array
    implied_vol: Array
    shares: Array


@dataclass(frozen=True)
class Setting:
    """Size and constants of one run; `volatility` per sqrt(year), `impact` in $ per share."""

    paths: int
    steps: int
    spot: float
    volatility: float
    impact: float
    year_step: float
    seed: int = 0


def two_hundred_contracts(spot: float, gross_shares: float, seed: int = 1) -> Street:
    """A smile of 200 calls and puts around `spot`, 3 to 250 days out, long and short."""
    draw = np.random.default_rng(seed)
    sign = np.repeat([1.0, -1.0], 100)
    log_strike = np.log(spot) + draw.uniform(-0.1, 0.1, 200)
    years = draw.integers(3, 251, 200) / 252.0
    implied_vol = 0.2 - 0.3 * (log_strike - np.log(spot))
    weights = draw.uniform(0.0, 1.0, 200)
    return Street(sign, log_strike, years, implied_vol, sign * weights / weights.sum() * gross_shares)


class Deltas:
    """Delta and gamma of the whole book at one time, for an array of prices; everything that can be is precomputed."""

    def __init__(self, street: Street, elapsed: float) -> None:
        total_vol = street.implied_vol * np.sqrt(street.years - elapsed)
        self.inverse = 1.0 / total_vol
        self.shift = 0.5 * total_vol - street.log_strike * self.inverse
        self.shares = street.shares
        self.puts = float(street.shares[street.sign < 0].sum())

    def _d1(self, spot: Array) -> Array:
        d1 = np.multiply.outer(np.log(spot), self.inverse)
        d1 += self.shift
        return d1

    def delta(self, spot: Array) -> Array:
        """Shares, shape of `spot`."""
        d1 = self._d1(spot)
        return np.asarray(ndtr(d1, out=d1) @ self.shares) - self.puts

    def delta_gamma(self, spot: Array) -> tuple[Array, Array]:
        """Shares, and shares per $."""
        d1 = self._d1(spot)
        delta = np.asarray(ndtr(d1) @ self.shares) - self.puts
        np.multiply(d1, d1, out=d1)
        d1 *= -0.5
        density = np.exp(d1, out=d1) @ (self.shares * self.inverse)
        return delta, density / (spot * ROOT_TWO_PI)


def cleared(target: Array, spot: Array, deltas: Deltas, impact: float, tolerance: float) -> Array:
    """Prices at which S + impact * delta(S) = target, by Newton from `spot`."""
    for _ in range(20):
        delta, gamma = deltas.delta_gamma(spot)
        excess = spot + impact * delta - target
        if np.abs(excess).max() < tolerance:
            break
        spot = spot - excess / (1.0 + impact * gamma)
    return spot


def simulate(street: Street, setting: Setting, clearing: str) -> dict[str, float]:
    """Metrics of hedged and twin paths; `clearing` is "lagged" or "simultaneous"."""
    draw = np.random.default_rng(setting.seed)
    shape = (setting.steps + 1, setting.paths)
    spots, twins = np.empty(shape), np.empty(shape)
    spots[0] = twins[0] = setting.spot
    spread = setting.volatility * np.sqrt(setting.year_step)
    drift = -0.5 * spread**2
    start = Deltas(street, 0.0).delta(np.array([setting.spot]))[0]
    hedge = np.full(setting.paths, -start)
    turnover = np.zeros(setting.paths)
    for n in range(setting.steps):
        twins[n + 1] = twins[n] * np.exp(drift + spread * draw.standard_normal(setting.paths))
        if clearing == "lagged":
            order = -Deltas(street, n * setting.year_step).delta(spots[n])
            spots[n + 1] = twins[n + 1] + setting.impact * (order + start)
        else:
            deltas = Deltas(street, (n + 1) * setting.year_step)
            target = twins[n + 1] + setting.impact * start
            spots[n + 1] = cleared(target, spots[n], deltas, setting.impact, 1e-10 * setting.spot)
            order = (spots[n + 1] - twins[n + 1]) / setting.impact - start
        turnover += np.abs(order - hedge)
        hedge = order
    hedged = {f"hedged_{name}": value for name, value in metrics(spots, setting).items()}
    twin = {f"twin_{name}": value for name, value in metrics(twins, setting).items()}
    return hedged | twin | {"hedge_turnover": float(turnover.mean())}


def metrics(spots: Array, setting: Setting) -> dict[str, float]:
    """Volatility, autocorrelation, variance ratio, kurtosis, drawdown and run-up of prices (step + 1, path)."""
    level = np.log(spots)
    moves = np.diff(level, axis=0)
    variance = float(np.mean(moves**2))
    five = level[5:] - level[:-5]
    return {
        "realised_vol": float(np.sqrt(variance / setting.year_step)),
        "horizon_vol": float(np.std(level[-1] - level[0]) / np.sqrt(setting.steps * setting.year_step)),
        "autocorrelation_1": float(np.mean(moves[1:] * moves[:-1]) / variance),
        "variance_ratio_5": float(np.mean(five**2) / (5 * variance)),
        "kurtosis": float(np.mean(moves**4) / variance**2 - 3.0),
        "max_drawdown": float(np.mean(1.0 - np.exp((level - np.maximum.accumulate(level)).min(axis=0)))),
        "max_runup": float(np.mean(np.exp((level - np.minimum.accumulate(level)).max(axis=0)) - 1.0)),
    }


def delta_gamma_of_options(
    sign: Array, spot: Array, strike: Array, years: Array, implied_vol: Array
) -> tuple[Array, Array]:
    """Black-Scholes deltas and gammas of n options (zero rates) in numpy and scipy."""
    total_vol = implied_vol * np.sqrt(years)
    d1 = np.log(spot / strike) / total_vol + 0.5 * total_vol
    delta = sign * ndtr(sign * d1)
    gamma = np.exp(-0.5 * d1 * d1) / (ROOT_TWO_PI * spot * total_vol)
    return np.asarray(delta), np.asarray(gamma)


def normals(count: int, seed: int = 0) -> Array:
    """As many standard normals as the path loop uses, from numpy's own Philox."""
    return np.random.Generator(np.random.Philox(seed)).standard_normal(count)
