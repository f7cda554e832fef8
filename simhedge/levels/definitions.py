"""Published definitions side by side: each rule as its own small function, on the same rows of the same chain.

A definition keeps its own unit, day count, grid and choice of root, whatever the conventions of the headline are.
`simhedge levels` gives each its published sign; a scenario may assume another.
Net gamma takes the gamma in force (the vendor's or the model's), profiles re-price with the implied vols in force.
Where a rule finds no level, or publishes none, the level is None; no tool's silent substitute (spot, an end of the
grid, the lowest strike) is passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from simhedge.errors import InputError
from simhedge.levels.exposure import GammaSource, StrikeExposures, by_strike, exposures, model_sensitivities
from simhedge.levels.positions import positions
from simhedge.levels.profile import Profile, net_gamma, profile, sign_changes
from simhedge.levels.units import ONE_PERCENT, GammaUnit, gamma_factor
from simhedge.levels.walls import Walls
from simhedge.levels.walls import net_gamma as net_walls
from simhedge.levels.walls import side_gamma as side_walls
from simhedge.levels.zero_gamma import (
    Grounds,
    cumulative_change,
    first_strike_change,
    nearest,
    nearest_root,
    nearest_strike_change,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.book import Listing

    Floats = NDArray[np.float64]

DefinitionName = Literal[
    "simhedge",
    "gflows",
    "perfiliev",
    "flashalpha",
    "gamma_wall",
    "spx_gamma_exposure",
    "squeezemetrics",
    "floe",
    "cumulative",
    "spotgamma",
]
DEFINITION_NAMES: tuple[DefinitionName, ...] = get_args(DefinitionName)


class Defined(NamedTuple):
    """What one definition says: levels in $ (None: it finds or publishes none), net gamma in `unit`, its sign."""

    zero_gamma: float | None
    call_wall: float | None
    put_wall: float | None
    net_gamma: float
    unit: GammaUnit
    sign: str


class Evidence(NamedTuple):
    """What definitions work on: the listing, the dealers' assumed `share` of each row, shape (n,), and what follows.

    `exposure` ($ per 1%, shape (n,)), that by strike, and the profile, refined until its roots stay. `rate` and
    `dividend_yield` per year.
    """

    listing: Listing
    share: Floats
    exposure: Floats
    strikes: StrikeExposures
    rate: float
    dividend_yield: float
    profile: Profile

    @property
    def net(self) -> float:
        """Net gamma exposure, $ per 1%."""
        return float(self.exposure.sum())

    @property
    def grounds(self) -> Grounds:
        """What the rules of zero gamma look at."""
        return Grounds(self.profile, self.strikes, self.listing.spot)

    def sign(self, opposite: bool = False) -> str:
        """The side of the dealers in words."""
        if np.array_equal(self.share, usual_share(self.listing)):
            return OPPOSITE_SIGN if opposite else USUAL_SIGN
        return OPPOSITE_OF_ASSUMED if opposite else ASSUMED_SIGN


USUAL_SIGN = "calls +, puts -"
OPPOSITE_SIGN = "calls -, puts +"
ASSUMED_SIGN = "as assumed"
OPPOSITE_OF_ASSUMED = "opposite of assumed"


def simhedge(evidence: Evidence) -> Defined:
    """Profile root nearest to spot on a grid that is refined until roots stay; walls are the largest side gamma."""
    return _in_dollars(evidence, nearest_root(evidence.grounds), side_walls(evidence.strikes, evidence.listing.spot))


def gflows(evidence: Evidence) -> Defined:
    """Lowest root of a profile of 300 spots from 0.5 to 1.5 S; weekdays / 252, a day at least; no walls.

    Source: gflows (aaguiar10, public repository), which takes the ten-year Treasury yield as rate: give it as `rate`.
    Every option lives to the date of its expiry.
    """
    days = _weekdays(evidence.listing) / 252.0
    level = _first_on_grid(evidence, days, (0.5, 1.5), 300, evidence.rate)
    return _in_dollars(evidence, level, Walls(None, None))


def perfiliev(evidence: Evidence) -> Defined:
    """Lowest root of a profile of 60 spots from 0.8 to 1.2 S; weekdays / 262, a day at least; rate 0; no walls.

    Source: Perfiliev (2022), "How to calculate gamma exposure and zero gamma level", and the scripts made of it.
    """
    days = _weekdays(evidence.listing) / 262.0
    level = _first_on_grid(evidence, days, (0.8, 1.2), 60, 0.0)
    return _in_dollars(evidence, level, Walls(None, None))


def flashalpha(evidence: Evidence) -> Defined:
    """Lowest change of sign of per-strike net gamma at today's spot; walls are the largest and least net gamma.

    Source: FlashAlpha, gex-explained (public repository). Its code prices gamma with an approximate implied vol
    (at-the-money, on every strike); here the gamma in force takes its place, and the rule is the same.
    """
    level = first_strike_change(evidence.grounds)
    return _in_dollars(evidence, level, net_walls(evidence.strikes, evidence.listing.spot))


def gamma_wall(evidence: Evidence) -> Defined:
    """Change of sign of per-strike net gamma nearest to spot; walls are the largest side gamma.

    Source: the rule as it is described of gamma-wall tools; no published code of theirs was found.
    """
    level = nearest_strike_change(evidence.grounds)
    return _in_dollars(evidence, level, side_walls(evidence.strikes, evidence.listing.spot))


def spx_gamma_exposure(evidence: Evidence) -> Defined:
    """$ per index point by Black-76 on the forward; zero within 20 spots from 2.5% below to 2.25% above; no walls.

    Source: SPX-Gamma-Exposure (jensolson, public repository): rate 2%, weekdays / 252, options with more than ten
    contracts, a day to live, vol between 1% and 200% and abs(delta) < 0.95. It also asks for a bid above 0.05, which is
    not known here, and solves its own vols from mid prices (`solved` comes nearest). Its plot reads the zero off by an
    interpolation that answers with an end of the grid where there is none; here there is none then.
    """
    listing, rate = evidence.listing, 0.02
    usual = positions(listing, evidence.share, rate, rate, _weekdays(listing) / 252.0)
    delta = np.abs(model_sensitivities(usual, listing.spot)[1])
    kept = (listing.open_interest[usual.row] > 10.0) & (listing.weekdays[usual.row] >= 1.0)
    kept &= (usual.implied_vol > 0.01) & (usual.implied_vol < 2.0) & (delta < 0.95)
    chosen = usual.where(kept)
    spots = listing.spot * np.linspace(0.975, 1.0225, 20)
    per_point = net_gamma(chosen, spots).sum(axis=0) * spots
    net = float(net_gamma(chosen, np.array([listing.spot])).sum()) * listing.spot
    return Defined(
        nearest(sign_changes(spots, per_point), listing.spot), None, None, net, "usd_per_point", evidence.sign()
    )


def squeezemetrics(evidence: Evidence) -> Defined:
    """Net gamma in shares per $; no zero gamma, no walls. Source: SqueezeMetrics (2016), "Gamma Exposure"."""
    shares = evidence.net / gamma_factor("usd_per_1pct", evidence.listing.spot)
    return Defined(None, None, None, shares, "shares", evidence.sign())


def floe(evidence: Evidence) -> Defined:
    """The opposite sign, $ per 1%: dealers short calls and long puts; strikes of least and largest net; no zero gamma.

    Source: floe (public TypeScript library). It works expiry by expiry; here all are taken together.
    """
    call, put = net_walls(evidence.strikes, evidence.listing.spot)
    return Defined(None, call, put, -evidence.net, "usd_per_1pct", evidence.sign(opposite=True))


def cumulative(evidence: Evidence) -> Defined:
    """Strike at which the running sum of per-strike net gamma first crosses zero, from the lowest strike; no walls.

    Source: 0DTE-dealer-gamma (public repository), which answers with the first or last strike where there is none.
    """
    return _in_dollars(evidence, cumulative_change(evidence.grounds), Walls(None, None))


def spotgamma(evidence: Evidence) -> Defined:
    """Strikes of the largest net positive and net negative gamma; the recipe of its zero gamma is not published.

    Source: SpotGamma's glossary, "Call Wall" and "Put Wall".
    """
    return _in_dollars(evidence, None, net_walls(evidence.strikes, evidence.listing.spot))


DEFINITIONS: dict[DefinitionName, Callable[[Evidence], Defined]] = {
    "simhedge": simhedge,
    "gflows": gflows,
    "perfiliev": perfiliev,
    "flashalpha": flashalpha,
    "gamma_wall": gamma_wall,
    "spx_gamma_exposure": spx_gamma_exposure,
    "squeezemetrics": squeezemetrics,
    "floe": floe,
    "cumulative": cumulative,
    "spotgamma": spotgamma,
}


def evidence_of(
    listing: Listing,
    share: Floats,
    source: GammaSource,
    rate: float,
    dividend_yield: float,
    known: Profile | None = None,
) -> Evidence:
    """The evidence for dealers who hold `share` (n,) of each row; `source` says whose gamma is in force.

    `known` is the profile of that share, where the caller has it.
    """
    priced = positions(listing, share, rate, dividend_yield)
    gamma = exposures(listing, share, priced, source).gamma
    found = profile(priced, listing.spot) if known is None else known
    return Evidence(listing, share, gamma, by_strike(listing, gamma), rate, dividend_yield, found)


def chosen_definitions(names: Iterable[str]) -> list[DefinitionName]:
    """The definitions named, in the order of the registry, `all` written out; an InputError for a name that is none."""
    wanted = list(names)
    for name in wanted:
        if name != "all" and name not in DEFINITIONS:
            remedy = "known: all, " + ", ".join(DEFINITION_NAMES)
            raise InputError("no such definition", key="definitions", value=name, remedy=remedy)
    return [name for name in DEFINITION_NAMES if "all" in wanted or name in wanted]


def defined(evidence: Evidence, names: Iterable[str]) -> dict[str, Defined]:
    """What the named definitions say of the evidence."""
    return {name: DEFINITIONS[name](evidence) for name in chosen_definitions(names)}


def usual_share(listing: Listing) -> Floats:
    """Calls +1 and puts -1, shape (n,)."""
    return np.where(listing.is_call, 1.0, -1.0)


def _weekdays(listing: Listing) -> Floats:
    """Weekdays to expiry, at least one, shape (n,); 0 for what expired on a day before."""
    return np.where(listing.weekdays < 0.0, 0.0, np.maximum(listing.weekdays, 1.0))


def _in_dollars(evidence: Evidence, zero_gamma: float | None, found: Walls) -> Defined:
    return Defined(zero_gamma, found.call, found.put, evidence.net, "usd_per_1pct", evidence.sign())


def _first_on_grid(
    evidence: Evidence, years: Floats, limits: tuple[float, float], points: int, rate: float
) -> float | None:
    """Lowest change of sign of the profile on a fixed grid, by linear interpolation; no dividends, no forwards."""
    listing = replace(evidence.listing, log_forward=np.full(evidence.listing.strike.size, np.nan))
    usual = positions(listing, evidence.share, rate, 0.0, years)
    spots = listing.spot * np.linspace(limits[0], limits[1], points)
    net = net_gamma(usual, spots).sum(axis=0) * spots * spots * ONE_PERCENT
    return next(iter(sign_changes(spots, net)), None)
