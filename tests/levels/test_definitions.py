"""Each published rule written a second time, from its text, on random chains: equal to 1e-9, or None for both."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from listings import Option, crossings_of, exposure_of, gamma_of, listing_of, random_listing, reordered, usual
from numpy.typing import NDArray
from scipy.stats import norm

from simhedge.book import Listing
from simhedge.errors import InputError
from simhedge.levels import Conventions, Sign, levels_of
from simhedge.levels.definitions import (
    DEFINITION_NAMES,
    DEFINITIONS,
    Defined,
    defined,
    evidence_of,
    usual_share,
)
from simhedge.levels.exposure import GammaSource
from simhedge.scenario.names import LEVEL_DEFINITIONS

Floats = NDArray[np.float64]
RATE = 0.036
SEEDS = (0, 6, 11, 30)  # chains on which every rule finds something, and some find nothing
SOURCES: tuple[GammaSource, ...] = ("model", "vendor")


class Published(NamedTuple):
    """What a rule says, recomputed in the test."""

    zero_gamma: float | None
    call_wall: float | None
    put_wall: float | None
    net_gamma: float


def chain(seed: int) -> Listing:
    """200 options over four expiries, today's among them, some without vol, vendor gamma or much interest."""
    listing = random_listing(seed, with_holes=True)
    return replace(listing, weekdays=np.array([0.0, 5.0, 20.0, 63.0])[listing.expiry])


def found_on(listing: Listing, source: GammaSource = "model", rate: float = RATE) -> dict[str, Defined]:
    return levels_of(listing, Conventions(gamma=source, rate=rate)).definitions


# ---------------------------------------------------------------- the rules a second time


def row_gamma(listing: Listing, source: GammaSource) -> Floats:
    """$ per 1% of each row: gamma * open interest * 100 * S^2 * 0.01, calls +, puts -."""
    gamma = np.nan_to_num(listing.gamma) if source == "vendor" else gamma_of(listing, np.array([100.0]), RATE)[:, 0]
    return usual(listing) * gamma * listing.open_interest * 100.0 * listing.spot**2 * 0.01


def net_by_strike(listing: Listing, rows: Floats) -> tuple[Floats, Floats]:
    strikes = np.array(sorted(set(listing.strike.tolist())))
    return strikes, np.array([rows[listing.strike == strike].sum() for strike in strikes])


def side_by_strike(listing: Listing, rows: Floats, calls: bool) -> tuple[Floats, Floats]:
    strikes, _ = net_by_strike(listing, rows)
    side = listing.is_call == calls
    return strikes, np.array([abs(rows[side & (listing.strike == strike)].sum()) for strike in strikes])


def on_grid(listing: Listing, days: float, grid: Floats, rate: float) -> float | None:
    """First crossing of the re-priced profile, time in weekdays (one at least) over `days`."""
    years = np.maximum(listing.weekdays, 1.0) / days
    changes = crossings_of(grid, exposure_of(listing, usual(listing), grid, rate, 0.0, years))
    return changes[0] if changes else None


def nearest_to(levels: list[float], spot: float) -> float | None:
    return sorted(levels, key=lambda level: abs(level - spot))[0] if levels else None


def gflows(listing: Listing, source: GammaSource) -> Published:
    level = on_grid(listing, 252.0, np.linspace(0.5 * listing.spot, 1.5 * listing.spot, 300), RATE)
    return Published(level, None, None, row_gamma(listing, source).sum())


def perfiliev(listing: Listing, source: GammaSource) -> Published:
    level = on_grid(listing, 262.0, np.linspace(0.8 * listing.spot, 1.2 * listing.spot, 60), 0.0)
    return Published(level, None, None, row_gamma(listing, source).sum())


def flashalpha(listing: Listing, source: GammaSource) -> Published:
    rows = row_gamma(listing, source)
    strikes, net = net_by_strike(listing, rows)
    changes = crossings_of(strikes, net)
    level = changes[0] if changes else None
    return Published(level, float(strikes[np.argmax(net)]), float(strikes[np.argmin(net)]), rows.sum())


