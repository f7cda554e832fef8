"""Markets that fail when hedgers' options are large and the book is thin (Buis et al. 2024): the shape of Table 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.street import SPOT, STEP_NEWS, constant_gain
from simhedge.simulation.path_batches import path_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "order_book_failure"
TITLE = "Market failure by hedgers' position and thinness of the book: the shape"
SOURCE = "Buis, Pieterse-Bloem, Verschoor and Zwinkels (2024), J. Economic Dynamics and Control 164:104880, Table 1"
SETUP = (
    "Their market is an order book which fails when one side of it is empty; this model has none. Here a path fails "
    "when its price is 20 standard deviations of the news away. kappa is proportional to the position, and to how "
    "thin the book is: -1 where half of their runs fail with hedgers short (for zeta, in the first row, and in "
    "proportion to zeta in the others). Lagged hedging of half of the gap. Only the shape of the table is compared, "
    "not its rates."
)
POSITIONS = (-80, -60, -40, -20, 0, 20, 40, 60, 80)
ZETA_ROWS: dict[float, tuple[int, ...]] = {  # decay of the book: % of runs that fail, by position
    0.075: (50, 15, 0, 0, 0, 0, 0, 0, 0),
    0.10: (70, 40, 5, 0, 0, 0, 0, 0, 0),
    0.125: (80, 80, 25, 5, 0, 0, 0, 0, 0),
    0.15: (100, 100, 50, 15, 0, 0, 0, 0, 5),
    0.175: (100, 100, 85, 35, 10, 5, 0, 0, 0),
}
SPREAD_ROWS: dict[float, tuple[int, ...]] = {  # mean of the limit orders' spread, mu_p
    -0.25: (90, 75, 20, 0, 0, 0, 0, 0, 0),
    -0.30: (100, 100, 95, 20, 0, 10, 40, 30, 30),
    -0.35: (100, 100, 100, 90, 5, 75, 85, 75, 75),
}
THINNEST = -0.35
THETA, BAND = 0.5, 20.0  # share of the gap; standard deviations of the run's news
PATHS, STEPS, SEED = 512, 200, 660
THINNEST_EXPLANATION = (
    "Hedgers who are long gamma overshoot where kappa > 2 / theta - 1 = 3: all but the smallest long position. Theirs "
    "fail at that one too, at kappa = 1.9, though in the row above 2.9 is not enough: the limit itself falls as the "
    "spread widens. Expected is the share beyond ours."
)


def overshoot_limit(theta: float) -> float:
    """kappa beyond which hedgers who are long gamma overshoot ever further."""
    return 2.0 / theta - 1.0


def boundary(shares: Floats) -> float:
    """Short position at which the share of failures (9,), in %, falls through one half on the way to 0."""
    for k in range(POSITIONS.index(0)):
        if shares[k] >= 50.0 > shares[k + 1]:
            part = (shares[k] - 50.0) / (shares[k] - shares[k + 1])
            return float(POSITIONS[k] + part * (POSITIONS[k + 1] - POSITIONS[k]))
    return math.nan


def boundary_order(table: Mapping[float, Floats]) -> float:
    """Rank correlation of a row's parameter and its boundary: 1 if thinner books fail at ever smaller positions."""
    from scipy.stats import spearmanr

    return float(spearmanr(list(table), [boundary(shares) for shares in table.values()]).statistic)


def short_fails_first(table: Mapping[float, Floats]) -> float:
    """Share of rows and sizes at which the short position fails at least as often as the long one."""
    return float(np.mean([shares[:4] >= shares[:4:-1] for shares in table.values()]))


def least_failing(shares: Floats) -> int:
    """Which of the nine positions, counted from 1, fails least; of several the smallest position."""
    least = np.flatnonzero(shares == shares.min())
    return int(least[np.abs(least - POSITIONS.index(0)).argmin()]) + 1


def long_failing(*rows: Floats) -> float:
    """Share of long positions, over rows, at which most runs fail."""
    return float(np.mean([shares[5:] >= 50.0 for shares in rows]))


def check(effort: Effort) -> Finding:
    """Five cells, each a number for a shape of the table; they have no sampling error to speak of."""
    zeta = {row: np.array(shares, dtype=np.float64) for row, shares in ZETA_ROWS.items()}
    spread = {row: np.array(shares, dtype=np.float64) for row, shares in SPREAD_ROWS.items()}
    first = min(zeta)
    zeta_gain = {row: row / first * _gain_of_largest(zeta[first]) for row in zeta}
    our_zeta = {row: _failures(gain, effort) for row, gain in zeta_gain.items()}
    our_spread = {row: _failures(_gain_of_largest(shares), effort) for row, shares in spread.items()}
    theirs, ours = zeta | spread, our_zeta | our_spread
    thin, our_thin = theirs.pop(THINNEST), ours.pop(THINNEST)
    rows = [
        ("zeta.boundary_order", boundary_order(zeta), boundary_order(our_zeta)),
        (
            "short_fails_first",
            short_fails_first(theirs | {THINNEST: thin}),
            short_fails_first(ours | {THINNEST: our_thin}),
        ),
        ("long_surviving", 1.0 - long_failing(*theirs.values()), 1.0 - long_failing(*ours.values())),
        ("thinnest.least_failing", least_failing(thin), least_failing(our_thin)),
    ]
    cells = [Cell(f"{ID}.{name}", SOURCE, "P", published, observed) for name, published, observed in rows]
    cells.append(_thinnest(thin, our_thin))
    return Finding(cells, [_panel("Decay of the book", zeta, our_zeta), _panel("Spread", spread, our_spread)])


def _thinnest(theirs: Floats, ours: Floats) -> Cell:
    """The one row in which hedgers who are long gamma fail."""
    gains = [_gain_of_largest(theirs) * position / max(POSITIONS) for position in POSITIONS if position > 0]
    expected = float(np.mean([gain > overshoot_limit(THETA) for gain in gains]))
    return Cell(
        f"{ID}.thinnest.long_failing",
        SOURCE,
        "P",
        long_failing(theirs),
        long_failing(ours),
        expected=expected,
        explanation=THINNEST_EXPLANATION,
    )


def _gain_of_largest(shares: Floats) -> float:
    """kappa of the largest position, such that it is -1 where half of the runs with short hedgers fail."""
    return -max(POSITIONS) / boundary(shares)


def _failures(gain_of_largest: float, effort: Effort) -> Floats:
    """% of paths that fail, by position (9,); a path that left every bound has failed."""
    limit = BAND * STEP_NEWS * math.sqrt(STEPS)
    shares = []
    for position in POSITIONS:
        kappa = gain_of_largest * position / max(POSITIONS)
        clearing = {"type": "lagged", "participation": THETA}
        scenario = constant_gain(kappa, clearing, seed=SEED, steps=STEPS)
        batches = path_batches(scenario, ("spot",), paths=effort.paths(PATHS), threads=effort.threads)
        failed = [~(np.abs(batch.series["spot"] - SPOT) < limit).all(axis=1) for batch in batches]
        shares.append(100.0 * float(np.concatenate(failed).mean()))
    return np.array(shares)


def _panel(title: str, theirs: Mapping[float, Floats], ours: Mapping[float, Floats]) -> Panel:
    at = np.array(POSITIONS, dtype=np.float64)
    lines = []
    for row, shares in theirs.items():
        lines += [Line(f"{row:g}, Table 1", at, shares, "published"), Line(f"{row:g}", at, ours[row], "ours")]
    return Panel(title, "hedgers' position", "failures, %", lines)
