"""Leveraged funds that re-balance at the close carry the day's move further: r = r_0 / (1 - g)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding
from simhedge.canon.street import KYLE_LAMBDA, SIMULTANEOUS, SPOT, bachelier, end_points, one_street
from simhedge.kernels.layout import LANES

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort

ID = "end_of_day_feedback"
TITLE = "End-of-day re-balancing: r_0 / (1 - g), 5 February 2018"
SOURCE = "Cheng and Madhavan (2009), Journal of Investment Management 7(4); moves of 5 February 2018 from the press"
SETUP = (
    "Funds of leverage L with assets A buy L (L - 1) A r after a return r, whatever the sign of L: they are short "
    "gamma, kappa = -g. In one step the price moves by r_0 without them and by r with them. On 5 February 2018 near "
    "VIX futures rose by about 96%; g is what that takes if news alone was worth r_0 = 33% or 20%."
)
MOVE = 0.96  # r
NEWS = {0.33: (0.656, 0.0005), 0.20: (0.79, 0.005)}  # r_0: g as computed in the canon, half its last digit
LEVERAGE = -1.0  # an inverse fund, as those of that day; any other with the same L (L - 1) A does the same
QUIET = 1e-9  # $, standard deviation of news beside the move
SEED = 840


def rebalancing(leverage: float, assets: float, move: float) -> float:
    """$ that a fund must buy at the close after the return `move`."""
    return leverage * (leverage - 1.0) * assets * move


def gain_for(news: float, move: float) -> float:
    """g that carries a return `news` to `move`."""
    return 1.0 - news / move


def amplified(news: float, gain: float) -> float:
    """The return with re-balancing; grows without bound as g tends to 1."""
    return news / (1.0 - gain)


def check(effort: Effort) -> Finding:
    """Two cells for each r_0: the return that the engine makes of it, and g read off that return."""
    cells = []
    for news, (printed, precision) in NEWS.items():
        gain = gain_for(news, MOVE)
        alone, together = _moves(news, gain, effort)
        name = f"{ID}.news_{news:g}"
        cells.append(Cell(f"{name}.move", SOURCE, "C", amplified(news, gain), together))
        cells.append(Cell(f"{name}.gain", SOURCE, "C", printed, 1.0 - alone / together, precision=precision))
    return Finding(cells)


def _moves(news: float, gain: float, effort: Effort) -> tuple[float, float]:
    """Returns of the one step without and with re-balancing: those of every path, since nothing is random."""
    market = {
        "spot": SPOT,
        "fundamental": bachelier(QUIET, 1, news * SPOT),
        "impact": {"type": "kyle", "kyle_lambda": KYLE_LAMBDA},
        "clearing": SIMULTANEOUS,
    }
    assets = gain * SPOT * SPOT / KYLE_LAMBDA / (LEVERAGE * (LEVERAGE - 1.0))  # g = lambda L (L - 1) A / S_0^2
    short_gamma = rebalancing(LEVERAGE, assets, 1.0) / (SPOT * SPOT)  # shares per $
    scenario = one_street([{"kind": "constant_gamma", "gamma": -short_gamma}], market, seed=SEED)
    points = end_points(scenario, ("twin_spot", "spot"), effort, LANES)
    alone, together = (float(points[name][0, 1]) / SPOT - 1.0 for name in ("twin_spot", "spot"))
    return alone, together