def gamma_wall(listing: Listing, source: GammaSource) -> Published:
    rows = row_gamma(listing, source)
    level = nearest_to(crossings_of(*net_by_strike(listing, rows)), listing.spot)
    strikes, calls = side_by_strike(listing, rows, True)
    _, puts = side_by_strike(listing, rows, False)
    return Published(level, float(strikes[np.argmax(calls)]), float(strikes[np.argmax(puts)]), rows.sum())


def spx_gamma_exposure(listing: Listing, source: GammaSource) -> Published:
    """$ per point, Black-76 with F = spot, r = 2%; over ten contracts, a day, vol in (1%, 200%), |delta| < 0.95."""
    spot, rate = listing.spot, 0.02
    years = listing.weekdays / 252.0
    net, grid = 0.0, spot * np.array([1.0 + 0.0025 * step for step in range(-10, 10)])
    curve = np.zeros(20)
    for n in range(listing.strike.size):
        vol, interest, t = listing.implied_vol[n], listing.open_interest[n], years[n]
        if not (interest > 10.0 and listing.weekdays[n] >= 1.0 and 0.01 < vol < 2.0):
            continue
        deviation, side = vol * math.sqrt(t), 1.0 if listing.is_call[n] else -1.0

        def d1(forward: Floats, strike: float = listing.strike[n], deviation: float = deviation) -> Floats:
            return np.log(forward / strike) / deviation + 0.5 * deviation

        delta = math.exp(-rate * t) * norm.cdf(side * d1(np.array([spot])))[0]
        if delta >= 0.95:
            continue
        held = side * interest * 100.0 * math.exp(-rate * t)
        net += held * norm.pdf(d1(np.array([spot])))[0] / deviation
        curve += held * norm.pdf(d1(grid)) / deviation
    return Published(nearest_to(crossings_of(grid, curve), spot), None, None, net)


def squeezemetrics(listing: Listing, source: GammaSource) -> Published:
    return Published(None, None, None, row_gamma(listing, source).sum() / listing.spot**2 / 0.01)


def floe(listing: Listing, source: GammaSource) -> Published:
    """Calls -, puts +: the strike of its least net is the call side's, that of its largest the put side's."""
    rows = -row_gamma(listing, source)
    strikes, net = net_by_strike(listing, rows)
    return Published(None, float(strikes[np.argmin(net)]), float(strikes[np.argmax(net)]), rows.sum())


def cumulative(listing: Listing, source: GammaSource) -> Published:
    rows = row_gamma(listing, source)
    strikes, net = net_by_strike(listing, rows)
    running = [float(net[: k + 1].sum()) for k in range(net.size)]
    changes = crossings_of(strikes, np.array(running))
    return Published(changes[0] if changes else None, None, None, rows.sum())


def spotgamma(listing: Listing, source: GammaSource) -> Published:
    rows = row_gamma(listing, source)
    strikes, net = net_by_strike(listing, rows)
    return Published(None, float(strikes[np.argmax(net)]), float(strikes[np.argmin(net)]), rows.sum())


def simhedge(listing: Listing, source: GammaSource) -> Published:
    """The profile's root nearest to spot, on a grid far finer than ours; walls of the largest side gamma."""
    grid = np.linspace(80.0, 120.0, 4_001)
    curve = exposure_of(listing, usual(listing), grid, RATE)
    level = nearest_to(crossings_of(grid, curve), listing.spot)
    return gamma_wall(listing, source)._replace(zero_gamma=level)


