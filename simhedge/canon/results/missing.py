"""Published results that need parts of a model which this one does not have: listed, not imitated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.canon.cell import Cell, Status
from simhedge.canon.finding import Finding

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort

ID = "missing"
TITLE = "Results that need model parts that do not exist here"
SOURCE = "several, one each"
SETUP = (
    "Nothing is simulated. Each row names a result, its published number where one is confirmed, and the part of the "
    "model that it would take."
)
Row = tuple[str, str, Status, float | None, str]
ROWS: tuple[Row, ...] = (
    (
        "heston_call",
        "Fang and Oosterlee (2008), SIAM J. Sci. Comput. 31:826; call at the money, one year",
        "P",
        5.785155450,
        "Stochastic volatility: news has a constant one.",
    ),
    (
        "merton_call",
        "Haug (1998), Merton's jump-diffusion: K = 100, T = 0.25, one jump a year with a quarter of the variance",
        "P",
        5.88,
        "Jumps in the news.",
    ),
    (
        "lagged_transient_variance",
        "closed form: lagged hedging, impact that decays by 0.9 a step, kappa = 0.3; an ARMA(2,1)",
        "D",
        1.106509,
        "Impact that decays: all impact here is permanent.",
    ),
    (
        "simultaneous_transient_autocorrelation",
        "closed form: cleared at once, transient gain 0.5 with unit decay rate, changes over one unit of time",
        "D",
        0.1659,
        "Impact that decays: it gives long gamma a positive autocorrelation, and short gamma a negative one.",
    ),
    (
        "baltussen_reversal",
        "Baltussen, Da, Lammers and Martens (2021), Journal of Financial Economics 142:377",
        "P2",
        None,
        "Impact that decays: the last half hour's move reverts over the next days, and permanent impact never does.",
    ),
    (
        "square_root_impact",
        "Toth et al. (2011), Physical Review X 1:021006; 10% of daily volume at 2% daily volatility, basis points",
        "C",
        63.2,
        "Impact as a square root of size: impact here is linear.",
    ),
    (
        "power_law_pinning",
        "Avellaneda, Kasyan and Lipkin (2012), Comm. Pure Appl. Math. 65; exponent of impact above which prices pin",
        "P",
        0.5,
        "Impact as a power of the trading rate.",
    ),
    (
        "temporary_impact_cost",
        "Almgren and Chriss (2000), Journal of Risk 3:5; expected cost of their example, $",
        "C",
        911_227.0,
        "Temporary impact and schedules of execution.",
    ),
    (
        "resilient_book_first_trade",
        "Obizhaeva and Wang (2013), Journal of Financial Markets 16:1; first block of 100,000 shares at rho T = 1",
        "C",
        33_333.0,
        "An order book that refills.",
    ),
    (
        "order_book_failure_rate",
        "Buis, Pieterse-Bloem, Verschoor and Zwinkels (2024), JEDC 164:104880, Table 1: mu_p = -0.25, position -60, %",
        "P",
        75.0,
        "An order book: that check compares the table's shape only.",
    ),
)


def check(effort: Effort) -> Finding:
    """One cell a result, all of them not available."""
    return Finding(
        [
            Cell(f"{ID}.{name}", source, status, published, None, explanation=f"Not in the model: {part}")
            for name, source, status, published, part in ROWS
        ]
    )
