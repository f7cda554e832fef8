"""Hedging error of one step: the law of (z^2 - 1) / 2, most days a small loss for who is long gamma."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, dealer, without_impact
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare
from simhedge.simulation.surfaces import book_values
from simhedge.validation.estimate import Estimate, estimate
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "boyle_emanuel"
TITLE = "One day's hedging error: variance, skewness, kurtosis, and how often long gamma loses"
SOURCE = "Boyle and Emanuel (1980), Journal of Financial Economics 8:259"
SETUP = (
    "A dealer long one call of a year to expiry, at the money, hedges at the end of each of ten days; no impact. The "
    "day's profit is the change of option value, hedge and cash, over Gamma S^2 sigma^2 dt at the day's start; to "
    "leading order it is (z^2 - 1) / 2 with z normal. That errors of successive days are not correlated is stated as "
    "variance of two days over twice that of one."
)
PATHS = 600_000
VOLATILITY, SPOT = 0.2, 100.0
DAYS, EXPIRY_DAYS = 10, 252
EXPLANATION = (
    "A day is 1/252 of the option's life, and terms beyond the leading one count. Expected: the law's number times "
    "that of a day over that of a vanishing step, both by quadrature."
)
Z_GRID = np.linspace(-9.0, 9.0, 3601)
Z_WEIGHTS = norm.pdf(Z_GRID) * (Z_GRID[1] - Z_GRID[0])
EDGES = np.linspace(-0.6, 3.0, 73)


def moments_of_one_step() -> dict[str, float]:
    """Variance, skewness, kurtosis of (z^2 - 1) / 2, and its probability to be negative, P(abs(z) < 1)."""
    return {
        "variance": 0.5,
        "skewness": 2.0 * math.sqrt(2.0),
        "kurtosis": 15.0,
        "probability_of_loss": float(norm.cdf(1.0) - norm.cdf(-1.0)),
        "two_days_over_one": 1.0,
    }


def effect_of_a_day() -> dict[str, float]:
    """What these numbers are for a step of one day, over what they are for a vanishing step; both by quadrature."""
    vanishing, of_a_day = numbers_of(quadrature(0.5 * (Z_GRID**2 - 1.0))), numbers_of(powers_of_a_day())
    return {name: of_a_day[name] / vanishing[name] for name in vanishing} | {"two_days_over_one": 1.0}


def powers_of_a_day() -> Floats:
    """`quadrature` for a step of one day, averaged over days and prices of the run."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    step = VOLATILITY / math.sqrt(252.0)
    means = np.zeros(5)
    for day in range(DAYS):
        spots = SPOT * np.exp(step * math.sqrt(day) * nodes - 0.5 * step**2 * day)
        for spot, weight in zip(spots, weights / weights.sum(), strict=True):
            means += weight / DAYS * quadrature(error_of_a_day(float(spot), EXPIRY_DAYS - day))
    return means


def quadrature(error: Floats) -> Floats:
    """Means (5,) of the powers 1 to 4 of an error given at Z_GRID, and the probability that it is negative."""
    inside = np.flatnonzero(error < 0.0)  # one interval, since the error is convex in z
    left, right = inside[0] - 1, inside[-1] + 1
    low = np.interp(0.0, -error[left : left + 2], Z_GRID[left : left + 2])
    high = np.interp(0.0, error[right - 1 : right + 1], Z_GRID[right - 1 : right + 1])
    powers = [float(Z_WEIGHTS @ error**k) for k in (1, 2, 3, 4)]
    return np.array([*powers, norm.cdf(high) - norm.cdf(low)])


def numbers_of(means: Floats) -> dict[str, float]:
    """Variance, skewness, kurtosis and probability of a loss from `quadrature`, the mean being 0."""
    _, second, third, fourth, loss = means.tolist()
    skewness, kurtosis = third / second**1.5, fourth / second**2
    return {"variance": second, "skewness": skewness, "kurtosis": kurtosis, "probability_of_loss": loss}


