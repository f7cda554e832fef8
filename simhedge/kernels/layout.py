"""Where each quantity of a block of paths lies in the flat state array, and the plain records that kernels are given.

A block is LANES paths side by side. Its state is one contiguous float64 row: variable v of lane i is row[v + i], with
v a multiple of LANES. One array with constant offsets lets LLVM see that variables do not overlap, so that every loop
over lanes is vectorised. The row is the whole state of its paths: copy it and the run can go on from there.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Records = np.recarray[Any, Any]

LANES = 128
CACHE_LINE = 64  # bytes
MARGIN = 1000.0  # prices outside [spot / MARGIN, spot * MARGIN] have diverged
LAGS = 4  # horizons of the variance ratio: 5, 20, 78, 390 as they fit


def _offset(variables: int) -> Any:
    """Offset after so many variables; np.int64, because numba compiles functions anew for each int they are given."""
    return np.int64(LANES * variables)


def _offsets(count: int) -> Any:
    return [_offset(k) for k in range(count)]


# --- one value per path -----------------------------------------------------------------------------------------------
(
    FUNDAMENTAL,  # X, $; the twin's price too, since nobody else acts
    NEWS,  # X_new - X_old of the present step, $
    LOG_NEWS,  # log(X_new / X_old), where X is geometric
    NEXT_SHOCK,  # second normal of a Philox block, used by the next (odd) step
    SPOT,  # S, $
    ALIVE,  # 1 while the price is inside its bounds, 0 from divergence on
    DIVERGED,  # 1 if the price left its bounds, plus 2 if the twin's did
    PRICE_BASE,  # $ (arithmetic) or log units: keeps the price continuous when impact is changed between slices
    TOTAL_HEDGE,  # shares held by all dealers together
    INITIAL_HEDGE,  # the same at the start
    NET_GAMMA,  # shares per $, all dealers, live options
    HEDGED_GAMMA,  # shares per $, dealers who hedge
    HEDGE_FLOW,  # signed shares traded since the last recorded step
    TURNOVER,  # absolute shares traded
    SQUEEZED,  # 1 once a step jumped through the fold
    GAIN_MIN,  # smallest feedback gain so far
    GAIN_MAX,
    ABOVE_STEPS,  # steps that started with net gamma > 0
    BELOW_STEPS,  # steps that started with net gamma < 0
    MARKET_SHARES,  # shares of everybody who is not a dealer, relative to the start
    MARKET_CASH,  # $ of the same: receives what dealers pay, costs and interest included
    PINNED_AT,  # the strike that the price is pinned to in this step, else 0
    SOLUTION,  # price at which deltas were evaluated last
    LEVEL,  # right-hand side of the clearing equation
    EXCESS,  # its residual
    SLOPE,  # derivative of the residual
    LOG_SOLUTION,
    WORK,
    CELL,  # position in the surface's grid: cell number and fraction
    FRACTION,
    SURPRISE,  # news asked for on top of what is drawn, log units or $ as X moves: comes with the next step
) = _offsets(31)
CELL_COEFFICIENTS = _offset(31)  # four of each lane, side by side

# --- one world (hedged, twin): log price relative to the start and running sums of step log-returns -------------------
HEDGED = _offset(35)
(
    LOG_PRICE,
    RETURN,  # last step
    FIRST_RETURN,
    PEAK,
    TROUGH,
    DRAWDOWN,  # in log price
    RUNUP,
    SUM_SQUARES,
    SUM_CUBES,
    SUM_FOURTHS,
    SUM_PRODUCTS,  # of neighbouring returns
    FIRST_DAY,  # sum of squares on the first day
    LAST_DAY,
    ABOVE_SQUARES,  # on steps that started above zero gamma
    BELOW_SQUARES,
    LAG_SUM,  # LAGS sums of N-step returns
) = _offsets(16)
LAG_SQUARES = LAG_SUM + LANES * LAGS
WORLD_SIZE = LAG_SQUARES + LANES * LAGS
TWIN = HEDGED + WORLD_SIZE

# --- one book, then one dealer ----------------------------------------------------------------------------------------
BOOKS = TWIN + WORLD_SIZE
(
    DELTA,  # live options, shares per unit of the book
    GAMMA,
    EXPIRING,  # delta of the options that count with their step now: those that expire, or all of a stop-loss book
    FROZEN,  # delta of physically settled options, frozen at expiry
    TWIN_FROZEN,
    SETTLEMENT,  # cash that an expiry of this step pays the holder of the book
    TWIN_CASH,  # premium, settlements and interest of the unhedged holder
) = _offsets(7)
BOOK_SIZE = _offset(7)
(
    HEDGE,  # shares held by one dealer
    CASH,  # $ of one dealer, premium and initial hedge financed
    ORDER,  # shares that fill in the next step (lagged clearing)
    NEW_HEDGE,
    TRADE,  # shares that one dealer trades now
    SIDE_HEDGE,  # holding on the near side of a jump of demand
    OPTION_DELTA,  # as clearing used it (that of the hedge book), all dealers of the entry
) = _offsets(7)
DEALER_SIZE = _offset(7)

# --- integer codes ----------------------------------------------------------------------------------------------------
GBM, BACHELIER = 0, 1
ARITHMETIC, MULTIPLICATIVE = 0, 1
LAGGED, ASYNCHRONOUS, SIMULTANEOUS = 0, 1, 2
CONTINUOUS, FIXED_INTERVAL, DELTA_BAND, WHALLEY_WILMOTT, NO_HEDGE, USER_POLICY = 0, 1, 2, 3, 4, 5


def book_offset(book: int) -> int:
    """Offset of a book's variables in a state row."""
    return int(BOOKS + book * BOOK_SIZE)


