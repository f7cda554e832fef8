"""The levels of the street are those of its dealers' options, on their side, however they are spread over books."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import option

import simhedge as sh
from simhedge.levels import Levels
from simhedge.simulation.plan import prepare
from simhedge.simulation.street_levels import street_levels


def levels(spot: float = 100.0, elapsed_days: float = 0.0, **changes: Any) -> Levels | None:
    """Of regime_change: dealers long calls struck at 104, short puts struck at 94, both for 20 days."""
    scenario = sh.load_scenario(
        "regime_change", {"expect": [], **{k.replace("__", "."): v for k, v in changes.items()}}
    )
    return street_levels(prepare(scenario), spot, elapsed_days)


def test_they_are_those_of_the_book_and_age_with_it() -> None:
    scenario = sh.load_scenario("regime_change")
    start, later = levels(), levels(98.0, elapsed_days=7.0)
    assert start is not None
    assert later is not None
    assert tuple(start.walls) == (104.0, 94.0)
    (book,) = (loaded.book for loaded in prepare(scenario).books)
    assert start.zero_gamma.headline == sh.find_levels(book, sh.MarketState(100.0)).zero_gamma.headline
    assert later.zero_gamma.headline == sh.find_levels(book, sh.MarketState(98.0, elapsed_days=7.0)).zero_gamma.headline
    assert later.zero_gamma.headline != pytest.approx(start.zero_gamma.headline, abs=0.1)


def test_the_other_side_has_the_same_levels_and_the_opposite_exposure() -> None:
    long, short = levels(), levels(dealers__street__scale=-1.0)
    assert long is not None
    assert short is not None
    assert short.zero_gamma.headline == pytest.approx(long.zero_gamma.headline, rel=1e-9)
    np.testing.assert_allclose(short.strikes.net, -long.strikes.net, rtol=1e-12)


def test_dealers_with_several_books_are_one_street() -> None:
    tree = sh.load_scenario("regime_change").as_dict()
    tree["books"]["more"] = [option("call", 104.0, 20, 10_000)]
    tree["dealers"].append({"name": "idle", "book": "more", "policy": {"type": "none"}, "scale": 2.0})
    both, one = street_levels(prepare(sh.scenario_from_dict(tree)), 100.0), levels()
    assert both is not None
    assert one is not None
    at = both.strikes.strike == 104.0
    np.testing.assert_allclose(both.strikes.net[at], one.strikes.net[at] * 160.0 / 140.0, rtol=1e-9)


def test_where_no_option_lives_there_are_none() -> None:
    gamma = [{"kind": "constant_gamma", "gamma": 1.0e5}]
    (book,) = sh.load_scenario("regime_change").books
    assert levels(**{f"books__{book}": gamma}) is None
    assert levels(dealers__street__scale=0.0) is None
    assert levels(elapsed_days=20.0) is None
