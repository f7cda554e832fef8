"""What becomes of a pin when orders fill a step late, and when many small dealers act one after the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.results.pin_full_feedback import UNIT, expiry_scenario
from simhedge.canon.sample import mean
from simhedge.canon.street import LAGGED, SIMULTANEOUS, SPOT, end_points
from simhedge.validation.estimate import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "pin_clearing"
TITLE = "Lag destroys the pin, many small trades restore it"
SOURCE = "derived and simulated for this canon; the exact law is that of pin_full_feedback"
SETUP = (
    "The set-up of pin_full_feedback at the money. alpha = 2: share of paths that end within a tenth of the news's "
    "standard deviation, for orders that fill one step late, cleared at once, and without dealers. alpha = 1: within "
    "a fiftieth, for 200 rounds a step in which dealers close a hundredth of what they still miss."
)
LAG_ALPHA, LAG_WITHIN, LAG_STEPS, LAG_PATHS = 2.0, 0.1, 78, 614_400
ROUNDS_ALPHA, ROUNDS_WITHIN, ROUNDS_STEPS, ROUNDS_PATHS = 1.0, 0.02, 390, 6_400
ROUNDS: dict[str, Any] = {"type": "asynchronous", "rounds": 200, "participation": 0.01}
ROUNDS_SHARE, ROUNDS_PRECISION, REFERENCE_PATHS = 0.391, 0.0005, 2_048
LEAST_TIME = 1e-300  # at expiry delta is a step
SEED, CHUNK = 530, 25_600
LAG_EXPLANATION = (
    "Reference: the same rule in units of the news, S = X - alpha (Phi(S_old / sqrt(time left)) - 1/2), simulated "
    "outside the engine. It depends on the number of steps: 0.05 to 0.06 for 78 to 1,950 of them."
)
ROUNDS_EXPLANATION = (
    "0.391 was itself simulated, and its error is not recorded. Expected is the same rule in units of the news, "
    "simulated outside the engine."
)


def share_cleared_at_once(alpha: float, within: float) -> float:
    """P(final price within `within` of the strike) under simultaneous clearing, at the money; alpha 0 is no dealer."""
    edge = 0.5 * alpha + within
    return float(ndtr(edge) - ndtr(-edge))


def share_with_lag(alpha: float, within: float, steps: int, paths: int, seed: int) -> Estimate:
    """The same share where each step's order answers the price before: simulated, in units of the news."""
    rng = np.random.default_rng(seed)
    near = [_near_with_lag(alpha, within, steps, min(CHUNK, paths - k), rng) for k in range(0, paths, CHUNK)]
    return mean(np.concatenate(near))


def _near_with_lag(alpha: float, within: float, steps: int, paths: int, rng: np.random.Generator) -> Floats:
    news, price = np.zeros(paths), np.zeros(paths)
    for step in range(steps):
        hedge = -alpha * (ndtr(price / math.sqrt(1.0 - step / steps)) - 0.5)
        news += rng.standard_normal(paths) / math.sqrt(steps)
        price = news + hedge
    return (np.abs(price) < within).astype(np.float64)


def share_with_rounds(alpha: float, within: float, steps: int, paths: int, seed: int) -> Estimate:
    """The share where in each step ROUNDS of trades close a part of the gap: simulated, in units of the news."""
    rng = np.random.default_rng(seed)
    news, hedge, price = np.zeros(paths), np.zeros(paths), np.zeros(paths)
    for step in range(1, steps + 1):
        news += rng.standard_normal(paths) / math.sqrt(steps)
        price = news + hedge
        width = math.sqrt(max(1.0 - step / steps, LEAST_TIME))
        for _ in range(ROUNDS["rounds"]):
            hedge -= ROUNDS["participation"] * (alpha * (ndtr(price / width) - 0.5) + hedge)
            price = news + hedge
    return _less_at_once(price, news, alpha, within)


