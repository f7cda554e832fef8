"""A run that can be advanced in slices: its whole state is plain arrays, and slices give bitwise what one go gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.errors import InputError
from simhedge.kernels import layout
from simhedge.kernels.engine import advance as advance_blocks
from simhedge.kernels.engine import rehedge as rehedge_blocks
from simhedge.kernels.engine import start as start_blocks
from simhedge.kernels.layout import LANES, Recording, Setup, Surface
from simhedge.kernels.policies import no_user_policy
from simhedge.simulation.moments import lanes_of
from simhedge.simulation.plan import Plan, prepare
from simhedge.simulation.records import recording_for
from simhedge.simulation.threads import share_work
from simhedge.simulation.units import acting_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simhedge.scenario import Scenario

CALL_SECONDS = 0.1  # a kernel call should last no longer, because ctrl-C waits for it
LARGEST_SURPRISE = 1.0  # log return
SURFACE_EVALUATION_NS = 30.0
OPTION_EVALUATION_NS = 12.0
UNCHANGEABLE = {
    "steps": "clock.days",
    "steps_per_day": "clock.steps_per_day",
    "spot": "market.spot",
    "key_low": "seed",
    "key_high": "seed",
    "form": "market.impact.form",
    "record_every": "outputs.record.every",
    "count_sides": "outputs.metrics",
    "count_squeezes": "outputs.metrics",
    "count_gains": "outputs.metrics",
}


@dataclass
class SessionState:
    """All that a session has beyond its plan: `blocks` (blocks, variables * LANES), `history` (blocks, 2, points,
    LANES) of log prices, the `step` reached. Copy the arrays to keep a checkpoint."""

    blocks: NDArray[np.float64]
    history: NDArray[np.float64]
    step: int

    def copy(self) -> SessionState:
        """An independent copy, from which the same future follows."""
        return SessionState(self.blocks.copy(), self.history.copy(), self.step)


class Session:
    """Paths first_path .. first_path + paths - 1 of a scenario, advanced as far as asked.

    `policies` maps a dealer's name to a compiled policy (see `simhedge.user_policy`). `recorded_paths` of them, counted
    from path 0 of the run, are kept in `recording.values` (series, paths, points).
    """

    def __init__(
        self,
        scenario: Scenario | Plan,
        paths: int | None = None,
        *,
        first_path: int = 0,
        recording: Recording | None = None,
        policies: Mapping[str, Any] | None = None,
        book_delta: str = "auto",
        threads: int = 1,
    ) -> None:
        if isinstance(scenario, Plan):
            self.plan = scenario
        else:
            self.plan = prepare(scenario, book_delta, tuple(policies or ()))
        self.policies = dict(policies or {})
        self.paths = int(self.plan.scenario.paths if paths is None else paths)
        self.first_path = first_path
        self.threads = threads
        if first_path % LANES:
            raise InputError(
                f"first_path must be a multiple of {LANES}", key="first_path", value=first_path, remedy="round it down"
            )
        self.recording = recording_for(self.plan, 0, ()) if recording is None else recording
        self.user_policy = one_policy(self.policies)
        self._units: tuple[tuple[int, int], NDArray[np.float64]] | None = None
        self.state = self._start()

    def _start(self) -> SessionState:
        plan = self.plan
        blocks = -(-self.paths // LANES)
        points = int(plan.lags.max(initial=0)) + 1
        state = SessionState(
            layout.aligned(blocks, layout.state_size(plan.options.books.size, plan.dealers.size)),
            layout.aligned(blocks, 2, points, LANES),
            0,
        )
        self._fill_start(state)
        return state

    def _fill_start(self, state: SessionState) -> None:
        plan = self.plan
        setup = self._setup(plan.surfaces.at(0))

        def start_part(part: slice) -> None:
            first_path = self.first_path + part.start * LANES
            start_blocks(state.blocks[part], state.history[part], first_path, plan.premium, setup, self.recording)

        share_work(start_part, state.blocks.shape[0], self.threads)

    def _setup(self, surface: Surface) -> Setup:
        return Setup(surface, self.plan.options, self.plan.dealers, self.plan.model, self.user_policy)

    def restart(self, first_path: int, paths: int) -> None:
        """Begin again at step 0 with other paths, at most as many as before, in the memory of the former ones."""
        blocks = -(-paths // LANES)
        self.first_path, self.paths = first_path, paths
        self.state = SessionState(self.state.blocks[:blocks], self.state.history[:blocks], 0)
        self._fill_start(self.state)

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self.state.step

    def advance(self, steps: int | None = None) -> int:
        """Advance by `steps` (default: to the end), never beyond the end; returns the step reached."""
        target = self.plan.steps if steps is None else min(self.plan.steps, self.state.step + int(steps))
        while self.state.step < target:
            window = self.plan.surfaces.window_of(self.state.step + 1)
            last = min(target, window[1], self.state.step + self.steps_per_call())
            self._advance_within(window, last)
        return self.state.step

    def _advance_within(self, window: tuple[int, int], last_step: int) -> None:
        plan = self.plan
        surface = plan.surfaces.at(last_step)
        weights = self._acting_units(window)
        setup = self._setup(surface)

        def advance_part(part: slice) -> None:
            blocks, history = self.state.blocks[part], self.state.history[part]
            first_path = self.first_path + part.start * LANES
            advance_blocks(
                blocks, history, first_path, self.state.step, last_step, plan.lags, weights, setup, self.recording
            )

        share_work(advance_part, self.state.blocks.shape[0], self.threads)
        self.state.step = last_step

    def _acting_units(self, window: tuple[int, int]) -> NDArray[np.float64]:
        if self._units is None or self._units[0] != window:
            self._units = (window, acting_units(self.plan.dealers, self.plan.options.books.size, *window))
        return self._units[1]

    def steps_per_call(self) -> int:
        """As many steps as keep one kernel call near CALL_SECONDS."""
        return max(1, path_steps_per_call(self.plan, self.threads) // self.state.blocks[:, :LANES].size)

    def surprise(self, log_return: float) -> None:
        """News on top of what is drawn: it moves X, and with it both worlds, by `log_return` in the next step."""
        if not (math.isfinite(log_return) and abs(log_return) <= LARGEST_SURPRISE):
            remedy = f"give a log return from -{LARGEST_SURPRISE:g} to {LARGEST_SURPRISE:g}, such as 0.02"
            raise InputError("no such news", key="log_return", value=log_return, remedy=remedy)
        move: float | NDArray[np.float64] = log_return
        if self.plan.model["fundamental"][0] != layout.GBM:
            move = self._lanes(layout.FUNDAMENTAL) * math.expm1(log_return)
        self._lanes(layout.SURPRISE)[...] += move

    def squeezed_since(self) -> NDArray[np.bool_]:
        """Which paths leapt across a tipping level since the last call, shape (paths,); their metric forgets it."""
        squeezed = self._lanes(layout.SQUEEZED)
        found: NDArray[np.bool_] = squeezed.ravel()[: self.paths] == 1.0
        squeezed[...] = 0.0
        return found

    def _lanes(self, variable: int) -> NDArray[np.float64]:
        """One variable of the state, for all lanes of all blocks; a view."""
        return self.state.blocks[:, variable : variable + LANES]

    def change(self, overrides: Mapping[str, Any], *, tied_to_stock: bool = False) -> None:
        """Change parameters of the scenario from here on, by their keys: {"market.adv_shares": 2e6}.

        Whatever the change, prices go on from where they are, dealers keep their hedges and trade to their new targets
        as their policies say. Where there are more or fewer dealers than before, they share the hedges evenly.
        With `tied_to_stock` dealers are hedged anew at once, outside the market: as if the options that they have more
        or fewer of had changed hands together with the shares that hedge them. The clock, the seed, the number of
        paths, the spot at the start and the lists of books and dealers cannot change; raises InputError if they would.
        """
        old = self.plan
        scenario = old.scenario.with_overrides(dict(overrides))
        book_delta = "exact" if old.model["exact"][0] == 1 and old.options.groups.size else "auto"
        new = prepare(scenario, book_delta, tuple(self.policies), old)
        _refuse_new_run(old, new)
        self._keep_price(float(old.model["impact"][0]), float(new.model["impact"][0]))
        self._share_hedges(old, new)
        if len(new.books) < max(old.options.books.size, new.options.books.size):
            self._lay_out_hedge_books(old, new)
        self.plan = new
        self._units = None
        if tied_to_stock:
            rehedge_blocks(self.state.blocks, self.state.step, self._setup(new.surfaces.at(self.state.step)))

    def _share_hedges(self, old: Plan, new: Plan) -> None:
        """Give each of the new number of dealers of an entry an even share of what all hold, owe and have ordered."""
        shares = old.dealers.number / new.dealers.number
        factor = self.recording.factor.copy()
        for d in np.flatnonzero(shares != 1.0):
            at = layout.dealer_offset(old.options.books.size, int(d))
            for variable in (layout.HEDGE, layout.CASH, layout.ORDER):
                self._lanes(at + variable)[...] *= shares[d]
            of_one = np.isin(self.recording.source, [at + layout.HEDGE, at + layout.CASH])
            factor[of_one] /= shares[d]
        self.recording = self.recording._replace(factor=factor)

    def _lay_out_hedge_books(self, old: Plan, new: Plan) -> None:
        """Make room in the state for the books that dealers only hedge in `new`, instead of those of `old`.

        Their deltas are evaluated before they are used; what has been delivered is that of the books held.
        """
        before, blocks = self.state.blocks, self.state.blocks.shape[0]
        held, books = len(new.books), new.options.books.size
        old_dealers, dealers = (layout.dealer_offset(plan.options.books.size, 0) for plan in (old, new))
        row = layout.aligned(blocks, layout.state_size(books, new.dealers.size))
        row[:, : layout.book_offset(held)] = before[:, : layout.book_offset(held)]
        row[:, layout.book_offset(held) : dealers] = 0.0
        for book in range(held, books):
            at, origin = (layout.book_offset(b) + layout.FROZEN for b in (book, new.options.books.origin[book]))
            row[:, at : at + LANES] = before[:, origin : origin + LANES]
        row[:, dealers:] = before[:, old_dealers:]
        self.state = SessionState(row, self.state.history, self.state.step)
        source = self.recording.source
        moved = np.where(source >= old_dealers, source + dealers - old_dealers, source)
        self.recording = self.recording._replace(source=moved)

    def _keep_price(self, old_impact: float, new_impact: float) -> None:
        """Shift the price base so that the price of now is the same under the new impact."""
        moved = self._lanes(layout.TOTAL_HEDGE) - self._lanes(layout.INITIAL_HEDGE)
        self._lanes(layout.PRICE_BASE)[...] += (old_impact - new_impact) * moved

    def values(self, variable: int) -> NDArray[np.float64]:
        """One variable of the state (an offset of kernels.layout) for all paths, shape (paths,)."""
        return lanes_of(self.state.blocks, variable)[: self.paths].copy()

    def book_values(self, book: int, variable: int) -> NDArray[np.float64]:
        """One per-book variable (an offset within a book) for all paths, shape (paths,)."""
        return self.values(layout.book_offset(book) + variable)

    def dealer_values(self, dealer: int, variable: int) -> NDArray[np.float64]:
        """One per-dealer variable (an offset within a dealer) for all paths, shape (paths,)."""
        return self.values(layout.dealer_offset(self.plan.options.books.size, dealer) + variable)

    @property
    def spot(self) -> NDArray[np.float64]:
        """Prices now, $, shape (paths,)."""
        return self.values(layout.SPOT)

    @property
    def twin_spot(self) -> NDArray[np.float64]:
        """The twin's prices now, $, shape (paths,)."""
        return self.values(layout.FUNDAMENTAL)


