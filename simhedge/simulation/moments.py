"""Per-path numbers of a run and their streaming mean and covariance, from which every metric and its error follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simhedge.kernels import layout
from simhedge.kernels.layout import HEDGED, LANES, TWIN
from simhedge.kernels.moments import batch_moments
from simhedge.simulation.threads import share_work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.simulation.plan import Plan
    from simhedge.simulation.session import Session

BATCH = 2048  # paths added at once; fixed, so that results do not depend on how a run is cut into chunks

COPIED = {
    "first_return": layout.FIRST_RETURN,
    "last_return": layout.RETURN,
    "sum_cubes": layout.SUM_CUBES,
    "sum_fourths": layout.SUM_FOURTHS,
    "sum_products": layout.SUM_PRODUCTS,
    "first_day": layout.FIRST_DAY,
    "above_squares": layout.ABOVE_SQUARES,
    "below_squares": layout.BELOW_SQUARES,
    **{f"lag_sum_{k}": layout.LAG_SUM + k * LANES for k in range(layout.LAGS)},
    **{f"lag_squares_{k}": layout.LAG_SQUARES + k * LANES for k in range(layout.LAGS)},
}
MADE = (
    "log_end",
    "log_end_squared",
    "sum_squares",
    "last_day",
    "drawdown",
    "runup",
    "pinned",
    "pnl",
    "pnl_squared",
)
SHARED = {
    "above_steps": layout.ABOVE_STEPS,
    "below_steps": layout.BELOW_STEPS,
    "turnover": layout.TURNOVER,
    "squeezed": layout.SQUEEZED,
    "gain_min": layout.GAIN_MIN,
    "gain_max": layout.GAIN_MAX,
}
COLUMNS = (*(f"{world}.{name}" for world in ("hedged", "twin") for name in (*MADE, *COPIED)), *SHARED)


def lanes_of(blocks: NDArray[np.float64], variable: int) -> NDArray[np.float64]:
    """One variable of all lanes of `blocks` (blocks, variables * LANES), in path order."""
    return blocks[:, variable : variable + LANES].reshape(-1)


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
    threads: int = 1

    def add(self, rows: NDArray[np.float64], status: NDArray[np.int64]) -> None:
        """Add rows (n, len(COLUMNS)) in path order; `status` (n,) is 0, or 1 hedged + 2 twin diverged."""
        self.diverged += [int(((status & 1) > 0).sum()), int(((status & 2) > 0).sum()), int((status == 3).sum())]
        alive = rows[status == 0] if status.any() else rows
        self.pnl.append(alive[:, [COLUMNS.index("hedged.pnl"), COLUMNS.index("twin.pnl")]])
        waiting = np.concatenate([*self.pending, alive]) if self.pending else alive
        full = waiting.shape[0] - waiting.shape[0] % BATCH
        self._merge([waiting[start : start + BATCH] for start in range(0, full, BATCH)])
        self.pending = [waiting[full:].copy()] if full < waiting.shape[0] else []

    def finish(self) -> None:
        """Add what is left of the last batch."""
        self._merge([rows for rows in self.pending if rows.shape[0]])
        self.pending = []

    def _merge(self, batches: list[NDArray[np.float64]]) -> None:
        """Merge batches in their order (Chan, Golub and LeVeque 1983)."""
        p = len(COLUMNS)
        means, comoments = np.empty((len(batches), p)), np.empty((len(batches), p, p))

        def reduce(part: slice) -> None:
            for k in range(part.start, part.stop):
                batch_moments(np.ascontiguousarray(batches[k]), means[k], np.empty(p), comoments[k])

        share_work(reduce, len(batches), self.threads)
        for rows, mean, comoment in zip(batches, means, comoments, strict=True):
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
    blocks = session.state.blocks
    rows = np.empty((blocks.shape[0] * LANES, len(COLUMNS)))

    def fill(part: slice) -> None:
        # diverged paths hold rubbish until they are blanked, and absurd books give absurd P&L, which ends as null
        with np.errstate(all="ignore"):
            rows[part.start * LANES : part.stop * LANES] = _rows_of(session.plan, blocks[part], session.step)

    share_work(fill, blocks.shape[0], session.threads)
    status = session.values(layout.DIVERGED).astype(np.int64)
    rows = rows[: session.paths]
    if status.any():
        rows[status != 0] = 0.0
    return rows, status


def _rows_of(plan: Plan, blocks: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Rows of COLUMNS for all lanes of some blocks of state."""
    pin = plan.scenario.outputs.pin
    pnl = profit_and_loss(plan, blocks, step)
    columns: dict[str, NDArray[np.float64]] = {}
    for world, at, price in (("hedged", HEDGED, layout.SPOT), ("twin", TWIN, layout.FUNDAMENTAL)):
        end = lanes_of(blocks, at + layout.LOG_PRICE)
        squares = lanes_of(blocks, at + layout.SUM_SQUARES)
        spot = lanes_of(blocks, price)
        columns |= {f"{world}.{name}": lanes_of(blocks, at + variable) for name, variable in COPIED.items()}
        columns |= {
            f"{world}.log_end": end,
            f"{world}.log_end_squared": end * end,
            f"{world}.sum_squares": squares,
            f"{world}.last_day": squares - lanes_of(blocks, at + layout.LAST_DAY),
            f"{world}.drawdown": -np.expm1(-lanes_of(blocks, at + layout.DRAWDOWN)),
            f"{world}.runup": np.expm1(lanes_of(blocks, at + layout.RUNUP)),
            f"{world}.pinned": np.zeros_like(end) if pin is None else _pinned(spot, pin.strike, pin.tolerance),
            f"{world}.pnl": pnl[world],
            f"{world}.pnl_squared": pnl[world] ** 2,
        }
    columns |= {name: lanes_of(blocks, variable) for name, variable in SHARED.items()}
    return np.stack([columns[name] for name in COLUMNS], axis=1)


