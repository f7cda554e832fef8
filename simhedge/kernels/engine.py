"""The engine: blocks of paths through steps of time, dealers hedging, prices moving. The model is in `advance`."""

import math
from typing import Any

import numpy as np

from simhedge.kernels.accounting import accrue, jumps_after, pay_for_trades, settle_expiries, take_holdings
from simhedge.kernels.clearing import clear_simultaneously, price_lanes
from simhedge.kernels.compiler import kernel
from simhedge.kernels.fundamental import move_fundamental
from simhedge.kernels.layout import (
    ALIVE,
    ASYNCHRONOUS,
    CASH,
    DELTA,
    EXPIRING,
    FROZEN,
    FUNDAMENTAL,
    GAIN_MAX,
    GAIN_MIN,
    GAMMA,
    HEDGE,
    HEDGED_GAMMA,
    INITIAL_HEDGE,
    LAGGED,
    LANES,
    MARGIN,
    MARKET_CASH,
    MARKET_SHARES,
    MULTIPLICATIVE,
    NET_GAMMA,
    NEW_HEDGE,
    NO_HEDGE,
    OPTION_DELTA,
    ORDER,
    PINNED_AT,
    SIMULTANEOUS,
    SPOT,
    TOTAL_HEDGE,
    TWIN_CASH,
    Floats,
    Integers,
    Options,
    Recording,
    Records,
    Setup,
    Surface,
)
from simhedge.kernels.options import expiring_lanes
from simhedge.kernels.policies import follows_target, policies_are_smooth, stays_put, wanted_hedge
from simhedge.kernels.squeezes import mark_squeezes
from simhedge.kernels.statistics import add_gain, add_step, stop_diverged
from simhedge.kernels.surface import all_books_lanes, book_part, dealer_part

START: Any = np.int64(0)