def _less_at_once(price: Floats, news: Floats, alpha: float, within: float) -> Estimate:
    """Share of prices (n,) within `within` of 0. The same news cleared at once has a known share: a control variate."""
    near, near_at_once = np.abs(price) < within, np.abs(news) < 0.5 * alpha + within
    apart = mean(near.astype(np.float64) - near_at_once)
    return Estimate(apart.value + share_cleared_at_once(alpha, within), apart.standard_error)


def check(effort: Effort) -> Finding:
    """Four cells: lagged, at once and twin at alpha = 2; asynchronous at alpha = 1."""
    lag_paths = effort.paths(LAG_PATHS)
    scenario = expiry_scenario(LAG_ALPHA, 0.0, LAGGED, steps=LAG_STEPS, seed=SEED)
    ends = end_points(scenario, ("spot", "twin_spot"), effort, lag_paths)
    lagged, twin = (_near(ends[name], LAG_WITHIN) for name in ("spot", "twin_spot"))
    at_once = end_points(expiry_scenario(LAG_ALPHA, 0.0, SIMULTANEOUS, seed=SEED + 1), ("spot",), effort, lag_paths)
    reference = share_with_lag(LAG_ALPHA, LAG_WITHIN, LAG_STEPS, lag_paths, SEED + 2)
    ours = mean(lagged)
    lag_error = math.hypot(ours.standard_error, reference.standard_error)
    exact, none = share_cleared_at_once(LAG_ALPHA, LAG_WITHIN), share_cleared_at_once(0.0, LAG_WITHIN)
    cells = [
        Cell(f"{ID}.lagged", SOURCE, "D", reference.value, ours.value, lag_error, explanation=LAG_EXPLANATION),
        Cell(f"{ID}.simultaneous", SOURCE, "D", exact, *mean(_near(at_once["spot"], LAG_WITHIN))),
        Cell(f"{ID}.no_dealer", SOURCE, "D", none, *mean(twin)),
        _rounds_cell(effort),
    ]
    return Finding(cells, [_panel(ends, at_once["spot"])])


def _near(prices: Floats, within: float) -> Floats:
    return (np.abs(prices[:, -1] - SPOT) < within * UNIT).astype(np.float64)


def _rounds_cell(effort: Effort) -> Cell:
    scenario = expiry_scenario(ROUNDS_ALPHA, 0.0, ROUNDS, steps=ROUNDS_STEPS, seed=SEED + 3)
    ends = end_points(scenario, ("spot", "twin_spot"), effort, effort.paths(ROUNDS_PATHS))
    price, news = ((ends[name][:, -1] - SPOT) / UNIT for name in ("spot", "twin_spot"))
    ours = _less_at_once(price, news, ROUNDS_ALPHA, ROUNDS_WITHIN)
    paths = min(REFERENCE_PATHS, effort.paths(ROUNDS_PATHS))
    reference = share_with_rounds(ROUNDS_ALPHA, ROUNDS_WITHIN, ROUNDS_STEPS, paths, SEED + 4)
    return Cell(
        f"{ID}.asynchronous",
        SOURCE,
        "D",
        ROUNDS_SHARE,
        ours.value,
        ours.standard_error,
        ROUNDS_PRECISION,
        reference.value,
        reference.standard_error,
        ROUNDS_EXPLANATION,
    )


def _panel(ends: dict[str, Floats], at_once: Floats) -> Panel:
    edges = np.linspace(-2.5, 2.5, 101)
    middles = 0.5 * (edges[1:] + edges[:-1])

    def line(label: str, prices: Floats, twin: bool = False) -> Line:
        counts = np.histogram((prices[:, -1] - SPOT) / UNIT, edges)[0]
        return Line(label, middles, counts / (prices.shape[0] * np.diff(edges)), "twin" if twin else "ours")

    lines = [line("lagged", ends["spot"]), line("simultaneous", at_once), line("twin", ends["twin_spot"], True)]
    return Panel("Final price at alpha = 2", "distance to strike, sd of the news", "density", lines, log_y=True)
