"""Per-path numbers of a run and their streaming mean and covariance, from which every metric and its error follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simhedge.kernels import layout
from simhedge.kernels.layout import HEDGED, TWIN
from simhedge.kernels.moments import batch_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.simulation.session import Session

BATCH = 2048  # paths added at once; fixed, so that results do not depend on how a run is cut into chunks

WORLD_COLUMNS = (
    "log_end",
    "log_end_squared",
    "first_return",
    "last_return",
    "sum_squares",
    "sum_cubes",
    "sum_fourths",
    "sum_products",
    "first_day",
    "last_day",
    "above_squares",
    "below_squares",
    "drawdown",
    "runup",
    "pinned",
    "pnl",
    "pnl_squared",
    *(f"lag_sum_{k}" for k in range(layout.LAGS)),
    *(f"lag_squares_{k}" for k in range(layout.LAGS)),
)
SHARED_COLUMNS = ("above_steps", "below_steps", "turnover", "squeezed", "gain_min", "gain_max")
COLUMNS = (
    *(f"hedged.{name}" for name in WORLD_COLUMNS),
    *(f"twin.{name}" for name in WORLD_COLUMNS),
    *SHARED_COLUMNS,
)


@dataclass
class Moments:
    """Streaming moments of the rows of live paths, shape (n, len(COLUMNS)), and what cannot be streamed.

    `pnl` keeps each path's P&L of both worlds (n, 2), because an expected shortfall needs the order of all of them.
    """

    count: int = 0
    diverged: NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, dtype=np.int64))  # hedged, twin, both
    mean: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(COLUMNS)))
    comoment: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(COLUMNS), len(COLUMNS))))
    pnl: list[NDArray[np.float64]] = field(default_factory=list)
    pending: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, rows: NDArray[np.float64], status: NDArray[np.int64]) -> None:
        """Add rows (n, len(COLUMNS)) in path order; `status` (n,) is 0, or 1 hedged + 2 twin diverged."""
        self.diverged += [int(((status & 1) > 0).sum()), int(((status & 2) > 0).sum()), int((status == 3).sum())]
        alive = rows[status == 0]
        self.pnl.append(alive[:, [COLUMNS.index("hedged.pnl"), COLUMNS.index("twin.pnl")]])
        waiting = np.concatenate([*self.pending, alive])
        full = waiting.shape[0] - waiting.shape[0] % BATCH
        for start in range(0, full, BATCH):
            self._merge(waiting[start : start + BATCH])
        self.pending = [waiting[full:]]

    def finish(self) -> None:
        """Add what is left of the last batch."""
        for rows in self.pending:
            if rows.shape[0]:
                self._merge(rows)
        self.pending = []

    def _merge(self, rows: NDArray[np.float64]) -> None:
        """Merge one batch (Chan, Golub and LeVeque 1983)."""
        mean = np.empty(rows.shape[1])
        comoment = np.empty((rows.shape[1], rows.shape[1]))
        batch_moments(np.ascontiguousarray(rows), mean, np.empty_like(mean), comoment)
        total = self.count + rows.shape[0]
        shift = mean - self.mean
        self.comoment += comoment + np.outer(shift, shift) * (self.count * rows.shape[0] / total)
        self.mean = self.mean + shift * (rows.shape[0] / total)
        self.count = total

    def covariance(self) -> NDArray[np.float64]:
        """Sample covariance of the rows."""
        return self.comoment / (self.count - 1)


def path_rows(session: Session) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows of COLUMNS for each path of a session at its end, and each path's status (see Moments.add)."""
    pin = session.plan.scenario.outputs.pin
    pnl = profit_and_loss(session)
    columns: dict[str, NDArray[np.float64]] = {}
    for world, at, price in (("hedged", HEDGED, layout.SPOT), ("twin", TWIN, layout.FUNDAMENTAL)):
        end = session.values(at + layout.LOG_PRICE)
        squares = session.values(at + layout.SUM_SQUARES)
        spot = session.values(price)
        columns |= {
            f"{world}.log_end": end,
            f"{world}.log_end_squared": end * end,
            f"{world}.first_return": session.values(at + layout.FIRST_RETURN),
            f"{world}.last_return": session.values(at + layout.RETURN),
            f"{world}.sum_squares": squares,
            f"{world}.sum_cubes": session.values(at + layout.SUM_CUBES),
            f"{world}.sum_fourths": session.values(at + layout.SUM_FOURTHS),
            f"{world}.sum_products": session.values(at + layout.SUM_PRODUCTS),
            f"{world}.first_day": session.values(at + layout.FIRST_DAY),
            f"{world}.last_day": squares - session.values(at + layout.LAST_DAY),
            f"{world}.above_squares": session.values(at + layout.ABOVE_SQUARES),
            f"{world}.below_squares": session.values(at + layout.BELOW_SQUARES),
            f"{world}.drawdown": -np.expm1(-session.values(at + layout.DRAWDOWN)),
            f"{world}.runup": np.expm1(session.values(at + layout.RUNUP)),
            f"{world}.pinned": np.zeros_like(end) if pin is None else _pinned(spot, pin.strike, pin.tolerance),
            f"{world}.pnl": pnl[world],
            f"{world}.pnl_squared": pnl[world] ** 2,
        }
        for k in range(layout.LAGS):
            columns[f"{world}.lag_sum_{k}"] = session.values(at + layout.LAG_SUM + k * layout.LANES)
            columns[f"{world}.lag_squares_{k}"] = session.values(at + layout.LAG_SQUARES + k * layout.LANES)
    for name, variable in zip(
        SHARED_COLUMNS,
        (layout.ABOVE_STEPS, layout.BELOW_STEPS, layout.TURNOVER, layout.SQUEEZED, layout.GAIN_MIN, layout.GAIN_MAX),
        strict=True,
    ):
        columns[name] = session.values(variable)
    rows = np.stack([columns[name] for name in COLUMNS], axis=1)
    status = session.values(layout.DIVERGED).astype(np.int64)
    rows[status != 0] = 0.0
    return rows, status


def _pinned(spot: NDArray[np.float64], strike: float, tolerance: float) -> NDArray[np.float64]:
    return (np.abs(spot - strike) <= tolerance).astype(np.float64)


def profit_and_loss(session: Session) -> dict[str, NDArray[np.float64]]:
    """P&L in $ of all dealers together, per path, hedged and twin.

    Model value of the live options, plus cash, plus shares (hedge and delivered) marked at the last price; the premium
    is financed by the cash account, so that the start is worth nothing. Dealers of the twin are unhedged.
    """
    plan = session.plan
    spot, twin = session.spot, session.twin_spot
    hedged_pnl = np.zeros(session.paths)
    twin_pnl = np.zeros(session.paths)
    for b in range(len(plan.books)):
        value = plan.surfaces.value_at(b, spot, session.step)
        twin_value = plan.surfaces.value_at(b, twin, session.step)
        frozen = session.book_values(b, layout.FROZEN)
        twin_shares = session.book_values(b, layout.TWIN_FROZEN)
        twin_unit = twin_value + session.book_values(b, layout.TWIN_CASH) + twin_shares * twin
        for d in np.flatnonzero(plan.dealers.book == b):
            number, scale = plan.dealers.number[d], plan.dealers.scale[d]
            shares = session.dealer_values(int(d), layout.HEDGE) + scale * frozen
            cash = session.dealer_values(int(d), layout.CASH)
            hedged_pnl += number * (scale * value + cash + shares * spot)
            twin_pnl += number * scale * twin_unit
    return {"hedged": hedged_pnl, "twin": twin_pnl}
