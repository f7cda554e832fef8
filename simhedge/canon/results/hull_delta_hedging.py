"""Hull's two tables of weekly delta hedging: his prices through our deltas, and the cost by his book-keeping."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.option_market import OptionMarket, call, dealer, without_impact
from simhedge.kernels.options import exact_delta_gamma
from simhedge.simulation.plan import prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "hull_delta_hedging"
TITLE = "Delta hedging week by week, in and out of the money at expiry"
SOURCE = "Hull, Options, Futures, and Other Derivatives, 10th ed., Tables 19.2 and 19.3"
SETUP = (
    "A dealer short 100,000 calls (spot 49, strike 50, rate 5%, volatility 20%, 20 weeks) hedges at 21 printed prices. "
    "Deltas are the engine's at these prices and times; costs are kept as in the tables, where deltas are rounded to "
    "three decimals and purchases and interest to $100 in each week. Nothing is random here. (One edition gives the "
    "second cost as 236,400 and 236,600 in caption and text; the last row of the table itself says 256,600.)"
)
SPOT, STRIKE, RATE, VOLATILITY, WEEKS, SHARES = 49.0, 50.0, 0.05, 0.2, 20, 100_000.0
WEEK = 1.0 / 52.0


class Table(NamedTuple):
    """A printed table: weekly prices in $, deltas per option, the final cost in $ of hedging 100,000."""

    name: str
    prices: tuple[float, ...]
    deltas: tuple[float, ...]
    cost: float


IN_THE_MONEY = Table(
    "table_19_2",
    (49.00, 48.12, 47.37, 50.25, 51.75, 53.12, 53.00, 51.87, 51.38, 53.00, 49.88,
     48.50, 49.88, 50.37, 52.13, 51.88, 52.87, 54.87, 54.62, 55.87, 57.25),
    (0.522, 0.458, 0.400, 0.596, 0.693, 0.774, 0.771, 0.706, 0.674, 0.787, 0.550,
     0.413, 0.542, 0.591, 0.768, 0.759, 0.865, 0.978, 0.990, 1.000, 1.000),
    263_300.0,
)  # fmt: skip
OUT_OF_THE_MONEY = Table(
    "table_19_3",
    (49.00, 49.75, 52.00, 50.00, 48.38, 48.25, 48.75, 49.63, 48.25, 48.25, 51.12,
     51.50, 49.88, 49.88, 48.75, 47.50, 48.00, 46.25, 48.13, 46.63, 48.12),
    (0.522, 0.568, 0.705, 0.579, 0.459, 0.443, 0.475, 0.540, 0.420, 0.410, 0.658,
     0.692, 0.542, 0.538, 0.400, 0.236, 0.261, 0.062, 0.183, 0.007, 0.000),
    256_600.0,
)  # fmt: skip
SHOWN_WEEKS = {"table_19_2": (0, 2, 5, 11, 17), "table_19_3": (2, 9, 14, 17, 18)}
UNROUNDED_COST = 263_241.65  # Table 19.2, computed elsewhere without rounding


def deltas_of_engine(prices: tuple[float, ...]) -> Floats:
    """Delta per option (weeks + 1,) at weekly prices in $, by the code that a run hedges with."""
    market = OptionMarket(SPOT, VOLATILITY, WEEKS, 1, 52.0, RATE)
    books = {"option": [call(STRIKE, WEEKS, SHARES, VOLATILITY)]}
    plan = prepare(without_impact(market, books, [dealer("writer", {"type": "continuous"})], 0))
    alive = [exact_delta_gamma(price, plan.options, 0, week, plan.model)[0] for week, price in enumerate(prices[:-1])]
    return np.array([*(delta / SHARES for delta in alive), float(prices[-1] > STRIKE)])


def cost_as_tabled(prices: tuple[float, ...], deltas: Floats) -> float:
    """Final cost in $: deltas rounded to 0.001, each week's purchase and interest to $100, as the tables print them."""
    thousandths = np.rint(1000.0 * deltas).astype(int)
    owed = 0  # $100
    for price, traded in zip(prices, np.diff(thousandths, prepend=0), strict=True):
        interest = math.floor(owed * math.expm1(RATE * WEEK) + 0.5)
        cents = round(100.0 * price) * int(traded) * round(SHARES / 1000.0)
        owed += interest + (cents + 5000) // 10_000  # halves are rounded up, as the printed tables do
    return 100.0 * owed - STRIKE * SHARES * float(thousandths[-1]) / 1000.0


def cost_unrounded(prices: tuple[float, ...], deltas: Floats) -> float:
    """Final cost in $ without any rounding, interest compounded weekly as exp(rate / 52)."""
    growth = np.exp(RATE * WEEK * np.arange(WEEKS, -1, -1))
    trades = SHARES * np.diff(deltas, prepend=0.0)
    return float(growth @ (trades * np.array(prices))) - STRIKE * SHARES * float(deltas[-1])


def check(effort: Effort) -> Finding:
    """Deltas and final costs of both tables; `effort` does not matter, since nothing is random."""
    cells: list[Cell] = []
    panels = []
    for table in (IN_THE_MONEY, OUT_OF_THE_MONEY):
        deltas = deltas_of_engine(table.prices)
        cells += [
            Cell(f"{ID}.{table.name}.delta_week_{week}", SOURCE, "P", table.deltas[week], deltas[week], precision=5e-4)
            for week in SHOWN_WEEKS[table.name]
        ]
        as_printed = int((np.abs(deltas - table.deltas) <= 5e-4 + 1e-12).sum())
        cells.append(Cell(f"{ID}.{table.name}.deltas_as_printed", SOURCE, "P", 21.0, float(as_printed)))
        cost = cost_as_tabled(table.prices, deltas)
        cells.append(Cell(f"{ID}.{table.name}.final_cost", SOURCE, "P", table.cost, cost, precision=50.0))
        weeks = np.arange(WEEKS + 1.0)
        lines = [
            Line("printed", weeks, np.array(table.deltas), "published"),
            Line("engine", weeks, deltas, "ours"),
        ]
        panels.append(Panel(table.name.replace("_", " ").title(), "week", "delta", lines))
    unrounded = cost_unrounded(IN_THE_MONEY.prices, deltas_of_engine(IN_THE_MONEY.prices))
    name = f"{ID}.{IN_THE_MONEY.name}.unrounded_cost"
    cells.append(Cell(name, SOURCE, "D", UNROUNDED_COST, unrounded, precision=0.005))
    return Finding(cells, panels)
