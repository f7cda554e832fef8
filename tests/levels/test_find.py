"""`find_levels` of a book and `levels_of` of a listing: the same numbers, what expires, what is refused, the JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from listings import Option, crossings_of, exposure_of, listing_of, random_listing, reordered, usual

from simhedge.book import Book, Listing, MarketState
from simhedge.errors import InputError
from simhedge.levels import Conventions, Impact, Levels, Sign, find_levels, levels_of
from simhedge.levels.exposure import legs
from simhedge.levels.walls import WALL_RULES, walls

MARKET = MarketState(spot=100.0, rate=0.03, dividend_yield=0.01)


def book_of(*options: tuple[str, float, float, float], vol: float = 0.2, constant_gamma: float = 0.0) -> Book:
    """A book of (kind, strike, trading days to expiry, signed contracts)."""
    kinds, strikes, days, contracts = zip(*options, strict=True) if options else ((), (), (), ())
    count = len(options)
    return Book(
        is_call=np.array([kind == "call" for kind in kinds], dtype=np.bool_),
        strike=np.array(strikes, dtype=np.float64),
        expiry_days=np.array(days, dtype=np.float64),
        contracts=np.array(contracts, dtype=np.float64),
        multiplier=np.full(count, 100.0),
        implied_vol=np.full(count, vol),
        constant_gamma=constant_gamma,
    )


BOOK = book_of(
    ("call", 105.0, 5.0, 300.0), ("put", 95.0, 5.0, -400.0), ("call", 100.0, 21.0, -250.0), ("put", 90.0, 63.0, 100.0)
)


def written_out(book: Book, market: MarketState) -> Listing:
    """The listing of a book, row by row."""
    rows, signs = [], []
    days = [d - market.elapsed_days for d in book.expiry_days]
    numbers = sorted({d for d in days if d > 0.0})
    for n, left in enumerate(days):
        if left <= 0.0 or book.contracts[n] == 0.0:
            continue
        kind = "call" if book.is_call[n] else "put"
        years = left / market.trading_days_per_year
        vol = float(book.implied_vol[n])
        rows.append(Option(kind, float(book.strike[n]), abs(float(book.contracts[n])), vol, years, numbers.index(left)))
        signs.append(math.copysign(1.0, book.contracts[n]))
    return listing_of(rows, market.spot, dealer_sign=np.array(signs))


def assert_same_json(one: Levels, other: Levels) -> None:
    """Equal but for the names of the expiries."""
    first, second = (json.loads(json.dumps(found.as_json())) for found in (one, other))
    for told in (first, second):
        for row in told["expiries"]:
            del row["expiry"]
    assert_close(first, second)


def assert_close(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_close(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_close(first, second)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-9)
    else:
        assert one == other


# ---------------------------------------------------------------- a book


@pytest.mark.parametrize("elapsed", [0.0, 0.5, 4.999, 20.0])
def test_book_is_the_listing_of_its_contracts(elapsed: float) -> None:
    market = replace(MARKET, elapsed_days=elapsed)
    rates = Conventions(rate=0.03, dividend_yield=0.01, sign=Sign.parse("column"))
    impact = Impact(1e7, 0.01)
    found = find_levels(BOOK, market, impact=impact)
    assert_same_json(found, levels_of(written_out(BOOK, market), rates, impact=impact))


def test_sign_of_the_contracts_is_the_dealers() -> None:
    found = find_levels(BOOK, MARKET)
    assert found.share.tolist() == [1.0, -1.0, -1.0, 1.0]
    assert found.listing.open_interest.tolist() == [300.0, 400.0, 250.0, 100.0]
    mirrored = find_levels(BOOK.scaled(-1.0), MARKET)
    assert mirrored.exposure_legs()["gamma"].net == -found.exposure_legs()["gamma"].net
    assert [root.spot for root in mirrored.zero_gamma.roots] == [root.spot for root in found.zero_gamma.roots]


def test_definitions_keep_their_own_sign() -> None:
    found, mirrored = find_levels(BOOK, MARKET), find_levels(BOOK.scaled(-1.0), MARKET)
    assert found.definitions == mirrored.definitions
    net = found.definitions["simhedge"].net_gamma
    assert net == pytest.approx(exposure_of(found.listing, usual(found.listing), np.array([100.0]), 0.03, 0.01)[0])


def test_time_passes_in_trading_days() -> None:
    found = find_levels(BOOK, replace(MARKET, elapsed_days=2.0, trading_days_per_year=250.0))
    assert found.listing.time_to_expiry == pytest.approx([3.0 / 250.0, 3.0 / 250.0, 19.0 / 250.0, 61.0 / 250.0])


def test_expired_options_vanish() -> None:
    later = find_levels(BOOK, replace(MARKET, elapsed_days=5.0))
    alone = find_levels(
        book_of(("call", 100.0, 16.0, -250.0), ("put", 90.0, 58.0, 100.0)), replace(MARKET, elapsed_days=0.0)
    )
    assert later.listing.strike.tolist() == [100.0, 90.0]
    assert_same_json(later, alone)


def test_positions_of_nothing_vanish() -> None:
    with_none = book_of(("call", 105.0, 5.0, 300.0), ("put", 95.0, 5.0, 0.0))
    assert_same_json(find_levels(with_none, MARKET), find_levels(book_of(("call", 105.0, 5.0, 300.0)), MARKET))


@pytest.mark.parametrize("elapsed", [63.0, 100.0])
def test_a_book_without_a_live_option_is_refused(elapsed: float) -> None:
    with pytest.raises(InputError, match="live") as told:
        find_levels(BOOK, replace(MARKET, elapsed_days=elapsed))
    assert told.value.remedy
    with pytest.raises(InputError):
        find_levels(book_of(), MARKET)


def test_constant_gamma_is_not_left_out_silently() -> None:
    with pytest.raises(InputError) as told:
        find_levels(book_of(("call", 105.0, 5.0, 300.0), constant_gamma=-1e5), MARKET)
    assert told.value.key == "constant_gamma"


def test_rates_of_the_market_and_the_models_gamma_hold() -> None:
    asked = Conventions(gamma="vendor", rate=0.5, dividend_yield=0.4, sign=Sign.parse("calls=0"), unit="shares")
    found = find_levels(BOOK, MARKET, conventions=asked)
    plain = find_levels(BOOK, MARKET, conventions=Conventions(unit="shares"))
    assert (found.conventions.rate, found.conventions.dividend_yield) == (0.03, 0.01)
    assert found.exposure_legs() == plain.exposure_legs()


# ---------------------------------------------------------------- a listing


def test_legs_in_every_unit() -> None:
    listing = random_listing(1, spot=4000.0)
    found = {
        unit: levels_of(listing, Conventions(unit=unit, definitions=())).exposure_legs()
        for unit in ("usd_per_1pct", "usd_per_point", "shares")
    }
    shares = found["shares"]["gamma"]
    assert found["usd_per_point"]["gamma"] == pytest.approx([4000.0 * leg for leg in shares], rel=1e-12)
    assert found["usd_per_1pct"]["gamma"] == pytest.approx([160_000.0 * leg for leg in shares], rel=1e-12)
    for name in ("delta", "vanna", "charm"):
        assert found["shares"][name] == found["usd_per_1pct"][name]


def test_levels_do_not_hang_on_the_unit() -> None:
    one, other = (levels_of(random_listing(2), Conventions(unit=unit)) for unit in ("usd_per_1pct", "shares"))
    assert one.definitions == other.definitions
    assert (one.zero_gamma, one.walls) == (other.zero_gamma, other.walls)


def test_whole_numbers_are_numbers() -> None:
    """Spot and rates written as 100 and 0 instead of 100.0 and 0.0."""
    impact = Impact(1e7, 0.01)
    one = find_levels(BOOK, MarketState(100.0, 0.0, 0.0), impact=impact)
    assert_same_json(find_levels(BOOK, MarketState(100, 0, 0), impact=impact), one)
    listing = random_listing(1)
    whole = levels_of(replace(listing, spot=100), Conventions(rate=0, dividend_yield=0), impact=impact)
    assert_same_json(whole, levels_of(listing, impact=impact))


def test_every_wall_rule() -> None:
    found = levels_of(random_listing(3), Conventions(walls="net_gamma", definitions=()))
    assert found.all_walls() == {rule: walls(found.strikes, 100.0, rule) for rule in WALL_RULES}
    assert found.walls == found.all_walls()["net_gamma"]


@pytest.mark.parametrize("seed", range(3))
def test_by_expiry_is_each_expiry_alone(seed: int) -> None:
    listing = random_listing(seed, years=(0.004, 0.03, 0.1, 0.25))
    whole = levels_of(listing, Conventions(definitions=()))
    for number, found in enumerate(whole.by_expiry):
        alone = reordered(listing, np.flatnonzero(listing.expiry == number))
        alone = replace(alone, expiry=np.zeros_like(alone.expiry), expiries=(listing.expiries[number],))
        other = levels_of(alone, Conventions(definitions=()))
        assert found.expiry == listing.expiries[number]
        assert found.gamma == pytest.approx(other.exposure_legs()["gamma"], rel=1e-9)
        assert (found.call_wall, found.put_wall) == other.walls
        assert (found.max_pain, found.expected_move) == (other.by_expiry[0].max_pain, other.by_expiry[0].expected_move)
        assert other.zero_gamma.headline is not None
        assert found.zero_gamma == pytest.approx(other.zero_gamma.headline, abs=1e-2)


def test_expiries_sum_to_the_total() -> None:
    found = levels_of(random_listing(4), Conventions(definitions=()))
    total = legs(found.listing, found.exposure.gamma)
    for k in range(3):
        assert sum(row.gamma[k] for row in found.by_expiry) == pytest.approx(total[k], rel=1e-9)


def test_expiries_that_cancel_have_no_zero_gamma() -> None:
    """Calls and puts of one date cancel: rounding makes no level of that date."""
    rows = [Option(kind, 90.0 + 2.0 * k, 100.0 + 7.0 * k, 0.2 + 0.01 * k) for kind in ("call", "put") for k in range(9)]
    found = levels_of(listing_of([*rows, Option("call", 105.0, 10.0, 0.2, 0.3, 1)]), Conventions(definitions=()))
    assert [row.zero_gamma for row in found.by_expiry] == [None, None]
    assert found.zero_gamma.status == "none"


def test_nearest_root_in_the_grid_of_all() -> None:
    listing = random_listing(5)
    found = levels_of(listing, Conventions(definitions=()))
    grid = np.linspace(60.0, 140.0, 8001)
    roots = crossings_of(grid, exposure_of(listing, usual(listing), grid))
    assert found.zero_gamma.headline == pytest.approx(min(roots, key=lambda x: abs(x - 100.0)), abs=1e-2)


# ---------------------------------------------------------------- warnings


def test_walls_on_one_strike_are_told() -> None:
    told = levels_of(listing_of([Option("call", 102.0, 9.0), Option("put", 102.0, 9.0)])).warnings()
    assert len(told) == 2
    assert "same strike, 102" in told[0]
    assert "put wall 102 lies above spot 100" in told[1]


def test_walls_on_the_wrong_side_are_told() -> None:
    told = levels_of(listing_of([Option("call", 98.0, 9.0), Option("put", 102.0, 9.0)])).warnings()
    assert ["call wall 98 lies below spot" in told[0], "put wall 102 lies above spot" in told[1]] == [True, True]


def test_nothing_to_tell() -> None:
    assert levels_of(listing_of([Option("call", 102.0, 9.0), Option("put", 98.0, 9.0)])).warnings() == []


def test_options_left_out_are_counted() -> None:
    rows = [Option("call", 102.0, 9.0), Option("put", 98.0, 9.0), Option("put", 97.0, 1200.0, math.nan)]
    told = levels_of(listing_of(rows)).warnings()
    assert len(told) == 1
    assert told[0].startswith("1 option")
    assert "1,200" in told[0]


# ---------------------------------------------------------------- JSON


EDGES: dict[str, list[Option]] = {
    "nothing": [],
    "one call": [Option("call", 100.0, 10.0)],
    "no vol": [Option("call", 100.0, 10.0, math.nan), Option("put", 100.0, 10.0, 0.0)],
    "no time": [Option("call", 100.0, 10.0, 0.2, 0.0), Option("put", 99.0, 10.0, 0.2, 1e-15)],
    "no interest": [Option("call", 100.0, 0.0), Option("put", 99.0, 0.0)],
    "absurd vols": [Option("call", 100.0, 10.0, 1e-5), Option("put", 99.0, 10.0, 60.0), Option("call", 1.0, 1.0, 1e9)],
    "seconds": [Option("call", 101.0, 10.0, 0.2, 1e-7), Option("put", 99.0, 10.0, 0.2, 1e-7)],
    "far strikes": [Option("call", 1e-3, 10.0), Option("put", 1e6, 10.0)],
    "long dated": [Option("call", 120.0, 10.0, 0.2, 60.0), Option("put", 80.0, 10.0, 0.2, 60.0)],
}


@pytest.mark.parametrize("edge", EDGES)
def test_json_is_finite_whatever_the_chain(edge: str) -> None:
    found = levels_of(listing_of(EDGES[edge]), impact=Impact(1e7, 0.01))
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert set(told) == {
        "exposure", "zero_gamma", "walls", "largest_gamma_strike", "expiries", "definitions", "feedback",
    }  # fmt: skip
    assert told["zero_gamma"]["status"] == ("none" if told["zero_gamma"]["headline"] is None else "ok")
    assert set(told["exposure"]) == {"gamma", "delta", "vanna", "charm"}
    for leg in told["exposure"].values():
        assert leg["net"] == pytest.approx(leg["calls"] + leg["puts"])


def test_json_says_what_was_found() -> None:
    found = levels_of(random_listing(6), Conventions(zero_gamma="first", walls="net_gamma", definitions=("floe",)))
    told = found.as_json()
    assert told["zero_gamma"]["rule"] == "first"
    assert told["zero_gamma"]["headline"] == told["zero_gamma"]["roots"][0]["spot"]
    assert told["walls"]["call"] == {"strike": found.walls.call, "rule": "net_gamma"}
    assert told["walls"]["put"] == {"strike": found.walls.put, "rule": "net_gamma"}
    assert list(told["definitions"]) == ["floe"]
    assert len(told["expiries"]) == 4


@pytest.mark.parametrize(
    "wrong", [{"gamma": "bogus"}, {"unit": "bogus"}, {"zero_gamma": "bogus"}, {"walls": "bogus"}, {"walls": ""}]
)
def test_no_such_choice(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError) as told:
        levels_of(random_listing(1), Conventions()._replace(**wrong))
    assert told.value.key == next(iter(wrong))
    assert told.value.remedy