def error_of_a_day(spot: float, days_left: int) -> Floats:
    """The day's profit over Gamma S^2 sigma^2 dt, from the price `spot` in $, at normals Z_GRID."""
    step = VOLATILITY / math.sqrt(252.0)
    after = spot * np.exp(step * Z_GRID - 0.5 * step**2)
    before_vol, after_vol = step * math.sqrt(days_left), step * math.sqrt(days_left - 1)
    d1 = math.log(spot / SPOT) / before_vol + 0.5 * before_vol
    before = spot * norm.cdf(d1) - SPOT * norm.cdf(d1 - before_vol)
    d1_after = np.log(after / SPOT) / after_vol + 0.5 * after_vol
    value = after * norm.cdf(d1_after) - SPOT * norm.cdf(d1_after - after_vol)
    gamma = norm.pdf(d1) / (spot * before_vol)
    error: Floats = (value - before - norm.cdf(d1) * (after - spot)) / (gamma * spot**2 * step**2)
    return error


def density_of_one_step(error: Floats) -> Floats:
    """Density of (z^2 - 1) / 2 at `error` (n,), above -1/2."""
    z = np.sqrt(2.0 * error + 1.0)
    density: Floats = 2.0 * norm.pdf(z) / z
    return density


def daily_errors(effort: Effort) -> Iterator[Floats]:
    """Day's profit over Gamma S^2 sigma^2 dt, batches of (paths, days)."""
    market = OptionMarket(SPOT, VOLATILITY, DAYS, 1, 252.0)
    books = {"option": [call(SPOT, EXPIRY_DAYS, 1.0, VOLATILITY)]}
    plan = prepare(without_impact(market, books, [dealer("long", {"type": "continuous"})], 201))
    series = ("spot", "net_gamma", "hedge", "cash")
    wanted = effort.paths(PATHS)
    for batch in path_batches(plan, series, paths=wanted, threads=effort.threads, progress=effort.progress):
        spot, gamma = batch.series["spot"], batch.series["net_gamma"]
        value = np.stack([book_values(spot[:, n], plan.options, 0, n, plan.model) for n in range(DAYS + 1)], axis=1)
        wealth = value + batch.series["cash"][:, :, 0] + batch.series["hedge"][:, :, 0] * spot
        scale = (gamma * spot**2)[:, :-1] * VOLATILITY**2 / 252.0
        yield np.diff(wealth, axis=1) / scale


def path_sums(errors: Floats) -> Floats:
    """Per path of errors (paths, days): means of the first four powers, share of losses, mean squared sum of two days.

    The mean over days counts every day once, so that what is independent is the row, a path.
    """
    powers = [(errors**k).mean(axis=1) for k in (1, 2, 3, 4)]
    losses = (errors < 0.0).mean(axis=1)
    two_days = ((errors[:, :-1] + errors[:, 1:]) ** 2).mean(axis=1)
    return np.stack([*powers, losses, two_days], axis=1)


def estimates(moments: Moments) -> dict[str, Estimate]:
    """The numbers of `moments_of_one_step` from `path_sums`, with the mean known to be 0: powers are about it."""
    return {
        "variance": estimate(moments, {1: 1.0}),
        "skewness": estimate(moments, {2: 1.0, 1: -1.5}),
        "kurtosis": estimate(moments, {3: 1.0, 1: -2.0}),
        "probability_of_loss": estimate(moments, {4: 1.0}),
        "two_days_over_one": estimate(moments, {5: 1.0, 1: -1.0}, 0.5),
    }


def check(effort: Effort) -> Finding:
    """The measured law of a day's error beside that of (z^2 - 1) / 2."""
    moments, counts, total = Moments(6), np.zeros(EDGES.size - 1), 0
    for errors in daily_errors(effort):
        moments.add(path_sums(errors))
        counts += np.histogram(errors, EDGES)[0]
        total += errors.size
    found, effect = estimates(moments), effect_of_a_day()
    cells = [
        Cell(f"{ID}.{name}", SOURCE, "C", law, *found[name], expected=law * effect[name], explanation=EXPLANATION)
        for name, law in moments_of_one_step().items()
    ]
    return Finding(cells, [_panel(counts / total, total)])


def _panel(share: Floats, total: int) -> Panel:
    """Density of a day's error: `share` of the days (bins,) between EDGES."""
    width, middle = np.diff(EDGES), 0.5 * (EDGES[1:] + EDGES[:-1])
    law = middle[middle > -0.49]
    error = np.sqrt(share * (1.0 - share) / total) / width
    lines = [
        Line("simulated", middle, share / width, "ours", error),
        Line("(z² - 1) / 2", law, density_of_one_step(law), "formula"),
    ]
    return Panel("Profit of a day, long gamma", "profit / (gamma S² σ² dt)", "density", lines, log_y=True)