@kernel(inner=True)
def start_block(row: Floats, premium: Floats, setup: Setup) -> None:
    """Set a block's state to the start: hedged as policies reckon delta, without cost or impact, premium financed.

    `premium` (books,) is the $ value of each book at the start.
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    m = model[0]
    row[:] = 0.0
    books = options.books.shape[0]
    for i in range(LANES):
        row[FUNDAMENTAL + i] = m.spot
        row[SPOT + i] = m.spot
        row[ALIVE + i] = 1.0
    evaluate(row, surface, options, START, model)
    for book in range(books):
        book_part(row, book)[TWIN_CASH : TWIN_CASH + LANES] = -premium[book]
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        hedged = book_part(row, dealers[d].hedge_book)
        hedges = 0.0 if dealers[d].policy == NO_HEDGE else 1.0
        for i in range(LANES):
            hedge = -dealers[d].scale * (hedged[DELTA + i] + hedged[EXPIRING + i]) * hedges
            own[HEDGE + i] = hedge
            own[CASH + i] = -dealers[d].scale * premium[dealers[d].book] - hedge * m.spot
            row[TOTAL_HEDGE + i] += dealers[d].number * hedge
    for i in range(LANES):
        row[INITIAL_HEDGE + i] = row[TOTAL_HEDGE + i]
    sum_gammas(row, books, dealers)
    for i in range(LANES):
        gain = m.impact * (m.spot if m.form == MULTIPLICATIVE else 1.0) * row[HEDGED_GAMMA + i]
        row[GAIN_MIN + i] = gain
        row[GAIN_MAX + i] = gain
    keep_option_deltas(row, books, dealers)


@kernel(inline=True)
def sum_gammas(row: Floats, books: int, dealers: Records) -> None:
    """Add up the gammas of what all dealers hold (NET_GAMMA), and of what they hedge (HEDGED_GAMMA), shares per $."""
    for i in range(LANES):
        row[NET_GAMMA + i] = 0.0
        row[HEDGED_GAMMA + i] = 0.0
    for d in range(dealers.shape[0]):
        held = book_part(row, dealers[d].book)
        hedged = book_part(row, dealers[d].hedge_book)
        total = dealers[d].number * dealers[d].scale
        acting = 0.0 if dealers[d].policy == NO_HEDGE else total
        for i in range(LANES):
            row[NET_GAMMA + i] += total * held[GAMMA + i]
            row[HEDGED_GAMMA + i] += acting * hedged[GAMMA + i]


@kernel(inner=True)
def keep_option_deltas(row: Floats, books: int, dealers: Records) -> None:
    """Keep the delta that each entry hedges (all its dealers), frozen and expiring options included, in shares."""
    for d in range(dealers.shape[0]):
        held = book_part(row, dealers[d].hedge_book)
        own = dealer_part(row, books, d)
        total = dealers[d].number * dealers[d].scale
        for i in range(LANES):
            own[OPTION_DELTA + i] = total * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i])


@kernel(inline=True)
def want(row: Floats, books: int, dealers: Records, step: int, user_policy: Any, fraction: float) -> None:
    """Set NEW_HEDGE of every dealer: HEDGE plus `fraction` of the gap to what its policy wants at SPOT.

    Uses the books' deltas in the row (at SPOT, time the end of `step`).
    """
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        held = book_part(row, dealers[d].hedge_book)
        scale = dealers[d].scale
        if stays_put(dealers, d, step):
            for i in range(LANES):
                own[NEW_HEDGE + i] = own[HEDGE + i]
        elif follows_target(dealers, d, step):
            for i in range(LANES):
                target = -scale * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i])
                own[NEW_HEDGE + i] = own[HEDGE + i] + fraction * (target - own[HEDGE + i])
        else:
            for i in range(LANES):
                target = -scale * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i])
                hedge = own[HEDGE + i]
                gamma = scale * held[GAMMA + i]
                wanted = wanted_hedge(hedge, target, row[SPOT + i], gamma, dealers, d, step, user_policy)
                own[NEW_HEDGE + i] = hedge + fraction * (wanted - hedge)


@kernel(inner=True)
def evaluate(row: Floats, surface: Surface, options: Options, step: int, model: Records) -> None:
    """Fill live and expiring deltas and gammas of all books at SPOT, time the end of `step`."""
    all_books_lanes(row, SPOT, surface, options, step, model)
    for book in range(options.books.shape[0]):
        if options.calendar[book, step].expired < options.calendar[book, step].live:
            expiring_lanes(row[SPOT : SPOT + LANES], book_part(row, book), options, book, step)


@kernel(inner=True)
def evaluate_settled(row: Floats, setup: Setup, step: int) -> None:
    """As `evaluate`, once what expired in `step` has settled: its delta is frozen and counts no more by itself."""
    options = setup.options
    evaluate(row, setup.surface, options, step, setup.model)
    for book in range(options.books.shape[0]):
        held = book_part(row, book)
        held[EXPIRING : EXPIRING + LANES] = 0.0
        if options.books[book].origin != book and jumps_after(options, book, step):
            expiring_lanes(row[SPOT : SPOT + LANES], held, options, book, step + 1)


@kernel(inline=True)
def fill_orders(row: Floats, books: int, dealers: Records, model: Records) -> None:
    """Lagged clearing: last step's orders fill, and the price includes them."""
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        for i in range(LANES):
            own[NEW_HEDGE + i] = own[HEDGE + i] + own[ORDER + i]
    take_holdings(row, books, dealers)
    price_lanes(row, model)
    pay_for_trades(row, books, dealers)


@kernel(inline=True)
def place_orders(row: Floats, books: int, dealers: Records, step: int, model: Records, user_policy: Any) -> None:
    """Lagged clearing: decide at SPOT what fills in the next step."""
    want(row, books, dealers, step, user_policy, model[0].participation)
    for d in range(dealers.shape[0]):
        own = dealer_part(row, books, d)
        for i in range(LANES):
            own[ORDER + i] = own[NEW_HEDGE + i] - own[HEDGE + i]


@kernel(inner=True)
def trade_in_rounds(row: Floats, setup: Setup, step: int) -> None:
    """Asynchronous clearing: news is priced, then in rounds dealers close a share of their gaps and move the price."""
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    user_policy = setup.user_policy
    books = options.books.shape[0]
    price_lanes(row, model)
    for _ in range(model[0].rounds):
        stop_diverged(row, MARGIN, model[0].spot)
        evaluate(row, surface, options, step, model)
        want(row, books, dealers, step, user_policy, model[0].participation)
        take_holdings(row, books, dealers)
        price_lanes(row, model)
        pay_for_trades(row, books, dealers)