def dealer_offset(books: int, dealer: int) -> int:
    """Offset of a dealer entry's variables in a state row of so many books."""
    return int(BOOKS + books * BOOK_SIZE + dealer * DEALER_SIZE)


def state_size(books: int, dealers: int) -> int:
    """Length of one block's state row."""
    return BOOKS + books * BOOK_SIZE + dealers * DEALER_SIZE


MODEL = np.dtype(
    [
        ("spot", "f8"),
        ("rate", "f8"),
        ("dividend_yield", "f8"),
        ("years_per_step", "f8"),
        ("drift", "f8"),
        ("volatility", "f8"),
        ("impact", "f8"),  # lambda in $ per share, or E in 1/share
        ("participation", "f8"),
        ("squeeze_move", "f8"),  # $; a larger move of one step through kappa <= -1 is a squeeze
        ("tolerance", "f8"),  # of clearing, $
        ("fundamental", "i8"),
        ("form", "i8"),
        ("clearing", "i8"),
        ("rounds", "i8"),
        ("cash_settled", "i8"),
        ("gamma_noise", "f8"),  # shares: times 1/width, the gamma that the surface cannot tell from zero
        ("exact", "i8"),  # 1: deltas from all contracts, 0: from the surface where it is good enough
        ("steps", "i8"),
        ("steps_per_day", "i8"),
        ("key_low", "u8"),
        ("key_high", "u8"),
        ("record_every", "i8"),
        ("count_sides", "i8"),  # 1 where a metric asks for it: volatility by side of zero gamma,
        ("count_squeezes", "i8"),
        ("count_gains", "i8"),
    ],
    align=True,
)


GROUP = np.dtype(
    [
        ("strike", "f8"),
        ("log_strike", "f8"),
        ("implied_vol", "f8"),
        ("shares", "f8"),  # calls and puts, per unit of the book
        ("put_shares", "f8"),  # the puts among them
        ("running_shares", "f8"),  # sums over the strikes of the expiry up to this one: shares,
        ("running_strikes", "f8"),  # shares * strike,
        ("running_puts", "f8"),  # put_shares,
        ("running_put_strikes", "f8"),  # put_shares * strike
        ("expiry_step", "i8"),
    ],
    align=True,
)
BOOK = np.dtype([("first", "i8"), ("last", "i8"), ("constant_gamma", "f8"), ("origin", "i8")], align=True)
EXPIRY = np.dtype([("expired", "i8"), ("live", "i8")], align=True)
GRID = np.dtype(
    [("first_cell", "i8"), ("cells", "i8"), ("width", "f8"), ("usable", "i8"), ("fold", "i8"), ("tips", "i8")],
    align=True,
)
BRANCH = np.dtype([("low", "f8"), ("high", "f8")], align=True)

