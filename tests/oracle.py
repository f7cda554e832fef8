"""Reference simulator for the tests: plain numpy and scipy, one path and one step at a time, slow and clear.

Written from the equations of the model only (docs/model.md) and sharing no code with the package. The fundamental is
an input, so that a run of the package and the oracle can be compared step by step on the same news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

Array = NDArray[np.float64]
WINDOW = 0.005  # the root search walks in windows of this share of the price
POINTS = 160  # uniform points per window


@dataclass(frozen=True)
class Option:
    """One position: kind +1 call, -1 put; signed shares; the step at which it expires; implied_vol per sqrt(year)."""

    kind: float
    strike: float
    expiry_step: int
    shares: float
    implied_vol: float


@dataclass(frozen=True)
class Dealer:
    """One dealer: options, constant gamma (shares per $), policy as in a scenario file, cost_bps one way."""

    name: str
    options: tuple[Option, ...]
    constant_gamma: float
    policy: Mapping[str, Any]
    cost_bps: float = 0.0

    @property
    def hedges(self) -> bool:
        return bool(self.policy["type"] != "none")


@dataclass(frozen=True)
class Market:
    """Constants of the market; `impact` is Kyle's lambda in $ per share, `year_step` the length of a step in years."""

    spot: float
    impact: float
    form: str
    clearing: Mapping[str, Any]
    rate: float
    dividend_yield: float
    year_step: float

    def price(self, fundamental: float, moved: float) -> float:
        """Price in $ when dealers hold `moved` shares more than at the start."""
        if self.form == "arithmetic":
            return fundamental + self.impact * moved
        return float(fundamental * np.exp(self.impact / self.spot * moved))


@dataclass
class State:
    """What one path carries from step to step; arrays over dealers."""

    price: float
    hedge: Array
    cash: Array
    frozen: Array  # delta of expired options = shares delivered
    order: Array


@dataclass
class Track:
    """What the oracle returns: spot (path, step), everything else (path, step, dealer)."""

    spot: Array
    hedge: Array
    cash: Array
    dealer_delta: Array
    value: Array
    frozen: Array
    turnover: Array  # sum of absolute trades within the step, all rounds

    def pnl(self) -> Array:
        """Each dealer's change in wealth in $, shape (path, dealer), marked at the last price."""
        shares = self.hedge[:, -1] + self.frozen[:, -1]
        return self.value[:, -1] + self.cash[:, -1] + shares * self.spot[:, -1][:, None]


# ---------------------------------------------------------------- Black-Scholes-Merton (Merton 1973)


def _d1(option: Option, spot: Array, tau: float, market: Market) -> Array:
    carry = market.rate - market.dividend_yield + 0.5 * option.implied_vol**2
    return (np.log(spot / option.strike) + carry * tau) / (option.implied_vol * np.sqrt(tau))


def option_delta(option: Option, spot: Array, tau: float, market: Market) -> Array:
    """Delta per share in [-1, 1], tau > 0 years before expiry."""
    d1 = _d1(option, spot, tau, market)
    return option.kind * np.exp(-market.dividend_yield * tau) * ndtr(option.kind * d1)


def option_gamma(option: Option, spot: Array, tau: float, market: Market) -> Array:
    """Gamma per share in 1/$, tau > 0 years before expiry."""
    d1 = _d1(option, spot, tau, market)
    density = np.exp(-0.5 * d1**2) / np.sqrt(2.0 * np.pi)
    return np.exp(-market.dividend_yield * tau) * density / (spot * option.implied_vol * np.sqrt(tau))


def option_value(option: Option, spot: Array, tau: float, market: Market) -> Array:
    """Price per share in $, tau > 0 years before expiry."""
    d1 = _d1(option, spot, tau, market)
    d2 = d1 - option.implied_vol * np.sqrt(tau)
    stock = spot * np.exp(-market.dividend_yield * tau) * ndtr(option.kind * d1)
    bond = option.strike * np.exp(-market.rate * tau) * ndtr(option.kind * d2)
    return option.kind * (stock - bond)