@kernel(inner=True)
def trade_at_once(row: Floats, weights: Floats, setup: Setup, step: int) -> None:
    """Simultaneous clearing: everybody trades at the price that their trades make."""
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    books = options.books.shape[0]
    smooth = policies_are_smooth(dealers, step)
    jumps = jumps_in(options, step)
    clear_simultaneously(row, jumps, smooth, weights, setup, step)
    take_holdings(row, books, dealers)
    price_lanes(row, model)
    for i in range(LANES):
        row[SPOT + i] = row[PINNED_AT + i] if row[PINNED_AT + i] > 0.0 else row[SPOT + i]
    pay_for_trades(row, books, dealers)


@kernel(inline=True)
def floor_of_gamma(surface: Surface, step: int, model: Records) -> float:
    """Net gamma (shares per $) that the surface of `step` cannot tell from zero; 0 where deltas are exact."""
    n = max(step - surface.first_step, 0)
    if model[0].exact == 1 or surface.steps[n].usable == 0:
        return 0.0
    return model[0].gamma_noise / surface.steps[n].width


@kernel(inner=True)
def expires_in(options: Options, step: int) -> bool:
    """True if an option that dealers hold expires in `step`."""
    for book in range(options.books.shape[0]):
        if (
            options.books[book].origin == book
            and options.calendar[book, step].expired < options.calendar[book, step].live
        ):
            return True
    return False


@kernel(inner=True)
def jumps_in(options: Options, step: int) -> bool:
    """True if a delta of any book jumps at a strike in `step`: on expiry, or always in a stop-loss book."""
    for book in range(options.books.shape[0]):
        if options.calendar[book, step].expired < options.calendar[book, step].live:
            return True
    return False


@kernel(inner=True)
def holds_gamma(options: Options, step: int) -> bool:
    """True if an option of any book lives beyond `step`, or a book has constant gamma."""
    for book in range(options.books.shape[0]):
        if options.calendar[book, step].live < options.books[book].last or options.books[book].constant_gamma != 0.0:
            return True
    return False


@kernel(inner=True)
def record(row: Floats, first_path: int, step: int, model: Records, recording: Recording) -> None:
    """Write the lanes of recorded paths; NaN where the path has diverged."""
    if step % model[0].record_every != 0:
        return
    point = step // model[0].record_every
    first = first_path - recording.first_path
    count = min(LANES, recording.values.shape[1] - first)
    for k in range(recording.source.shape[0]):
        at = recording.source[k]
        for i in range(count):
            alive = row[ALIVE + i] == 1.0
            recording.values[k, first + i, point] = row[at + i] * recording.factor[k] if alive else math.nan
    for k in range(recording.source.shape[0]):
        if recording.cumulative[k] == 1:
            for i in range(LANES):
                row[recording.source[k] + i] = 0.0


@kernel()
def start(state: Floats, history: Floats, first_path: int, premium: Floats, setup: Setup, recording: Recording) -> None:
    """Set all blocks of `state` to the start and record it; see `advance` for the arguments."""
    for block in range(state.shape[0]):
        start_block(state[block], premium, setup)
        history[block, :, 0, :] = 0.0  # log prices relative to the start
        first = first_path + block * LANES
        if first - recording.first_path < recording.values.shape[1]:
            record(state[block], first, START, setup.model, recording)


