"""Building the delta surface: which grid and which times each expiry needs, window by window, and how good it is.

Every expiry is tabulated on a grid fine enough for its own total vol and at times dense relative to its own time to
expiry, then summed into one table per step (kernels/tables.py). The result is measured against all options at cell
midpoints; where the bound is missed the grid is refined, and what still misses it is left to the exact sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simhedge.kernels.layout import (
    BRANCH,
    GRID,
    MULTIPLICATIVE,
    SIMULTANEOUS,
    Options,
    Records,
    Surface,
    aligned,
    records,
)
from simhedge.kernels.options import exact_values
from simhedge.kernels.surface import fold_intervals
from simhedge.kernels.tables import add_expiry, largest_error, to_cells
from simhedge.simulation.compile_clock import Stopwatch
from simhedge.simulation.units import acting_units, hedged_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

ERROR_BOUND = 1e-6  # of gross shares
WINDOW_BYTES = 64 * 2**20
BYTES_PER_CELL = 4 * 8
COARSEST_CELLS = 32
MAX_LEVEL = 9
REFINEMENTS = 3
CHECKED_STEPS = 48
MAX_WIDTH = 1.0  # cell widths and time intervals relative to an option's own scale, see _widths
MAX_INTERVAL = 0.5
DELTA_MODEL = ("spot", "rate", "dividend_yield", "years_per_step", "steps")  # fields of MODEL that deltas depend on


@dataclass
class SurfaceStore:
    """Surfaces of a run by window of steps: built when a step is first asked for, the present window kept."""

    options: Options
    dealers: Records
    model: Records
    gross_shares: np.ndarray  # (books,)
    low: float
    high: float
    windows: list[tuple[int, int]]
    exact: bool
    built: Surface | None = None
    built_window: tuple[int, int] | None = None
    largest_error: float = 0.0
    exact_steps: set[int] = field(default_factory=set)
    node_values: dict[tuple[int, int], NDArray[np.float64]] = field(default_factory=dict)
    seconds: float = 0.0

    def window_of(self, step: int) -> tuple[int, int]:
        """First and last step of the window that holds `step`."""
        for window in self.windows:
            if window[0] <= step <= window[1]:
                return window
        raise IndexError(step)

    def at(self, step: int) -> Surface:
        """The surface of the window that holds `step`."""
        window = self.window_of(step)
        if self.built is None or self.built_window != window:
            watch = Stopwatch()
            self.built = self._build(window)
            self._mark(self.built, window)
            self.built_window = window
            self.seconds += watch.seconds()
        return self.built

    def take_over(self, former: SurfaceStore) -> None:
        """Use what `former` has tabulated, if it is of the same options over the same steps and covers these prices.

        Where clearing folds depends on who hedges and on impact too, and is marked anew.
        """
        covers = former.low <= self.low and former.high >= self.high
        if not (covers and former.exact == self.exact and self._same_deltas(former)):
            return
        self.low, self.high, self.windows = former.low, former.high, former.windows
        self.largest_error, self.exact_steps = former.largest_error, set(former.exact_steps)
        self.node_values = dict(former.node_values)
        if former.built is not None and former.built_window is not None:
            steps, branches = former.built.steps.copy(), former.built.branches.copy()
            self.built = former.built._replace(steps=steps, branches=branches)
            self.built_window = former.built_window
            self._mark(self.built, self.built_window)

    def _same_deltas(self, former: SurfaceStore) -> bool:
        """Whether `former` has the same options, and a model in which they have the same deltas at the same steps."""
        same_options = all(
            ours.shape == theirs.shape and (ours == theirs).all()
            for ours, theirs in zip(self.options, former.options, strict=True)
        )
        return same_options and all(self.model[name][0] == former.model[name][0] for name in DELTA_MODEL)

    def _build(self, window: tuple[int, int]) -> Surface:
        if self.exact:
            levels = _step_levels(_intervals(self, window, 1.0), window)
            return _without_table(window, self.low, self.high, levels, 0)
        factor = 1.0
        for _ in range(REFINEMENTS + 1):
            surface, errors = _tabulate_window(self, window, factor)
            if max(errors.values(), default=0.0) <= ERROR_BOUND:
                break
            factor /= 1.6
        missed = _steps_near(errors, window)
        surface.steps.usable[[step - window[0] for step in missed]] = 0
        self.exact_steps |= missed
        good = [error for step, error in errors.items() if step not in missed]
        self.largest_error = max([self.largest_error, *good])
        return surface

    def _mark(self, surface: Surface, window: tuple[int, int]) -> None:
        """Mark where kappa of all who hedge falls to -1 (`tips`), and where clearing folds for those who act."""
        books = self.gross_shares.size
        hedged = np.tile(hedged_units(self.dealers, books), (surface.steps.size, 1))
        mark_folds(surface, hedged, self.options, self.model)
        surface.steps.tips = surface.steps.fold
        acting = acting_units(self.dealers, books, *window)
        if self.model["clearing"][0] == SIMULTANEOUS and (acting != hedged).any():
            mark_folds(surface, acting, self.options, self.model)

    def value_at(self, book: int, spots: NDArray[np.float64], step: int) -> NDArray[np.float64]:
        """$ value of one unit of `book` at prices `spots` (n,) at the end of `step`.

        Nodes are exact; within a cell value is the integral of the tabulated delta. Where there is no table, or beyond
        it, every option is priced.
        """
        surface = self.at(step)
        n = step - surface.first_step
        if self.options.calendar.live[book, step] == self.options.books.last[book]:
            return 0.5 * self.options.books.constant_gamma[book] * (spots - self.model["spot"][0]) ** 2
        if self.exact or surface.steps[n].usable == 0:
            return book_values(spots, self.options, book, step, self.model)
        grid = surface.steps[n]
        nodes = self._node_values(book, step, int(grid.cells), float(grid.width))
        position = np.clip((spots - self.low) / grid.width, 0.0, nodes.size - 0.5)
        cell = position.astype(np.int64)
        u = position - cell
        at = 4 * (book * surface.cells + grid.first_cell + cell)
        c0, c1, c2, c3 = (surface.coefficients[at + k] for k in range(4))
        tabulated = u * (c0 + u * (c1 / 2 + u * (c2 / 3 + u * c3 / 4))) * grid.width
        constant = self.options.books.constant_gamma[book]
        origin = self.model["spot"][0]
        left = self.low + cell * grid.width
        values = nodes[cell] + tabulated + 0.5 * constant * ((spots - origin) ** 2 - (left - origin) ** 2)
        outside = (spots < self.low) | (spots > self.high)
        values[outside] = book_values(spots[outside], self.options, book, step, self.model)
        return values

    def _node_values(self, book: int, step: int, count: int, width: float) -> NDArray[np.float64]:
        """Values at the lower nodes of all cells of a step, kept, since every chunk of paths asks for the last step."""
        if (book, step) not in self.node_values:
            spots = np.asarray(self.low + np.arange(count) * width, dtype=np.float64)
            self.node_values = {key: values for key, values in self.node_values.items() if key[1] == step} | {
                (book, step): book_values(spots, self.options, book, step, self.model)
            }
        return self.node_values[book, step]


def book_values(
    spots: NDArray[np.float64], options: Options, book: int, step: int, model: Records
) -> NDArray[np.float64]:
    """$ value of one unit of `book` at prices `spots` (n,) at the end of `step`, every live option priced."""
    spots = np.ascontiguousarray(spots)
    values = np.empty(spots.size)
    exact_values(spots, np.empty(spots.size), values, options, book, step, model)
    return values


@dataclass(frozen=True)
class Interval:
    """One expiry of one book between two tabulated steps, and the grid level that it needs."""

    groups: tuple[int, int]
    first_step: int
    last_step: int
    level: int
    book: int


def plan_windows(store: SurfaceStore, steps: int) -> list[tuple[int, int]]:
    """Consecutive windows of steps 0..steps whose tables stay below WINDOW_BYTES each."""
    whole = (0, steps)
    if store.exact:
        return [whole]
    levels = _step_levels(_intervals(store, whole, 1.0), whole)
    books = store.gross_shares.size
    sizes = np.cumsum((COARSEST_CELLS << levels) * (BYTES_PER_CELL * books + 16))
    number = (sizes - 1) // WINDOW_BYTES
    edges = np.flatnonzero(np.diff(number)) + 1
    starts = [0, *edges.tolist()]
    return [(a, b - 1) for a, b in zip(starts, [*starts[1:], steps + 1], strict=True)]


def _expiries(options: Options, book: int) -> list[tuple[int, int, int]]:
    """(expiry step, first group, last group) of each expiry of a book."""
    first, last = int(options.books.first[book]), int(options.books.last[book])
    if first == last:
        return []
    steps, starts = np.unique(options.groups.expiry_step[first:last], return_index=True)
    ends = [*starts[1:].tolist(), last - first]
    return [(int(s), first + int(a), first + int(b)) for s, a, b in zip(steps, starts, ends, strict=True)]


def _intervals(store: SurfaceStore, window: tuple[int, int], factor: float) -> list[Interval]:
    """Where each expiry is tabulated: times spaced by a fraction of the time left, grids by a fraction of total vol.

    A cubic Hermite error falls with the fourth power of the spacing, so the fraction allowed grows with the inverse
    fourth root of the position's weight in the book.
    """
    options = store.options
    dt = float(store.model["years_per_step"][0])
    found: list[Interval] = []
    for book in range(store.gross_shares.size):
        for expiry, first, last in _expiries(options, book):
            weights = np.abs(options.groups.shares[first:last]) / store.gross_shares[book]
            relative = np.minimum(MAX_WIDTH, 0.065 / np.maximum(weights, 1e-12) ** 0.25)
            strikes = np.clip(options.groups.strike[first:last], store.low, store.high)
            scale = factor * float(np.min(relative * strikes * options.groups.implied_vol[first:last]))
            ratio = factor * min(MAX_INTERVAL, 0.1 / max(float(weights.sum()), 1e-12) ** 0.25)
            a = window[0]
            end = min(expiry - 1, window[1])
            while a <= end:
                b = min(max(int((a + ratio * expiry) / (1.0 + ratio)), a + 1), end)
                width = scale * np.sqrt((expiry - b) * dt)
                cells = (store.high - store.low) / (COARSEST_CELLS * width)
                level = int(np.clip(np.ceil(np.log2(max(cells, 1.0))), 0, MAX_LEVEL))
                found.append(Interval((first, last), a, b, level, book))
                if b == end:
                    break
                a = b
    return found


def _step_levels(intervals: list[Interval], window: tuple[int, int]) -> np.ndarray:
    """Grid level of each step of the window: the finest that any expiry needs there."""
    levels = np.zeros(window[1] - window[0] + 1, dtype=np.int64)
    for interval in intervals:
        part = levels[interval.first_step - window[0] : interval.last_step - window[0] + 1]
        np.maximum(part, interval.level, out=part)
    return levels


def _tabulate_window(store: SurfaceStore, window: tuple[int, int], factor: float) -> tuple[Surface, dict[int, float]]:
    """The surface of one window, and its error (of gross shares) at the steps where it was measured."""
    intervals = _intervals(store, window, factor)
    levels = _step_levels(intervals, window)
    surface = _without_table(window, store.low, store.high, levels, 1)
    books = store.gross_shares.size
    surface = surface._replace(coefficients=aligned(4 * surface.cells * books), branches=records(surface.cells, BRANCH))
    for book in range(books):
        _tabulate_book(store, surface, book, intervals, levels)
    return surface, _measure(store, surface, intervals)


def _tabulate_book(
    store: SurfaceStore, surface: Surface, book: int, intervals: list[Interval], levels: np.ndarray
) -> None:
    """Fill the coefficients of one book: node values of all its expiries summed, then turned into cubics."""
    most = int(surface.steps.cells.max()) + 1
    working = np.empty((3, 6, most))
    nodes = np.empty(most)
    delta = np.zeros(surface.cells + levels.size)
    gamma = np.zeros(surface.cells + levels.size)
    first_cell = np.ascontiguousarray(surface.steps.first_cell)
    grid = (surface.first_step, first_cell, levels, store.low, store.high, COARSEST_CELLS)
    for times, interval_levels, groups in _by_expiry(intervals, book):
        add_expiry(
            times, interval_levels, groups[0], groups[1], working, nodes, grid, delta, gamma, store.options, store.model
        )
    for n, step in enumerate(surface.steps):
        start = int(step.first_cell) + n
        at = 4 * (book * surface.cells + int(step.first_cell))
        part = surface.coefficients[at : at + 4 * int(step.cells)]
        to_cells(delta[start:], gamma[start:], int(step.cells), float(step.width), part)


def _by_expiry(intervals: list[Interval], book: int) -> list[tuple[np.ndarray, np.ndarray, tuple[int, int]]]:
    """Times, levels between them, and groups of each expiry of one book."""
    grouped: dict[tuple[int, int], list[Interval]] = {}
    for interval in intervals:
        if interval.book == book:
            grouped.setdefault(interval.groups, []).append(interval)
    return [
        (
            np.array([run[0].first_step, *(i.last_step for i in run)], dtype=np.int64),
            np.array([i.level for i in run], dtype=np.int64),
            groups,
        )
        for groups, run in grouped.items()
    ]


def _measure(store: SurfaceStore, surface: Surface, intervals: list[Interval]) -> dict[int, float]:
    """Error (of gross shares) at tabulated steps and half-way between them, evenly thinned to CHECKED_STEPS.

    The last step before each expiry, where delta is steepest, is always among them.
    """
    last_before_expiry = {
        i.last_step for i in intervals if store.options.groups.expiry_step[i.groups[0]] == i.last_step + 1
    }
    others = {i.first_step for i in intervals} | {(i.first_step + i.last_step) // 2 for i in intervals}
    others |= {i.last_step for i in intervals}
    candidates = np.array(sorted(others - last_before_expiry), dtype=np.int64)
    if candidates.size > CHECKED_STEPS:
        candidates = candidates[np.linspace(0, candidates.size - 1, CHECKED_STEPS).round().astype(int)]
    most = int(surface.steps.cells.max())
    working = np.empty((6, most))
    nodes = np.empty(most)
    errors: dict[int, float] = {}
    for step in sorted(last_before_expiry | set(candidates.tolist())):
        n = step - surface.first_step
        start, cells = int(surface.steps[n].first_cell), int(surface.steps[n].cells)
        for book, gross in enumerate(store.gross_shares):
            if gross == 0.0:
                continue
            at = 4 * (book * surface.cells + start)
            error = largest_error(
                surface.coefficients[at : at + 4 * cells], working, nodes[:cells], surface.low, surface.steps[n].width,
                store.options, book, step, store.model,
            )  # fmt: skip
            errors[step] = max(errors.get(step, 0.0), error / gross)
    return errors


def _steps_near(errors: dict[int, float], window: tuple[int, int]) -> set[int]:
    """Steps that cannot use the surface: those measured above the bound, and what lies between them and good ones."""
    checked = sorted(errors)
    missed: set[int] = set()
    for k, step in enumerate(checked):
        if errors[step] > ERROR_BOUND:
            low = checked[k - 1] + 1 if k > 0 else window[0]
            high = checked[k + 1] - 1 if k + 1 < len(checked) else window[1]
            missed |= set(range(low, high + 1))
    return missed


def _without_table(window: tuple[int, int], low: float, high: float, levels: np.ndarray, usable: int) -> Surface:
    """A surface whose grid is known and whose table is not: no coefficients, fold status unknown."""
    steps = records(levels.size, GRID)
    steps.cells = COARSEST_CELLS << levels
    steps.first_cell[1:] = np.cumsum(steps.cells)[:-1]
    steps.width = (high - low) / steps.cells
    steps.usable = usable
    steps.fold = steps.tips = 2
    cells = int(steps.cells.sum())
    return Surface(np.zeros(0), window[0], low, high, cells, steps, records(0, BRANCH))


def mark_folds(surface: Surface, weights: np.ndarray, options: Options, model: Records) -> None:
    """Fill in where simultaneous clearing folds; `weights` (steps in window, books) as in `fold_intervals`.

    A step without a table counts as free of folds if all short options at their largest gamma together keep kappa
    above -1; otherwise it stays unknown and its paths are walked.
    """
    impact = float(model["impact"][0])
    multiplicative = bool(model["form"][0] == MULTIPLICATIVE)
    fold_intervals(surface, weights, options, impact, multiplicative)
    bounds: dict[tuple[object, ...], float] = {}
    for n in np.flatnonzero(surface.steps.usable == 0):
        step = surface.first_step + int(n)
        # without options nothing changes from step to step
        key = (tuple(weights[n]), step if options.groups.size else None)
        if key not in bounds:
            bounds[key] = impact * _least_gamma(options, weights[n], step, model, multiplicative)
        surface.steps[n].fold = 0 if bounds[key] > -1.0 else 2


def _least_gamma(options: Options, weights: np.ndarray, step: int, model: Records, multiplicative: bool) -> float:
    """A lower bound of gamma (of S * gamma where multiplicative) over all prices: short options at their largest.

    exp(-q tau) pdf(d1) / (S s) is largest at d1 = -s, where it is exp(s**2 - q tau) / (sqrt(2 pi) s F) with s the total
    vol and F = K exp(-(r - q) tau); S times it is largest at d1 = 0.
    """
    bound = 0.0
    for book, weight in enumerate(weights):
        live = slice(int(options.calendar.live[book, step]), int(options.books.last[book]))
        tau = (options.groups.expiry_step[live] - step) * model["years_per_step"][0]
        total_vol = options.groups.implied_vol[live] * np.sqrt(tau)
        discount = np.exp(-model["dividend_yield"][0] * tau)
        carry = (model["rate"][0] - model["dividend_yield"][0]) * tau
        largest = discount / (np.sqrt(2.0 * np.pi) * total_vol)
        if not multiplicative:
            largest = largest * np.exp(total_vol**2 + carry) / options.groups.strike[live]
        constant = weight * options.books.constant_gamma[book]
        bound += float(np.minimum(weight * options.groups.shares[live], 0.0) @ largest)
        bound += min(constant, 0.0) * (float(model["spot"][0]) * 1000.0 if multiplicative else 1.0)
    return bound