# ---------------------------------------------------------------- a dealer's book


def book_delta(dealer: Dealer, spot: Array, step: int, market: Market) -> Array:
    """Delta in shares of what has not expired before `step`; an option expiring at it counts with 1{S > K}."""
    total = dealer.constant_gamma * (spot - market.spot)
    for option in dealer.options:
        if option.expiry_step > step:
            tau = (option.expiry_step - step) * market.year_step
            total = total + option.shares * option_delta(option, spot, tau, market)
        elif option.expiry_step == step:
            total = total + option.shares * ((spot > option.strike) * 1.0 - float(option.kind < 0))
    return total


def book_gamma(dealer: Dealer, spot: Array, step: int, market: Market) -> Array:
    """Gamma in shares per $ of what is still alive after `step`."""
    total = np.full_like(spot, dealer.constant_gamma)
    for option in dealer.options:
        if option.expiry_step > step:
            tau = (option.expiry_step - step) * market.year_step
            total = total + option.shares * option_gamma(option, spot, tau, market)
    return total


def book_value(dealer: Dealer, spot: Array, step: int, market: Market) -> Array:
    """Model value in $ of what is still alive after `step`."""
    total = 0.5 * dealer.constant_gamma * (spot - market.spot) ** 2
    for option in dealer.options:
        if option.expiry_step > step:
            tau = (option.expiry_step - step) * market.year_step
            total = total + option.shares * option_value(option, spot, tau, market)
    return total


# ---------------------------------------------------------------- policies


def leland_book(dealer: Dealer, market: Market) -> Dealer:
    """The dealer with Leland's vols (1985): variance times 1 + A where it is short, 1 - A where it is long.

    Calls and puts that differ in nothing else have the same gamma and are one position.
    """
    cost = dealer.policy.get("cost_bps", dealer.cost_bps) * 1e-4
    interval = dealer.policy["every_steps"] * market.year_step

    def modified(option: Option) -> Option:
        alike = [(o.strike, o.expiry_step, o.implied_vol) for o in dealer.options]
        mine = (option.strike, option.expiry_step, option.implied_vol)
        net = sum(o.shares for o, other in zip(dealer.options, alike, strict=True) if other == mine)
        number = np.sqrt(8.0 / np.pi) * cost / (option.implied_vol * np.sqrt(interval))
        return replace(option, implied_vol=float(option.implied_vol * np.sqrt(1.0 - np.sign(net) * number)))

    return replace(dealer, options=tuple(modified(option) for option in dealer.options))


def hedge_delta(dealer: Dealer, spot: Array, step: int, market: Market) -> Array:
    """Delta in shares as the dealer's policy reckons it, of what has not expired before `step`."""
    if dealer.policy["type"] == "leland":
        return book_delta(leland_book(dealer, market), spot, step, market)
    if dealer.policy["type"] != "stop_loss":
        return book_delta(dealer, spot, step, market)
    total = dealer.constant_gamma * (spot - market.spot)
    for option in dealer.options:
        if option.expiry_step >= step:
            total = total + option.shares * ((spot > option.strike) * 1.0 - float(option.kind < 0))
    return total


def wanted_hedge(dealer: Dealer, hedge: float, delta: Array, spot: Array, step: int, market: Market) -> Array:
    """Shares the dealer holds after its policy acted at `spot`, participation 1; `delta` includes frozen deltas."""
    policy, target, held = dealer.policy, -delta, np.full_like(delta, hedge)
    match policy["type"]:
        case "continuous":
            return target
        case "fixed_interval" | "leland" | "stop_loss":
            acts = (step - policy.get("offset", 0)) % policy.get("every_steps", 1) == 0
            return target if acts else held
        case "delta_band":
            band = policy["band"]
            if policy.get("to", "target") == "edge":
                return np.clip(held, target - band, target + band)
            return np.where(np.abs(target - held) > band, target, held)
        case "whalley_wilmott":  # Whalley & Wilmott 1997, discount factor 1
            cost = policy.get("cost_bps", dealer.cost_bps) * 1e-4
            gamma = book_gamma(dealer, spot, step, market)
            width = np.cbrt(1.5 * cost * spot * gamma**2 / policy["risk_aversion"])
            return np.clip(held, target - width, target + width)
        case "none":
            return np.zeros_like(delta)
    raise ValueError(policy["type"])