DEALER = np.dtype(
    [
        ("book", "i8"),  # what it holds,
        ("hedge_book", "i8"),  # and whose delta it hedges: the same, or one derived from it
        ("number", "f8"),  # identical dealers in the entry,
        ("scale", "f8"),  # each of whom holds this many units of the book
        ("policy", "i8"),
        ("parameter", "f8"),  # band (shares), or risk aversion (1/$)
        ("every", "i8"),  # policies with a clock: steps between trades
        ("offset", "i8"),
        ("to_edge", "i8"),
        ("policy_cost", "f8"),  # one-way proportional cost that the policy assumes, as a fraction
        ("cost", "f8"),  # the one that trades pay
    ],
    align=True,
)


def records(count: int | tuple[int, ...], dtype: np.dtype) -> Records:
    """Zeroed records; as a recarray, so that kernels read fields as attributes also when run uncompiled."""
    return np.zeros(count, dtype=dtype).view(np.recarray)


def aligned(*shape: int) -> Floats:
    """An uninitialised float64 array whose first element starts a cache line, so that vector loads straddle no two."""
    size = math.prod(shape)
    room = np.empty(size + CACHE_LINE // 8)
    start = -room.ctypes.data % CACHE_LINE // 8
    return room[start : start + size].reshape(shape)


class Options(NamedTuple):
    """Options of all books, calls and puts of one strike, expiry and implied vol merged.

    `groups` (groups,) of GROUP, sorted by book, expiry and strike; `books` (books,) of BOOK: the range of its groups
    and its constant gamma in shares per $; `calendar` (books, steps + 1) of EXPIRY: groups expired .. live - 1 expire
    in that step, groups live .. last - 1 live beyond it.

    Books that dealers hold come first, each its own `origin`; then books that are only hedged, by a policy that reckons
    with other deltas than those of the book it holds, the `origin`. They pay and settle nothing. In a stop-loss book
    first = last, and groups expired .. live - 1 are all options that have not expired before the step, by strike: each
    counts with 1{S > K} in every step.
    """

    groups: Records
    books: Records
    calendar: Records


class Surface(NamedTuple):
    """Delta of every book, tabulated in spot for each step of a window, cubic in each cell (Hermite, gamma exact).

    `steps` (steps of the window,) of GRID: number and width of the cells that cover [low, high]; `usable` where the
    table meets the error bound; `fold` 1 where the clearing map folds somewhere, 0 where it does not, 2 where that is
    not known; `tips` the same for kappa <= -1 of all who hedge, acting in that step or not. Cell j of a step, book b:
    coefficients[4 * (b * cells + first_cell + j) + k] of u**k, u in [0, 1] across the cell. `branches` (cells,) of
    BRANCH: ends of the interval around each cell in which clearing is monotone.
    """

    coefficients: np.ndarray
    first_step: int
    low: float
    high: float
    cells: int  # of all steps together
    steps: Records
    branches: Records


class Setup(NamedTuple):
    """All that stays the same while a run advances: `dealers` of DEALER, `model` one record of MODEL."""

    surface: Surface
    options: Options
    dealers: Records
    model: Records
    user_policy: Any


class Recording(NamedTuple):
    """What to write down: series k of lane i is state[source[k] + i] * factor[k], for values.shape[1] paths.

    They are those from `first_path` on, a multiple of LANES; no path before it may be advanced with this recording.
    """

    source: np.ndarray  # (series,)
    factor: np.ndarray
    cumulative: np.ndarray  # 1 where the source is set to zero once written
    values: np.ndarray  # (series, paths, points)
    first_path: int