RULES: dict[str, Any] = {
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
UNITS = {"spx_gamma_exposure": "usd_per_point", "squeezemetrics": "shares"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RULES)
def test_rule_as_published(name: str, seed: int, source: GammaSource) -> None:
    listing = chain(seed)
    found, expected = found_on(listing, source)[name], RULES[name](listing, source)
    for level, published in zip(found[:3], expected[:3], strict=True):
        assert (level is None) == (published is None), (found, expected)
        assert level is None or level == pytest.approx(published, rel=1e-9)
    assert found.net_gamma == pytest.approx(expected.net_gamma, rel=1e-9)
    assert found.unit == UNITS.get(name, "usd_per_1pct")
    assert found.sign == ("calls -, puts +" if name == "floe" else "calls +, puts -")


@pytest.mark.parametrize("seed", range(2))
def test_own_rule(seed: int) -> None:
    listing = chain(seed)
    found, expected = found_on(listing)["simhedge"], simhedge(listing, "model")
    assert found.zero_gamma == pytest.approx(expected.zero_gamma, rel=1e-5)
    assert (found.call_wall, found.put_wall) == (expected.call_wall, expected.put_wall)
    assert found.net_gamma == pytest.approx(expected.net_gamma, rel=1e-9)


def test_random_chains_have_something_to_find() -> None:
    """The comparison above is of numbers: every rule that publishes a zero gamma finds one there, and some fail to."""
    for name in ("gflows", "perfiliev", "flashalpha", "gamma_wall", "spx_gamma_exposure", "cumulative"):
        assert any(RULES[name](chain(seed), "model").zero_gamma is not None for seed in SEEDS), name
    for name in ("spx_gamma_exposure", "cumulative"):
        assert any(RULES[name](chain(seed), "model").zero_gamma is None for seed in SEEDS), name


def test_a_strike_that_nets_to_nothing_parts_its_neighbours() -> None:
    """The published scripts ask for neighbouring strikes of opposite signs: 95 and 105 are none with 100 between."""
    rows = [Option("put", 95.0, 10.0), Option("call", 100.0, 10.0), Option("put", 100.0, 10.0)]
    rows += [Option("call", 105.0, 10.0), Option("put", 110.0, 10.0)]
    listing = listing_of(rows, gamma=np.full(5, 0.02))
    found = found_on(listing, "vendor")
    for name in ("flashalpha", "gamma_wall"):
        assert RULES[name](listing, "vendor").zero_gamma == pytest.approx(107.5)
        assert found[name].zero_gamma == pytest.approx(107.5)


# ---------------------------------------------------------------- what rules are kept apart


def test_published_rate_and_yield() -> None:
    """gflows takes the rate given, perfiliev none, SPX-Gamma-Exposure its own 2%; none of them knows a yield."""
    listing = chain(1)
    plain, dear = found_on(listing, "vendor", 0.0), found_on(listing, "vendor", 0.05)
    assert plain["gflows"].zero_gamma != dear["gflows"].zero_gamma
    for name in ("perfiliev", "spx_gamma_exposure", "squeezemetrics", "floe", "cumulative", "spotgamma"):
        assert plain[name] == dear[name], name
    for rate in (0.0, 0.05):
        paying = levels_of(listing, Conventions(gamma="vendor", rate=rate, dividend_yield=0.03)).definitions
        bare = levels_of(listing, Conventions(gamma="vendor", rate=rate)).definitions
        for name in ("gflows", "perfiliev", "spx_gamma_exposure"):
            assert paying[name] == bare[name], name


def test_out_of_the_money_options_are_in_spx_gamma_exposure() -> None:
    """abs(delta) < 0.95 leaves out what is deep in the money, not what is far out of it."""
    rows = [Option("call", 130.0, 100.0, 0.2, 0.25), Option("put", 70.0, 100.0, 0.2, 0.25)]
    rows += [Option("call", 70.0, 100.0, 0.2, 0.25), Option("put", 130.0, 100.0, 0.2, 0.25)]
    for kept in (rows[:1], rows[1:2]):
        assert found_on(listing_of(kept))["spx_gamma_exposure"].net_gamma != 0.0
    assert found_on(listing_of(rows[2:]))["spx_gamma_exposure"].net_gamma == 0.0


@pytest.mark.parametrize("source", SOURCES)
def test_definitions_keep_their_published_sign(source: GammaSource) -> None:
    listing = chain(2)
    turned = levels_of(listing, Conventions(gamma=source, rate=RATE, sign=Sign.parse("calls=-1,puts=1")))
    assert turned.definitions == found_on(listing, source)
    net = turned.exposure_legs()["gamma"].net
    assert net == pytest.approx(-turned.definitions["simhedge"].net_gamma, rel=1e-9)


def test_floe_is_minus_spotgamma() -> None:
    found = found_on(chain(3))
    assert found["floe"].net_gamma == -found["spotgamma"].net_gamma
    assert found["floe"][:3] == found["spotgamma"][:3]


def test_an_assumed_sign_is_named_as_such() -> None:
    listing = chain(1)
    share = 0.5 * usual_share(listing)
    found = defined(evidence_of(listing, share, "model", 0.0, 0.0), ["all"])
    assert {name: made.sign for name, made in found.items() if name != "floe"} == dict.fromkeys(
        [name for name in DEFINITION_NAMES if name != "floe"], "as assumed"
    )
    assert found["floe"].sign == "opposite of assumed"
    usual_evidence = evidence_of(listing, usual_share(listing), "model", 0.0, 0.0)
    assert defined(usual_evidence, ["floe"])["floe"].sign == "calls -, puts +"
    assert found["simhedge"].net_gamma == pytest.approx(0.5 * usual_evidence.net, rel=1e-12)


def test_order_of_rows_does_not_matter() -> None:
    listing, order = chain(0), np.random.default_rng(0).permutation(200)
    one, other = found_on(listing), found_on(reordered(listing, order))
    for name in DEFINITION_NAMES:
        walls = (one[name].call_wall, one[name].put_wall)
        assert (other[name].call_wall, other[name].put_wall) == walls
        assert other[name].net_gamma == pytest.approx(one[name].net_gamma, rel=1e-9)
        levels = [level for level in (one[name].zero_gamma, other[name].zero_gamma) if level is not None]
        assert len(levels) in (0, 2)
        assert max(levels, default=0.0) == pytest.approx(min(levels, default=0.0), rel=1e-9)


# ---------------------------------------------------------------- none is None


def test_one_call_crosses_nowhere() -> None:
    found = found_on(listing_of([Option("call", 105.0, 100.0)]))
    assert {made.zero_gamma for made in found.values()} == {None}
    assert {made.put_wall for made in found.values()} == {None}
    with_walls = {"simhedge", "flashalpha", "gamma_wall", "floe", "spotgamma"}
    assert {name for name, made in found.items() if made.call_wall == 105.0} == with_walls


@pytest.mark.parametrize("rows", [[], [Option("call", 100.0, 10.0, math.nan)], [Option("put", 100.0, 0.0)]])
def test_nothing_priced_nothing_found(rows: list[Option]) -> None:
    for made in found_on(listing_of(rows)).values():
        assert made[:3] == (None, None, None)
        assert made.net_gamma == 0.0


# ---------------------------------------------------------------- the registry


def test_names_are_those_a_scenario_may_use() -> None:
    assert tuple(DEFINITIONS) == DEFINITION_NAMES
    assert ("all", *DEFINITION_NAMES) == LEVEL_DEFINITIONS
    assert set(RULES) | {"simhedge"} == set(DEFINITION_NAMES)


@pytest.mark.parametrize("name", DEFINITION_NAMES)
def test_every_rule_cites_and_has_a_line(name: str) -> None:
    told = next(rule for known, rule in DEFINITIONS.items() if known == name).__doc__ or ""
    assert "Source:" in told or name == "simhedge"
    assert told.splitlines()[0].endswith(".") or "Source:" in told.splitlines()[0]


def test_chosen_names() -> None:
    evidence = evidence_of(chain(1), usual_share(chain(1)), "model", 0.0, 0.0)
    assert list(defined(evidence, ["floe", "gflows"])) == ["gflows", "floe"]
    assert tuple(defined(evidence, ["all"])) == DEFINITION_NAMES
    assert defined(evidence, []) == {}
    assert levels_of(chain(1), Conventions(definitions=())).definitions == {}


@pytest.mark.parametrize("names", [["bogus"], ["gflows", "Floe"], [""]])
def test_unknown_name(names: list[str]) -> None:
    with pytest.raises(InputError, match="definition") as told:
        levels_of(chain(1), Conventions(definitions=tuple(names)))
    assert "gflows" in (told.value.remedy or "")