# ---------------------------------------------------------------- clearing


class Cleared(NamedTuple):
    """Price in $, hedges and option deltas per dealer, and the share of an option at the money that counts as in it."""

    spot: float
    hedges: Array
    deltas: Array
    share: float


class Clearing:
    """One step's simultaneous clearing on one path: the first root of S - price(sum of hedges at S)."""

    def __init__(self, market: Market, dealers: list[Dealer], state: State, fundamental: float, step: int) -> None:
        self.market, self.dealers, self.state = market, dealers, state
        self.fundamental, self.step = fundamental, step
        self.start_hedge = sum(starting_hedge(d, market) for d in dealers)

    def deltas(self, spot: Array) -> Array:
        """Option deltas, frozen ones included, shape (dealer, spot)."""
        live = [hedge_delta(d, spot, self.step, self.market) for d in self.dealers]
        return np.array(live) + self.state.frozen[:, None]

    def hedges(self, spot: Array) -> Array:
        """What the dealers would hold at each spot, shape (dealer, spot)."""
        rows = zip(self.dealers, self.state.hedge, self.deltas(spot), strict=True)
        return np.array([wanted_hedge(d, h, row, spot, self.step, self.market) for d, h, row in rows])

    def needed(self, spot: float) -> float:
        """Total shares the dealers must hold for `spot` to clear."""
        if self.market.form == "arithmetic":
            return float((spot - self.fundamental) / self.market.impact + self.start_hedge)
        elasticity = self.market.impact / self.market.spot
        return float(np.log(spot / self.fundamental) / elasticity + self.start_hedge)

    def shortfall(self, spot: Array) -> Array:
        """Price minus clearing price in $; negative where the price must rise."""
        moved = self.hedges(spot).sum(axis=0) - self.start_hedge
        return spot - np.array([self.market.price(self.fundamental, m) for m in moved])

    def jumps(self, points: Array) -> Array:
        """Spots within the points' range at which a hedge jumps: expiring strikes, all of stop-loss, edges of bands."""
        found = [o.strike for d in self.dealers for o in d.options if o.expiry_step == self.step]
        stop_loss = [d for d in self.dealers if d.policy["type"] == "stop_loss"]
        found += [o.strike for d in stop_loss for o in d.options if o.expiry_step > self.step]
        for index, dealer in enumerate(self.dealers):
            if dealer.policy["type"] == "delta_band" and dealer.policy.get("to", "target") == "target":
                found += sign_changes(lambda s, i=index: self._outside_band(i, s), points)
        inside = sorted(s for s in found if points[0] <= s <= points[-1])
        keep: list[float] = []
        for spot in inside:
            if not keep or spot - keep[-1] > 1e-9 * self.market.spot:
                keep.append(spot)
        return np.array(keep)

    def _outside_band(self, index: int, spot: Array) -> Array:
        gap = -self.deltas(spot)[index] - self.state.hedge[index]
        return np.abs(gap) - float(self.dealers[index].policy["band"])

    def window(self, low: float, high: float) -> Array:
        """Sorted points dense enough to see every fold: uniform ones, and a fine set around each live strike."""
        points = [np.linspace(low, high, POINTS)]
        for option in {o for d in self.dealers for o in d.options if o.expiry_step > self.step}:
            width = option.implied_vol * np.sqrt((option.expiry_step - self.step) * self.market.year_step)
            near = option.strike * np.exp(width * np.linspace(-6.0, 6.0, 241))
            points.append(near[(near > low) & (near < high)])
        return np.unique(np.concatenate(points))

    def solve(self) -> Cleared:
        """The first root from the old price; an option struck at the old price counts as out of the money."""
        old = np.array([self.state.price])
        excess = -float(self.shortfall(old)[0])
        if excess == 0.0:
            return self._at(self.state.price)
        direction = 1.0 if excess > 0.0 else -1.0
        edge, size = self.state.price, WINDOW * self.state.price
        while self.market.spot / 1000.0 < edge < 1000.0 * self.market.spot:
            low, high = sorted((edge, edge + direction * size))
            answer = self._search(self.window(low, high), direction)
            if answer is not None:
                return answer
            edge += direction * size
        raise ArithmeticError("the price left the permitted range")

    def _search(self, points: Array, direction: float) -> Cleared | None:
        jumps = self.jumps(points)
        nudge = 1e-12 * self.market.spot
        grid = np.unique(np.concatenate([points, jumps - nudge, jumps + nudge]))
        if direction < 0.0:  # a strike at the old price lies behind: its options are out of the money already
            grid = grid[grid <= points[-1]]
        grid = grid[~np.isin(grid, jumps)][:: int(direction)]
        values = direction * self.shortfall(grid)
        if values[0] >= 0.0:
            return self._at(float(grid[0]))
        first = int(np.argmax(values >= 0.0)) if (values >= 0.0).any() else grid.size
        bracket = self._turn(grid[:first], values[:first], direction)
        if bracket is None and first == grid.size:
            return None
        low, high = sorted(bracket or (grid[first - 1], grid[first]))
        for jump in jumps:
            if low <= jump <= high:
                return self._partial(float(jump), nudge)
        root = brentq(lambda s: float(self.shortfall(np.array([s]))[0]), low, high, xtol=1e-13, rtol=1e-15)
        return self._at(float(root))

    def _turn(self, grid: Array, values: Array, direction: float) -> tuple[float, float] | None:
        """Ends of an interval with a root just before a fold, seen from neither of the points around it."""
        left = np.concatenate([[-np.inf], values[:-2]])
        peaks = np.nonzero((values[:-1] > left) & (values[:-1] >= values[1:]) & (values[:-1] > -0.01))[0]
        for i in peaks:
            start = float(grid[max(i - 1, 0)])
            below = lambda s: -direction * float(self.shortfall(np.array([s]))[0])  # noqa: E731
            ends = sorted((start, float(grid[i + 1])))
            turn = minimize_scalar(below, bounds=ends, method="bounded", options={"xatol": 1e-11})
            if turn.fun <= 0.0:
                return start, float(turn.x)
        return None

    def _at(self, spot: float) -> Cleared:
        here = np.array([spot])
        return Cleared(spot, self.hedges(here)[:, 0], self.deltas(here)[:, 0], 0.0)

    def _partial(self, jump: float, nudge: float) -> Cleared:
        """The price sits at the jump; every jumping quantity stops at the same fraction of its jump."""
        sides = np.array([jump - nudge, jump + nudge])
        hedges, deltas = self.hedges(sides), self.deltas(sides)
        below, above = hedges.sum(axis=0)
        share = (self.needed(jump) - below) / (above - below)
        return Cleared(
            jump,
            hedges[:, 0] + share * (hedges[:, 1] - hedges[:, 0]),
            deltas[:, 0] + share * (deltas[:, 1] - deltas[:, 0]),
            float(share),
        )