def _pinned(spot: NDArray[np.float64], strike: float, tolerance: float) -> NDArray[np.float64]:
    return (np.abs(spot - strike) <= tolerance).astype(np.float64)


def profit_and_loss(plan: Plan, blocks: NDArray[np.float64], step: int) -> dict[str, NDArray[np.float64]]:
    """P&L in $ of all dealers together at the end of `step`, for all lanes of some blocks, hedged and twin.

    Model value of the live options, plus cash, plus shares (hedge and delivered) marked at the last price; the premium
    is financed by the cash account, so that the start is worth nothing. Dealers of the twin are unhedged.
    """
    spot, twin = lanes_of(blocks, layout.SPOT), lanes_of(blocks, layout.FUNDAMENTAL)
    hedged_pnl, twin_pnl = np.zeros_like(spot), np.zeros_like(spot)
    for b in range(len(plan.books)):
        at = layout.book_offset(b)
        value = plan.surfaces.value_at(b, spot, step)
        twin_value = plan.surfaces.value_at(b, twin, step)
        frozen = lanes_of(blocks, at + layout.FROZEN)
        twin_shares = lanes_of(blocks, at + layout.TWIN_FROZEN)
        twin_unit = twin_value + lanes_of(blocks, at + layout.TWIN_CASH) + twin_shares * twin
        for d in np.flatnonzero(plan.dealers.book == b):
            own = layout.dealer_offset(plan.options.books.size, int(d))
            number, scale = plan.dealers.number[d], plan.dealers.scale[d]
            shares = lanes_of(blocks, own + layout.HEDGE) + scale * frozen
            hedged_pnl += number * (scale * value + lanes_of(blocks, own + layout.CASH) + shares * spot)
            twin_pnl += number * scale * twin_unit
    return {"hedged": hedged_pnl, "twin": twin_pnl}
