"""`find_levels`: everything that is read off a book, or off the open interest of a chain, under stated conventions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from simhedge.book import Book, Listing, MarketState
from simhedge.errors import InputError
from simhedge.levels.definitions import Defined, defined, evidence_of, usual_share
from simhedge.levels.exposure import (
    Exposures,
    GammaSource,
    Legs,
    StrikeExposures,
    by_expiry,
    by_strike,
    exposures,
    legs,
)
from simhedge.levels.feedback import Feedback, Impact, feedback
from simhedge.levels.landmarks import expected_move, largest_gamma_strike, max_pain
from simhedge.levels.levels_display import html, line
from simhedge.levels.positions import Positions, positions
from simhedge.levels.profile import Profile, profile
from simhedge.levels.sign import Sign, dealer_shares
from simhedge.levels.uncertainty import Assumed, SignErrors, Uncertainty, uncertainty
from simhedge.levels.units import GAMMA_UNITS, GammaUnit, gamma_factor
from simhedge.levels.walls import WALL_RULES, WallRule, Walls, walls
from simhedge.levels.zero_gamma import ZERO_GAMMA_RULES, Grounds, ZeroGamma, ZeroGammaRule, nearest, zero_gamma

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Conventions(NamedTuple):
    """How levels are computed; rates per year, continuously compounded. `days_per_year` turns charm into $ a day."""

    gamma: GammaSource = "model"
    sign: Sign = Sign()
    rate: float = 0.0
    dividend_yield: float = 0.0
    unit: GammaUnit = "usd_per_1pct"
    zero_gamma: ZeroGammaRule = "nearest"
    walls: WallRule = "side_gamma"
    definitions: tuple[str, ...] = ("all",)
    days_per_year: float = 365.0


class ExpiryLevels(NamedTuple):
    """Levels of one expiry date alone: gamma exposure by side ($ per 1%) and levels in $, None where there are none."""

    expiry: str
    gamma: Legs
    zero_gamma: float | None
    call_wall: float | None
    put_wall: float | None
    max_pain: float | None
    expected_move: float | None


@dataclass(frozen=True)
class Levels:
    """Exposures and levels of `listing`, dealers holding `share` (n,) of each row's open interest.

    `exposure` is by row, `profile` over spots, `positions` what the profile is made of. Levels are in $, exposures in
    the units of `simhedge.levels.exposure`.
    """

    listing: Listing
    conventions: Conventions
    share: NDArray[np.float64]
    positions: Positions
    exposure: Exposures
    strikes: StrikeExposures
    profile: Profile
    zero_gamma: ZeroGamma
    walls: Walls
    definitions: dict[str, Defined]
    feedback: Feedback | None = None
    uncertainty: Uncertainty | None = None

    def __repr__(self) -> str:
        return line(self)

    def _repr_html_(self) -> str:
        return html(self)

    @property
    def spot(self) -> float:
        """Price ($) of the underlying."""
        return self.listing.spot

    def exposure_legs(self) -> dict[str, Legs]:
        """Calls, puts and net of gamma (in the unit of the conventions), delta, vanna and charm."""
        per_1pct = gamma_factor("usd_per_1pct", self.spot)
        factor = gamma_factor(self.conventions.unit, self.spot) / per_1pct
        own = self.exposure
        named = {"gamma": own.gamma * factor, "delta": own.delta, "vanna": own.vanna, "charm": own.charm}
        return {name: legs(self.listing, values) for name, values in named.items()}

    def all_walls(self) -> dict[WallRule, Walls]:
        """The walls under every rule."""
        return {rule: walls(self.strikes, self.spot, rule) for rule in WALL_RULES}

    @cached_property
    def by_expiry(self) -> list[ExpiryLevels]:
        """Levels of each expiry alone, in order of time."""
        calls, puts = by_expiry(self.listing, self.exposure.gamma)
        return [
            self._of_expiry(
                number, Legs(float(calls[number]), float(puts[number]), float(calls[number] + puts[number]))
            )
            for number in range(len(self.listing.expiries))
        ]

    def _of_expiry(self, number: int, gamma: Legs) -> ExpiryLevels:
        rows = self.listing.expiry == number
        strikes = by_strike(self.listing, self.exposure.gamma, rows)
        found = walls(strikes, self.spot, self.conventions.walls)
        return ExpiryLevels(
            expiry=self.listing.expiries[number],
            gamma=gamma,
            zero_gamma=nearest(self.profile.expiry_roots(number), self.spot),
            call_wall=found.call,
            put_wall=found.put,
            max_pain=max_pain(self.listing, rows),
            expected_move=expected_move(self.listing, rows),
        )

    @property
    def largest_gamma_strike(self) -> float | None:
        """The strike ($) with the largest gamma, sides not netted."""
        return largest_gamma_strike(self.strikes, self.spot)

    def by_strike_json(self) -> list[dict[str, float]]:
        """Gamma exposure (in the unit of the conventions) and open interest (contracts) by strike, those with any."""
        factor = gamma_factor(self.conventions.unit, self.spot) / gamma_factor("usd_per_1pct", self.spot)
        own = self.strikes
        columns = {
            "strike": own.strike,
            "calls": own.calls * factor,
            "puts": own.puts * factor,
            "net": own.net * factor,
            "call_open_interest": own.call_interest,
            "put_open_interest": own.put_interest,
        }
        held = (own.call_interest > 0.0) | (own.put_interest > 0.0)
        rows = zip(*(values[held].tolist() for values in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def warnings(self) -> list[str]:
        """What a reader of these levels should know: walls that coincide or lie on the wrong side, rows without vol."""
        told = []
        call, put = self.walls
        if call is not None and call == put:
            told.append(f"call wall and put wall are the same strike, {call:g}: see the other wall rules")
        if call is not None and call < self.spot:
            told.append(f"the call wall {call:g} lies below spot {self.spot:g} (rule {self.conventions.walls})")
        if put is not None and put > self.spot:
            told.append(f"the put wall {put:g} lies above spot {self.spot:g} (rule {self.conventions.walls})")
        left_out = np.ones(self.listing.strike.size, dtype=np.bool_)
        left_out[self.positions.row] = False
        settled = self.listing.time_to_expiry <= 0.0
        for rows, words in ((left_out & ~settled, "without implied vol"), (left_out & settled, "that have settled")):
            if rows.any():
                interest = self.listing.open_interest[rows].sum()
                told.append(f"{rows.sum():,} options {words} (open interest {interest:,.0f}) are not in the profile")
        return told

    def as_json(self) -> dict[str, Any]:
        """Exposure, zero gamma, walls, definitions and what was asked for beside them, as a JSON object."""
        return {
            "exposure": {name: found._asdict() for name, found in self.exposure_legs().items()},
            "zero_gamma": {
                "status": self.zero_gamma.status,
                "headline": self.zero_gamma.headline,
                "rule": self.zero_gamma.rule,
                "roots": [root._asdict() for root in self.zero_gamma.roots],
            },
            "walls": {
                "call": {"strike": self.walls.call, "rule": self.conventions.walls},
                "put": {"strike": self.walls.put, "rule": self.conventions.walls},
                "rules": {rule: found._asdict() for rule, found in self.all_walls().items()},
            },
            "largest_gamma_strike": self.largest_gamma_strike,
            "expiries": [row._asdict() | {"gamma": row.gamma._asdict()} for row in self.by_expiry],
            "definitions": {name: found._asdict() for name, found in self.definitions.items()},
            **({} if self.uncertainty is None else {"uncertainty": self.uncertainty.as_dict()}),
            "feedback": _feedback_json(self.feedback),
        }


def find_levels(
    book: Book,
    market: MarketState,
    *,
    conventions: Conventions | None = None,
    impact: Impact | None = None,
) -> Levels:
    """Levels of a book in a market, dealers on the side that the signs of its contracts say.

    Rates of the market take the place of those of `conventions`; the gamma is the model's. The definitions keep their
    own sign on the open interest that the contracts stand for. Raises InputError for a book without live options, or
    with a constant gamma, which has no strike.
    """
    if book.constant_gamma != 0.0:
        remedy = "levels are of options: leave constant_gamma out"
        raise InputError("has no strike", key="constant_gamma", value=book.constant_gamma, remedy=remedy)
    listing = Listing.from_book(book, market)
    asked = conventions or Conventions()
    if listing.strike.size == 0:
        remedy = f"contracts that live beyond {market.elapsed_days:g} trading days are needed"
        raise InputError("the book has no live option", key="book", remedy=remedy)
    own = asked._replace(gamma="model", sign=Sign((), from_column=True), rate=market.rate)
    return levels_of(listing, own._replace(dividend_yield=market.dividend_yield), impact=impact)


def levels_of(
    listing: Listing,
    conventions: Conventions = Conventions(),  # noqa: B008 - a frozen tuple
    *,
    impact: Impact | None = None,
    errors: SignErrors | None = None,
) -> Levels:
    """Levels of a listing under the conventions; with `impact` the feedback gain too, with `errors` their bands."""
    _check(conventions)
    share = dealer_shares(listing, conventions.sign)
    priced = positions(listing, share, conventions.rate, conventions.dividend_yield)
    exposure = exposures(listing, share, priced, conventions.gamma, conventions.days_per_year)
    strikes = by_strike(listing, exposure.gamma)
    over_spots = profile(priced, listing.spot)
    level = zero_gamma(Grounds(over_spots, strikes, listing.spot), conventions.zero_gamma)
    found = Levels(
        listing=listing,
        conventions=conventions,
        share=share,
        positions=priced,
        exposure=exposure,
        strikes=strikes,
        profile=over_spots,
        zero_gamma=level,
        walls=walls(strikes, listing.spot, conventions.walls),
        definitions=_definitions(listing, conventions, (share, over_spots)),
    )
    if impact is not None:
        found = replace(found, feedback=feedback(priced, over_spots, listing.spot, impact))
    if errors is not None:
        kyle_lambda = None if impact is None else impact.kyle_lambda(listing.spot)
        rules = conventions.zero_gamma, conventions.walls
        assumed = Assumed(listing, exposure.gamma, priced, over_spots, *rules, kyle_lambda)
        found = replace(found, uncertainty=uncertainty(assumed, errors))
    return found


def _check(own: Conventions) -> None:
    known: dict[str, tuple[str, ...]] = {
        "gamma": get_args(GammaSource),
        "unit": GAMMA_UNITS,
        "zero_gamma": ZERO_GAMMA_RULES,
        "walls": WALL_RULES,
    }
    for key, choices in known.items():
        value = getattr(own, key)
        if value not in choices:
            raise InputError("no such choice", key=key, value=value, remedy="one of " + ", ".join(choices))


def _definitions(listing: Listing, own: Conventions, known: tuple[NDArray[np.float64], Profile]) -> dict[str, Defined]:
    """The definitions with their published sign; the profile at hand is theirs too where it has that sign."""
    if not own.definitions:
        return {}
    share = usual_share(listing)
    same = known[1] if np.array_equal(known[0], share) else None
    return defined(evidence_of(listing, share, own.gamma, own.rate, own.dividend_yield, same), own.definitions)


def _feedback_json(found: Feedback | None) -> dict[str, Any]:
    if found is None:
        return {"gain_at_spot": None, "gain_min": None, "tipping_levels": []}
    return {
        "gain_at_spot": found.gain_at_spot,
        "gain_min": found.gain_min,
        "gain_min_spot": found.gain_min_spot,
        "tipping_levels": list(found.tipping_levels),
        "tipping_distances": list(found.distances),
        "impact": found.impact._asdict(),
    }