def sign_changes(function: Callable[[Array], Array], points: Array) -> list[float]:
    """Roots of `function` between neighbouring points of opposite sign."""
    values = function(points)
    at = np.nonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)[0]
    scalar = lambda s: float(function(np.array([s]))[0])  # noqa: E731
    return [float(brentq(scalar, points[i], points[i + 1], xtol=1e-13, rtol=1e-15)) for i in at]


# ---------------------------------------------------------------- one step, one path


def starting_hedge(dealer: Dealer, market: Market) -> float:
    """Shares held at the start: the hedge of the delta as reckoned, nothing for a dealer who does not hedge."""
    if not dealer.hedges:
        return 0.0
    return -float(hedge_delta(dealer, np.array([market.spot]), 0, market)[0])


def _policy_gap(market: Market, dealers: list[Dealer], state: State, step: int) -> Array:
    spot = np.array([state.price])
    gaps = []
    for i, dealer in enumerate(dealers):
        delta = hedge_delta(dealer, spot, step, market) + state.frozen[i]
        gaps.append(float(wanted_hedge(dealer, state.hedge[i], delta, spot, step, market)[0]) - state.hedge[i])
    return np.array(gaps)


def _fill(market: Market, dealers: list[Dealer], state: State, trade: Array) -> None:
    costs = np.array([d.cost_bps * 1e-4 for d in dealers])
    state.hedge = state.hedge + trade
    state.cash = state.cash - trade * state.price - costs * np.abs(trade) * state.price