@kernel()
def rehedge(state: Floats, step: int, setup: Setup) -> None:
    """Hand dealers the shares that make them hedged at SPOT, at the end of `step`, without a trade in the market.

    So options change hands tied to stock: the other side of the trade gives the shares, at SPOT, without cost; the
    price does not move. Orders under way are void. See `advance` for the arguments.
    """
    options = setup.options
    dealers = setup.dealers
    books = options.books.shape[0]
    for block in range(state.shape[0]):
        row = state[block]
        evaluate_settled(row, setup, step)
        for d in range(dealers.shape[0]):
            own = dealer_part(row, books, d)
            held = book_part(row, dealers[d].hedge_book)
            hedges = 0.0 if dealers[d].policy == NO_HEDGE else 1.0
            for i in range(LANES):
                target = -dealers[d].scale * (held[DELTA + i] + held[FROZEN + i] + held[EXPIRING + i]) * hedges
                shares = target - own[HEDGE + i]
                given = dealers[d].number * shares
                own[HEDGE + i] = target
                own[ORDER + i] = 0.0
                own[CASH + i] -= shares * row[SPOT + i]
                row[TOTAL_HEDGE + i] += given
                row[INITIAL_HEDGE + i] += given
                row[MARKET_SHARES + i] -= given
                row[MARKET_CASH + i] += given * row[SPOT + i]
        sum_gammas(row, books, dealers)
        keep_option_deltas(row, books, dealers)


@kernel()
def advance(
    state: Floats,
    history: Floats,
    first_path: int,
    first_step: int,
    last_step: int,
    lags: Integers,
    weights: Floats,
    setup: Setup,
    recording: Recording,
) -> None:
    """Advance all blocks of `state` (blocks, variables * LANES) from `first_step` to `last_step`.

    This is the model: in each step, from t_n to t_{n+1},
    1. accounts accrue interest and dividends on what was held over the step, and news moves the fundamental X;
    2. (other flows arrive: customers and traders; none yet;)
    3. time passes: from here every delta is that of t_{n+1};
    4. dealers hedge and the price clears. `lagged`: the orders decided at S_n fill, S_{n+1} = X + impact * (H - H_0).
       `asynchronous`: rounds of partial hedging, each moving the price. `simultaneous`: the clearing price and the
       hedges at that price are found together (clearing.py). Options that expire at t_{n+1} count with 1{S > K}, as
       do those of stop-loss dealers at any time;
    5. statistics are taken, paths that left [spot / 1000, 1000 spot] stop, and expired options settle at S_{n+1}:
       physically (their delta is frozen) or in cash (their hedge is unwound). `lagged`: the next orders are decided;
    6. books are kept: whatever dealers trade, pay and receive has the market on the other side.

    `first_path` is the number of the first path; `history` (blocks, 2, points, LANES) the ring of log prices of the
    hedged world and the twin; `weights` (steps of the surface's window, books) the units of each book that follow
    their target in that step. Runs without the GIL and touches nothing but its blocks, so threads can share the work.
    """
    surface = setup.surface
    options = setup.options
    dealers = setup.dealers
    model = setup.model
    books = options.books.shape[0]
    old_spot = np.empty(LANES)
    twin_log = np.empty(LANES)
    clearing = model[0].clearing
    for block in range(state.shape[0]):
        row = state[block]
        path = first_path + block * LANES
        recorded = path - recording.first_path < recording.values.shape[1]
        for step in range(first_step + 1, last_step + 1):
            old_spot[:] = row[SPOT : SPOT + LANES]
            accrue(row, books, dealers, model)
            move_fundamental(row, path, step - 1, model)
            if clearing == LAGGED:
                fill_orders(row, books, dealers, model)
            elif clearing == ASYNCHRONOUS:
                trade_in_rounds(row, setup, step)
            else:
                trade_at_once(row, weights[step - surface.first_step], setup, step)
            stop_diverged(row, MARGIN, model[0].spot)
            if clearing != SIMULTANEOUS:
                evaluate(row, surface, options, step, model)
            if recorded:
                keep_option_deltas(row, books, dealers)
            gamma_floor = floor_of_gamma(surface, step - 1, model)
            add_step(row, history[block], twin_log, lags, step, model, gamma_floor)
            mark_squeezes(row, old_spot, setup, step)
            expiry = expires_in(options, step)
            if expiry:
                settle_expiries(row, options, dealers, step, model)
            sum_gammas(row, books, dealers)
            if model[0].count_gains == 1 and not expiry and holds_gamma(options, step):
                add_gain(row, model)
            if clearing == LAGGED:
                place_orders(row, books, dealers, step, model, setup.user_policy)
            if recorded:
                record(row, path, step, model, recording)
