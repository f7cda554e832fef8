"""The levels put to the test: read off the open interest ex ante, under every rule and published definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simhedge.book import Listing, MarketState
from simhedge.kernels.layout import MULTIPLICATIVE
from simhedge.levels.definitions import Evidence, chosen_definitions, defined, evidence_of
from simhedge.levels.feedback import crossings
from simhedge.levels.landmarks import largest_gamma_strike
from simhedge.levels.positions import positions
from simhedge.levels.profile import gamma_at
from simhedge.levels.sign import Sign, dealer_shares
from simhedge.levels.walls import RULES as WALLS
from simhedge.levels.zero_gamma import RULES as ZERO_GAMMAS
from simhedge.levels.zero_gamma import nearest
from simhedge.scenario.outputs import Levels as AskedLevels
from simhedge.simulation.scenario_levels import open_interest_book

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simhedge.simulation.plan import Plan

OWN = "simhedge"
HEADLINES = ("nearest", "side_gamma")  # the rules of the definition `simhedge`
NAMES = ("zero_gamma", "call_wall", "put_wall", "largest_gamma_strike", "tipping_level")
PART_REGIMES = ("zero_gamma", "tipping_level")  # levels whose sides are compared


class Target(NamedTuple):
    """A level to be tested: `name` one of NAMES, `definition` who or what rule defines it, `value` in $ (None: none).

    Definitions are the published ones, `simhedge` for our headline, and `simhedge.RULE` for our other rules.
    """

    name: str
    definition: str
    value: float | None


def targets(plan: Plan, spot: float, day: float = 0.0) -> list[Target]:
    """All levels of a scenario at a price ($) after `day` trading days, implied vols unchanged; none once all expired.

    The dealers' side is the one that `levels.sign` assumes (calls +1, puts -1 where the scenario says nothing), which
    need not be the true one in `books`.
    """
    asked = plan.scenario.levels or AskedLevels()
    evidence = evidence_at(plan, Sign.of({"calls": asked.sign.calls, "puts": asked.sign.puts}), spot, day)
    if evidence is None:
        return []
    return [*named_levels(evidence, asked.definitions), *_tipping_levels(evidence, plan)]


def evidence_at(plan: Plan, assumed: Sign, spot: float, day: float = 0.0) -> Evidence | None:
    """What definitions work on, dealers on the assumed side of the scenario's open interest; None once all expired."""
    market, clock = plan.scenario.market, plan.scenario.clock
    state = MarketState(spot, market.rate, market.dividend_yield, day, clock.trading_days_per_year)
    listing = Listing.from_book(open_interest_book(plan.books), state)
    if listing.strike.size == 0:
        return None
    share = dealer_shares(listing, assumed)
    return evidence_of(listing, share, "model", market.rate, market.dividend_yield)


def named_levels(evidence: Evidence, definitions: Iterable[str] = ("all",)) -> list[Target]:
    """Zero gamma and walls under every rule of ours and the published definitions, and the largest strike."""
    strikes, spot = evidence.strikes, evidence.listing.spot
    found = [Target("zero_gamma", _own(rule), level(evidence.grounds)) for rule, level in ZERO_GAMMAS.items()]
    both = {rule: walls(strikes, spot) for rule, walls in WALLS.items()}
    found += [Target("call_wall", _own(rule), walls.call) for rule, walls in both.items()]
    found += [Target("put_wall", _own(rule), walls.put) for rule, walls in both.items()]
    found.append(Target("largest_gamma_strike", OWN, largest_gamma_strike(strikes, spot)))
    published = [name for name in chosen_definitions(definitions) if name != OWN]
    for definition, said in defined(evidence, published).items():
        levels = {name: getattr(said, name) for name in ("zero_gamma", "call_wall", "put_wall")}
        found += [Target(name, definition, level) for name, level in levels.items() if level is not None]
    return found


def _own(rule: str) -> str:
    return OWN if rule in HEADLINES else f"{OWN}.{rule}"


def _tipping_levels(evidence: Evidence, plan: Plan) -> list[Target]:
    """The nearest prices above and below at which the assumed positions have a gain of -1, by the scenario's impact."""
    impact = float(plan.model["impact"][0])
    relative = int(plan.model["form"][0]) == MULTIPLICATIVE
    held = positions(evidence.listing, evidence.share, evidence.rate, evidence.dividend_yield)
    spot, spots = evidence.listing.spot, evidence.profile.spot

    def gain(price: float) -> float:
        return impact * gamma_at(held, price) * (price if relative else 1.0)

    gamma = evidence.profile.net * 100.0 / (spots * spots)
    levels = crossings(spots, impact * gamma * (spots if relative else 1.0), -1.0, gain)
    above = nearest([level for level in levels if level > spot], spot)
    below = nearest([level for level in levels if level < spot], spot)
    return [Target("tipping_level", f"{OWN}.above", above), Target("tipping_level", f"{OWN}.below", below)]