def _clear(
    market: Market, dealers: list[Dealer], state: State, fundamental: float, step: int
) -> tuple[Array, Array, float]:
    """Absolute shares traded and option deltas per dealer, and `Cleared.share`; moves `state` to the new price."""
    start_hedge = sum(starting_hedge(d, market) for d in dealers)
    kind, turnover = market.clearing["type"], np.zeros(len(dealers))
    if kind == "simultaneous":
        cleared = Clearing(market, dealers, state, fundamental, step).solve()
        trade = cleared.hedges - state.hedge
        state.price = cleared.spot
        _fill(market, dealers, state, trade)
        return np.abs(trade), cleared.deltas, cleared.share
    if kind == "lagged":
        turnover = np.abs(state.order)
        state.price = market.price(fundamental, float((state.hedge + state.order).sum()) - start_hedge)
        _fill(market, dealers, state, state.order)
    else:
        state.price = market.price(fundamental, float(state.hedge.sum()) - start_hedge)
        for _ in range(market.clearing["rounds"]):
            trade = market.clearing["participation"] * _policy_gap(market, dealers, state, step)
            state.price = market.price(fundamental, float((state.hedge + trade).sum()) - start_hedge)
            _fill(market, dealers, state, trade)
            turnover += np.abs(trade)
    spot = np.array([state.price])
    deltas = np.array([float(hedge_delta(d, spot, step, market)[0]) for d in dealers]) + state.frozen
    return turnover, deltas, 0.0


def _settle(dealers: list[Dealer], state: State, share: float, step: int) -> None:
    """Physical delivery: what expires becomes shares against strikes in cash; at a pin, the cleared `share` of it."""
    for i, dealer in enumerate(dealers):
        for option in dealer.options:
            if option.expiry_step != step:
                continue
            called = share if state.price == option.strike else float(state.price > option.strike)
            delivered = option.shares * (called - float(option.kind < 0))
            state.frozen[i] += delivered
            state.cash[i] -= delivered * option.strike


def simulate(market: Market, dealers: list[Dealer], fundamental: Array) -> Track:
    """Prices and books along given fundamental paths of shape (path, step + 1), the start included."""
    paths, count = fundamental.shape[0], len(dealers)
    shape = (*fundamental.shape, count)
    track = Track(np.empty(fundamental.shape), *(np.zeros(shape) for _ in range(6)))
    for path in range(paths):
        _simulate_path(market, dealers, fundamental[path], track, path)
    return track