def _refuse_new_run(old: Plan, new: Plan) -> None:
    """Raise InputError where `new` differs from `old` in what a running session cannot change."""
    for name, key in UNCHANGEABLE.items():
        if old.model[name][0] != new.model[name][0]:
            raise new.scenario.refusal(key, "a running session cannot change this", "start a new session")
    if old.dealer_names != new.dealer_names or [b.name for b in old.books] != [b.name for b in new.books]:
        raise InputError(
            "a running session cannot change its list of books or dealers", key="dealers",
            remedy="change what is in them, or start a new session",
        )  # fmt: skip
    if new.lags.tolist() != old.lags.tolist():
        raise InputError(
            "a running session cannot change which variance ratios are measured", key="outputs.metrics",
            remedy="ask for them at the start",
        )  # fmt: skip
    if new.scenario.paths != old.scenario.paths:
        raise InputError("a running session cannot change paths", key="paths", remedy="start a new session")


def path_steps_per_call(plan: Plan, threads: int) -> int:
    """Steps of single paths that a kernel call of about CALL_SECONDS has time for."""
    model = plan.model[0]
    evaluations = {layout.LAGGED: 1, layout.ASYNCHRONOUS: int(model["rounds"])}.get(int(model["clearing"]), 3)
    exact = model["exact"] == 1 or plan.surfaces.exact_steps
    groups = max(plan.options.groups.size, 1)
    cost = evaluations * (OPTION_EVALUATION_NS * groups if exact else SURFACE_EVALUATION_NS)
    return int(CALL_SECONDS * 1e9 * threads / cost)


def one_policy(policies: Mapping[str, Any]) -> Any:
    """The compiled policy of the run: one function, which may serve several dealers."""
    functions = list({id(function): function for function in policies.values()}.values())
    if len(functions) > 1:
        raise InputError(
            "only one policy function can be given to a run",
            key="policies",
            remedy="use its `parameter` or `target_hedge` to tell dealers apart",
        )
    return functions[0] if functions else no_user_policy