def _simulate_path(market: Market, dealers: list[Dealer], fundamental: Array, track: Track, path: int) -> None:
    spot = np.array([market.spot])
    hedge = np.array([starting_hedge(d, market) for d in dealers])
    value = np.array([float(book_value(d, spot, 0, market)[0]) for d in dealers])
    none = np.zeros(len(dealers))
    state = State(market.spot, hedge, -value - hedge * market.spot, none.copy(), none.copy())
    deltas = np.array([float(hedge_delta(d, spot, 0, market)[0]) for d in dealers])
    _record(market, dealers, state, deltas, none, track, path, 0)
    for step in range(1, fundamental.size):
        _accrue(market, state)
        turnover, deltas, share = _clear(market, dealers, state, float(fundamental[step]), step)
        state.order = market.clearing.get("participation", 1.0) * _policy_gap(market, dealers, state, step)
        _settle(dealers, state, share, step)
        _record(market, dealers, state, deltas, turnover, track, path, step)


def _accrue(market: Market, state: State) -> None:
    """Interest on the cash, dividends on the value of the shares (hedge and delivered) carried into the step."""
    interest = state.cash * np.expm1(market.rate * market.year_step)
    shares = state.hedge + state.frozen
    state.cash = state.cash + interest + shares * state.price * np.expm1(market.dividend_yield * market.year_step)


def _record(
    market: Market,
    dealers: list[Dealer],
    state: State,
    deltas: Array,
    traded: Array,
    track: Track,
    path: int,
    step: int,
) -> None:
    spot = np.array([state.price])
    track.spot[path, step] = state.price
    track.hedge[path, step], track.cash[path, step] = state.hedge, state.cash
    track.dealer_delta[path, step], track.frozen[path, step] = deltas, state.frozen
    track.value[path, step] = [float(book_value(d, spot, step, market)[0]) for d in dealers]
    track.turnover[path, step] = traded


# ---------------------------------------------------------------- from a scenario file's plain dictionary


def market_of(scenario: Mapping[str, Any]) -> Market:
    """The oracle's market for a scenario dictionary with spot and impact written out."""
    market, clock = scenario["market"], scenario["clock"]
    spot, year_days = market["spot"], clock.get("trading_days_per_year", 252)
    impact, process = market["impact"], market["fundamental"]
    relative = process["volatility"] if process["type"] == "gbm" else process["volatility"] / spot
    if impact["type"] == "kyle":
        kyle_lambda = impact["kyle_lambda"]
    else:
        daily = market.get("daily_volatility", relative / np.sqrt(year_days))
        kyle_lambda = impact.get("coefficient", 1.0) * daily * spot / market["adv_shares"]
    return Market(
        spot=spot,
        impact=float(kyle_lambda),
        form=impact.get("form", "arithmetic"),
        clearing=market["clearing"],
        rate=market.get("rate", 0.0),
        dividend_yield=market.get("dividend_yield", 0.0),
        year_step=1.0 / (year_days * clock["steps_per_day"]),
    )


def dealers_of(scenario: Mapping[str, Any]) -> list[Dealer]:
    """Every single dealer of a scenario dictionary, `count`, `copies` and `scale` written out, in the file's order."""
    dealers: list[Dealer] = []
    for entry in scenario["dealers"]:
        number, share = entry.get("count", 1), entry.get("scale", 1.0) / entry.get("count", 1)
        if "copies" in entry:
            number, share = entry["copies"], entry.get("scale", 1.0)
        options, constant_gamma = [], 0.0
        for position in scenario["books"][entry["book"]]:
            if position["kind"] == "constant_gamma":
                constant_gamma += share * position["gamma"]
                continue
            options.append(
                Option(
                    kind=1.0 if position["kind"] == "call" else -1.0,
                    strike=position["strike"],
                    expiry_step=round(position["expiry_days"] * scenario["clock"]["steps_per_day"]),
                    shares=share * position["contracts"] * position.get("multiplier", 100),
                    implied_vol=position["implied_vol"],
                )
            )
        for _ in range(number):
            one = Dealer(entry["name"], tuple(options), constant_gamma, entry["policy"], entry.get("cost_bps", 0.0))
            dealers.append(one)
    return dealers
